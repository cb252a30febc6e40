/* SPDX-License-Identifier: Apache-2.0 */
/* Places: the order of inputs by (source name, file name), computed once as ranks so that comparing two events costs
 * no string comparison. Equal names share a rank, so a file named twice orders by line alone. */
#include "event/place.h"

#include <stdlib.h>

#include "base/mem.h"

void
origins_init(struct origins *o, size_t n)
{
    o->v = mem_zalloc(n, sizeof *o->v);
    o->rank = mem_zalloc(n, sizeof *o->rank);
    o->n = n;
}

void
origins_fini(struct origins *o)
{
    mem_free(o->v);
    mem_free(o->rank);
    *o = (struct origins){ NULL, NULL, 0 };
}

static int
compare_names(const struct origin *a, const struct origin *b)
{
    const int c = sv_cmp(a->source, b->source);
    return c != 0 ? c : sv_cmp(a->file, b->file);
}

static int
compare_origins(const void *x, const void *y)
{
    return compare_names(*(const struct origin *const *)x, *(const struct origin *const *)y);
}

void
origins_rank(struct origins *o)
{
    const struct origin **order = mem_zalloc(o->n, sizeof *order);
    for (size_t i = 0; i < o->n; i++)
        order[i] = &o->v[i];
    qsort(order, o->n, sizeof *order, compare_origins);
    uint32_t rank = 0;
    for (size_t i = 0; i < o->n; i++) {
        if (i > 0 && compare_names(order[i - 1], order[i]) != 0)
            rank++;
        o->rank[order[i] - o->v] = rank;
    }
    mem_free(order);
}

int
place_cmp(const struct origins *o, struct place a, struct place b)
{
    const uint32_t x = o->rank[a.file];
    const uint32_t y = o->rank[b.file];
    if (x != y)
        return x < y ? -1 : 1;
    return (a.line > b.line) - (a.line < b.line);
}
