/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTHSIFT_BASE_BITS_H
#define AUTHSIFT_BASE_BITS_H

#include <stdint.h>

/* Index of the lowest bit that is set; x is not 0. */
static inline unsigned
bits_lowest(uint64_t x)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(x);
#else
    unsigned n = 0;
    for (; (x & 1) == 0; x >>= 1)
        n++;
    return n;
#endif
}

#endif
