/* SPDX-License-Identifier: Apache-2.0 */
/* Hits -> records. All that a correlation will ever know of an event is decided here: its groups, the values that its
 * type keeps, and the facts that a finding shows.
 *
 * A list-valued group-by field puts the hit into one group per distinct member, several lists into their cross
 * product. A hostile line could ask for billions of records; above the limits below the hit is skipped and counted
 * like one without a group. */
#include "agg/emit.h"

#include <assert.h>
#include <stdlib.h>

#include "agg/corr.h"
#include "agg/inventory.h"
#include "base/codec.h"
#include "base/timestamp.h"

/* Groups of one hit, and the bytes of all its records together. */
#define GROUPS_MAX ((size_t)1 << 16)
#define GROUP_BYTES_MAX ((size_t)1 << 28)

/* The distinct texts of one group-by field. */
struct members {
    struct sv *v;
    size_t n;
};

unsigned
emit_levels(const struct program *p)
{
    unsigned levels = 1;
    for (size_t i = 0; i < p->corrs.n; i++)
        if (p->corrs.v[i].level >= levels)
            levels = p->corrs.v[i].level + 1;
    return levels;
}

struct agg_local *
agg_local_new(const struct agg_plan *plan)
{
    const struct program *p = plan->program;
    struct agg_local *l = mem_zalloc(1, sizeof *l);
    l->plan = plan;
    store_init(&l->records, (size_t)emit_levels(p) * PARTITIONS);
    l->inventory = plan->want_inventory ? inventory_new(plan) : NULL;
    l->corr = mem_zalloc(p->corrs.n + 1, sizeof *l->corr);
    l->rule_hits = mem_zalloc(p->rules.n + 1, sizeof *l->rule_hits);
    l->rule_limits = mem_zalloc(p->rules.n + 1, sizeof *l->rule_limits);
    l->latest = TIME_NONE;
    buf_init(&l->key);
    buf_init(&l->facts);
    buf_init(&l->payload);
    return l;
}

void
agg_local_free(struct agg_local *l)
{
    if (l == NULL)
        return;
    store_fini(&l->records);
    inventory_free(l->inventory);
    mem_free(l->corr);
    mem_free(l->rule_hits);
    mem_free(l->rule_limits);
    vec_fini(&l->hits);
    buf_fini(&l->key);
    buf_fini(&l->facts);
    buf_fini(&l->payload);
    mem_free(l);
}

void
agg_event(struct agg_local *l, struct event *ev)
{
    /* TIME_NONE is below every time. */
    if (ev->time > l->latest)
        l->latest = ev->time;
    if (l->inventory != NULL)
        inventory_event(l->inventory, ev);
}

void
agg_regex_limit(struct agg_local *l, uint32_t rule, uint64_t times)
{
    l->rule_limits[rule] += times;
}

void
agg_hit(struct agg_local *l, uint32_t rule, struct event *ev)
{
    const struct rule *r = &l->plan->program->rules.v[rule];
    l->rule_hits[rule]++;
    if (l->plan->want_hits)
        vec_push(&l->hits, (struct raw_hit){ rule, ev->at, ev->time });
    for (size_t i = 0; i < r->n_uses; i++)
        emit_hit(l, r->uses[i].corr, r->uses[i].pos, ev, NULL, NULL);
}

/* ---- groups ---- */

static int
compare_texts(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* The distinct texts of a value, sorted; none if it is missing in the sense of sigma-profile.md 13. */
static struct members
members_of(struct event *ev, field_id field)
{
    struct members m = { NULL, 0 };
    if (field == FIELD_NONE)
        return m;
    size_t n;
    struct value *member = value_members(event_value(ev, field), &n);
    if (n == 0)
        return m;
    m.v = arena_alloc(ev->scratch, n * sizeof *m.v);
    for (size_t i = 0; i < n; i++)
        if (value_text(&member[i], ev->scratch, &m.v[m.n]))
            m.n++;
    if (m.n < 2)
        return m;
    qsort(m.v, m.n, sizeof *m.v, compare_texts);
    size_t kept = 1;
    for (size_t i = 1; i < m.n; i++)
        if (!sv_eq(m.v[i], m.v[kept - 1]))
            m.v[kept++] = m.v[i];
    m.n = kept;
    return m;
}

/* Members of each group-by field and the number of groups; 0: the hit has none. */
static size_t
groups_of(const struct correlation *c, uint32_t pos, struct event *ev, struct members *m)
{
    /* A single-event rule loses no hit for want of an entity. */
    const bool keep = c->meta.keep_missing_group || c->single;
    size_t n_groups = 1;
    for (size_t k = 0; k < c->n_group; k++) {
        m[k] = members_of(ev, c->group_fields[pos * c->n_group + k]);
        if (m[k].n == 0 && keep) {
            m[k].v = ARENA_NEW(ev->scratch, struct sv);
            m[k].n = 1;
        }
        if (m[k].n == 0 || n_groups > GROUPS_MAX / m[k].n)
            return 0;
        n_groups *= m[k].n;
    }
    return n_groups;
}

/* ---- the record ---- */

static void
put_event_facts(struct buf *b, const struct correlation *c, struct event *ev)
{
    for (size_t i = 0; i < c->n_facts; i++) {
        struct sv text;
        const bool has = c->facts[i] != FIELD_NONE && event_text(ev, c->facts[i], &text);
        facts_put(b, has ? &text : NULL);
    }
}

/* One record per group. The odometer `digit` runs through the cross product, last field fastest. */
static void
add_records(struct agg_local *l, struct record *r, size_t n_fields, const struct members *m, size_t n_groups,
            size_t *digit)
{
    const unsigned level = l->plan->program->corrs.v[r->corr].level;
    const unsigned flags = r->flags;
    for (size_t g = 0; g < n_groups; g++) {
        buf_reset(&l->key);
        for (size_t k = 0; k < n_fields; k++)
            put_bytes(&l->key, m[k].v[digit[k]]);
        r->key = buf_view(&l->key);
        r->hash = record_hash(r->corr, r->key);
        r->flags = g == 0 ? flags | RECORD_PRIMARY : flags;
        store_add(&l->records, (size_t)level * PARTITIONS + hash_partition(r->hash), r);
        for (size_t k = n_fields; k-- > 0;) {
            if (++digit[k] < m[k].n)
                break;
            digit[k] = 0;
        }
    }
}

/* What the type keeps of the hit. False: the hit is dropped. */
static bool
make_payload(struct agg_local *l, const struct correlation *c, uint32_t pos, struct event *ev,
             struct corr_counts *counts)
{
    buf_reset(&l->payload);
    if (c->type->record == NULL)
        return true;
    uint64_t skipped = 0;
    const bool useful = c->type->record(c, pos, ev, &l->payload, &skipped);
    counts->skipped_value += useful ? skipped : 1;
    return useful;
}

void
emit_hit(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, const struct sv *tie,
         const struct sv *facts)
{
    const struct program *p = l->plan->program;
    const struct correlation *c = &p->corrs.v[corr];
    struct corr_counts *counts = &l->corr[corr];
    assert(pos < c->n_inputs);
    counts->hits++;
    if (ev->time == TIME_NONE && !c->single) {
        counts->skipped_time++;
        return;
    }
    struct members *m = ARENA_ARRAY(ev->scratch, struct members, c->n_group + 1);
    const size_t n_groups = groups_of(c, pos, ev, m);
    if (n_groups == 0) {
        counts->skipped_group++;
        return;
    }
    if (!make_payload(l, c, pos, ev, counts))
        return;
    struct record r = { .corr = corr, .time = ev->time, .at = ev->at, .pos = pos };
    r.payload = buf_view(&l->payload);
    if (tie != NULL) {
        r.flags = RECORD_CHAINED;
        r.tie = *tie;
        r.facts = *facts;
    } else {
        if (!event_text(ev, p->uid, &r.uid))
            r.uid = SV_NONE;
        buf_reset(&l->facts);
        put_event_facts(&l->facts, c, ev);
        r.facts = buf_view(&l->facts);
    }
    const size_t bytes = r.payload.n + r.facts.n + r.uid.n + r.tie.n;
    if (n_groups > 1 && bytes > GROUP_BYTES_MAX / n_groups) {
        counts->skipped_group++;
        return;
    }
    add_records(l, &r, c->n_group, m, n_groups, ARENA_ARRAY(ev->scratch, size_t, c->n_group + 1));
}
