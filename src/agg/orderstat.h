/* SPDX-License-Identifier: Apache-2.0 */
/* A multiset of doubles that knows its k-th smallest: what a sliding median or percentile needs. Owned by one sweep.
 *
 * Sorted blocks of at most ORDERSTAT_BLOCK numbers, themselves in order: add and remove move at most one block, `kth`
 * walks the blocks' sizes. For n numbers that is about n / ORDERSTAT_BLOCK + ORDERSTAT_BLOCK steps over memory that
 * lies in a row, at the worst and whatever the order of arrival: a log cannot be written so that it gets slow, as a
 * search tree's could. */
#ifndef AUTHSIFT_AGG_ORDERSTAT_H
#define AUTHSIFT_AGG_ORDERSTAT_H

#include <stddef.h>

#include "base/vec.h"

#define ORDERSTAT_BLOCK 1024

struct orderstat_block {
    double *v; /* room for ORDERSTAT_BLOCK, sorted */
    size_t n;  /* never 0 */
};

struct orderstat {
    VEC(struct orderstat_block) blocks;
    size_t n; /* numbers in all blocks */
};

void orderstat_init(struct orderstat *o);
void orderstat_fini(struct orderstat *o);

/* x is no NaN. */
void orderstat_add(struct orderstat *o, double x);
/* x was added and not removed since. */
void orderstat_remove(struct orderstat *o, double x);
/* The k-th smallest from 0; k < o->n. */
double orderstat_kth(const struct orderstat *o, size_t k);

/* sigma-profile.md 13: percentile p in 0..100 by linear interpolation over the sorted numbers; NaN if none. */
double orderstat_percentile(const struct orderstat *o, double p);

#endif
