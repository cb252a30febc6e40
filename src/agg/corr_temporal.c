/* SPDX-License-Identifier: Apache-2.0 */
/* temporal: which of the listed rules hit a group within a window. The value is their number; a boolean expression over
 * the rules may judge instead. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/window.h"

struct present {
    const struct correlation *c;
    size_t *count;     /* hits in the window, by position */
    size_t n_distinct; /* positions with any */
};

static void
enter(void *state, const struct hit *h)
{
    struct present *p = state;
    if (p->count[h->pos]++ == 0)
        p->n_distinct++;
}

static void
leave(void *state, const struct hit *h)
{
    struct present *p = state;
    if (--p->count[h->pos] == 0)
        p->n_distinct--;
}

static double
value(void *state, const struct window *w)
{
    (void)w;
    return (double)((struct present *)state)->n_distinct;
}

/* The compiler limits the depth of expressions. */
static bool
is_true(const struct expr *e, const size_t *count)
{
    switch (e->kind) {
    case EXPR_FALSE:
        return false;
    case EXPR_TRUE:
        return true;
    case EXPR_PRED:
        return count[e->leaf] != 0;
    case EXPR_NOT:
        return !is_true(e->kid[0], count);
    case EXPR_AND:
        for (size_t i = 0; i < e->n_kids; i++)
            if (!is_true(e->kid[i], count))
                return false;
        return true;
    case EXPR_OR:
        for (size_t i = 0; i < e->n_kids; i++)
            if (is_true(e->kid[i], count))
                return true;
        return false;
    }
    return false;
}

static bool
holds(void *state, const struct window *w, const struct hit *at, double x)
{
    const struct present *p = state;
    (void)w;
    (void)at;
    return p->c->expr != NULL ? is_true(p->c->expr, p->count) : corr_bounds_hold(p->c, x);
}

/* Is there a number of rules, up to what the group has, that would do? */
static bool
inputs_may_do(const struct correlation *c, size_t n_inputs)
{
    if (c->expr != NULL)
        return true;
    for (size_t n = 0; n <= n_inputs; n++)
        if (corr_bounds_hold(c, (double)n))
            return true;
    return false;
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return inputs_may_do(c, o->n_inputs);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct present p = { c, ARENA_ARRAY(sweep_arena(s), size_t, c->n_inputs), 0 };
    const struct aggregate a = { .state = &p, .enter = enter, .leave = leave, .value = value, .holds = holds };
    if (inputs_may_do(c, group_inputs(g)))
        window_sweep(c, g, s, &a);
}

const struct corr_type corr_temporal = {
    .name = "temporal",
    .help = "the listed rules (or a boolean expression over them) hit within the timespan, in any order",
    .metric = "temporal",
    .condition = CONDITION_OPTIONAL,
    .temporal = true,
    .default_all = true,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
