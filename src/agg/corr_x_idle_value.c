/* SPDX-License-Identifier: Apache-2.0 */
/* x-idle-value: values granted to a group that hardly anyone in it uses. An app asks everybody for direct messages, and
 * of the tokens that were active within the timespan not one in a hundred read any: the app, not the person, holds too
 * much. x-unused-value asks whether a value was used at all, which one user in a thousand disproves.
 *
 * With n tokens of which none used a value, its share is below 3/n with 95 % confidence ("rule of three", Hanley and
 * Lippman-Hand, JAMA 249, 1983), so `min` should not be small. */
#include <stdlib.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/timestamp.h"

enum { GRANTED_RULE, GRANTED_FIELD, USED_RULE, USED_FIELD, BY, MAX_SHARE, MIN, IGNORE };

static const struct corr_param params[] = {
    { "granted.rule", PARAM_RULE, true, NULL, "its hits grant" },
    { "granted.field", PARAM_FIELD, true, NULL, "what they grant" },
    { "used.rule", PARAM_RULE, true, NULL, "its hits use" },
    { "used.field", PARAM_FIELD, true, NULL, "what they use" },
    { "by", PARAM_FIELD, true, NULL, "who uses: tokens, or accounts" },
    { "max-share", PARAM_NUMBER, false, NULL, "a value is idle if a smaller share of them uses it [0.01]" },
    { "min", PARAM_COUNT, false, NULL, "silent with fewer of them active within the timespan [100]" },
    { "ignore", PARAM_VALUES, false, NULL, "values that are never idle" },
};

struct config {
    struct text_set ignore;
    double max_share;
    size_t min;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    struct config *config = ARENA_NEW(arena, struct config);
    const struct corr_arg *share = &c->args[MAX_SHARE];
    (void)fields;
    config->ignore = values_set(arena, c->args[IGNORE].values, c->args[IGNORE].n_values);
    config->max_share = share->given ? share->number : 0.01;
    config->min = c->args[MIN].given ? (size_t)c->args[MIN].number : 100;
    if (!(config->max_share > 0 && config->max_share <= 1))
        diag_error(d, share->at, "'max-share' has to be above 0 and at most 1");
    c->config = config;
}

/* What the hit grants, what it uses, and who does. */
static const struct value_list lists[] = {
    { GRANTED_FIELD, GRANTED_RULE, 0, SIZE_MAX },
    { USED_FIELD, USED_RULE, 0, SIZE_MAX },
    { BY, USED_RULE, 0, SIZE_MAX },
};

/* A value that was granted. */
struct grant {
    struct sv value;
    int64_t first;
};

/* By value, the earliest first. */
static int
compare_grants(const void *a, const void *b)
{
    const struct grant *x = a, *y = b;
    const int c = sv_cmp(x->value, y->value);
    return c != 0 ? c : (x->first > y->first) - (x->first < y->first);
}

/* Its memory goes with the values, those who use them and the pairs of both, and not with the hits. */
struct ledger {
    const struct correlation *c;
    const struct config *config;
    VEC(struct grant) grants; /* brought back to distinct ones whenever they have doubled */
    size_t sorted_grants;
    struct map people; /* who was active */
    struct map values; /* what they used */
    struct map pairs;  /* index of a value and of a person, 4 bytes each */
    VEC(size_t) users; /* of each value */
    struct hit last;
};

static void
open_ledger(struct ledger *x, const struct correlation *c)
{
    *x = (struct ledger){ .c = c, .config = c->config };
    map_init(&x->people);
    map_init(&x->values);
    map_init(&x->pairs);
}

static void
close_ledger(struct ledger *x)
{
    vec_fini(&x->grants);
    map_fini(&x->people);
    map_fini(&x->values);
    map_fini(&x->pairs);
    vec_fini(&x->users);
}

static void
settle_grants(struct ledger *x)
{
    size_t n = 0;
    if (x->grants.n > 1)
        qsort(x->grants.v, x->grants.n, sizeof *x->grants.v, compare_grants);
    for (size_t i = 0; i < x->grants.n; i++)
        if (n == 0 || !sv_eq(x->grants.v[i].value, x->grants.v[n - 1].value))
            x->grants.v[n++] = x->grants.v[i];
    x->grants.n = x->sorted_grants = n;
}

static void
note_grants(struct ledger *x, struct reader *r, int64_t time)
{
    for (uint64_t n = get_varint(r); n > 0 && !r->bad; n--) {
        const struct sv text = get_bytes(r);
        if (!values_set_has(&x->config->ignore, text))
            vec_push(&x->grants, (struct grant){ text, time });
    }
    if (x->grants.n > 2 * x->sorted_grants + 1024)
        settle_grants(x);
}

static void
note_use(struct ledger *x, size_t person, struct sv value)
{
    char pair[8];
    bool is_new;
    const size_t i = map_put(&x->values, value, 0, &is_new);
    if (is_new)
        vec_push(&x->users, 0);
    store_le(pair, i, 4);
    store_le(pair + 4, person, 4);
    map_put(&x->pairs, sv_make(pair, sizeof pair), 0, &is_new);
    x->users.v[i] += is_new;
}

static void
note_uses(struct ledger *x, struct reader *r, struct arena *scratch)
{
    size_t n_values, n_by;
    const struct sv *v = values_get_texts(r, scratch, &n_values);
    const struct sv *by = values_get_texts(r, scratch, &n_by);
    for (size_t i = 0; i < n_by; i++) {
        const size_t person = map_put(&x->people, by[i], 0, NULL);
        for (size_t k = 0; k < n_values; k++)
            if (v[k].n != 0)
                note_use(x, person, v[k]);
    }
}

static void
read_group(struct ledger *x, struct group *g, int64_t now)
{
    struct arena scratch;
    struct hit h;
    arena_init(&scratch);
    while (group_next(g, &h)) {
        struct reader r = reader_of(h.payload);
        note_grants(x, &r, h.time);
        if (h.time <= now && window_age(h.time, now) <= (uint64_t)x->c->timespan)
            note_uses(x, &r, &scratch);
        arena_reset(&scratch);
        x->last = h;
    }
    arena_fini(&scratch);
    settle_grants(x);
}

/* How many used the value. */
static size_t
users_of(const struct ledger *x, struct sv value)
{
    const struct map_entry *entry = map_get(&x->values, value);
    return entry != NULL ? x->users.v[entry - x->values.entry] : 0;
}

static bool
has_value(const struct sv *v, size_t n, struct sv text)
{
    return n != 0 && bsearch(&text, v, n, sizeof *v, values_cmp) != NULL;
}

static void
add_grants_of(struct episode *e, struct group *g, const struct sv *idle, size_t n_idle)
{
    struct hit h;
    bool first = true;
    group_rewind(g);
    while (group_next(g, &h)) {
        struct reader r = reader_of(h.payload);
        bool any = false;
        for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--)
            any = has_value(idle, n_idle, get_bytes(&r)) || any;
        if (!any)
            continue;
        if (first)
            e->first_seen = h.time;
        first = false;
        e->event_count++; /* hits of one rule are distinct events */
        episode_add(e, &h);
    }
}

/* The lists of an app's permissions, under the names that x-unused-value gives them. */
static void
fire(const struct ledger *x, struct group *g, struct sweep *s, const struct sv *idle, size_t n_idle, size_t active)
{
    struct arena *arena = sweep_arena(s);
    struct sv *granted = ARENA_ARRAY(arena, struct sv, x->grants.n + 1);
    struct sv *needed = ARENA_ARRAY(arena, struct sv, x->grants.n + 1);
    struct episode e;
    size_t n_needed = 0;
    for (size_t i = 0; i < x->grants.n; i++) {
        granted[i] = x->grants.v[i].value;
        if (!has_value(idle, n_idle, granted[i]))
            needed[n_needed++] = granted[i];
    }
    episode_init(&e, s);
    add_grants_of(&e, g, idle, n_idle);
    e.fired_at = e.last_seen = x->last.time;
    e.fired = x->last;
    e.value = e.peak = (double)n_idle;
    episode_say(&e, SV("granted"), values_join(arena, granted, x->grants.n));
    episode_say(&e, SV("unused"), values_join(arena, idle, n_idle));
    episode_say(&e, SV("minimal"), values_join(arena, needed, n_needed));
    episode_say_number(&e, SV("active"), (double)active);
    sweep_fire(s, &e);
}

static void
judge(struct ledger *x, struct group *g, struct sweep *s, int64_t now)
{
    const size_t active = x->people.n;
    struct sv *idle = ARENA_ARRAY(sweep_arena(s), struct sv, x->grants.n + 1);
    size_t n = 0;
    if (active == 0 || active < x->config->min)
        return;
    for (size_t i = 0; i < x->grants.n; i++) {
        const struct grant *v = &x->grants.v[i];
        const bool is_old = v->first <= now && window_age(v->first, now) >= (uint64_t)x->c->timespan;
        if (is_old && (double)users_of(x, v->value) / (double)active < x->config->max_share)
            idle[n++] = v->value;
    }
    if (n != 0 && corr_bounds_hold(x->c, (double)n))
        fire(x, g, s, idle, n, active);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const int64_t now = sweep_now(s);
    struct ledger x;
    if (now == TIME_NONE)
        return;
    open_ledger(&x, c);
    read_group(&x, g, now);
    judge(&x, g, s, now);
    close_ledger(&x);
}

/* All grants; uses that lie within the timespan before now, and those that may yet come late. Where nobody has used
 * anything for so long there is no finding, so that the last hit is among these. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    const int64_t start = time_before(k->now, c->timespan);
    const int64_t from = start < k->horizon ? start : k->horizon;
    struct hit h;
    while (group_next(g, &h) && h.time < from)
        if (h.pos == c->args[GRANTED_RULE].pos)
            carry_hit(k, &h);
    carry_from(k, from);
}

const struct corr_type corr_x_idle_value = {
    .name = "x-idle-value",
    .help = "values granted to a group that hardly anyone in it used within the timespan",
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
    .sweep = sweep,
    .carry = carry,
    .judges_now = true,
};
