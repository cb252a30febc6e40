/* SPDX-License-Identifier: Apache-2.0 */
/* Candidate selection: which rules can match this event at all?
 *
 * Every rule hangs below one of its clauses: if that is false, the rule is not looked at. The root's passes say which
 * clauses hold, so that with 400 rules that each name an action only those of this event's action are left. Where
 * many rules share a value, its node is divided again by another of their clauses. A rule without a usable clause is
 * always a candidate.
 *
 * Built once, then read by all threads.
 */
#ifndef AUTHSIFT_MATCH_TREE_H
#define AUTHSIFT_MATCH_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "event/event.h"
#include "match/clause.h"
#include "match/lane.h"
#include "match/scratch.h"

/* Look at this field: run the pass and follow the edges of what it found; or, without a pass, go on if the field is
 * there. */
struct tree_test {
    field_id field;
    uint32_t pass;   /* NO_PASS: presence */
    uint32_t to;     /* presence: the node to go on with */
};

struct tree_node {
    uint32_t *rules; /* candidates as soon as the node is reached; numbers are the caller's */
    uint32_t n_rules;
    struct tree_test *tests;
    uint32_t n_tests;
};

/* If the predicate holds and `from` was reached, `to` is reached. */
struct tree_edge {
    uint32_t from, to;
};

/* The same for the presence of a field. */
struct tree_presence {
    uint32_t from, to;
    field_id field;
};

struct tree {
    struct tree_node *node;  /* 0 is the root */
    size_t n_nodes;
    uint64_t *root_fields;   /* bit per field: some test of the root looks at it */
    size_t root_words;
    uint32_t *root_test;     /* by field: its first test in the root, whose tests are in the order of fields */
    struct tree_edge *edge;  /* edge[first[p] .. first[p + 1]) belong to predicate p, by `from` */
    uint32_t *first;
    struct tree_presence *presence;
    size_t n_presences;
};

/* Building is two steps: the tree, for lanes that are sorted; when these are built, the tests of its nodes. clauses[i]
 * are those of rule i. Memory is in the arena. */
void tree_build(struct tree *t, struct arena *arena, const struct lanes *lanes, const struct clauses *clauses,
                size_t n_rules);
void tree_connect(struct tree *t, struct arena *arena, const struct lanes *lanes);

/* early[p] becomes true for the predicates that the root asks for. */
void tree_mark_early(const struct tree *t, size_t n_preds, bool *early);

/* Sets the bits of scratch.candidate. */
void tree_select(const struct tree *t, const struct lanes *lanes, struct match_scratch *s, struct event *ev);

#endif
