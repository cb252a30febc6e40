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
    uint64_t out_of_range; /* of --since and --until */
    uint64_t too_late;     /* for a run with state: of a time that is final, */
    uint64_t counted;      /* or counted by an earlier run */
    uint64_t last_line;    /* of the last event; 0: there is none */
    uint64_t rejects[REJECT_COUNT_];
};

/* Events that are parsed before the first of them is taken, so that what the inventories know of all of them is on its
 * way from memory by then. More would only leave the first-level cache again. */
#define WORKER_BATCH AGG_EXPECT_MAX

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
    size_t batch; /* events at a time: WORKER_BATCH, or 1 where nobody gains by more */
    struct event event[WORKER_BATCH];
    struct arena scratch[WORKER_BATCH]; /* of each of them */
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
