/* SPDX-License-Identifier: Apache-2.0 */
/* exact_sum against a reference that shares nothing with it: the sum as signed counts of single bits, and the rounding
 * judged by its definition, not computed: no neighbour is nearer, and of two equally near ones the even mantissa is
 * taken. */
#include "base_tests.h"

#include <float.h>
#include <math.h>

#include "base/number.h"

#define N_BITS 2400

struct reference {
    int64_t bit[N_BITS]; /* bit[i] is worth 2^(i - 1074) */
};

static uint64_t
bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double
double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void
reference_add(struct reference *r, double x, int64_t times)
{
    const uint64_t bits = bits_of(x);
    const unsigned exponent = (unsigned)(bits >> 52) & 0x7ff;
    const uint64_t mantissa = (bits & (UINT64_MAX >> 12)) | (exponent != 0 ? UINT64_C(1) << 52 : 0);
    const unsigned at = exponent != 0 ? exponent - 1 : 0;
    if (bits >> 63 != 0)
        times = -times;
    for (unsigned i = 0; i < 53; i++)
        if ((mantissa >> i & 1) != 0)
            r->bit[at + i] += times;
}

static int
reference_sign(struct reference r)
{
    int64_t carry = 0;
    bool any = false;
    for (int i = 0; i < N_BITS; i++) {
        const int64_t x = r.bit[i] + carry;
        const int64_t digit = x & 1;
        carry = (x - digit) / 2;
        any = any || digit != 0;
    }
    return carry < 0 ? -1 : any ? 1 : 0;
}

/* The double next to x, away from zero or towards it; from the largest double on to 2^1024, told by *overflow. */
static double
neighbour(double x, bool up)
{
    if (x == 0)
        return up ? 5e-324 : -5e-324;
    const uint64_t bits = bits_of(x);
    return double_of((x > 0) == up ? bits + 1 : bits - 1);
}

/* sign(2 * sum - x - y) */
static int
compare_with_middle(const struct reference *sum, double x, double y)
{
    struct reference r = *sum;
    for (int i = N_BITS - 1; i > 0; i--)
        r.bit[i] = r.bit[i - 1];
    r.bit[0] = 0;
    reference_add(&r, x, -1);
    reference_add(&r, y, -1);
    return reference_sign(r);
}

static void
check_rounding(const struct reference *sum, double got)
{
    ck_assert(isfinite(got));
    const int below = compare_with_middle(sum, got, neighbour(got, false));
    const int above = compare_with_middle(sum, got, neighbour(got, true));
    ck_assert_msg(below >= 0 && above <= 0, "%a is not the nearest", got);
    if (below == 0 || above == 0)
        ck_assert_msg((bits_of(got) & 1) == 0, "%a: a tie did not go to even", got);
}

static void
check_sum(const double *x, size_t n)
{
    struct exact_sum s;
    struct reference r;
    exact_sum_init(&s);
    memset(&r, 0, sizeof r);
    for (size_t i = 0; i < n; i++) {
        exact_sum_add(&s, x[i]);
        reference_add(&r, x[i], 1);
    }
    check_rounding(&r, exact_sum_value(&s));
}

static const struct {
    double x[6];
    size_t n;
    double sum;
} worked[] = {
    { { 0 }, 0, 0 },
    { { 1e308, 1, -1e308 }, 3, 1 },
    { { 1, 1e100, 1, -1e100 }, 4, 2 },
    { { 0.1, 0.2, 0.3 }, 3, 0.6 },                /* 0.1 + 0.2 + 0.3 is 0.6000000000000001 step by step */
    { { 1, 0x1p-53 }, 2, 1 },                     /* a tie, to even: down */
    { { 1 + 0x1p-52, 0x1p-53 }, 2, 1 + 0x1p-51 }, /* a tie, to even: up */
    { { 1, 0x1p-53, 5e-324 }, 3, 1 + 0x1p-52 },   /* no tie any more, by the smallest amount there is */
    { { 1 + 0x1p-52, 0x1p-53, -5e-324 }, 3, 1 + 0x1p-52 },
    { { -1, -0x1p-53, -5e-324 }, 3, -1 - 0x1p-52 },
    { { 5e-324, 5e-324, 5e-324 }, 3, 1.5e-323 },
    { { DBL_MIN, -5e-324 }, 2, 2.225073858507201e-308 }, /* from the normal numbers into the subnormal */
    { { 2.225073858507201e-308, 5e-324 }, 2, DBL_MIN },
    { { DBL_MAX, DBL_MAX, -DBL_MAX }, 3, DBL_MAX }, /* an overflow on the way is none */
    { { DBL_MAX, DBL_MAX }, 2, INFINITY },
    { { -DBL_MAX, -DBL_MAX }, 2, -INFINITY },
    { { DBL_MAX, 0x1p970 }, 2, INFINITY }, /* DBL_MAX + half its last place: a tie, to even: 2^1024 */
    { { DBL_MAX, 0x1p970, -5e-324 }, 3, DBL_MAX },
    { { 1e16, 1, 1, -1e16 }, 4, 2 },
    { { -0.0, -0.0 }, 2, 0 },
};

START_TEST(worked_examples)
{
    struct exact_sum s;
    exact_sum_init(&s);
    for (size_t i = 0; i < worked[_i].n; i++)
        exact_sum_add(&s, worked[_i].x[i]);
    ck_assert_msg(exact_sum_value(&s) == worked[_i].sum, "got %a, want %a", exact_sum_value(&s), worked[_i].sum);
}
END_TEST

static double
random_double(uint64_t *seed, unsigned spread)
{
    const uint64_t r = next_random(seed);
    const uint64_t exponent = spread == 0 ? (r >> 20) % 0x7fe : 1000 + (r >> 20) % spread;
    return double_of((next_random(seed) & UINT64_C(0x800fffffffffffff)) | exponent << 52);
}

static const unsigned spreads[] = { 0, 1, 2, 10, 53, 54, 55, 110, 300 };

START_TEST(random_sums)
{
    uint64_t seed = 1000 + (uint64_t)_i;
    double x[40];
    for (int round = 0; round < 40; round++) {
        const size_t n = 1 + next_random(&seed) % 40;
        for (size_t i = 0; i < n; i++)
            x[i] = random_double(&seed, spreads[_i]);
        if (spreads[_i] == 0) /* keep the sum finite, whatever the signs */
            for (size_t i = 0; i < n; i++)
                x[i] /= 64;
        check_sum(x, n);
    }
}
END_TEST

/* Pairs cancel and leave a tie or something just beside it. */
START_TEST(adversarial_ties)
{
    uint64_t seed = 77;
    for (int round = 0; round < 300; round++) {
        const double a = random_double(&seed, 200);
        const double ulp = neighbour(fabs(a), true) - fabs(a);
        const double big = random_double(&seed, 1000);
        const double tiny = round % 3 == 0 ? 0 : round % 3 == 1 ? 5e-324 : -5e-324;
        const double x[] = { big, a, ulp / 2, tiny, -big };
        check_sum(x, 5);
    }
}
END_TEST

START_TEST(subnormal_sums)
{
    uint64_t seed = 5;
    double x[30];
    for (int round = 0; round < 200; round++) {
        const size_t n = 1 + next_random(&seed) % 30;
        for (size_t i = 0; i < n; i++)
            x[i] = double_of(next_random(&seed) &
                             (round % 2 ? UINT64_C(0x800fffffffffffff) : UINT64_C(0x801fffffffffffff)));
        check_sum(x, n);
    }
}
END_TEST

/* A window that slides: what was removed leaves no trace, in whatever order. */
START_TEST(removal_is_exact)
{
    enum { N = 200 };
    double x[N];
    uint64_t seed = 9;
    for (int i = 0; i < N; i++)
        x[i] = random_double(&seed, 600);
    struct exact_sum s;
    exact_sum_init(&s);
    for (int i = 0; i < N; i++)
        exact_sum_add(&s, x[i]);
    for (int i = N - 1; i >= 0; i -= 2)
        exact_sum_remove(&s, x[i]);
    for (int i = 0; i < N - 2; i += 2)
        exact_sum_remove(&s, x[i]);
    ck_assert(exact_sum_value(&s) == x[N - 2]);
    exact_sum_remove(&s, x[N - 2]);
    ck_assert(exact_sum_value(&s) == 0);
}
END_TEST

START_TEST(order_does_not_matter)
{
    double x[100];
    uint64_t seed = 11;
    for (int i = 0; i < 100; i++)
        x[i] = random_double(&seed, 120);
    double first = 0;
    for (int round = 0; round < 50; round++) {
        struct exact_sum s;
        exact_sum_init(&s);
        for (int i = 0; i < 100; i++)
            exact_sum_add(&s, x[i]);
        if (round == 0)
            first = exact_sum_value(&s);
        ck_assert(exact_sum_value(&s) == first);
        for (int i = 99; i > 0; i--) {
            const uint64_t k = next_random(&seed) % (uint64_t)(i + 1);
            const double swap = x[i];
            x[i] = x[k];
            x[k] = swap;
        }
    }
}
END_TEST

/* The carry pass: pretend that a billion additions are pending, with limbs as full as they can be. */
START_TEST(carries_in_time)
{
    struct exact_sum s;
    exact_sum_init(&s);
    const double x = 0x1.fffffffffffffp0;
    s.pending = (UINT32_C(1) << 30) - 3;
    for (int i = 0; i < 8; i++)
        exact_sum_add(&s, i % 2 ? x : -x);
    exact_sum_add(&s, x);
    ck_assert_uint_eq(s.pending, 6);
    ck_assert(exact_sum_value(&s) == x);
    for (int i = 0; i < 68; i++)
        ck_assert(s.limb[i] < INT64_C(1) << 62 && s.limb[i] > -(INT64_C(1) << 62));
}
END_TEST

TCase *
base_sum_tests(void)
{
    TCase *t = tcase_create("exact_sum");
    tcase_add_loop_test(t, worked_examples, 0, N_OF(worked));
    tcase_add_loop_test(t, random_sums, 0, N_OF(spreads));
    tcase_add_test(t, adversarial_ties);
    tcase_add_test(t, subnormal_sums);
    tcase_add_test(t, removal_is_exact);
    tcase_add_test(t, order_does_not_matter);
    tcase_add_test(t, carries_in_time);
    return t;
}
