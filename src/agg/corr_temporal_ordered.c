/* SPDX-License-Identifier: Apache-2.0 */
/* temporal_ordered: hits of r1..rk exist in the window, with non-decreasing times in that order, the last of them the
 * judged hit.
 *
 * Linear time: of all chains of hits of r_s..r_m that have been seen, the one that starts latest is as good as any,
 * because it lies within the most windows. `latest[s][m]` is its start; a hit of r_m at time t can only raise the
 * entries of its own column: latest[s][m] = latest[s][m-1], latest[m][m] = t. Hits of one time satisfy the order either
 * way round, so they are entered together, by position.
 *
 * Chains that start behind r1 matter only when hit i's event was delivered twice: the other deliveries belong to the
 * window even if they are older than the span, and can stand for the first rules. */
#include "agg/corr.h"
#include "agg/window.h"
#include "base/timestamp.h"

/* A hit of the judged event that is older than the span. */
struct early {
    bool there;
    int64_t time;
};

struct chains {
    const struct correlation *c;
    size_t k;    /* rules */
    int64_t now; /* time of the hits that are entering */
    bool *fresh; /* by position: hits at `now` that are not in `latest` yet */
    bool any_fresh;
    int64_t *latest;     /* [s * k + m]; TIME_NONE: no such chain */
    struct early *early; /* by position */
    bool any_early;
};

/* Enters the hits of one time, by position. */
static void
settle(struct chains *x)
{
    for (size_t m = 0; x->any_fresh && m < x->k; m++) {
        if (!x->fresh[m])
            continue;
        x->fresh[m] = false;
        for (size_t s = 0; s < m; s++)
            x->latest[s * x->k + m] = x->latest[s * x->k + m - 1];
        x->latest[m * x->k + m] = x->now;
    }
    x->any_fresh = false;
}

static void
arrive(void *state, const struct hit *h)
{
    struct chains *x = state;
    if (h->time != x->now)
        settle(x);
    x->now = h->time;
    x->fresh[h->pos] = true;
    x->any_fresh = true;
}

/* What enters with another time than `now` is a guest. A later one stands behind the judged hit and is of no use. */
static void
enter(void *state, const struct hit *h)
{
    struct chains *x = state;
    if (h->time >= x->now)
        return;
    x->early[h->pos] = (struct early){ true, h->time };
    x->any_early = true;
}

/* How many of the first rules do the early hits stand for, in order? They are then forgotten. */
static size_t
early_prefix(struct chains *x)
{
    size_t n = 0;
    if (!x->any_early)
        return 0;
    while (n + 1 < x->k && x->early[n].there && (n == 0 || x->early[n].time >= x->early[n - 1].time))
        n++;
    for (size_t i = 0; i < x->k; i++)
        x->early[i].there = false;
    x->any_early = false;
    return n;
}

static bool
holds(void *state, const struct window *w, const struct hit *at, double value)
{
    struct chains *x = state;
    (void)w;
    (void)value;
    settle(x);
    const size_t first = early_prefix(x);
    if (first + 1 == x->k)
        return true; /* the judged hit is all that is left to find */
    const int64_t start = x->latest[first * x->k + x->k - 2];
    return start != TIME_NONE && window_age(start, at->time) <= (uint64_t)x->c->timespan;
}

/* Of a window in which it is true: all of them. */
static double
value(void *state, const struct window *w)
{
    (void)w;
    return (double)((struct chains *)state)->k;
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct arena *arena = sweep_arena(s);
    const size_t k = c->n_inputs;
    if (group_inputs(g) < k)
        return;
    struct chains x = { .c = c, .k = k, .now = TIME_NONE };
    x.fresh = ARENA_ARRAY(arena, bool, k);
    x.early = ARENA_ARRAY(arena, struct early, k);
    x.latest = ARENA_ARRAY(arena, int64_t, k * k);
    for (size_t i = 0; i < k * k; i++)
        x.latest[i] = TIME_NONE;
    const struct aggregate a = {
        .state = &x, .enter = enter, .arrive = arrive, .value = value, .holds = holds, .only_last = true
    };
    window_sweep(c, g, s, &a);
}

const struct corr_type corr_temporal_ordered = {
    .name = "temporal_ordered",
    .help = "the listed rules hit within the timespan, in the order in which they are listed",
    .metric = "temporal_ordered",
    .condition = CONDITION_OPTIONAL,
    .temporal = true,
    .ordered = true,
    .default_all = true,
    .sweep = sweep,
};
