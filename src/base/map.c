/* SPDX-License-Identifier: Apache-2.0 */
/* Hash map: dense entries in order of insertion, and open addressing over their indices.
 *
 * The table of slots holds 1 + index, is never more than half full, and is rebuilt from the entries' stored hashes when
 * it grows; probing is linear. Nothing can be removed, so there are no tombstones.
 */
#include "base/map.h"

#include <assert.h>
#include <xxhash.h>

#include "base/mem.h"

uint64_t
hash64(struct sv s)
{
    return XXH3_64bits(s.n != 0 ? s.p : "", s.n);
}

void
map_init(struct map *m)
{
    *m = (struct map){ .keys = ARENA_INIT };
}

void
map_fini(struct map *m)
{
    mem_free(m->entry);
    mem_free(m->slot);
    arena_fini(&m->keys);
    map_init(m);
}

void
map_reset(struct map *m)
{
    m->n = 0;
    if (m->n_slots != 0)
        memset(m->slot, 0, m->n_slots * sizeof *m->slot);
    arena_reset(&m->keys);
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t
find_slot(const struct map *m, struct sv key, uint64_t hash)
{
    size_t i = (size_t)hash & (m->n_slots - 1);
    for (; m->slot[i] != 0; i = (i + 1) & (m->n_slots - 1)) {
        const struct map_entry *e = &m->entry[m->slot[i] - 1];
        if (e->hash == hash && sv_eq(e->key, key))
            break;
    }
    return i;
}

static void
grow_slots(struct map *m)
{
    const size_t n_slots = m->n_slots != 0 ? m->n_slots * 2 : 16;
    mem_free(m->slot);
    m->slot = mem_zalloc(n_slots, sizeof *m->slot);
    m->n_slots = n_slots;
    for (size_t k = 0; k < m->n; k++) {
        size_t i = (size_t)m->entry[k].hash & (n_slots - 1);
        while (m->slot[i] != 0)
            i = (i + 1) & (n_slots - 1);
        m->slot[i] = (uint32_t)k + 1;
    }
}

static void
grow_entries(struct map *m)
{
    m->cap = m->cap != 0 ? m->cap + m->cap / 2 : 8;
    m->entry = mem_resize(m->entry, m->cap, sizeof *m->entry);
}

size_t
map_put(struct map *m, struct sv key, uint32_t value, bool *is_new)
{
    const uint64_t hash = hash64(key);
    if ((m->n + 1) * 2 > m->n_slots)
        grow_slots(m);
    const size_t i = find_slot(m, key, hash);
    if (is_new != NULL)
        *is_new = m->slot[i] == 0;
    if (m->slot[i] != 0)
        return m->slot[i] - 1;
    assert(m->n < UINT32_MAX - 1);
    if (m->n == m->cap)
        grow_entries(m);
    m->entry[m->n] = (struct map_entry){ arena_sv(&m->keys, key), hash, value };
    m->slot[i] = (uint32_t)++m->n;
    return m->n - 1;
}

struct map_entry *
map_get(const struct map *m, struct sv key)
{
    if (m->n == 0)
        return NULL;
    const size_t i = find_slot(m, key, hash64(key));
    return m->slot[i] != 0 ? &m->entry[m->slot[i] - 1] : NULL;
}
