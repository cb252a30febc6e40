/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/sketch.h"

#include <stdlib.h>

#include "base/map.h"

static int
cmp(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Posts have few words: qsort's calls would cost more than the sorting. */
static void
sort_few(uint64_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint64_t x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

size_t
sketch_distinct(uint64_t *hash, size_t n)
{
    size_t left = 0;
    if (n <= 48)
        sort_few(hash, n);
    else
        qsort(hash, n, sizeof *hash, cmp);
    for (size_t i = 0; i < n; i++)
        if (left == 0 || hash[left - 1] != hash[i])
            hash[left++] = hash[i];
    return left;
}

/* ---- SimHash ---- */

uint64_t
sketch_simhash(const uint64_t *hash, size_t n)
{
    int32_t ones[64] = { 0 };
    uint64_t out = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned bit = 0; bit < 64; bit++)
            ones[bit] += (int32_t)(hash[i] >> bit & 1);
    for (unsigned bit = 0; bit < 64; bit++)
        if (2 * (int64_t)ones[bit] > (int64_t)n)
            out |= UINT64_C(1) << bit;
    return out;
}

/* Four blocks of 13 bits and one of 12. */
static uint32_t
block(uint64_t simhash, unsigned i)
{
    return (uint32_t)(simhash >> 13 * i) & (i < 4 ? 0x1fffu : 0xfffu);
}

void
sketch_simhash_keys(uint64_t simhash, uint32_t key[SKETCH_KEYS])
{
    unsigned n = 0;
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned k = i + 1; k < 5; k++) {
            key[n] = n << 26 | block(simhash, i) << 13 | block(simhash, k);
            n++;
        }
    }
}

/* ---- MinHash ---- */

/* Steele, Lea, Flood 2014. */
static uint64_t
splitmix64(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void
sketch_orders_init(struct sketch_orders *o)
{
    uint64_t state = 0;
    for (size_t i = 0; i < SKETCH_KEYS * SKETCH_ROWS; i++) {
        o->factor[i] = splitmix64(&state) | 1;
        o->addend[i] = splitmix64(&state);
    }
}

/* Words' hashes are random already, so a linear map mod 2^64 reorders them well enough; it is what makes fifty orders
 * affordable. */
static uint64_t
least(const uint64_t *hash, size_t n, uint64_t factor, uint64_t addend)
{
    uint64_t min = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        const uint64_t x = hash[i] * factor + addend;
        min = x < min ? x : min;
    }
    return min;
}

void
sketch_minhash_keys(const struct sketch_orders *o, const uint64_t *hash, size_t n, uint64_t key[SKETCH_KEYS])
{
    for (size_t band = 0; band < SKETCH_KEYS; band++) {
        uint64_t row[SKETCH_ROWS];
        for (size_t r = 0; r < SKETCH_ROWS; r++)
            row[r] = least(hash, n, o->factor[band * SKETCH_ROWS + r], o->addend[band * SKETCH_ROWS + r]);
        key[band] = hash64(sv_make((const char *)row, sizeof row)) >> 8 | (uint64_t)band << 56;
    }
}
