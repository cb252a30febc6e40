/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: everything that can be asked of one field at once. A *pass* goes over the field's values once per event, when
 * somebody first asks, and settles all its predicates together:
 *
 *   TEXT     equals             one hash look-up per member
 *   NUMBER   number, equal      the same for numbers
 *   NETWORK  cidr               one look-up per member and length of prefix
 *   LITERAL  contains, startswith, endswith, wildcard, re: those with a literal of at least GRAM_SIZE bytes; one scan
 *            per member. The first three are decided by it; of the others those without their literal are false.
 *
 * All other predicates are evaluated one by one by their op.
 *
 * Literals that candidate selection looks for in every event (tree.h) and those that only a candidate's condition asks
 * for are two passes: the second is made for few events, and does not slow down the first.
 */
#ifndef AUTHSIFT_MATCH_LANE_H
#define AUTHSIFT_MATCH_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "event/event.h"
#include "ir/program.h"
#include "match/exact.h"
#include "match/gram.h"
#include "match/scratch.h"

enum pass_kind { PASS_TEXT, PASS_NUMBER, PASS_NETWORK, PASS_LITERAL, PASS_KINDS, PASS_ALONE = PASS_KINDS };

/* Small, because an event goes through some of hundreds: what only a match looks at is elsewhere. */
struct pass {
    enum pass_kind kind;
    field_id field;
    size_t found; /* start of its slice of scratch.found */
    union {
        const struct exact *exact;
        const struct gram *gram;
    };
};

#define NO_PASS UINT32_MAX

struct lanes {
    const struct program *program;
    uint8_t *kind_of;      /* per predicate: enum pass_kind, PASS_ALONE also for those that nobody uses */
    struct pass *pass;
    size_t n_passes;
    size_t n_found;        /* sum of the passes' predicates */
    uint32_t *pass_of;     /* per predicate: its pass, or NO_PASS */
};

/* Which pass can settle (or rule out) this predicate? PASS_ALONE: none. */
enum pass_kind lanes_kind(const struct pred *pred);

/* Building is two steps, because which passes there are depends on the tree, and the tree on what passes can do. First
 * kind_of, of the predicates whose used[p] is true; then the passes. early[p]: the tree's root asks for it. vectors:
 * may use vector instructions. Memory is in the arena. */
void lanes_sort(struct lanes *l, struct arena *arena, const struct program *program, const bool *used);
void lanes_build(struct lanes *l, struct arena *arena, const bool *early, bool vectors);

/* Makes sure that a pass was done for this event. Then the memo of each predicate that it found is YES or MAYBE; the
 * others are false, whether or not their memo says so. */
void lanes_pass_run(const struct lanes *l, uint32_t pass, struct match_scratch *s, struct event *ev);

static inline void
lanes_pass(const struct lanes *l, uint32_t pass, struct match_scratch *s, struct event *ev)
{
    if (s->pass_stamp[pass] != s->stamp)
        lanes_pass_run(l, pass, s, ev);
}

/* Evaluates a predicate by its op, and remembers the answer. */
enum memo lanes_evaluate(const struct lanes *l, pred_id p, struct match_scratch *s, struct event *ev);

/* Is the predicate, of this pass, true of the event? Evaluated at most once per event, and not at all if its pass says
 * that it is false. */
static inline enum memo
lanes_ask(const struct lanes *l, pred_id p, uint32_t pass, struct match_scratch *s, struct event *ev)
{
    if (pass != NO_PASS)
        lanes_pass(l, pass, s, ev);
    if (!scratch_knows(s, p))
        return pass != NO_PASS ? MEMO_NO : lanes_evaluate(l, p, s, ev);
    return scratch_memo(s, p) != MEMO_MAYBE ? scratch_memo(s, p) : lanes_evaluate(l, p, s, ev);
}

#endif
