/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of JSON: strings, numbers, literals, white space, each checked to the last rule of RFC 8259.
 *
 * Everything here relies on what follows a record: a line end or the zero padding of its block. Neither is white
 * space to these functions nor allowed inside a string, so no loop has to compare with the end; only when something
 * is wrong does `json_fault` look whether the record was simply cut.
 *
 * The walk (json.c) sees bytes only through these functions: an index of structural characters that is made by
 * vector instructions would replace json_plain and json_blanks and nothing else. */
#ifndef AUTHSIFT_INPUT_JSON_SCAN_H
#define AUTHSIFT_INPUT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "input/input.h"
#include "input/swar.h"

/* Where a document is wrong. */
struct json_error {
    const char *end; /* of the record */
    enum reject_id why;
};

/* Text between quotes, escapes still in it. */
struct json_text {
    const char *p;
    uint32_t n;
    uint8_t flags; /* VALUE_ESCAPED or 0 */
};

/* Notes why the document is invalid at p; returns NULL for the caller to return. */
const char *json_fault(struct json_error *e, const char *p, enum reject_id why);

/* The rest of a string from its first byte that is not plain ASCII. Returns its closing quote, or NULL. */
const char *json_string_slow(struct json_error *e, const char *p, uint8_t *flags);

/* One literal or number at p. Returns what is behind it, or NULL. */
const char *json_scalar(struct json_error *e, const char *p, struct value *v);

/* The first byte at or after p that needs a look: a quote, a backslash, a control character, or not ASCII. */
#ifdef SWAR_SSE2
static inline const char *
json_plain(const char *p)
{
    for (;; p += 16) {
        const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Compared as signed numbers, what is not ASCII is below 0x20 too. */
        const __m128i stop =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'))),
                         _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)));
        const unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        if (mask != 0)
            return p + __builtin_ctz(mask);
    }
}
#else
static inline const char *
json_plain(const char *p)
{
    for (;;) {
        const uint64_t x = swar_load(p);
        /* A byte below the high bit keeps it only if the subtraction borrows: below 0x20, or equal to the character. A
         * borrow may spoil the bytes behind the first hit, never those before it. */
        const uint64_t stop =
            ((x - 0x20 * SWAR_ONES) | ((x ^ '"' * SWAR_ONES) - SWAR_ONES) | ((x ^ '\\' * SWAR_ONES) - SWAR_ONES) | x) &
            SWAR_HIGHS;
        if (stop != 0)
            return p + swar_first(stop);
        p += 8;
    }
}
#endif

/* White space inside a record; a line feed would end it. */
static inline const char *
json_blanks(const char *p)
{
    if (LIKELY((unsigned char)*p > ' '))
        return p;
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return p;
}

/* p: behind the opening quote. Returns what is behind the closing one, or NULL. */
static inline const char *
json_string(struct json_error *e, const char *p, struct json_text *t)
{
    const char *q = json_plain(p);
    t->p = p;
    t->flags = 0;
    if (UNLIKELY(*q != '"')) {
        q = json_string_slow(e, q, &t->flags);
        if (q == NULL)
            return NULL;
    }
    t->n = (uint32_t)(q - p);
    return q + 1;
}

#endif
