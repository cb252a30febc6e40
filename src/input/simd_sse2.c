/* SPDX-License-Identifier: Apache-2.0 */
/* SSE2, which every x86-64 has: sixteen bytes at a time. */
#include "input/simd_rows.h"

#ifdef SIMD_SSE2

#include "input/json_shape.h"
#include "input/simd_x86.h"

#define JSON_PLAIN simd_plain16
#define HEAD_FITS head_fits

static size_t
count_lines(const char *p, size_t n)
{
    const __m128i line_feed = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
    __m128i sum = zero;
    while (n >= 16) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t pieces = n / 16 < 255 ? n / 16 : 255;
        n -= pieces * 16;
        __m128i found = zero;
        for (; pieces != 0; pieces--, p += 16)
            found = _mm_sub_epi8(found, _mm_cmpeq_epi8(simd_load16(p), line_feed));
        sum = _mm_add_epi64(sum, _mm_sad_epu8(found, zero));
    }
    uint64_t half[2];
    _mm_storeu_si128((__m128i *)(void *)half, sum);
    return (size_t)(half[0] + half[1]) + simd_count_rest(p, n);
}

static inline bool
head_fits(const struct shape_step *step, const char *p)
{
    const unsigned low = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(simd_load16(p), simd_load16(step->head)));
    const unsigned high =
        (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(simd_load16(p + 16), simd_load16(step->head + 16)));
    return (step->bits & ~(low | high << 16)) == 0;
}

#include "input/json_walk.h"

const struct simd simd_sse2 = {
    .name = "sse2",
    .is_available = simd_always,
    .count_lines = count_lines,
    .json_walk = walk,
    .json_top_keys = top_keys,
};

#else

/* C wants something in every file. */
typedef int simd_sse2_unused;

#endif
