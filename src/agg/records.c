/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of records in order, and the records that are equal folded into one. What sorts is entry.c; here are the few
 * comparisons that an entry does not decide. */
#include "agg/store.h"

#include "base/mem.h"

static int
cmp_records(const void *a, const void *b, const void *ctx)
{
    struct record ra;
    struct record rb;
    record_at(a, &ra);
    record_at(b, &rb);
    return record_cmp(&ra, &rb, ctx);
}

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
        const struct slip *r = e[i].record;
        if (i + STORE_AHEAD < n)
            STORE_PREFETCH(e[i + STORE_AHEAD].record);
        /* The sign bit is turned, for a line is unsigned. */
        const uint64_t line = r->line ^ (UINT64_C(1) << 63);
        by_place[i] = (struct entry){ o != NULL ? o->rank[r->file] : r->file, (int64_t)line, r };
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
    for (size_t i = 0; i < n; i++)
        e[i].time = ((const struct slip *)e[i].record)->time;
}

/* How many entries from the first one on are of its group. */
static size_t
same_group(const struct entry *e, size_t n)
{
    const struct slip *first = e[0].record;
    size_t i = 1;
    for (; i < n && e[i].key == e[0].key; i++) {
        const struct slip *s = e[i].record;
        if (i + STORE_AHEAD < n) {
            /* A bundle's hits lie behind its head. */
            STORE_PREFETCH(e[i + STORE_AHEAD].record);
            STORE_PREFETCH((const struct slip *)e[i + STORE_AHEAD].record + 1);
        }
        if (s->corr != first->corr || !packed_eq(s->key, first->key))
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

bool
records_may_fold(const struct record *a, const struct record *b)
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
        if (!records_may_fold(&first, &r))
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
static const struct slip *
write_folded(const struct entry *e, struct sv payload, struct store *to, size_t bin)
{
    struct record r;
    record_at(e->record, &r);
    r.payload = payload;
    return store_keep(to, bin, &r);
}

static const struct slip *
write_copy(const struct entry *e, struct store *to, size_t bin)
{
    struct record r;
    record_at(e->record, &r);
    return store_keep(to, bin, &r);
}

size_t
records_fold(struct entry *e, size_t n, struct store *to, size_t bin, bool move, fold_fn *fold, const void *ctx)
{
    struct buf out[2] = { BUF_INIT, BUF_INIT };
    size_t left = 0;
    for (size_t i = 0, run; i < n; i += run) {
        struct sv payload;
        if (i + STORE_AHEAD < n)
            STORE_PREFETCH(e[i + STORE_AHEAD].record);
        run = fold_run(e + i, n - i, fold, ctx, out, &payload);
        struct entry kept = e[i];
        if (run > 1)
            kept.record = write_folded(&e[i], payload, to, bin);
        else if (move)
            kept.record = write_copy(&e[i], to, bin);
        e[left++] = kept;
    }
    buf_fini(&out[0]);
    buf_fini(&out[1]);
    return left;
}
