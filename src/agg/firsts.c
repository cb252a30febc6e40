/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are kept until there are twice as many as wanted, then cut to the first ones. A text that was cut stood
 * behind `keep` others, and can only come back with a smaller rank, with which it is entered anew: the result is exact.
 * Calls mostly come in order of time, and then nearly everything behind the first `keep` texts is turned away by one
 * comparison. */
#include "agg/firsts.h"

#include <stdlib.h>

#define COUNT_SLOTS 2048u /* a power of two, at least twice FIRSTS_COUNT_MAX */

struct ranked {
    struct firsts_rank rank;
    struct sv text;
};

void
firsts_init(struct firsts *f)
{
    *f = (struct firsts){ .keep = 0 };
    map_init(&f->texts);
}

void
firsts_fini(struct firsts *f)
{
    map_fini(&f->texts);
    vec_fini(&f->rank);
    vec_fini(&f->counted);
}

void
firsts_reset(struct firsts *f, size_t keep)
{
    if (f->texts.n != 0)
        map_reset(&f->texts);
    f->rank.n = 0;
    f->keep = keep;
    f->greatest = INT64_MIN;
    if (f->n_counted != 0)
        memset(f->counted.v, 0, f->counted.n * sizeof *f->counted.v);
    f->n_counted = 0;
}

static int
compare_ranks(struct firsts_rank x, struct firsts_rank y)
{
    if (x.time != y.time)
        return x.time < y.time ? -1 : 1;
    return (x.nth > y.nth) - (x.nth < y.nth);
}

static int
compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    const int by_rank = compare_ranks(x->rank, y->rank);
    return by_rank != 0 ? by_rank : sv_cmp(x->text, y->text);
}

/* Leaves the first `keep` texts, in order. */
static void
cut(struct firsts *f)
{
    const size_t n = f->texts.n;
    const size_t left = n < f->keep ? n : f->keep;
    struct ranked *order = mem_alloc(n * sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){ f->rank.v[i], f->texts.entry[i].key };
    qsort(order, n, sizeof *order, compare_ranked);
    struct map kept;
    map_init(&kept);
    for (size_t i = 0; i < left; i++) {
        map_put(&kept, order[i].text, 0, NULL);
        f->rank.v[i] = order[i].rank;
    }
    f->rank.n = left;
    f->greatest = left != 0 ? f->rank.v[left - 1].time : INT64_MIN;
    map_fini(&f->texts);
    f->texts = kept;
    mem_free(order);
}

void
firsts_add(struct firsts *f, struct sv text, struct firsts_rank rank)
{
    if (f->texts.n >= f->keep && rank.time > f->greatest)
        return;
    bool is_new;
    const size_t i = map_put(&f->texts, text, 0, &is_new);
    if (is_new)
        vec_push(&f->rank, rank);
    else if (compare_ranks(rank, f->rank.v[i]) < 0)
        f->rank.v[i] = rank;
    if (rank.time > f->greatest)
        f->greatest = rank.time;
    if (f->texts.n > 2 * f->keep + 16)
        cut(f);
}

void
firsts_count_text(struct firsts *f, struct sv text)
{
    if (f->n_counted == FIRSTS_COUNT_MAX)
        return;
    if (f->counted.n == 0) {
        vec_reserve(&f->counted, COUNT_SLOTS);
        f->counted.n = COUNT_SLOTS;
        memset(f->counted.v, 0, COUNT_SLOTS * sizeof *f->counted.v);
    }
    const uint64_t hash = hash64(text) | 1;
    size_t i = (size_t)(hash >> 32) & (COUNT_SLOTS - 1);
    for (; f->counted.v[i] != 0; i = (i + 1) & (COUNT_SLOTS - 1))
        if (f->counted.v[i] == hash)
            return;
    f->counted.v[i] = hash;
    f->n_counted++;
}

static bool
is_in_order(const struct firsts *f)
{
    for (size_t i = 1; i < f->rank.n; i++)
        if (compare_ranks(f->rank.v[i], f->rank.v[i - 1]) <= 0)
            return false;
    return true;
}

size_t
firsts_finish(struct firsts *f)
{
    if (f->texts.n > f->keep || !is_in_order(f))
        cut(f);
    return f->texts.n;
}

struct sv
firsts_text(const struct firsts *f, size_t i)
{
    return f->texts.entry[i].key;
}
