/* SPDX-License-Identifier: Apache-2.0 */
/* x-new-value: a value (or member of a list) that the group has not shown within the look-back. Each hit is judged
 * alone, against what came before it; a young group is only learnt from. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/distinct.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"

enum { FIELD, LEARNING_HITS, LEARNING_SPAN, AMONG };

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, true, NULL, "field whose values are watched" },
    { "learning.hits", PARAM_COUNT, false, NULL, "silent while the group has fewer earlier hits [0]" },
    { "learning.span", PARAM_DURATION, false, NULL, "silent while the group's first hit is younger [0s]" },
    { "among", PARAM_VALUES, false, NULL, "only these values matter [all]" },
};

struct config {
    bool any;
    struct text_set among;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *among = &c->args[AMONG];
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    (void)d;
    config->any = !among->given;
    config->among = values_set(arena, among->values, among->n_values);
    c->config = config;
}

/* A hit without a value is part of the history, too. */
static const struct value_list lists[] = {
    { FIELD, VALUES_OF_ALL, 0, SIZE_MAX },
};

struct memory {
    const struct correlation *c;
    struct distinct seen;  /* values of the window's hits */
    struct distinct fresh; /* new members of the judged hit; empty between hits */
    struct arena scratch;  /* of one hit */
    uint64_t n_before;     /* earlier hits of the group */
    int64_t first;         /* time of its first hit */
};

static void
remember(void *state, const struct hit *h)
{
    struct memory *m = state;
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        distinct_add(&m->seen, get_bytes(&r));
}

static void
forget(void *state, const struct hit *h)
{
    struct memory *m = state;
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        distinct_remove(&m->seen, get_bytes(&r));
}

/* Either part of the learning period may be absent: then the other decides. */
static bool
is_learning(const struct memory *m, const struct hit *h)
{
    const struct corr_arg *hits = &m->c->args[LEARNING_HITS], *span = &m->c->args[LEARNING_SPAN];
    if (!hits->given && !span->given)
        return false;
    const bool few = !hits->given || (double)m->n_before < hits->number;
    const bool young = !span->given || window_age(m->first, h->time) < (uint64_t)span->duration;
    return few && young;
}

/* The members that are new and matter, each once, in the list's order. */
static struct sv *
new_members(struct memory *m, const struct hit *h, size_t *n_new)
{
    const struct config *config = m->c->config;
    struct reader r = reader_of(h->payload);
    size_t n, kept = 0;
    struct sv *v = values_get_texts(&r, &m->scratch, &n);
    for (size_t i = 0; i < n; i++) {
        const bool matters = config->any || values_set_has(&config->among, v[i]);
        if (!matters || distinct_refs(&m->seen, v[i]) != 0 || distinct_refs(&m->fresh, v[i]) != 0)
            continue;
        distinct_add(&m->fresh, v[i]);
        v[kept++] = v[i];
    }
    for (size_t i = 0; i < kept; i++)
        distinct_remove(&m->fresh, v[i]);
    *n_new = kept;
    return v;
}

static void
judge(struct memory *m, const struct hit *h, struct sweep *s, struct episode *e)
{
    size_t n;
    arena_reset(&m->scratch);
    const struct sv *fresh = new_members(m, h, &n);
    if (is_learning(m, h) || !corr_bounds_hold(m->c, (double)n))
        return;
    e->first_seen = e->fired_at = e->last_seen = e->until = h->time;
    e->value = e->peak = (double)n;
    e->fired = *h;
    e->event_count = 1;
    episode_say(e, SV("new"), values_join(&m->scratch, fresh, n));
    episode_add(e, h);
    sweep_fire(s, e);
}

/* The first hit of a group teaches where there is something to learn; if all are like it, and it is never forgotten,
 * none of the others is new. */
static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    const struct corr_arg *hits = &c->args[LEARNING_HITS], *span = &c->args[LEARNING_SPAN];
    const bool learns =
        (hits->given || span->given) && (!hits->given || hits->number > 0) && (!span->given || span->duration > 0);
    const bool remembers = window_age(o->first, o->last) <= (uint64_t)c->timespan;
    return !(learns && remembers && o->is_uniform) || corr_bounds_hold(c, 0);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const struct past *past = group_past(g);
    struct memory m = { .c = c, .n_before = past->n_hits, .first = past->first };
    const struct aggregate a = { .state = &m, .enter = remember, .leave = forget, .only_hits = true };
    struct window w;
    struct episode e;
    struct hit h;
    distinct_init(&m.seen);
    distinct_init(&m.fresh);
    window_init(&w, &a);
    episode_init(&e, s);
    for (; group_next(g, &h); m.n_before++) {
        if (m.n_before == 0)
            m.first = h.time;
        while (window_size(&w) > 0 && window_age(window_hit(&w, 0)->time, h.time) > (uint64_t)c->timespan)
            window_pop(&w, NULL);
        if (h.time >= past->judge_from)
            judge(&m, &h, s, &e);
        window_push(&w, &h);
    }
    window_fini(&w);
    distinct_fini(&m.seen);
    distinct_fini(&m.fresh);
    arena_fini(&m.scratch);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    (void)g;
    carry_single_hits(k, c->timespan);
}

const struct corr_type corr_x_new_value = {
    .name = "x-new-value",
    .help = "a value that the group has not shown within the timespan, after a learning period",
    .metric = "new_values",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 1 },
    .single_hits = true,
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .keeps_every_hit = true,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry,
    .carries_by_time = true,
    .has_past = true,
};
