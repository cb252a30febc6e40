/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of simd.c and what decides whether they are compiled in. Only simd*.c includes this.
 *
 * A row beyond the architecture's minimum is compiled for its instructions between SIMD_BEGIN and SIMD_END, so that no
 * compiler flag can let them slip into code that runs everywhere. configure looks whether that works (HAVE_SIMD_AVX2,
 * HAVE_SIMD_AVX512).
 *
 * A row's file defines two functions, JSON_PLAIN and HEAD_FITS, and includes json_walk.h, which is the walk in terms of
 * them: it is compiled once per row, so that they are inlined. All that json_walk.h includes, but for json_string.h,
 * has to be included before SIMD_BEGIN. */
#ifndef AUTHSIFT_INPUT_SIMD_ROWS_H
#define AUTHSIFT_INPUT_SIMD_ROWS_H

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <stdint.h>

#include "input/simd.h"

extern const struct simd simd_portable;

/* Every x86-64 has SSE2. */
#if defined(__x86_64__) && defined(__SSE2__)
#define SIMD_SSE2 1
extern const struct simd simd_sse2;
#endif

#ifdef HAVE_SIMD_AVX2
extern const struct simd simd_avx2;
#endif

#ifdef HAVE_SIMD_AVX512
extern const struct simd simd_avx512;
#endif

/* Every AArch64 has NEON. */
#if defined(__aarch64__) && defined(__ARM_NEON)
#define SIMD_NEON 1
extern const struct simd simd_neon;
#endif

#define SIMD_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define SIMD_BEGIN(set) SIMD_PRAGMA(clang attribute push(__attribute__((target(set))), apply_to = function))
#define SIMD_END SIMD_PRAGMA(clang attribute pop)
#elif defined(__GNUC__)
#define SIMD_BEGIN(set) SIMD_PRAGMA(GCC push_options) SIMD_PRAGMA(GCC target(set))
#define SIMD_END SIMD_PRAGMA(GCC pop_options)
#else
#define SIMD_BEGIN(set)
#define SIMD_END
#endif

static inline bool
simd_always(void)
{
    return true;
}

/* Thirty-two bytes of which the first n (at most 32) are all ones and the others none. */
static inline const unsigned char *
simd_ones(size_t n)
{
    static const unsigned char ones[64] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    };
    return ones + (32 - n);
}

/* Line feeds among the few bytes that fill no vector. */
static inline size_t
simd_count_rest(const char *p, size_t n)
{
    size_t lines = 0;
    for (; n != 0; n--, p++)
        lines += *p == '\n';
    return lines;
}

#endif
