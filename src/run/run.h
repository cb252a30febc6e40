/* SPDX-License-Identifier: Apache-2.0 */
/* One run: plan (immutable) -> workers -> join -> results. */
#ifndef AUTHSIFT_RUN_RUN_H
#define AUTHSIFT_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/agg.h"
#include "base/diag.h"
#include "base/err.h"
#include "enrich/enrich.h"
#include "event/source.h"
#include "input/input.h"
#include "ir/program.h"
#include "match/match.h"
#include "out/results.h"

struct run_options {
    unsigned n_workers;      /* >= 1 */
    int64_t since, until;    /* events outside are not events of the run; TIME_NONE: open. until is exclusive */
    uint64_t max_rejects;    /* more is ERR_INPUT; UINT64_MAX with max_reject_share */
    double max_reject_share; /* of all lines, 0..1; < 0: not given */
    uint64_t blast_radius;
    bool want_hits;
    bool want_inventory;
    bool progress; /* draw on standard error */
    struct input_limits limits;
    const char *datadir; /* catalogues for enrichers */
    const struct source_def *forced_source;
    const struct source_def *fallback_source; /* of files that nothing recognises; NULL: those are errors */
};

/* Everything the workers share. Built by plan_new, then const. */
struct plan {
    const struct run_options *options;
    const struct program *program;
    const struct source_defs *sources;
    struct fields *fields;
    struct projections *projections;
    struct enrichment *enrichment;
    struct matcher **matchers; /* one per source definition */
    struct agg_plan agg;
};

/* Completes the fields (enrichers, sources, inventories), then builds all that is shared. program, sources and
 * options are borrowed. NULL with messages on failure. */
struct plan *plan_new(const struct run_options *o, const struct program *program, const struct source_defs *sources,
                      struct fields *fields, struct diags *d);
void plan_free(struct plan *p);

/* Reads all inputs through the plan and fills r. ERR_OK; ERR_INPUT if it is done but some input was unreadable or
 * too much was rejected (messages say what); others: nothing useful in r. May be called again with other inputs. */
enum err run_scan(const struct plan *p, const struct inputs *in, struct results *r, struct diags *d) MUST_CHECK;

#endif
