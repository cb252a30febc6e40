/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"

static const char *const numbers[] = { "0",
                                       "-0",
                                       "5",
                                       "-5",
                                       "10",
                                       "1.5",
                                       "0.0",
                                       "1e5",
                                       "1E+5",
                                       "1e-05",
                                       "0e0",
                                       "-1.2e3",
                                       "123456789012345678901234567890",
                                       "0.1e-400",
                                       "1e999" };
static const char *const no_numbers[] = {
    "",   "-",   "+1",  "01",  "00000429", "1.",  ".5",  "1e",    "1e+",   " 1",
    "1 ", "0x1", "NaN", "inf", "1_000",    "1,5", "--1", "1.2.3", "1e5.0", "1\n"
};

START_TEST(grammar_accepts)
{
    const struct sv s = sv_of(numbers[_i]);
    double x;
    ck_assert(number_parse(s, &x));
    ck_assert(number_parse(s, NULL));
    ck_assert_uint_eq(number_scan(s.p, s.p + s.n), s.n);
    ck_assert(x == strtod(numbers[_i], NULL));
}
END_TEST

START_TEST(grammar_refuses)
{
    double x = 7;
    ck_assert(!number_parse(sv_of(no_numbers[_i]), &x));
    ck_assert(x == 7);
}
END_TEST

static const struct {
    const char *text;
    size_t n;
} scans[] = { { "1,2", 1 }, { "-1.5e3]", 6 }, { "01", 1 }, { "1.x", 1 },  { "1e+x", 1 },
              { "x", 0 },   { "-x", 0 },      { "", 0 },   { "1.5ex", 3 } };

START_TEST(scan)
{
    ck_assert_uint_eq(number_scan(scans[_i].text, scans[_i].text + strlen(scans[_i].text)), scans[_i].n);
}
END_TEST

START_TEST(minus_zero_reads)
{
    double x;
    ck_assert(number_parse(SV("-0.0"), &x));
    ck_assert(x == 0 && signbit(x));
}
END_TEST

/* Hard cases: halfway between doubles, and just beside it by a digit far away. */
START_TEST(nearest_double)
{
    char text[2000];
    double x;
    /* 1 + 2^-53 lies exactly between 1 and the next double. */
    ck_assert(number_parse(SV("1.00000000000000011102230246251565404236316680908203125"), &x));
    ck_assert(x == 1);
    int n = snprintf(text, sizeof text, "1.00000000000000011102230246251565404236316680908203125%0*d", 1200, 1);
    ck_assert(number_parse(sv_make(text, (size_t)n), &x));
    ck_assert(x == 1 + 0x1p-52);
    n = snprintf(text, sizeof text, "1%0*de-1200", 1200, 0);
    ck_assert(number_parse(sv_make(text, (size_t)n), &x));
    ck_assert(x == 1);
    ck_assert(number_parse(SV("1e99999999999999999999999"), &x));
    ck_assert(isinf(x));
    ck_assert(number_parse(SV("0e99999999999999999999999"), &x));
    ck_assert(x == 0);
    ck_assert(number_parse(SV("1e-99999999999999999999999"), &x));
    ck_assert(x == 0);
    ck_assert(number_parse(SV("9007199254740993"), &x));
    ck_assert(x == 9007199254740992.0);
}
END_TEST

START_TEST(agrees_with_strtod)
{
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        char text[80];
        const int n = snprintf(text, sizeof text, "%s%llu.%llue%d", i % 2 ? "-" : "",
                               (unsigned long long)(next_random(&seed) >> (next_random(&seed) % 60)),
                               (unsigned long long)(next_random(&seed) >> (next_random(&seed) % 60)),
                               (int)(next_random(&seed) % 700) - 350);
        double x;
        ck_assert(number_parse(sv_make(text, (size_t)n), &x));
        ck_assert_msg(x == strtod(text, NULL), "%s", text);
    }
}
END_TEST

static const struct {
    double x;
    const char *text;
} formats[] = {
    { 0, "0" },
    { -0.0, "0" },
    { 1, "1" },
    { -1, "-1" },
    { 100, "100" },
    { 0.1, "0.1" },
    { 1.5, "1.5" },
    { 1.0 / 3, "0.3333333333333333" },
    { 2.0 / 3, "0.6666666666666666" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 123456789.125, "123456789.125" },
    { 23.999, "23.999" },
    { -0.0001, "-0.0001" },
    { 0.00005, "0.00005" },
    { 123.45678, "123.45678" },
    { 99999999999.9999, "99999999999.9999" },
    { 123456789012.3456, "123456789012.3456" },
    { 0.1234 + 1e-17, "0.12340000000000001" },
    { 1e20, "100000000000000000000" },
    { 1e21, "1e+21" },
    { 1.25e21, "1.25e+21" },
    { 123456789012345680000.0, "123456789012345680000" },
    { 9007199254740993.0, "9007199254740992" },
    { 1e-6, "0.000001" },
    { 1.5e-6, "0.0000015" },
    { 1e-7, "1e-7" },
    { 1.5e-7, "1.5e-7" },
    { 5e-324, "5e-324" },
    { 2.2250738585072014e-308, "2.2250738585072014e-308" },
    { 2.225073858507201e-308, "2.225073858507201e-308" },
    { 1.7976931348623157e308, "1.7976931348623157e+308" },
    { -0.000001234567890123456, "-0.000001234567890123456" },
    { NAN, "" },
    { INFINITY, "" },
    { -INFINITY, "" },
    { 9.5367431640625e-07, "9.5367431640625e-7" },
    { 5.684341886080802e-14, "5.684341886080802e-14" },
};

START_TEST(format)
{
    char text[NUMBER_TEXT_MAX];
    const size_t n = number_format(formats[_i].x, text);
    ck_assert_str_eq(text, formats[_i].text);
    ck_assert_uint_eq(n, strlen(text));
}
END_TEST

static size_t
count_digits(const char *text)
{
    const char *p = text;
    while (*p == '-' || *p == '0' || *p == '.')
        p++;
    size_t n = 0, trailing = 0;
    for (; *p != '\0' && *p != 'e'; p++) {
        if (*p == '.')
            continue;
        n++;
        trailing = *p == '0' ? trailing + 1 : 0;
    }
    return n - trailing;
}

/* Does any decimal of `digits` significant digits read back as x? The two neighbours of x are enough to look at. */
static bool
has_decimal(double x, int digits)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", digits - 1, x);
    if (strtod(text, NULL) == x)
        return true;
    long long mantissa = 0;
    for (const char *p = text; *p != 'e'; p++)
        if (*p != '.' && *p != '-')
            mantissa = mantissa * 10 + (*p - '0');
    const int exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10) - (digits - 1);
    for (int step = -1; step <= 1; step += 2) {
        snprintf(text, sizeof text, "%llde%d", mantissa + step, exponent);
        if (strtod(text, NULL) == fabs(x))
            return true;
    }
    return false;
}

static void
check_shortest(double x)
{
    char text[NUMBER_TEXT_MAX];
    double back;
    const size_t n = number_format(x, text);
    ck_assert(number_parse(sv_make(text, n), &back));
    ck_assert_msg(back == x, "%s is not %a", text, x);
    const int digits = (int)count_digits(text);
    if (digits > 1)
        ck_assert_msg(!has_decimal(x, digits - 1), "%s is not the shortest of %a", text, x);
}

START_TEST(shortest_of_random_bits)
{
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&seed);
        if (i % 4 == 0)
            bits &= UINT64_C(0x800fffffffffffff); /* subnormal */
        double x;
        memcpy(&x, &bits, sizeof x);
        if (isfinite(x) && x != 0)
            check_shortest(x);
    }
}
END_TEST

/* Decimals as people write them, and their neighbours, which are not. */
START_TEST(shortest_of_decimals)
{
    uint64_t seed = 11;
    for (int i = 0; i < 20000; i++) {
        const double x = (double)(next_random(&seed) >> (14 + next_random(&seed) % 40)) / 1e4;
        if (x == 0)
            continue;
        check_shortest(x);
        check_shortest(nextafter(x, 0));
        check_shortest(nextafter(x, 1e300));
    }
}
END_TEST

START_TEST(rounded)
{
    ck_assert(number_round(1.0004, 1000) == 1 && number_round(1.0006, 1000) == 1.001);
    ck_assert(number_round(5.9653926047, 1e9) == 5.965392605);
    ck_assert(number_round(-2.5, 1) == -3);
    ck_assert(isnan(number_round((double)NAN, 10)));
}
END_TEST

/* Where the interval of texts that read back is lopsided. */
START_TEST(shortest_of_powers_of_two)
{
    for (uint64_t exponent = 0; exponent < 0x7ff; exponent++) {
        const uint64_t bits = exponent != 0 ? exponent << 52 : 1;
        double x;
        memcpy(&x, &bits, sizeof x);
        check_shortest(x);
        check_shortest(-x);
    }
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    uint64_t x;
} integers[] = {
    { "0", true, 0 },
    { "007", true, 7 },
    { "18446744073709551615", true, UINT64_MAX },
    { "18446744073709551616", false, 0 },
    { "12345678", true, 12345678 },
    { "0000000009876543", true, 9876543 },
    { "1234567890123456", true, UINT64_C(1234567890123456) },
    { "00000000000000000000000000000012", true, 12 },
    { "1234567/", false, 0 },
    { ":2345678", false, 0 },
    { "123456781234a678", false, 0 },
    { "12345678 2345678", false, 0 },
    { "99999999999999999999999", false, 0 },
    { "", false, 0 },
    { "-1", false, 0 },
    { "+1", false, 0 },
    { "1 ", false, 0 },
    { "1.0", false, 0 },
};

START_TEST(unsigned_integers)
{
    uint64_t x = 0;
    ck_assert_int_eq(number_parse_u64(sv_of(integers[_i].text), &x), integers[_i].ok);
    if (integers[_i].ok)
        ck_assert_uint_eq(x, integers[_i].x);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    uint64_t x;
} sizes[] = {
    { "1000", true, 1000 },
    { "512k", true, 524288 },
    { "64M", true, 67108864 },
    { "2G", true, UINT64_C(2147483648) },
    { "1T", true, UINT64_C(1) << 40 },
    { "17179869183G", true, UINT64_C(17179869183) << 30 },
    { "17179869184G", false, 0 },
    { "M", false, 0 },
    { "", false, 0 },
    { "1X", false, 0 },
    { "1.5G", false, 0 },
    { "-1k", false, 0 },
};

START_TEST(byte_sizes)
{
    uint64_t x = 0;
    ck_assert_int_eq(size_parse(sv_of(sizes[_i].text), &x), sizes[_i].ok);
    if (sizes[_i].ok)
        ck_assert_uint_eq(x, sizes[_i].x);
}
END_TEST

TCase *
base_number_tests(void)
{
    TCase *t = tcase_create("number");
    tcase_add_loop_test(t, grammar_accepts, 0, N_OF(numbers));
    tcase_add_loop_test(t, grammar_refuses, 0, N_OF(no_numbers));
    tcase_add_loop_test(t, scan, 0, N_OF(scans));
    tcase_add_test(t, minus_zero_reads);
    tcase_add_test(t, nearest_double);
    tcase_add_test(t, agrees_with_strtod);
    tcase_add_loop_test(t, format, 0, N_OF(formats));
    tcase_add_test(t, shortest_of_random_bits);
    tcase_add_test(t, shortest_of_decimals);
    tcase_add_test(t, rounded);
    tcase_add_test(t, shortest_of_powers_of_two);
    tcase_add_loop_test(t, unsigned_integers, 0, N_OF(integers));
    tcase_add_loop_test(t, byte_sizes, 0, N_OF(sizes));
    return t;
}
