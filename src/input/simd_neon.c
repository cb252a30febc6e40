/* SPDX-License-Identifier: Apache-2.0 */
/* NEON, which every AArch64 has: sixteen bytes at a time. There is no instruction that makes bits of the answers to
 * comparisons; narrowing each pair of bytes by four bits leaves four bits per byte, in a register. */
#include "input/simd_rows.h"

#ifdef SIMD_NEON

#include <arm_neon.h>

#include "base/bits.h"
#include "input/json_shape.h"

#define JSON_PLAIN plain
#define HEAD_FITS head_fits

static inline uint8x16_t
load(const char *p)
{
    return vld1q_u8((const uint8_t *)p);
}

static size_t
count_lines(const char *p, size_t n)
{
    const uint8x16_t line_feed = vdupq_n_u8('\n');
    size_t lines = 0;
    while (n >= 16) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t pieces = n / 16 < 255 ? n / 16 : 255;
        n -= pieces * 16;
        uint8x16_t found = vdupq_n_u8(0);
        for (; pieces != 0; pieces--, p += 16)
            found = vsubq_u8(found, vceqq_u8(load(p), line_feed));
        lines += vaddlvq_u8(found);
    }
    return lines + simd_count_rest(p, n);
}

static inline const char *
plain(const char *p)
{
    for (;; p += 16) {
        const uint8x16_t x = load(p);
        const uint8x16_t special = vorrq_u8(vceqq_u8(x, vdupq_n_u8('"')), vceqq_u8(x, vdupq_n_u8('\\')));
        /* Compared as signed numbers, what is not ASCII is below 0x20 too. */
        const uint8x16_t stops = vorrq_u8(special, vcltq_s8(vreinterpretq_s8_u8(x), vdupq_n_s8(0x20)));
        const uint8x8_t quads = vshrn_n_u16(vreinterpretq_u16_u8(stops), 4);
        const uint64_t bits = vget_lane_u64(vreinterpret_u64_u8(quads), 0);
        if (bits != 0)
            return p + bits_lowest(bits) / 4;
    }
}

static inline bool
head_fits(const struct shape_step *step, const char *p)
{
    const uint8_t *mask = simd_ones(step->n < SHAPE_HEAD ? step->n : SHAPE_HEAD);
    const uint8x16_t low = vandq_u8(veorq_u8(load(p), load(step->head)), vld1q_u8(mask));
    const uint8x16_t high = vandq_u8(veorq_u8(load(p + 16), load(step->head + 16)), vld1q_u8(mask + 16));
    return vmaxvq_u8(vorrq_u8(low, high)) == 0;
}

#include "input/json_walk.h"

const struct simd simd_neon = {
    .name = "neon",
    .is_available = simd_always,
    .count_lines = count_lines,
    .json_walk = walk,
    .json_top_keys = top_keys,
};

#else

/* C wants something in every file. */
typedef int simd_neon_unused;

#endif
