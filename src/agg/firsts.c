/* SPDX-License-Identifier: Apache-2.0 */
/* Texts are kept until there are twice as many as wanted, then cut to the first ones. A text that was cut stood
 * behind `keep` others, and can only come back with a smaller position, with which it is entered anew: the result is
 * exact. Calls mostly come in order, and then everything behind the first `keep` texts is turned away by one
 * comparison. */
#include "agg/firsts.h"

#include <stdlib.h>

#define COUNT_SLOTS 2048u /* a power of two, at least twice FIRSTS_COUNT_MAX */

struct place_of {
    uint64_t seq;
    size_t i;
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
    vec_fini(&f->seq);
    vec_fini(&f->counted);
}

void
firsts_reset(struct firsts *f, size_t keep)
{
    if (f->texts.n != 0)
        map_reset(&f->texts);
    f->seq.n = 0;
    f->keep = keep;
    f->greatest = 0;
    if (f->n_counted != 0)
        memset(f->counted.v, 0, f->counted.n * sizeof *f->counted.v);
    f->n_counted = 0;
}

static int
compare_places(const void *a, const void *b)
{
    const struct place_of *x = a;
    const struct place_of *y = b;
    if (x->seq != y->seq)
        return x->seq < y->seq ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

/* Leaves the first `keep` texts, in order. */
static void
cut(struct firsts *f)
{
    const size_t n = f->texts.n;
    const size_t left = n < f->keep ? n : f->keep;
    struct place_of *order = mem_alloc(n * sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct place_of){ f->seq.v[i], i };
    qsort(order, n, sizeof *order, compare_places);
    struct map kept;
    map_init(&kept);
    for (size_t i = 0; i < left; i++) {
        map_put(&kept, f->texts.entry[order[i].i].key, 0, NULL);
        f->seq.v[i] = order[i].seq;
    }
    f->seq.n = left;
    f->greatest = left != 0 ? f->seq.v[left - 1] : 0;
    map_fini(&f->texts);
    f->texts = kept;
    mem_free(order);
}

void
firsts_add(struct firsts *f, struct sv text, uint64_t seq)
{
    if (f->texts.n >= f->keep && seq > f->greatest)
        return;
    bool is_new;
    const size_t i = map_put(&f->texts, text, 0, &is_new);
    if (is_new)
        vec_push(&f->seq, seq);
    else if (seq < f->seq.v[i])
        f->seq.v[i] = seq;
    if (seq > f->greatest)
        f->greatest = seq;
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
    for (size_t i = 1; i < f->seq.n; i++)
        if (f->seq.v[i] < f->seq.v[i - 1])
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
