/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors of boolean expressions. They keep trees in a form that is pleasant to print and cheap to compile: no
 * constants inside, no AND directly in an AND unless a label (the search identifier it came from) would be lost.
 *
 * Every constructor makes a node of its own, never a shared one: lang/ sets labels on what it gets.
 */
#include <assert.h>

#include "ir/program.h"

static struct expr *
node(struct program *p, enum expr_kind kind, size_t n_kids)
{
    assert(!p->frozen);
    struct expr *e = ARENA_NEW(&p->arena, struct expr);
    e->kind = kind;
    if (n_kids != 0)
        e->kid = ARENA_ARRAY(&p->arena, struct expr *, n_kids);
    return e;
}

struct expr *
expr_const(struct program *p, bool value)
{
    return node(p, value ? EXPR_TRUE : EXPR_FALSE, 0);
}

struct expr *
expr_leaf(struct program *p, uint32_t leaf)
{
    struct expr *e = node(p, EXPR_PRED, 0);
    e->leaf = leaf;
    return e;
}

struct expr *
expr_not(struct program *p, struct expr *e)
{
    if (e->kind == EXPR_TRUE || e->kind == EXPR_FALSE)
        return expr_const(p, e->kind == EXPR_FALSE);
    if (e->kind == EXPR_NOT && e->label.n == 0)
        return e->kid[0];
    struct expr *negated = node(p, EXPR_NOT, 1);
    negated->kid[0] = e;
    negated->n_kids = 1;
    return negated;
}

/* A kid that a join of this kind takes apart: its members mean the same one level up. */
static bool
is_flat(const struct expr *kid, enum expr_kind kind)
{
    return kid->kind == kind && kid->label.n == 0;
}

static size_t
flat_size(enum expr_kind kind, struct expr *const *kid, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += is_flat(kid[i], kind) ? kid[i]->n_kids : 1;
    return size;
}

static void
adopt(struct expr *join, struct expr *kid)
{
    if (!is_flat(kid, join->kind)) {
        join->kid[join->n_kids++] = kid;
        return;
    }
    for (size_t i = 0; i < kid->n_kids; i++)
        join->kid[join->n_kids++] = kid->kid[i];
}

struct expr *
expr_join(struct program *p, enum expr_kind kind, struct expr *const *kid, size_t n)
{
    assert(kind == EXPR_AND || kind == EXPR_OR);
    const enum expr_kind neutral = kind == EXPR_AND ? EXPR_TRUE : EXPR_FALSE;
    const enum expr_kind decisive = kind == EXPR_AND ? EXPR_FALSE : EXPR_TRUE;

    struct expr *only = NULL;
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kid[i]->kind == decisive)
            return expr_const(p, decisive == EXPR_TRUE);
        if (kid[i]->kind != neutral) {
            only = kid[i];
            n_kept++;
        }
    }
    if (n_kept == 0)
        return expr_const(p, neutral == EXPR_TRUE);
    if (n_kept == 1) /* most values of most rules: no node is made for them in vain */
        return only;
    struct expr *join = node(p, kind, flat_size(kind, kid, n));
    for (size_t i = 0; i < n; i++)
        if (kid[i]->kind != neutral)
            adopt(join, kid[i]);
    return join;
}
