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

#ifdef SWAR_SSE2

/* Line ends in whole pieces of 16 bytes; *p and *left move behind them. */
static size_t
count_fast(const char **p, size_t *left)
{
    const __m128i line_end = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
    __m128i sum = zero;
    while (*left >= 16) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t pieces = *left / 16 < 255 ? *left / 16 : 255;
        *left -= pieces * 16;
        __m128i found = zero;
        for (; pieces != 0; pieces--, *p += 16)
            found =
                _mm_sub_epi8(found, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)*p), line_end));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(found, zero));
    }
    uint64_t half[2];
    _mm_storeu_si128((__m128i *)(void *)half, sum);
    return (size_t)(half[0] + half[1]);
}

#else

/* Adds up the ones in the bytes of x. */
static size_t
sum_bytes(uint64_t x)
{
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    const uint64_t pairs = (x & even) + ((x >> 8) & even);
    return (size_t)((pairs * UINT64_C(0x0001000100010001)) >> 48);
}

/* Line ends in whole pieces of 8 bytes; *p and *left move behind them. */
static size_t
count_fast(const char **p, size_t *left)
{
    size_t lines = 0;
    while (*left >= 8) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t words = *left / 8 < 255 ? *left / 8 : 255;
        *left -= words * 8;
        uint64_t found = 0;
        for (; words != 0; words--, *p += 8)
            found += swar_zeros(swar_load(*p) ^ '\n' * SWAR_ONES) >> 7;
        lines += sum_bytes(found);
    }
    return lines;
}

#endif

size_t
cut_count_lines(struct sv text)
{
    const char *p = text.p;
    size_t left = text.n;
    size_t lines = count_fast(&p, &left);
    for (; left != 0; left--, p++)
        lines += *p == '\n';
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
