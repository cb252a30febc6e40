/* SPDX-License-Identifier: Apache-2.0 */
/* What the types are made of: order statistics, distinct values, tail probabilities, distances. And that large windows
 * stay fast. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdio.h>
#include <stdlib.h>

#include "agg/distinct.h"
#include "agg/geo.h"
#include "agg/orderstat.h"
#include "agg/stats.h"
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"
#include "base/buf.h"
#include "base/timestamp.h"

static uint64_t
next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The k-th of the set is the k-th of its sorted copy, whatever came and went. */
static void
check_order(const struct orderstat *o, const double *v, size_t n)
{
    double *sorted = mem_alloc((n + 1) * sizeof *sorted);
    memcpy(sorted, v, n * sizeof *v);
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    ck_assert_uint_eq(o->n, n);
    for (size_t k = 0; k < n; k += 1 + n / 50)
        ck_assert(orderstat_kth(o, k) == sorted[k]);
    mem_free(sorted);
}

START_TEST(order_of_random_numbers)
{
    static const uint64_t ranges[] = { 3, 1000, 1000000 };
    enum { WINDOW = 5000, STEPS = 20000 };
    double *v = mem_alloc(STEPS * sizeof *v);
    uint64_t state = 7;
    struct orderstat o;
    orderstat_init(&o);
    size_t from = 0;
    for (size_t i = 0; i < STEPS; i++) {
        v[i] = (double)next_random(&state) - 1e9;
        v[i] = fmod(v[i], (double)ranges[_i]);
        orderstat_add(&o, v[i]);
        if (i - from >= WINDOW)
            orderstat_remove(&o, v[from++]);
        if (i % 1999 == 0)
            check_order(&o, v + from, i + 1 - from);
    }
    while (from < STEPS)
        orderstat_remove(&o, v[from++]);
    ck_assert_uint_eq(o.n, 0);
    ck_assert_uint_eq(o.blocks.n, 0);
    orderstat_fini(&o);
    mem_free(v);
}
END_TEST

START_TEST(order_of_sorted_numbers)
{
    enum { N = 20000 };
    struct orderstat o;
    orderstat_init(&o);
    for (int i = 0; i < N; i++)
        orderstat_add(&o, _i == 0 ? i : -i);
    ck_assert(orderstat_kth(&o, 0) == (_i == 0 ? 0 : 1 - N));
    ck_assert(orderstat_kth(&o, N - 1) == (_i == 0 ? N - 1 : 0));
    for (int i = 0; i < N - 1; i++)
        orderstat_remove(&o, _i == 0 ? i : -i);
    ck_assert(orderstat_kth(&o, 0) == (_i == 0 ? N - 1 : 1 - N));
    ck_assert_uint_eq(o.blocks.n, 1);
    orderstat_fini(&o);
}
END_TEST

START_TEST(percentiles)
{
    struct orderstat o;
    orderstat_init(&o);
    ck_assert(isnan(orderstat_percentile(&o, 50)));
    orderstat_add(&o, 10);
    ck_assert(orderstat_percentile(&o, 99) == 10);
    orderstat_add(&o, 20);
    ck_assert(orderstat_percentile(&o, 0) == 10);
    ck_assert(orderstat_percentile(&o, 25) == 12.5);
    ck_assert(orderstat_percentile(&o, 100) == 20);
    /* the difference of these two is no double */
    orderstat_remove(&o, 10);
    orderstat_remove(&o, 20);
    orderstat_add(&o, -1.7e308);
    orderstat_add(&o, 1.7e308);
    ck_assert(orderstat_percentile(&o, 0) == -1.7e308);
    orderstat_fini(&o);
}
END_TEST

START_TEST(distinct_values)
{
    enum { N = 3000 };
    struct distinct d;
    char text[24];
    distinct_init(&d);
    ck_assert_uint_eq(distinct_refs(&d, SV("0")), 0);
    for (int i = 0; i < 2 * N; i++) {
        const struct sv v = sv_make(text, (size_t)snprintf(text, sizeof text, "%d", i % N));
        ck_assert_int_eq(distinct_add(&d, v), i < N);
    }
    ck_assert_uint_eq(d.n, N);
    ck_assert_uint_eq(distinct_refs(&d, SV("17")), 2);
    for (int i = 0; i < 2 * N; i++) {
        const struct sv v = sv_make(text, (size_t)snprintf(text, sizeof text, "%d", (i * 7) % N));
        ck_assert_int_eq(distinct_remove(&d, v), i >= N);
        if (i >= N)
            ck_assert_uint_eq(distinct_refs(&d, v), 0);
    }
    ck_assert_uint_eq(d.n, 0);
    ck_assert(distinct_add(&d, SV_NONE));
    ck_assert_uint_eq(distinct_refs(&d, SV("")), 1);
    distinct_fini(&d);
}
END_TEST

static void
check_near(double got, double expected)
{
    ck_assert_msg(fabs(got - expected) <= 1e-9 * fabs(expected), "%.17g is not %.17g", got, expected);
}

static const struct {
    uint64_t k, n;
    double p, tail;
} binomial[] = {
    /* by rational arithmetic */
    { 0, 5, 0.3, 1 },
    { 5, 5, 0.3, 0.00243 },
    { 10, 20, 0.01, 1.6863605465421846992e-15 }, /* C01: ten ads of twenty posts */
    { 1, 1, 0.01, 0.01 },
    { 2, 2, 0.01, 0.0001 },
    { 3, 10, 0.1, 0.0701908264 },
    { 10, 100, 0.01, 7.63158753226062e-08 },
    { 50, 100, 0.4, 0.027099197757009034 },
    { 5, 1000, 0.001, 0.0036368780295217905 },
    { 120, 1000, 0.1, 0.02199614496579438 },
    { 2000, 1000000, 0.0018, 1.8519321485862763628643e-06 },
    { 6, 5, 0.3, 0 },
    { 1, 5, 0, 0 },
    { 5, 5, 1, 1 },
};

START_TEST(binomial_tail)
{
    check_near(stats_binomial_tail(binomial[_i].k, binomial[_i].n, binomial[_i].p), binomial[_i].tail);
}
END_TEST

static const struct {
    uint64_t k;
    double lambda, tail;
} poisson[] = {
    /* by 40 digits of arbitrary precision: the sum of e^-l l^i / i! from k on */
    { 0, 2, 1 },
    { 20, 1, 1.5875276010732629572e-19 }, /* A07: twenty grants in an hour, of an app that has one */
    { 1, 1, 0.6321205588285577 },
    { 3, 10, 0.9972306042844884 },
    { 5, 1, 0.0036598468273437122 },
    { 10, 1, 1.1142547833872067e-07 },
    { 12, 1, 8.316107426882334e-10 },
    { 20, 3.5, 1.1314262374247226e-09 },
    { 100, 50, 3.200065324585125e-10 },
    { 7, 0.25, 9.734521814031624e-09 },
    { 1, 0, 0 },
};

START_TEST(poisson_tail)
{
    check_near(stats_poisson_tail(poisson[_i].k, poisson[_i].lambda), poisson[_i].tail);
}
END_TEST

/* The short way gives the answer of the long one, on both sides of it. */
START_TEST(below)
{
    for (size_t i = 0; i < sizeof binomial / sizeof binomial[0]; i++) {
        const double tail = stats_binomial_tail(binomial[i].k, binomial[i].n, binomial[i].p);
        ck_assert(!stats_binomial_below(binomial[i].k, binomial[i].n, binomial[i].p, tail));
        ck_assert(stats_binomial_below(binomial[i].k, binomial[i].n, binomial[i].p, tail * (1 + 1e-12) + 1e-300));
        ck_assert(stats_binomial_below(binomial[i].k, binomial[i].n, binomial[i].p, tail * 3 + 1e-300));
    }
    for (size_t i = 0; i < sizeof poisson / sizeof poisson[0]; i++) {
        const double tail = stats_poisson_tail(poisson[i].k, poisson[i].lambda);
        ck_assert(!stats_poisson_below(poisson[i].k, poisson[i].lambda, tail));
        ck_assert(stats_poisson_below(poisson[i].k, poisson[i].lambda, tail * (1 + 1e-12) + 1e-300));
        ck_assert(stats_poisson_below(poisson[i].k, poisson[i].lambda, tail * 3 + 1e-300));
    }
}
END_TEST

START_TEST(quantiles)
{
    check_near(-stats_normal_quantile(0.025), 1.9599639845400538);
    check_near(-stats_normal_quantile(1e-6), 4.753424308822899);
    check_near(stats_normal_quantile(0.95), 1.6448536269514726);
    check_near(-stats_normal_quantile(0.3), 0.5244005127080407);
    check_near(-stats_normal_quantile(1e-300), 37.0470962993612);
    ck_assert(stats_normal_quantile(0.5) == 0);
}
END_TEST

START_TEST(wilson)
{
    const double z = -stats_normal_quantile(0.025);
    /* (p + z2/2n - z sqrt(p (1 - p) / n + z2/4n2)) / (1 + z2/n), by 40 digits of arbitrary precision. A08 asks for more
     * than 0.3: eleven of twenty grants taken back, not ten. */
    check_near(stats_wilson_lower(10, 20, z), 0.2992980081982123258);
    check_near(stats_wilson_lower(11, 20, z), 0.34208534245034228462);
    check_near(stats_wilson_lower(20, 20, z), 0.83887484194718061285);
    check_near(stats_wilson_lower(300, 1000, z), 0.27240684247700485237);
    check_near(stats_wilson_lower(1, 1, z), 0.20654931437723745);
    check_near(stats_wilson_lower(12, 20, z), 0.3865815007622532);
    ck_assert(fabs(stats_wilson_lower(0, 5, z)) < 1e-12);
}
END_TEST

START_TEST(distances)
{
    /* domain.md 4.2: London - New York, Auckland - New York */
    ck_assert(fabs(geo_distance_km(51.5074, -0.1278, 40.7128, -74.006) - 5570) < 1);
    ck_assert(fabs(geo_distance_km(-36.8485, 174.7633, 40.7128, -74.006) - 14194) < 1);
    /* by 40 digits of arbitrary precision */
    check_near(geo_distance_km(51.5074, -0.1278, 40.7128, -74.006), 5570.2298736565233567);
    check_near(geo_distance_km(-36.8485, 174.7633, 40.7128, -74.006), 14193.888254734350996);
    check_near(geo_distance_km(10, 20, 10.001, 20.001), 0.15606352611622633531);
    /* Berlin - Singapore, each with a radius of 20 km */
    check_near(geo_distance_beyond_km(geo_distance_km(52.52, 13.40, 1.35, 103.82), 20, 20), 9876.8496114331640569);
    check_near(geo_distance_km(0, 0, 0, 180), 3.14159265358979323846 * 6371.0088);
    check_near(geo_distance_km(90, 0, -90, 77), 3.14159265358979323846 * 6371.0088);
    ck_assert(geo_distance_km(12.5, 7.25, 12.5, 7.25) == 0);
    check_near(geo_distance_km(0, 179.5, 0, -179.5), geo_distance_km(0, 0, 0, 1));
    ck_assert(geo_distance_beyond_km(100, 60, 50) == 0);
    ck_assert(geo_distance_beyond_km(100, 30, 50) == 20);
    ck_assert(geo_is_place(90, -180) && !geo_is_place(90.1, 0) && !geo_is_place(0, 180.1) &&
              !geo_is_place((double)NAN, 0));
}
END_TEST

START_TEST(borders)
{
    ck_assert(geo_borders(SV("DE"), SV("FR")) && geo_borders(SV("fr"), SV("de")));
    ck_assert(geo_borders(SV("US"), SV("CA")) && geo_borders(SV("ZW"), SV("ZA")) && geo_borders(SV("GB"), SV("IE")));
    ck_assert(!geo_borders(SV("DE"), SV("DE")) && !geo_borders(SV("DE"), SV("GB")) && !geo_borders(SV("US"), SV("MF")));
    ck_assert(!geo_borders(SV(""), SV("DE")) && !geo_borders(SV("DEU"), SV("FR")) && !geo_borders(SV("E "), SV("FR")));
}
END_TEST

/* Two hundred thousand hits in one window, for every way of keeping one: anything quadratic would take minutes. */
enum { LARGE = 200000 };

static const struct {
    const char *type, *keys, *rules, *findings;
    int among; /* values */
} large[] = {
    { "event_count", "timespan=1d gte=150000", "0", "0..20-100 @15-100 n=200000 value=150000 peak=200000\n", 1 },
    { "value_count", "timespan=1d condition.field=v gte=150000", "0",
      "0..20-100 @15-100 n=200000 value=150000 peak=200000\n", LARGE },
    { "value_median", "timespan=1d condition.field=v gte=0", "0", "0..20-100 @0 n=200000 value=0 peak=883\n", 997 },
    { "value_median", "timespan=5s condition.field=v gte=0", "0", "0..20-100 @0 n=200000 value=0 peak=883\n", 997 },
    { "value_sum", "timespan=1d condition.field=v gte=100000", "0",
      "0..20-100 @20-100 n=200000 value=100000 peak=100000\n", 2 },
    { "temporal", "timespan=1d rules=2", "01", "0..20-100 @0 n=200000 value=2 peak=2\n", 1 },
    { "temporal_ordered", "timespan=1d rules=2", "01", "0..20-100 @0 n=200000 value=2 peak=2\n", 1 },
    { "event_count", "timespan=1d lte=200000", "0", "0..20-100 @20-100 n=200000 value=200000 peak=200000\n", 1 },
};

START_TEST(large_window)
{
    struct buf hits = BUF_INIT;
    for (int i = 0; i < LARGE; i++)
        buf_printf(&hits, "0+%d %s v=%d\n", i * 100, large[_i].rules, (i * 7919) % large[_i].among);
    const struct corr_case c = { "large", large[_i].type, large[_i].keys, buf_cstr(&hits), large[_i].findings };
    corr_check(&c);
    buf_fini(&hits);
}
END_TEST

static TCase *
large_windows(void)
{
    TCase *t = tcase_create("large windows");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, large_window, 0, (int)(sizeof large / sizeof large[0]));
    return t;
}

Suite *
agg_corr_tools_suite(void)
{
    Suite *s = suite_create("agg_corr_tools");
    TCase *t = tcase_create("tools");
    tcase_add_loop_test(t, order_of_random_numbers, 0, 3);
    tcase_add_loop_test(t, order_of_sorted_numbers, 0, 2);
    tcase_add_test(t, percentiles);
    tcase_add_test(t, distinct_values);
    tcase_add_loop_test(t, binomial_tail, 0, (int)(sizeof binomial / sizeof binomial[0]));
    tcase_add_loop_test(t, poisson_tail, 0, (int)(sizeof poisson / sizeof poisson[0]));
    tcase_add_test(t, below);
    tcase_add_test(t, quantiles);
    tcase_add_test(t, wilson);
    tcase_add_test(t, distances);
    tcase_add_test(t, borders);
    suite_add_tcase(s, t);
    suite_add_tcase(s, large_windows());
    return s;
}
