/* SPDX-License-Identifier: Apache-2.0 */
/* The table of correlation types, made of correlations.def. */
#include <assert.h>

#include "agg/corr.h"

#define CORR(id) extern const struct corr_type corr_##id;
#include "agg/correlations.def"
#undef CORR

const struct corr_type *const corr_types[] = {
#define CORR(id) &corr_##id,
#include "agg/correlations.def"
#undef CORR
};
const size_t n_corr_types = sizeof corr_types / sizeof corr_types[0];

const struct corr_type *
corr_find(struct sv name)
{
    for (size_t i = 0; i < n_corr_types; i++)
        if (sv_eq(name, sv_of(corr_types[i]->name)))
            return corr_types[i];
    return NULL;
}

size_t
corr_param_index(const struct corr_type *type, const char *name)
{
    size_t i = 0;
    while (i < type->n_params && strcmp(type->params[i].name, name) != 0)
        i++;
    assert(i < type->n_params);
    return i;
}

static bool
holds(const struct bound *b, double x)
{
    switch (b->compare) {
    case CMP_EQ:
        return x == b->value;
    case CMP_NEQ:
        return x < b->value || x > b->value; /* not !=: NaN satisfies nothing */
    case CMP_LT:
        return x < b->value;
    case CMP_LTE:
        return x <= b->value;
    case CMP_GT:
        return x > b->value;
    case CMP_GTE:
        return x >= b->value;
    }
    return false;
}

bool
corr_wants_survey(const struct correlation *c)
{
    return c->type->survey != NULL && (c->type->wants_survey == NULL || c->type->wants_survey(c));
}

bool
corr_may_fire(const struct correlation *c, const struct outline *o)
{
    return c->type->may_fire == NULL || c->type->may_fire(c, o);
}

bool
corr_bounds_hold(const struct correlation *c, double x)
{
    if (x != x)
        return false;
    for (size_t i = 0; i < c->n_bounds; i++)
        if (!holds(&c->bounds[i], x))
            return false;
    return true;
}
