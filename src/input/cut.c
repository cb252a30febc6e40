/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, and blocks of whole records. */
#include "input/format.h"

#include <string.h>

size_t
cut_line_end(struct sv text, size_t from)
{
    if (from >= text.n)
        return text.n;
    const char *at = memchr(text.p + from, '\n', text.n - from);
    return at != NULL ? (size_t)(at - text.p) : text.n;
}

size_t
cut_without_cr(const char *p, size_t n)
{
    return n != 0 && p[n - 1] == '\r' ? n - 1 : n;
}

enum cut
cut_line(struct sv text, bool at_end, size_t limit, struct record *r)
{
    const size_t end = cut_line_end(text, 0);
    if (end == text.n && !at_end)
        return text.n >= limit + 2 ? CUT_LONG : CUT_MORE;
    *r = (struct record){ .n = end < text.n ? end + 1 : end, .text = cut_without_cr(text.p, end), .lines = 1 };
    r->bad = r->text > limit;
    r->why = REJECT_TOO_LONG;
    return CUT_RECORD;
}

size_t
cut_whole_lines(struct sv text)
{
    size_t n = text.n;
    while (n != 0 && text.p[n - 1] != '\n')
        n--;
    return n;
}

size_t
cut_count_lines(struct sv text)
{
    size_t lines = 0;
    for (size_t at = 0; (at = cut_line_end(text, at)) < text.n; at++)
        lines++;
    return lines;
}

static size_t
cut_records(const struct format *f, struct sv text, size_t limit, bool *too_long)
{
    size_t at = 0;
    while (at < text.n) {
        struct record r;
        const enum cut cut = f->cut(sv_from(text, at), false, limit, &r);
        if (cut != CUT_RECORD) {
            *too_long = at == 0 && cut == CUT_LONG;
            break;
        }
        at += r.n;
    }
    return at;
}

size_t
cut_block(const struct format *f, struct sv text, bool at_end, size_t limit, bool *too_long)
{
    *too_long = false;
    if (at_end)
        return text.n;
    const size_t n = f->whole(text);
    return n != 0 ? n : cut_records(f, text, limit, too_long);
}
