/* SPDX-License-Identifier: Apache-2.0 */
/* A group's hits in order, without repeated deliveries.
 *
 * Most groups are one record, or have uids that never repeat. So that the rest is right too, a group of several
 * records is walked once before it is swept: a table from uid to the latest record that has it gives every record its
 * event, drops hits that a rule made of the same event before, and links the hits that other rules made of other
 * deliveries of the event (companions). Chained hits are events of their own and have no uid.
 *
 * A group that does not fit into memory is a giant, which has found out the same on disk; here the two sources become
 * one, and sweeps see no difference.
 */
#include "agg/group.h"

#include <assert.h>

#include "agg/giant.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/map.h"

static void
read_key(struct group *g)
{
    struct reader r = reader_of(g->packed_key);
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
    vec_reserve(&g->mark, n);
    vec_reserve(&g->last_of_event, n);
    vec_reserve(&g->slots, n_slots);
    memset(g->slots.v, 0, n_slots * sizeof *g->slots.v);
    g->n_slots = n_slots;
}

static const struct slip *
slip_at(const struct group *g, size_t i)
{
    return g->entry[i].record;
}

/* The slot of a record's uid, or the free one where it belongs. */
static struct uid_slot *
find_uid(const struct group *g, const struct slip *s)
{
    size_t i = (s->uid_tag >> 1) & (g->n_slots - 1); /* the lowest bit is always set */
    for (; g->slots.v[i].last != 0; i = (i + 1) & (g->n_slots - 1)) {
        if (g->slots.v[i].tag != s->uid_tag)
            continue;
        const struct slip *other = slip_at(g, g->slots.v[i].last - 1);
        if (other->extra == s->extra || sv_eq(slip_uid(other), slip_uid(s)))
            break;
    }
    g->slots.v[i].tag = s->uid_tag;
    return &g->slots.v[i];
}

static bool
is_same_place(const struct slip *a, const struct slip *b)
{
    return a->file == b->file && a->line == b->line;
}

/* 1 + the hit that the same rule has of an event of this uid, or 0. The chain holds at most one hit per rule. */
static uint32_t
find_repeated(const struct group *g, uint32_t last, uint32_t pos)
{
    uint32_t i = last;
    while (i != 0 && slip_pos(slip_at(g, i - 1)) != pos)
        i = g->before.v[i - 1];
    return i;
}

/* A record of this run, not one that was carried here? */
static bool
is_own(const struct group *g, const struct slip *s)
{
    return g->night == NULL || s->file < g->night->n_own;
}

/* Record i is a delivery of the hit `first`, which is not new if this one is not. */
static void
drop(struct group *g, uint32_t i, const struct slip *s, uint32_t first)
{
    g->mark.v[i] = MARK_DROPPED;
    if (!is_own(g, s))
        g->mark.v[first] |= MARK_KNOWN;
    if ((slip_flags(s) & RECORD_PRIMARY) != 0)
        g->duplicates.v[slip_pos(s)]++;
}

static void
mark_uid(struct group *g, uint32_t i, const struct slip *s, uint32_t *n_events, const uint32_t *same_line)
{
    struct uid_slot *slot = find_uid(g, s);
    uint32_t event;
    if (slot->last != 0) {
        event = g->event.v[slot->last - 1];
        if (same_line == NULL)
            g->has_spread = true;
    } else {
        event = same_line != NULL ? *same_line : (*n_events)++;
    }
    g->event.v[i] = event;
    const uint32_t first = find_repeated(g, slot->last, slip_pos(s));
    if (first != 0) {
        drop(g, i, s, first - 1);
        return;
    }
    g->before.v[i] = slot->last;
    slot->last = i + 1;
    g->last_of_event.v[event] = i + 1;
}

static void
note_input(struct group *g, const struct slip *s)
{
    uint8_t *has = &g->has_input.v[slip_pos(s)];
    g->n_has_input += !*has;
    *has = 1;
}

/* Gives each record its event. */
static void
mark_records(struct group *g)
{
    assert(g->n < UINT32_MAX);
    reserve(g, g->n);
    /* The latest hit of a rule: hits of the same line may have chained ones between them. */
    const struct slip *line = NULL;
    uint32_t line_event = 0;
    uint32_t n_events = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        const struct slip *s = slip_at(g, i);
        if (g->n - i > STORE_AHEAD)
            STORE_PREFETCH(g->entry[i + STORE_AHEAD].record);
        const bool is_chained = (slip_flags(s) & RECORD_CHAINED) != 0;
        const bool same_line = line != NULL && !is_chained && is_same_place(s, line);
        note_input(g, s);
        g->is_uniform = g->is_uniform && packed_eq(s->payload, slip_at(g, 0)->payload);
        g->before.v[i] = 0;
        g->mark.v[i] = 0;
        g->last_of_event.v[i] = 0;
        if (s->uid_tag != 0)
            mark_uid(g, i, s, &n_events, same_line ? &line_event : NULL);
        else
            g->event.v[i] = same_line ? line_event : n_events++;
        if (is_chained)
            continue;
        line = s;
        line_event = g->event.v[i];
    }
}

/* The record of the group's past, if it has one, stands before all others. */
static void
take_past(struct group *g, const struct entry **e, size_t *n)
{
    struct record first;
    g->past_tie = SV_NONE;
    if (g->night == NULL)
        return;
    record_at((*e)->record, &first);
    if (!carry_is_past_record(&first))
        return;
    g->past_tie = first.tie;
    ++*e;
    --*n;
}

void
group_open(struct group *g, const struct entry *e, size_t n, size_t n_inputs)
{
    g->giant = NULL;
    g->packed_key = packed_text(((const struct slip *)e->record)->key);
    read_key(g);
    take_past(g, &e, &n);
    g->entry = e;
    g->n = n;
    g->has_spread = false;
    g->is_uniform = true;
    g->n_has_input = 0;
    vec_reserve(&g->duplicates, n_inputs);
    vec_reserve(&g->has_input, n_inputs);
    if (n_inputs != 0) {
        memset(g->duplicates.v, 0, n_inputs * sizeof *g->duplicates.v);
        memset(g->has_input.v, 0, n_inputs * sizeof *g->has_input.v);
    }
    if (n > 1)
        mark_records(g);
    else if (n == 1)
        note_input(g, slip_at(g, 0));
}

void
group_open_giant(struct group *g, struct giant *giant, struct sv past_tie)
{
    const size_t n_inputs = giant_n_inputs(giant);
    g->giant = giant;
    g->past_tie = past_tie;
    g->entry = NULL;
    g->n = 0;
    g->is_uniform = giant_is_uniform(giant);
    g->n_has_input = giant_inputs(giant);
    vec_reserve(&g->duplicates, n_inputs);
    memcpy(g->duplicates.v, giant_duplicates(giant), n_inputs * sizeof *g->duplicates.v);
    g->packed_key = giant_key(giant);
    read_key(g);
}

bool
group_is_uniform(const struct group *g)
{
    return g->is_uniform;
}

size_t
group_inputs(const struct group *g)
{
    return g->n_has_input;
}

void
group_begin(struct group *g, size_t member, bool is_shared)
{
    g->member = member;
    g->is_shared = is_shared;
    g->past = carry_past(g->past_tie, member);
    group_rewind(g);
}

void
group_fini(struct group *g)
{
    vec_fini(&g->key);
    vec_fini(&g->event);
    vec_fini(&g->before);
    vec_fini(&g->mark);
    vec_fini(&g->last_of_event);
    vec_fini(&g->slots);
    vec_fini(&g->duplicates);
    vec_fini(&g->has_input);
    vec_fini(&g->companions);
}

/* The payload of the member that is swept. */
static struct sv
own_payload(const struct group *g, struct sv all)
{
    if (!g->is_shared)
        return all;
    struct reader r = reader_of(all);
    struct sv payload = get_bytes(&r);
    for (size_t i = 0; i < g->member; i++)
        payload = get_bytes(&r);
    return payload;
}

static bool
is_fresh(const struct group *g, size_t i, const struct slip *s)
{
    if (g->night == NULL)
        return true;
    if ((slip_flags(s) & RECORD_CHAINED) != 0)
        return (record_tie_flags(slip_tie(s)) & TIE_FRESH) != 0;
    return is_own(g, s) && (g->n == 1 || (g->mark.v[i] & MARK_KNOWN) == 0);
}

static void
read_hit(const struct group *g, size_t i, struct hit *h)
{
    const struct slip *s = slip_at(g, i);
    if (g->n - i > STORE_AHEAD)
        STORE_PREFETCH(g->entry[i + STORE_AHEAD].record);
    *h = (struct hit){ .time = s->time,
                       .at = { s->file, s->line },
                       .pos = slip_pos(s),
                       .fresh = is_fresh(g, i, s),
                       .event = g->n > 1 ? g->event.v[i] : 0,
                       .seq = i,
                       .facts = s->facts,
                       .payload = own_payload(g, packed_text(s->payload)) };
}

bool
group_next(struct group *g, struct hit *h)
{
    if (g->giant != NULL) {
        if (!giant_next(g->giant, h))
            return false;
        h->payload = own_payload(g, h->payload);
        return true;
    }
    while (g->n > 1 && g->i < g->n && (g->mark.v[g->i] & MARK_DROPPED) != 0)
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
    if (g->giant != NULL)
        giant_rewind(g->giant);
}

/* The chain runs backwards. */
static void
companions_in_memory(struct group *g, const struct hit *h, struct hit_list *to)
{
    const uint32_t last = g->has_spread ? g->last_of_event.v[h->event] : 0;
    size_t n = 0;
    for (uint32_t i = last; i != 0; i = g->before.v[i - 1])
        n++;
    if (n < 2)
        return;
    for (uint32_t i = last; i != 0; i = g->before.v[i - 1]) {
        struct hit companion;
        read_hit(g, i - 1, &companion);
        if (companion.at.file != h->at.file || companion.at.line != h->at.line)
            vec_push(to, companion);
    }
    for (size_t i = 0; i < to->n / 2; i++) {
        const struct hit swap = to->v[i];
        to->v[i] = to->v[to->n - 1 - i];
        to->v[to->n - 1 - i] = swap;
    }
}

size_t
group_companions(struct group *g, const struct hit *h, const struct hit **companion)
{
    struct hit_list *list = &g->companions;
    list->n = 0;
    if (g->giant == NULL) {
        companions_in_memory(g, h, list);
    } else {
        giant_companions(g->giant, h, list);
        for (size_t i = 0; i < list->n; i++)
            list->v[i].payload = own_payload(g, list->v[i].payload);
    }
    *companion = list->v;
    return list->n;
}

const struct past *
group_past(const struct group *g)
{
    return &g->past;
}

bool
group_is_empty(const struct group *g)
{
    return g->giant == NULL && g->n == 0;
}

int64_t
group_unsettled(const struct group *g)
{
    if (g->giant != NULL)
        return giant_unsettled(g->giant);
    for (size_t i = 0; i < g->n; i++) {
        const struct slip *s = slip_at(g, i);
        if ((slip_flags(s) & RECORD_CHAINED) != 0 && (record_tie_flags(slip_tie(s)) & TIE_FINAL) == 0)
            return s->time;
    }
    return INT64_MAX;
}

void
group_record(const struct group *g, const struct hit *h, struct record *r)
{
    if (g->giant != NULL)
        giant_record(g->giant, r);
    else
        record_at(slip_at(g, (size_t)h->seq), r);
    r->key = g->packed_key;
}

const struct slip *
group_slip(const struct group *g, const struct hit *h)
{
    return slip_at(g, (size_t)h->seq);
}

size_t
group_key(const struct group *g, const struct sv **part)
{
    *part = g->key.v;
    return g->key.n;
}

struct sv
hit_facts(const struct hit *h)
{
    return packed_text(h->facts);
}

bool
hit_fact(const struct hit *h, size_t i, struct sv *text)
{
    struct reader r = reader_of(hit_facts(h));
    bool has = false;
    for (size_t k = 0; k <= i; k++)
        has = facts_get(&r, text);
    return has;
}
