/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing. Removal shifts the followers back instead of leaving tombstones: a window that
 * slides for millions of hits removes as often as it adds, and tombstones would fill the table. */
#include "agg/distinct.h"

#include <assert.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

#define FIRST_SLOTS 16

void
distinct_init(struct distinct *d)
{
    memset(d, 0, sizeof *d);
}

void
distinct_fini(struct distinct *d)
{
    for (size_t i = 0; i < d->n_slots; i++)
        mem_free(d->slot[i].key);
    mem_free(d->slot);
    memset(d, 0, sizeof *d);
}

/* The slot that holds the value, or the free one where it belongs. */
static size_t
find(const struct distinct *d, struct sv value, uint64_t hash)
{
    size_t i = (size_t)hash & (d->n_slots - 1);
    while (d->slot[i].key != NULL) {
        const struct distinct_slot *s = &d->slot[i];
        if (s->hash == hash && sv_eq(sv_make(s->key, s->n), value))
            break;
        i = (i + 1) & (d->n_slots - 1);
    }
    return i;
}

static void
grow(struct distinct *d)
{
    struct distinct_slot *old = d->slot;
    const size_t n_old = d->n_slots;
    d->n_slots = n_old == 0 ? FIRST_SLOTS : 2 * n_old;
    d->slot = mem_zalloc(d->n_slots, sizeof *d->slot);
    for (size_t i = 0; i < n_old; i++)
        if (old[i].key != NULL)
            d->slot[find(d, sv_make(old[i].key, old[i].n), old[i].hash)] = old[i];
    mem_free(old);
}

bool
distinct_add(struct distinct *d, struct sv value)
{
    if (2 * (d->n + 1) > d->n_slots)
        grow(d);
    const uint64_t hash = hash64(value);
    struct distinct_slot *s = &d->slot[find(d, value, hash)];
    if (s->key != NULL) {
        s->refs++;
        return false;
    }
    *s = (struct distinct_slot){ mem_dup(value.p, value.n), value.n, hash, 1 };
    d->n++;
    return true;
}

/* Empties slot i and moves back whatever had been pushed past it. */
static void
erase(struct distinct *d, size_t i)
{
    const size_t mask = d->n_slots - 1;
    mem_free(d->slot[i].key);
    for (size_t j = (i + 1) & mask; d->slot[j].key != NULL; j = (j + 1) & mask) {
        const size_t home = (size_t)d->slot[j].hash & mask;
        if (((j - home) & mask) >= ((j - i) & mask)) {
            d->slot[i] = d->slot[j];
            i = j;
        }
    }
    memset(&d->slot[i], 0, sizeof d->slot[i]);
}

bool
distinct_remove(struct distinct *d, struct sv value)
{
    assert(d->n > 0);
    const size_t i = find(d, value, hash64(value));
    assert(d->slot[i].key != NULL);
    if (--d->slot[i].refs > 0)
        return false;
    erase(d, i);
    d->n--;
    return true;
}

uint64_t
distinct_refs(const struct distinct *d, struct sv value)
{
    return d->n == 0 ? 0 : d->slot[find(d, value, hash64(value))].refs;
}
