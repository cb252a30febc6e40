/* SPDX-License-Identifier: Apache-2.0 */
/* x-growth: what is new in the window, over what was there before it: an app that had a hundred accounts and won sixty
 * within three months grew by 0.6. What is new is an event, or a value of `field` that the group never had before; so
 * the types of windows that forget would not do, and the set of values is kept. */
#include <math.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/distinct.h"
#include "agg/values.h"
#include "agg/window.h"

enum { FIELD, MIN, MIN_BEFORE };

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, false, NULL, "count values that the group never had before, not events" },
    { "min", PARAM_COUNT, false, NULL, "undefined with fewer new ones in the window [1]" },
    { "min-before", PARAM_COUNT, false, NULL, "undefined with fewer before the window [1]" },
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    (void)fields;
    (void)arena;
    (void)d;
    c->closed = false;
}

static const struct value_list lists[] = {
    { FIELD, VALUES_OF_ALL, 1, SIZE_MAX },
};

struct growth {
    const struct correlation *c;
    struct distinct seen; /* values since the group's first hit */
    uint64_t n_events;    /* events since then: they are numbered in order */
    VEC(uint32_t) born;   /* by hit in the window: how many were new with it, */
    size_t oldest;        /* from here on */
    uint64_t young, old;  /* new in the window, before it */
};

static uint32_t
count_new(struct growth *x, const struct hit *h)
{
    if (!x->c->args[FIELD].given) {
        const bool is_new = h->event >= x->n_events;
        x->n_events = is_new ? h->event + 1 : x->n_events;
        return is_new;
    }
    uint32_t n = 0;
    struct reader r = reader_of(h->payload);
    for (uint64_t left = get_varint(&r); left > 0 && !r.bad; left--) {
        const struct sv text = get_bytes(&r);
        if (distinct_refs(&x->seen, text) == 0)
            n += distinct_add(&x->seen, text);
    }
    return n;
}

static void
arrive(void *state, const struct hit *h)
{
    struct growth *x = state;
    const uint32_t n = count_new(x, h);
    vec_push(&x->born, n);
    x->young += n;
}

static void
expire(void *state, const struct hit *h)
{
    struct growth *x = state;
    const uint32_t n = x->born.v[x->oldest++];
    (void)h;
    x->young -= n;
    x->old += n;
    if (2 * x->oldest > x->born.n && x->oldest > 64) {
        memmove(x->born.v, x->born.v + x->oldest, (x->born.n - x->oldest) * sizeof *x->born.v);
        x->born.n -= x->oldest;
        x->oldest = 0;
    }
}

static double
at_least_one(const struct corr_arg *arg)
{
    return arg->given && arg->number > 1 ? arg->number : 1;
}

static double
value(void *state, const struct window *w)
{
    const struct growth *x = state;
    (void)w;
    if ((double)x->young < at_least_one(&x->c->args[MIN]) || (double)x->old < at_least_one(&x->c->args[MIN_BEFORE]))
        return (double)NAN;
    return (double)x->young / (double)x->old;
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct growth *x = state;
    (void)w;
    episode_say_number(e, SV("new"), (double)x->young);
    episode_say_number(e, SV("before"), (double)x->old);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const bool has_field = c->args[FIELD].given;
    struct growth x = { .c = c, .old = has_field ? 0 : group_past(g)->n_events };
    const struct aggregate a = { .state = &x, .arrive = arrive, .expire = expire, .value = value, .explain = explain };
    distinct_init(&x.seen);
    window_sweep(c, g, s, &a);
    distinct_fini(&x.seen);
    vec_fini(&x.born);
}

/* Of what is before the windows, hits that bring a new value: with them the values are known, and how many they are.
 * Events are counted (group_past). */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    struct growth x = { .c = c };
    struct hit h;
    carry_trailing(c, k, 0);
    if (!c->args[FIELD].given)
        return;
    distinct_init(&x.seen);
    while (group_next(g, &h) && h.time < k->from)
        if (count_new(&x, &h) != 0)
            carry_hit(k, &h);
    distinct_fini(&x.seen);
}

const struct corr_type corr_x_growth = {
    .name = "x-growth",
    .help = "events, or values never seen before, within the timespan, over those before it",
    .metric = "growth",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .sweep = sweep,
    .carry = carry,
    .has_past = true,
};
