/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, most bytes of which are plain text. A row of simd.c defines JSON_PLAIN before it includes this: the function
 * that runs over plain text. For everybody else it is json_plain. */
#ifndef AUTHSIFT_INPUT_JSON_STRING_H
#define AUTHSIFT_INPUT_JSON_STRING_H

#include "input/json_scan.h"

#ifndef JSON_PLAIN

/* The first byte at or after p that needs a look: a quote, a backslash, a control character, or not ASCII. */
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

#define JSON_PLAIN json_plain

#endif

/* p: behind the opening quote. Returns what is behind the closing one, or NULL. */
static inline const char *
json_string(struct json_scan *s, const char *p, struct json_text *t)
{
    const char *q = JSON_PLAIN(p);
    t->p = p;
    t->flags = 0;
    while (UNLIKELY(*q != '"')) {
        q = json_special(s, q, &t->flags);
        if (q == NULL)
            return NULL;
        q = JSON_PLAIN(q);
    }
    t->n = (uint32_t)(q - p);
    return q + 1;
}

#endif
