/* SPDX-License-Identifier: Apache-2.0 */
/* value_count: how many distinct values of a field (or tuples of several fields) the events in a window have. A list
 * has each of its members as a value; of several lists, the cross product counts. */
#include <string.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/distinct.h"
#include "agg/values.h"
#include "agg/window.h"

/* An event whose lists multiply to more tuples contributes none and is counted as skipped: two lists of one hostile
 * line could otherwise mean millions of millions. */
#define TUPLES_MAX 65536

static const struct corr_param params[] = {
    { "condition.field", PARAM_FIELDS, true, NULL,
      "field whose distinct values count, or a list of fields for tuples" },
};

static bool
record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    const struct corr_arg *arg = &c->args[0];
    const size_t start = payload->n;
    size_t tuples = 1;
    for (size_t k = 0; k < arg->n_fields && tuples != 0; k++) {
        const size_t n = values_put_texts(ev, arg->fields[pos * arg->n_fields + k], payload);
        if (n > TUPLES_MAX / tuples) {
            ++*skipped;
            tuples = 0;
        } else {
            tuples *= n;
        }
    }
    if (tuples == 0)
        payload->n = start; /* nothing to contribute; the hit stays a hit */
    return true;
}

static bool
is_payload(const struct correlation *c, unsigned pos, struct reader *r)
{
    const struct corr_arg *arg = &c->args[0];
    size_t tuples = 1;
    (void)pos;
    for (size_t k = 0; k < arg->n_fields && r->p != r->end; k++) {
        size_t n;
        if (!values_skip_texts(r, 1, &n) || n > TUPLES_MAX / tuples || (k + 1 < arg->n_fields && r->p == r->end))
            return false;
        tuples *= n;
    }
    return true;
}

struct values {
    size_t n_fields;
    struct distinct distinct;
    struct buf key;
    struct arena scratch;
};

/* Moves to the next tuple, the last field fastest; false behind the last one. */
static bool
next_tuple(size_t *at, const size_t *n, size_t n_fields)
{
    for (size_t k = n_fields; k-- > 0;) {
        if (++at[k] < n[k])
            return true;
        at[k] = 0;
    }
    return false;
}

/* Calls fn for each tuple of the hit. */
static void
each_tuple(struct values *v, const struct hit *h, bool (*fn)(struct distinct *, struct sv))
{
    struct reader r = reader_of(h->payload);
    arena_reset(&v->scratch);
    struct sv **list = ARENA_ARRAY(&v->scratch, struct sv *, v->n_fields);
    size_t *n = ARENA_ARRAY(&v->scratch, size_t, v->n_fields), *at = ARENA_ARRAY(&v->scratch, size_t, v->n_fields);
    for (size_t k = 0; k < v->n_fields; k++)
        list[k] = values_get_texts(&r, &v->scratch, &n[k]);
    do {
        buf_reset(&v->key);
        for (size_t k = 0; k < v->n_fields; k++)
            put_bytes(&v->key, list[k][at[k]]);
        fn(&v->distinct, buf_view(&v->key));
    } while (next_tuple(at, n, v->n_fields));
}

static bool
usable(void *state, const struct hit *h)
{
    (void)state;
    return h->payload.n != 0;
}

static void
add(void *state, const struct hit *h)
{
    each_tuple(state, h, distinct_add);
}

static void
remove_hit(void *state, const struct hit *h)
{
    each_tuple(state, h, distinct_remove);
}

static double
value(void *state, const struct window *w)
{
    (void)w;
    return (double)((struct values *)state)->distinct.n;
}

/* Every window of a group with one payload has that one's values: mostly a single one, which is too few, and then there
 * is nothing to walk. */
static bool
payload_may_do(const struct correlation *c, struct sv payload)
{
    struct reader r = reader_of(payload);
    size_t tuples = payload.n != 0;
    for (size_t k = 0, n; k < c->args[0].n_fields && payload.n != 0; k++) {
        values_skip_texts(&r, 1, &n);
        tuples *= n;
    }
    return tuples > 1 || corr_bounds_hold(c, (double)tuples);
}

static bool
may_fire(const struct correlation *c, const struct outline *o)
{
    return !o->is_uniform || payload_may_do(c, o->payload);
}

static bool
group_may_fire(const struct correlation *c, struct group *g)
{
    struct hit h;
    if (!group_is_uniform(g) || !group_next(g, &h))
        return true;
    group_rewind(g);
    return payload_may_do(c, h.payload);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct values v = { .n_fields = c->args[0].n_fields };
    distinct_init(&v.distinct);
    const struct aggregate a = { .state = &v, .usable = usable, .add = add, .remove = remove_hit, .value = value };
    if (group_may_fire(c, g))
        window_sweep(c, g, s, &a);
    distinct_fini(&v.distinct);
    buf_fini(&v.key);
    arena_fini(&v.scratch);
}

const struct corr_type corr_value_count = {
    .name = "value_count",
    .help = "counts distinct values (or tuples) of a field within the timespan",
    .metric = "value_count",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .record = record,
    .is_payload = is_payload,
    .keeps_every_hit = true,
    .may_fire = may_fire,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
