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
#include "base/map.h"
#include "base/timestamp.h"

/* Groups of one hit, and the bytes of all its records together. */
#define GROUPS_MAX ((size_t)1 << 16)
#define GROUP_BYTES_MAX ((size_t)1 << 28)
/* Payloads of this much are kept before more are made. */
#define PENDING_BYTES ((size_t)64 << 10)

unsigned
emit_levels(const struct program *p)
{
    unsigned levels = 1;
    for (size_t i = 0; i < p->corrs.n; i++)
        if (p->corrs.v[i].level >= levels)
            levels = p->corrs.v[i].level + 1;
    return levels;
}

static bool
same_fields(const field_id *a, const field_id *b, size_t n)
{
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static bool
keeps_missing(const struct correlation *c)
{
    /* A single-event rule loses no hit for want of an entity. */
    return c->meta.keep_missing_group || c->single;
}

static bool
same_groups(const struct correlation *a, size_t pos_a, const struct correlation *b, size_t pos_b)
{
    return a->n_group == b->n_group && keeps_missing(a) == keeps_missing(b) &&
           (a->n_group == 0 ||
            same_fields(a->group_fields + pos_a * a->n_group, b->group_fields + pos_b * b->n_group, a->n_group));
}

static size_t
find_group_shape(const struct agg_local *l, size_t corr, size_t pos)
{
    const struct program *p = l->plan->program;
    for (size_t i = 0; i <= corr; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
            if (same_groups(&p->corrs.v[i], k, &p->corrs.v[corr], pos))
                return l->first_pos[i] + k;
    return l->first_pos[corr] + pos;
}

static size_t
find_facts_shape(const struct program *p, size_t corr)
{
    const struct correlation *c = &p->corrs.v[corr];
    size_t i = 0;
    while (p->corrs.v[i].n_facts != c->n_facts || !same_fields(p->corrs.v[i].facts, c->facts, c->n_facts))
        i++;
    return i;
}

/* The facts before the entity's are the same fields in every correlation. */
static size_t
n_first(const struct correlation *c)
{
    return c->n_facts < FACT_ENTITY ? c->n_facts : FACT_ENTITY;
}

static size_t
find_first_shape(const struct program *p, size_t corr)
{
    const struct correlation *c = &p->corrs.v[corr];
    size_t i = 0;
    while (n_first(&p->corrs.v[i]) != n_first(c) || !same_fields(p->corrs.v[i].facts, c->facts, n_first(c)))
        i++;
    return i;
}

static void
find_shapes(struct agg_local *l)
{
    const struct program *p = l->plan->program;
    size_t n = 0;
    l->first_pos = mem_zalloc(p->corrs.n + 1, sizeof *l->first_pos);
    l->facts_shape = mem_zalloc(p->corrs.n + 1, sizeof *l->facts_shape);
    l->first_shape = mem_zalloc(p->corrs.n + 1, sizeof *l->first_shape);
    for (size_t i = 0; i < p->corrs.n; i++) {
        l->first_pos[i] = n;
        n += p->corrs.v[i].n_inputs;
        l->facts_shape[i] = find_facts_shape(p, i);
        l->first_shape[i] = find_first_shape(p, i);
    }
    l->group_shape = mem_zalloc(n + 1, sizeof *l->group_shape);
    for (size_t i = 0; i < p->corrs.n; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
            l->group_shape[l->first_pos[i] + k] = find_group_shape(l, i, k);
    l->groups = mem_zalloc(n + 1, sizeof *l->groups);
    l->evidence = mem_zalloc(p->corrs.n + 1, sizeof *l->evidence);
    l->whole = mem_zalloc(p->corrs.n + 1, sizeof *l->whole);
    l->first = mem_zalloc(p->corrs.n + 1, sizeof *l->first);
    l->event = 1; /* what is remembered is of event 0, which never was */
}

struct agg_local *
agg_local_new(const struct agg_plan *plan)
{
    const struct program *p = plan->program;
    struct agg_local *l = mem_zalloc(1, sizeof *l);
    l->plan = plan;
    const size_t n_bins = (size_t)emit_levels(p) * PARTITIONS;
    store_init(&l->records, n_bins + PARTITIONS);
    l->records.bundle_bin = n_bins;
    if (plan->spill != NULL)
        store_limit(&l->records, plan->spill, spill_store_limit(plan->spill));
    l->inventory = plan->want_inventory ? inventory_new(plan) : NULL;
    l->corr = mem_zalloc(p->corrs.n + 1, sizeof *l->corr);
    l->rule_hits = mem_zalloc(p->rules.n + 1, sizeof *l->rule_hits);
    l->rule_limits = mem_zalloc(p->rules.n + 1, sizeof *l->rule_limits);
    l->latest = TIME_NONE;
    l->family = families_of(p);
    find_shapes(l);
    clusters_init(&l->clusters, p, l->family, l->first_pos, l->group_shape, l->first_shape);
    l->pending_bundle = mem_zalloc(l->clusters.n + 1, sizeof *l->pending_bundle);
    buf_init(&l->key);
    buf_init(&l->facts);
    buf_init(&l->members);
    buf_init(&l->payload);
    buf_init(&l->part);
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
    mem_free(l->duplicates);
    mem_free(l->family);
    mem_free(l->pending_bundle);
    clusters_fini(&l->clusters);
    mem_free(l->first_pos);
    mem_free(l->group_shape);
    mem_free(l->groups);
    mem_free(l->facts_shape);
    mem_free(l->first_shape);
    mem_free(l->evidence);
    mem_free(l->whole);
    mem_free(l->first);
    vec_fini(&l->hits);
    vec_fini(&l->pending);
    vec_fini(&l->bundle);
    buf_fini(&l->key);
    buf_fini(&l->facts);
    buf_fini(&l->members);
    buf_fini(&l->payload);
    buf_fini(&l->part);
    mem_free(l);
}

void
agg_expect(struct agg_local *l, struct event *ev, size_t n)
{
    if (l->inventory != NULL)
        inventory_expect(l->inventory, ev, n);
}

void
agg_event(struct agg_local *l, struct event *ev)
{
    l->event++;
    /* Here nothing that is remembered of an event points into the store. */
    if (store_is_full(&l->records))
        store_flush(&l->records);
    /* TIME_NONE is below every time. */
    if (ev->time > l->latest)
        l->latest = ev->time;
    if (l->inventory != NULL)
        inventory_event(l->inventory, ev);
}

void
emit_share_counts(struct agg_local *l)
{
    for (size_t i = 0; i < l->plan->program->corrs.n; i++) {
        const struct corr_counts *first = &l->corr[l->family[i].first];
        l->corr[i].hits = first->hits;
        l->corr[i].skipped_group = first->skipped_group;
        l->corr[i].skipped_time = first->skipped_time;
    }
}

bool
agg_has_failed(const struct agg_local *l)
{
    return l->plan->spill != NULL && spill_failed(l->plan->spill);
}

void
agg_regex_limit(struct agg_local *l, uint32_t rule, uint64_t times)
{
    l->rule_limits[rule] += times;
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

/* The bin of a correlation's record. */
static size_t
bin_of(const struct agg_local *l, uint32_t corr, uint64_t hash)
{
    return (size_t)l->plan->program->corrs.v[corr].level * PARTITIONS + hash_partition(hash);
}

/* The groups of a hit; g->n is 0 if it has none. */
static void
find_groups(struct agg_local *l, const struct correlation *c, uint32_t pos, struct event *ev, struct hit_groups *g)
{
    g->m = ARENA_ARRAY(ev->scratch, struct members, c->n_group + 1);
    size_t n = 1;
    for (size_t k = 0; k < c->n_group && n != 0; k++) {
        struct members *m = &g->m[k];
        *m = members_of(ev, c->group_fields[pos * c->n_group + k]);
        if (m->n == 0 && keeps_missing(c)) {
            m->v = ARENA_NEW(ev->scratch, struct sv);
            m->n = 1;
        }
        n = m->n == 0 || n > GROUPS_MAX / m->n ? 0 : n * m->n;
    }
    g->n = n;
    if (n != 1)
        return;
    buf_reset(&l->key);
    for (size_t k = 0; k < c->n_group; k++)
        put_bytes(&l->key, g->m[k].v[0]);
    g->packed = arena_sv(ev->scratch, buf_view(&l->key));
    g->hash = hash64(g->packed);
    g->key = NULL;
    store_expect(&l->records, g->hash);
}

/* The hit will be a record of that group. */
static void
expect_record(const struct agg_local *l, uint32_t corr, const struct hit_groups *g)
{
    if (g->n == 1 && l->clusters.of[corr].cluster == CLUSTER_NONE)
        store_expect_record(&l->records, bin_of(l, corr, record_hash_mix(corr, g->hash)));
}

/* ---- what a record says ---- */

static const char *
keep_facts(struct agg_local *l, struct sv facts)
{
    return store_text(&l->records, facts, hash64(facts));
}

/* What a field says as evidence: every text of it, packed by put_bytes. False if it has none. */
static bool
pack_members(struct agg_local *l, struct event *ev, field_id field, struct sv *packed)
{
    size_t n;
    struct sv text;
    buf_reset(&l->members);
    struct value *member = value_members(event_value(ev, field), &n);
    for (size_t i = 0; i < n; i++)
        if (value_text(&member[i], ev->scratch, &text))
            put_bytes(&l->members, text);
    *packed = buf_view(&l->members);
    return packed->n != 0;
}

static bool
read_fact(struct agg_local *l, struct event *ev, field_id field, bool is_evidence, struct sv *text)
{
    if (field == FIELD_NONE)
        return false;
    return is_evidence ? pack_members(l, ev, field, text) : event_text(ev, field, text);
}

/* Makes facts [from, to) of the event, unless it has been done, and says that they will be kept soon. */
static void
make_facts(struct agg_local *l, struct facts_memo *memo, const struct correlation *c, size_t from, size_t to,
           struct event *ev)
{
    if (memo->event == l->event && (memo->facts != NULL || memo->made == l->made))
        return;
    *memo = (struct facts_memo){ .event = l->event, .at = l->payload.n, .made = l->made };
    for (size_t i = from; i < to; i++) {
        struct sv text;
        const bool has = read_fact(l, ev, c->facts[i], i >= FACT_EVIDENCE, &text);
        facts_put(&l->payload, has ? &text : NULL);
    }
    memo->n = l->payload.n - memo->at;
    if (memo->n == 0)
        memo->facts = "";
}

static struct sv
made_facts(const struct agg_local *l, const struct facts_memo *memo)
{
    return memo->facts != NULL ? packed_text(memo->facts) : sv_make(l->payload.p + memo->at, memo->n);
}

/* They will be kept. */
static void
expect_facts(struct agg_local *l, struct facts_memo *memo)
{
    if (memo->facts != NULL || memo->is_hashed)
        return;
    memo->hash = hash64(made_facts(l, memo));
    memo->is_hashed = true;
    store_expect(&l->records, memo->hash);
}

static const char *
kept_facts(struct agg_local *l, struct facts_memo *memo)
{
    if (memo->facts == NULL) {
        expect_facts(l, memo);
        memo->facts = store_text(&l->records, made_facts(l, memo), memo->hash);
    }
    return memo->facts;
}

static void
make_all_facts(struct agg_local *l, uint32_t corr, struct event *ev)
{
    const struct correlation *c = &l->plan->program->corrs.v[corr];
    struct facts_memo *first = &l->first[l->first_shape[corr]], *evidence = &l->evidence[l->facts_shape[corr]];
    make_facts(l, first, c, 0, n_first(c), ev);
    make_facts(l, evidence, c, n_first(c), c->n_facts, ev);
    if (l->clusters.of[corr].cluster == CLUSTER_NONE)
        return; /* it keeps them as one text */
    expect_facts(l, first);
    expect_facts(l, evidence);
}

/* Those that all correlations show. */
static const char *
first_facts(struct agg_local *l, uint32_t corr)
{
    return kept_facts(l, &l->first[l->first_shape[corr]]);
}

/* Those behind them. */
static const char *
event_evidence(struct agg_local *l, uint32_t corr)
{
    return kept_facts(l, &l->evidence[l->facts_shape[corr]]);
}

/* All of them, as one text, in l->facts. */
static struct sv
join_facts(struct agg_local *l, uint32_t corr)
{
    buf_reset(&l->facts);
    buf_sv(&l->facts, made_facts(l, &l->first[l->first_shape[corr]]));
    buf_sv(&l->facts, made_facts(l, &l->evidence[l->facts_shape[corr]]));
    return buf_view(&l->facts);
}

/* The same, kept. The parts are not kept for it. */
static const char *
event_facts(struct agg_local *l, uint32_t corr)
{
    struct facts_memo *memo = &l->whole[l->facts_shape[corr]];
    if (memo->event != l->event)
        *memo = (struct facts_memo){ .event = l->event, .facts = keep_facts(l, join_facts(l, corr)) };
    return memo->facts;
}

static const char *
event_uid(struct agg_local *l, struct event *ev, uint32_t *tag)
{
    if (l->uid_event != l->event) {
        struct sv uid;
        if (!event_text(ev, l->plan->program->uid, &uid))
            uid = SV_NONE;
        l->uid = store_extra(&l->records, uid, SV_NONE, &l->uid_tag);
        l->uid_event = l->event;
    }
    *tag = l->uid_tag;
    return l->uid;
}

static void
add_slip(struct agg_local *l, const struct slip *slip, uint64_t key_hash)
{
    const uint64_t hash = record_hash_mix(slip->corr, key_hash);
    store_add_slip(&l->records, bin_of(l, slip->corr, hash), slip, hash);
}

/* The hits of l->bundle, which have the head's key. */
static void
add_bundle(struct agg_local *l, const struct slip *head, uint64_t key_hash)
{
    const uint64_t hash = record_hash_mix(head->corr, key_hash);
    const size_t bin = l->records.bundle_bin + hash_partition(hash);
    for (size_t i = 0; i < l->bundle.n; i += BUNDLE_MOST) {
        const size_t left = l->bundle.n - i;
        store_add_bundle(&l->records, bin, head, l->bundle.v + i, left < BUNDLE_MOST ? left : BUNDLE_MOST, hash);
    }
}

/* Adds a slip, or the head of a bundle, to one group or another. */
typedef void add_fn(struct agg_local *l, const struct slip *slip, uint64_t key_hash);

/* To each group. The odometer `digit` runs through the cross product, last field fastest. */
static void
add_to_each(struct agg_local *l, struct slip *slip, size_t n_fields, const struct hit_groups *g, size_t *digit,
            add_fn *add)
{
    for (size_t i = 0; i < g->n; i++) {
        buf_reset(&l->key);
        for (size_t k = 0; k < n_fields; k++)
            put_bytes(&l->key, g->m[k].v[digit[k]]);
        const struct sv key = buf_view(&l->key);
        const uint64_t hash = hash64(key);
        slip->key = store_text(&l->records, key, hash);
        add(l, slip, hash);
        slip->pos_flags &= ~RECORD_PRIMARY;
        for (size_t k = n_fields; k-- > 0;) {
            if (++digit[k] < g->m[k].n)
                break;
            digit[k] = 0;
        }
    }
}

static void
add_to_groups(struct agg_local *l, struct slip *slip, size_t n_fields, struct hit_groups *g, struct event *ev,
              add_fn *add)
{
    if (g->n != 1) {
        add_to_each(l, slip, n_fields, g, ARENA_ARRAY(ev->scratch, size_t, n_fields + 1), add);
        return;
    }
    if (g->key == NULL)
        g->key = store_text(&l->records, g->packed, g->hash);
    slip->key = g->key;
    add(l, slip, g->hash);
}

/* Appends what the type keeps of the hit. False: the hit is dropped. */
static bool
put_payload(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, struct buf *to)
{
    const struct correlation *c = &l->plan->program->corrs.v[corr];
    if (c->type->record == NULL)
        return true;
    uint64_t skipped = 0;
    const bool useful = c->type->record(c, pos, ev, to, &skipped);
    l->corr[corr].skipped_value += useful ? skipped : 1;
    return useful;
}

/* Appends the payload; of a family each member's, with its length. */
static bool
make_payload(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev)
{
    if (l->family[corr].n == 1)
        return put_payload(l, corr, pos, ev, &l->payload);
    for (uint32_t i = corr; i != FAMILY_END; i = l->family[i].next) {
        buf_reset(&l->part);
        const bool useful = put_payload(l, i, pos, ev, &l->part);
        assert(useful);
        (void)useful;
        put_bytes(&l->payload, buf_view(&l->part));
    }
    return true;
}

static struct sv
payload_of(const struct agg_local *l, const struct pending_hit *h)
{
    return h->n != 0 ? sv_make(l->payload.p + h->payload, h->n) : SV_NONE;
}

/* All but the key. */
static struct slip
make_slip(struct agg_local *l, const struct pending_hit *h, struct event *ev, const struct sv *tie,
          const struct sv *facts)
{
    struct slip s = {
        .time = ev->time,
        .line = ev->at.line,
        .file = ev->at.file,
        .corr = h->corr,
        .pos_flags = h->pos << 2 | RECORD_PRIMARY | (tie != NULL ? RECORD_CHAINED : 0),
        .payload = store_text(&l->records, payload_of(l, h), h->hash),
        .facts = tie != NULL ? keep_facts(l, *facts) : event_facts(l, h->corr),
    };
    s.extra = tie != NULL ? store_extra(&l->records, SV_NONE, *tie, &s.uid_tag) : event_uid(l, ev, &s.uid_tag);
    return s;
}

static bool
is_too_much(const char *payload, size_t facts, const char *extra, size_t n_groups)
{
    const size_t bytes = packed_text(payload).n + facts + packed_text(extra).n;
    return n_groups > 1 && bytes > GROUP_BYTES_MAX / n_groups;
}

/* ---- hits ---- */

/* The hit is about to become the last of those that wait for a bundle of its cluster and groups. */
static void
chain_hit(struct agg_local *l, struct pending_hit *h, uint32_t cluster)
{
    struct pending_bundle *b = &l->pending_bundle[cluster];
    h->is_first = b->last_hit == 0 || b->groups != h->groups;
    if (!h->is_first)
        l->pending.v[b->last_hit - 1].next = l->pending.n + 1;
    *b = (struct pending_bundle){ h->groups, l->pending.n + 1 };
}

/* Makes the texts of a hit. Nothing is kept before those of all hits are made, so that what they may be equal to, which
 * was kept long ago and is far from the processor, comes near while the others are made. */
static void
make_hit(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, struct hit_groups *g)
{
    const struct correlation *c = &l->plan->program->corrs.v[corr];
    struct corr_counts *counts = &l->corr[corr];
    assert(l->family[corr].first == corr);
    assert(pos < c->n_inputs && pos < UINT32_MAX / 4);
    counts->hits++;
    if (ev->time == TIME_NONE && !c->single) {
        counts->skipped_time++;
        return;
    }
    if (g->event != l->event) {
        find_groups(l, c, pos, ev, g);
        g->event = l->event;
    }
    if (g->n == 0) {
        counts->skipped_group++;
        return;
    }
    expect_record(l, corr, g);
    struct pending_hit h = { .groups = g, .corr = corr, .pos = pos, .payload = l->payload.n };
    if (!make_payload(l, corr, pos, ev)) {
        l->payload.n = h.payload;
        return;
    }
    h.n = l->payload.n - h.payload;
    h.hash = hash64(payload_of(l, &h));
    store_expect(&l->records, h.hash);
    if (l->clusters.of[corr].cluster != CLUSTER_NONE)
        chain_hit(l, &h, l->clusters.of[corr].cluster);
    vec_push(&l->pending, h);
}

static size_t
n_group_fields(const struct agg_local *l, const struct pending_hit *h)
{
    return l->plan->program->corrs.v[h->corr].n_group;
}

/* The one record that an event makes: nobody else of the event shares its texts. */
static void
keep_lone(struct agg_local *l, const struct pending_hit *h, struct event *ev)
{
    struct record r = {
        .corr = h->corr,
        .hash = record_hash_mix(h->corr, h->groups->hash),
        .time = ev->time,
        .at = ev->at,
        .pos = h->pos,
        .flags = RECORD_PRIMARY,
        .key = h->groups->packed,
        .facts = join_facts(l, h->corr),
        .payload = payload_of(l, h),
    };
    if (!event_text(ev, l->plan->program->uid, &r.uid))
        r.uid = SV_NONE;
    const uint64_t text_hash[REPEATING_TEXTS] = {
        [TEXT_FACTS] = hash64(r.facts),
        [TEXT_PAYLOAD] = h->hash,
    };
    store_add_lone(&l->records, bin_of(l, h->corr, r.hash), &r, text_hash);
}

static void
keep_hit(struct agg_local *l, const struct pending_hit *h, struct event *ev, const struct sv *tie,
         const struct sv *facts)
{
    struct slip slip = make_slip(l, h, ev, tie, facts);
    if (is_too_much(slip.payload, packed_text(slip.facts).n, slip.extra, h->groups->n)) {
        l->corr[h->corr].skipped_group++;
        return;
    }
    add_to_groups(l, &slip, n_group_fields(l, h), h->groups, ev, add_slip);
}

/* The first of the hits of one cluster, with all that follow it. */
static void
keep_bundle(struct agg_local *l, const struct pending_hit *first, struct event *ev)
{
    struct slip head = {
        .facts = first_facts(l, first->corr),
        .payload = "",
        .time = ev->time,
        .line = ev->at.line,
        .file = ev->at.file,
        .corr = l->clusters.of[first->corr].cluster,
        .pos_flags = RECORD_PRIMARY,
    };
    head.extra = event_uid(l, ev, &head.uid_tag);
    l->bundle.n = 0;
    for (const struct pending_hit *h = first;; h = &l->pending.v[h->next - 1]) {
        const struct bundle_hit hit = {
            .evidence = event_evidence(l, h->corr),
            .payload = store_text(&l->records, payload_of(l, h), h->hash),
            .corr = h->corr,
            .pos = h->pos,
        };
        const size_t facts = packed_text(head.facts).n + packed_text(hit.evidence).n;
        if (is_too_much(hit.payload, facts, head.extra, h->groups->n))
            l->corr[h->corr].skipped_group++;
        else
            vec_push(&l->bundle, hit);
        if (h->next == 0)
            break;
    }
    l->pending_bundle[head.corr].last_hit = 0;
    add_to_groups(l, &head, n_group_fields(l, first), first->groups, ev, add_bundle);
}

static void
keep_hits(struct agg_local *l, struct event *ev, const struct sv *tie, const struct sv *facts)
{
    for (size_t i = 0; i < l->pending.n; i++) {
        const struct pending_hit *h = &l->pending.v[i];
        const bool in_cluster = l->clusters.of[h->corr].cluster != CLUSTER_NONE;
        if (l->pending.n == 1 && !in_cluster && tie == NULL && h->groups->n == 1)
            keep_lone(l, h, ev);
        else if (!in_cluster)
            keep_hit(l, h, ev, tie, facts);
        else if (h->is_first)
            keep_bundle(l, h, ev);
    }
    l->pending.n = 0;
    buf_reset(&l->payload);
    l->made++;
}

static void
make_rule_hits(struct agg_local *l, uint32_t rule, struct event *ev)
{
    const struct rule *r = &l->plan->program->rules.v[rule];
    l->rule_hits[rule]++;
    if (l->plan->want_hits)
        vec_push(&l->hits, (struct raw_hit){ rule, ev->at, ev->time });
    /* The members of a family have the same uses. */
    for (size_t i = 0; i < r->n_uses; i++) {
        const uint32_t corr = r->uses[i].corr, pos = r->uses[i].pos;
        if (l->family[corr].first != corr)
            continue;
        const size_t n_before = l->pending.n;
        make_hit(l, corr, pos, ev, &l->groups[l->group_shape[l->first_pos[corr] + pos]]);
        if (l->pending.n != n_before)
            make_all_facts(l, corr, ev);
        if (l->payload.n > PENDING_BYTES)
            keep_hits(l, ev, NULL, NULL);
    }
}

void
agg_hits(struct agg_local *l, const uint32_t *rule, size_t n, struct event *ev)
{
    for (size_t i = 0; i < n; i++)
        make_rule_hits(l, rule[i], ev);
    keep_hits(l, ev, NULL, NULL);
}

void
emit_hit(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, const struct sv *tie,
         const struct sv *facts)
{
    /* Inner findings are no events that agg_event has counted: nothing is remembered for them. */
    struct hit_groups own = { .event = 0 };
    make_hit(l, corr, pos, ev, &own);
    keep_hits(l, ev, tie, facts);
}
