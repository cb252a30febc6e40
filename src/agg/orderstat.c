/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted blocks; see orderstat.h. A full block is split in halves; a block that empties is dropped, and two neighbours
 * that fit into half a block together become one, so the number of blocks stays in proportion to the numbers. */
#include "agg/orderstat.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void
orderstat_init(struct orderstat *o)
{
    memset(o, 0, sizeof *o);
}

void
orderstat_fini(struct orderstat *o)
{
    for (size_t i = 0; i < o->blocks.n; i++)
        mem_free(o->blocks.v[i].v);
    vec_fini(&o->blocks);
    o->n = 0;
}

/* The first block whose largest number is not below x; blocks.n if there is none. */
static size_t
find_block(const struct orderstat *o, double x)
{
    size_t low = 0, high = o->blocks.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct orderstat_block *b = &o->blocks.v[middle];
        if (b->v[b->n - 1] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where x stands, or would stand, in a block. */
static size_t
find_slot(const struct orderstat_block *b, double x)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (b->v[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* An empty block at position i. */
static struct orderstat_block *
insert_block(struct orderstat *o, size_t i)
{
    const struct orderstat_block fresh = { mem_alloc(ORDERSTAT_BLOCK * sizeof(double)), 0 };
    vec_push(&o->blocks, fresh);
    memmove(&o->blocks.v[i + 1], &o->blocks.v[i], (o->blocks.n - 1 - i) * sizeof fresh);
    o->blocks.v[i] = fresh;
    return &o->blocks.v[i];
}

static void
drop_block(struct orderstat *o, size_t i)
{
    mem_free(o->blocks.v[i].v);
    memmove(&o->blocks.v[i], &o->blocks.v[i + 1], (o->blocks.n - 1 - i) * sizeof o->blocks.v[0]);
    o->blocks.n--;
}

static void
split_block(struct orderstat *o, size_t i)
{
    struct orderstat_block *upper = insert_block(o, i + 1);
    struct orderstat_block *lower = &o->blocks.v[i];
    const size_t half = lower->n / 2;
    upper->n = lower->n - half;
    memcpy(upper->v, lower->v + half, upper->n * sizeof(double));
    lower->n = half;
}

/* Joins block i and the one after it if both together are small. */
static void
join_blocks(struct orderstat *o, size_t i)
{
    if (i + 1 >= o->blocks.n)
        return;
    struct orderstat_block *a = &o->blocks.v[i], *b = &o->blocks.v[i + 1];
    if (a->n + b->n > ORDERSTAT_BLOCK / 2)
        return;
    memcpy(a->v + a->n, b->v, b->n * sizeof(double));
    a->n += b->n;
    drop_block(o, i + 1);
}

void
orderstat_add(struct orderstat *o, double x)
{
    size_t i = find_block(o, x);
    if (i == o->blocks.n) { /* larger than all: into the last block */
        if (i == 0)
            insert_block(o, 0);
        else
            i--;
    }
    if (o->blocks.v[i].n == ORDERSTAT_BLOCK) {
        split_block(o, i);
        if (o->blocks.v[i].v[o->blocks.v[i].n - 1] < x)
            i++;
    }
    struct orderstat_block *b = &o->blocks.v[i];
    const size_t at = find_slot(b, x);
    memmove(&b->v[at + 1], &b->v[at], (b->n - at) * sizeof(double));
    b->v[at] = x;
    b->n++;
    o->n++;
}

void
orderstat_remove(struct orderstat *o, double x)
{
    const size_t i = find_block(o, x);
    assert(i < o->blocks.n);
    struct orderstat_block *b = &o->blocks.v[i];
    const size_t at = find_slot(b, x);
    assert(at < b->n && b->v[at] == x);
    memmove(&b->v[at], &b->v[at + 1], (b->n - 1 - at) * sizeof(double));
    b->n--;
    o->n--;
    if (b->n == 0)
        drop_block(o, i);
    else if (b->n < ORDERSTAT_BLOCK / 4) {
        join_blocks(o, i);
        if (i > 0)
            join_blocks(o, i - 1);
    }
}

double
orderstat_kth(const struct orderstat *o, size_t k)
{
    assert(k < o->n);
    size_t i = 0;
    while (k >= o->blocks.v[i].n)
        k -= o->blocks.v[i++].n;
    return o->blocks.v[i].v[k];
}

double
orderstat_percentile(const struct orderstat *o, double p)
{
    if (o->n == 0)
        return (double)NAN;
    const double h = p / 100 * (double)(o->n - 1);
    const double below = floor(h);
    const size_t k = (size_t)below;
    const double low = orderstat_kth(o, k < o->n ? k : o->n - 1);
    /* Exactly on a number: nothing to interpolate, and infinite differences must not become NaN. */
    if (h <= below || k + 1 >= o->n)
        return low;
    return low + (h - below) * (orderstat_kth(o, k + 1) - low);
}
