/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/near.h"

#include "base/diag.h"

/* A name of which another may be the end: shorter ones (`id`, `name`) are the end of too many. */
#define END_MIN 5

static bool
is_separator(char c)
{
    return c == '.' || c == '_' || c == '-' || c == ' ';
}

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The same but for case and separators? */
static bool
is_same_word(struct sv a, struct sv b)
{
    size_t i = 0;
    size_t k = 0;
    for (;;) {
        while (i < a.n && is_separator(a.p[i]))
            i++;
        while (k < b.n && is_separator(b.p[k]))
            k++;
        if (i == a.n || k == b.n)
            return i == a.n && k == b.n;
        if (lower(a.p[i++]) != lower(b.p[k++]))
            return false;
    }
}

/* Is `end` the last segments of `whole`? */
static bool
is_end(struct sv end, struct sv whole)
{
    if (end.n < END_MIN || whole.n < end.n + 2 || whole.p[whole.n - end.n - 1] != '.')
        return false;
    return sv_eq_fold(sv_from(whole, whole.n - end.n), end);
}

struct sv
near_field(struct sv word, size_t n, struct sv (*name)(const void *ctx, size_t i), const void *ctx)
{
    struct sv longer = SV_NONE;
    for (size_t i = 0; i < n; i++) {
        const struct sv candidate = name(ctx, i);
        if (is_same_word(word, candidate))
            return candidate;
        if (longer.n == 0 && (is_end(word, candidate) || is_end(candidate, word)))
            longer = candidate;
    }
    const struct sv slip = diag_nearest(word, n, name, ctx);
    return slip.n != 0 ? slip : longer;
}
