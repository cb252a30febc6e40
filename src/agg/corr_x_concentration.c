/* SPDX-License-Identifier: Apache-2.0 */
/* x-concentration: many actors aim at the same few targets. Of the accounts of an app, thirty percent follow the same
 * twenty accounts: nobody chose those, they are what the app sells.
 *
 * value = the share of actors that chose the `top`-th most chosen target, so `top` targets have at least that share.
 * Ties do not matter: the share of the top-th is the same whoever is top-th. */
#include <math.h>
#include <stdlib.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/arena.h"

enum { FIELD, BY, TOP, MIN };

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, true, NULL, "what is aimed at" },
    { "by", PARAM_FIELD, true, NULL, "who aims" },
    { "top", PARAM_COUNT, false, NULL, "so many targets have to have the share [20]" },
    { "min", PARAM_COUNT, false, NULL, "silent with fewer who aim in the window [30]" },
};

struct config {
    size_t top, min;
};

static size_t
count_or(const struct corr_arg *arg, size_t fallback)
{
    return arg->given ? (size_t)arg->number : fallback;
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    config->top = count_or(&c->args[TOP], 20);
    config->min = count_or(&c->args[MIN], 30);
    if (config->top == 0)
        diag_error(d, c->args[TOP].at, "'top' has to be at least 1");
    c->config = config;
    c->closed = true;
}

/* Who, then at what. A hit that lacks one of them says nothing. */
static const struct value_list lists[] = {
    { BY, VALUES_OF_ALL, 1, SIZE_MAX },
    { FIELD, VALUES_OF_ALL, 1, SIZE_MAX },
};

struct choice {
    struct sv target, actor;
};

static int
compare_choices(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    const int c = sv_cmp(x->target, y->target);
    return c != 0 ? c : sv_cmp(x->actor, y->actor);
}

struct target {
    struct sv text;
    uint64_t actors;
};

/* The most chosen first. */
static int
compare_targets(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    if (x->actors != y->actors)
        return x->actors < y->actors ? 1 : -1;
    return sv_cmp(x->text, y->text);
}

struct census {
    const struct config *config;
    VEC(struct choice) choices;
    VEC(struct sv) actors;
    VEC(struct target) targets;
    size_t n_actors; /* distinct */
};

static void
note_hit(struct census *x, const struct hit *h, struct arena *scratch)
{
    struct reader r = reader_of(h->payload);
    size_t n_actors, n_targets;
    const struct sv *actor = values_get_texts(&r, scratch, &n_actors);
    const struct sv *target = values_get_texts(&r, scratch, &n_targets);
    for (size_t i = 0; i < n_actors; i++) {
        vec_push(&x->actors, actor[i]);
        for (size_t k = 0; k < n_targets; k++)
            vec_push(&x->choices, (struct choice){ target[k], actor[i] });
    }
}

static size_t
distinct_actors(struct census *x)
{
    size_t n = 0;
    qsort(x->actors.v, x->actors.n, sizeof *x->actors.v, values_cmp);
    for (size_t i = 0; i < x->actors.n; i++)
        n += i == 0 || !sv_eq(x->actors.v[i], x->actors.v[i - 1]);
    return n;
}

static void
count_targets(struct census *x)
{
    qsort(x->choices.v, x->choices.n, sizeof *x->choices.v, compare_choices);
    for (size_t i = 0; i < x->choices.n; i++) {
        const struct choice *c = &x->choices.v[i];
        const bool is_new = i == 0 || !sv_eq(c->target, c[-1].target);
        if (is_new)
            vec_push(&x->targets, (struct target){ c->target, 0 });
        if (is_new || !sv_eq(c->actor, c[-1].actor))
            x->targets.v[x->targets.n - 1].actors++;
    }
    qsort(x->targets.v, x->targets.n, sizeof *x->targets.v, compare_targets);
}

static double
value(void *state, const struct window *w)
{
    struct census *x = state;
    struct arena scratch;
    arena_init(&scratch);
    x->choices.n = x->actors.n = x->targets.n = 0;
    for (size_t i = 0; i < window_size(w); i++)
        note_hit(x, window_hit(w, i), &scratch);
    arena_fini(&scratch);
    if (x->actors.n == 0)
        return (double)NAN;
    x->n_actors = distinct_actors(x);
    if (x->n_actors < x->config->min)
        return (double)NAN;
    count_targets(x);
    if (x->targets.n < x->config->top)
        return 0;
    return (double)x->targets.v[x->config->top - 1].actors / (double)x->n_actors;
}

static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct census *x = state;
    const size_t n = x->targets.n < x->config->top ? x->targets.n : x->config->top;
    struct arena scratch;
    (void)w;
    arena_init(&scratch);
    struct sv *shown = ARENA_ARRAY(&scratch, struct sv, n + 1);
    for (size_t i = 0; i < n; i++)
        shown[i] = x->targets.v[i].text;
    episode_say_number(e, SV("actors"), (double)x->n_actors);
    episode_say(e, SV("targets"), values_join(&scratch, shown, n));
    arena_fini(&scratch);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct census x = { .config = c->config };
    const struct aggregate a = { .state = &x, .value = value, .explain = explain };
    window_sweep(c, g, s, &a);
    vec_fini(&x.choices);
    vec_fini(&x.actors);
    vec_fini(&x.targets);
}

const struct corr_type corr_x_concentration = {
    .name = "x-concentration",
    .help = "share of actors that aim at the same few targets within the timespan",
    .metric = "share",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
