/* SPDX-License-Identifier: Apache-2.0 */
/* event_count: how many events of a group lie in a window. The window counts them itself. */
#include "agg/corr.h"
#include "agg/window.h"

static double
value(void *state, const struct window *w)
{
    (void)state;
    return (double)w->n_events;
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const struct aggregate a = { .value = value };
    window_sweep(c, g, s, &a);
}

const struct corr_type corr_event_count = {
    .name = "event_count",
    .help = "counts distinct events of a group within the timespan",
    .metric = "event_count",
    .condition = CONDITION_REQUIRED,
    .sweep = sweep,
};
