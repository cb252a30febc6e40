/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcard patterns, end to end.
 *
 * `*` cuts a pattern into segments; every other token is a fixed number of characters (not of bytes: `?` and a dash
 * take one to four). So no backtracking is needed: the first segment stands at the start, the last one at the end,
 * that is the known number of characters before it, and each one between is taken where it is first found, which
 * leaves the most room for the rest. A `?` behind a `*` is exact, and the time is at most (text * pattern).
 */
#include "match/ops.h"
#include "match/text.h"

#define NOWHERE SIZE_MAX

/* Tokens [from, to) of a pattern, none of them `*`. */
struct segment {
    const struct glob_token *from;
    const struct glob_token *to;
};

/* Bytes of the character at p: 1 where it is not UTF-8, so that hostile bytes cannot lead outside. */
static size_t
char_size(const char *p, const char *end)
{
    const unsigned char lead = (unsigned char)*p;
    const size_t n = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return n <= (size_t)(end - p) ? n : 1;
}

/* Bytes of the dash at p, 0 if there is none: - / and U+2013 U+2014 U+2015, which are e2 80 93 to 95. */
static size_t
dash_size(const char *p, const char *end)
{
    if (p >= end)
        return 0;
    if (*p == '-' || *p == '/')
        return 1;
    if (end - p < 3 || memcmp(p, "\xe2\x80", 2) != 0)
        return 0;
    const unsigned char third = (unsigned char)p[2];
    return third >= 0x93 && third <= 0x95 ? 3 : 0;
}

/* Bytes that a token takes at p, or NOWHERE. */
static size_t
token_size(const struct glob_token *t, const char *p, const char *end, bool cased)
{
    size_t n;
    switch (t->kind) {
    case GLOB_TEXT:
        n = t->text.n;
        return (size_t)(end - p) >= n && text_same(p, t->text.p, n, cased) ? n : NOWHERE;
    case GLOB_ONE:
        return p < end ? char_size(p, end) : NOWHERE;
    case GLOB_DASH:
        n = dash_size(p, end);
        return n != 0 ? n : NOWHERE;
    case GLOB_ANY:
        break;
    }
    return NOWHERE;
}

/* End of the segment if it stands at p, else NULL. */
static const char *
segment_at(struct segment s, const char *p, const char *end, bool cased)
{
    for (const struct glob_token *t = s.from; t < s.to; t++) {
        const size_t n = token_size(t, p, end, cased);
        if (n == NOWHERE)
            return NULL;
        p += n;
    }
    return p;
}

/* End of the segment where it is first found from p on, else NULL. */
static const char *
segment_find(struct segment s, const char *p, const char *end, bool cased)
{
    while (p <= end) {
        if (s.from < s.to && s.from->kind == GLOB_TEXT) {
            const struct sv rest = { p, (size_t)(end - p) };
            const size_t at = text_find(rest, s.from->text, 0, cased);
            if (at > rest.n)
                return NULL;
            p += at;
        }
        const char *behind = segment_at(s, p, end, cased);
        if (behind != NULL)
            return behind;
        p += p < end ? char_size(p, end) : 1;
    }
    return NULL;
}

static size_t
count_chars(struct sv text)
{
    size_t n = 0;
    for (const char *p = text.p, *end = text.p + text.n; p < end; p += char_size(p, end))
        n++;
    return n;
}

static size_t
segment_chars(struct segment s)
{
    size_t n = 0;
    for (const struct glob_token *t = s.from; t < s.to; t++)
        n += t->kind == GLOB_TEXT ? count_chars(t->text) : 1;
    return n;
}

/* Does the segment stand at the end, not before p? */
static bool
segment_ends(struct segment s, const char *p, const char *end, bool cased)
{
    const char *start = end;
    for (size_t n = segment_chars(s); n > 0; n--) {
        if (start <= p)
            return false;
        for (start--; start > p && ((unsigned char)*start & 0xc0) == 0x80;)
            start--;
    }
    return segment_at(s, start, end, cased) == end;
}

static struct segment
next_segment(const struct glob_token *t, const struct glob_token *last)
{
    struct segment s = { t, t };
    while (s.to < last && s.to->kind != GLOB_ANY)
        s.to++;
    return s;
}

bool
op_glob_text(const struct pred *pred, struct sv text)
{
    const char *p = text.n != 0 ? text.p : "";
    const char *const end = p + text.n;
    const struct glob_token *const last = pred->glob + pred->n_glob;

    struct segment s = next_segment(pred->glob, last);
    p = segment_at(s, p, end, pred->cased);
    if (p == NULL)
        return false;
    if (s.to == last)
        return p == end;
    for (s = next_segment(s.to + 1, last); s.to < last; s = next_segment(s.to + 1, last)) {
        p = segment_find(s, p, end, pred->cased);
        if (p == NULL)
            return false;
    }
    return segment_ends(s, p, end, pred->cased);
}

enum truth
op_glob(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, op_glob_text);
}
