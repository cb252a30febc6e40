/* SPDX-License-Identifier: Apache-2.0 */
/* Merging against sorting in memory, folding, many segments, what fails. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agg/merge.h"
#include "agg_tests.h"
#include "base/map.h"
#include "base/mem.h"

/* Pairs of keys of correlation 1 whose entry_key is the same (found by trying; the tests make sure of it). */
static const char *const keys[] = {
    "\x08"
    "02307942",
    "\x08"
    "11248787",
    "\x08"
    "06071849",
    "\x08"
    "17061343",
    "\x08"
    "07055985",
    "\x08"
    "17815477",
    "",
};

START_TEST(keys_collide)
{
    for (size_t i = 0; i + 1 < N_OF(keys) - 1; i += 2)
        ck_assert(entry_key(1, record_hash(1, sv_of(keys[i]))) == entry_key(1, record_hash(1, sv_of(keys[i + 1]))));
}
END_TEST

/* ---- against a sort ---- */

enum { RECORDS = 1500, STORES = 3 };

struct piles {
    struct spill *spill;
    struct store store[STORES];
    struct store all; /* what the merge must give, in memory */
};

static void
piles_init(struct piles *p)
{
    p->spill = spill_new(SPILL_MEMORY_LEAST, ".", 1);
    spill_force(p->spill, UINT64_MAX); /* three segments are merged at a time; we say when to spill */
    store_init(&p->all, 1);
    for (size_t i = 0; i < STORES; i++) {
        store_init(&p->store[i], 2);
        store_limit(&p->store[i], p->spill, 0);
    }
}

static void
piles_fini(struct piles *p)
{
    for (size_t i = 0; i < STORES; i++)
        store_fini(&p->store[i]);
    store_fini(&p->all);
    spill_free(p->spill);
}

/* Few keys, times and places, so that everything is decided at every depth somewhere. */
static void
fill(struct piles *p, uint64_t seed, unsigned flush_one_in, bool counts)
{
    static const char *const texts[] = { "", "a", "b" };
    for (size_t i = 0; i < RECORDS; i++) {
        const uint64_t x = next_random(&seed) >> 11;
        const char count = (char)(1 + (x >> 40) % 5);
        struct record r = { .corr = x % 3 == 0 ? 0 : 1,
                            .time = (int64_t)(x >> 3 & 15),
                            .at = { (uint32_t)(x >> 7) % 3, x >> 10 & 3 },
                            .pos = (uint32_t)(x >> 12 & 1),
                            .flags = RECORD_PRIMARY,
                            .key = sv_of(keys[(x >> 16) % N_OF(keys)]),
                            .tie = sv_of(texts[(x >> 20) % 3]),
                            .uid = sv_of(texts[(x >> 24) % 3]),
                            .facts = sv_of(texts[(x >> 28) % 3]),
                            .payload = counts ? sv_make(&count, 1) : sv_of(texts[(x >> 32) % 3]) };
        r.hash = record_hash(r.corr, r.key);
        struct store *s = &p->store[(x >> 36) % STORES];
        store_add(s, 1, &r);
        store_add(&p->all, 0, &r);
        if (flush_one_in != 0 && (x >> 44) % flush_one_in == 0)
            ck_assert(store_flush(s));
    }
}

static void
add_counts(const void *ctx, const struct record *a, const struct record *b, struct buf *payload)
{
    ck_assert_ptr_eq(ctx, keys);
    ck_assert_uint_eq(a->payload.n, 1);
    buf_putc(payload, (char)(a->payload.p[0] + b->payload.p[0]));
}

static struct merge *
open_piles(struct piles *p, const struct origins *o, fold_fn *fold)
{
    struct store *store[STORES];
    for (size_t i = 0; i < STORES; i++)
        store[i] = &p->store[i];
    return merge_open(store, STORES, 1, p->spill, o, fold, fold != NULL ? keys : NULL);
}

static void
assert_equal(const struct record *a, const struct record *b)
{
    struct record x = *a;
    struct record y = *b;
    x.hash = y.hash = 0;
    ck_assert_int_eq(record_cmp(&x, &y, NULL), 0);
    ck_assert_uint_eq(a->flags, b->flags);
}

static void
check_merge(struct piles *p, struct merge *m, const struct origins *o, fold_fn *fold)
{
    struct bin b = store_take(&p->all, 0);
    struct record got;
    records_sort(b.v, b.n, o);
    if (fold != NULL)
        b.n = records_fold(b.v, b.n, &p->all, 0, false, fold, keys);
    for (size_t i = 0, end; i < b.n; i = end) {
        end = i + records_group(b.v + i, b.n - i, o);
        for (size_t k = i; k < end; k++) {
            struct record want;
            record_at(b.v[k].record, &want);
            ck_assert(merge_next(m, &got));
            assert_equal(&got, &want);
            ck_assert(got.hash == record_hash(got.corr, got.key));
        }
    }
    ck_assert(!merge_next(m, &got) && !merge_next(m, &got));
    ck_assert(!spill_failed(p->spill));
    merge_close(m);
    mem_free(b.v);
}

/* Rows: how often a store spills; with files in the order of their ranks, or not. */
static const struct {
    unsigned flush_one_in;
    bool ranked;
} ways[] = { { 0, false },  { 0, true },  { 300, false }, { 300, true },
             { 20, false }, { 20, true }, { 3, false },   { 3, true } };

START_TEST(like_a_sort)
{
    struct piles p;
    struct world w;
    world_init(&w); /* the origin of index 0 is the last in order */
    piles_init(&p);
    fill(&p, 3 + (uint64_t)_i, ways[_i].flush_one_in, false);
    const struct origins *o = ways[_i].ranked ? NULL : &w.origins;
    check_merge(&p, open_piles(&p, o, NULL), o, NULL);
    piles_fini(&p);
    world_fini(&w);
}
END_TEST

START_TEST(folds_like_a_sort)
{
    struct piles p;
    struct world w;
    world_init(&w);
    piles_init(&p);
    fill(&p, 3 + (uint64_t)_i, ways[_i].flush_one_in, true);
    const struct origins *o = ways[_i].ranked ? NULL : &w.origins;
    check_merge(&p, open_piles(&p, o, add_counts), o, add_counts);
    piles_fini(&p);
    world_fini(&w);
}
END_TEST

/* Segments stay the stores': a survey is a merge of its own. */
START_TEST(twice)
{
    struct piles p;
    struct record r;
    piles_init(&p);
    fill(&p, 9, 20, false);
    for (size_t i = 0; i < STORES; i++)
        if (p.store[i].n_records != 0)
            ck_assert(store_flush(&p.store[i]));
    struct merge *first = open_piles(&p, NULL, NULL);
    size_t n = 0;
    while (merge_next(first, &r))
        n++;
    merge_close(first);
    ck_assert_uint_eq(n, RECORDS);
    check_merge(&p, open_piles(&p, NULL, NULL), NULL, NULL);
    piles_fini(&p);
}
END_TEST

START_TEST(nothing)
{
    struct record r;
    struct merge *m = merge_open(NULL, 0, 0, NULL, NULL, NULL, NULL);
    ck_assert(!merge_next(m, &r));
    merge_close(m);
}
END_TEST

/* ---- what fails ---- */

static void
assert_failure(const struct spill *spill, const char *text)
{
    struct diags *d = diags_new();
    ck_assert(spill_failed(spill));
    ck_assert(spill_status(spill, d) == ERR_OUTPUT);
    ck_assert_uint_eq(diags_count(d), 1);
    assert_sv(diags_get(d, 0)->message, text);
    diags_free(d);
}

START_TEST(out_of_order)
{
    struct piles p;
    struct segment_writer w = { .error = 0 };
    struct segment s;
    struct record r = { .corr = 1, .time = 7, .key = SV("\1k") };
    piles_init(&p);
    const int fd = spill_open(p.spill);
    segment_begin(&w, fd, "part-3", 0);
    segment_put(&w, &r);
    r.time = 6;
    segment_put(&w, &r);
    ck_assert(segment_end(&w, &s));
    segment_writer_fini(&w);
    store_attach(&p.store[0], 1, &s);
    struct merge *m = open_piles(&p, NULL, NULL);
    while (merge_next(m, &r))
        continue;
    merge_close(m);
    assert_failure(p.spill, "part-3 is damaged: its records are out of order");
    close(fd);
    piles_fini(&p);
}
END_TEST

static bool
is_early(const void *ctx, const struct record *r)
{
    return r->time < *(const int64_t *)ctx;
}

START_TEST(refused_by_the_check)
{
    struct piles p;
    struct record r;
    const int64_t limit = 15;
    piles_init(&p);
    fill(&p, 4, 10, false);
    for (size_t i = 0; i < STORES; i++)
        for (size_t k = 0; k < store_segments(&p.store[i], 1).n; k++)
            store_segments(&p.store[i], 1).v[k].is_foreign = true;
    struct merge *m = open_piles(&p, NULL, NULL);
    merge_check(m, is_early, &limit);
    while (merge_next(m, &r))
        ck_assert_int_lt(r.time, 16);
    merge_close(m);
    assert_failure(p.spill,
                   "the spill file in . is damaged: it has a record that these rules and files cannot have made");
    piles_fini(&p);
}
END_TEST

START_TEST(no_folder)
{
    struct store s;
    struct spill *spill = spill_new(SPILL_MEMORY_LEAST, "./no-such-folder", 1);
    const struct record r = { .corr = 1 };
    store_init(&s, 1);
    store_limit(&s, spill, 1);
    ck_assert(!store_is_full(&s));
    store_add(&s, 0, &r);
    ck_assert(store_is_full(&s));
    ck_assert(!store_flush(&s));
    ck_assert(!store_is_full(&s));
    ck_assert(spill_failed(spill));
    spill_fail(spill, "a later one", NULL, EIO);
    assert_failure(spill, "cannot make the spill file in ./no-such-folder: No such file or directory; "
                          "--tmpdir names another folder, --memory raises the limit");
    store_fini(&s);
    spill_free(spill);
}
END_TEST

/* ---- limits ---- */

START_TEST(limits_add_up)
{
    const uint64_t memory = UINT64_C(256) << 20;
    const unsigned n = 4;
    struct spill *s = spill_new(memory, ".", n);
    ck_assert_uint_le(n * (spill_store_limit(s) + 2 * spill_inventory_limit(s)), memory);
    ck_assert_uint_le(n * (spill_group_limit(s) + spill_chain_limit(s) + spill_fan_in(s) * SEGMENT_READER_BYTES),
                      memory);
    ck_assert_uint_ge(spill_fan_in(s), 50);
    spill_free(s);
    s = spill_new(SPILL_MEMORY_LEAST, ".", n);
    ck_assert_uint_ge(spill_store_limit(s), 1 << 20);
    ck_assert_uint_ge(spill_fan_in(s), 2);
    spill_free(s);
}
END_TEST

/* What a store says that it holds is what it holds, filled again and again. */
START_TEST(bytes_are_honest)
{
    struct store s;
    struct spill *spill = spill_new(SPILL_MEMORY_LEAST, ".", 1);
    char text[32];
    store_init(&s, 64);
    store_limit(&s, spill, UINT64_C(4) << 20);
    for (unsigned i = 0, flushes = 0; flushes < 3; i++) {
        snprintf(text, sizeof text, "\x08%08u", i);
        const struct record r = { .corr = 1, .hash = record_hash(1, sv_of(text)), .time = i, .key = sv_of(text) };
        store_add(&s, hash_partition(r.hash), &r);
        uint64_t held = s.n_recent * sizeof *s.recent + s.n_pages * 128 * sizeof(struct slip);
        for (size_t k = 0; k < s.n_chunks; k++)
            held += s.chunks.v[k].size;
        for (size_t k = 0; k < s.n_bins; k++)
            held += s.bin[k].cap * sizeof *s.bin[k].v;
        if (i % 1000 == 0)
            ck_assert_uint_eq(s.bytes, held);
        if (!store_is_full(&s))
            continue;
        ck_assert_uint_gt(s.n_records, 10000);
        ck_assert_uint_lt(s.bytes, (UINT64_C(4) << 20) + ((uint64_t)1 << 19));
        ck_assert(store_flush(&s));
        ck_assert_uint_eq(s.n_records, 0);
        flushes++;
    }
    store_release(&s);
    ck_assert_uint_eq(s.bytes, 0);
    store_fini(&s);
    spill_free(spill);
}
END_TEST

TCase *
agg_merge_tests(void)
{
    TCase *t = tcase_create("merge");
    tcase_add_test(t, keys_collide);
    tcase_add_loop_test(t, like_a_sort, 0, N_OF(ways));
    tcase_add_loop_test(t, folds_like_a_sort, 0, N_OF(ways));
    tcase_add_test(t, twice);
    tcase_add_test(t, nothing);
    tcase_add_test(t, out_of_order);
    tcase_add_test(t, refused_by_the_check);
    tcase_add_test(t, no_folder);
    tcase_add_test(t, limits_add_up);
    tcase_add_test(t, bytes_are_honest);
    return t;
}
