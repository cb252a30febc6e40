/* SPDX-License-Identifier: Apache-2.0 */
/* Times: own arithmetic on the proleptic Gregorian calendar, because the C library's depends on the zone of the machine
 * and stops at seconds. Every time that is read lies in the years 0001 to 9999, so every time can be printed again. */
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAYS_PER_ERA  146097 /* 400 years */
#define MONTH         (INT64_C(2629746) * SECOND)
#define YEAR          (INT64_C(31556952) * SECOND)

struct civil {
    int64_t year;
    int month, day;
};

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last of a year; an era of 400 years
 * always has the same length (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t
days_from_civil(struct civil c)
{
    const int64_t y = c.month <= 2 ? c.year - 1 : c.year;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static struct civil
civil_from_days(int64_t days)
{
    days += DAYS_TO_EPOCH;
    const int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    const int64_t day_of_era = days - era * DAYS_PER_ERA;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int month = (int)((5 * day_of_year + 2) / 153);
    struct civil c = { year_of_era + era * 400, month + (month < 10 ? 3 : -9),
                       (int)(day_of_year - (153 * month + 2) / 5) + 1 };
    c.year += c.month <= 2;
    return c;
}

static bool
is_leap(int64_t y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int
days_in_month(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Takes exactly n digits from the front. */
static bool
take_digits(struct sv *s, size_t n, int *x)
{
    if (s->n < n)
        return false;
    *x = 0;
    for (size_t i = 0; i < n; i++) {
        if (s->p[i] < '0' || s->p[i] > '9')
            return false;
        *x = *x * 10 + (s->p[i] - '0');
    }
    *s = sv_from(*s, n);
    return true;
}

static bool
take_char(struct sv *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = sv_from(*s, 1);
    return true;
}

static bool
take_date(struct sv *s, int64_t *us)
{
    int year, month, day;
    if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) || !take_char(s, '-')
        || !take_digits(s, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return false;
    *us = days_from_civil((struct civil){ year, month, day }) * DAY;
    return true;
}

/* ".123": one to nine digits, the first six count. Nothing there is fine. */
static bool
take_fraction(struct sv *s, int64_t *us)
{
    if (!take_char(s, '.'))
        return true;
    int64_t unit = SECOND / 10;
    size_t n = 0;
    for (; s->n != 0 && s->p[0] >= '0' && s->p[0] <= '9'; n++, unit /= 10) {
        *us += (s->p[0] - '0') * unit;
        *s = sv_from(*s, 1);
    }
    return n >= 1 && n <= 9;
}

static bool
take_clock(struct sv *s, int64_t *us)
{
    int hour, minute, second;
    if (!take_char(s, 'T') && !take_char(s, 't') && !take_char(s, ' '))
        return false;
    if (!take_digits(s, 2, &hour) || !take_char(s, ':') || !take_digits(s, 2, &minute) || !take_char(s, ':')
        || !take_digits(s, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 60)
        return false;
    *us += hour * HOUR + minute * MINUTE + second * SECOND;
    return take_fraction(s, us);
}

static bool
take_zone(struct sv *s, int64_t *us)
{
    if (take_char(s, 'Z') || take_char(s, 'z'))
        return true;
    const bool west = take_char(s, '-');
    int hour, minute;
    if ((!west && !take_char(s, '+')) || !take_digits(s, 2, &hour) || !take_char(s, ':')
        || !take_digits(s, 2, &minute) || hour > 23 || minute > 59)
        return false;
    const int64_t offset = hour * HOUR + minute * MINUTE;
    *us += west ? offset : -offset;
    return true;
}

static bool
in_range(int64_t us)
{
    return us >= TIME_FIRST && us <= TIME_LAST;
}

/* The two digits at p as a number; *bad is set if they are not digits. */
static int
two_digits(const char *p, bool *bad)
{
    const unsigned high = (unsigned)(unsigned char)p[0] - '0', low = (unsigned)(unsigned char)p[1] - '0';
    *bad |= high > 9 || low > 9;
    return (int)(high * 10 + low);
}

/* Nearly every event's time: 2026-11-16T08:00:05Z or 2026-11-16T08:00:05.123Z. What does not fit, may be out of bounds,
 * or is a leap second is left to the others. */
static bool
parse_usual(struct sv text, int64_t *us)
{
    const char *p = text.p;
    if ((text.n != 20 && text.n != 24) || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' ||
        p[text.n - 1] != 'Z' || (text.n == 24 && p[19] != '.'))
        return false;
    bool bad = false;
    const int year = two_digits(p, &bad) * 100 + two_digits(p + 2, &bad);
    const int month = two_digits(p + 5, &bad), day = two_digits(p + 8, &bad);
    const int hour = two_digits(p + 11, &bad), minute = two_digits(p + 14, &bad), second = two_digits(p + 17, &bad);
    /* "123Z" without its last: the first two, then the last two. */
    const int milli = text.n == 20 ? 0 : two_digits(p + 20, &bad) * 10 + two_digits(p + 21, &bad) % 10;
    if (bad || year < 1 || month < 1 || month > 12 || day < 1 || day > 28 || hour > 23 || minute > 59 || second > 59)
        return false;
    *us = days_from_civil((struct civil){ year, month, day }) * DAY + hour * HOUR + minute * MINUTE +
          second * SECOND + milli * (SECOND / 1000);
    return true;
}

bool
time_parse(struct sv text, int64_t *us)
{
    int64_t t;
    if (parse_usual(text, us))
        return true;
    if (!take_date(&text, &t) || !take_clock(&text, &t) || !take_zone(&text, &t) || text.n != 0 || !in_range(t))
        return false;
    *us = t;
    return true;
}

/* A date, or a date and a clock, without a zone. */
static bool
parse_zoneless(struct sv text, int64_t *us)
{
    int64_t t;
    if (!take_date(&text, &t))
        return false;
    if (text.n != 0 && (!take_clock(&text, &t) || text.n != 0))
        return false;
    if (!in_range(t))
        return false;
    *us = t;
    return true;
}

bool
time_parse_lenient(struct sv text, int64_t *us)
{
    return time_parse(text, us) || parse_zoneless(text, us) || time_from_number(text, us);
}

#define EPOCH_DIGITS 20 /* more digits than any time in microseconds has */

/* The first digits of |x| and where its point is: x = 0.d1d2d3... * 10^point, d1 != 0 unless x is 0. */
struct epoch {
    char digit[EPOCH_DIGITS];
    size_t n;
    int64_t point;
};

static int64_t
epoch_exponent(struct sv text)
{
    const bool negative = take_char(&text, '-');
    if (!negative)
        (void)take_char(&text, '+');
    int64_t x = 0;
    for (size_t i = 0; i < text.n && x < INT64_C(1000000000000); i++)
        x = x * 10 + (text.p[i] - '0');
    return negative ? -x : x;
}

static struct epoch
epoch_read(struct sv text)
{
    struct epoch e = { { 0 }, 0, 0 };
    bool after_point = false;
    bool leading = true;
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        if (c == '.') {
            after_point = true;
        } else if (c >= '0' && c <= '9') {
            leading = leading && c == '0';
            e.point += leading ? -(int64_t)after_point : !after_point;
            if (!leading && e.n < EPOCH_DIGITS)
                e.digit[e.n++] = c;
        } else if (c == 'e' || c == 'E') {
            e.point += epoch_exponent(sv_from(text, i + 1));
            break;
        }
    }
    return e;
}

/* The digits before the point of x * 10^shift; the caller made sure that they are at most 18. */
static int64_t
epoch_cut(const struct epoch *e, int64_t shift)
{
    int64_t us = 0;
    for (int64_t i = 0; i < e->point + shift; i++)
        us = us * 10 + ((size_t)i < e->n ? e->digit[i] - '0' : 0);
    return us;
}

/* Of a number as most logs write it: nothing but digits, the first one not 0. False: it is another, or out of range. */
static bool
time_from_digits(struct sv text, int64_t *us)
{
    uint64_t x;
    if (text.n == 0 || text.n > 18 || text.p[0] == '0' || !number_parse_u64(text, &x))
        return false;
    const int64_t t = (int64_t)(x * (text.n <= 11 ? 1000000 : text.n <= 14 ? 1000 : 1));
    if (!in_range(t))
        return false;
    *us = t;
    return true;
}

bool
time_from_number(struct sv text, int64_t *us)
{
    if (time_from_digits(text, us))
        return true;
    if (!number_parse(text, NULL))
        return false;
    const struct epoch e = epoch_read(text);
    if (e.n == 0) {
        *us = 0;
        return true;
    }
    const int64_t shift = e.point <= 11 ? 6 : e.point <= 14 ? 3 : 0;
    if (e.point + shift > 18)
        return false;
    const int64_t magnitude = epoch_cut(&e, shift);
    const int64_t t = text.p[0] == '-' ? -magnitude : magnitude;
    if (!in_range(t))
        return false;
    *us = t;
    return true;
}

/* us = days * DAY + *rest, 0 <= *rest < DAY. */
static int64_t
split_days(int64_t us, int64_t *rest)
{
    int64_t days = us / DAY;
    *rest = us % DAY;
    if (*rest < 0) {
        *rest += DAY;
        days--;
    }
    return days;
}

size_t
time_format(int64_t us, char out[TIME_TEXT_MAX])
{
    out[0] = '\0';
    if (us == TIME_NONE)
        return 0;
    int64_t rest;
    const struct civil c = civil_from_days(split_days(us, &rest));
    const int64_t fraction = rest % SECOND;
    int n = snprintf(out, TIME_TEXT_MAX, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)c.year, c.month, c.day,
                     (int)(rest / HOUR), (int)(rest / MINUTE % 60), (int)(rest / SECOND % 60));
    if (fraction != 0)
        n += snprintf(out + n, (size_t)(TIME_TEXT_MAX - n), ".%06d", (int)fraction);
    out[n++] = 'Z';
    out[n] = '\0';
    return (size_t)n;
}

static const struct unit {
    char letter;
    int64_t us;
} units[] = {
    { 'y', YEAR }, { 'M', MONTH }, { 'w', 7 * DAY }, { 'd', DAY }, { 'h', HOUR }, { 'm', MINUTE }, { 's', SECOND },
};

#define N_UNITS (sizeof units / sizeof units[0])

bool
duration_parse(struct sv text, int64_t *us)
{
    uint64_t n;
    if (text.n < 2 || !number_parse_u64(sv_make(text.p, text.n - 1), &n))
        return false;
    for (size_t i = 0; i < N_UNITS; i++) {
        if (text.p[text.n - 1] != units[i].letter)
            continue;
        if (n > (uint64_t)(INT64_MAX / units[i].us))
            return false;
        *us = (int64_t)n * units[i].us;
        return true;
    }
    return false;
}

size_t
duration_format(int64_t us, char out[TIME_TEXT_MAX])
{
    if (us == 0)
        return (size_t)snprintf(out, TIME_TEXT_MAX, "0s");
    for (size_t i = 0; i < N_UNITS; i++)
        if (us % units[i].us == 0)
            return (size_t)snprintf(out, TIME_TEXT_MAX, "%lld%c", (long long)(us / units[i].us), units[i].letter);
    /* No whole unit (a computed gap): seconds, exactly. */
    const long long fraction = us % SECOND < 0 ? -(us % SECOND) : us % SECOND;
    const long long seconds = us / SECOND < 0 ? -(us / SECOND) : us / SECOND;
    int n = snprintf(out, TIME_TEXT_MAX, "%s%lld.%06lld", us < 0 ? "-" : "", seconds, fraction);
    while (out[n - 1] == '0')
        n--;
    out[n++] = 's';
    out[n] = '\0';
    return (size_t)n;
}

bool
time_parse_option(struct sv text, int64_t now, int64_t *us)
{
    int64_t back;
    if (text.n == 0 || text.p[0] != '-')
        return time_parse(text, us) || parse_zoneless(text, us);
    if (!duration_parse(sv_from(text, 1), &back) || (now < 0 && back > now - INT64_MIN) || !in_range(now - back))
        return false;
    *us = now - back;
    return true;
}

static int64_t
year_start(int64_t year)
{
    return days_from_civil((struct civil){ year, 1, 1 });
}

/* ISO 8601: the week that holds the year's first Thursday is week 1, and a week belongs to the year of its Thursday. */
static int
iso_week(int64_t days)
{
    const int64_t weekday = ((days + 3) % 7 + 7) % 7; /* Monday = 0; 1970-01-01 was a Thursday */
    const int64_t thursday = days - weekday + 3;
    return (int)((thursday - year_start(civil_from_days(thursday).year)) / 7) + 1;
}

struct date_parts
time_parts(int64_t us)
{
    int64_t rest;
    const int64_t days = split_days(us, &rest);
    const struct civil c = civil_from_days(days);
    return (struct date_parts){ (int)(rest / MINUTE % 60), (int)(rest / HOUR), c.day, iso_week(days), c.month,
                                (int)c.year };
}

int64_t
time_now(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_REALTIME, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

double
time_monotonic(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
