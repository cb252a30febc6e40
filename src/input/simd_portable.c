/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes at a time in an ordinary register. */
#include "input/simd_rows.h"

#include "input/json_shape.h"
#include "input/swar.h"

#define HEAD_FITS head_fits

/* Adds up the ones in the bytes of x. */
static size_t
sum_bytes(uint64_t x)
{
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    const uint64_t pairs = (x & even) + ((x >> 8) & even);
    return (size_t)((pairs * UINT64_C(0x0001000100010001)) >> 48);
}

static size_t
count_lines(const char *p, size_t n)
{
    size_t lines = 0;
    while (n >= 8) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t words = n / 8 < 255 ? n / 8 : 255;
        n -= words * 8;
        uint64_t found = 0;
        for (; words != 0; words--, p += 8)
            found += swar_zeros(swar_load(p) ^ '\n' * SWAR_ONES) >> 7;
        lines += sum_bytes(found);
    }
    return lines + simd_count_rest(p, n);
}

static inline bool
head_fits(const struct shape_step *step, const char *p)
{
    const char *mask = (const char *)simd_ones(step->n < SHAPE_HEAD ? step->n : SHAPE_HEAD);
    uint64_t differ = 0;
    for (unsigned i = 0; i < SHAPE_HEAD; i += 8)
        differ |= (swar_load(p + i) ^ swar_load(step->head + i)) & swar_load(mask + i);
    return differ == 0;
}

#include "input/json_walk.h"

const struct simd simd_portable = {
    .name = "portable",
    .is_available = simd_always,
    .count_lines = count_lines,
    .json_walk = walk,
    .json_top_keys = top_keys,
};
