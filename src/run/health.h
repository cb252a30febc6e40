/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers counted, as rows: input_health, rejects, and the counts of run.json. They add up by construction:
 * a file's lines are the sum of what became of each. */
#ifndef AUTHSIFT_RUN_HEALTH_H
#define AUTHSIFT_RUN_HEALTH_H

#include "base/diag.h"
#include "out/results.h"
#include "run/tap.h"
#include "run/worker.h"

/* Fills r->health and r->rejects from the workers and the tap, both sorted; reports each damaged file in d as a
 * warning. Texts are copied into r->arena. */
void health_collect(const struct inputs *in, const struct tap *tap, const struct source_defs *sources,
                    struct worker *const *worker, unsigned n_workers, struct results *r, struct health_totals *totals,
                    struct diags *d);

/* Adds one run's counts to another's. */
void health_add(struct health_totals *t, const struct health_totals *more);
/* The order of both: by file, then reason or place. */
void health_sort(struct results *r);

/* Was some input damaged, or too much of it rejected? The second says so in d, and returns ERR_INPUT. */
bool health_is_too_bad(const struct run_options *o, const struct health_totals *t);
enum err health_judge(const struct run_options *o, const struct health_totals *t, struct diags *d) MUST_CHECK;

#endif
