/* SPDX-License-Identifier: Apache-2.0 */
/* A group's hits in order, without repeated deliveries.
 *
 * Most groups are one record, or have uids that never repeat. So that the rest is right too, a group of several
 * records is walked once before it is swept: a table from uid to the latest record that has it gives every record its
 * event, drops hits that a rule made of the same event before, and links the hits that other rules made of other
 * deliveries of the event (companions). Chained hits are events of their own and have no uid.
 */
#include "agg/group.h"

#include <assert.h>

#include "agg/sweep.h"
#include "base/codec.h"
#include "base/map.h"

static void
read_key(struct group *g)
{
    struct reader r = reader_of(g->first.key);
    g->key.n = 0;
    while (r.p != r.end && !r.bad)
        vec_push(&g->key, get_bytes(&r));
}

static void
reserve(struct group *g, size_t n)
{
    size_t n_slots = 16;
    while (n_slots < 2 * n)
        n_slots *= 2;
    vec_reserve(&g->event, n);
    vec_reserve(&g->before, n);
    vec_reserve(&g->dropped, n);
    vec_reserve(&g->last_of_event, n);
    vec_reserve(&g->slots, n_slots);
    memset(g->slots.v, 0, n_slots * sizeof *g->slots.v);
    g->n_slots = n_slots;
}

/* The slot of a uid, or the free one where it belongs. */
static struct uid_slot *
find_uid(const struct group *g, struct sv uid)
{
    const uint64_t hash = hash64(uid);
    const uint32_t tag = (uint32_t)(hash >> 32);
    size_t i = (size_t)hash & (g->n_slots - 1);
    for (; g->slots.v[i].last != 0; i = (i + 1) & (g->n_slots - 1)) {
        if (g->slots.v[i].tag != tag)
            continue;
        struct record r;
        record_at(g->entry[g->slots.v[i].last - 1].record, &r);
        if (sv_eq(r.uid, uid))
            break;
    }
    g->slots.v[i].tag = tag;
    return &g->slots.v[i];
}

static bool
is_same_place(struct place a, struct place b)
{
    return a.file == b.file && a.line == b.line;
}

/* Did the same rule hit an event of this uid before? The chain holds at most one hit per rule. */
static bool
is_repeated(const struct group *g, uint32_t last, uint32_t pos)
{
    for (uint32_t i = last; i != 0; i = g->before.v[i - 1]) {
        struct record r;
        record_at(g->entry[i - 1].record, &r);
        if (r.pos == pos)
            return true;
    }
    return false;
}

static void
mark_uid(struct group *g, uint32_t i, const struct record *r, uint32_t *n_events, const uint32_t *same_line)
{
    struct uid_slot *slot = find_uid(g, r->uid);
    uint32_t event;
    if (slot->last != 0) {
        event = g->event.v[slot->last - 1];
        if (same_line == NULL)
            g->has_spread = true;
    } else {
        event = same_line != NULL ? *same_line : (*n_events)++;
    }
    g->event.v[i] = event;
    if (is_repeated(g, slot->last, r->pos)) {
        g->dropped.v[i] = 1;
        if ((r->flags & RECORD_PRIMARY) != 0)
            g->duplicates[r->pos]++;
        return;
    }
    g->before.v[i] = slot->last;
    slot->last = i + 1;
    g->last_of_event.v[event] = i + 1;
}

/* Gives each record its event. */
static void
mark_records(struct group *g)
{
    assert(g->n < UINT32_MAX);
    reserve(g, g->n);
    struct place line = g->first.at; /* of the latest hit of a rule: hits of the same line may have chained ones between them */
    uint32_t line_event = 0, n_events = 0;
    bool has_line = false;
    for (uint32_t i = 0; i < g->n; i++) {
        struct record r;
        record_at(g->entry[i].record, &r);
        const bool is_chained = (r.flags & RECORD_CHAINED) != 0;
        const bool same_line = has_line && !is_chained && is_same_place(r.at, line);
        g->before.v[i] = 0;
        g->dropped.v[i] = 0;
        g->last_of_event.v[i] = 0;
        if (r.uid.n != 0)
            mark_uid(g, i, &r, &n_events, same_line ? &line_event : NULL);
        else
            g->event.v[i] = same_line ? line_event : n_events++;
        if (is_chained)
            continue;
        has_line = true;
        line = r.at;
        line_event = g->event.v[i];
    }
}

void
group_open(struct group *g, const struct entry *e, size_t n, struct arena *arena, uint64_t *duplicates)
{
    g->entry = e;
    g->n = n;
    g->i = 0;
    g->arena = arena;
    g->duplicates = duplicates;
    g->has_spread = false;
    record_at(e[0].record, &g->first);
    read_key(g);
    if (n > 1)
        mark_records(g);
}

void
group_fini(struct group *g)
{
    vec_fini(&g->key);
    vec_fini(&g->event);
    vec_fini(&g->before);
    vec_fini(&g->dropped);
    vec_fini(&g->last_of_event);
    vec_fini(&g->slots);
}

static void
read_hit(const struct group *g, size_t i, struct hit *h)
{
    struct record r;
    record_at(g->entry[i].record, &r);
    *h = (struct hit){ .time = r.time,
                       .at = r.at,
                       .pos = r.pos,
                       .event = g->n > 1 ? g->event.v[i] : 0,
                       .seq = i,
                       .facts = r.facts,
                       .payload = r.payload };
}

bool
group_next(struct group *g, struct hit *h)
{
    while (g->n > 1 && g->i < g->n && g->dropped.v[g->i])
        g->i++;
    if (g->i >= g->n)
        return false;
    read_hit(g, g->i++, h);
    return true;
}

void
group_rewind(struct group *g)
{
    g->i = 0;
}

size_t
group_companions(struct group *g, const struct hit *h, const struct hit **companion)
{
    *companion = NULL;
    if (!g->has_spread)
        return 0;
    size_t n = 0;
    const uint32_t last = g->last_of_event.v[h->event];
    for (uint32_t i = last; i != 0; i = g->before.v[i - 1])
        n++;
    if (n < 2)
        return 0;
    /* The chain runs backwards; hits at h's own place are dropped. */
    struct hit *list = arena_alloc(g->arena, n * sizeof *list);
    size_t at = n;
    for (uint32_t i = last; i != 0; i = g->before.v[i - 1]) {
        read_hit(g, i - 1, &list[at - 1]);
        if (!is_same_place(list[at - 1].at, h->at))
            at--;
    }
    *companion = list + at;
    return n - at;
}

size_t
group_key(const struct group *g, const struct sv **part)
{
    *part = g->key.v;
    return g->key.n;
}

bool
hit_fact(const struct hit *h, size_t i, struct sv *text)
{
    struct reader r = reader_of(h->facts);
    bool has = false;
    for (size_t k = 0; k <= i; k++)
        has = facts_get(&r, text);
    return has;
}
