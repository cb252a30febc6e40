/* SPDX-License-Identifier: Apache-2.0 */
/* x-synchrony: actors who do the same thing at the same moment, again and again. Two accounts that post the same link
 * within a minute are a coincidence; with a second link they are a pair, and pairs that touch are a group: a botnet's
 * accounts are coordinated even if no two groups of them share every link.
 *
 * In a closed window: actors a and b are joined by a value if both have a hit with it at most `within` apart; what so
 * many actors share within that time that it is news (more than `most`) joins nobody. A pair joined by at least
 * `weight` values is an edge, and every connected component that `condition` likes is a finding.
 * Method: the co-link networks of Giglietto et al., "It takes a village to manipulate the media", 2020. */
#include <stdlib.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/arena.h"

enum { FIELD, BY, WITHIN, WEIGHT, MOST };

static const struct corr_param params[] = {
    { "field", PARAM_FIELD, true, NULL, "what is done: a link" },
    { "by", PARAM_FIELD, true, NULL, "who does it" },
    { "within", PARAM_DURATION, false, NULL, "so close in time is the same moment [60s]" },
    { "weight", PARAM_COUNT, false, NULL, "values that have to join a pair [2]" },
    { "most", PARAM_COUNT, false, NULL, "a value with more actors in one moment is news and joins nobody [80]" },
};

struct config {
    uint64_t within;
    size_t weight, most;
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *a = c->args;
    struct config *config = ARENA_NEW(arena, struct config);
    (void)fields;
    config->within = (uint64_t)(a[WITHIN].given ? a[WITHIN].duration : 60 * INT64_C(1000000));
    config->weight = a[WEIGHT].given ? (size_t)a[WEIGHT].number : 2;
    config->most = a[MOST].given ? (size_t)a[MOST].number : 80;
    if (config->weight == 0)
        diag_error(d, a[WEIGHT].at, "'weight' has to be at least 1");
    if (config->most < 2 || config->most > 10000)
        diag_error(d, a[MOST].at, "'most' has to be from 2 to 10000");
    c->config = config;
    c->closed = true;
}

static const struct value_list lists[] = {
    { FIELD, VALUES_OF_ALL, 1, SIZE_MAX },
    { BY, VALUES_OF_ALL, 1, SIZE_MAX },
};

/* One hit has one value by one actor. */
struct act {
    struct sv value;
    int64_t time;
    size_t actor; /* index in actors */
    size_t hit;   /* position in the window */
};

struct pair {
    size_t a, b;  /* actors, a < b */
    size_t value; /* the first act with the value */
};

struct network {
    const struct correlation *c;
    const struct config *config;
    struct sweep *s;
    struct window w;
    struct episode e;
    struct arena scratch;
    struct arena said;     /* scratch of one finding */
    VEC(struct sv) actors; /* sorted, distinct */
    VEC(struct act) acts;  /* by value, time, actor */
    VEC(struct pair) pairs;
    VEC(size_t) parent; /* of actors: a forest whose trees are components */
    VEC(uint8_t) joins; /* acts: its value joins its actor to another by an edge */
};

static int
compare_acts(const void *a, const void *b)
{
    const struct act *x = a, *y = b;
    int c = sv_cmp(x->value, y->value);
    if (c == 0)
        c = (x->time > y->time) - (x->time < y->time);
    if (c == 0)
        c = (x->actor > y->actor) - (x->actor < y->actor);
    return c != 0 ? c : (x->hit > y->hit) - (x->hit < y->hit);
}

static int
compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* ---- acts ---- */

static void
collect_actors(struct network *x)
{
    size_t n = 0;
    for (size_t i = 0; i < window_size(&x->w); i++) {
        struct reader r = reader_of(window_hit(&x->w, i)->payload);
        size_t n_values, n_by;
        values_get_texts(&r, &x->scratch, &n_values);
        const struct sv *by = values_get_texts(&r, &x->scratch, &n_by);
        for (size_t k = 0; k < n_by; k++)
            vec_push(&x->actors, by[k]);
    }
    qsort(x->actors.v, x->actors.n, sizeof *x->actors.v, values_cmp);
    for (size_t i = 0; i < x->actors.n; i++)
        if (n == 0 || !sv_eq(x->actors.v[i], x->actors.v[n - 1]))
            x->actors.v[n++] = x->actors.v[i];
    x->actors.n = n;
}

static size_t
actor_index(const struct network *x, struct sv text)
{
    const struct sv *found = bsearch(&text, x->actors.v, x->actors.n, sizeof text, values_cmp);
    return (size_t)(found - x->actors.v);
}

static void
collect_acts(struct network *x)
{
    for (size_t i = 0; i < window_size(&x->w); i++) {
        const struct hit *h = window_hit(&x->w, i);
        struct reader r = reader_of(h->payload);
        size_t n_values, n_by;
        const struct sv *v = values_get_texts(&r, &x->scratch, &n_values);
        const struct sv *by = values_get_texts(&r, &x->scratch, &n_by);
        for (size_t k = 0; k < n_by; k++)
            for (size_t j = 0; j < n_values; j++)
                vec_push(&x->acts, (struct act){ v[j], h->time, actor_index(x, by[k]), i });
    }
    if (x->acts.n != 0)
        qsort(x->acts.v, x->acts.n, sizeof *x->acts.v, compare_acts);
}

/* ---- pairs ---- */

static void
push_pair(struct network *x, const struct act *p, const struct act *q, size_t value)
{
    if (p->actor == q->actor)
        return;
    const bool ordered = p->actor < q->actor;
    vec_push(&x->pairs, (struct pair){ ordered ? p->actor : q->actor, ordered ? q->actor : p->actor, value });
}

/* Distinct actors of acts [from, to). At most `most` + 1 of them are counted. */
static bool
is_news(struct network *x, size_t from, size_t to)
{
    size_t *seen = ARENA_ARRAY(&x->scratch, size_t, x->config->most + 1);
    size_t n = 0;
    if (to - from <= x->config->most)
        return false;
    for (size_t i = from; i < to && n <= x->config->most; i++) {
        size_t k = 0;
        while (k < n && seen[k] != x->acts.v[i].actor)
            k++;
        if (k == n)
            seen[n++] = x->acts.v[i].actor;
    }
    return n > x->config->most;
}

/* Acts [from, to) have one value. Of those that share a moment with an earlier one, pairs are made, unless one of its
 * moments is news. */
static void
pair_value(struct network *x, size_t from, size_t to)
{
    const size_t before = x->pairs.n;
    size_t oldest = from;
    for (size_t i = from; i < to; i++) {
        while (window_age(x->acts.v[oldest].time, x->acts.v[i].time) > x->config->within)
            oldest++;
        if (is_news(x, oldest, i + 1)) {
            x->pairs.n = before;
            return;
        }
        for (size_t k = oldest; k < i; k++)
            push_pair(x, &x->acts.v[k], &x->acts.v[i], from);
    }
}

static void
pair_all(struct network *x)
{
    for (size_t i = 0, end; i < x->acts.n; i = end) {
        for (end = i + 1; end < x->acts.n && sv_eq(x->acts.v[end].value, x->acts.v[i].value); end++)
            continue;
        pair_value(x, i, end);
    }
    if (x->pairs.n != 0)
        qsort(x->pairs.v, x->pairs.n, sizeof *x->pairs.v, compare_pairs);
}

/* ---- components ---- */

static size_t
root(struct network *x, size_t i)
{
    while (x->parent.v[i] != i) {
        x->parent.v[i] = x->parent.v[x->parent.v[i]];
        i = x->parent.v[i];
    }
    return i;
}

/* The lower number becomes the root, so that components do not depend on the order of joins. */
static void
join(struct network *x, size_t a, size_t b)
{
    const size_t p = root(x, a), q = root(x, b);
    if (p < q)
        x->parent.v[q] = p;
    else
        x->parent.v[p] = q;
}

/* Which acts speak for an edge: those of its two actors with the values that join them. */
static void
mark_acts(struct network *x, const struct pair *p)
{
    const struct sv value = x->acts.v[p->value].value;
    for (size_t i = p->value; i < x->acts.n && sv_eq(x->acts.v[i].value, value); i++)
        if (x->acts.v[i].actor == p->a || x->acts.v[i].actor == p->b)
            x->joins.v[i] = 1;
}

static void
join_all(struct network *x)
{
    for (size_t i = 0, end; i < x->pairs.n; i = end) {
        size_t weight = 1;
        for (end = i + 1; end < x->pairs.n; end++) {
            const struct pair *p = &x->pairs.v[end];
            if (p->a != p[-1].a || p->b != p[-1].b)
                break;
            weight += p->value != p[-1].value;
        }
        if (weight < x->config->weight)
            continue;
        join(x, x->pairs.v[i].a, x->pairs.v[i].b);
        for (size_t k = i; k < end; k++)
            if (k == i || x->pairs.v[k].value != x->pairs.v[k - 1].value)
                mark_acts(x, &x->pairs.v[k]);
    }
}

/* ---- findings ---- */

static void
add_hits(struct network *x, struct episode *e, size_t component)
{
    bool first = true;
    uint8_t *wanted = ARENA_ARRAY(&x->said, uint8_t, window_size(&x->w));
    for (size_t i = 0; i < x->acts.n; i++)
        if (x->joins.v[i] != 0 && root(x, x->acts.v[i].actor) == component)
            wanted[x->acts.v[i].hit] = 1;
    for (size_t i = 0; i < window_size(&x->w); i++) {
        if (wanted[i] == 0)
            continue;
        const struct hit *h = window_hit(&x->w, i);
        if (first)
            e->first_seen = h->time;
        first = false;
        e->fired_at = e->last_seen = h->time;
        e->fired = *h;
        episode_add(e, h);
    }
}

static void
say_members(struct network *x, struct episode *e, size_t component, size_t size)
{
    struct sv *who = ARENA_ARRAY(&x->said, struct sv, size);
    struct sv *what = ARENA_ARRAY(&x->said, struct sv, x->acts.n);
    size_t n_who = 0, n_what = 0;
    for (size_t i = 0; i < x->actors.n; i++)
        if (root(x, i) == component)
            who[n_who++] = x->actors.v[i];
    for (size_t i = 0; i < x->acts.n; i++) {
        const struct act *a = &x->acts.v[i];
        if (x->joins.v[i] != 0 && root(x, a->actor) == component && (n_what == 0 || !sv_eq(what[n_what - 1], a->value)))
            what[n_what++] = a->value;
    }
    episode_say(e, SV("actors"), values_join(&x->said, who, n_who));
    episode_say(e, SV("values"), values_join(&x->said, what, n_what));
}

static void
fire(struct network *x, size_t component, size_t size)
{
    arena_reset(&x->said);
    x->e.until = x->e.closes = time_after(window_hit(&x->w, 0)->time, x->c->timespan);
    x->e.value = x->e.peak = (double)size;
    add_hits(x, &x->e, component);
    say_members(x, &x->e, component, size);
    sweep_fire(x->s, &x->e);
}

static void
fire_components(struct network *x)
{
    size_t *size = ARENA_ARRAY(&x->scratch, size_t, x->actors.n + 1);
    for (size_t i = 0; i < x->actors.n; i++)
        size[root(x, i)]++;
    for (size_t i = 0; i < x->actors.n; i++)
        if (size[i] > 1 && corr_bounds_hold(x->c, (double)size[i]))
            fire(x, i, size[i]);
}

/* ---- windows ---- */

static void
close_window(struct network *x)
{
    if (sweep_is_open(x->s, window_hit(&x->w, 0)->time, x->c->timespan)) {
        window_clear(&x->w);
        return;
    }
    x->actors.n = x->acts.n = x->pairs.n = x->parent.n = x->joins.n = 0;
    arena_reset(&x->scratch);
    collect_actors(x);
    collect_acts(x);
    pair_all(x);
    for (size_t i = 0; i < x->actors.n; i++)
        vec_push(&x->parent, i);
    for (size_t i = 0; i < x->acts.n; i++)
        vec_push(&x->joins, 0);
    join_all(x);
    fire_components(x);
    window_clear(&x->w);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    static const struct aggregate nothing = { .state = NULL };
    struct network x = { .c = c, .config = c->config, .s = s };
    struct hit h;
    window_init(&x.w, &nothing);
    arena_init(&x.scratch);
    arena_init(&x.said);
    episode_init(&x.e, s);
    while (group_next(g, &h)) {
        if (h.time < group_past(g)->judge_from)
            continue;
        if (window_size(&x.w) > 0 && window_age(window_hit(&x.w, 0)->time, h.time) > (uint64_t)c->timespan)
            close_window(&x);
        window_push(&x.w, &h);
    }
    if (window_size(&x.w) > 0)
        close_window(&x);
    window_fini(&x.w);
    arena_fini(&x.scratch);
    arena_fini(&x.said);
    vec_fini(&x.actors);
    vec_fini(&x.acts);
    vec_fini(&x.pairs);
    vec_fini(&x.parent);
    vec_fini(&x.joins);
}

static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    carry_closed(g, k, c->timespan);
}

const struct corr_type corr_x_synchrony = {
    .name = "x-synchrony",
    .help = "groups of actors that share several values, each time at the same moment",
    .metric = "actors",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_OPTIONAL,
    .default_bound = { CMP_GTE, 3 },
    .prepare = prepare,
    .lists = lists,
    .n_lists = sizeof lists / sizeof lists[0],
    .record = values_record,
    .is_payload = values_are_recorded,
    .sweep = sweep,
    .carry = carry,
};
