/* SPDX-License-Identifier: Apache-2.0 */
/* What the rows for x86-64 share.
 *
 * All of them run over strings sixteen bytes at a time. Most strings end in the first sixteen, so wider vectors win
 * nothing there, and functions that use them pay for it with every call (they have to clear the upper halves of the
 * registers), which the walk of a line without a shape is full of. */
#ifndef AUTHSIFT_INPUT_SIMD_X86_H
#define AUTHSIFT_INPUT_SIMD_X86_H

#include <emmintrin.h>

#include "base/bits.h"

static inline __m128i
simd_load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* JSON_PLAIN of all these rows. */
static inline const char *
simd_plain16(const char *p)
{
    for (;; p += 16) {
        const __m128i x = simd_load16(p);
        const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
        /* Compared as signed numbers, what is not ASCII is below 0x20 too. */
        const __m128i other = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20));
        const unsigned stops = (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), other));
        if (stops != 0)
            return p + bits_lowest(stops);
    }
}

#endif
