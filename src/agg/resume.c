/* SPDX-License-Identifier: Apache-2.0 */
/* The walk over a partition: chapters of the shelf and groups of our bundles, which stand in one order. */
#include "agg/resume.h"

#include "agg/partial.h"
#include "base/map.h"
#include "base/timestamp.h"

struct text_known {
    uint64_t chapter;
    const char *payload;
    uint32_t pos;
};

void
resume_init(struct resume *r, struct shelves *shelves, struct sweep *s, struct bundle_walk *walk)
{
    const size_t n = s->f->plan->program->corrs.n;
    *r = (struct resume){ .shelves = shelves, .sweep = s, .walk = walk };
    r->known = mem_zalloc(n + 1, sizeof *r->known);
    chapter_reader_init(&r->reader, n);
    chapter_writer_init(&r->writer, n);
    arena_init(&r->bundles);
    arena_init(&r->texts);
    buf_init(&r->chapter);
}

void
resume_fini(struct resume *r)
{
    mem_free(r->corr);
    mem_free(r->surveyed);
    mem_free(r->known);
    chapter_reader_fini(&r->reader);
    chapter_writer_fini(&r->writer);
    shelf_writer_fini(&r->shelf);
    arena_fini(&r->bundles);
    arena_fini(&r->texts);
    vec_fini(&r->entries);
    vec_fini(&r->slot);
    vec_fini(&r->keep);
    vec_fini(&r->hits);
    buf_fini(&r->chapter);
}

/* ---- opening a chapter ---- */

/* Payloads repeat, and what is the same as before in a chapter is the same text. */
static bool
is_good_hit(struct resume *r, const struct bundle *b, const struct bundle_hit *h)
{
    const struct agg_local *l = r->sweep->local;
    struct text_known *known = &r->known[h->corr];
    if (l->clusters.of[h->corr].cluster != b->head.corr)
        return false;
    if (known->chapter == r->reader.chapter && known->payload == h->payload && known->pos == h->pos)
        return true;
    *known = (struct text_known){ r->reader.chapter, h->payload, h->pos };
    const struct record record = { .corr = h->corr,
                                   .time = b->head.time,
                                   .pos = h->pos,
                                   .key = packed_text(b->head.key),
                                   .payload = packed_text(h->payload) };
    return partial_is_record(l->plan->program, l->family, 0, &record);
}

static bool
is_good(struct resume *r, const struct bundle *b)
{
    if (b->head.time < TIME_FIRST || b->head.time > TIME_LAST)
        return false;
    for (size_t k = 0; k < slip_pos(&b->head); k++)
        if (!is_good_hit(r, b, &b->hit[k]))
            return false;
    return true;
}

/* The past, as a bundle of one hit. */
static bool
take_past(struct resume *r, uint64_t key, uint32_t corr, const char *extra)
{
    const struct agg_local *l = r->sweep->local;
    struct bundle *b = arena_zalloc(&r->bundles, 1, sizeof *b + sizeof *b->hit);
    b->head = (struct slip){ .key = r->reader.head.key,
                             .facts = "",
                             .payload = "",
                             .extra = extra,
                             .time = TIME_NONE,
                             .corr = r->reader.head.cluster,
                             .pos_flags = 1u << 2 };
    b->hit[0] = (struct bundle_hit){ .evidence = "", .payload = "", .corr = corr };
    const struct record record = { .corr = corr,
                                   .time = TIME_NONE,
                                   .key = packed_text(b->head.key),
                                   .tie = slip_tie(&b->head),
                                   .uid = slip_uid(&b->head) };
    vec_push(&r->entries, (struct entry){ key, TIME_NONE, b });
    return l->clusters.of[corr].cluster == b->head.corr && carry_is_past_record(&record) &&
           partial_is_record(l->plan->program, l->family, 0, &record);
}

/* Its bundles become entries. False if it is damaged. */
static bool
take_chapter(struct resume *r, uint64_t key, struct sv bytes)
{
    uint32_t corr;
    const char *extra;
    struct bundle *b;
    bool ok = chapter_open(&r->reader, bytes, r->shelves->n_files);
    while (ok && chapter_next_past(&r->reader, &corr, &extra))
        ok = take_past(r, key, corr, extra);
    while (ok && (b = chapter_next_bundle(&r->reader, &r->bundles)) != NULL) {
        ok = is_good(r, b) && (r->entries.n == 0 || r->entries.v[r->entries.n - 1].time <= b->head.time);
        b->head.file += r->shelves->base;
        vec_push(&r->entries, (struct entry){ key, b->head.time, b });
    }
    return ok && chapter_is_whole(&r->reader) && r->entries.n != 0;
}

/* ---- one partition ---- */

/* The chapter that comes next. */
struct cursor {
    struct resume *r;
    struct shelf_reader *reader;
    unsigned partition;
    bool has;
    struct sv bytes;
    struct chapter_head head;
    uint64_t key; /* entry_key */
};

static void
malformed(struct resume *r)
{
    shelves_fail(r->shelves, "%s is damaged: a group of records is malformed", r->shelves->name);
}

static uint64_t
hash_of(const struct chapter_head *h)
{
    return record_hash_mix(h->cluster, hash64(packed_text(h->key)));
}

static void
advance(struct cursor *c)
{
    const uint64_t before = c->has ? c->key : 0;
    c->has = shelf_next(c->reader, &c->bytes);
    if (!c->has)
        return;
    const bool ok = chapter_read_head(c->bytes, &c->head) && c->head.cluster < c->r->sweep->local->clusters.n;
    const uint64_t hash = ok ? hash_of(&c->head) : 0;
    c->key = ok ? entry_key(c->head.cluster, hash) : 0;
    if (ok && hash_partition(hash) == c->partition && c->key >= before)
        return;
    malformed(c->r);
    c->has = false;
}

static uint32_t
cluster_of(const struct entry *e)
{
    return ((const struct bundle *)e->record)->head.corr;
}

/* Of a chapter, or of none (NULL), and our bundles of the same group, or of none. */
static void
join(struct resume *r, uint32_t id, const struct chapter_head *head, struct sv bytes, uint64_t key,
     const struct entry *e, size_t n, bool survey)
{
    if (survey && !r->surveyed[id])
        return;
    if (head != NULL && n == 0 && !survey && head->wake > r->sweep->f->night->cut && head->due > r->sweep->f->now) {
        if (!shelf_use_files(r->shelves, head))
            malformed(r);
        shelf_put(&r->shelf, id, bytes);
        return;
    }
    r->entries.n = 0;
    r->wake = head != NULL ? head->wake : INT64_MIN;
    r->due = head != NULL ? head->due : INT64_MIN;
    arena_reset(&r->bundles);
    if (head != NULL) {
        if (!take_chapter(r, key, bytes)) {
            malformed(r);
            return;
        }
        const int64_t latest = r->entries.v[r->entries.n - 1].time;
        for (size_t i = 0; i < n; i++)
            vec_push(&r->entries, e[i]);
        /* Events mostly come in the order of nights. */
        if (n != 0 && e[0].time <= latest)
            records_sort(r->entries.v, r->entries.n, r->sweep->f->plan->origins);
        e = r->entries.v;
        n = r->entries.n;
    }
    if (survey)
        bundle_sweep(r->walk, r->sweep, e, n, true);
    else
        resume_group(r, id, e, n);
}

/* All chapters and groups of one entry_key: nearly always one of each, or of one of them. */
struct same_key {
    VEC(struct sv) chapters;
    struct arena texts;
};

/* Chapters of the key of the first, which are copied: there is room for two in the reader. */
static void
gather(struct cursor *c, struct same_key *same)
{
    const uint64_t key = c->key;
    while (c->has && c->key == key) {
        vec_push(&same->chapters, arena_sv(&same->texts, c->bytes));
        advance(c);
    }
}

static bool
is_of_group(const struct chapter_head *h, const struct entry *e)
{
    const struct slip *head = &((const struct bundle *)e->record)->head;
    return h->cluster == head->corr && packed_eq(h->key, head->key);
}

/* Our groups of the key, each with its chapter if it has one; then the chapters that are left. */
static void
join_same(struct resume *r, struct same_key *same, uint64_t key, struct entry *e, size_t n, bool survey)
{
    struct chapter_head head;
    for (size_t i = 0, len; i < n; i += len) {
        len = records_group(e + i, n - i, r->sweep->f->plan->origins);
        size_t k = 0;
        while (k < same->chapters.n && !(chapter_read_head(same->chapters.v[k], &head) && is_of_group(&head, e + i)))
            k++;
        const bool has = k < same->chapters.n;
        join(r, cluster_of(e + i), has ? &head : NULL, has ? same->chapters.v[k] : SV_NONE, key, e + i, len, survey);
        if (has)
            same->chapters.v[k] = same->chapters.v[--same->chapters.n];
    }
    for (size_t k = 0; k < same->chapters.n; k++)
        if (chapter_read_head(same->chapters.v[k], &head))
            join(r, head.cluster, &head, same->chapters.v[k], key, NULL, 0, survey);
}

/* How many of our entries have the key of the first. */
static size_t
run_of(const struct entry *e, size_t n)
{
    size_t i = 0;
    while (i < n && e[i].key == e[0].key)
        i++;
    return i;
}

static void
join_key(struct resume *r, struct cursor *c, struct same_key *same, struct entry *e, size_t n, bool survey)
{
    const uint64_t key = n != 0 ? e[0].key : c->key;
    if (!c->has || c->key != key) {
        for (size_t i = 0, len; i < n; i += len) {
            len = records_group(e + i, n - i, r->sweep->f->plan->origins);
            join(r, cluster_of(e + i), NULL, SV_NONE, key, e + i, len, survey);
        }
        return;
    }
    const struct chapter_head head = c->head;
    const struct sv bytes = c->bytes;
    const bool is_one_group = n == 0 || (records_group(e, n, r->sweep->f->plan->origins) == n && is_of_group(&head, e));
    advance(c);
    if (is_one_group && !(c->has && c->key == key)) {
        join(r, head.cluster, &head, bytes, key, e, n, survey);
        return;
    }
    same->chapters.n = 0;
    arena_reset(&same->texts);
    vec_push(&same->chapters, arena_sv(&same->texts, bytes));
    if (c->has && c->key == key)
        gather(c, same);
    join_same(r, same, key, e, n, survey);
}

void
resume_partition(struct resume *r, unsigned partition, struct entry *e, size_t n, bool survey)
{
    const bool *wanted = survey ? r->surveyed : NULL;
    const uint32_t n_clusters = (uint32_t)r->sweep->local->clusters.n;
    struct cursor c = { .r = r, .partition = partition };
    struct same_key same = { .chapters = VEC_INIT, .texts = ARENA_INIT };
    if (!survey)
        shelf_begin(&r->shelf, r->shelves, partition);
    c.reader = shelf_open(r->shelves, partition, wanted, n_clusters);
    advance(&c);
    for (size_t i = 0, len; (i < n || c.has) && !shelves_failed(r->shelves); i += len) {
        const bool ours = i < n && (!c.has || e[i].key <= c.key);
        len = ours ? run_of(e + i, n - i) : 0;
        join_key(r, &c, &same, e + i, len, survey);
    }
    if (!survey)
        shelf_end(&r->shelf);
    shelf_close(c.reader);
    vec_fini(&same.chapters);
    arena_fini(&same.texts);
}
