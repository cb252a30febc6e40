/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of JSON: strings, numbers, literals, white space, each checked to the last rule of RFC 8259.
 *
 * Everything here relies on what follows a record: a line end or the zero padding of its block. Neither is white
 * space to these functions nor allowed inside a string, so no loop has to compare with the end; only when something
 * is wrong does `json_fault` look whether the record was simply cut.
 *
 * The one loop that is worth vector instructions is in json_string.h. */
#ifndef AUTHSIFT_INPUT_JSON_SCAN_H
#define AUTHSIFT_INPUT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "input/input.h"
#include "input/swar.h"

/* A record that is being scanned. */
struct json_scan {
    const char *end;    /* of the record */
    enum reject_id why; /* where it is wrong: set by json_fault */
};

/* Text between quotes, escapes still in it. */
struct json_text {
    const char *p;
    uint32_t n;
    uint8_t flags; /* VALUE_ESCAPED or 0 */
};

/* Notes why the document is invalid at p; returns NULL for the caller to return. */
const char *json_fault(struct json_scan *s, const char *p, enum reject_id why);

/* What is in a string at p and is neither plain nor a quote: an escape, characters beyond ASCII. Returns what is behind
 * it, or NULL. Adds VALUE_ESCAPED to *flags for an escape. */
const char *json_special(struct json_scan *s, const char *p, uint8_t *flags);

/* One literal or number at p. Returns what is behind it, or NULL. */
const char *json_scalar(struct json_scan *s, const char *p, struct value *v);

/* How many of the eight bytes at p are digits before the first that is none. */
static inline unsigned
json_digits(const char *p)
{
    const uint64_t x = swar_load(p) ^ '0' * SWAR_ONES;
    const uint64_t others = (((x & ~SWAR_HIGHS) + 0x76 * SWAR_ONES) | x) & SWAR_HIGHS;
    return others != 0 ? swar_first(others) : 8;
}

/* The end of a number as most are, with at most 16 digits before its point and seven behind it, or NULL: then
 * json_scalar knows. p: in a record, so that INPUT_PAD bytes may be read. */
static inline const char *
json_short_number(const char *p)
{
    p += *p == '-';
    unsigned n = json_digits(p);
    if (n == 8) /* a time */
        n += json_digits(p + 8);
    if (n - 1 > 15 || (n > 1 && *p == '0'))
        return NULL;
    p += n;
    if (*p == '.') {
        n = json_digits(p + 1);
        if (n - 1 > 6)
            return NULL;
        p += n + 1;
    }
    return *p == ',' || *p == '}' ? p : NULL;
}

/* As json_scalar, faster for most numbers. */
static inline const char *
json_short_scalar(struct json_scan *s, const char *p, struct value *v)
{
    const char *end = json_short_number(p);
    if (UNLIKELY(end == NULL))
        return json_scalar(s, p, v);
    *v = (struct value){ .p = p, .n = (uint32_t)(end - p), .kind = VALUE_NUMBER };
    return end;
}

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

#endif
