/* SPDX-License-Identifier: Apache-2.0 */
/* x-alternation: a field goes to and fro between two values. Berlin, Paris, Berlin, Paris, Berlin within a day is
 * nobody's journey: it is a tunnel that is switched on and off, or two people who share one account.
 *
 * Judged at a hit is the longest run of hits up to it, within the window, that has only two values; its number of
 * changes is the value. A third value ends the run. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/values.h"
#include "agg/window.h"

enum { FIELD };

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, true, NULL, "goes to and fro; hits with no value, or several, are left out" },
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
    { FIELD, VALUES_OF_ALL, 1, 1 },
};

/* Changes are counted from the group's first hit on; a run and a window are differences of two such counts. */
struct run {
    VEC(uint64_t) at; /* by hit in the window: changes up to it, */
    size_t oldest;    /* from here on */
    struct sv here;   /* the latest value; p == NULL: none yet */
    struct sv there;  /* the other value of the run */
    uint64_t changes;
    uint64_t run_start; /* changes up to the run's first hit */
};

static struct sv
text_of(const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    get_varint(&r);
    return get_bytes(&r);
}

static void
arrive(void *state, const struct hit *h)
{
    struct run *x = state;
    const struct sv text = text_of(h);
    if (x->here.p == NULL) {
        x->here = text;
    } else if (!sv_eq(text, x->here)) {
        /* A third value: of the old run only the stretch of the latest value is left. */
        if (x->there.p != NULL && !sv_eq(text, x->there))
            x->run_start = x->changes;
        x->there = x->here;
        x->here = text;
        x->changes++;
    }
    vec_push(&x->at, x->changes);
}

static void
expire(void *state, const struct hit *h)
{
    struct run *x = state;
    (void)h;
    x->oldest++;
    if (2 * x->oldest > x->at.n && x->oldest > 64) {
        memmove(x->at.v, x->at.v + x->oldest, (x->at.n - x->oldest) * sizeof *x->at.v);
        x->at.n -= x->oldest;
        x->oldest = 0;
    }
}

static double
value(void *state, const struct window *w)
{
    const struct run *x = state;
    const uint64_t window_start = x->at.v[x->oldest];
    (void)w;
    return (double)(x->changes - (window_start > x->run_start ? window_start : x->run_start));
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct run *x = state;
    const bool ordered = sv_cmp(x->here, x->there) < 0;
    (void)w;
    episode_say(e, SV("between"), ordered ? x->here : x->there);
    episode_say(e, SV("and"), ordered ? x->there : x->here);
}

/* Nothing changes while there is but one value. */
static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return !o->is_uniform || corr_bounds_hold(c, 0);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct run x = { .oldest = 0 };
    const struct aggregate a = { .state = &x, .arrive = arrive, .expire = expire, .value = value, .explain = explain };
    window_sweep(c, g, s, &a);
    vec_fini(&x.at);
}

const struct corr_type corr_x_alternation = {
    .name = "x-alternation",
    .help = "changes of a field to and fro between two values within the timespan",
    .metric = "changes",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 4 },
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
