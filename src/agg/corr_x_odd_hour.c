/* SPDX-License-Identifier: Apache-2.0 */
/* x-odd-hour: a group acts at an hour of the day at which it never does. Hours lie on a circle, where 23 and 1 are two
 * hours apart and have noon as their arithmetic mean; so the mean and the spread are the circular ones (Mardia and
 * Jupp, Directional Statistics, 2000, sections 2.2 and 2.3): of n hours as angles a,
 *
 *     C = 1/n sum cos a    S = 1/n sum sin a    R = sqrt(C^2 + S^2)    mean = atan2(S, C)    spread = sqrt(-2 ln R)
 *
 * and z = |hour - mean| along the circle / spread. Who is awake at all hours has no mean that means anything, but a
 * spread so large that no hour is odd: for hours spread evenly over 16 it is 5.1 h, and 12 / 5.1 < 3.
 *
 * Sums slide with the look-back and are exact, so that the same history has the same sums whatever came before it. */
#include <math.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/number.h"

enum { FIELD, LEARNING_HITS, SPREAD };

#define DAY_HOURS 24.0
#define LEARNING_DEFAULT 30
#define SPREAD_DEFAULT 1.0
#define Z_PARTS 1e9 /* of 1: the value has no digits beyond */
#define FULL_CIRCLE 6.283185307179586476925286766559

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, false, NULL, "hour of the day, 0 to below 24 [time.local_hour]" },
    { "learning.hits", PARAM_COUNT, false, NULL, "silent while the look-back has fewer hits [30]" },
    { "spread", PARAM_NUMBER, false, NULL, "hours; habits that are more exact than this count as this exact [1]" },
};

struct config {
    const field_id *hour; /* by position */
    double learning_hits;
    double spread;
};

static const field_id *
hour_fields(const struct correlation *c, struct fields *fields, struct arena *arena)
{
    if (c->args[FIELD].given)
        return c->args[FIELD].fields;
    field_id *id = ARENA_ARRAY(arena, field_id, c->n_inputs);
    for (size_t i = 0; i < c->n_inputs; i++)
        id[i] = fields_add(fields, SV("time.local_hour"));
    return id;
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    config->hour = hour_fields(c, fields, arena);
    config->learning_hits = c->args[LEARNING_HITS].given ? c->args[LEARNING_HITS].number : LEARNING_DEFAULT;
    config->spread = c->args[SPREAD].given ? c->args[SPREAD].number : SPREAD_DEFAULT;
    if (!(config->spread > 0))
        diag_error(d, c->args[SPREAD].at, "'spread' has to be more than 0");
    c->config = config;
}

static bool
is_hour(double x)
{
    return x >= 0 && x < DAY_HOURS;
}

static bool
record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    const struct config *config = c->config;
    double hour;
    (void)skipped; /* the hit itself is what is skipped */
    if (!values_number(ev, config->hour[pos], &hour) || !is_hour(hour))
        return false;
    put_double(payload, hour);
    return true;
}

static bool
is_payload(const struct correlation *c, unsigned pos, struct reader *r)
{
    (void)c;
    (void)pos;
    return is_hour(get_double(r));
}

/* ---- sweep ---- */

struct habit {
    const struct correlation *c;
    const struct config *config;
    struct exact_sum cosines, sines; /* over the look-back */
};

static double
hour_of(const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    return get_double(&r);
}

static double
angle_of(const struct hit *h)
{
    return hour_of(h) / DAY_HOURS * FULL_CIRCLE;
}

static void
enter(void *state, const struct hit *h)
{
    struct habit *k = state;
    exact_sum_add(&k->cosines, cos(angle_of(h)));
    exact_sum_add(&k->sines, sin(angle_of(h)));
}

static void
leave(void *state, const struct hit *h)
{
    struct habit *k = state;
    exact_sum_remove(&k->cosines, cos(angle_of(h)));
    exact_sum_remove(&k->sines, sin(angle_of(h)));
}

struct usual {
    double mean, spread; /* hours */
};

static struct usual
usual_of(const struct habit *k, size_t n)
{
    const double c = exact_sum_value(&k->cosines) / (double)n, s = exact_sum_value(&k->sines) / (double)n;
    const double length = hypot(c, s);
    const double r = length < 1 ? length : 1;
    const double mean = atan2(s, c) / FULL_CIRCLE * DAY_HOURS;
    const double spread = sqrt(-2 * log(r)) / FULL_CIRCLE * DAY_HOURS;
    return (struct usual){ mean < 0 ? mean + DAY_HOURS : mean,
                           spread > k->config->spread ? spread : k->config->spread };
}

/* The shorter way round. */
static double
hours_apart(double a, double b)
{
    const double d = fabs(a - b);
    return d <= DAY_HOURS / 2 ? d : DAY_HOURS - d;
}

static double
shown_hour(double x)
{
    return fmod(number_round(x, 1000), DAY_HOURS);
}

static void
judge(const struct habit *k, const struct window *w, const struct hit *h, struct sweep *s, struct episode *e)
{
    const size_t n = window_size(w);
    if (n == 0 || (double)n < k->config->learning_hits)
        return;
    const struct usual usual = usual_of(k, n);
    const double z = number_round(hours_apart(hour_of(h), usual.mean) / usual.spread, Z_PARTS);
    if (!corr_bounds_hold(k->c, z))
        return;
    e->first_seen = e->fired_at = e->last_seen = e->until = h->time;
    e->value = e->peak = z;
    e->fired = *h;
    e->event_count = 1;
    episode_say_number(e, SV("hour"), shown_hour(hour_of(h)));
    episode_say_number(e, SV("usual_hour"), shown_hour(usual.mean));
    episode_say_number(e, SV("spread_hours"), number_round(usual.spread, 1000));
    episode_say_number(e, SV("history"), (double)n);
    episode_add(e, h);
    sweep_fire(s, e);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct habit k = { .c = c, .config = c->config };
    const struct aggregate a = { .state = &k, .enter = enter, .leave = leave };
    struct window w;
    struct episode e;
    struct hit h;
    exact_sum_init(&k.cosines);
    exact_sum_init(&k.sines);
    window_init(&w, &a);
    episode_init(&e, s);
    while (group_next(g, &h)) {
        while (window_size(&w) > 0 && window_age(window_hit(&w, 0)->time, h.time) > (uint64_t)c->timespan)
            window_pop(&w, NULL);
        if (h.time >= group_past(g)->judge_from)
            judge(&k, &w, &h, s, &e);
        window_push(&w, &h);
    }
    window_fini(&w);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    (void)g;
    carry_single_hits(k, c->timespan);
}

const struct corr_type corr_x_odd_hour = {
    .name = "x-odd-hour",
    .help = "an hour of the day that is far from the group's hours within the timespan",
    .metric = "z",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GT, 3 },
    .single_hits = true,
    .prepare = prepare,
    .record = record,
    .is_payload = is_payload,
    .sweep = sweep,
    .carry = carry,
    .carries_by_time = true,
};
