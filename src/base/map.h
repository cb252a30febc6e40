/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map from bytes to a 32-bit number, and interning built on it. Keys are copied into the map. Not thread-safe for
 * writers; a map that no longer changes may be read by all threads. Iteration is by insertion (dense indices), so
 * nothing that is printed depends on hash order. */
#ifndef AUTHSIFT_BASE_MAP_H
#define AUTHSIFT_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"

struct map_entry {
    struct sv key; /* owned by the map; a NUL follows it */
    uint64_t hash;
    uint32_t value;
};

struct map {
    struct map_entry *entry; /* in order of insertion */
    size_t n;
    size_t cap;
    uint32_t *slot; /* 1 + index into entry, 0 = free; size is a power of two */
    size_t n_slots;
    struct arena keys;
};

void map_init(struct map *m);
void map_fini(struct map *m);
/* Forgets all entries, keeps the memory. */
void map_reset(struct map *m);

/* Index of key, which is added with `value` if it is new; *is_new (may be NULL) says which. The index is stable. */
size_t map_put(struct map *m, struct sv key, uint32_t value, bool *is_new);

/* The entry of key, or NULL. Valid until the next map_put. */
struct map_entry *map_get(const struct map *m, struct sv key);

/* XXH3 64-bit of s: the hash of maps, partitions and finding ids (the last makes it a format: never change it). */
uint64_t hash64(struct sv s);

/* Interning: text <-> dense id, 0 for the first. */
static inline uint32_t
intern(struct map *m, struct sv text)
{
    return (uint32_t)map_put(m, text, (uint32_t)m->n, NULL);
}

static inline struct sv
intern_text(const struct map *m, uint32_t id)
{
    return m->entry[id].key;
}

#endif
