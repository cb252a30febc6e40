/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of time, the order of values as bytes, and the estimate of how many different ones there are. */
#include "query_tests.h"

#include <math.h>
#include <stdio.h>

#include "base/map.h"
#include "base/timestamp.h"
#include "query/bucket.h"
#include "query/datum.h"
#include "query/hll.h"
#include "query/measure.h"

/* ---- buckets ---- */

static const struct {
    const char *width;
    const char *time;
    const char *start;
} buckets[] = {
    { "1h", "2026-03-01T08:59:59.999999Z", "2026-03-01T08:00:00Z" },
    { "1h", "2026-03-01T09:00:00Z", "2026-03-01T09:00:00Z" },
    { "15m", "2026-03-01T09:14:59Z", "2026-03-01T09:00:00Z" },
    { "1d", "1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z" },
    { "1w", "2026-03-01T23:59:59Z", "2026-02-23T00:00:00Z" },
    { "1w", "2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z" },
    { "2w", "1970-01-05T00:00:00Z", "1970-01-05T00:00:00Z" },
    { "1M", "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z" },
    { "3M", "2026-05-31T00:00:00Z", "2026-04-01T00:00:00Z" },
    { "1y", "2026-12-31T23:59:59Z", "2026-01-01T00:00:00Z" },
    { "10y", "2026-12-31T23:59:59Z", "2020-01-01T00:00:00Z" },
};

START_TEST(bucket_starts)
{
    struct bucket b;
    int64_t us;
    char text[TIME_TEXT_MAX];
    ck_assert(bucket_parse(sv_of(buckets[_i].width), &b));
    ck_assert(time_parse(sv_of(buckets[_i].time), &us));
    time_format(bucket_start(&b, us), text);
    ck_assert_str_eq(text, buckets[_i].start);
}
END_TEST

START_TEST(bucket_refuses)
{
    static const char *const bad[] = { "",        "h", "1", "0h", "-1h", "1x", "1.5h", "1h30m", "999999999999999999d",
                                       "1000000M" };
    struct bucket b;
    ck_assert_msg(!bucket_parse(sv_of(bad[_i]), &b), "%s", bad[_i]);
}
END_TEST

START_TEST(bucket_of_no_time)
{
    struct bucket b;
    ck_assert(bucket_parse(SV("1h"), &b));
    ck_assert_int_eq(bucket_start(&b, TIME_NONE), TIME_NONE);
}
END_TEST

/* ---- order ---- */

/* In ascending order; no two are equal. */
static size_t
ladder(struct datum *d, struct arena *a)
{
    size_t n = 0;
    static const double numbers[] = { -1e300, -2, -1.5, -1e-300, 0, 5e-324, 1, 1.5, 2, 10, 1e300 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        d[n++] = datum_number(numbers[i], a);
    d[n++] = datum_time(-DAY, a);
    d[n++] = datum_time(0, a);
    d[n++] = datum_time(1, a);
    d[n++] = datum_time(SECOND, a);
    d[n++] = (struct datum){ DATUM_BOOL, SV("false"), 0 };
    d[n++] = (struct datum){ DATUM_BOOL, SV("true"), 0 };
    d[n++] = datum_text(SV(""));
    d[n++] = datum_text(SV("\0"));
    d[n++] = datum_text(SV("\0\0"));
    d[n++] = datum_text(SV("\0a"));
    d[n++] = datum_text(SV("\1"));
    d[n++] = datum_text(SV("a"));
    d[n++] = datum_text(SV("a\0"));
    d[n++] = datum_text(SV("ab"));
    d[n++] = datum_text(SV("b"));
    d[n++] = datum_text(SV("\xc3\xa9"));
    d[n++] = datum_text(SV("\xff\xff"));
    return n;
}

static int
key_order(const struct datum *a, const struct datum *b, bool down, const char *behind)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    datum_sortkey(&x, a, down);
    buf_puts(&x, behind);
    datum_sortkey(&y, b, down);
    const int order = sv_cmp(buf_view(&x), buf_view(&y));
    buf_fini(&x);
    buf_fini(&y);
    return (order > 0) - (order < 0);
}

START_TEST(sortkeys)
{
    struct arena a = ARENA_INIT;
    struct datum d[40];
    const struct datum none = { DATUM_NONE, SV_NONE, 0 };
    const size_t n = ladder(d, &a);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < n; k++) {
            const int want = (i > k) - (i < k);
            ck_assert_int_eq(key_order(&d[i], &d[k], false, ""), want);
            ck_assert_int_eq(key_order(&d[i], &d[k], true, ""), -want);
            const int order = datum_cmp(&d[i], &d[k]);
            ck_assert_int_eq((order > 0) - (order < 0), want);
            /* What stands behind a key decides nothing between different ones. */
            if (i != k)
                ck_assert_int_eq(key_order(&d[i], &d[k], false, "\xff"), want);
        }
        ck_assert_int_eq(key_order(&d[i], &none, false, ""), -1);
        ck_assert_int_eq(key_order(&d[i], &none, true, ""), -1);
    }
    arena_fini(&a);
}
END_TEST

START_TEST(number_keys)
{
    uint64_t seed = 7;
    for (int i = 0; i < 10000; i++) {
        const uint64_t bits = next_random(&seed);
        double x;
        char key[8];
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        number_sortkey(x, key);
        ck_assert(number_of_sortkey(key) == x);
    }
}
END_TEST

START_TEST(round_trip)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct datum d[40];
    const size_t n = ladder(d, &a);
    for (size_t i = 0; i < n; i++)
        datum_put(&b, &d[i]);
    struct reader r = reader_of(buf_view(&b));
    for (size_t i = 0; i < n; i++) {
        const struct datum got = datum_get(&r);
        ck_assert_int_eq(got.kind, d[i].kind);
        ck_assert(sv_eq(got.text, d[i].text));
        ck_assert(got.number == d[i].number);
    }
    ck_assert(!r.bad && r.p == r.end);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

/* ---- estimates ---- */

static uint64_t
hash_of(uint64_t i)
{
    char text[24];
    const int n = snprintf(text, sizeof text, "account %llu", (unsigned long long)i);
    return hash64(sv_make(text, (size_t)n));
}

static const uint64_t sizes[] = { 0, 1, 2, 64, 65, 1000, 10000, 50000, 300000, 2000000 };

/* Within four standard errors, whatever the size; exact while it is a list. */
START_TEST(estimate)
{
    struct pool pool = { ARENA_INIT, 0 };
    struct hll h = { NULL, NULL, 0, 0 };
    const double n = (double)sizes[_i];
    for (uint64_t i = 0; i < sizes[_i]; i++)
        for (int again = 0; again < 2; again++)
            hll_add(&h, hash_of(i), &pool);
    const double got = hll_estimate(&h);
    ck_assert_msg(fabs(got - n) <= 4 * HLL_ERROR * n + 0.5, "%.0f of %.0f", got, n);
    ck_assert_uint_le(pool.bytes, 32 * 1024);
    arena_fini(&pool.arena);
}
END_TEST

/* Parts that overlap, merged, are the whole. */
START_TEST(estimate_merges)
{
    struct pool pool = { ARENA_INIT, 0 };
    struct hll whole = { NULL, NULL, 0, 0 };
    struct hll joined = { NULL, NULL, 0, 0 };
    for (uint64_t part = 0; part < 8; part++) {
        struct hll h = { NULL, NULL, 0, 0 };
        struct buf b = BUF_INIT;
        const uint64_t from = part * sizes[_i] / 10, to = from + sizes[_i] / 5;
        for (uint64_t i = from; i < to; i++) {
            hll_add(&h, hash_of(i), &pool);
            hll_add(&whole, hash_of(i), &pool);
        }
        hll_put(&h, &b);
        struct reader r = reader_of(buf_view(&b));
        hll_merge(&joined, &r, &pool);
        ck_assert(!r.bad && r.p == r.end);
        buf_fini(&b);
    }
    ck_assert(hll_estimate(&joined) == hll_estimate(&whole));
    arena_fini(&pool.arena);
}
END_TEST

TCase *
query_value_tests(void)
{
    TCase *t = tcase_create("values");
    tcase_add_loop_test(t, bucket_starts, 0, N_OF(buckets));
    tcase_add_loop_test(t, bucket_refuses, 0, 10);
    tcase_add_test(t, bucket_of_no_time);
    tcase_add_test(t, sortkeys);
    tcase_add_test(t, number_keys);
    tcase_add_test(t, round_trip);
    tcase_add_loop_test(t, estimate, 0, N_OF(sizes));
    tcase_add_loop_test(t, estimate_merges, 0, N_OF(sizes) - 1);
    return t;
}
