/* SPDX-License-Identifier: Apache-2.0 */
/* As records, rows are one group without a key, whose order is that of (time, place, pos, tie): the first 8 bytes of a
 * row's key become its time, the whole key its tie, and place and pos say nothing. */
#include "query/sorter.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agg/merge.h"
#include "agg/spill.h"
#include "agg/store.h"
#include "base/mem.h"
#include "query/rows.h"

/* A heap of more rows than this is no longer the cheaper way. */
#define HEAP_MOST 100000u

struct heap_row {
    char *bytes; /* key, row */
    size_t key_n;
    size_t row_n;
    size_t cap;
};

struct sorter_lane {
    struct sorter *sorter;
    struct store store;
    VEC(struct heap_row) heap; /* [0] has the greatest key; of the first `limit` rows */
};

struct sorter {
    const struct query *q;
    const struct query_output *out;
    struct spill *spill;
    bool is_heap;
    bool reader_left; /* of the pipe that the answer goes to */
    bool json;
    struct sorter_lane *lane;
    unsigned n_lanes;
};

struct sorter *
sorter_new(const struct query *q, const struct query_output *out, unsigned n_lanes)
{
    struct sorter *s = mem_zalloc(1, sizeof *s);
    s->q = q;
    s->out = out;
    s->spill = spill_new(out->memory, out->tmpdir, n_lanes);
    if (out->spill_records != 0)
        spill_force(s->spill, out->spill_records);
    s->is_heap = q->limit <= HEAP_MOST;
    s->json = out->style.format == TABLE_JSONL;
    s->n_lanes = n_lanes;
    s->lane = mem_zalloc(n_lanes, sizeof *s->lane);
    for (unsigned i = 0; i < n_lanes; i++) {
        s->lane[i].sorter = s;
        store_init(&s->lane[i].store, 1);
        /* Half of what there is: groups may be in memory as well. */
        store_limit(&s->lane[i].store, s->spill, spill_store_limit(s->spill) / 2);
    }
    return s;
}

void
sorter_free(struct sorter *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->n_lanes; i++) {
        store_fini(&s->lane[i].store);
        for (size_t k = 0; k < s->lane[i].heap.n; k++)
            mem_free(s->lane[i].heap.v[k].bytes);
        vec_fini(&s->lane[i].heap);
    }
    mem_free(s->lane);
    spill_free(s->spill);
    mem_free(s);
}

struct sorter_lane *
sorter_lane(struct sorter *s, unsigned i)
{
    return &s->lane[i];
}

bool
sorter_json(const struct sorter_lane *l)
{
    return l->sorter->json;
}

bool
sorter_good(const struct sorter_lane *l)
{
    return !spill_failed(l->sorter->spill);
}

/* ---- the first rows ---- */

static struct sv
heap_key(const struct heap_row *r)
{
    return sv_make(r->bytes, r->key_n);
}

static void
heap_set(struct heap_row *r, struct sv key, struct sv row)
{
    const size_t n = key.n + row.n;
    if (n > r->cap) {
        mem_free(r->bytes);
        r->cap = n + n / 2;
        r->bytes = mem_alloc(r->cap);
    }
    r->key_n = key.n;
    r->row_n = row.n;
    if (key.n != 0)
        memcpy(r->bytes, key.p, key.n);
    if (row.n != 0)
        memcpy(r->bytes + key.n, row.p, row.n);
}

static void
swap(struct heap_row *a, struct heap_row *b)
{
    const struct heap_row x = *a;
    *a = *b;
    *b = x;
}

static void
sift_up(struct heap_row *v, size_t i)
{
    for (; i > 0 && sv_cmp(heap_key(&v[(i - 1) / 2]), heap_key(&v[i])) < 0; i = (i - 1) / 2)
        swap(&v[(i - 1) / 2], &v[i]);
}

static void
sift_down(struct heap_row *v, size_t n)
{
    for (size_t i = 0, kid; (kid = 2 * i + 1) < n; i = kid) {
        if (kid + 1 < n && sv_cmp(heap_key(&v[kid]), heap_key(&v[kid + 1])) < 0)
            kid++;
        if (sv_cmp(heap_key(&v[i]), heap_key(&v[kid])) >= 0)
            break;
        swap(&v[i], &v[kid]);
    }
}

static void
heap_add(struct sorter_lane *l, struct sv key, struct sv row)
{
    if (l->heap.n < l->sorter->q->limit) {
        vec_push(&l->heap, (struct heap_row){ NULL, 0, 0, 0 });
        heap_set(&l->heap.v[l->heap.n - 1], key, row);
        sift_up(l->heap.v, l->heap.n - 1);
    } else if (l->heap.n != 0 && sv_cmp(key, heap_key(&l->heap.v[0])) < 0) {
        heap_set(&l->heap.v[0], key, row);
        sift_down(l->heap.v, l->heap.n);
    }
}

/* ---- all rows ---- */

static int64_t
first_bytes(struct sv key)
{
    uint64_t x = 0;
    for (size_t i = 0; i < 8; i++)
        x = x << 8 | (i < key.n ? (unsigned char)key.p[i] : 0);
    x ^= UINT64_C(1) << 63;
    return x <= INT64_MAX ? (int64_t)x : -(int64_t)(UINT64_MAX - x) - 1;
}

void
sorter_add(struct sorter_lane *l, struct sv key, struct sv row)
{
    if (l->sorter->is_heap) {
        heap_add(l, key, row);
        return;
    }
    const struct record r = {
        .hash = record_hash(0, SV_NONE),
        .time = first_bytes(key),
        .tie = key,
        .payload = row,
    };
    store_add(&l->store, 0, &r);
    if (store_is_full(&l->store)) {
        const bool kept = store_flush(&l->store);
        (void)kept; /* spill_failed tells */
    }
}

/* ---- out ---- */

static bool
put_row(struct sorter *s, struct table *t, struct sv row)
{
    struct reader r = reader_of(row);
    for (size_t i = 0; i < s->q->n_columns; i++) {
        const struct datum d = datum_get(&r);
        if (s->q->column[i].type == COLUMN_COUNT)
            table_count(t, (uint64_t)d.number);
        else if (s->q->column[i].type == COLUMN_NUMBER)
            table_number(t, d.kind == DATUM_NONE ? (double)NAN : d.number);
        else
            datum_cell(t, &d);
    }
    errno = 0;
    table_end_row(t);
    if (ferror(s->out->to) == 0)
        return true;
    s->reader_left = errno == EPIPE;
    return false;
}

static int
by_key(const void *a, const void *b)
{
    return sv_cmp(heap_key(a), heap_key(b));
}

static void
put_heaps(struct sorter *s, struct table *t)
{
    VEC(struct heap_row) all = VEC_INIT;
    for (unsigned i = 0; i < s->n_lanes; i++)
        for (size_t k = 0; k < s->lane[i].heap.n; k++)
            vec_push(&all, s->lane[i].heap.v[k]);
    if (all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, by_key);
    for (size_t i = 0; i < all.n && i < s->q->limit; i++)
        if (!put_row(s, t, sv_make(all.v[i].bytes + all.v[i].key_n, all.v[i].row_n)))
            break;
    vec_fini(&all);
}

static void
put_stores(struct sorter *s, struct table *t)
{
    struct store **store = mem_zalloc(s->n_lanes, sizeof(struct store *));
    struct record r;
    for (unsigned i = 0; i < s->n_lanes; i++)
        store[i] = &s->lane[i].store;
    struct merge *m = merge_open(store, s->n_lanes, 0, s->spill, NULL, NULL, NULL);
    for (uint64_t n = 0; n < s->q->limit && merge_next(m, &r); n++)
        if (!put_row(s, t, r.payload))
            break;
    merge_close(m);
    mem_free(store);
}

enum err
sorter_write(struct sorter *s, struct diags *d)
{
    TRY(spill_status(s->spill, d));
    struct table *t = table_new(&s->out->style, s->out->to, s->q->column, s->q->n_columns);
    if (s->is_heap)
        put_heaps(s, t);
    else
        put_stores(s, t);
    struct diags *unsaid = diags_new();
    const enum err written = table_finish(t, s->reader_left ? unsaid : d);
    diags_free(unsaid);
    const enum err spilled = spill_status(s->spill, d);
    return spilled != ERR_OK ? spilled : written;
}
