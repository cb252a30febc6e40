/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes at a time in an ordinary register.
 *
 * Words are loaded little-endian on every machine, so the lowest set bit is always the first byte. Loads may reach 8
 * bytes beyond what was asked for: blocks have INPUT_PAD zero bytes behind their last record for this. */
#ifndef AUTHSIFT_INPUT_SWAR_H
#define AUTHSIFT_INPUT_SWAR_H

#include <stdint.h>

#define INPUT_PAD 32

#define SWAR_ONES UINT64_C(0x0101010101010101)
#define SWAR_HIGHS UINT64_C(0x8080808080808080)

#if defined(__GNUC__)
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define LIKELY(x) (x)
#define UNLIKELY(x) (x)
#endif

/* Compilers turn this into one load. */
static inline uint64_t
swar_load(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* Index of the first byte whose high bit is set in mask; mask is not 0 and has no other bits. */
static inline unsigned
swar_first(uint64_t mask)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(mask) >> 3;
#else
    unsigned i = 0;
    while ((mask & 0xff) == 0) {
        mask >>= 8;
        i++;
    }
    return i;
#endif
}

/* The high bit of every byte of x that is 0, and of no other. */
static inline uint64_t
swar_zeros(uint64_t x)
{
    const uint64_t low7 = ~SWAR_HIGHS;
    return ~(((x & low7) + low7) | x | low7);
}

#endif
