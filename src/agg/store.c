/* SPDX-License-Identifier: Apache-2.0 */
/* Append, and spill. Chunks are plain memory that is used up from the front; a text that is larger than a chunk
 * gets one of its own.
 *
 * Which texts were kept lately is a table with one place per hash: the newer text takes it. It grows with the number of
 * texts up to a size that stays in a core's caches; a miss costs a second copy of the text, nothing else. */
#include "agg/store.h"

#include <assert.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"

#define CHUNK_BYTES ((size_t)1 << 18)
#define PAGE_BYTES ((size_t)1 << 13)
#define RECENT_FIRST ((size_t)1 << 8)
#define RECENT_MOST ((size_t)1 << 13)

void
store_init(struct store *s, size_t n_bins)
{
    *s = (struct store){ .n_bins = n_bins, .bundle_bin = n_bins, .rounds = 1, .fd = -1 };
    s->bin = mem_zalloc(n_bins, sizeof *s->bin);
    s->page = mem_zalloc(n_bins + 1, sizeof *s->page);
    buf_init(&s->buf);
}

void
store_fini(struct store *s)
{
    store_release(s);
    for (size_t i = 0; s->segments != NULL && i < s->n_bins; i++)
        mem_free(s->segments[i].v);
    mem_free(s->segments);
    if (s->fd >= 0)
        close(s->fd);
    mem_free(s->bin);
    mem_free(s->page);
    buf_fini(&s->buf);
    *s = (struct store){ .fd = -1 };
}

void
store_limit(struct store *s, struct spill *spill, uint64_t bytes)
{
    s->spill = spill;
    s->most_bytes = bytes;
    s->most_records = spill != NULL ? spill_records_limit(spill) : UINT64_MAX;
    s->rounds = bytes < ROUNDS_BYTES ? 1 : UNBUNDLE_ROUNDS;
}

/* A chunk of unusual size is no use to anybody else. */
static void
drop_large_chunks(struct store *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->chunks.n; i++) {
        if (s->chunks.v[i].size == CHUNK_BYTES)
            s->chunks.v[n++] = s->chunks.v[i];
        else
            mem_free(s->chunks.v[i].p);
    }
    s->chunks.n = n;
}

void
store_empty(struct store *s)
{
    drop_large_chunks(s);
    s->n_chunks = 0;
    s->next = s->end = NULL;
    s->n_pages = 0;
    memset(s->page, 0, (s->n_bins + 1) * sizeof *s->page);
    if (s->n_texts != 0)
        memset(s->recent, 0, s->n_recent * sizeof *s->recent);
    s->n_texts = 0;
    s->lent = 0;
    s->bytes = s->n_recent * sizeof *s->recent;
    for (size_t i = 0; i < s->n_bins; i++) {
        s->bin[i].n = 0;
        s->bytes += s->bin[i].cap * sizeof *s->bin[i].v;
    }
    s->n_records = 0;
}

void
store_release(struct store *s)
{
    for (size_t i = 0; i < s->chunks.n; i++)
        mem_free(s->chunks.v[i].p);
    vec_fini(&s->chunks);
    for (size_t i = 0; i < s->pages.n; i++)
        mem_free(s->pages.v[i]);
    vec_fini(&s->pages);
    for (size_t i = 0; i < s->n_bins; i++)
        vec_fini(&s->bin[i]);
    mem_free(s->recent);
    s->recent = NULL;
    s->n_recent = s->n_texts = 0;
    store_empty(s);
}

/* ---- texts ---- */

static void
add_chunk(struct store *s, size_t n)
{
    if (n > CHUNK_BYTES || s->n_chunks == s->chunks.n) {
        const struct chunk c = { mem_alloc(n > CHUNK_BYTES ? n : CHUNK_BYTES), n > CHUNK_BYTES ? n : CHUNK_BYTES };
        vec_push(&s->chunks, c);
        /* The first spare one makes room for it. */
        s->chunks.v[s->chunks.n - 1] = s->chunks.v[s->n_chunks];
        s->chunks.v[s->n_chunks] = c;
    }
    const struct chunk *c = &s->chunks.v[s->n_chunks++];
    s->next = c->p;
    s->end = c->p + c->size;
    s->bytes += c->size;
}

/* A varint takes at most this much. */
#define LENGTH_BYTES 10u

/* Packs the text at p; returns what is behind it. */
static char *
pack_text(char *p, struct sv text)
{
    uint64_t n = text.n;
    for (; n >= 0x80; n >>= 7)
        *p++ = (char)(unsigned char)(n | 0x80);
    *p++ = (char)(unsigned char)n;
    if (text.n != 0)
        memcpy(p, text.p, text.n);
    return p + text.n;
}

static const char *
keep_text(struct store *s, struct sv text)
{
    const size_t room = text.n + LENGTH_BYTES;
    if (s->next == NULL || (size_t)(s->end - s->next) < room)
        add_chunk(s, room);
    const char *start = s->next;
    s->next = pack_text(s->next, text);
    return start;
}

static void
grow_recent(struct store *s)
{
    const size_t n = s->n_recent == 0 ? RECENT_FIRST : 4 * s->n_recent;
    struct recent *old = s->recent;
    s->recent = mem_zalloc(n, sizeof *s->recent);
    for (size_t i = 0; i < s->n_recent; i++)
        if (old[i].text != NULL)
            s->recent[old[i].hash & (n - 1)] = old[i];
    s->bytes += (n - s->n_recent) * sizeof *old;
    s->n_recent = n;
    mem_free(old);
}

const char *
store_text(struct store *s, struct sv text, uint64_t hash)
{
    if (text.n == 0)
        return "";
    if (s->n_texts >= s->n_recent && s->n_recent < RECENT_MOST)
        grow_recent(s);
    struct recent *r = &s->recent[hash & (s->n_recent - 1)];
    if (r->text == NULL || r->hash != hash || !sv_eq(packed_text(r->text), text)) {
        *r = (struct recent){ hash, keep_text(s, text) };
        s->n_texts++;
    }
    return r->text;
}

/* What an event's uid is as an extra text, in s->buf. */
static struct sv
pack_uid(struct store *s, struct sv uid, uint32_t *uid_tag)
{
    *uid_tag = 0;
    if (uid.n == 0)
        return SV_NONE;
    buf_reset(&s->buf);
    put_bytes(&s->buf, uid);
    *uid_tag = (uint32_t)hash64(buf_view(&s->buf)) | 1;
    return buf_view(&s->buf);
}

const char *
store_extra(struct store *s, struct sv uid, struct sv tie, uint32_t *uid_tag)
{
    *uid_tag = 0;
    if (uid.n == 0 && tie.n == 0)
        return "";
    /* A uid is new with every event: whoever makes several records of one shares it (emit.c). */
    if (tie.n == 0)
        return keep_text(s, pack_uid(s, uid, uid_tag));
    if (pack_uid(s, uid, uid_tag).n == 0) {
        buf_reset(&s->buf);
        put_bytes(&s->buf, uid);
    }
    buf_sv(&s->buf, tie);
    return store_text(s, buf_view(&s->buf), hash64(buf_view(&s->buf)));
}

/* ---- slips ---- */

static struct sv
split_extra(const struct slip *s, struct sv *tie)
{
    const struct sv extra = packed_text(s->extra);
    if (extra.n == 0) {
        *tie = SV_NONE;
        return SV_NONE;
    }
    struct reader r = reader_of(extra);
    const struct sv uid = get_bytes(&r);
    *tie = sv_make(r.p, (size_t)(r.end - r.p));
    return uid;
}

struct sv
slip_uid(const struct slip *s)
{
    struct sv tie;
    return split_extra(s, &tie);
}

struct sv
slip_tie(const struct slip *s)
{
    struct sv tie;
    split_extra(s, &tie);
    return tie;
}

void
record_at(const void *slip, struct record *r)
{
    const struct slip *s = slip;
    r->corr = s->corr;
    r->hash = 0;
    r->time = s->time;
    r->at = (struct place){ s->file, s->line };
    r->pos = slip_pos(s);
    r->flags = slip_flags(s);
    r->key = packed_text(s->key);
    r->uid = split_extra(s, &r->tie);
    r->facts = packed_text(s->facts);
    r->payload = packed_text(s->payload);
}

/* Room for a slip or a bundle of the bin: n bytes, at most PAGE_BYTES. */
static void *
take_room(struct store *s, size_t bin, size_t n)
{
    struct slip_page *page = &s->page[bin];
    if (page->left < n) {
        if (s->n_pages == s->pages.n) {
            char *fresh = mem_alloc(PAGE_BYTES);
            vec_push(&s->pages, fresh);
        }
        page->next = s->pages.v[s->n_pages++];
        page->left = PAGE_BYTES;
        s->bytes += PAGE_BYTES;
    }
    void *room = page->next;
    page->next += n;
    page->left -= n;
    return room;
}

static struct slip *
new_slip(struct store *s, size_t bin)
{
    return take_room(s, bin, sizeof(struct slip));
}

/* All but the texts that slips share. */
static void
set_rest(struct store *s, struct slip *slip, const struct record *r)
{
    slip->extra = store_extra(s, r->uid, r->tie, &slip->uid_tag);
    slip->time = r->time;
    slip->line = r->at.line;
    slip->file = r->at.file;
    slip->corr = r->corr;
    slip->pos_flags = r->pos << 2 | r->flags;
}

const struct slip *
store_keep(struct store *s, size_t bin, const struct record *r)
{
    struct slip *slip = new_slip(s, bin);
    assert(r->pos <= RECORD_POS_MAX);
    slip->key = store_text(s, r->key, hash64(r->key));
    slip->facts = store_text(s, r->facts, hash64(r->facts));
    slip->payload = store_text(s, r->payload, hash64(r->payload));
    set_rest(s, slip, r);
    return slip;
}

/* Field by field: a struct that is handed over is stored and loaded again, and the load waits for all that was stored
 * before, which is on its way to memory that nobody has touched lately. */
static void
add_entry(struct store *s, size_t bin, uint64_t key, int64_t time, const void *record)
{
    struct bin *b = &s->bin[bin];
    const size_t cap = b->cap;
    vec_reserve(b, b->n + 1);
    struct entry *e = &b->v[b->n++];
    e->key = key;
    e->time = time;
    e->record = record;
    s->bytes += (b->cap - cap) * sizeof *e;
    s->n_records++;
}

void
store_add_slip(struct store *s, size_t bin, const struct slip *slip, uint64_t hash)
{
    struct slip *kept = new_slip(s, bin);
    *kept = *slip;
    add_entry(s, bin, entry_key(slip->corr, hash), slip->time, kept);
}

/* ---- lone records ---- */

/* After so many tries it is judged anew whether texts of a kind repeat: they do if one in RARE was kept already. */
#define REPEATS_TRIES 2048u
#define RARE 8u

/* Is the text worth a look? Of kinds that hardly repeat, one in 16 is, chosen by its hash: so the same texts are again
 * and again, and if they come to repeat, that is seen. */
static bool
may_repeat(const struct repeats *r, uint64_t hash)
{
    return !r->are_rare || hash >> 60 == 0;
}

static void
count_try(struct repeats *r, bool found)
{
    r->found += found;
    if (++r->tried == REPEATS_TRIES)
        *r = (struct repeats){ .are_rare = r->found < REPEATS_TRIES / RARE };
}

/* A text of a lone record. */
struct lone_text {
    struct sv text;
    const char *kept;     /* NULL: nowhere yet; */
    struct recent *place; /* then it is noted there, if anywhere */
};

/* What of the text is kept already. */
static void
find_text(struct store *s, enum store_text_kind kind, uint64_t hash, struct lone_text *t)
{
    t->place = NULL;
    t->kept = t->text.n == 0 ? "" : NULL;
    if (t->kept != NULL || kind >= REPEATING_TEXTS || !may_repeat(&s->repeats[kind], hash))
        return;
    struct recent *r = &s->recent[hash & (s->n_recent - 1)];
    const bool found = r->text != NULL && r->hash == hash && sv_eq(packed_text(r->text), t->text);
    count_try(&s->repeats[kind], found);
    if (found)
        t->kept = r->text;
    else
        *r = (struct recent){ hash, NULL };
    t->place = found ? NULL : r;
}

/* A record that takes more is no gain to have in one place. */
#define LONE_MOST (PAGE_BYTES / 8)

/* Room for the slip of such texts; those that are kept nowhere are then. */
static struct slip *
place_lone(struct store *s, size_t bin, struct lone_text t[STORE_TEXTS])
{
    size_t room = sizeof(struct slip);
    for (unsigned i = 0; i < STORE_TEXTS; i++)
        room += t[i].kept == NULL ? LENGTH_BYTES + t[i].text.n : 0;
    const bool together = room <= LONE_MOST;
    struct slip *slip = take_room(s, bin, together ? (room + 7) / 8 * 8 : sizeof *slip);
    char *p = (char *)(slip + 1);
    for (unsigned i = 0; i < STORE_TEXTS; i++) {
        if (t[i].kept != NULL)
            continue;
        t[i].kept = together ? p : keep_text(s, t[i].text);
        p = together ? pack_text(p, t[i].text) : p;
        if (t[i].place != NULL) {
            t[i].place->text = t[i].kept;
            s->n_texts++;
        }
    }
    return slip;
}

void
store_add_lone(struct store *s, size_t bin, const struct record *r, const uint64_t text_hash[REPEATING_TEXTS])
{
    uint32_t uid_tag;
    struct lone_text t[STORE_TEXTS] = {
        [TEXT_KEY].text = r->key,
        [TEXT_FACTS].text = r->facts,
        [TEXT_PAYLOAD].text = r->payload,
        [TEXT_EXTRA].text = pack_uid(s, r->uid, &uid_tag),
    };
    if (s->n_texts + STORE_TEXTS > s->n_recent && s->n_recent < RECENT_MOST)
        grow_recent(s);
    for (unsigned i = 0; i < STORE_TEXTS; i++)
        find_text(s, i, i < REPEATING_TEXTS ? text_hash[i] : 0, &t[i]);
    struct slip *slip = place_lone(s, bin, t);
    slip->key = t[TEXT_KEY].kept;
    slip->facts = t[TEXT_FACTS].kept;
    slip->payload = t[TEXT_PAYLOAD].kept;
    slip->extra = t[TEXT_EXTRA].kept;
    slip->time = r->time;
    slip->line = r->at.line;
    slip->file = r->at.file;
    slip->corr = r->corr;
    slip->pos_flags = r->pos << 2 | r->flags;
    slip->uid_tag = uid_tag;
    add_entry(s, bin, entry_key(r->corr, r->hash), r->time, slip);
}

/* What a slip of a bundle will take. */
#define UNBUNDLED_BYTES (sizeof(struct slip) + sizeof(struct entry))

/* What the facts of its slips will take. Hits of one bundle mostly share theirs. */
static size_t
unbundled_texts(const struct bundle *b)
{
    size_t n = 0;
    for (size_t i = 0; i < slip_pos(&b->head); i++)
        if (bundle_facts(b, &b->hit[i]) == NULL && (i == 0 || b->hit[i].evidence != b->hit[i - 1].evidence))
            n += packed_text(b->head.facts).n + packed_text(b->hit[i].evidence).n + 2;
    return n;
}

void
store_add_bundle(struct store *s, size_t bin, const struct slip *head, const struct bundle_hit *hit, size_t n,
                 uint64_t hash)
{
    assert(n >= 1 && n <= BUNDLE_MOST);
    struct bundle *b = take_room(s, bin, sizeof *b + n * sizeof *hit);
    b->head = *head;
    b->head.pos_flags = (uint32_t)n << 2 | slip_flags(head);
    memcpy(b->hit, hit, n * sizeof *hit);
    add_entry(s, bin, entry_key(head->corr, hash), head->time, b);
    s->n_records += n - 1;
    const uint64_t lent = (n * UNBUNDLED_BYTES + unbundled_texts(b)) / s->rounds;
    s->bytes += lent;
    s->lent += lent;
}

/* What the hit says, whole. */
static const char *
join_facts(struct store *s, const struct bundle *b, const struct bundle_hit *h)
{
    const char *facts = bundle_facts(b, h);
    if (facts != NULL)
        return facts;
    buf_reset(&s->buf);
    buf_sv(&s->buf, packed_text(b->head.facts));
    buf_sv(&s->buf, packed_text(h->evidence));
    return store_text(s, buf_view(&s->buf), hash64(buf_view(&s->buf)));
}

static void
unbundle(struct store *s, const struct bundle *b)
{
    const uint64_t key_hash = hash64(packed_text(b->head.key));
    for (size_t i = 0; i < slip_pos(&b->head); i++) {
        const struct slip slip = bundle_slip(b, &b->hit[i], join_facts(s, b, &b->hit[i]));
        const uint64_t hash = record_hash_mix(slip.corr, key_hash);
        store_add_slip(s, hash_partition(hash), &slip, hash);
    }
}

/* Makes slips of the bundles in bins from .. to - 1. */
static void
unbundle_bins(struct store *s, size_t from, size_t to)
{
    const uint64_t n_records = s->n_records;
    for (size_t bin = from; bin < to; bin++) {
        for (size_t i = 0; i < s->bin[bin].n; i++) {
            if (s->bin[bin].n - i > STORE_AHEAD)
                STORE_PREFETCH(s->bin[bin].v[i + STORE_AHEAD].record);
            unbundle(s, s->bin[bin].v[i].record);
        }
        s->bin[bin].n = 0;
    }
    s->n_records = n_records;
}

/* Slips will be made: what was reserved for them is theirs. */
static void
return_lent(struct store *s)
{
    s->bytes -= s->lent;
    s->lent = 0;
}

void
store_unbundle(struct store *s)
{
    return_lent(s);
    unbundle_bins(s, s->bundle_bin, s->n_bins);
}

void
store_add(struct store *s, size_t bin, const struct record *r)
{
    add_entry(s, bin, entry_key(r->corr, r->hash), r->time, store_keep(s, bin, r));
}

static const char *
share_text(struct store *s, struct sv text, const char *last)
{
    if (text.n == 0)
        return "";
    return last != NULL && sv_eq(packed_text(last), text) ? last : keep_text(s, text);
}

const struct slip *
store_add_next(struct store *s, size_t bin, const struct record *r, const struct slip *last)
{
    struct slip *slip = new_slip(s, bin);
    slip->key = last != NULL ? last->key : share_text(s, r->key, NULL);
    slip->facts = share_text(s, r->facts, last != NULL ? last->facts : NULL);
    slip->payload = share_text(s, r->payload, last != NULL ? last->payload : NULL);
    set_rest(s, slip, r);
    add_entry(s, bin, entry_key(r->corr, r->hash), r->time, slip);
    return slip;
}

struct bin
store_take(struct store *s, size_t bin)
{
    const struct bin b = s->bin[bin];
    s->bin[bin] = (struct bin){ NULL, 0, 0 };
    return b;
}

void
bins_join(struct bin *all, struct bin more)
{
    if (all->n == 0) {
        mem_free(all->v);
        *all = more;
        return;
    }
    if (more.n != 0) {
        vec_reserve(all, all->n + more.n);
        memcpy(all->v + all->n, more.v, more.n * sizeof *more.v);
        all->n += more.n;
    }
    mem_free(more.v);
}

void
store_compact(struct store *s, fold_fn *fold, const void *ctx)
{
    struct store fresh;
    store_init(&fresh, s->n_bins);
    for (size_t i = 0; i < s->n_bins; i++) {
        struct bin b = store_take(s, i);
        records_sort(b.v, b.n, NULL);
        b.n = records_fold(b.v, b.n, &fresh, i, true, fold, ctx);
        fresh.bin[i] = b;
        fresh.bytes += b.cap * sizeof *b.v;
        fresh.n_records += b.n;
    }
    store_limit(&fresh, s->spill, s->most_bytes);
    fresh.fold = s->fold;
    fresh.fold_ctx = s->fold_ctx;
    fresh.fd = s->fd;
    fresh.file_bytes = s->file_bytes;
    fresh.segments = s->segments;
    s->fd = -1;
    s->segments = NULL;
    store_fini(s);
    *s = fresh;
}

/* ---- spilling ---- */

void
store_attach(struct store *s, size_t bin, const struct segment *segment)
{
    if (s->segments == NULL)
        s->segments = mem_zalloc(s->n_bins, sizeof *s->segments);
    vec_push(&s->segments[bin], *segment);
}

struct segments
store_segments(const struct store *s, size_t bin)
{
    return s->segments != NULL ? s->segments[bin] : (struct segments){ NULL, 0, 0 };
}

bool
store_has_segments(const struct store *s, size_t bin, size_t n)
{
    for (size_t i = bin; s->segments != NULL && i < bin + n; i++)
        if (s->segments[i].n != 0)
            return true;
    return false;
}

/* Puts the next of n entries. Slips lie anywhere, and their texts anywhere else: both are on their way before they are
 * needed. */
static void
put_entry(struct segment_writer *w, const struct entry *e, size_t n)
{
    struct record r;
    if (n > 2 * STORE_AHEAD)
        STORE_PREFETCH(e[2 * STORE_AHEAD].record);
    if (n > STORE_AHEAD) {
        const struct slip *soon = e[STORE_AHEAD].record;
        STORE_PREFETCH(soon->key);
        STORE_PREFETCH(soon->facts);
        STORE_PREFETCH(soon->payload);
        STORE_PREFETCH(soon->extra);
    }
    record_at(e->record, &r);
    segment_put(w, &r);
}

/* The records in order; groups whose hashes collide one after the other. */
static void
put_entries(struct segment_writer *w, struct entry *e, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        end = i + records_group(e + i, n - i, NULL);
        for (; i < end; i++)
            put_entry(w, e + i, n - i);
    }
}

static bool
flush_bin(struct store *s, size_t bin, struct segment_writer *w)
{
    struct bin *b = &s->bin[bin];
    struct segment made;
    if (b->n == 0)
        return true;
    records_sort(b->v, b->n, NULL);
    if (s->fold != NULL)
        b->n = records_fold(b->v, b->n, s, bin, false, s->fold, s->fold_ctx);
    segment_begin(w, s->fd, spill_name(s->spill), s->file_bytes);
    put_entries(w, b->v, b->n);
    if (!segment_end(w, &made)) {
        spill_fail(s->spill, "cannot write to", made.name, w->error);
        return false;
    }
    s->file_bytes += made.bytes;
    spill_count(s->spill, made.bytes);
    store_attach(s, bin, &made);
    return true;
}

/* Where the memory of slips and texts ends. */
struct mark {
    size_t n_pages;
    size_t n_chunks;
    char *next;
    char *end;
};

static struct mark
mark_of(const struct store *s)
{
    return (struct mark){ s->n_pages, s->n_chunks, s->next, s->end };
}

/* Forgets the slips of all bins but those of bundles, and all texts that were kept since the mark. */
static void
empty_since(struct store *s, const struct mark *m)
{
    s->n_pages = m->n_pages;
    for (size_t i = 0; i < s->bundle_bin; i++) {
        s->page[i] = (struct slip_page){ NULL, 0 };
        s->bin[i].n = 0;
    }
    s->n_chunks = m->n_chunks;
    s->next = m->next;
    s->end = m->end;
    if (s->n_texts != 0)
        memset(s->recent, 0, s->n_recent * sizeof *s->recent);
    s->n_texts = 0;
}

bool
store_flush(struct store *s)
{
    struct segment_writer w = { .error = 0 };
    if (s->fd < 0 && s->n_records != 0)
        s->fd = spill_open(s->spill);
    bool ok = s->fd >= 0 || s->n_records == 0;
    const size_t n_bundled = s->n_bins - s->bundle_bin;
    const struct mark m = mark_of(s);
    return_lent(s);
    for (size_t r = 0; r < s->rounds && ok; r++) {
        unbundle_bins(s, s->bundle_bin + n_bundled * r / s->rounds, s->bundle_bin + n_bundled * (r + 1) / s->rounds);
        for (size_t i = 0; i < s->bundle_bin && ok; i++)
            ok = flush_bin(s, i, &w);
        empty_since(s, &m);
    }
    segment_writer_fini(&w);
    store_empty(s);
    /* One event of monstrous size must not leave arrays behind that fill the limit by themselves. */
    if (s->bytes > s->most_bytes / 2)
        store_release(s);
    return ok;
}
