/* SPDX-License-Identifier: Apache-2.0 */
/* The wanted paths of one source, in the shape in which a document is walked.
 *
 * A node is a position in one or more dotted paths; an edge is a *key of the log* that leads from one position to
 * another. The path a.b.c may be spelled in the log as {"a.b.c":…}, {"a.b":{"c":…}}, {"a":{"b.c":…}} or
 * {"a":{"b":{"c":…}}}, so every node has an edge to each of its descendants, labelled with the segments in between.
 * Where a document holds several spellings, the rank says which wins: a longer first key before a shorter one, then
 * the second key, and so on; and a key found only by leaving out its blanks loses against all that are spelled
 * exactly.
 *
 * Nodes that end a path have a *slot*, where the walk puts the value. Slots are numbered in depth-first order: those
 * below a node are one range, so a walk can set aside everything below an array and put the members together.
 *
 * Built by one thread; after trie_freeze immutable and shared. */
#ifndef AUTHSIFT_INPUT_TRIE_H
#define AUTHSIFT_INPUT_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"
#include "base/vec.h"
#include "input/swar.h"

#define SLOT_NONE UINT32_MAX

/* Set while every key on the way was spelled exactly. The bits below say where the path was cut into keys. */
#define RANK_EXACT 0x8000u

/* Segments of a path that may be keys of their own; the last one takes the rest. */
#define TRIE_SEGMENTS_MAX 15

struct trie_edge {
    uint64_t head, tail; /* the first and the last 8 bytes of the key (all of it and 0, if it is shorter than 8) */
    const char *key;
    uint32_t n;
    uint32_t node;
    uint16_t rank; /* to be or-ed to the rank of the way here */
};

struct trie_node {
    uint32_t slot;              /* SLOT_NONE if no path ends here */
    uint32_t slot_lo, slot_hi;  /* slots of this node and of all below it */
    uint32_t table, table_mask; /* hash table of edges, in trie.table */
    uint32_t n_edges;
    bool blank_keys; /* some edge's key has a blank in it */
};

struct trie {
    struct trie_node *node; /* 0 is the root */
    struct trie_edge *edge;
    uint32_t *table; /* 1 + index of an edge; 0 = free */
    size_t n_nodes, n_edges, n_slots;
    bool fold;              /* keys are folded to lower case (ASCII) before they are looked up */
    struct trie_plan *plan; /* while it is built */
    struct arena arena;
};

struct trie *trie_new(bool fold);
void trie_free(struct trie *t);

/* Adds a path; returns the node that ends it. The same path gives the same node. */
uint32_t trie_add(struct trie *t, struct sv path);

/* Numbers the slots and makes the edges. Nothing may be added afterwards. */
void trie_freeze(struct trie *t);

struct trie_words {
    uint64_t head, tail;
};

/* Reads up to 8 bytes behind the key. */
static inline struct trie_words
trie_words(const char *key, size_t n)
{
    if (n >= 8)
        return (struct trie_words){ swar_load(key), swar_load(key + n - 8) };
    const uint64_t mask = (UINT64_C(1) << (8 * n)) - 1;
    return (struct trie_words){ swar_load(key) & mask, 0 };
}

static inline uint32_t
trie_hash(struct trie_words w, size_t n)
{
    const uint64_t h = (w.head ^ (w.tail + n) * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(h >> 36);
}

/* The edge of a key (8 readable bytes behind it), or NULL. */
static inline const struct trie_edge *
trie_find(const struct trie *t, const struct trie_node *node, const char *key, size_t n)
{
    const struct trie_words w = trie_words(key, n);
    const uint32_t *table = t->table + node->table;
    for (uint32_t i = trie_hash(w, n);; i++) {
        const uint32_t at = table[i & node->table_mask];
        if (at == 0)
            return NULL;
        const struct trie_edge *e = &t->edge[at - 1];
        if (e->head == w.head && e->tail == w.tail && e->n == n && (n <= 16 || memcmp(e->key, key, n) == 0))
            return e;
    }
}

/* Copies a key into `a` with blanks left out and, if fold, in lower case, padded for trie_find. */
struct sv trie_key(struct arena *a, struct sv key, bool fold, bool keep_blanks);

static inline bool
trie_has_blank(struct sv key)
{
    return key.n != 0 && memchr(key.p, ' ', key.n) != NULL;
}

#endif
