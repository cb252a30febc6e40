/* SPDX-License-Identifier: Apache-2.0 */
#include "query/hll.h"

#include <math.h>
#include <string.h>

#include "query/measure.h"

#define Q (64u - HLL_BITS) /* ranks are 1 .. Q + 1 */
#define LIST_MAX 64u

static void
note_register(struct hll *h, uint32_t index, uint32_t rank)
{
    if (h->reg[index] < rank)
        h->reg[index] = (uint8_t)rank;
}

static void
make_dense(struct hll *h, struct pool *pool)
{
    h->reg = pool_alloc(pool, HLL_REGISTERS);
    memset(h->reg, 0, HLL_REGISTERS);
    for (uint32_t i = 0; i < h->n; i++)
        note_register(h, h->list[i] >> 8, h->list[i] & 0xff);
}

static void
note(struct hll *h, uint32_t index, uint32_t rank, struct pool *pool)
{
    if (h->reg != NULL) {
        note_register(h, index, rank);
        return;
    }
    for (uint32_t i = 0; i < h->n; i++) {
        if (h->list[i] >> 8 != index)
            continue;
        if ((h->list[i] & 0xff) < rank)
            h->list[i] = index << 8 | rank;
        return;
    }
    if (h->n == LIST_MAX) {
        make_dense(h, pool);
        note_register(h, index, rank);
        return;
    }
    if (h->n == h->cap) {
        uint32_t *old = h->list;
        h->cap = h->cap == 0 ? 4 : 2 * h->cap;
        h->list = pool_alloc(pool, h->cap * sizeof *h->list);
        if (h->n != 0)
            memcpy(h->list, old, h->n * sizeof *old);
    }
    h->list[h->n++] = index << 8 | rank;
}

/* The top bits choose the register; the rank is the place of the first 1 in the others. */
void
hll_add(struct hll *h, uint64_t hash, struct pool *pool)
{
    const uint32_t index = (uint32_t)(hash >> Q);
    uint32_t rank = 1;
    for (uint64_t rest = hash << HLL_BITS; rank <= Q && (rest >> 63) == 0; rest <<= 1)
        rank++;
    note(h, index, rank, pool);
}

void
hll_put(const struct hll *h, struct buf *b)
{
    if (h->reg != NULL) {
        put_varint(b, LIST_MAX + 1);
        buf_put(b, h->reg, HLL_REGISTERS);
        return;
    }
    put_varint(b, h->n);
    for (uint32_t i = 0; i < h->n; i++)
        put_varint(b, h->list[i]);
}

void
hll_merge(struct hll *h, struct reader *r, struct pool *pool)
{
    const uint64_t n = get_varint(r);
    if (n <= LIST_MAX) {
        for (uint64_t i = 0; i < n && !r->bad; i++) {
            const uint64_t x = get_varint(r);
            if (x >> 8 < HLL_REGISTERS && (x & 0xff) <= Q + 1)
                note(h, (uint32_t)(x >> 8), (uint32_t)(x & 0xff), pool);
        }
        return;
    }
    if ((size_t)(r->end - r->p) < HLL_REGISTERS) {
        r->bad = true;
        return;
    }
    if (h->reg == NULL)
        make_dense(h, pool);
    for (uint32_t i = 0; i < HLL_REGISTERS; i++)
        note_register(h, i, (unsigned char)r->p[i]);
    r->p += HLL_REGISTERS;
}

/* Ertl 2017, algorithm 6. Both series end when a term no longer changes the sum. */
static double
sigma(double x)
{
    double y = 1, z = x, before;
    if (x >= 1)
        return (double)INFINITY;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z > before);
    return z;
}

static double
tau(double x)
{
    double y = 1, z = 1 - x, before;
    if (x <= 0 || x >= 1)
        return 0;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (z < before);
    return z / 3;
}

double
hll_estimate(const struct hll *h)
{
    const double m = HLL_REGISTERS;
    uint32_t of_rank[Q + 2] = { 0 };
    if (h->reg != NULL) {
        for (uint32_t i = 0; i < HLL_REGISTERS; i++)
            of_rank[h->reg[i]]++;
    } else {
        of_rank[0] = HLL_REGISTERS - h->n;
        for (uint32_t i = 0; i < h->n; i++)
            of_rank[h->list[i] & 0xff]++;
    }
    double z = m * tau(1 - of_rank[Q + 1] / m);
    for (unsigned k = Q; k >= 1; k--)
        z = 0.5 * (z + of_rank[k]);
    z += m * sigma(of_rank[0] / m);
    return m * m / (2 * log(2) * z);
}
