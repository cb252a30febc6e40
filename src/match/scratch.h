/* SPDX-License-Identifier: Apache-2.0 */
/* What one worker writes while it matches. Nothing is cleared between events: every mark carries the stamp of its
 * event, and the next event has another one. Nothing is allocated once a scratch has met its largest matcher. */
#ifndef AUTHSIFT_MATCH_SCRATCH_H
#define AUTHSIFT_MATCH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ir/program.h"
#include "match/match.h"

/* What is known of a predicate, in the low bits of its memo. */
enum memo {
    MEMO_NO,
    MEMO_YES,
    MEMO_LIMIT, /* no, because a regex gave up */
    MEMO_MAYBE, /* a literal that it needs was found: it has to be evaluated */
    MEMO_STATES,
};

/* Room that a matcher needs in every scratch. */
struct scratch_size {
    size_t n_passes;     /* lane passes */
    size_t n_found;      /* predicates of all passes */
    size_t n_nodes;
    size_t n_rules;      /* enabled ones */
};

struct match_scratch {
    uint32_t stamp;            /* of this event: a multiple of MEMO_STATES, never 0 */
    uint32_t *memo;            /* per predicate: stamp | enum memo */
    size_t n_preds;
    struct regex_scratch *regex;

    uint32_t *pass_stamp;      /* per pass: done for this event */
    uint32_t *pass_found;      /* per pass: how many of its predicates may hold */
    pred_id *found;            /* which; each pass has its own slice */
    uint32_t *node_stamp;      /* per node: active */
    uint64_t *candidate;       /* bit per enabled rule; zero between events */
    uint64_t *candidate_word;  /* bit per word of `candidate`; zero between events */
    uint32_t *matched;         /* result of matcher_run */
    uint32_t *limited;         /* result of match_limited */
    size_t n_limited;
    struct scratch_size size;  /* room that is there */
};

/* Makes room for a matcher. */
void scratch_fit(struct match_scratch *s, const struct scratch_size *want);

/* Forgets the last event. */
void scratch_next(struct match_scratch *s);

static inline bool
scratch_knows(const struct match_scratch *s, pred_id p)
{
    return (s->memo[p] & ~(uint32_t)(MEMO_STATES - 1)) == s->stamp;
}

static inline enum memo
scratch_memo(const struct match_scratch *s, pred_id p)
{
    return (enum memo)(s->memo[p] & (MEMO_STATES - 1));
}

static inline void
scratch_set(struct match_scratch *s, pred_id p, enum memo m)
{
    s->memo[p] = s->stamp | (uint32_t)m;
}

#endif
