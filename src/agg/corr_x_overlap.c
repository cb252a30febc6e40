/* SPDX-License-Identifier: Apache-2.0 */
/* x-overlap: the share of one rule's events whose value is among the values of another rule's events, in the same group
 * and closed window: followers that are themselves customers, say. */
#include <math.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/distinct.h"
#include "agg/values.h"
#include "agg/window.h"

enum { OF_RULE, OF_FIELD, IN_RULE, IN_FIELD, MIN };

static const struct corr_param params[] = {
    { "of.rule", PARAM_RULE, true, NULL, "rule whose events are judged" },
    { "of.field", PARAM_FIELD, true, NULL, "their value" },
    { "in.rule", PARAM_RULE, true, NULL, "rule whose events have the values to be found" },
    { "in.field", PARAM_FIELD, true, NULL, "these values" },
    { "min", PARAM_COUNT, false, NULL, "silent with fewer events of `of` in the window [1]" },
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    (void)fields;
    (void)arena;
    (void)d;
    c->closed = true;
}

/* What the hit brings as `of`, then as `in`. */
static const struct value_list lists[] = {
    { OF_FIELD, OF_RULE, 0, SIZE_MAX },
    { IN_FIELD, IN_RULE, 0, SIZE_MAX },
};

struct overlap {
    const struct correlation *c;
    struct distinct in;
    uint64_t n_of;
};

static void
skip_texts(struct reader *r)
{
    for (uint64_t n = get_varint(r); n > 0 && !r->bad; n--)
        get_bytes(r);
}

static void
each_in(struct overlap *o, const struct hit *h, bool (*fn)(struct distinct *, struct sv))
{
    struct reader r = reader_of(h->payload);
    skip_texts(&r);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        fn(&o->in, get_bytes(&r));
}

static void
enter(void *state, const struct hit *h)
{
    struct overlap *o = state;
    o->n_of += h->pos == o->c->args[OF_RULE].pos;
    each_in(o, h, distinct_add);
}

static void
leave(void *state, const struct hit *h)
{
    struct overlap *o = state;
    o->n_of -= h->pos == o->c->args[OF_RULE].pos;
    each_in(o, h, distinct_remove);
}

static bool
is_among(const struct overlap *o, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        if (distinct_refs(&o->in, get_bytes(&r)) != 0)
            return true;
    return false;
}

static uint64_t
n_among(const struct overlap *o, const struct window *w)
{
    uint64_t n = 0;
    for (size_t i = 0; i < window_size(w); i++) {
        const struct hit *h = window_hit(w, i);
        n += h->pos == o->c->args[OF_RULE].pos && is_among(o, h);
    }
    return n;
}

static double
value(void *state, const struct window *w)
{
    const struct overlap *o = state;
    const struct corr_arg *min = &o->c->args[MIN];
    if (o->n_of == 0 || (double)o->n_of < (min->given ? min->number : 1))
        return (double)NAN;
    return (double)n_among(o, w) / (double)o->n_of;
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct overlap *o = state;
    episode_say_number(e, SV("of"), (double)o->n_of);
    episode_say_number(e, SV("among"), (double)n_among(o, w));
}

/* Where one rule is both, and all its hits are alike, the share is all of them or none. */
static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    struct overlap x = { .c = c };
    const struct hit h = { .payload = o->payload };
    if (!o->has_input[c->args[OF_RULE].pos])
        return false;
    if (c->args[OF_RULE].pos != c->args[IN_RULE].pos || !o->is_uniform)
        return true;
    distinct_init(&x.in);
    each_in(&x, &h, distinct_add);
    const bool holds = corr_bounds_hold(c, is_among(&x, &h) ? 1 : 0);
    distinct_fini(&x.in);
    return holds;
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct overlap o = { .c = c };
    const struct aggregate a = {
        .state = &o, .enter = enter, .leave = leave, .value = value, .explain = explain, .only_hits = true
    };
    distinct_init(&o.in);
    window_sweep(c, g, s, &a);
    distinct_fini(&o.in);
}

const struct corr_type corr_x_overlap = {
    .name = "x-overlap",
    .help = "share of one rule's events whose value is among another rule's values within the timespan",
    .metric = "share",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
