/* SPDX-License-Identifier: Apache-2.0 */
/* x-unused-value: values granted to a group (an app's scopes, say) that were not used since. The run's latest time is
 * "now": a log that ends says nothing about what comes after it.
 *
 * Two guards keep it from speaking without evidence: a group needs `min-uses` used-hits since the grant, and the rule
 * needs `min-groups` groups with any use at all (else the log that proves uses is probably missing). */
#include <math.h>
#include <stdlib.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/map.h"
#include "base/timestamp.h"

enum { GRANTED_RULE, GRANTED_FIELD, USED_RULE, USED_FIELD, MEASURE, WEIGHTS, IGNORE, MIN_USES, MIN_GROUPS };

static const struct corr_param params[] = {
    { "granted.rule", PARAM_RULE, true, NULL, "its hits grant" },
    { "granted.field", PARAM_FIELD, true, NULL, "what they grant" },
    { "used.rule", PARAM_RULE, true, NULL, "its hits use" },
    { "used.field", PARAM_FIELD, true, NULL, "what they use" },
    { "measure", PARAM_WORD, false, "count weighted-share",
      "number of unused values, or their share of the granted weight [count]" },
    { "weights", PARAM_WEIGHTS, false, NULL, "weight of a value [1]" },
    { "ignore", PARAM_VALUES, false, NULL, "values that are neither granted nor unused" },
    { "min-uses", PARAM_COUNT, false, NULL,
      "silent with fewer used-hits in the group since the earliest grant that is judged [0]" },
    { "min-groups", PARAM_COUNT, false, NULL, "silent with fewer groups with any use [0]" },
};

struct config {
    struct text_set ignore;
    bool weighted;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *weights = &c->args[WEIGHTS];
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    config->ignore = values_set(arena, c->args[IGNORE].values, c->args[IGNORE].n_values);
    config->weighted = sv_eq(c->args[MEASURE].word, SV("weighted-share"));
    if (weights->given && !config->weighted)
        diag_error(d, weights->at, "'weights' needs 'measure: weighted-share'");
    for (size_t i = 0; i < weights->n_weights; i++)
        if (!(weights->weights[i] >= 0 && isfinite(weights->weights[i])))
            diag_error(d, weights->at, "the weight of '%.*s' cannot be negative", SV_ARG(weights->weight_keys[i]));
    c->config = config;
}

/* What the hit grants, then what it uses. */
static const struct value_list lists[] = {
    { GRANTED_FIELD, GRANTED_RULE, 0, SIZE_MAX },
    { USED_FIELD, USED_RULE, 0, SIZE_MAX },
};

static void
survey(const struct correlation *c, struct group *g, struct sweep *s)
{
    sweep_survey_rule(s, g, c->args[USED_RULE].pos);
}

static bool
wants_survey(const struct correlation *c)
{
    return c->args[MIN_GROUPS].number > 0;
}

/* A value of the group. */
struct item {
    struct sv text;
    bool granted, used;
    int64_t last_grant, last_use;
    bool unused;
};

struct account {
    const struct correlation *c;
    const struct config *config;
    struct sweep *s;
    struct arena *arena;
    struct map index; /* text -> item */
    VEC(struct item) items;
    struct hit last;      /* of the group */
    int64_t first_judged; /* earliest last grant of an unused value */
};

static struct item *
item_of(struct account *a, struct sv text)
{
    bool is_new;
    const size_t i = map_put(&a->index, text, 0, &is_new);
    if (is_new)
        vec_push(&a->items, (struct item){ .text = text });
    return &a->items.v[i];
}

/* Hits come in order of time, so the last one seen is the latest. */
static void
note(struct account *a, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--) {
        const struct sv text = get_bytes(&r);
        if (values_set_has(&a->config->ignore, text))
            continue;
        struct item *item = item_of(a, text);
        item->granted = true;
        item->last_grant = h->time;
    }
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--) {
        struct item *item = item_of(a, get_bytes(&r));
        item->used = true;
        item->last_use = h->time;
    }
}

/* Marks the unused values; false if there is none. */
static bool
judge(struct account *a, int64_t now)
{
    bool any = false;
    for (size_t i = 0; i < a->items.n; i++) {
        struct item *item = &a->items.v[i];
        const bool old =
            item->granted && item->last_grant <= now && window_age(item->last_grant, now) >= (uint64_t)a->c->timespan;
        item->unused = old && !(item->used && item->last_use >= item->last_grant);
        if (!item->unused)
            continue;
        if (!any || item->last_grant < a->first_judged)
            a->first_judged = item->last_grant;
        any = true;
    }
    return any;
}

static double
weight_of(const struct correlation *c, struct sv text)
{
    const struct corr_arg *w = &c->args[WEIGHTS];
    for (size_t i = 0; i < w->n_weights; i++)
        if (sv_eq(w->weight_keys[i], text))
            return w->weights[i];
    return 1;
}

/* The measure; NaN if all that was granted weighs nothing. */
static double
measure(const struct account *a)
{
    double unused = 0, granted = 0;
    for (size_t i = 0; i < a->items.n; i++) {
        const struct item *item = &a->items.v[i];
        const double w = a->config->weighted ? weight_of(a->c, item->text) : 1;
        granted += item->granted ? w : 0;
        unused += item->unused ? w : 0;
    }
    if (!a->config->weighted)
        return unused;
    return granted > 0 ? unused / granted : (double)NAN;
}

static bool
has_evidence(struct account *a, struct group *g)
{
    const double wanted = a->c->args[MIN_USES].number;
    double uses = 0;
    struct hit h;
    group_rewind(g);
    while (uses < wanted && group_next(g, &h))
        uses += h.pos == a->c->args[USED_RULE].pos && h.time >= a->first_judged;
    return uses >= wanted;
}

static bool
is_granted(const struct item *item)
{
    return item->granted;
}

static bool
is_used(const struct item *item)
{
    return item->used;
}

static bool
is_unused(const struct item *item)
{
    return item->unused;
}

static bool
is_needed(const struct item *item)
{
    return item->granted && !item->unused;
}

static void
say(struct account *a, struct episode *e, struct sv name, bool (*is)(const struct item *item))
{
    size_t n = 0;
    struct sv *v = ARENA_ARRAY(a->arena, struct sv, a->items.n);
    for (size_t i = 0; i < a->items.n; i++)
        if (is(&a->items.v[i]))
            v[n++] = a->items.v[i].text;
    qsort(v, n, sizeof *v, values_cmp);
    episode_say(e, name, values_join(a->arena, v, n));
}

static bool
grants_unused(struct account *a, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--) {
        const struct map_entry *entry = map_get(&a->index, get_bytes(&r));
        if (entry != NULL && a->items.v[entry - a->index.entry].unused)
            return true;
    }
    return false;
}

static void
fire(struct account *a, struct group *g, double value)
{
    struct episode e;
    struct hit h;
    bool first = true;
    episode_init(&e, a->s);
    group_rewind(g);
    while (group_next(g, &h)) {
        if (!grants_unused(a, &h))
            continue;
        if (first)
            e.first_seen = h.time;
        first = false;
        e.event_count++; /* hits of one rule are distinct events */
        episode_add(&e, &h);
    }
    e.fired_at = e.last_seen = a->last.time;
    e.fired = a->last;
    e.value = e.peak = value;
    say(a, &e, SV("granted"), is_granted);
    say(a, &e, SV("used"), is_used);
    say(a, &e, SV("unused"), is_unused);
    say(a, &e, SV("minimal"), is_needed);
    sweep_fire(a->s, &e);
}

/* Is there a grant that is old enough to be judged? If not, the first one will be. */
static bool
has_old_grant(const struct account *a, struct group *g, int64_t now)
{
    struct hit h;
    bool found = false;
    while (!found && group_next(g, &h))
        found = h.pos == a->c->args[GRANTED_RULE].pos;
    group_rewind(g);
    carry_due(a->s, found ? time_after(h.time, a->c->timespan) : INT64_MAX);
    return found && h.time <= now && window_age(h.time, now) >= (uint64_t)a->c->timespan;
}

/* When the next value is old enough. */
static int64_t
next_old(const struct account *a, int64_t now)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < a->items.n; i++) {
        const int64_t at = time_after(a->items.v[i].last_grant, a->c->timespan);
        if (a->items.v[i].granted && at > now && at < due)
            due = at;
    }
    return due;
}

static void
sweep_group_of(struct account *a, struct group *g)
{
    const int64_t now = sweep_now(a->s);
    struct hit h;
    if (now == TIME_NONE || !has_old_grant(a, g, now))
        return;
    while (group_next(g, &h)) {
        note(a, &h);
        a->last = h;
    }
    const bool any = judge(a, now);
    const double value = measure(a);
    if (any && has_evidence(a, g) && corr_bounds_hold(a->c, value)) {
        carry_due(a->s, INT64_MIN);
        fire(a, g, value);
    } else {
        carry_due(a->s, next_old(a, now));
    }
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return o->has_input[c->args[GRANTED_RULE].pos];
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    if ((double)*sweep_survey(s) < c->args[MIN_GROUPS].number)
        return;
    struct account a = { .c = c, .config = c->config, .s = s, .arena = sweep_arena(s) };
    map_init(&a.index);
    sweep_group_of(&a, g);
    map_fini(&a.index);
    vec_fini(&a.items);
}

/* Of the uses before the horizon: the last one of each value. */
struct last_uses {
    struct map index; /* text -> use */
    VEC(struct hit) use;
};

static void
note_last_uses(struct last_uses *u, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    bool is_new;
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
        get_bytes(&r);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--) {
        const size_t i = map_put(&u->index, get_bytes(&r), 0, &is_new);
        if (is_new)
            vec_push(&u->use, *h);
        else
            u->use.v[i] = *h;
    }
}

/* Carries the grants, for the finding counts them, and the last uses. Returns how many hits of uses there are. */
static uint64_t
carry_grants(const struct correlation *c, struct group *g, struct carry *k)
{
    struct last_uses u = { .use = VEC_INIT };
    uint64_t n_uses = 0;
    struct hit h;
    map_init(&u.index);
    while (group_next(g, &h) && h.time < k->horizon) {
        if (h.pos == c->args[GRANTED_RULE].pos)
            carry_hit(k, &h);
        n_uses += h.pos == c->args[USED_RULE].pos;
        note_last_uses(&u, &h);
    }
    for (size_t i = 0; i < u.use.n; i++)
        carry_hit(k, &u.use.v[i]);
    map_fini(&u.index);
    vec_fini(&u.use);
    return n_uses;
}

/* And as many of the latest uses as a group needs to be judged, at least one, for other groups count this one; and the
 * last hit. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    const double least = c->args[MIN_USES].number > 1 ? c->args[MIN_USES].number : 1;
    uint64_t n_left = carry_grants(c, g, k);
    struct hit h, last = { .seq = 0 };
    bool any = false;
    group_rewind(g);
    while (group_next(g, &h) && h.time < k->horizon) {
        const bool is_use = h.pos == c->args[USED_RULE].pos;
        if (is_use && (double)n_left <= least)
            carry_hit(k, &h);
        n_left -= is_use;
        last = h;
        any = true;
    }
    if (any)
        carry_hit(k, &last);
    carry_from(k, k->horizon);
}

const struct corr_type corr_x_unused_value = {
    .name = "x-unused-value",
    .help = "values granted to a group that it has not used since, for at least the timespan",
    .metric = "unused",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 1 },
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .keeps_every_hit = true,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry,
    .judges_now = true,
    .survey = survey,
    .wants_survey = wants_survey,
};
