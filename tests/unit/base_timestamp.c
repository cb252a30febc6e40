/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

/* Seconds since 1970 of 2026-11-22T03:14:15Z, by hand: 20414 days since 2026-01-01 is day 20454 + 325 = 20779. */
#define T (INT64_C(20779) * DAY + 3 * HOUR + 14 * MINUTE + 15 * SECOND)

static const struct {
    const char *text;
    int64_t us;
    const char *printed; /* NULL: as read */
} times[] = {
    { "1970-01-01T00:00:00Z", 0, NULL },
    { "1969-12-31T23:59:59.999999Z", -1, NULL },
    { "2026-11-22T03:14:15Z", T, NULL },
    { "2026-11-22T03:14:15.123Z", T + 123000, "2026-11-22T03:14:15.123000Z" },
    { "2026-11-22t03:14:15z", T, "2026-11-22T03:14:15Z" },
    { "2026-11-22 03:14:15Z", T, "2026-11-22T03:14:15Z" },
    { "2026-11-22T03:14:15.1Z", T + 100000, "2026-11-22T03:14:15.100000Z" },
    { "2026-11-22T03:14:15.000001Z", T + 1, NULL },
    { "2026-11-22T03:14:15.0000009Z", T, "2026-11-22T03:14:15Z" },
    { "2026-11-22T03:14:15.123456789Z", T + 123456, "2026-11-22T03:14:15.123456Z" },
    { "2026-11-22T03:14:15.999999999Z", T + 999999, "2026-11-22T03:14:15.999999Z" },
    { "2026-11-22T03:14:15.000Z", T, "2026-11-22T03:14:15Z" },
    { "2026-11-22T05:14:15+02:00", T, "2026-11-22T03:14:15Z" },
    { "2026-11-21T21:44:15-05:30", T, "2026-11-22T03:14:15Z" },
    { "2026-11-22T03:14:15-00:00", T, "2026-11-22T03:14:15Z" },
    { "2026-11-23T03:13:15+23:59", T, "2026-11-22T03:14:15Z" },
    { "2016-12-31T23:59:60Z", INT64_C(1483228800) * SECOND, "2017-01-01T00:00:00Z" },
    { "2016-12-31T23:59:60.5Z", INT64_C(1483228800) * SECOND + 500000, "2017-01-01T00:00:00.500000Z" },
    { "2000-02-29T00:00:00Z", INT64_C(951782400) * SECOND, NULL },
    { "2024-02-29T12:00:00Z", INT64_C(1709208000) * SECOND, NULL },
    { "1900-02-28T23:59:59Z", INT64_C(-2203891201) * SECOND, NULL },
    { "1900-03-01T00:00:00Z", INT64_C(-2203891200) * SECOND, NULL },
    { "0001-01-01T00:00:00Z", INT64_C(-62135596800) * SECOND, NULL },
    { "9999-12-31T23:59:59.999999Z", INT64_C(253402300800) * SECOND - 1, NULL },
    { "0001-01-01T01:00:00+01:00", INT64_C(-62135596800) * SECOND, "0001-01-01T00:00:00Z" },
};

START_TEST(reads_rfc3339)
{
    int64_t us = 42;
    ck_assert(time_parse(sv_of(times[_i].text), &us));
    ck_assert_int_eq(us, times[_i].us);
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    ck_assert_str_eq(text, times[_i].printed != NULL ? times[_i].printed : times[_i].text);
    ck_assert_uint_eq(n, strlen(text));
    int64_t lenient;
    ck_assert(time_parse_lenient(sv_of(times[_i].text), &lenient));
    ck_assert_int_eq(lenient, us);
}
END_TEST

/* What has the usual form is read in another way than what says the same with an offset. */
START_TEST(usual_form_and_others_agree)
{
    static const char digits[] = "0123456789:/-TZ";
    uint64_t x = 7;
    for (int i = 0; i < 300000; i++) {
        char usual[32] = "2026-11-16T08:00:05.123Z", other[40];
        /* Every digit is changed often, other characters and the form now and then. */
        for (int k = 0; k < 4; k++) {
            x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const size_t at = (x >> 33) % 24;
            if ((usual[at] >= '0' && usual[at] <= '9') || (x >> 40) % 16 == 0)
                usual[at] = digits[(x >> 45) % ((x >> 52) % 32 == 0 ? 15 : 10)];
        }
        if (i % 2 == 0)
            memcpy(usual + 19, "Z", 2);
        int64_t a = 1, b = 1;
        const bool is_a = time_parse(sv_of(usual), &a);
        const size_t n = strlen(usual);
        if (usual[n - 1] != 'Z')
            continue;
        snprintf(other, sizeof other, "%.*s+00:00", (int)n - 1, usual);
        ck_assert_msg(time_parse(sv_of(other), &b) == is_a && a == b, "%s", usual);
    }
}
END_TEST

static const char *const no_times[] = {
    "",
    "x",
    "2026",
    "2026-11-22",
    "2026-11-22T03:14:15",
    "2026-11-22T03:14Z",
    "2026-11-22T03:14:15.Z",
    "2026-11-22T03:14:15.1234567890Z",
    "2026-11-22T03:14:15,5Z",
    "2026-11-22T24:00:00Z",
    "2026-11-22T03:60:00Z",
    "2026-11-22T03:14:61Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-01-32T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2026-11-22T03:14:15+2:00",
    "2026-11-22T03:14:15+0200",
    "2026-11-22T03:14:15+24:00",
    "2026-11-22T03:14:15+02:60",
    "2026-11-22T03:14:15+02",
    "2026-11-22T03:14:15 Z",
    "2026-11-22T03:14:15ZZ",
    " 2026-11-22T03:14:15Z",
    "26-11-22T03:14:15Z",
    "2026-1-22T03:14:15Z",
    "2026/11/22T03:14:15Z",
    "+2026-11-22T03:14:15Z",
    "2026-11-22  03:14:15Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-00:01",
    "2026-11-22T03:14:15Z\n",
};

START_TEST(refuses_the_rest)
{
    int64_t us = 42;
    ck_assert(!time_parse(sv_of(no_times[_i]), &us));
    ck_assert_int_eq(us, 42);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t us;
} lenient[] = {
    { "2026-11-22", true, INT64_C(20779) * DAY },
    { "2026-11-22 03:14:15", true, T },
    { "2026-11-22T03:14:15", true, T },
    { "2026-11-22 03:14:15.25", true, T + 250000 },
    { "1790000000", true, INT64_C(1790000000) * SECOND },
    { "2026-02-30", false, 0 },
    { "2026-11-22 ", false, 0 },
    { "2026-11-22 03:14", false, 0 },
    { "2026-11", false, 0 },
    { "", false, 0 },
    { "9999-12-31T23:59:60", false, 0 },
    { "yesterday", false, 0 },
};

START_TEST(reads_leniently)
{
    int64_t us = 42;
    ck_assert_int_eq(time_parse_lenient(sv_of(lenient[_i].text), &us), lenient[_i].ok);
    ck_assert_int_eq(us, lenient[_i].ok ? lenient[_i].us : 42);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t us;
} epochs[] = {
    { "0", true, 0 },
    { "-0", true, 0 },
    { "0.0000001", true, 0 },
    { "1", true, SECOND },
    { "-1.5", true, -1500000 },
    { "1.9999999", true, 1999999 },
    { "-1.9999999", true, -1999999 },
    { "0.1", true, 100000 },
    { "1700000000.123456", true, INT64_C(1700000000123456) },
    { "1700000000.1234569", true, INT64_C(1700000000123456) },
    { "1.7e9", true, INT64_C(1700000000) * SECOND },
    { "17E8", true, INT64_C(1700000000) * SECOND },
    { "1700000000000e-3", true, INT64_C(1700000000) * SECOND },
    { "99999999999", true, INT64_C(99999999999) * SECOND },
    { "99999999999.999999", true, INT64_C(99999999999999999) },
    { "100000000000", true, INT64_C(100000000000) * 1000 },
    { "1e11", true, INT64_C(100000000000) * 1000 },
    { "1700000000123", true, INT64_C(1700000000123) * 1000 },
    { "1700000000123.4567", true, INT64_C(1700000000123456) },
    { "99999999999999", true, INT64_C(99999999999999) * 1000 },
    { "100000000000000", true, INT64_C(100000000000000) },
    { "1700000000123456", true, INT64_C(1700000000123456) },
    { "1700000000123456.9", true, INT64_C(1700000000123456) },
    { "-99999999999", false, 0 },
    { "-62135596800", true, INT64_C(-62135596800) * SECOND },
    { "-62135596801", false, 0 },
    { "253402300799999999", true, INT64_C(253402300799999999) },
    { "253402300800000000", false, 0 },
    { "1e18", false, 0 },
    { "1e400", false, 0 },
    { "1e99999999999999999999", false, 0 },
    { "1e-99999999999999999999", true, 0 },
    { "0e99999999999999999999", true, 0 },
    { "0.00000000000000000000000000000017e40", true, INT64_C(1700000000) * SECOND },
    { "1700000000000000000000000000000000e-24", true, INT64_C(1700000000) * SECOND },
    { "", false, 0 },
    { "abc", false, 0 },
    { "01", false, 0 },
    { "1 ", false, 0 },
    { "+1", false, 0 },
    { "0x10", false, 0 },
};

START_TEST(reads_epochs)
{
    int64_t us = 42;
    ck_assert_int_eq(time_from_number(sv_of(epochs[_i].text), &us), epochs[_i].ok);
    ck_assert_int_eq(us, epochs[_i].ok ? epochs[_i].us : 42);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t us;
    const char *printed;
} durations[] = {
    { "0s", true, 0, "0s" },
    { "1s", true, SECOND, "1s" },
    { "90m", true, 90 * MINUTE, "90m" },
    { "1d", true, DAY, "1d" },
    { "24h", true, DAY, "1d" },
    { "60s", true, MINUTE, "1m" },
    { "90s", true, 90 * SECOND, "90s" },
    { "7d", true, 7 * DAY, "1w" },
    { "8d", true, 8 * DAY, "8d" },
    { "1w", true, 7 * DAY, "1w" },
    { "1M", true, 2629746 * SECOND, "1M" },
    { "1y", true, 31556952 * SECOND, "1y" },
    { "12M", true, 31556952 * SECOND, "1y" },
    { "0d", true, 0, "0s" },
    { "9223372036854s", true, INT64_C(9223372036854) * SECOND, "9223372036854s" },
    { "9223372036855s", false, 0, NULL },
    { "99999999999999999999d", false, 0, NULL },
    { "1h30m", false, 0, NULL },
    { "1", false, 0, NULL },
    { "s", false, 0, NULL },
    { "", false, 0, NULL },
    { "-1s", false, 0, NULL },
    { "1.5h", false, 0, NULL },
    { "1 s", false, 0, NULL },
    { "1S", false, 0, NULL },
    { "1D", false, 0, NULL },
    { "1ms", false, 0, NULL },
};

START_TEST(reads_durations)
{
    int64_t us = 42;
    ck_assert_int_eq(duration_parse(sv_of(durations[_i].text), &us), durations[_i].ok);
    ck_assert_int_eq(us, durations[_i].ok ? durations[_i].us : 42);
    char text[TIME_TEXT_MAX];
    if (durations[_i].ok) {
        ck_assert_uint_eq(duration_format(us, text), strlen(durations[_i].printed));
        ck_assert_str_eq(text, durations[_i].printed);
    }
}
END_TEST

START_TEST(prints_odd_durations)
{
    char text[TIME_TEXT_MAX];
    ck_assert_uint_eq(duration_format(1500000, text), 4);
    ck_assert_str_eq(text, "1.5s");
    duration_format(-1, text);
    ck_assert_str_eq(text, "-0.000001s");
    duration_format(-2 * HOUR, text);
    ck_assert_str_eq(text, "-2h");
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t us;
} options[] = {
    { "2026-11-22T03:14:15Z", true, T },
    { "2026-11-22", true, INT64_C(20779) * DAY },
    { "-1d", true, T - DAY },
    { "-90m", true, T - 90 * MINUTE },
    { "-0s", true, T },
    { "1d", false, 0 },
    { "-", false, 0 },
    { "", false, 0 },
    { "-5000y", false, 0 },
    { "-292277y", false, 0 },
    { "1790000000", false, 0 },
    { "now", false, 0 },
};

START_TEST(reads_options)
{
    int64_t us = 42;
    ck_assert_int_eq(time_parse_option(sv_of(options[_i].text), T, &us), options[_i].ok);
    ck_assert_int_eq(us, options[_i].ok ? options[_i].us : 42);
}
END_TEST

static const struct {
    const char *text;
    int week;
} weeks[] = {
    /* ISO 8601: worked examples of the calendar's edges */
    { "2005-01-01", 53 }, { "2005-01-02", 53 }, { "2005-01-03", 1 },  { "2005-12-31", 52 }, { "2006-01-01", 52 },
    { "2006-01-02", 1 },  { "2007-12-31", 1 },  { "2008-12-28", 52 }, { "2008-12-29", 1 },  { "2009-12-31", 53 },
    { "2010-01-03", 53 }, { "2010-01-04", 1 },  { "2020-12-31", 53 }, { "1970-01-01", 1 },  { "1969-12-28", 52 },
    { "1969-12-29", 1 },  { "1901-01-01", 1 },
};

START_TEST(counts_iso_weeks)
{
    int64_t us;
    ck_assert(time_parse_lenient(sv_of(weeks[_i].text), &us));
    ck_assert_int_eq(time_parts(us).week, weeks[_i].week);
}
END_TEST

START_TEST(splits_into_parts)
{
    const struct date_parts p = time_parts(T);
    ck_assert_int_eq(p.year, 2026);
    ck_assert_int_eq(p.month, 11);
    ck_assert_int_eq(p.day, 22);
    ck_assert_int_eq(p.hour, 3);
    ck_assert_int_eq(p.minute, 14);
    ck_assert_int_eq(p.week, 47);
    const struct date_parts before = time_parts(-1);
    ck_assert_int_eq(before.year, 1969);
    ck_assert_int_eq(before.day, 31);
    ck_assert_int_eq(before.hour, 23);
    ck_assert_int_eq(before.minute, 59);
}
END_TEST

START_TEST(no_time_prints_nothing)
{
    char text[TIME_TEXT_MAX] = "x";
    ck_assert_uint_eq(time_format(TIME_NONE, text), 0);
    ck_assert_str_eq(text, "");
    ck_assert_uint_lt(time_format(INT64_MAX, text), TIME_TEXT_MAX);
    ck_assert_uint_lt(time_format(INT64_MIN + 1, text), TIME_TEXT_MAX);
}
END_TEST

/* Every day of 4 eras, against a calendar that is counted, not computed. */
START_TEST(every_day_of_1600_years)
{
    static const int length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t us = 0;
    ck_assert(time_parse(SV("0801-01-01T00:00:00Z"), &us));
    for (int year = 801; year < 2401; year++) {
        const int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= length[month - 1] + (month == 2 && leap); day++, us += DAY) {
                const struct date_parts p = time_parts(us + DAY - 1);
                ck_assert(p.year == year && p.month == month && p.day == day && p.hour == 23);
                if (day > 1)
                    continue;
                char want[64], got[TIME_TEXT_MAX];
                snprintf(want, sizeof want, "%04d-%02d-%02dT00:00:00Z", year, month, day);
                time_format(us, got);
                ck_assert_str_eq(got, want);
            }
        }
    }
}
END_TEST

START_TEST(clocks_run)
{
    ck_assert_int_gt(time_now(), INT64_C(1700000000) * SECOND);
    const double a = time_monotonic();
    ck_assert(time_monotonic() >= a && a > 0);
}
END_TEST

TCase *
base_timestamp_tests(void)
{
    TCase *t = tcase_create("timestamp");
    tcase_add_loop_test(t, reads_rfc3339, 0, N_OF(times));
    tcase_add_test(t, usual_form_and_others_agree);
    tcase_add_loop_test(t, refuses_the_rest, 0, N_OF(no_times));
    tcase_add_loop_test(t, reads_leniently, 0, N_OF(lenient));
    tcase_add_loop_test(t, reads_epochs, 0, N_OF(epochs));
    tcase_add_loop_test(t, reads_durations, 0, N_OF(durations));
    tcase_add_test(t, prints_odd_durations);
    tcase_add_loop_test(t, reads_options, 0, N_OF(options));
    tcase_add_loop_test(t, counts_iso_weeks, 0, N_OF(weeks));
    tcase_add_test(t, splits_into_parts);
    tcase_add_test(t, no_time_prints_nothing);
    tcase_add_test(t, every_day_of_1600_years);
    tcase_add_test(t, clocks_run);
    return t;
}
