/* SPDX-License-Identifier: Apache-2.0 */
/* Many literals in one pass of vector instructions: the algorithm known as Teddy (from Intel's Hyperscan; Wang et al.,
 * "Hyperscan: A Fast Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019).
 *
 * Of each literal four bytes are chosen, its *window*; literals may share one. Windows are put into eight buckets. For
 * each of the four places and each half of a byte a table of 16 entries says in which buckets such a half occurs at
 * that place. One shuffle looks up 32 bytes of the text in such a table, and the AND of eight look-ups leaves the
 * places where a window of some bucket may stand. There a hash table of the windows decides, and then the literals are
 * compared.
 *
 * Where AVX-512 VBMI is at hand one permutation looks up 64 bytes in a table of 64 entries: six bits of a byte tell all
 * that the search needs (its case does not count, and what is not ASCII may be taken for ASCII), so half the look-ups
 * do for twice the bytes.
 *
 * The time hardly depends on the number of literals as long as few places are candidates. How many that will be is
 * estimated beforehand: where eight buckets are too few, the text is searched twice or more, with eight others each
 * time; where even that would be bad (hundreds of literals that have little in common), gram.c searches in its own way.
 */
#ifndef AUTHSIFT_MATCH_TEDDY_H
#define AUTHSIFT_MATCH_TEDDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "match/literals.h"
#include "match/text.h"

#define TEDDY_WINDOW 4 /* bytes; a literal must have as many */

/* A window, folded, and its literals: entry[first .. first + n). */
struct teddy_slot {
    uint32_t window;
    uint32_t first;
    uint32_t n; /* 0: the slot is free */
};

/* The literal stands `back` bytes before the window. */
struct teddy_entry {
    uint32_t lit;
    uint32_t back;
};

/* Eight buckets. */
struct teddy_table {
    unsigned char low[TEDDY_WINDOW][16]; /* per place and lower half of a byte: a bit per bucket */
    unsigned char high[TEDDY_WINDOW][16];
    unsigned char symbol[TEDDY_WINDOW][64]; /* the same per six bits of a byte */
};

#define TEDDY_TABLES_MAX 4

struct teddy {
    struct teddy_table table[TEDDY_TABLES_MAX];
    size_t n_tables; /* 0: not to be used */
    bool wide;       /* teddy_is_wide; a test may take it away */
    struct teddy_slot *slot;
    unsigned shift; /* of the hash, to the index of a slot */
    struct teddy_entry *entry;
    size_t n_windows;
};

/* A window as it is looked up: folded. */
static inline uint32_t
teddy_window(const char *p)
{
    return text_load4(p) | UINT32_C(0x20202020);
}

/* Index of the slot where the search for a window begins. */
static inline uint32_t
teddy_slot_of(const struct teddy *t, uint32_t window)
{
    return window * UINT32_C(0x9e3779b1) >> t->shift;
}

/* Can this machine run it? And by 64 bytes at a time? */
bool teddy_is_supported(void);
bool teddy_is_wide(void);

/* For the literals whose anchor is GRAM_ANYWHERE, all of at least TEDDY_WINDOW bytes. Tables are in the arena. True
 * if it is worth using. */
bool teddy_build(struct teddy *t, struct arena *arena, const struct gram_literal *lit, size_t n_lits);

/* Calls found for every occurrence of one of them, maybe several times; `lit` is the array of teddy_build. The text
 * has at least TEDDY_WINDOW bytes. Only if supported and built. */
void teddy_scan(const struct teddy *t, const struct gram_literal *lit, struct sv text, gram_found_fn *found, void *ctx);

#endif
