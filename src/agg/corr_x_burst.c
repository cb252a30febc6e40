/* SPDX-License-Identifier: Apache-2.0 */
/* x-burst: far more events in a window than the group's own base line lets expect, by the tail of a Poisson
 * distribution. The base line is what lies right before the window; a group without one is judged against `floor`, and
 * a young one not at all. */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/distinct.h"
#include "agg/stats.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/number.h"
#include "base/timestamp.h"

enum { BASELINE, P_VALUE, MIN, FLOOR, DISTINCT_FIELD, DISTINCT_COUNT, LEARNING_SPAN };

static const struct corr_param params[] = {
    { "baseline", PARAM_DURATION, true, NULL, "span before the window that says what is usual" },
    { "p-value", PARAM_NUMBER, false, NULL, "how unlikely chance has to be [1e-6]" },
    { "min", PARAM_COUNT, false, NULL, "events that a window needs at least [1]" },
    { "floor", PARAM_NUMBER, false, NULL, "events that are always to be expected in a window [1]" },
    { "min-distinct.field", PARAM_FIELD, false, NULL, "field of which a window needs several values" },
    { "min-distinct.count", PARAM_COUNT, false, NULL, "how many" },
    { "learning.span", PARAM_DURATION, false, NULL, "silent while the group's first hit is younger [0s]" },
};

struct config {
    double p_value, min, floor;
};

static double
number_or(const struct correlation *c, size_t param, double fallback)
{
    return c->args[param].given ? c->args[param].number : fallback;
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    const struct corr_arg *field = &c->args[DISTINCT_FIELD], *count = &c->args[DISTINCT_COUNT];
    char p_value[NUMBER_TEXT_MAX];
    (void)fields;
    config->p_value = number_or(c, P_VALUE, 1e-6);
    config->min = number_or(c, MIN, 1);
    config->floor = number_or(c, FLOOR, 1);
    if (c->args[BASELINE].given && c->args[BASELINE].duration <= 0)
        diag_error(d, c->args[BASELINE].at, "'baseline' has to be longer than 0s");
    if (!(config->p_value > 0 && config->p_value < 1))
        diag_error(d, c->args[P_VALUE].at, "'p-value' has to lie between 0 and 1");
    if (config->floor < 0)
        diag_error(d, c->args[FLOOR].at, "'floor' cannot be negative");
    if (field->given != count->given)
        diag_error(d, field->given ? field->at : count->at, "'min-distinct' needs both 'field' and 'count'");
    number_format(config->p_value, p_value);
    c->threshold = arena_printf(arena, "p-value %s", p_value);
    c->closed = false;
    c->config = config;
}

static const struct value_list lists[] = {
    { DISTINCT_FIELD, VALUES_OF_ALL, 0, SIZE_MAX },
};

struct burst {
    const struct correlation *c;
    const struct config *config;
    struct distinct values; /* of the window's events */
    struct window older;    /* the base line: what left the window */
    int64_t first;          /* time of the group's first hit; TIME_NONE: there was none yet */
};

static double
expected(const struct burst *b)
{
    const double c = (double)b->older.n_events;
    const double lambda = c * (double)b->c->timespan / (double)b->c->args[BASELINE].duration;
    return lambda > b->config->floor ? lambda : b->config->floor;
}

static bool
usable(void *state, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    (void)state;
    return h->payload.n != 0 && get_varint(&r) != 0;
}

static void
each_value(struct burst *b, const struct hit *h, bool (*fn)(struct distinct *, struct sv))
{
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        fn(&b->values, get_bytes(&r));
}

static void
add(void *state, const struct hit *h)
{
    each_value(state, h, distinct_add);
}

static void
remove_hit(void *state, const struct hit *h)
{
    each_value(state, h, distinct_remove);
}

/* What is older than window and base line together is no longer of interest. */
static void
arrive(void *state, const struct hit *h)
{
    struct burst *b = state;
    const uint64_t reach = (uint64_t)b->c->timespan + (uint64_t)b->c->args[BASELINE].duration;
    if (b->first == TIME_NONE)
        b->first = h->time;
    while (window_size(&b->older) > 0 && window_age(window_hit(&b->older, 0)->time, h->time) > reach)
        window_pop(&b->older, NULL);
}

static void
expire(void *state, const struct hit *h)
{
    window_push(&((struct burst *)state)->older, h);
}

static double
value(void *state, const struct window *w)
{
    (void)state;
    return (double)w->n_events;
}

static bool
holds(void *state, const struct window *w, const struct hit *at, double k)
{
    const struct burst *b = state;
    const struct corr_arg *count = &b->c->args[DISTINCT_COUNT], *learning = &b->c->args[LEARNING_SPAN];
    if (k < b->config->min || (count->given && (double)b->values.n < count->number))
        return false;
    if (learning->given && window_age(b->first, at->time) < (uint64_t)learning->duration)
        return false;
    return stats_poisson_below(w->n_events, expected(b), b->config->p_value);
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct burst *b = state;
    const double lambda = expected(b);
    episode_say_number(e, SV("lambda"), lambda);
    episode_say_number(e, SV("p_value"), stats_poisson_tail(w->n_events, lambda));
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    static const struct aggregate nothing = { .state = NULL };
    struct burst b = { .c = c, .config = c->config, .first = group_past(g)->first };
    const struct aggregate a = { .state = &b,
                                 .usable = usable,
                                 .add = add,
                                 .remove = remove_hit,
                                 .arrive = arrive,
                                 .expire = expire,
                                 .value = value,
                                 .holds = holds,
                                 .explain = explain };
    distinct_init(&b.values);
    window_init(&b.older, &nothing);
    window_sweep(c, g, s, &a);
    window_fini(&b.older);
    distinct_fini(&b.values);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    (void)g;
    carry_trailing(c, k, c->args[BASELINE].duration);
}

const struct corr_type corr_x_burst = {
    .name = "x-burst",
    .help = "far more events within the timespan than the group's own base line lets expect",
    .metric = "events",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_NONE,
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .sweep = sweep,
    .carry = carry,
    .carries_by_time = true,
    .has_past = true,
};
