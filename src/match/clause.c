/* SPDX-License-Identifier: Apache-2.0 */
/* From a boolean tree to clauses, without the blow-up of a normal form:
 *
 *   a and b   has all clauses of a and all of b
 *   a or b    has one: the best clause of a joined with the best of b, if both have one
 *   not x     negation moves down to the predicates (and and or change places); a negated predicate promises nothing
 *
 * Whatever is left out only makes the selection less sharp, never wrong.
 */
#include "match/clause.h"

#include <stdlib.h>
#include <string.h>

#define PREDS_MAX 1024 /* a clause of more is not worth its entries */

struct finder {
    const struct lanes *lanes;
    struct arena *arena;
};

enum clause_class
clause_pred_class(const struct lanes *lanes, pred_id p)
{
    const struct pred *pred = &lanes->program->preds.v[p];
    if (lanes->kind_of[p] != PASS_ALONE)
        return lanes->kind_of[p] == PASS_LITERAL ? CLAUSE_LITERAL : CLAUSE_EXACT;
    return pred->op == OP_NULL || pred->field == FIELD_ANY ? CLAUSE_USELESS : CLAUSE_PRESENCE;
}

static int
compare_ids(const void *a, const void *b)
{
    const pred_id x = *(const pred_id *)a, y = *(const pred_id *)b;
    return (x > y) - (x < y);
}

static size_t
count_fields(const struct finder *f, const struct clause *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = f->lanes->program->preds.v[c->preds[k]].field == f->lanes->program->preds.v[c->preds[i]].field;
        n += !seen;
    }
    return n;
}

/* Sorts the predicates, drops doubles, fills in what is known of the whole. */
static void
finish(const struct finder *f, struct clause *c)
{
    if (c->n > 1)
        qsort(c->preds, c->n, sizeof *c->preds, compare_ids);
    const struct program *program = f->lanes->program;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        if (n == 0 || c->preds[n - 1] != c->preds[i])
            c->preds[n++] = c->preds[i];
    c->n = n;
    c->class = CLAUSE_EXACT;
    c->derived = false;
    for (size_t i = 0; i < n; i++) {
        const enum clause_class class = clause_pred_class(f->lanes, c->preds[i]);
        c->class = class > c->class ? class : c->class;
        c->derived = c->derived || fields_is_derived(program->fields, program->preds.v[c->preds[i]].field);
    }
    c->n_fields = n <= PREDS_MAX ? count_fields(f, c) : n;
}

/* Best first. */
static int
compare_clauses(const void *a, const void *b)
{
    const struct clause *x = a, *y = b;
    if ((x->n == 0) != (y->n == 0))
        return x->n == 0 ? -1 : 1;
    if (x->derived != y->derived)
        return x->derived ? 1 : -1;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->n_fields != y->n_fields)
        return x->n_fields < y->n_fields ? -1 : 1;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    for (size_t i = 0; i < x->n; i++)
        if (x->preds[i] != y->preds[i])
            return x->preds[i] < y->preds[i] ? -1 : 1;
    return 0;
}

static struct clauses find(const struct finder *f, const struct expr *e, bool negated);

static struct clauses
one_clause(const struct finder *f, struct clause c)
{
    finish(f, &c);
    if (c.n > PREDS_MAX || c.class == CLAUSE_USELESS)
        return (struct clauses){ NULL, 0 };
    struct clauses one = { ARENA_NEW(f->arena, struct clause), 1 };
    one.v[0] = c;
    return one;
}

static struct clauses
find_leaf(const struct finder *f, pred_id p)
{
    struct clause c = { .n = 1, .preds = ARENA_NEW(f->arena, pred_id) };
    c.preds[0] = p;
    return one_clause(f, c);
}

static struct clauses
find_all(const struct finder *f, const struct expr *e, bool negated)
{
    struct clauses *part = ARENA_ARRAY(f->arena, struct clauses, e->n_kids);
    size_t n = 0;
    for (size_t i = 0; i < e->n_kids; i++) {
        part[i] = find(f, e->kid[i], negated);
        n += part[i].n;
    }
    struct clauses all = { ARENA_ARRAY(f->arena, struct clause, n), 0 };
    for (size_t i = 0; i < e->n_kids; i++)
        for (size_t k = 0; k < part[i].n; k++)
            all.v[all.n++] = part[i].v[k];
    if (all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, compare_clauses);
    all.n = all.n > CLAUSES_MAX ? CLAUSES_MAX : all.n;
    return all;
}

static struct clauses
find_any(const struct finder *f, const struct expr *e, bool negated)
{
    const struct clauses none = { NULL, 0 };
    struct clause *best = ARENA_ARRAY(f->arena, struct clause, e->n_kids);
    size_t n = 0;
    for (size_t i = 0; i < e->n_kids; i++) {
        const struct clauses part = find(f, e->kid[i], negated);
        if (part.n == 0)
            return none;
        best[i] = part.v[0];
        n += best[i].n;
    }
    struct clause joined = { .preds = ARENA_ARRAY(f->arena, pred_id, n) };
    for (size_t i = 0; i < e->n_kids; i++)
        for (size_t k = 0; k < best[i].n; k++)
            joined.preds[joined.n++] = best[i].preds[k];
    return one_clause(f, joined);
}

static struct clauses
find(const struct finder *f, const struct expr *e, bool negated)
{
    const struct clauses none = { NULL, 0 };
    switch (e->kind) {
    case EXPR_TRUE:
    case EXPR_FALSE:
        return (e->kind == EXPR_TRUE) != negated ? none : one_clause(f, (struct clause){ .n = 0 });
    case EXPR_PRED:
        return negated ? none : find_leaf(f, e->leaf);
    case EXPR_NOT:
        return find(f, e->kid[0], !negated);
    case EXPR_AND:
        return negated ? find_any(f, e, negated) : find_all(f, e, negated);
    case EXPR_OR:
        return negated ? find_all(f, e, negated) : find_any(f, e, negated);
    }
    return none;
}

struct clauses
clause_find(const struct expr *condition, const struct lanes *lanes, struct arena *arena)
{
    const struct finder f = { lanes, arena };
    return find(&f, condition, false);
}
