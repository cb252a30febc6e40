/* SPDX-License-Identifier: Apache-2.0 */
/* Necessary conditions of a rule. A *clause* is a set of predicates of which at least one must be true if the rule is
 * to match; an empty clause means that the rule never matches. Candidate selection (tree.h) chooses among a rule's
 * clauses. */
#ifndef AUTHSIFT_MATCH_CLAUSE_H
#define AUTHSIFT_MATCH_CLAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "ir/program.h"
#include "match/lane.h"

/* How well a predicate tells that it cannot be true, best first. Of a clause: its worst predicate's. */
enum clause_class {
    CLAUSE_EXACT,    /* one look-up finds all that hold */
    CLAUSE_LITERAL,  /* one scan */
    CLAUSE_PRESENCE, /* false without its field */
    CLAUSE_USELESS,  /* true for most events: such clauses are not kept */
};

struct clause {
    enum clause_class class;
    bool derived;    /* some predicate is about a field that has to be derived */
    size_t n_fields; /* distinct ones */
    size_t n;
    pred_id *preds;  /* ascending, distinct */
};

struct clauses {
    struct clause *v;
    size_t n;
};

#define CLAUSES_MAX 64 /* per rule; the best are kept */

enum clause_class clause_pred_class(const struct lanes *lanes, pred_id p);

/* The clauses of a condition, best class first. Memory is in the arena. */
struct clauses clause_find(const struct expr *condition, const struct lanes *lanes, struct arena *arena);

/* Can the condition never hold? */
static inline bool
clause_never(const struct clauses *c)
{
    return c->n != 0 && c->v[0].n == 0;
}

#endif
