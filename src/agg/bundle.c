/* SPDX-License-Identifier: Apache-2.0 */
/* Outline, choose, put together, sweep.
 *
 * Repeated deliveries are told by uids, and a group that has one is never passed over: its duplicates are counted when
 * it is swept. Where no uid of the whole key repeats, which is the rule, the slips are made without uids, and nobody
 * asks for them again. */
#include "agg/bundle.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/timestamp.h"

void
bundle_walk_fini(struct bundle_walk *w)
{
    vec_fini(&w->slot);
    vec_fini(&w->has_input);
    vec_fini(&w->tags);
    vec_fini(&w->slips);
    vec_fini(&w->entries);
    arena_fini(&w->facts);
    buf_fini(&w->text);
}

static const struct bundle *
bundle_at(const struct entry *e, size_t i)
{
    return e[i].record;
}

static bool
is_same_place(const struct slip *a, const struct slip *b)
{
    return a->file == b->file && a->line == b->line;
}

/* ---- uids ---- */

/* Enters a tag; false if it is there already. */
static bool
enter_tag(uint32_t *table, size_t n_slots, uint32_t tag)
{
    size_t i = (tag >> 1) & (n_slots - 1); /* the lowest bit is always set */
    for (; table[i] != 0; i = (i + 1) & (n_slots - 1))
        if (table[i] == tag)
            return false;
    table[i] = tag;
    return true;
}

/* Equal tags nearly prove it. */
bool
bundle_has_repeats(struct bundle_walk *w, const struct entry *e, size_t n)
{
    size_t n_slots = 16;
    if (n == 1)
        return false;
    while (n_slots < 2 * n)
        n_slots *= 2;
    vec_reserve(&w->tags, n_slots);
    memset(w->tags.v, 0, n_slots * sizeof *w->tags.v);
    for (size_t i = 0; i < n; i++) {
        const struct slip *head = &bundle_at(e, i)->head;
        const bool is_more = i > 0 && is_same_place(head, &bundle_at(e, i - 1)->head);
        if (head->uid_tag != 0 && !is_more && !enter_tag(w->tags.v, n_slots, head->uid_tag))
            return true;
    }
    return false;
}

/* ---- outlines ---- */

static void
clear_outlines(struct bundle_walk *w, const struct cluster *cluster, const struct program *p)
{
    size_t inputs = 0;
    for (size_t i = 0; i < cluster->n; i++)
        inputs += p->corrs.v[cluster->corr[i]].n_inputs;
    vec_reserve(&w->slot, cluster->n);
    vec_reserve(&w->has_input, inputs);
    memset(w->slot.v, 0, cluster->n * sizeof *w->slot.v);
    memset(w->has_input.v, 0, inputs * sizeof *w->has_input.v);
    inputs = 0;
    for (size_t i = 0; i < cluster->n; i++) {
        w->slot.v[i].has_input = w->has_input.v + inputs;
        inputs += p->corrs.v[cluster->corr[i]].n_inputs;
    }
}

static void
outline_hit(struct slot_outline *o, const struct bundle_hit *h, int64_t time, bool is_own)
{
    if (o->n++ == 0) {
        o->payload = h->payload;
        o->first = time;
        o->is_uniform = true;
    }
    o->last = time;
    o->n_own += is_own;
    o->is_uniform = o->is_uniform && packed_eq(h->payload, o->payload);
    o->n_inputs += !o->has_input[h->pos];
    o->has_input[h->pos] = 1;
}

void
bundle_outline(struct bundle_walk *w, const struct sweep *s, uint32_t cluster, const struct entry *e, size_t n)
{
    const struct cluster_place *of = s->local->clusters.of;
    const uint32_t n_own = s->f->night != NULL ? s->f->night->n_own : UINT32_MAX;
    clear_outlines(w, &s->local->clusters.v[cluster], s->f->plan->program);
    for (size_t i = 0; i < n; i++) {
        const struct bundle *b = bundle_at(e, i);
        const bool is_own = b->head.file < n_own;
        for (size_t k = 0; k < slip_pos(&b->head); k++) {
            struct slot_outline *o = &w->slot.v[of[b->hit[k].corr].slot];
            if (b->head.time == TIME_NONE)
                o->past = b->head.extra;
            else
                outline_hit(o, &b->hit[k], b->head.time, is_own);
        }
    }
}

/* ---- choice ---- */

bool
bundle_may_fire(const struct sweep *s, uint32_t corr, const struct slot_outline *o)
{
    const struct program *p = s->f->plan->program;
    const struct family *family = s->local->family;
    struct outline outline = { o->n, o->is_uniform, o->has_input, o->n_inputs, o->first, o->last, SV_NONE };
    struct reader r = reader_of(packed_text(o->payload));
    for (uint32_t i = corr; i != FAMILY_END; i = family[i].next) {
        outline.payload = family[corr].n > 1 ? get_bytes(&r) : packed_text(o->payload);
        if (corr_may_fire(&p->corrs.v[i], &outline))
            return true;
    }
    return false;
}

/* Which slots are swept. False: none is. */
static bool
choose(struct bundle_walk *w, const struct sweep *s, const struct cluster *cluster, bool has_repeats, bool survey)
{
    bool any = false;
    for (size_t i = 0; i < cluster->n; i++) {
        struct slot_outline *o = &w->slot.v[i];
        if (o->n == 0)
            continue;
        const uint32_t corr = cluster->corr[i];
        o->is_wanted = survey ? sweep_wants_survey(s, corr) : has_repeats || bundle_may_fire(s, corr, o);
        any = any || o->is_wanted;
    }
    return any;
}

/* ---- putting together ---- */

/* The hit's facts, packed. */
static const char *
join_facts(struct bundle_walk *w, const struct bundle *b, const struct bundle_hit *h)
{
    const char *facts = bundle_facts(b, h);
    if (facts != NULL)
        return facts;
    const struct sv first = packed_text(b->head.facts);
    const struct sv evidence = packed_text(h->evidence);
    buf_reset(&w->text);
    put_varint(&w->text, first.n + evidence.n);
    buf_sv(&w->text, first);
    buf_sv(&w->text, evidence);
    return arena_sv(&w->facts, buf_view(&w->text)).p;
}

static void
put_hit(struct bundle_walk *w, struct slot_outline *o, const struct bundle *b, const struct bundle_hit *h,
        const char *facts, bool has_repeats)
{
    struct slip *slip = &w->slips.v[o->next];
    *slip = bundle_slip(b, h, facts);
    if (!has_repeats)
        slip->uid_tag = 0;
    w->entries.v[o->next] = (struct entry){ 0, slip->time, slip };
    if (o->next > o->start && is_same_place(slip, slip - 1) && slip_pos(slip) < slip_pos(slip - 1))
        o->is_unordered = true;
    o->next++;
}

/* The group's first record. */
static void
put_past(struct bundle_walk *w, struct slot_outline *o, const char *key, uint32_t corr)
{
    struct slip *slip = &w->slips.v[o->next];
    *slip = (struct slip){ key, "", "", o->past, TIME_NONE, 0, 0, corr, 0, 0 };
    w->entries.v[o->next++] = (struct entry){ 0, TIME_NONE, slip };
}

/* Where each slot's slips will stand. */
static void
make_room(struct bundle_walk *w, const struct cluster *cluster, const char *key)
{
    size_t n = 0;
    for (size_t i = 0; i < cluster->n; i++) {
        struct slot_outline *o = &w->slot.v[i];
        o->start = o->next = n;
        if (o->is_wanted)
            n += o->n + (o->past != NULL);
    }
    arena_reset(&w->facts);
    vec_reserve(&w->slips, n);
    vec_reserve(&w->entries, n);
    for (size_t i = 0; i < cluster->n; i++)
        if (w->slot.v[i].is_wanted && w->slot.v[i].past != NULL)
            put_past(w, &w->slot.v[i], key, cluster->corr[i]);
}

void
bundle_put_together(struct bundle_walk *w, const struct sweep *s, uint32_t cluster, const struct entry *e, size_t n,
                    bool has_repeats)
{
    const struct cluster_place *of = s->local->clusters.of;
    make_room(w, &s->local->clusters.v[cluster], bundle_at(e, 0)->head.key);
    for (size_t i = 0; i < n; i++) {
        const struct bundle *b = bundle_at(e, i);
        const struct bundle_hit *last = NULL; /* the latest that was put, and its facts: others have the same */
        const char *facts = NULL;
        for (size_t k = 0; k < slip_pos(&b->head) && b->head.time != TIME_NONE; k++) {
            const struct bundle_hit *h = &b->hit[k];
            struct slot_outline *o = &w->slot.v[of[h->corr].slot];
            if (!o->is_wanted)
                continue;
            if (last == NULL || last->evidence != h->evidence)
                facts = join_facts(w, b, h);
            last = h;
            put_hit(w, o, b, h, facts, has_repeats);
        }
    }
}

void
bundle_sweep_slot(struct bundle_walk *w, struct sweep *s, uint32_t corr, const struct slot_outline *o, bool survey)
{
    if (o->is_unordered)
        records_sort(w->entries.v + o->start, o->next - o->start, s->f->plan->origins);
    sweep_group(s, corr, w->entries.v + o->start, o->next - o->start, survey);
}

bool
bundle_wants_survey(struct bundle_walk *w, const struct sweep *s, uint32_t id)
{
    const struct cluster *cluster = &s->local->clusters.v[id];
    if (w->surveyed == id + 1)
        return w->wants_survey;
    w->surveyed = id + 1;
    w->wants_survey = false;
    for (size_t i = 0; i < cluster->n && !w->wants_survey; i++)
        w->wants_survey = sweep_wants_survey(s, cluster->corr[i]);
    return w->wants_survey;
}

void
bundle_sweep(struct bundle_walk *w, struct sweep *s, const struct entry *e, size_t n, bool survey)
{
    const uint32_t id = bundle_at(e, 0)->head.corr;
    const struct cluster *cluster = &s->local->clusters.v[id];
    if (survey && !bundle_wants_survey(w, s, id))
        return;
    bundle_outline(w, s, id, e, n);
    const bool repeats = bundle_has_repeats(w, e, n);
    if (!choose(w, s, cluster, repeats, survey))
        return;
    bundle_put_together(w, s, id, e, n, repeats);
    for (size_t i = 0; i < cluster->n; i++)
        if (w->slot.v[i].is_wanted)
            bundle_sweep_slot(w, s, cluster->corr[i], &w->slot.v[i], survey);
}

void
bundle_add_record(struct agg_local *l, const struct record *r)
{
    struct store *to = &l->records;
    const uint64_t key_hash = hash64(r->key);
    struct slip head = {
        .key = store_text(to, r->key, key_hash),
        .facts = store_text(to, r->facts, hash64(r->facts)),
        .payload = "",
        .time = r->time,
        .line = r->at.line,
        .file = r->at.file,
        .corr = l->clusters.of[r->corr].cluster,
        .pos_flags = r->flags,
    };
    head.extra = store_extra(to, r->uid, r->tie, &head.uid_tag);
    const struct bundle_hit hit = {
        .evidence = "",
        .payload = store_text(to, r->payload, hash64(r->payload)),
        .corr = r->corr,
        .pos = r->pos,
    };
    const uint64_t hash = record_hash_mix(head.corr, key_hash);
    store_add_bundle(to, to->bundle_bin + hash_partition(hash), &head, &hit, 1, hash);
}
