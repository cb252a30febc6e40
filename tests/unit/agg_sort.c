/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting entries and records, folding, and the first few of a stream. */
#include <stdio.h>
#include <stdlib.h>

#include "agg/entry.h"
#include "agg/firsts.h"
#include "agg/store.h"
#include "agg_tests.h"
#include "base/codec.h"
#include "base/map.h"

static int
compare_numbers(const void *a, const void *b, const void *ctx)
{
    const int x = *(const int *)a;
    const int y = *(const int *)b;
    ck_assert_ptr_eq(ctx, NULL);
    return (x > y) - (x < y);
}

static int
reference(const void *x, const void *y)
{
    const struct entry *a = x;
    const struct entry *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return compare_numbers(a->record, b->record, NULL);
}

/* Shapes of keys and times that take every path: random, few values, constant, sorted, reversed, extreme. */
static const struct shape {
    size_t n;
    uint64_t keys; /* distinct; 0: any */
    uint64_t times;
    int direction; /* 0 random, 1 ascending, -1 descending */
} shapes[] = {
    { 0, 0, 0, 0 },        { 1, 0, 0, 0 },       { 24, 3, 3, 0 },   { 25, 3, 3, 0 },   { 5000, 0, 0, 0 },
    { 5000, 7, 0, 0 },     { 5000, 7, 5, 0 },    { 5000, 1, 1, 0 }, { 5000, 1, 0, 0 }, { 5000, 1, 1000, 1 },
    { 5000, 1, 1000, -1 }, { 20000, 300, 2, 0 }, { 700, 1, 1, -1 },
};

START_TEST(sorts_like_the_reference)
{
    const struct shape *s = &shapes[_i];
    uint64_t seed = UINT64_C(88172645463325252) + (uint64_t)_i;
    struct entry *e = mem_zalloc(s->n + 1, sizeof *e);
    struct entry *want = mem_zalloc(s->n + 1, sizeof *want);
    int *number = mem_zalloc(s->n + 1, sizeof *number);
    for (size_t i = 0; i < s->n; i++) {
        number[i] = s->direction != 0 ? s->direction * (int)i : (int)(next_random(&seed) % 1000000);
        const uint64_t key = next_random(&seed);
        const uint64_t time = s->direction == 0 ? next_random(&seed) : s->direction > 0 ? i : s->n - i;
        e[i] = (struct entry){ s->keys != 0 ? (key % s->keys) << 40 : key,
                               (int64_t)(s->times != 0 ? time % s->times : time), &number[i] };
    }
    memcpy(want, e, s->n * sizeof *e);
    if (s->n != 0)
        qsort(want, s->n, sizeof *want, reference);
    entries_sort(e, s->n, compare_numbers, NULL);
    for (size_t i = 0; i < s->n; i++) {
        ck_assert(e[i].key == want[i].key && e[i].time == want[i].time);
        ck_assert_int_eq(*(const int *)e[i].record, *(const int *)want[i].record);
    }
    mem_free(e);
    mem_free(want);
    mem_free(number);
}
END_TEST

/* Groups whose hashes are equal in all bits that the entry holds must not be mixed, whatever their times. */
START_TEST(equal_hashes_keep_groups_apart)
{
    static const char *const keys[] = { "\1a", "\1b", "\1c" };
    struct store s;
    store_init(&s, 1);
    for (int i = 0; i < 90; i++) {
        const struct record r = {
            .corr = 3, .hash = 77, .time = 90 - i, .at = { 0, (uint64_t)i }, .key = sv_of(keys[i * 7 % 3])
        };
        store_add(&s, 0, &r);
    }
    struct bin b = store_take(&s, 0);
    records_sort(b.v, b.n, NULL);
    ck_assert_uint_eq(b.n, 90);
    for (size_t i = 0; i < b.n; i += 30) {
        ck_assert_uint_eq(records_group(b.v + i, b.n - i, NULL), 30);
        for (size_t k = i + 1; k < i + 30; k++) {
            struct record x;
            struct record y;
            record_at(b.v[k - 1].record, &x);
            record_at(b.v[k].record, &y);
            ck_assert(record_same_group(&x, &y));
            ck_assert_int_lt(record_cmp(&x, &y, NULL), 0);
            ck_assert(b.v[k].time == y.time);
        }
    }
    ck_assert_uint_eq(records_group(b.v, 0, NULL), 0);
    mem_free(b.v);
    store_fini(&s);
}
END_TEST

/* Equal times: source and file name, then line, then position, then the tie decide; the index of a file does not. */
START_TEST(ties_by_place)
{
    struct world w;
    struct store s;
    const unsigned n = (unsigned)_i;
    world_init(&w);
    store_init(&s, 1);
    for (unsigned i = 0; i < n; i++) {
        char tie[2] = { 't', (char)(i % 2) };
        const unsigned k = i * 61 % n;
        const struct record r = { .corr = 3,
                                  .time = 5,
                                  .at = { k % 3, k / 6 + (k % 5 == 0 ? UINT64_C(1) << 63 : 0) },
                                  .pos = k % 4,
                                  .key = SV("\1a"),
                                  .tie = sv_make(tie, 2),
                                  .payload = sv_make((const char *)&k, sizeof k) };
        store_add(&s, 0, &r);
    }
    struct bin b = store_take(&s, 0);
    records_sort(b.v, b.n, &w.origins);
    ck_assert_uint_eq(records_group(b.v, b.n, &w.origins), n);
    for (size_t i = 1; i < b.n; i++) {
        struct record x;
        struct record y;
        record_at(b.v[i - 1].record, &x);
        record_at(b.v[i].record, &y);
        ck_assert_int_lt(record_cmp(&x, &y, &w.origins), 0);
    }
    mem_free(b.v);
    store_fini(&s);
    world_fini(&w);
}
END_TEST

static void
add_numbers(const void *ctx, const struct record *a, const struct record *b, struct buf *payload)
{
    struct reader x = reader_of(a->payload);
    struct reader y = reader_of(b->payload);
    (void)ctx;
    put_varint(payload, get_varint(&x) + get_varint(&y));
}

/* However the records are cut into stores and compacted, each key's sum is left once. */
START_TEST(compaction)
{
    struct store s;
    uint64_t want[50] = { 0 };
    struct buf payload = BUF_INIT;
    store_init(&s, 4);
    for (unsigned i = 0; i < 3000; i++) {
        const unsigned k = i * i % 50;
        char key[2] = { 1, (char)('A' + k) };
        struct record r = { .corr = 1, .key = { key, 2 }, .time = k % 3 };
        r.hash = record_hash(1, r.key);
        buf_reset(&payload);
        put_varint(&payload, i);
        r.payload = buf_view(&payload);
        store_add(&s, k % 4, &r);
        want[k] += i;
        if (i % 700 == 699)
            store_compact(&s, add_numbers, NULL);
    }
    store_compact(&s, add_numbers, NULL);
    for (size_t bin = 0; bin < 4; bin++) {
        struct bin b = store_take(&s, bin);
        for (size_t i = 0; i < b.n; i++) {
            struct record r;
            record_at(b.v[i].record, &r);
            struct reader in = reader_of(r.payload);
            uint64_t *sum = &want[r.key.p[1] - 'A'];
            ck_assert(*sum != 0 || b.n != 0);
            ck_assert(get_varint(&in) == *sum);
            *sum = 0;
        }
        mem_free(b.v);
    }
    for (unsigned k = 0; k < 50; k++)
        ck_assert(want[k] == 0);
    buf_fini(&payload);
    store_fini(&s);
}
END_TEST

/* The first `keep` texts by time do not depend on the order of calls. Six calls in a row have the same time. */
START_TEST(firsts_in_any_order)
{
    enum { TEXTS = 300, CALLS = 2000 };
    const size_t keep = (size_t)_i;
    struct firsts a;
    struct firsts b;
    uint64_t seed = 12345;
    struct firsts_rank rank[CALLS];
    char text[CALLS][8];
    firsts_init(&a);
    firsts_init(&b);
    for (int round = 0; round < 2; round++) {
        firsts_reset(&a, keep);
        firsts_reset(&b, keep);
        for (size_t i = 0; i < CALLS; i++) {
            rank[i] = (struct firsts_rank){ (int64_t)(i / 6) - 50, i % 2 };
            snprintf(text[i], sizeof text[i], "t%u",
                     (unsigned)(i < TEXTS ? i * 7 % TEXTS : next_random(&seed) % TEXTS));
            firsts_add(&a, sv_of(text[i]), rank[i]);
            firsts_count_text(&a, sv_of(text[i]));
        }
        for (size_t i = CALLS; i-- > 0;)
            firsts_add(&b, sv_of(text[i * 7 % CALLS]), rank[i * 7 % CALLS]);
        const size_t n = firsts_finish(&a);
        ck_assert_uint_eq(n, keep < TEXTS ? keep : TEXTS);
        ck_assert_uint_eq(firsts_finish(&b), n);
        for (size_t i = 0; i < n; i++)
            ck_assert(sv_eq(firsts_text(&a, i), firsts_text(&b, i)));
        ck_assert_uint_eq(firsts_count(&a), TEXTS);
    }
    firsts_fini(&a);
    firsts_fini(&b);
}
END_TEST

START_TEST(firsts_count_to_the_limit)
{
    struct firsts f;
    char text[16];
    firsts_init(&f);
    firsts_reset(&f, 1);
    for (unsigned i = 0; i < FIRSTS_COUNT_MAX - 1; i++) {
        snprintf(text, sizeof text, "%u", i);
        firsts_count_text(&f, sv_of(text));
        firsts_count_text(&f, sv_of(text));
    }
    ck_assert_uint_eq(firsts_count(&f), FIRSTS_COUNT_MAX - 1);
    firsts_count_text(&f, SV("x"));
    firsts_count_text(&f, SV("y"));
    ck_assert_uint_eq(firsts_count(&f), FIRSTS_COUNT_MAX);
    firsts_fini(&f);
}
END_TEST

TCase *
agg_sort_tests(void)
{
    TCase *t = tcase_create("sort");
    tcase_add_loop_test(t, sorts_like_the_reference, 0, N_OF(shapes));
    tcase_add_test(t, equal_hashes_keep_groups_apart);
    tcase_add_loop_test(t, ties_by_place, 2, 60);
    tcase_add_test(t, compaction);
    tcase_add_loop_test(t, firsts_in_any_order, 1, 12);
    tcase_add_test(t, firsts_count_to_the_limit);
    return t;
}
