/* SPDX-License-Identifier: Apache-2.0 */
/* String views: comparing, searching, cutting. ASCII rules only; Unicode folding belongs to ir/. */
#include "base/sv.h"

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

int
sv_cmp(struct sv a, struct sv b)
{
    const size_t n = a.n < b.n ? a.n : b.n;
    const int c = n != 0 ? memcmp(a.p, b.p, n) : 0;
    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

bool
sv_eq_fold(struct sv a, struct sv b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return false;
    return true;
}

bool
sv_starts(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq(sv_make(s.p, prefix.n), prefix);
}

bool
sv_ends(struct sv s, struct sv suffix)
{
    return s.n >= suffix.n && sv_eq(sv_from(s, s.n - suffix.n), suffix);
}

size_t
sv_find_char(struct sv s, char c, size_t start)
{
    if (start >= s.n)
        return s.n;
    const char *p = memchr(s.p + start, c, s.n - start);
    return p != NULL ? (size_t)(p - s.p) : s.n;
}

size_t
sv_find(struct sv s, struct sv needle, size_t start)
{
    if (start > s.n || needle.n > s.n - start)
        return s.n;
    if (needle.n == 0)
        return start;
    const size_t last = s.n - needle.n;
    for (size_t i = start; i <= last; i++) {
        i = sv_find_char(sv_make(s.p, last + 1), needle.p[0], i);
        if (i > last)
            break;
        if (memcmp(s.p + i, needle.p, needle.n) == 0)
            return i;
    }
    return s.n;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sv
sv_trim(struct sv s)
{
    while (s.n != 0 && is_blank(s.p[0]))
        s = sv_from(s, 1);
    while (s.n != 0 && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
sv_split(struct sv *rest, char sep, struct sv *piece)
{
    if (rest->p == NULL)
        return false;
    const size_t at = sv_find_char(*rest, sep, 0);
    *piece = sv_make(rest->p, at);
    *rest = at < rest->n ? sv_from(*rest, at + 1) : SV_NONE;
    return true;
}

/* Names are short; for longer texts nobody means "did you mean". */
#define DISTANCE_MAX 128

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
    const unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* One row of the table: row[j] = distance of a's first i bytes to b's first j. Returns the row's least value. */
static unsigned
distance_row(struct sv a, struct sv b, size_t i, const unsigned *before2, const unsigned *before, unsigned *row)
{
    unsigned least = row[0] = (unsigned)i;
    for (size_t j = 1; j <= b.n; j++) {
        const bool same = fold(a.p[i - 1]) == fold(b.p[j - 1]);
        row[j] = min3(before[j] + 1, row[j - 1] + 1, before[j - 1] + !same);
        if (i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) && fold(a.p[i - 2]) == fold(b.p[j - 1])
            && before2[j - 2] + 1 < row[j])
            row[j] = before2[j - 2] + 1;
        if (row[j] < least)
            least = row[j];
    }
    return least;
}

unsigned
sv_distance(struct sv a, struct sv b, unsigned limit)
{
    const size_t apart = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (apart > limit || a.n > DISTANCE_MAX || b.n > DISTANCE_MAX)
        return limit + 1;
    unsigned rows[3][DISTANCE_MAX + 1] = { { 0 } };
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        const unsigned least = distance_row(a, b, i, rows[(i + 1) % 3], rows[(i + 2) % 3], rows[i % 3]);
        if (least > limit)
            return limit + 1;
    }
    const unsigned distance = rows[a.n % 3][b.n];
    return distance > limit ? limit + 1 : distance;
}
