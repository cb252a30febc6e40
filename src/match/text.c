/* SPDX-License-Identifier: Apache-2.0 */
/* Folding goes eight bytes at a time; a text is never copied to be compared. */
#include "match/text.h"

/* The last eight bytes overlap those before them, so that there is no tail to care for. */
bool
text_same(const char *p, const char *rule, size_t n, bool cased)
{
    if (n == 0)
        return true;
    if (cased)
        return memcmp(p, rule, n) == 0;
    if (n < 8)
        return text_lower8(text_load_few(p, n)) == text_load_few(rule, n);
    for (size_t i = 0; i + 8 < n; i += 8)
        if (text_lower8(text_load8(p + i)) != text_load8(rule + i))
            return false;
    return text_lower8(text_load8(p + n - 8)) == text_load8(rule + n - 8);
}

bool
text_eq(struct sv text, struct sv rule, bool cased)
{
    return text.n == rule.n && text_same(text.p, rule.p, rule.n, cased);
}

bool
text_starts(struct sv text, struct sv rule, bool cased)
{
    return text.n >= rule.n && text_same(text.p, rule.p, rule.n, cased);
}

bool
text_ends(struct sv text, struct sv rule, bool cased)
{
    return text.n >= rule.n && (rule.n == 0 || text_same(text.p + (text.n - rule.n), rule.p, rule.n, cased));
}

/* This is the search for few and short literals (others go through gram.c): the first byte decides nearly always. */
size_t
text_find(struct sv text, struct sv rule, size_t from, bool cased)
{
    if (text.n < rule.n || from > text.n - rule.n)
        return text.n + 1;
    if (rule.n == 0)
        return from;
    const char first = rule.p[0];
    const size_t last = text.n - rule.n;
    for (size_t i = from; i <= last; i++) {
        const char c = cased ? text.p[i] : text_lower(text.p[i]);
        if (c == first && text_same(text.p + i, rule.p, rule.n, cased))
            return i;
    }
    return text.n + 1;
}

unsigned
text_commonness(char c)
{
    if (c != '\0' && strchr("etaoinsrhlcd", text_lower(c)) != NULL)
        return 8;
    if (text_lower(c) >= 'a' && text_lower(c) <= 'z')
        return 5;
    if (c != '\0' && strchr(" ./:0123456789\",", c) != NULL)
        return 6;
    if (c != '\0' && strchr("-_={}[]?", c) != NULL)
        return 4;
    return 2;
}
