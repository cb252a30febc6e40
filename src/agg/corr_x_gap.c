/* SPDX-License-Identifier: Apache-2.0 */
/* x-gap: a group that was silent for a while becomes active again. The hit that ends the silence opens a window; the
 * next such hit ends it at the latest. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/window.h"
#include "base/timestamp.h"

enum { SILENT };

static const struct corr_param params[] = {
    { "silent", PARAM_DURATION, true, NULL, "span without a hit after which the next one wakes the group" },
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    (void)fields;
    (void)arena;
    if (c->args[SILENT].given && c->args[SILENT].duration <= 0)
        diag_error(d, c->args[SILENT].at, "'silent' has to be longer than 0s");
}

struct wake {
    const struct correlation *c;
    struct sweep *s;
    struct window w;  /* hits since the group woke */
    struct episode e; /* has those of them that are accounted for */
    size_t n_added;   /* how many that is */
    int64_t silence;  /* before it, microseconds */
    bool fired;
};

/* Accounts for all hits of the window: the judged one is the last. */
static void
account(struct wake *k, const struct hit *h, double value)
{
    if (!k->fired) {
        k->fired = true;
        k->e.first_seen = window_hit(&k->w, 0)->time;
        k->e.fired_at = h->time;
        k->e.fired = *h;
        k->e.value = value;
        episode_say_number(&k->e, SV("silent_hours"), (double)k->silence / 3.6e9);
    }
    k->e.last_seen = h->time;
    k->e.peak = value;
    while (k->n_added < window_size(&k->w))
        episode_add(&k->e, window_hit(&k->w, k->n_added++));
}

/* What is left to say at the end of a window, if it is judged by this run. */
static void
judge_closed(struct wake *k)
{
    const double value = (double)k->w.n_events;
    if (!corr_bounds_hold(k->c, value))
        return;
    const struct hit last = *window_hit(&k->w, window_size(&k->w) - 1);
    account(k, &last, value);
}

/* `next` is the hit that wakes the group again, NULL if none does. If an earlier run has seen it, it has closed the
 * window, too. */
static void
end_window(struct wake *k, const struct hit *next)
{
    if (window_size(&k->w) == 0)
        return;
    const int64_t start = window_hit(&k->w, 0)->time;
    const int64_t closes = time_after(start, k->c->timespan);
    if (k->c->closed && (next != NULL || !sweep_is_open(k->s, start, k->c->timespan)))
        judge_closed(k);
    k->e.closes = k->c->closed && (next == NULL || next->fresh) ? closes : TIME_NONE;
    k->e.until = next != NULL && next->time < closes ? next->time : closes;
    if (k->fired)
        sweep_fire(k->s, &k->e);
    window_clear(&k->w);
    k->fired = false;
    k->n_added = 0;
}

static void
step(struct wake *k, const struct hit *h)
{
    window_push(&k->w, h);
    const double value = (double)k->w.n_events;
    if (!k->c->closed && corr_bounds_hold(k->c, value))
        account(k, h, value);
}

/* Hits that another member of the family has carried here say nothing: an earlier run has judged what follows them. */
static bool
next_hit(struct group *g, struct hit *h)
{
    do {
        if (!group_next(g, h))
            return false;
    } while (h->time < group_past(g)->judge_from);
    return true;
}

/* A silence is not longer than all that the group did. */
static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return window_age(o->first, o->last) >= (uint64_t)c->args[SILENT].duration;
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    static const struct aggregate nothing = { .state = NULL };
    const uint64_t silent = (uint64_t)c->args[SILENT].duration, span = (uint64_t)c->timespan;
    struct wake k = { .c = c, .s = s };
    struct hit h;
    int64_t previous = 0;
    window_init(&k.w, &nothing);
    episode_init(&k.e, s);
    for (bool first = true; next_hit(g, &h); first = false, previous = h.time) {
        const bool wakes = !first && window_age(previous, h.time) >= silent;
        const bool awake = window_size(&k.w) > 0 && window_age(window_hit(&k.w, 0)->time, h.time) <= span;
        if (wakes || !awake)
            end_window(&k, wakes ? &h : NULL);
        if (wakes)
            k.silence = h.time - previous;
        if (wakes || awake)
            step(&k, &h);
    }
    end_window(&k, NULL);
    window_fini(&k.w);
}

/* The last hit before the horizon, which says how long the group has been silent; and of a window that is open there
 * all hits, with the one before it, after which it began. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    const uint64_t silent = (uint64_t)c->args[SILENT].duration;
    int64_t previous = TIME_NONE, before_wake = TIME_NONE, wake = TIME_NONE;
    struct hit h;
    while (next_hit(g, &h) && h.time < k->horizon) {
        if (previous != TIME_NONE && window_age(previous, h.time) >= silent) {
            before_wake = previous;
            wake = h.time;
        }
        previous = h.time;
    }
    k->judge_from = previous != TIME_NONE ? previous : k->horizon;
    if (wake != TIME_NONE && time_after(wake, c->timespan) >= k->horizon)
        k->judge_from = before_wake;
    carry_from(k, k->judge_from);
}

const struct corr_type corr_x_gap = {
    .name = "x-gap",
    .help = "a group that was silent becomes active again: events within the timespan after the first",
    .metric = "events",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 1 },
    .prepare = prepare,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry,
};
