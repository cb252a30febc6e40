/* SPDX-License-Identifier: Apache-2.0 */
/* x-ratio: events of one rule over events of another in a window. A plain share, or a test that asks whether so large a
 * share can be chance: 1 of 1 is a share of 1 and proves nothing. */
#include <math.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/stats.h"
#include "agg/window.h"
#include "base/number.h"

enum { OF, PER, MIN, TEST, P0, P_VALUE };

static const struct corr_param params[] = {
    { "of", PARAM_RULE, true, NULL, "rule whose events are the part" },
    { "per", PARAM_RULE, true, NULL, "rule whose events are the whole" },
    { "min", PARAM_COUNT, false, NULL, "undefined with fewer events of `per` [1]" },
    { "test", PARAM_WORD, false, "share binomial wilson", "how the share is judged [share]" },
    { "p0", PARAM_NUMBER, false, NULL, "share that is normal; for a test" },
    { "p-value", PARAM_NUMBER, false, NULL, "how unlikely chance has to be [1e-6 binomial, 0.025 wilson]" },
};

enum test { SHARE, BINOMIAL, WILSON };

struct config {
    enum test test;
    double p0, p_value;
    double z; /* WILSON */
};

static void
check_test(struct correlation *c, const struct config *config, struct diags *d)
{
    const struct corr_arg *p0 = &c->args[P0], *p = &c->args[P_VALUE], *test = &c->args[TEST];
    if (c->n_bounds != 0)
        diag_error(d, test->at, "a test judges by itself: it takes no condition");
    if (!p0->given)
        diag_error(d, test->at, "a test needs 'p0', the share that is normal");
    else if (!(p0->number >= 0 && p0->number <= 1))
        diag_error(d, p0->at, "'p0' has to be between 0 and 1");
    if (p->given && !(config->p_value > 0 && config->p_value < 1))
        diag_error(d, p->at, "'p-value' has to lie between 0 and 1");
}

static void
check_share(struct correlation *c, struct diags *d)
{
    if (c->n_bounds == 0)
        diag_error(d, c->meta.at, "type 'x-ratio' needs a bound in its condition, like {gte: 0.5}, or a test");
    if (c->args[P0].given)
        diag_error(d, c->args[P0].at, "'p0' belongs to a test: binomial or wilson");
    if (c->args[P_VALUE].given)
        diag_error(d, c->args[P_VALUE].at, "'p-value' belongs to a test: binomial or wilson");
}

static struct sv
threshold_of(const struct config *config, struct arena *arena)
{
    char p0[NUMBER_TEXT_MAX], p_value[NUMBER_TEXT_MAX];
    number_format(config->p0, p0);
    number_format(config->p_value, p_value);
    return arena_printf(arena, "%s p0 %s p-value %s", config->test == WILSON ? "wilson" : "binomial", p0, p_value);
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    const struct sv test = c->args[TEST].word;
    (void)fields;
    config->test = sv_eq(test, SV("binomial")) ? BINOMIAL : sv_eq(test, SV("wilson")) ? WILSON : SHARE;
    c->config = config;
    if (config->test == SHARE) {
        check_share(c, d);
        return;
    }
    config->p0 = c->args[P0].number;
    config->p_value = c->args[P_VALUE].given ? c->args[P_VALUE].number : config->test == WILSON ? 0.025 : 1e-6;
    check_test(c, config, d);
    if (config->test == WILSON && config->p_value > 0 && config->p_value < 1)
        config->z = -stats_normal_quantile(config->p_value);
    c->closed = false;
    c->threshold = threshold_of(config, arena);
}

struct counts {
    const struct correlation *c;
    const struct config *config;
    uint64_t k, n;
};

/* A rule's hits in a group are distinct events. */
static void
enter(void *state, const struct hit *h)
{
    struct counts *x = state;
    x->k += h->pos == x->c->args[OF].pos;
    x->n += h->pos == x->c->args[PER].pos;
}

static void
leave(void *state, const struct hit *h)
{
    struct counts *x = state;
    x->k -= h->pos == x->c->args[OF].pos;
    x->n -= h->pos == x->c->args[PER].pos;
}

static double
value(void *state, const struct window *w)
{
    const struct counts *x = state;
    const struct corr_arg *min = &x->c->args[MIN];
    (void)w;
    if (x->n == 0 || (double)x->n < (min->given ? min->number : 1))
        return (double)NAN;
    return (double)x->k / (double)x->n;
}

static bool
holds(void *state, const struct window *w, const struct hit *at, double share)
{
    const struct counts *x = state;
    const uint64_t k = x->k < x->n ? x->k : x->n;
    (void)w;
    (void)at;
    if (isnan(share))
        return false;
    switch (x->config->test) {
    case SHARE:
        return corr_bounds_hold(x->c, share);
    case BINOMIAL:
        return stats_binomial_below(k, x->n, x->config->p0, x->config->p_value);
    case WILSON:
        return stats_wilson_lower(k, x->n, x->config->z) > x->config->p0;
    }
    return false;
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct counts *x = state;
    const uint64_t k = x->k < x->n ? x->k : x->n;
    (void)w;
    episode_say_number(e, SV("of"), (double)x->k);
    episode_say_number(e, SV("per"), (double)x->n);
    if (x->config->test == BINOMIAL)
        episode_say_number(e, SV("p_value"), stats_binomial_tail(k, x->n, x->config->p0));
    if (x->config->test == WILSON)
        episode_say_number(e, SV("lower_bound"), stats_wilson_lower(k, x->n, x->config->z));
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct counts x = { .c = c, .config = c->config };
    const struct aggregate a = {
        .state = &x, .enter = enter, .leave = leave, .value = value, .holds = holds, .explain = explain
    };
    window_sweep(c, g, s, &a);
}

const struct corr_type corr_x_ratio = {
    .name = "x-ratio",
    .help = "events of one rule over events of another within the timespan: a share, or a test of it",
    .metric = "share",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .prepare = prepare,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
