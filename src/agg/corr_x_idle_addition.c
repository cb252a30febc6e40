/* SPDX-License-Identifier: Apache-2.0 */
/* x-idle-addition: values that were added to what a group is granted, and that few of those who granted them use. An
 * app that has long lived without them asks for direct messages: if there is a new feature, the people who consented
 * use it soon; if there is none, somebody collects. x-new-value sees the addition, and cannot tell the two apart.
 *
 * A value is added by the first granting hit that has it, if at least `learning.hits` granting hits of the group came
 * before. Its window is the timespan from that hit on, the edge included. Its cohort are those who granted it in the
 * window and, at or after their grant, made use of anything in it: who was not served at all proves nothing, and
 * perhaps the log does not hold the calls. Those who made use of the value are its users. It is judged once the
 * window is over. If none of n uses it, the share p of all people who would is, with 95 percent confidence, below the
 * solution of (1 - p)^n = 0.05: 45 percent for five, which is why that is the default of `min`.
 *
 * One walk in order is enough, because an addition stands before its cohort, and a grant before its uses. */
#include <stdlib.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/group.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/timestamp.h"

enum { GRANTED_RULE, GRANTED_FIELD, USED_RULE, USED_FIELD, BY, LEARNING_HITS, MAX_SHARE, MIN, IGNORE };

static const struct corr_param params[] = {
    { "granted.rule", PARAM_RULE, true, NULL, "its hits grant" },
    { "granted.field", PARAM_FIELD, true, NULL, "what they grant" },
    { "used.rule", PARAM_RULE, true, NULL, "its hits use" },
    { "used.field", PARAM_FIELD, true, NULL, "what they use" },
    { "by", PARAM_FIELD, true, NULL, "who grants and uses: accounts, or tokens" },
    { "learning.hits", PARAM_COUNT, false, NULL, "values of the group's first hits are not added [5]" },
    { "max-share", PARAM_NUMBER, false, NULL, "an added value is idle if a smaller share of them uses it [0.5]" },
    { "min", PARAM_COUNT, false, NULL,
      "a value is not judged with fewer of them: granted and served within the timespan [5]" },
    { "ignore", PARAM_VALUES, false, NULL, "values that are never idle" },
};

struct config {
    struct text_set ignore;
    double max_share;
    size_t learning, min;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *a = c->args;
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    config->ignore = values_set(arena, a[IGNORE].values, a[IGNORE].n_values);
    config->max_share = a[MAX_SHARE].given ? a[MAX_SHARE].number : 0.5;
    config->learning = a[LEARNING_HITS].given ? (size_t)a[LEARNING_HITS].number : 5;
    config->min = a[MIN].given ? (size_t)a[MIN].number : 5;
    if (!(config->max_share > 0 && config->max_share <= 1))
        diag_error(d, a[MAX_SHARE].at, "'max-share' has to be above 0 and at most 1");
    if (config->min == 0)
        diag_error(d, a[MIN].at, "'min' has to be at least 1");
    c->config = config;
}

/* What the hit grants, what it uses, and who does. */
static const struct value_list lists[] = {
    { GRANTED_FIELD, GRANTED_RULE, 0, SIZE_MAX },
    { USED_FIELD, USED_RULE, 0, SIZE_MAX },
    { BY, VALUES_OF_ALL, 0, SIZE_MAX },
};

/* A value that was granted. */
struct grant {
    int64_t first;
    struct hit act; /* the latest that changed its numbers */
    size_t cohort, users;
    bool added, idle;
};

/* One account's grant of an added value. */
struct member {
    size_t grant;   /* index of the value */
    ptrdiff_t next; /* of the same account's that waits, or -1 */
    enum { WAITS, SERVED, USES } state;
};

struct account {
    ptrdiff_t waiting; /* first of its members that wait for a use of anything, or -1 */
};

struct ledger {
    const struct correlation *c;
    const struct config *config;
    struct map values; /* text -> grant, by index */
    VEC(struct grant) grants;
    struct map people; /* text of `by` -> account, by index */
    VEC(struct account) accounts;
    struct map pairs; /* varint value, text of `by` -> member, by index */
    VEC(struct member) members;
    struct buf key;
    size_t n_granting; /* hits so far */
};

static bool
is_in_window(const struct ledger *x, const struct grant *v, int64_t time)
{
    return v->added && window_age(v->first, time) <= (uint64_t)x->c->timespan;
}

static struct sv
pair_key(struct ledger *x, size_t value, struct sv by)
{
    buf_reset(&x->key);
    put_varint(&x->key, value);
    buf_sv(&x->key, by);
    return buf_view(&x->key);
}

static struct account *
account_of(struct ledger *x, struct sv by)
{
    bool is_new;
    const size_t i = map_put(&x->people, by, 0, &is_new);
    if (is_new)
        vec_push(&x->accounts, (struct account){ -1 });
    return &x->accounts.v[i];
}

static size_t
value_of(struct ledger *x, struct sv text, const struct hit *h)
{
    bool is_new;
    const size_t i = map_put(&x->values, text, 0, &is_new);
    const bool added = x->n_granting >= x->config->learning && !values_set_has(&x->config->ignore, text);
    if (is_new)
        vec_push(&x->grants, (struct grant){ .first = h->time, .act = *h, .added = added });
    return i;
}

static void
note_grant(struct ledger *x, struct sv text, struct sv by, const struct hit *h)
{
    const size_t value = value_of(x, text, h);
    bool is_new;
    if (!is_in_window(x, &x->grants.v[value], h->time))
        return;
    map_put(&x->pairs, pair_key(x, value, by), 0, &is_new);
    if (!is_new)
        return;
    struct account *a = account_of(x, by);
    vec_push(&x->members, (struct member){ .grant = value, .next = a->waiting, .state = WAITS });
    a->waiting = (ptrdiff_t)x->members.n - 1;
}

/* The account was served: what it granted and waited belongs to the cohorts whose windows are open. Did that change
 * any? */
static bool
note_service(struct ledger *x, struct sv by, const struct hit *h)
{
    bool any = false;
    const struct map_entry *entry = map_get(&x->people, by);
    struct account *a = entry != NULL ? &x->accounts.v[entry - x->people.entry] : NULL;
    for (; a != NULL && a->waiting >= 0; a->waiting = x->members.v[a->waiting].next) {
        struct member *m = &x->members.v[a->waiting];
        struct grant *v = &x->grants.v[m->grant];
        if (!is_in_window(x, v, h->time))
            continue;
        m->state = SERVED;
        v->cohort++;
        v->act = *h;
        any = true;
    }
    return any;
}

/* Did that change the value's numbers? */
static bool
note_use(struct ledger *x, struct sv text, struct sv by, const struct hit *h)
{
    const struct map_entry *value = map_get(&x->values, text);
    if (value == NULL)
        return false;
    const size_t i = (size_t)(value - x->values.entry);
    struct grant *v = &x->grants.v[i];
    const struct map_entry *pair = is_in_window(x, v, h->time) ? map_get(&x->pairs, pair_key(x, i, by)) : NULL;
    struct member *m = pair != NULL ? &x->members.v[pair - x->pairs.entry] : NULL;
    if (m == NULL || m->state != SERVED)
        return false;
    m->state = USES;
    v->users++;
    v->act = *h;
    return true;
}

/* Is it one of those that the judgement rests on? The others could be left out. */
static bool
note(struct ledger *x, const struct hit *h, struct arena *scratch)
{
    const bool is_grant = h->pos == x->c->args[GRANTED_RULE].pos;
    const bool is_use = h->pos == x->c->args[USED_RULE].pos;
    struct reader r = reader_of(h->payload);
    size_t n_granted, n_used, n_by;
    bool matters = is_grant;
    const struct sv *granted = values_get_texts(&r, scratch, &n_granted);
    const struct sv *used = values_get_texts(&r, scratch, &n_used);
    const struct sv *by = values_get_texts(&r, scratch, &n_by);
    for (size_t i = 0; i < n_granted; i++)
        value_of(x, granted[i], h); /* known from now on, whoever granted it */
    for (size_t k = 0; k < n_by; k++) {
        for (size_t i = 0; i < n_granted; i++)
            note_grant(x, granted[i], by[k], h);
        if (is_use)
            matters = note_service(x, by[k], h) || matters;
        for (size_t i = 0; i < n_used; i++)
            matters = note_use(x, used[i], by[k], h) || matters;
    }
    x->n_granting += is_grant;
    return matters;
}

/* Marks the idle ones; returns how many there are. */
static size_t
judge(struct ledger *x, int64_t now)
{
    size_t n = 0;
    for (size_t i = 0; i < x->grants.n; i++) {
        struct grant *v = &x->grants.v[i];
        const bool is_over = v->first <= now && window_age(v->first, now) >= (uint64_t)x->c->timespan;
        v->idle = v->added && is_over && v->cohort >= x->config->min &&
                  (double)v->users / (double)v->cohort < x->config->max_share;
        n += v->idle;
    }
    return n;
}

/* Does the hit grant an idle value in its window? */
static bool
grants_idle(const struct ledger *x, const struct hit *h)
{
    struct reader r = reader_of(h->payload);
    for (uint64_t n = get_varint(&r); n > 0 && !r.bad; n--) {
        const struct map_entry *entry = map_get(&x->values, get_bytes(&r));
        const struct grant *v = entry != NULL ? &x->grants.v[entry - x->values.entry] : NULL;
        if (v != NULL && v->idle && is_in_window(x, v, h->time))
            return true;
    }
    return false;
}

static void
say(const struct ledger *x, struct episode *e, struct arena *arena)
{
    struct sv *granted = ARENA_ARRAY(arena, struct sv, x->grants.n);
    struct sv *idle = ARENA_ARRAY(arena, struct sv, x->grants.n);
    const struct grant *largest = NULL;
    size_t n = 0;
    for (size_t i = 0; i < x->grants.n; i++) {
        const struct grant *v = &x->grants.v[i];
        granted[i] = x->values.entry[i].key;
        if (!v->idle)
            continue;
        idle[n++] = granted[i];
        if (largest == NULL || v->cohort > largest->cohort)
            largest = v;
    }
    qsort(granted, x->grants.n, sizeof *granted, values_cmp);
    qsort(idle, n, sizeof *idle, values_cmp);
    episode_say(e, SV("granted"), values_join(arena, granted, x->grants.n));
    episode_say(e, SV("unused"), values_join(arena, idle, n));
    if (largest == NULL)
        return;
    episode_say_number(e, SV("active"), (double)largest->cohort);
    episode_say_number(e, SV("used"), (double)largest->users);
}

/* The latest act of the cohort of any idle value; there is one. */
static struct hit
last_act(const struct ledger *x)
{
    struct hit last = { .time = INT64_MIN };
    for (size_t i = 0; i < x->grants.n; i++) {
        const struct grant *v = &x->grants.v[i];
        if (v->idle && (last.time == INT64_MIN || v->act.seq > last.seq))
            last = v->act;
    }
    return last;
}

static void
fire(const struct ledger *x, struct group *g, struct sweep *s, size_t n_idle)
{
    struct episode e;
    struct hit h;
    bool first = true;
    episode_init(&e, s);
    group_rewind(g);
    while (group_next(g, &h)) {
        if (!grants_idle(x, &h))
            continue;
        if (first)
            e.first_seen = h.time;
        first = false;
        e.event_count++; /* hits of one rule are distinct events */
        episode_add(&e, &h);
    }
    e.fired = last_act(x);
    e.fired_at = e.last_seen = e.fired.time;
    e.value = e.peak = (double)n_idle;
    say(x, &e, sweep_arena(s));
    sweep_fire(s, &e);
}

static void
open_ledger(struct ledger *x, const struct correlation *c)
{
    *x = (struct ledger){ .c = c, .config = c->config };
    map_init(&x->values);
    map_init(&x->people);
    map_init(&x->pairs);
}

static void
close_ledger(struct ledger *x)
{
    map_fini(&x->values);
    map_fini(&x->people);
    map_fini(&x->pairs);
    buf_fini(&x->key);
    vec_fini(&x->grants);
    vec_fini(&x->accounts);
    vec_fini(&x->members);
}

/* Reads the group up to a time; tells *k (may be NULL) which hits matter. */
static void
read_group(struct ledger *x, struct group *g, int64_t end, struct carry *k)
{
    struct arena scratch;
    struct hit h;
    arena_init(&scratch);
    while (group_next(g, &h) && h.time <= end) {
        if (note(x, &h, &scratch) && k != NULL)
            carry_hit(k, &h);
        arena_reset(&scratch);
    }
    arena_fini(&scratch);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const int64_t now = sweep_now(s);
    struct ledger x;
    if (now == TIME_NONE)
        return;
    open_ledger(&x, c);
    read_group(&x, g, INT64_MAX, NULL);
    const size_t n_idle = judge(&x, now);
    if (n_idle != 0 && corr_bounds_hold(c, (double)n_idle))
        fire(&x, g, s, n_idle);
    close_ledger(&x);
}

/* All grants, and the first uses of those who were granted something: at most two for each grant. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    struct ledger x;
    if (k->horizon != INT64_MIN) {
        open_ledger(&x, c);
        read_group(&x, g, k->horizon - 1, k);
        close_ledger(&x);
    }
    carry_from(k, k->horizon);
}

const struct corr_type corr_x_idle_addition = {
    .name = "x-idle-addition",
    .help = "values added to what a group is granted that few of those who granted them use within the timespan",
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
