/* SPDX-License-Identifier: Apache-2.0 */
#include "input/simd.h"

#include "input/simd_rows.h"

/* Slowest first. */
static const struct simd *const rows[] = {
    &simd_portable,
#ifdef SIMD_SSE2
    &simd_sse2,
#endif
#ifdef HAVE_SIMD_AVX2
    &simd_avx2,
#endif
#ifdef HAVE_SIMD_AVX512
    &simd_avx512,
#endif
#ifdef SIMD_NEON
    &simd_neon,
#endif
};

const struct simd *
simd_available(size_t i)
{
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
        if (rows[row]->is_available() && i-- == 0)
            return rows[row];
    return NULL;
}

const struct simd *
simd_best(void)
{
    const struct simd *best = &simd_portable;
    const struct simd *row;
    for (size_t i = 0; (row = simd_available(i)) != NULL; i++)
        best = row;
    return best;
}

const struct simd *
simd_find(struct sv name)
{
    const struct simd *row;
    for (size_t i = 0; (row = simd_available(i)) != NULL; i++)
        if (sv_eq(name, sv_of(row->name)))
            return row;
    return NULL;
}
