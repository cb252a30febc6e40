/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers counted, as rows: input_health, rejects, and the counts of run.json. They add up by construction:
 * a file's lines are the sum of what became of each. */
#ifndef AUTHSIFT_RUN_HEALTH_H
#define AUTHSIFT_RUN_HEALTH_H

#include "base/diag.h"
#include "out/results.h"
#include "run/tap.h"
#include "run/worker.h"

struct health_totals {
    uint64_t files;
    uint64_t bad_files; /* that ended with an input error */
    uint64_t bytes;
    uint64_t bytes_in;
    uint64_t lines;
    uint64_t blank;
    uint64_t events;
    uint64_t out_of_range;
    uint64_t rejects;
};

/* Fills r->health and r->rejects from the workers and the tap, both sorted; reports each damaged file in d as a
 * warning. Texts are copied into r->arena. */
void health_collect(const struct inputs *in, const struct tap *tap, const struct source_defs *sources,
                    struct worker *const *worker, unsigned n_workers, struct results *r, struct health_totals *totals,
                    struct diags *d);

#endif
