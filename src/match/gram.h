/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many literals are in this text? The multi-pattern half of candidate selection.
 *
 * A literal is found by four of its bytes (a *gram*): a text is sampled, each sample is looked up in a small bitmap,
 * and only where it hits is a literal compared. Literals that stand at the start or the end of a text are looked for
 * there only. For the others, if each has at least s + 3 bytes, sampling every s-th position suffices when s
 * consecutive grams of each are known; so long literals are kept apart from short ones and are searched in big steps.
 * Grams of short ones have three bytes: more false alarms, and half the samples.
 *
 * Which grams of a literal: those that the fewest other literals have, because rules resemble one another (`\cmd.exe`,
 * `\net.exe` ...), and among these the ones that are rare in logs.
 *
 * Where vector instructions and the literals allow it, those that stand anywhere are searched for in another way
 * (teddy.h); measured on lines of logs it is three to six times as fast.
 *
 * Why not an Aho-Corasick automaton: it reads every byte, its tables for thousands of literals leave the cache, and
 * building them takes longer than a whole nightly run of a small log.
 */
#ifndef AUTHSIFT_MATCH_GRAM_H
#define AUTHSIFT_MATCH_GRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"
#include "match/literals.h"
#include "match/teddy.h"

#define GRAM_SIZE 4 /* a literal must have as many bytes */

/* "Literal `lit` may stand `back` bytes before the gram." */
struct gram_entry {
    uint32_t gram;
    uint32_t lit;
    uint32_t back;
};

struct gram_table {
    uint64_t *filter;          /* bits by hash of the gram */
    unsigned filter_shift;
    uint32_t *bucket;          /* entry[bucket[h] .. bucket[h + 1]) */
    unsigned bucket_shift;
    struct gram_entry *entry;
    size_t n_entries;          /* 0: the table is empty, the other members are unset */
    size_t stride;             /* START, END: 1 */
    size_t size;               /* of a gram */
    uint32_t mask;             /* its bytes, in a word as loaded */
    uint32_t offsets;          /* START, END: bit n: some gram is n bytes from that side */
};

struct gram {
    struct gram_literal *lit;
    size_t n_lits;
    struct gram_table start, end, brief, ample; /* ample: literals long enough for big steps */
    struct teddy teddy;
    bool use_teddy; /* instead of brief and ample */
};

/* `lit` is borrowed and must live as long as g; tables are in the arena. vectors: may use vector instructions. */
void gram_build(struct gram *g, struct arena *arena, struct gram_literal *lit, size_t n, bool vectors);

/* Does any literal stand at the start or the end of its text? */
static inline bool
gram_is_anchored(const struct gram *g)
{
    return g->start.n_entries != 0 || g->end.n_entries != 0;
}

/* Calls found(ctx, literal) for every occurrence of a literal in text, maybe several times for one. */
void gram_scan(const struct gram *g, struct sv text, gram_found_fn *found, void *ctx);

#endif
