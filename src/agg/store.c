/* SPDX-License-Identifier: Apache-2.0 */
/* Append, sort, fold. Chunks are plain memory that is used up from the front; a record that is larger than a chunk
 * gets one of its own. */
#include "agg/store.h"

#include "base/mem.h"

#define CHUNK_BYTES ((size_t)1 << 20)

void
store_init(struct store *s, size_t n_bins)
{
    *s = (struct store){ .n_bins = n_bins };
    s->bin = mem_zalloc(n_bins, sizeof *s->bin);
    buf_init(&s->buf);
}

static void
free_chunks(struct store *s)
{
    for (size_t i = 0; i < s->chunks.n; i++)
        mem_free(s->chunks.v[i]);
    vec_fini(&s->chunks);
}

void
store_fini(struct store *s)
{
    free_chunks(s);
    for (size_t i = 0; i < s->n_bins; i++)
        mem_free(s->bin[i].v);
    mem_free(s->bin);
    buf_fini(&s->buf);
    *s = (struct store){ .n_bins = 0 };
}

static void
add_chunk(struct store *s, size_t n)
{
    const size_t size = n > CHUNK_BYTES ? n : CHUNK_BYTES;
    char *chunk = mem_alloc(size);
    vec_push(&s->chunks, chunk);
    s->next = chunk;
    s->end = chunk + size;
}

const char *
store_bytes(struct store *s, struct sv bytes)
{
    if (s->next == NULL || (size_t)(s->end - s->next) < bytes.n)
        add_chunk(s, bytes.n);
    char *p = s->next;
    memcpy(p, bytes.p, bytes.n);
    s->next += bytes.n;
    s->bytes += bytes.n;
    return p;
}

void
store_add(struct store *s, size_t bin, const struct record *r)
{
    buf_reset(&s->buf);
    record_put(&s->buf, r);
    const struct entry e = { entry_key(r->corr, r->hash), r->time, store_bytes(s, buf_view(&s->buf)) };
    vec_push(&s->bin[bin], e);
    s->bytes += sizeof e;
}

struct bin
store_take(struct store *s, size_t bin)
{
    const struct bin b = s->bin[bin];
    s->bin[bin] = (struct bin){ NULL, 0, 0 };
    return b;
}

static int
cmp_records(const void *a, const void *b, const void *ctx)
{
    struct record ra;
    struct record rb;
    record_at(a, &ra);
    record_at(b, &rb);
    return record_cmp(&ra, &rb, ctx);
}

/* Entries are 24 bytes in a row, records lie where they fell: walking a group in order means a cache miss per record
 * unless the next ones are under way already. */
#if defined(__GNUC__)
#define PREFETCH(p) __builtin_prefetch(p)
#else
#define PREFETCH(p) ((void)(p))
#endif
#define AHEAD 12u

/* Sorts entries that are equal in key and time. Their places become the words of another sort, so that each record is
 * read once, not once per comparison. */
static void
sort_ties(struct entry *e, size_t n, const struct origins *o)
{
    if (n == 2) {
        if (cmp_records(e[1].record, e[0].record, o) < 0) {
            const struct entry swap = e[0];
            e[0] = e[1];
            e[1] = swap;
        }
        return;
    }
    struct entry *by_place = mem_alloc(n * sizeof *by_place);
    for (size_t i = 0; i < n; i++) {
        struct record r;
        if (i + AHEAD < n)
            PREFETCH(e[i + AHEAD].record);
        record_at(e[i].record, &r);
        /* The sign bit is turned, for a line is unsigned. */
        const uint64_t line = r.at.line ^ (UINT64_C(1) << 63);
        by_place[i] = (struct entry){ o != NULL ? o->rank[r.at.file] : r.at.file, (int64_t)line, e[i].record };
    }
    entries_sort(by_place, n, cmp_records, o);
    for (size_t i = 0; i < n; i++)
        e[i].record = by_place[i].record;
    mem_free(by_place);
}

void
records_sort(struct entry *e, size_t n, const struct origins *o)
{
    entries_sort(e, n, NULL, NULL);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && e[end].key == e[i].key && e[end].time == e[i].time; end++)
            continue;
        if (end - i > 1)
            sort_ties(e + i, end - i, o);
    }
}

/* Sorts a range of equal keys by the records alone: with all keys and times made equal, only the records decide. */
static void
sort_by_records(struct entry *e, size_t n, const struct origins *o)
{
    for (size_t i = 0; i < n; i++)
        e[i].time = 0;
    entries_sort(e, n, cmp_records, o);
    for (size_t i = 0; i < n; i++) {
        struct record r;
        record_at(e[i].record, &r);
        e[i].time = r.time;
    }
}

/* How many entries from the first one on are of its group. */
static size_t
same_group(const struct entry *e, size_t n)
{
    uint32_t corr;
    uint32_t other;
    if (n > AHEAD)
        PREFETCH(e[AHEAD].record);
    const struct sv key = record_key(e[0].record, &corr);
    size_t i = 1;
    for (; i < n && e[i].key == e[0].key; i++) {
        if (i + AHEAD < n)
            PREFETCH(e[i + AHEAD].record);
        if (!sv_eq(key, record_key(e[i].record, &other)) || corr != other)
            break;
    }
    return i;
}

size_t
records_group(struct entry *e, size_t n, const struct origins *o)
{
    if (n == 0)
        return 0;
    size_t i = same_group(e, n);
    if (i == n || e[i].key != e[0].key)
        return i;
    size_t run = i;
    while (run < n && e[run].key == e[0].key)
        run++;
    sort_by_records(e, run, o);
    return same_group(e, run);
}

static bool
may_fold(const struct record *a, const struct record *b)
{
    return record_same_group(a, b) && a->time == b->time && a->at.file == b->at.file && a->at.line == b->at.line &&
           a->pos == b->pos && a->flags == b->flags && sv_eq(a->tie, b->tie) && sv_eq(a->uid, b->uid) &&
           sv_eq(a->facts, b->facts);
}

/* Folds the record at e[0] with those behind it. Returns how many were folded into *payload; 1: none, and it is not
 * set. */
static size_t
fold_run(const struct entry *e, size_t n, fold_fn *fold, const void *ctx, struct buf out[2], struct sv *payload)
{
    struct record first;
    size_t i = 1;
    if (n == 1 || e[1].key != e[0].key || e[1].time != e[0].time)
        return 1;
    record_at(e[0].record, &first);
    for (; i < n && e[i].key == e[0].key && e[i].time == e[0].time; i++) {
        struct record r;
        record_at(e[i].record, &r);
        if (!may_fold(&first, &r))
            break;
        struct buf *to = &out[i & 1];
        buf_reset(to);
        fold(ctx, &first, &r, to);
        first.payload = buf_view(to);
    }
    *payload = first.payload;
    return i;
}

/* The first record with another payload, written to `to`. */
static const char *
write_folded(const struct entry *e, struct sv payload, struct store *to)
{
    struct record r;
    record_at(e->record, &r);
    r.payload = payload;
    buf_reset(&to->buf);
    record_put(&to->buf, &r);
    return store_bytes(to, buf_view(&to->buf));
}

size_t
records_fold(struct entry *e, size_t n, struct store *to, bool move, fold_fn *fold, const void *ctx)
{
    struct buf out[2] = { BUF_INIT, BUF_INIT };
    size_t left = 0;
    for (size_t i = 0, run; i < n; i += run) {
        struct sv payload;
        if (i + AHEAD < n)
            PREFETCH(e[i + AHEAD].record);
        run = fold_run(e + i, n - i, fold, ctx, out, &payload);
        struct entry kept = e[i];
        if (run > 1)
            kept.record = write_folded(&e[i], payload, to);
        else if (move)
            kept.record = store_bytes(to, record_view(e[i].record));
        e[left++] = kept;
    }
    buf_fini(&out[0]);
    buf_fini(&out[1]);
    return left;
}

void
store_compact(struct store *s, fold_fn *fold, const void *ctx)
{
    struct store fresh;
    store_init(&fresh, s->n_bins);
    for (size_t i = 0; i < s->n_bins; i++) {
        struct bin b = store_take(s, i);
        records_sort(b.v, b.n, NULL);
        b.n = records_fold(b.v, b.n, &fresh, true, fold, ctx);
        fresh.bin[i] = b;
        fresh.bytes += b.n * sizeof *b.v;
    }
    store_fini(s);
    *s = fresh;
}
