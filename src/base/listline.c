/* SPDX-License-Identifier: Apache-2.0 */
#include "base/listline.h"

#include "base/timestamp.h"

enum { DATE_LENGTH = 10 };

static bool
is_blank_at(struct sv s, size_t i)
{
    return i >= s.n || s.p[i] == ' ' || s.p[i] == '\t';
}

/* Where the note starts (its #), or the line's length. */
static size_t
find_note(struct sv line)
{
    size_t i = sv_find_char(line, '#', 0);
    while (i < line.n && !((i == 0 || is_blank_at(line, i - 1)) && is_blank_at(line, i + 1)))
        i = sv_find_char(line, '#', i + 1);
    return i;
}

/* The end of the day that `text` names. */
static bool
parse_day(struct sv text, int64_t *end)
{
    if (text.n != DATE_LENGTH || text.p[4] != '-' || !time_parse_lenient(text, end))
        return false;
    *end += DAY;
    return true;
}

static bool
parse_note(struct sv note, struct listline *out, struct sv *bad)
{
    if (!sv_starts(note, SV("until")) || !(is_blank_at(note, 5) || note.p[5] == ':')) {
        out->reason = note;
        return true;
    }
    const struct sv rest = sv_trim(sv_from(note, 5));
    const size_t colon = sv_find_char(rest, ':', 0);
    *bad = sv_trim(sv_make(rest.p, colon));
    out->reason = sv_trim(sv_from(rest, colon + 1));
    return parse_day(*bad, &out->until);
}

bool
listline_parse(struct sv line, struct listline *out, struct sv *bad)
{
    line = sv_trim(line);
    *out = (struct listline){ .until = TIME_NONE };
    *bad = SV_NONE;
    if (line.n == 0 || line.p[0] == '#')
        return true;
    const size_t at = find_note(line);
    out->value = sv_trim(sv_make(line.p, at));
    return parse_note(sv_trim(sv_from(line, at + 1)), out, bad);
}

bool
listline_is_over(const struct listline *l, int64_t now)
{
    return l->until != TIME_NONE && now >= l->until;
}
