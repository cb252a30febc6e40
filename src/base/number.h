/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as logs and rules write them. All functions are independent of the locale. */
#ifndef AUTHSIFT_BASE_NUMBER_H
#define AUTHSIFT_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

#define NUMBER_TEXT_MAX 32

/* True if text is exactly one number by JSON's grammar (RFC 8259 section 6); *value (may be NULL) gets the nearest
 * double. */
bool number_parse(struct sv text, double *value);

/* Length of the JSON number at the start of p (before end), 0 if there is none. */
size_t number_scan(const char *p, const char *end);

/* The shortest decimal that reads back as the same double; integers without a point; never an exponent below 1e21.
 * Returns the length; out is NUL-terminated. NaN and infinities give "". */
size_t number_format(double value, char out[NUMBER_TEXT_MAX]);

/* To the nearest part: number_round(x, 1000) has three decimals. For results of functions like exp and cos, whose last
 * digit is another one on another machine. */
double number_round(double x, double parts);

/* Unsigned integer of decimal digits only, no sign, no overflow. */
bool number_parse_u64(struct sv text, uint64_t *value);

/* "64M", "2G", "512k", "1000": bytes, powers of 1024. */
bool size_parse(struct sv text, uint64_t *bytes);

/* Exact sum of doubles with removal: a fixed-point accumulator wide enough for every double, so the order of additions
 * and subtractions cannot change the result (sigma-profile.md 13: "the exact sum, rounded once").
 * Neumaier-style compensation would not be exact. Not-finite values must not be added. */
struct exact_sum {
    int64_t limb[68]; /* 32 bits each, with carry room; limb 0 is worth 2^-1074 */
    uint32_t pending; /* additions since the last carry pass */
};

void exact_sum_init(struct exact_sum *s);
void exact_sum_add(struct exact_sum *s, double x);
void exact_sum_remove(struct exact_sum *s, double x);
/* The sum rounded to nearest, ties to even. Overflow gives +-infinity. */
double exact_sum_value(const struct exact_sum *s);

#endif
