/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea, Flood 2014). */
#ifndef AUTHSIFT_GEN_RNG_H
#define AUTHSIFT_GEN_RNG_H

#include <math.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

static inline uint64_t
rng_next(struct rng *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 <= x < n; n > 0. */
static inline uint32_t
rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

/* 0 <= x < 1. */
static inline double
rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline int
rng_chance(struct rng *r, double p)
{
    return rng_unit(r) < p;
}

/* Zipf-Mandelbrot rank in [0, n): density ~ 1/(rank + shift), by inversion of the continuous law. The shift keeps the
 * first ranks from being everything. */
static inline uint32_t
rng_zipf(struct rng *r, uint32_t n, double shift)
{
    const double x = shift * (exp(rng_unit(r) * log((n + shift) / shift)) - 1);
    return x < n ? (uint32_t)x : n - 1;
}

#endif
