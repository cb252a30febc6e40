/* SPDX-License-Identifier: Apache-2.0 */
/* x-risk: what the findings about one group amount to together. Each listed correlation says with some probability,
 * its risk in percent, that something is wrong; if they err independently, the probability that at least one is right
 * is that of a noisy or (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, section 4.3.2):
 *
 *     risk = 100 (1 - prod over the rules (1 - p)),   p = greatest of r/100 2^(-age / half-life) of a rule's findings
 *
 * Each rule speaks once: ten findings of one rule err together. Which of a rule's findings is the greatest does not
 * change while all of them fade alike, so the greatest of the window is at the front of a queue from which every
 * finding drops that a later one has outweighed: a sweep costs the findings, not their square. */
#include <math.h>
#include <string.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"

enum { HALF_LIFE, MIN_RULES };

#define HALF_LIFE_DEFAULT (7 * DAY)
#define MIN_RULES_DEFAULT 2
#define RISK_PARTS 1e9 /* of one percent: the value has no digits beyond */

static const struct corr_param params[] = {
    { "half-life", PARAM_DURATION, false, NULL, "a finding that old counts half [7d]" },
    { "min-rules", PARAM_COUNT, false, NULL, "silent with findings of fewer rules [2]" },
};

struct config {
    field_id risk, title; /* of a finding as a hit (chain.c) */
    double half_life;     /* microseconds */
    double min_rules;
};

static void
check_inputs(const struct correlation *c, struct diags *d)
{
    for (size_t i = 0; i < c->n_inputs; i++)
        if (!c->inputs[i].is_corr)
            diag_error(d, c->meta.at, "x-risk adds up findings of correlations, and '%.*s' is a rule on single events",
                       SV_ARG(c->inputs[i].name));
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    config->risk = fields_add(fields, SV("finding.risk"));
    config->title = fields_add(fields, SV("finding.title"));
    config->half_life = (double)(c->args[HALF_LIFE].given ? c->args[HALF_LIFE].duration : HALF_LIFE_DEFAULT);
    config->min_rules = c->args[MIN_RULES].given ? c->args[MIN_RULES].number : MIN_RULES_DEFAULT;
    if (!(config->half_life > 0))
        diag_error(d, c->args[HALF_LIFE].at, "'half-life' has to be longer than 0s");
    check_inputs(c, d);
    c->closed = false;
    c->config = config;
}

static bool
is_risk(double x)
{
    return x > 0 && x <= 100;
}

static bool
record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    const struct config *config = c->config;
    struct sv title = SV_NONE;
    double risk;
    (void)pos;
    (void)skipped; /* the hit itself is what is skipped */
    if (!values_number(ev, config->risk, &risk) || !is_risk(risk))
        return false;
    event_text(ev, config->title, &title);
    put_double(payload, risk);
    put_bytes(payload, title);
    return true;
}

static bool
is_payload(const struct correlation *c, unsigned pos, struct reader *r)
{
    (void)c;
    (void)pos;
    if (!is_risk(get_double(r)))
        return false;
    get_bytes(r);
    return true;
}

/* ---- sweep ---- */

struct voice {
    uint64_t seq; /* of the hit */
    int64_t time;
    double risk;
    struct sv title;
};

/* The findings of one rule that may yet be the greatest of a window: each fades to less than the one before it. */
struct queue {
    VEC(struct voice) v;
    size_t first;
};

struct choir {
    const struct correlation *c;
    const struct config *config;
    struct queue *of_rule; /* by position */
    struct arena *scratch;
};

static double
faded(const struct choir *k, const struct voice *x, int64_t now)
{
    return x->risk * exp2(-(double)window_age(x->time, now) / k->config->half_life);
}

static void
enter(void *state, const struct hit *h)
{
    struct choir *k = state;
    struct queue *q = &k->of_rule[h->pos];
    struct reader r = reader_of(h->payload);
    struct voice x = { .seq = h->seq, .time = h->time, .risk = get_double(&r) };
    x.title = get_bytes(&r);
    while (q->v.n > q->first && faded(k, &q->v.v[q->v.n - 1], x.time) <= x.risk)
        q->v.n--;
    if (q->first == q->v.n)
        q->first = q->v.n = 0;
    vec_push(&q->v, x);
}

static void
leave(void *state, const struct hit *h)
{
    struct choir *k = state;
    struct queue *q = &k->of_rule[h->pos];
    if (q->first == q->v.n || q->v.v[q->first].seq != h->seq)
        return;
    q->first++;
    if (q->first > 64 && 2 * q->first > q->v.n) {
        memmove(q->v.v, q->v.v + q->first, (q->v.n - q->first) * sizeof *q->v.v);
        q->v.n -= q->first;
        q->first = 0;
    }
}

static const struct voice *
greatest(const struct choir *k, size_t pos)
{
    const struct queue *q = &k->of_rule[pos];
    return q->first < q->v.n ? &q->v.v[q->first] : NULL;
}

static int64_t
judged_at(const struct window *w)
{
    return window_hit(w, window_size(w) - 1)->time;
}

static double
value(void *state, const struct window *w)
{
    const struct choir *k = state;
    double innocent = 1;
    size_t n = 0;
    for (size_t i = 0; i < k->c->n_inputs; i++) {
        const struct voice *x = greatest(k, i);
        if (x == NULL)
            continue;
        innocent *= 1 - faded(k, x, judged_at(w)) / 100;
        n++;
    }
    const bool enough = n != 0 && (double)n >= k->config->min_rules;
    return enough ? number_round(100 * (1 - innocent), RISK_PARTS) : (double)NAN;
}

/* "Stolen session 73, Log-in from a new country 19.02": what each rule says, faded. */
static void
explain(void *state, const struct window *w, struct episode *e)
{
    const struct choir *k = state;
    struct sv *text = ARENA_ARRAY(k->scratch, struct sv, k->c->n_inputs);
    size_t n = 0;
    for (size_t i = 0; i < k->c->n_inputs; i++) {
        const struct voice *x = greatest(k, i);
        if (x != NULL)
            text[n++] = arena_printf(k->scratch, "%.*s %.4g", SV_ARG(x->title), faded(k, x, judged_at(w)));
    }
    episode_say(e, SV("findings"), values_join(k->scratch, text, n));
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct choir k = { .c = c, .config = c->config, .scratch = sweep_arena(s) };
    const struct aggregate a = { .state = &k, .enter = enter, .leave = leave, .value = value, .explain = explain };
    k.of_rule = mem_zalloc(c->n_inputs, sizeof *k.of_rule);
    window_sweep(c, g, s, &a);
    for (size_t i = 0; i < c->n_inputs; i++)
        vec_fini(&k.of_rule[i].v);
    mem_free(k.of_rule);
}

const struct corr_type corr_x_risk = {
    .name = "x-risk",
    .help = "the risks of findings of several correlations, put together by noisy-or and fading with time",
    .metric = "risk",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .value_is_risk = true,
    .prepare = prepare,
    .record = record,
    .is_payload = is_payload,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
