/* SPDX-License-Identifier: Apache-2.0 */
/* plan x event -> which rules match. The matcher is immutable and shared; each worker has a scratch. */
#ifndef AUTHSIFT_MATCH_MATCH_H
#define AUTHSIFT_MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "event/event.h"
#include "ir/program.h"

struct matcher;
struct match_scratch;

/* For the rules whose enabled[i] is true (logsource fits the source). The program is borrowed. vectors: may use vector
 * instructions that the machine has; without them the results are the same. */
struct matcher *matcher_new(const struct program *program, const bool *enabled, bool vectors);
void matcher_free(struct matcher *m);

struct match_scratch *match_scratch_new(const struct program *program);
void match_scratch_free(struct match_scratch *s);

/* Indices of the rules that match, ascending; the array is the scratch's and lives until the next call. */
size_t matcher_run(const struct matcher *m, struct match_scratch *s, struct event *ev, const uint32_t **rules);

/* Rules of which a pattern hit its match limit in the last matcher_run (the predicate then counts as not matched). */
size_t match_limited(const struct match_scratch *s, const uint32_t **rules);

/* Is one predicate true of this event? Not memoized: for `explain` and tests. */
bool match_pred(const struct program *program, pred_id p, struct match_scratch *s, struct event *ev);

/* Prints the rule's boolean tree with each predicate true or false and the values that it saw. */
void match_explain(const struct program *program, uint32_t rule, struct match_scratch *s, struct event *ev, FILE *to);

#endif
