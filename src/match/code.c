/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled from the last test to the first, so that every jump's target is there already. Members of an AND or OR are
 * asked in the order of what they cost, which no result depends on: predicates have no side effects. */
#include "match/code.h"

#include <stdlib.h>

#include "base/mem.h"

void
code_fini(struct code *c)
{
    vec_fini(&c->insn);
}

#define DERIVED_COST 200 /* more than anything but a regex or a keyword asked alone */

/* Rough nanoseconds of asking. Passes are shared with other rules, hence cheap. */
static unsigned
pred_cost(const struct lanes *lanes, pred_id p)
{
    const struct pred *pred = &lanes->program->preds.v[p];
    if (fields_is_derived(lanes->program->fields, pred->field))
        return DERIVED_COST;
    const enum pass_kind kind = (enum pass_kind)lanes->kind_of[p];
    if (kind < PASS_LITERAL)
        return pred->field == FIELD_ANY ? 100 : 4;
    switch (pred->op) {
    case OP_NULL:
    case OP_EXISTS:
        return 2;
    case OP_BOOLEAN:
        return 5;
    case OP_NUMBER:
        return 30;
    case OP_REGEX:
        return kind == PASS_LITERAL ? 60 : 400;
    case OP_FIELDREF:
        return 50;
    default:
        return pred->field == FIELD_ANY ? 300 : 20;
    }
}

static unsigned
expr_cost(const struct lanes *lanes, const struct expr *e)
{
    if (e->kind == EXPR_PRED)
        return pred_cost(lanes, e->leaf);
    unsigned cost = 0;
    for (size_t i = 0; i < e->n_kids && cost < 1000000; i++)
        cost += expr_cost(lanes, e->kid[i]);
    return cost;
}

struct costed {
    const struct expr *e;
    unsigned cost;
    size_t place;
};

static int
compare_cost(const void *a, const void *b)
{
    const struct costed *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static uint32_t emit(struct code *c, const struct lanes *lanes, const struct expr *e, uint32_t yes, uint32_t no);

/* AND: each kid goes on to the next if true, and to `no` if false. OR: the other way round. */
static uint32_t
emit_join(struct code *c, const struct lanes *lanes, const struct expr *e, uint32_t yes, uint32_t no)
{
    struct costed *kid = mem_alloc(e->n_kids * sizeof *kid);
    for (size_t i = 0; i < e->n_kids; i++)
        kid[i] = (struct costed){ e->kid[i], expr_cost(lanes, e->kid[i]), i };
    qsort(kid, e->n_kids, sizeof *kid, compare_cost);
    uint32_t next = e->kind == EXPR_AND ? yes : no;
    for (size_t i = e->n_kids; i-- > 0;)
        next = e->kind == EXPR_AND ? emit(c, lanes, kid[i].e, next, no) : emit(c, lanes, kid[i].e, yes, next);
    mem_free(kid);
    return next;
}

/* Returns where the code of e starts: its last instruction, or a target if it needs none. */
static uint32_t
emit(struct code *c, const struct lanes *lanes, const struct expr *e, uint32_t yes, uint32_t no)
{
    switch (e->kind) {
    case EXPR_TRUE:
        return yes;
    case EXPR_FALSE:
        return no;
    case EXPR_NOT:
        return emit(c, lanes, e->kid[0], no, yes);
    case EXPR_AND:
    case EXPR_OR:
        return emit_join(c, lanes, e, yes, no);
    case EXPR_PRED:
        break;
    }
    vec_push(&c->insn, (struct insn){ e->leaf, NO_PASS, yes, no });
    return (uint32_t)c->insn.n - 1;
}

uint32_t
code_compile(struct code *c, const struct expr *condition, const struct lanes *lanes)
{
    return emit(c, lanes, condition, CODE_ACCEPT, CODE_REJECT);
}

void
code_connect(struct code *c, const struct lanes *lanes)
{
    for (size_t i = 0; i < c->insn.n; i++)
        c->insn.v[i].pass = lanes->pass_of[c->insn.v[i].pred];
}

bool
code_run(const struct code *c, uint32_t at, const struct lanes *lanes, struct match_scratch *s, struct event *ev,
         bool *limited)
{
    *limited = false;
    while (at < CODE_REJECT) {
        const struct insn *i = &c->insn.v[at];
        const enum memo answer = lanes_ask(lanes, i->pred, i->pass, s, ev);
        *limited = *limited || answer == MEMO_LIMIT;
        at = answer == MEMO_YES ? i->yes : i->no;
    }
    return at == CODE_ACCEPT;
}
