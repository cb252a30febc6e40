/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, over slots that are rebuilt from the entries when they grow. Nothing is ever
 * removed but everything at once. */
#include "agg/inv_table.h"

#include <assert.h>
#include <string.h>

#include "agg/store.h"

#define SLOTS_MIN ((size_t)1024)

void
seen_init(struct seen_table *t)
{
    *t = (struct seen_table){ .all = VEC_INIT, .pages = VEC_INIT, .memory = ARENA_INIT };
}

void
seen_fini(struct seen_table *t)
{
    for (size_t i = 0; i < t->pages.n; i++)
        mem_free(t->pages.v[i].p);
    vec_fini(&t->pages);
    vec_fini(&t->all);
    mem_free(t->slot);
    arena_fini(&t->memory);
    seen_init(t);
}

/* Pages of unusual size are of no use to others. */
static void
empty_pages(struct seen_table *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->pages.n; i++)
        if (t->pages.v[i].size == SEEN_PAGE)
            t->pages.v[n++] = t->pages.v[i];
        else
            mem_free(t->pages.v[i].p);
    t->pages.n = n;
    t->n_pages = t->used = 0;
}

void
seen_reset(struct seen_table *t)
{
    empty_pages(t);
    t->all.n = 0;
    t->bytes = 0;
    if (t->n_slots != 0)
        memset(t->slot, 0, t->n_slots * sizeof *t->slot);
    arena_reset(&t->memory);
}

static uint32_t
tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static void
grow_slots(struct seen_table *t)
{
    const size_t n_slots = t->n_slots != 0 ? t->n_slots * 2 : SLOTS_MIN;
    mem_free(t->slot);
    t->slot = mem_zalloc(n_slots, sizeof *t->slot);
    t->n_slots = n_slots;
    for (size_t k = 0; k < t->all.n; k++) {
        const uint64_t hash = seen_at(t, t->all.v[k])->hash;
        size_t i = (size_t)hash & (n_slots - 1);
        while (t->slot[i].place != 0)
            i = (i + 1) & (n_slots - 1);
        t->slot[i] = (struct seen_slot){ tag_of(hash), t->all.v[k] + 1 };
    }
}

/* Names are some tens of bytes: comparing them eight at a time costs less than a call. */
static inline bool
are_bytes_same(const char *a, const char *b, size_t n)
{
    uint64_t x;
    uint64_t y;
    if (n < sizeof x)
        return memcmp(a, b, n) == 0;
    for (size_t i = 0; i < n; i += sizeof x) {
        const size_t at = i + sizeof x <= n ? i : n - sizeof x;
        memcpy(&x, a + at, sizeof x);
        memcpy(&y, b + at, sizeof y);
        if (x != y)
            return false;
    }
    return true;
}

static inline bool
is_same(const struct seen *s, const struct seen_wanted *wanted)
{
    const char *text = (const char *)(s + 1);
    return s->hash == wanted->hash && s->inventory == wanted->inventory && s->kind == wanted->kind &&
           s->key_n == wanted->key.n && s->tie_n == wanted->tie.n &&
           are_bytes_same(text, wanted->key.p, wanted->key.n) &&
           are_bytes_same(text + s->key_n, wanted->tie.p, wanted->tie.n);
}

/* The slot of what is wanted, or the free one where it belongs. */
static inline struct seen_slot *
find_slot(const struct seen_table *t, const struct seen_wanted *wanted)
{
    const uint32_t tag = tag_of(wanted->hash);
    size_t i = (size_t)wanted->hash & (t->n_slots - 1);
    for (; t->slot[i].place != 0; i = (i + 1) & (t->n_slots - 1))
        if (t->slot[i].tag == tag && is_same(seen_at(t, t->slot[i].place - 1), wanted))
            break;
    return &t->slot[i];
}

void
seen_expect(const struct seen_table *t, uint64_t hash)
{
    if (hash != 0 && t->n_slots != 0)
        STORE_PREFETCH(&t->slot[(size_t)hash & (t->n_slots - 1)]);
}

void
seen_expect_entry(const struct seen_table *t, uint64_t hash)
{
    const uint32_t tag = tag_of(hash);
    if (hash == 0 || t->n_slots == 0)
        return;
    size_t i = (size_t)hash & (t->n_slots - 1);
    while (t->slot[i].place != 0 && t->slot[i].tag != tag)
        i = (i + 1) & (t->n_slots - 1);
    if (t->slot[i].place == 0)
        return;
    const char *entry = (const char *)seen_at(t, t->slot[i].place - 1);
    STORE_PREFETCH(entry);
    STORE_PREFETCH(entry + 64);
    STORE_PREFETCH(entry + 128);
}

struct sv
seen_keep(struct seen_table *t, struct sv text)
{
    t->bytes += text.n;
    return arena_sv(&t->memory, text);
}

/* A page for n bytes becomes the last one in use: a spare one, or a new one in its place. */
static void
next_page(struct seen_table *t, size_t n)
{
    const bool is_spare = t->n_pages < t->pages.n;
    if (!is_spare || n > SEEN_PAGE) {
        const struct seen_page fresh = { mem_alloc(n > SEEN_PAGE ? n : SEEN_PAGE), n > SEEN_PAGE ? n : SEEN_PAGE };
        vec_push(&t->pages, fresh);
        t->pages.v[t->pages.n - 1] = t->pages.v[t->n_pages];
        t->pages.v[t->n_pages] = fresh;
    }
    assert(t->n_pages < UINT16_MAX);
    t->n_pages++;
    t->used = 0;
}

/* Room for an entry of n bytes; returns its place. */
static uint32_t
take_place(struct seen_table *t, size_t n)
{
    n = (n + SEEN_UNIT - 1) / SEEN_UNIT * SEEN_UNIT;
    if (t->n_pages == 0 || t->pages.v[t->n_pages - 1].size - t->used < n)
        next_page(t, n);
    const uint32_t place = (uint32_t)((t->n_pages - 1) << 16 | t->used / SEEN_UNIT);
    t->used += n;
    t->bytes += n;
    return place;
}

static uint32_t
add(struct seen_table *t, const struct seen_wanted *wanted, size_t state_size)
{
    const size_t head = seen_head_size(wanted->key.n + wanted->tie.n);
    const uint32_t place = take_place(t, head + state_size);
    struct seen *s = seen_at(t, place);
    char *text = (char *)(s + 1);
    *s = (struct seen){ .hash = wanted->hash,
                        .key_n = (uint32_t)wanted->key.n,
                        .tie_n = (uint32_t)wanted->tie.n,
                        .inventory = (uint16_t)wanted->inventory,
                        .kind = (uint16_t)wanted->kind };
    memcpy(text, wanted->key.p, wanted->key.n);
    memcpy(text + wanted->key.n, wanted->tie.p, wanted->tie.n);
    memset((char *)s + head, 0, state_size);
    vec_push(&t->all, place);
    return place;
}

struct seen *
seen_enter(struct seen_table *t, const struct seen_wanted *wanted, size_t state_size, bool *is_new)
{
    assert(wanted->key.n <= UINT32_MAX && wanted->tie.n <= UINT32_MAX);
    if ((t->all.n + 1) * 4 > t->n_slots * 3)
        grow_slots(t);
    struct seen_slot *slot = find_slot(t, wanted);
    *is_new = slot->place == 0;
    if (*is_new)
        *slot = (struct seen_slot){ tag_of(wanted->hash), add(t, wanted, state_size) + 1 };
    return seen_at(t, slot->place - 1);
}
