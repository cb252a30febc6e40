/* SPDX-License-Identifier: Apache-2.0 */
/* AVX-512 (F, BW, VL and VBMI2): comparisons that answer in bits, and an instruction that makes positions of them, so
 * that here it pays to find all quotes of a record first. */
#include "input/simd_rows.h"

#ifdef HAVE_SIMD_AVX512

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
#define FIND_QUOTES find_quotes

static bool
is_available(void)
{
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vbmi2") != 0 &&
           __builtin_cpu_supports("bmi") != 0 && __builtin_cpu_supports("popcnt") != 0;
}

static const uint8_t numbers[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
};

SIMD_BEGIN("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi,popcnt")

static size_t
count_lines(const char *p, size_t n)
{
    const __m512i line_feed = _mm512_set1_epi8('\n');
    size_t lines = 0;
    for (; n >= 64; n -= 64, p += 64)
        lines += (size_t)__builtin_popcountll(_mm512_cmpeq_epi8_mask(_mm512_loadu_si512((const void *)p), line_feed));
    return lines + simd_count_rest(p, n);
}

static inline __m256i
load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline bool
head_fits(const struct shape_step *step, const char *p)
{
    return _mm256_mask_cmpneq_epi8_mask(step->bits, load(p), load(step->head)) == 0;
}

/* Where in a record of up to JSON_INDEXED_MAX bytes the quotes are, and behind them its length. False if there is
 * anything but plain text and quotes. May write 64 positions too many. */
static inline bool
find_quotes(struct sv record, uint16_t *at)
{
    const __m512i quote = _mm512_set1_epi8('"'), backslash = _mm512_set1_epi8('\\'), space = _mm512_set1_epi8(0x20);
    const __m512i places = _mm512_loadu_si512(numbers);
    uint64_t others = 0;
    for (size_t i = 0; i < record.n; i += 64) {
        const uint64_t mask = record.n - i < 64 ? (UINT64_C(1) << (record.n - i)) - 1 : UINT64_MAX;
        const __m512i x = _mm512_maskz_loadu_epi8(mask, record.p + i);
        const uint64_t quotes = _mm512_mask_cmpeq_epi8_mask(mask, x, quote);
        others |= _mm512_mask_cmpeq_epi8_mask(mask, x, backslash) | _mm512_mask_cmplt_epi8_mask(mask, x, space);
        const __m512i set = _mm512_maskz_compress_epi8(quotes, places);
        const __m512i start = _mm512_set1_epi16((short)i);
        const unsigned n = (unsigned)__builtin_popcountll(quotes);
        _mm512_storeu_si512(at, _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(set)), start));
        if (UNLIKELY(n > 32))
            _mm512_storeu_si512(at + 32,
                                _mm512_add_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(set, 1)), start));
        at += n;
    }
    *at = (uint16_t)record.n;
    return others == 0;
}

#include "input/json_walk.h"

SIMD_END

const struct simd simd_avx512 = {
    .name = "avx512",
    .is_available = is_available,
    .count_lines = count_lines,
    .json_walk = walk,
    .json_top_keys = top_keys,
};

#else

/* C wants something in every file. */
typedef int simd_avx512_unused;

#endif
