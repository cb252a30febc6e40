/* SPDX-License-Identifier: Apache-2.0 */
/* Likeness of texts as equality of keys, so that "nearly the same" becomes a group-by. A text is a set of words, given
 * as the hashes of its different words. Pure functions, no state.
 *
 * SimHash (Charikar 2002; 64 bits and distance <= 3: Manku, Jain, Das Sarma 2007): bit i is the sign of the sum over
 * the words of +1 where the word's hash has bit i, else -1. The expected distance of two texts is 64 * angle / pi, so
 * distance 3 means a cosine of 0.989: the same text but for a word in fifty. Pigeonhole: 3 changed bits spoil at most
 * three of five blocks, so two of the blocks agree, whichever they are; ten keys, one for each pair of blocks.
 *
 * MinHash (Broder 1997): the probability that two sets have the same minimum under a random order is their Jaccard
 * likeness J. A band is SKETCH_ROWS minima; at least one of SKETCH_KEYS bands agrees with probability
 * 1 - (1 - J^5)^10: 0.999 at J = 0.9, 0.98 at 0.8, 0.27 at 0.5, 0.02 at 0.3. */
#ifndef AUTHSIFT_ENRICH_SKETCH_H
#define AUTHSIFT_ENRICH_SKETCH_H

#include <stddef.h>
#include <stdint.h>

enum { SKETCH_KEYS = 10, SKETCH_ROWS = 5 };

/* Sorts the hashes and drops repetitions; returns how many are left. */
size_t sketch_distinct(uint64_t *hash, size_t n);

/* A bit is 0 where the sum is 0. */
uint64_t sketch_simhash(const uint64_t *hash, size_t n);

/* Keys of different pairs of blocks are never equal: the pair's number (0..9) is in bits 26 to 29. */
void sketch_simhash_keys(uint64_t simhash, uint32_t key[SKETCH_KEYS]);

/* The orders that MinHash sorts by: the same in every run. */
struct sketch_orders {
    uint64_t factor[SKETCH_KEYS * SKETCH_ROWS]; /* odd */
    uint64_t addend[SKETCH_KEYS * SKETCH_ROWS];
};
void sketch_orders_init(struct sketch_orders *o);

/* Keys of different bands are never equal: the band is in the highest byte. n >= 1. */
void sketch_minhash_keys(const struct sketch_orders *o, const uint64_t *hash, size_t n, uint64_t key[SKETCH_KEYS]);

#endif
