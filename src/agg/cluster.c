/* SPDX-License-Identifier: Apache-2.0 */
/* A cluster is all families of one shape of groups; one whose groups are made from other fields by each rule has a
 * cluster of its own. A program with a single family has nothing to share, and its records stand by themselves. */
#include "agg/cluster.h"

#include <stdbool.h>

#include "base/mem.h"

/* The families that may be bundled. The usual facts stand first in nearly all of them. */
static bool
may_share(const struct program *p, const struct family *family, size_t corr, const size_t *first_shape)
{
    const struct correlation *c = &p->corrs.v[corr];
    return family[corr].first == corr && c->level == 0 && !c->single && first_shape[corr] == first_shape[0];
}

static size_t
count_families(const struct program *p, const struct family *family, const size_t *first_shape)
{
    size_t n = 0;
    for (size_t i = 0; i < p->corrs.n; i++)
        n += may_share(p, family, i, first_shape);
    return n;
}

/* Are the groups the same by whatever rule they are hit? */
static bool
has_one_shape(const struct correlation *c, const size_t *shape)
{
    for (size_t i = 1; i < c->n_inputs; i++)
        if (shape[i] != shape[0])
            return false;
    return c->n_inputs != 0;
}

/* The correlation becomes the next of a cluster, which is made if there is none. */
static void
join(struct clusters *c, uint32_t *cluster, uint32_t corr)
{
    if (*cluster == CLUSTER_NONE) {
        *cluster = (uint32_t)c->n;
        c->v = mem_resize(c->v, c->n + 1, sizeof *c->v);
        c->v[c->n++] = (struct cluster){ NULL, 0 };
    }
    struct cluster *to = &c->v[*cluster];
    c->of[corr] = (struct cluster_place){ *cluster, (uint32_t)to->n };
    to->corr = mem_resize(to->corr, to->n + 1, sizeof *to->corr);
    to->corr[to->n++] = corr;
}

void
clusters_init(struct clusters *c, const struct program *p, const struct family *family, const size_t *first_pos,
              const size_t *group_shape, const size_t *first_shape)
{
    const size_t n = p->corrs.n;
    const size_t n_shapes = n != 0 ? first_pos[n - 1] + p->corrs.v[n - 1].n_inputs + 1 : 1;
    const bool is_worth = count_families(p, family, first_shape) > 1;
    uint32_t *of_shape = mem_zalloc(n_shapes, sizeof *of_shape);
    *c = (struct clusters){ .of = mem_zalloc(n + 1, sizeof *c->of) };
    for (size_t i = 0; i < n_shapes; i++)
        of_shape[i] = CLUSTER_NONE;
    for (uint32_t i = 0; i < n; i++) {
        const size_t *shape = group_shape + first_pos[i];
        uint32_t own = CLUSTER_NONE;
        c->of[i] = (struct cluster_place){ CLUSTER_NONE, 0 };
        if (is_worth && may_share(p, family, i, first_shape))
            join(c, has_one_shape(&p->corrs.v[i], shape) ? &of_shape[*shape] : &own, i);
    }
    mem_free(of_shape);
}

void
clusters_fini(struct clusters *c)
{
    for (size_t i = 0; i < c->n; i++)
        mem_free(c->v[i].corr);
    mem_free(c->v);
    mem_free(c->of);
    *c = (struct clusters){ NULL, NULL, 0 };
}
