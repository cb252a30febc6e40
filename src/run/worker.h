/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: everything one thread needs to turn blocks into records, and what it counted. Workers share the plan
 * (const) and the tap (locked), nothing else. */
#ifndef AUTHSIFT_RUN_WORKER_H
#define AUTHSIFT_RUN_WORKER_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "run/run.h"
#include "run/sink.h"
#include "run/tap.h"

/* Of one file, as far as this worker read it. */
struct file_counts {
    uint64_t blank;
    uint64_t events;
    uint64_t out_of_range;
    uint64_t rejects[REJECT_COUNT_];
};

struct worker {
    const struct plan *plan;
    const struct origins *origins;
    struct tap *tap;
    unsigned number;
    struct agg_local *agg; /* NULL if a sink takes the events */
    const struct sink *sink;
    void *taken; /* the sink's state of this worker */
    struct parser *parser;
    struct match_scratch *match;
    struct event event;
    struct arena scratch;
    struct block block;
    struct file_counts *counts;     /* per input file */
    VEC(struct reject_row) rejects; /* texts live in `kept` */
    struct arena kept;
    _Atomic uint64_t events; /* for progress */
    _Atomic uint64_t hits;
};

/* agg_plan belongs to this run (the plan's, with the run's origins); everything is borrowed. */
struct worker *worker_new(const struct plan *plan, const struct agg_plan *agg_plan, struct tap *tap, size_t n_files,
                          unsigned number);
/* The same, but matched events go to a sink, not to records, and rejects are only counted. */
struct worker *worker_new_for(const struct sink *sink, const struct plan *plan, const struct origins *origins,
                              struct tap *tap, size_t n_files, unsigned number);
void worker_free(struct worker *w);

/* Until the tap is dry. */
void worker_run(struct worker *w);

#endif
