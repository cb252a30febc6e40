/* SPDX-License-Identifier: Apache-2.0 */
/* x-departure: a group does what it never does. Someone who wrote fifty posts without one affiliate link has three of
 * them today: what counts is not the three, but that the fifty had none.
 *
 * Trailing windows: k = distinct events of `of` in the window. Its habit is what lies before the window: the latest
 * `history.hits` events of either rule that are at most `history.span` older than the window. The window departs
 * from it if none of them (or at most `history.max-share`) is of `of`, and there are at least `history.min` of them. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/window.h"

enum { OF, PER, HISTORY_HITS, HISTORY_SPAN, HISTORY_MIN, HISTORY_MAX_SHARE };

static const struct corr_param params[] = {
    { "of", PARAM_RULE, true, NULL, "rule whose events are out of habit" },
    { "per", PARAM_RULE, true, NULL, "rule whose events, with those of `of`, make the habit" },
    { "history.hits", PARAM_COUNT, false, NULL, "latest events before the window that make the habit [50]" },
    { "history.span", PARAM_DURATION, false, NULL, "how much older than the window they may be [30d]" },
    { "history.min", PARAM_COUNT, false, NULL, "silent with fewer of them [10]" },
    { "history.max-share", PARAM_NUMBER, false, NULL, "share of them that may be of `of` all the same [0]" },
};

#define DAY INT64_C(86400000000)

struct config {
    size_t hits, min;
    uint64_t span;
    double max_share;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *a = c->args;
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    config->hits = a[HISTORY_HITS].given ? (size_t)a[HISTORY_HITS].number : 50;
    config->min = a[HISTORY_MIN].given ? (size_t)a[HISTORY_MIN].number : 10;
    config->span = (uint64_t)(a[HISTORY_SPAN].given ? a[HISTORY_SPAN].duration : 30 * DAY);
    config->max_share = a[HISTORY_MAX_SHARE].given ? a[HISTORY_MAX_SHARE].number : 0;
    if (!(config->max_share >= 0 && config->max_share < 1))
        diag_error(d, a[HISTORY_MAX_SHARE].at, "'history.max-share' has to be at least 0 and below 1");
    if (config->hits == 0)
        diag_error(d, a[HISTORY_HITS].at, "'history.hits' has to be at least 1");
    else if (config->hits > 100000)
        diag_error(d, a[HISTORY_HITS].at, "'history.hits' can be at most 100000");
    else if (config->min > config->hits)
        diag_error(d, a[HISTORY_MIN].given ? a[HISTORY_MIN].at : a[HISTORY_HITS].at,
                   "'history.min' (%zu) cannot be more than 'history.hits' (%zu)", config->min, config->hits);
    c->config = config;
    c->closed = false;
}

/* An event that has left the window. */
struct gone {
    uint64_t event;
    int64_t time;
    bool is_of;
};

struct habit {
    const struct correlation *c;
    const struct config *config;
    struct gone *ring; /* config->hits of them */
    size_t n;          /* ever put in */
    uint64_t n_of;     /* hits of `of` in the window: distinct events */
    size_t n_history;  /* at the latest judgement */
};

static void
enter(void *state, const struct hit *h)
{
    struct habit *x = state;
    x->n_of += h->pos == x->c->args[OF].pos;
}

static void
leave(void *state, const struct hit *h)
{
    struct habit *x = state;
    x->n_of -= h->pos == x->c->args[OF].pos;
}

static void
expire(void *state, const struct hit *h)
{
    struct habit *x = state;
    const bool is_of = h->pos == x->c->args[OF].pos;
    struct gone *last = x->n != 0 ? &x->ring[(x->n - 1) % x->config->hits] : NULL;
    if (last != NULL && last->event == h->event)
        last->is_of = last->is_of || is_of;
    else
        x->ring[x->n++ % x->config->hits] = (struct gone){ h->event, h->time, is_of };
}

static double
value(void *state, const struct window *w)
{
    const struct habit *x = state;
    (void)w;
    return (double)x->n_of;
}

/* Is what lies before the window of `at` a habit, and free of `of`, or nearly? */
static bool
has_habit(struct habit *x, const struct hit *at)
{
    const size_t kept = x->n < x->config->hits ? x->n : x->config->hits;
    const uint64_t reach = (uint64_t)x->c->timespan + x->config->span;
    size_t n_of = 0;
    x->n_history = 0;
    for (size_t i = 0; i < kept; i++) {
        const struct gone *p = &x->ring[(x->n - 1 - i) % x->config->hits];
        if (window_age(p->time, at->time) > reach)
            break;
        n_of += p->is_of;
        x->n_history++;
    }
    return x->n_history >= x->config->min && (double)n_of <= x->config->max_share * (double)x->n_history;
}

static bool
holds(void *state, const struct window *w, const struct hit *at, double k)
{
    struct habit *x = state;
    (void)w;
    return corr_bounds_hold(x->c, k) && has_habit(x, at);
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct habit *x = state;
    (void)w;
    episode_say_number(e, SV("history"), (double)x->n_history);
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return o->has_input[c->args[OF].pos] || corr_bounds_hold(c, 0);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const struct config *config = c->config;
    struct habit x = { .c = c, .config = config };
    x.ring = ARENA_ARRAY(sweep_arena(s), struct gone, config->hits);
    const struct aggregate a = { .state = &x,
                                 .enter = enter,
                                 .leave = leave,
                                 .expire = expire,
                                 .value = value,
                                 .holds = holds,
                                 .explain = explain };
    window_sweep(c, g, s, &a);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    const struct config *config = c->config;
    (void)g;
    carry_trailing(c, k, (int64_t)config->span);
}

const struct corr_type corr_x_departure = {
    .name = "x-departure",
    .help = "events of a rule within the timespan, of which the group's latest history has (nearly) none",
    .metric = "events",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 1 },
    .prepare = prepare,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry,
    .carries_by_time = true,
};
