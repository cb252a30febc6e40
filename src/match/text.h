/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing text of an event with text of a rule. Where case does not count, only A to Z are folded (sigma-profile.md
 * 3; lang/ turns literals beyond ASCII into regexes), and the rule's side is lower-case already. */
#ifndef AUTHSIFT_MATCH_TEXT_H
#define AUTHSIFT_MATCH_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/sv.h"

static inline char
text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Eight bytes with A to Z folded. A byte is a letter if adding moves it over 0x80 at 'A' and not yet behind 'Z';
 * bytes above 0x7f are masked out first and stay. */
static inline uint64_t
text_lower8(uint64_t x)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t low = x & (ones * 0x7f);
    const uint64_t from_a = low + ones * (0x80 - 'A');
    const uint64_t behind_z = low + ones * (0x80 - 'Z' - 1);
    const uint64_t upper = from_a & ~behind_z & ~x & (ones * 0x80);
    return x | (upper >> 2);
}

static inline uint64_t
text_load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline uint32_t
text_load4(const char *p)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* The n < 8 bytes at p, in some order; loads that overlap are faster than a loop. */
static inline uint64_t
text_load_few(const char *p, size_t n)
{
    if (n >= 4)
        return (uint64_t)text_load4(p) << 32 | text_load4(p + n - 4);
    if (n == 0)
        return 0;
    return (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[n / 2] << 8 | (unsigned char)p[n - 1];
}

/* Are the n bytes at p, folded unless `cased`, the n bytes at rule? */
bool text_same(const char *p, const char *rule, size_t n, bool cased);

bool text_eq(struct sv text, struct sv rule, bool cased);
bool text_starts(struct sv text, struct sv rule, bool cased);
bool text_ends(struct sv text, struct sv rule, bool cased);

/* First place at or after `from` where rule is in text; text.n + 1 if there is none. An empty rule is everywhere. */
size_t text_find(struct sv text, struct sv rule, size_t from, bool cased);

/* How common a byte is in logs, roughly, as a power of two: letters of words most, what is neither letter nor digit
 * least. */
unsigned text_commonness(char c);

#endif
