/* SPDX-License-Identifier: Apache-2.0 */
#include "query/namedate.h"

#include <stdio.h>

#include "base/timestamp.h"

struct parts {
    unsigned year, month, day, hour; /* 0: not there; hour: 24 */
};

static bool
has(struct sv pattern, char letter)
{
    for (size_t i = 0; i + 1 < pattern.n; i++)
        if (pattern.p[i] == '%' && pattern.p[i + 1] == letter)
            return true;
    return false;
}

bool
namedate_parse(struct sv text, struct namedate *n)
{
    *n = (struct namedate){ .pattern = text };
    const size_t plus = sv_find_char(text, '+', 0);
    if (plus < text.n) {
        n->pattern = sv_make(text.p, plus);
        if (!duration_parse(sv_from(text, plus + 1), &n->slack) || n->slack < 0)
            return false;
    }
    for (size_t i = 0; i < n->pattern.n; i++) {
        if (n->pattern.p[i] != '%')
            continue;
        if (i + 1 == n->pattern.n || sv_find_char(SV("YmdH"), n->pattern.p[i + 1], 0) == 4)
            return false;
        i++;
    }
    const bool year = has(n->pattern, 'Y'), month = has(n->pattern, 'm'), day = has(n->pattern, 'd');
    return year && (month || !day) && (day || !has(n->pattern, 'H'));
}

static bool
read_number(struct sv name, size_t *at, size_t digits, unsigned *x)
{
    *x = 0;
    if (name.n - *at < digits)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char c = name.p[*at + i];
        if (c < '0' || c > '9')
            return false;
        *x = *x * 10 + (unsigned)(c - '0');
    }
    *at += digits;
    return true;
}

/* The pattern at this place of the name? */
static bool
match(struct sv pattern, struct sv name, size_t at, struct parts *p)
{
    *p = (struct parts){ 0, 0, 0, 24 };
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '%') {
            if (at == name.n || name.p[at++] != pattern.p[i])
                return false;
            continue;
        }
        const char letter = pattern.p[++i];
        unsigned *to = letter == 'Y' ? &p->year : letter == 'm' ? &p->month : letter == 'd' ? &p->day : &p->hour;
        if (!read_number(name, &at, letter == 'Y' ? 4 : 2, to))
            return false;
    }
    return true;
}

static bool
time_of(unsigned year, unsigned month, unsigned day, unsigned hour, int64_t *us)
{
    char text[TIME_TEXT_MAX];
    const int n = snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:00:00Z", year, month, day, hour);
    return n > 0 && time_parse(sv_make(text, (size_t)n), us);
}

static bool
range_of(const struct parts *p, int64_t *from, int64_t *to)
{
    const unsigned month = p->month != 0 ? p->month : 1;
    const unsigned day = p->day != 0 ? p->day : 1;
    if (!time_of(p->year, month, day, p->hour != 24 ? p->hour : 0, from))
        return false;
    if (p->hour != 24 || p->day != 0) {
        *to = *from + (p->hour != 24 ? HOUR : DAY);
        return true;
    }
    if (p->month != 0 && p->month != 12)
        return time_of(p->year, p->month + 1, 1, 0, to);
    return time_of(p->year + 1, 1, 1, 0, to);
}

bool
namedate_range(const struct namedate *n, struct sv path, int64_t *from, int64_t *to)
{
    size_t start = 0;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '/')
            start = i + 1;
    const struct sv name = sv_from(path, start);
    struct parts p;
    for (size_t at = 0; at < name.n; at++) {
        if (!match(n->pattern, name, at, &p) || !range_of(&p, from, to))
            continue;
        *from -= n->slack;
        *to += n->slack;
        return true;
    }
    return false;
}
