/* SPDX-License-Identifier: Apache-2.0 */
/* Only hits of rules are shared: findings of inner correlations are few, and each has its own tie. And only types that
 * keep every hit: if one dropped a hit that the others keep, it would see repeated deliveries that it must not see. */
#include "agg/family.h"

#include <string.h>

#include "agg/corr.h"
#include "base/mem.h"

static bool
keeps_every_hit(const struct correlation *c)
{
    return c->type->record == NULL || c->type->keeps_every_hit;
}

static bool
same_fields(const field_id *a, const field_id *b, size_t n)
{
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static bool
same_inputs(const struct correlation *a, const struct correlation *b)
{
    if (a->n_inputs != b->n_inputs)
        return false;
    for (size_t i = 0; i < a->n_inputs; i++)
        if (a->inputs[i].is_corr || b->inputs[i].is_corr || a->inputs[i].index != b->inputs[i].index)
            return false;
    return true;
}

static bool
are_family(const struct correlation *a, const struct correlation *b)
{
    return a->level == 0 && b->level == 0 && !a->single && !b->single && keeps_every_hit(a) && keeps_every_hit(b) &&
           a->meta.keep_missing_group == b->meta.keep_missing_group && same_inputs(a, b) && a->n_group == b->n_group &&
           same_fields(a->group_fields, b->group_fields, a->n_inputs * a->n_group) && a->n_facts == b->n_facts &&
           same_fields(a->facts, b->facts, a->n_facts);
}

struct family *
families_of(const struct program *p)
{
    struct family *f = mem_zalloc(p->corrs.n + 1, sizeof *f);
    for (uint32_t i = 0; i < p->corrs.n; i++) {
        f[i] = (struct family){ i, FAMILY_END, 1 };
        uint32_t k = 0;
        while (k < i && (f[k].first != k || !are_family(&p->corrs.v[k], &p->corrs.v[i])))
            k++;
        if (k == i)
            continue;
        f[i].first = k;
        f[k].n++;
        while (f[k].next != FAMILY_END)
            k = f[k].next;
        f[k].next = i;
    }
    return f;
}
