/* SPDX-License-Identifier: Apache-2.0 */
/* temporal_ordered: hits of r1..rk exist in the window, with non-decreasing times in that order, the last of them the
 * judged hit.
 *
 * Linear time: of all chains of hits of r_s..r_m that have been seen, the one that starts latest is as good as any,
 * because it lies within the most windows. `latest[s][m]` is its start; a hit of r_m at time t can only raise the
 * entries of its own column: latest[s][m] = latest[s][m-1], latest[m][m] = t. Hits of one time satisfy the order either
 * way round, so they are entered together, by position.
 *
 * With a least step d between neighbours of the chain a hit of r_m counts only for what comes d later, and so on: it is
 * entered (k-1-m) d late. Entered in the order of these delayed times, ties by position, all is as without steps: a hit
 * of r_m at t finds exactly those of r_m-1 that are at most t - d.
 *
 * Chains that start behind r1 matter only when hit i's event was delivered twice: the other deliveries belong to the
 * window even if they are older than the span, and can stand for the first rules. */
#include <string.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/window.h"
#include "base/timestamp.h"
#include "base/vec.h"

enum { MIN_STEP };

static const struct corr_param params[] = {
    { "x-min-step", PARAM_DURATION, false, NULL, "least time between one rule's hit and the next one's [0s]" },
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *step = &c->args[MIN_STEP];
    (void)fields;
    (void)arena;
    if (step->duration > 0 && c->n_inputs > 1 && step->duration > c->timespan / (int64_t)(c->n_inputs - 1))
        diag_error(d, step->at, "the steps of 'x-min-step' together are longer than the timespan");
}

/* A hit of the judged event that is older than the span. */
struct early {
    bool there;
    int64_t time;
};

/* Times of one rule's hits that are not in `latest` yet, oldest first; equal ones once. */
struct waiting {
    VEC(int64_t) time;
    size_t head;
};

struct chains {
    const struct correlation *c;
    size_t k;    /* rules */
    int64_t now; /* time of the hits that are entering */
    uint64_t step;
    struct waiting *waiting; /* by position; of the last rule nobody waits */
    int64_t *latest;         /* [s * k + m]; TIME_NONE: no such chain */
    struct early *early;     /* by position */
    bool any_early;
};

static void
chains_init(struct chains *x, const struct correlation *c, struct arena *arena)
{
    const size_t k = c->n_inputs;
    *x = (struct chains){ .c = c, .k = k, .now = TIME_NONE, .step = (uint64_t)c->args[MIN_STEP].duration };
    x->waiting = ARENA_ARRAY(arena, struct waiting, k);
    x->early = ARENA_ARRAY(arena, struct early, k);
    x->latest = ARENA_ARRAY(arena, int64_t, k * k);
    for (size_t m = 0; m < k; m++)
        x->waiting[m] = (struct waiting){ VEC_INIT, 0 };
    for (size_t i = 0; i < k * k; i++)
        x->latest[i] = TIME_NONE;
}

static void
chains_fini(struct chains *x)
{
    for (size_t m = 0; m < x->k; m++)
        vec_fini(&x->waiting[m].time);
}

static void
put_off(struct waiting *w, int64_t time)
{
    if (w->head == w->time.n)
        w->head = w->time.n = 0;
    if (w->time.n > w->head && w->time.v[w->time.n - 1] == time)
        return;
    if (w->head > 64 && w->head > w->time.n / 2) {
        w->time.n -= w->head;
        memmove(w->time.v, w->time.v + w->head, w->time.n * sizeof *w->time.v);
        w->head = 0;
    }
    vec_push(&w->time, time);
}

/* The rule whose oldest waiting hit is the next to be entered; k: nobody's turn has come. */
static size_t
next_turn(const struct chains *x)
{
    size_t next = x->k;
    int64_t turn = 0;
    for (size_t m = 0; m + 1 < x->k; m++) {
        const struct waiting *w = &x->waiting[m];
        const uint64_t delay = (x->k - 1 - m) * x->step;
        if (w->head == w->time.n || window_age(w->time.v[w->head], x->now) < delay)
            continue;
        const int64_t t = w->time.v[w->head] + (int64_t)delay;
        if (next == x->k || t < turn) {
            next = m;
            turn = t;
        }
    }
    return next;
}

/* Enters the hits whose time has come. */
static void
settle(struct chains *x)
{
    for (size_t m; (m = next_turn(x)) < x->k;) {
        for (size_t s = 0; s < m; s++)
            x->latest[s * x->k + m] = x->latest[s * x->k + m - 1];
        x->latest[m * x->k + m] = x->waiting[m].time.v[x->waiting[m].head++];
    }
}

static void
arrive(void *state, const struct hit *h)
{
    struct chains *x = state;
    if (h->time != x->now)
        settle(x);
    x->now = h->time;
    if (h->pos + 1 < x->k)
        put_off(&x->waiting[h->pos], h->time);
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
    while (n + 1 < x->k && x->early[n].there &&
           (n == 0 || (x->early[n].time >= x->early[n - 1].time &&
                       window_age(x->early[n - 1].time, x->early[n].time) >= x->step)))
        n++;
    for (size_t i = 0; i < x->k; i++)
        x->early[i].there = false;
    x->any_early = false;
    return n;
}

/* The early hits are older than the span, so the longest prefix of them is the best: what can follow a shorter one can
 * follow it too. Nor can the steps be longer than the span, if the prefix is all but the judged hit. */
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
    return start != TIME_NONE && window_age(start, at->time) <= (uint64_t)x->c->timespan &&
           (first == 0 || window_age(x->early[first - 1].time, start) >= x->step);
}

/* Of a window in which it is true: all of them. */
static double
value(void *state, const struct window *w)
{
    (void)w;
    return (double)((struct chains *)state)->k;
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return o->n_inputs == c->n_inputs;
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct chains x;
    if (group_inputs(g) < c->n_inputs)
        return;
    chains_init(&x, c, sweep_arena(s));
    const struct aggregate a = {
        .state = &x, .enter = enter, .arrive = arrive, .value = value, .holds = holds, .only_last = true
    };
    window_sweep(c, g, s, &a);
    chains_fini(&x);
}

const struct corr_type corr_temporal_ordered = {
    .name = "temporal_ordered",
    .help = "the listed rules hit within the timespan, in the order in which they are listed",
    .metric = "temporal_ordered",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .temporal = true,
    .ordered = true,
    .default_all = true,
    .prepare = prepare,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
