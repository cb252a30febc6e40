/* SPDX-License-Identifier: Apache-2.0 */
/* Sums are exact (base/number.h), so a window that adds and subtracts a million times gives what one sum from scratch
 * gives; order statistics are kept sorted (agg/orderstat.h). */
#include "agg/numeric.h"

#include <math.h>

#include "agg/orderstat.h"
#include "agg/values.h"
#include "base/number.h"

bool
numeric_record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    values_put_numbers(ev, c->args[0].fields[pos], payload, skipped);
    return true;
}

bool
numeric_is_payload(const struct correlation *c, unsigned pos, struct reader *r)
{
    (void)c;
    (void)pos;
    while (r->p != r->end && !r->bad)
        if (!isfinite(get_double(r)))
            return false;
    return true;
}

bool
numeric_usable(void *state, const struct hit *h)
{
    (void)state;
    return h->payload.n != 0;
}

void
numeric_each(const struct hit *h, void (*fn)(void *ctx, double x), void *ctx)
{
    struct reader r = reader_of(h->payload);
    while (r.p < r.end && !r.bad)
        fn(ctx, get_double(&r));
}

struct total {
    struct exact_sum sum;
    uint64_t n;
    bool average;
};

static void
total_plus(void *state, double x)
{
    struct total *t = state;
    exact_sum_add(&t->sum, x);
    t->n++;
}

static void
total_minus(void *state, double x)
{
    struct total *t = state;
    exact_sum_remove(&t->sum, x);
    t->n--;
}

static void
total_add(void *state, const struct hit *h)
{
    numeric_each(h, total_plus, state);
}

static void
total_remove(void *state, const struct hit *h)
{
    numeric_each(h, total_minus, state);
}

static double
total_value(void *state, const struct window *w)
{
    const struct total *t = state;
    (void)w;
    if (t->n == 0)
        return (double)NAN;
    return exact_sum_value(&t->sum) / (t->average ? (double)t->n : 1);
}

void
numeric_sweep_sum(const struct correlation *c, struct group *g, struct sweep *s, bool average)
{
    struct total t = { .average = average };
    exact_sum_init(&t.sum);
    const struct aggregate a = {
        .state = &t, .usable = numeric_usable, .add = total_add, .remove = total_remove, .value = total_value
    };
    window_sweep(c, g, s, &a);
}

struct sorted {
    struct orderstat numbers;
    double percentile;
};

static void
sorted_plus(void *state, double x)
{
    orderstat_add(&((struct sorted *)state)->numbers, x);
}

static void
sorted_minus(void *state, double x)
{
    orderstat_remove(&((struct sorted *)state)->numbers, x);
}

static void
sorted_add(void *state, const struct hit *h)
{
    numeric_each(h, sorted_plus, state);
}

static void
sorted_remove(void *state, const struct hit *h)
{
    numeric_each(h, sorted_minus, state);
}

static double
sorted_value(void *state, const struct window *w)
{
    const struct sorted *o = state;
    (void)w;
    return orderstat_percentile(&o->numbers, o->percentile);
}

void
numeric_sweep_percentile(const struct correlation *c, struct group *g, struct sweep *s, double percentile)
{
    struct sorted o = { .percentile = percentile };
    orderstat_init(&o.numbers);
    const struct aggregate a = {
        .state = &o, .usable = numeric_usable, .add = sorted_add, .remove = sorted_remove, .value = sorted_value
    };
    window_sweep(c, g, s, &a);
    orderstat_fini(&o.numbers);
}
