/* SPDX-License-Identifier: Apache-2.0 */
/* event_count: how many events of a group lie in a window. The window counts them itself. Most groups are far from the
 * bound; of those the times are looked at, and nothing else. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/window.h"

static double
value(void *state, const struct window *w)
{
    (void)state;
    return (double)w->n_events;
}

/* The least number of events that satisfies the bounds of a trailing window, up to WINDOW_CLOSE. */
static size_t
least(const struct correlation *c)
{
    size_t n = 0;
    while (n < WINDOW_CLOSE && !corr_bounds_hold(c, (double)n))
        n++;
    return n;
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return o->n >= least(c);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const struct aggregate a = { .value = value };
    if (c->closed || window_may_have(c, g, least(c)))
        window_sweep(c, g, s, &a);
}

const struct corr_type corr_event_count = {
    .name = "event_count",
    .help = "counts distinct events of a group within the timespan",
    .metric = "event_count",
    .condition = CONDITION_REQUIRED,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
