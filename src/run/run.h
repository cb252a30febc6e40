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
#include "run/sink.h"

/* What became of the inputs, added up. */
struct health_totals {
    uint64_t files;
    uint64_t bad_files; /* that ended with an input error */
    uint64_t bytes;
    uint64_t bytes_in;
    uint64_t lines;
    uint64_t blank;
    uint64_t events;
    uint64_t out_of_range; /* not events of the run, for whatever reason */
    uint64_t too_late;     /* of these: older than what a run with state still takes */
    uint64_t rejects;
};

struct night; /* run/night.h */

struct run_options {
    unsigned n_workers;      /* >= 1 */
    int64_t since, until;    /* events outside are not events of the run; TIME_NONE: open. until is exclusive */
    uint64_t max_rejects;    /* more is ERR_INPUT; UINT64_MAX with max_reject_share */
    double max_reject_share; /* of all lines, 0..1; < 0: not given */
    uint64_t blast_radius;
    uint64_t memory;        /* bytes for records, sort buffers and the sweep; 0: no limit */
    uint64_t spill_records; /* for tests: spills whenever so many records are there; 0: by memory alone */
    const char *tmpdir;     /* folder of spill files */
    bool want_hits;
    bool want_inventory;
    bool keep_boosters;
    const char *partial; /* stop before the finish and publish a partial result in this folder; NULL: do not */
    bool progress;       /* draw on standard error */
    struct input_limits limits;
    struct enrich_options enrich; /* the data of enrichers */
    const struct source_def *forced_source;
    const struct source_def *fallback_source; /* of files that nothing recognises; NULL: those are errors */
    struct night *night; /* a run with state; NULL: this one knows nothing of others */
    const struct health_totals *left_out;     /* of files that were not opened, but count (their rows are in the results
                                             already); NULL: there are none */
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

/* Reads all inputs through the plan and fills r (of a partial result: with health and rejects only). ERR_OK; ERR_INPUT
 * if it is done but some input was unreadable or too much was rejected (messages say what); others: nothing useful in
 * r. May be called again with other inputs. */
enum err run_scan(const struct plan *p, const struct inputs *in, struct results *r, struct diags *d) MUST_CHECK;

/* What bounds the memory of a run with these options, or NULL: nothing does. The caller's (spill_free). */
struct spill *run_spill(const struct run_options *o);

/* The same line with a sink for the matched events in place of records. What became of the inputs is in *totals and, if
 * r is not NULL, in r->health; damaged files are warnings in d. ERR_OK, or ERR_INPUT as above, about which the caller
 * says what it wants. */
enum err run_events(const struct plan *p, const struct inputs *in, const struct sink *sink, struct results *r,
                    struct health_totals *totals, struct diags *d) MUST_CHECK;

#endif
