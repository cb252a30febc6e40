/* SPDX-License-Identifier: Apache-2.0 */
/* HyperLogLog: how many different values, in 16 KiB at most, with a standard error of 1.04 / sqrt(2^14) = 0.81 %
 * (Flajolet, Fusy, Gandouet, Meunier 2007; 64-bit hashes as in Heule, Nunkesser, Hall 2013). The estimator is Ertl's
 * (2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which has no bias that needs
 * tables, small and large numbers alike.
 *
 * Few values are kept as a list, so that a million groups of a handful each stay small. */
#ifndef AUTHSIFT_QUERY_HLL_H
#define AUTHSIFT_QUERY_HLL_H

#include <stdint.h>

#include "base/codec.h"

#define HLL_BITS 14u
#define HLL_REGISTERS (1u << HLL_BITS)
#define HLL_ERROR 0.0081 /* standard error, relative */

struct pool;

struct hll {
    uint8_t *reg;   /* HLL_REGISTERS, or NULL while it is a list */
    uint32_t *list; /* index << 8 | rank, unsorted, each index once */
    uint32_t n;
    uint32_t cap;
};

void hll_add(struct hll *h, uint64_t hash, struct pool *pool);
void hll_put(const struct hll *h, struct buf *b);
void hll_merge(struct hll *h, struct reader *r, struct pool *pool);
double hll_estimate(const struct hll *h);

#endif
