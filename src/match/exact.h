/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many "equals" predicates does this value satisfy? One hash table per field for texts, one for numbers and
 * one for networks (an address equals a network in its first bits), so that the cost does not depend on how many
 * values rules ask for. Built once, then read by all threads. */
#ifndef AUTHSIFT_MATCH_EXACT_H
#define AUTHSIFT_MATCH_EXACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ir/program.h"

/* A value that rules ask for, and who asks. */
struct exact_key {
    struct sv text; /* lower-case; of a network: the 16 bytes of its address, then one of its length */
    uint64_t hash;  /* of the text, or the bits of the number */
    uint32_t first; /* exact.preds[first .. first + n) */
    uint32_t n;
    bool cased; /* some of them want the case as it is written */
};

/* Most values are no key: part of the hash beside the index says so without a look at the key. */
struct exact_slot {
    uint32_t tag;
    uint32_t key; /* 1 + index into key; 0: free */
};

struct exact {
    struct exact_key *key;
    uint32_t n_keys;
    struct exact_slot *slot; /* a power of two of them, at most half full */
    uint32_t mask;
    uint64_t lengths; /* bit n: a text of n bytes is asked for (63: and more) */
    uint8_t *prefix;  /* networks: the lengths that occur, each once */
    size_t n_prefixes;
    pred_id *preds;
    size_t n_preds;
};

/* For predicates of one kind: of op EQ, or CIDR, or of op NUMBER that compare EQ with the number itself. Memory is in
 * the arena. */
void exact_build(struct exact *x, struct arena *arena, const struct program *program, const pred_id *preds, size_t n);

/* The key of a text, in which a cased predicate may still differ; NULL if nobody asks for it. */
const struct exact_key *exact_find_text(const struct exact *x, struct sv text);
const struct exact_key *exact_find_number(const struct exact *x, double number);
/* Asks for the network of prefix[i] bits that the address is in. */
const struct exact_key *exact_find_network(const struct exact *x, const unsigned char address[16], size_t i);

#endif
