/* SPDX-License-Identifier: Apache-2.0 */
/* Single-event rules: one finding per entity (the group) and closed window of `dedup`. The window opens at the
 * group's first hit and holds every hit at most timespan later; the next opens at the first hit after it. Hits
 * without a time, which only these rules take, are a window of their own before all others. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/group.h"
#include "base/timestamp.h"

/* The difference is taken without sign, so none overflows, and no time is within any span of TIME_NONE but TIME_NONE.
 */
static bool
is_in_window(const struct correlation *c, int64_t open, int64_t time)
{
    return (uint64_t)time - (uint64_t)open <= (uint64_t)c->timespan;
}

static void
close_window(const struct correlation *c, struct sweep *s, struct episode *e, uint64_t n)
{
    e->value = (double)n;
    e->peak = (double)n;
    e->event_count = n;
    e->until = time_after(e->first_seen, c->timespan);
    sweep_fire(s, e);
}

/* Repeated deliveries are gone, and there is one rule: every hit is an event. */
static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit h;
    uint64_t n = 0;
    episode_init(&e, s);
    while (group_next(g, &h)) {
        if (n != 0 && !is_in_window(c, e.first_seen, h.time)) {
            close_window(c, s, &e, n);
            n = 0;
        }
        if (n++ == 0)
            e.first_seen = h.time;
        e.fired_at = e.last_seen = h.time;
        e.fired = h;
        episode_add(&e, &h);
    }
    if (n != 0)
        close_window(c, s, &e, n);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    carry_closed(g, k, c->timespan);
}

const struct corr_type corr_single = {
    .name = "rule",
    .help = "findings of a single-event rule, one per entity and span of `dedup`",
    .metric = "event_count",
    .condition = CONDITION_NONE,
    .default_timespan = DAY,
    .sweep = sweep,
    .carry = carry,
};
