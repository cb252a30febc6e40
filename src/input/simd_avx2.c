/* SPDX-License-Identifier: Apache-2.0 */
/* AVX2: thirty-two bytes at a time, but for strings (simd_x86.h). */
#include "input/simd_rows.h"

#ifdef HAVE_SIMD_AVX2

#include <immintrin.h>
#include <string.h>

#include "base/bits.h"
#include "base/buf.h"
#include "base/mem.h"
#include "input/json.h"
#include "input/json_state.h"
#include "input/simd_x86.h"

#define JSON_PLAIN simd_plain16
#define HEAD_FITS head_fits

static bool
is_available(void)
{
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0;
}

SIMD_BEGIN("avx2,bmi")

static inline __m256i
load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static size_t
count_lines(const char *p, size_t n)
{
    const __m256i line_feed = _mm256_set1_epi8('\n'), zero = _mm256_setzero_si256();
    __m256i sum = zero;
    while (n >= 32) {
        /* A byte of `found` counts to 255 before it must be emptied. */
        size_t pieces = n / 32 < 255 ? n / 32 : 255;
        n -= pieces * 32;
        __m256i found = zero;
        for (; pieces != 0; pieces--, p += 32)
            found = _mm256_sub_epi8(found, _mm256_cmpeq_epi8(load(p), line_feed));
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(found, zero));
    }
    uint64_t part[4];
    _mm256_storeu_si256((__m256i *)(void *)part, sum);
    return (size_t)(part[0] + part[1] + part[2] + part[3]) + simd_count_rest(p, n);
}

static inline bool
head_fits(const struct shape_step *step, const char *p)
{
    const unsigned same = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p), load(step->head)));
    return (step->bits & ~same) == 0;
}

#include "input/json_walk.h"

SIMD_END

const struct simd simd_avx2 = {
    .name = "avx2",
    .is_available = is_available,
    .count_lines = count_lines,
    .json_walk = walk,
    .json_top_keys = top_keys,
};

#else

/* C wants something in every file. */
typedef int simd_avx2_unused;

#endif
