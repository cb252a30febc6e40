/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the inventories: what one worker has seen since its last flush. Every event asks for two or three things among
 * tens of thousands, so what an answer costs is cache misses: an entry is a head, its text and its state, in this order
 * and with nothing between, so that comparing the text and touching the first part of the state are two or three lines;
 * and the slots hold enough of the hash that hardly ever a wrong entry is looked at. */
#ifndef AUTHSIFT_AGG_INV_TABLE_H
#define AUTHSIFT_AGG_INV_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/inv_state.h"
#include "base/arena.h"
#include "base/map.h"
#include "base/sv.h"
#include "base/vec.h"

/* Index of an inventory; its records stand behind those of all correlations: corr = number of correlations + index. */
enum { INVENTORY_APP, INVENTORY_SESSION, INVENTORIES };

/* Something seen: the head of its entry. Key and tie follow, then what is known of it. */
struct seen {
    uint64_t hash;
    uint32_t key_n;
    uint32_t tie_n;
    uint16_t inventory;
    uint16_t kind; /* apps: enum app_kind */
};

/* Texts of an app that the table has already: an app says the same few things again and again. By a hash of kind and
 * text; the newer text takes the place. */
#define KNOWN_TEXTS 16u
struct known_text {
    const char *p; /* in the table; NULL: nothing */
    uint32_t n;
    uint32_t kind;
};

/* What is known of an app. Of its other kinds, and of nothing else, there is no more to know than that they were seen;
 * of a session it is a struct session_state. */
struct seen_app {
    struct app_state state;
    struct known_text known[KNOWN_TEXTS];
};

/* Where an entry is: number of its page, then its distance from the page's start in units of 16 bytes. A pointer would
 * be twice as long, and an index into an array of pointers one more line to wait for. */
#define SEEN_UNIT 16u
#define SEEN_PAGE ((size_t)SEEN_UNIT << 16)

struct seen_page {
    char *p;
    size_t size; /* SEEN_PAGE, or that of its one entry */
};

struct seen_slot {
    uint32_t tag;   /* of the hash */
    uint32_t place; /* 1 + the place; 0: free */
};

struct seen_table {
    VEC(uint32_t) all; /* places, in the order in which they were first seen */
    VEC(struct seen_page) pages;
    size_t n_pages;         /* in use */
    size_t used;            /* bytes of the last of these */
    struct seen_slot *slot; /* a power of two of them, at most three quarters full: a cache line has eight */
    size_t n_slots;
    struct arena memory; /* for what shall live as long as the entries */
    size_t bytes;        /* of entries and what was kept */
};

void seen_init(struct seen_table *t);
void seen_fini(struct seen_table *t);
/* Forgets everything, keeps the memory. */
void seen_reset(struct seen_table *t);

static inline struct seen *
seen_at(const struct seen_table *t, uint32_t place)
{
    return (struct seen *)(void *)(t->pages.v[place >> 16].p + (size_t)(place & 0xffff) * SEEN_UNIT);
}

/* Its texts never move before the table is reset. */
static inline struct sv
seen_key(const struct seen *s)
{
    return sv_make((const char *)(s + 1), s->key_n);
}

static inline struct sv
seen_tie(const struct seen *s)
{
    return sv_make((const char *)(s + 1) + s->key_n, s->tie_n);
}

/* From the head to the state: the texts, up to the next address that is aligned for it. */
static inline size_t
seen_head_size(size_t texts)
{
    return (sizeof(struct seen) + texts + 7) & ~(size_t)7;
}

static inline void *
seen_state(const struct seen *s)
{
    return (char *)(uintptr_t)s + seen_head_size((size_t)s->key_n + s->tie_n);
}

/* The hash of a key and a tie whose own hashes (hash64) are known; different for every inventory and kind. */
static inline uint64_t
seen_hash(unsigned inventory, unsigned kind, uint64_t key_hash, uint64_t tie_hash)
{
    const uint64_t x = (key_hash + inventory * 16 + kind) * UINT64_C(0x9e3779b97f4a7c15) ^ tie_hash;
    return (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
}

/* An entry of this hash (0: none) will be asked for: brings near what tells where it is; later, the entry. */
void seen_expect(const struct seen_table *t, uint64_t hash);
void seen_expect_entry(const struct seen_table *t, uint64_t hash);

/* What is looked for; `hash` is the seen_hash of all of it. */
struct seen_wanted {
    uint64_t hash;
    unsigned inventory;
    unsigned kind;
    struct sv key;
    struct sv tie;
};

/* The entry of that name. If it is new, it has a state of so many bytes, all zero. */
struct seen *seen_enter(struct seen_table *t, const struct seen_wanted *wanted, size_t state_size, bool *is_new);

/* A text that lives as long as the entries. */
struct sv seen_keep(struct seen_table *t, struct sv text);

#endif
