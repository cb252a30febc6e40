/* SPDX-License-Identifier: Apache-2.0 */
/* The stateful half: hits become records, records are sorted by (correlation, key, time, place) and swept group by
 * group, level by level. Nothing keeps state per key outside the records.
 *
 *   workers:  agg_local_new -> agg_event, agg_hits ... (no locks)       one struct agg_local per worker
 *   join:     agg_finish over all locals -> findings, inventories, counts in struct results
 */
#ifndef AUTHSIFT_AGG_AGG_H
#define AUTHSIFT_AGG_AGG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "event/event.h"
#include "event/place.h"
#include "ir/program.h"
#include "out/results.h"

/* Shared by all workers, read-only while they run. All pointers are borrowed and outlive the locals and agg_finish. */
struct spill; /* agg/spill.h */
struct partial_pile; /* agg/partial.h */
struct record;       /* agg/record.h */
struct boost_known;  /* agg/boost.h */
struct shelves;      /* agg/shelf.h */

/* A run that stands in a row of runs (carry.h). Filled in by run/ before agg_finish, the only one that reads it. After
 * a run everything before its cut is final: later runs do not see events that are older. */
struct agg_night {
    int64_t cut;    /* greatest event time of all runs with this one, less the lateness */
    int64_t before; /* greatest event time of all runs before this one; TIME_NONE: it is the first */
    uint32_t n_own; /* origins [0, n_own) are of this run; the others were carried here */
    /* Of every origin: its number in what is carried. One that was carried here keeps the number that it had. */
    const uint32_t *slot_of_file;
    struct shelves *shelves; /* what was carried of the groups of clusters, and will be (shelf.h) */
    /* Called once, when all levels are swept and nothing has failed: the pile has the records that the next run needs,
     * of all levels. An error becomes that of agg_finish. */
    enum err (*carry)(void *ctx, const struct partial_pile *pile, struct diags *d);
    /* Gets every folded record of the inventories, in order, and NULL behind the last of a partition; several
     * partitions at a time, each by one thread. NULL: they are not wanted. */
    void (*inventory)(void *ctx, unsigned partition, const struct record *r);
    void *ctx;
    /* What earlier runs have found about entities, for boosters; and gets what this one has, before they are heard. */
    const struct boost_known *known;
    size_t n_known;
    void (*found)(void *found_ctx, const struct finding *f);
    void *found_ctx;
};

struct agg_plan {
    const struct program *program;
    const struct origins *origins; /* ranked before agg_finish */
    struct spill *spill;           /* what bounds the memory of records; NULL: nothing does */
    uint64_t blast_radius;         /* a finding keeps at most this many + 1 targets */
    bool want_hits;                /* keep (rule, event) for the report `hits` */
    bool keep_boosters;            /* findings of boosters are findings like others: for tests of rules */
    bool want_inventory;           /* app_inventory and session_inventory */
    struct inventory_fields *inventory; /* made by agg_plan_fields if want_inventory, else NULL */
    const struct agg_night *night; /* NULL: nothing is carried. Only for agg_finish */
};

/* Registers the fields that the inventories read. Call while fields may still be added. */
void agg_plan_fields(struct agg_plan *plan, struct fields *fields);
void agg_plan_fini(struct agg_plan *plan);

struct agg_local;

struct agg_local *agg_local_new(const struct agg_plan *plan);
void agg_local_free(struct agg_local *l);

/* These n events (at most AGG_EXPECT_MAX) are those that agg_event will be given next, in this order and unchanged:
 * what it needs for them is brought near meanwhile. May be left out. */
#define AGG_EXPECT_MAX 8
void agg_expect(struct agg_local *l, struct event *ev, size_t n);

/* Every event of the run, matched or not, before its hits: the greatest time, and the inventories. */
void agg_event(struct agg_local *l, struct event *ev);

/* These n rules (indices in the program) matched the event of the latest agg_event: records for every correlation that
 * uses one of them. */
void agg_hits(struct agg_local *l, const uint32_t *rule, size_t n, struct event *ev);

/* A regex of this rule gave up at its limit. */
void agg_regex_limit(struct agg_local *l, uint32_t rule, uint64_t times);

/* The greatest time of all events, or TIME_NONE. */
int64_t agg_latest(struct agg_local *const *local, size_t n_locals);

/* Can nothing come of the run any more? Then the workers may stop. */
bool agg_has_failed(const struct agg_local *l);

/* Sorts and sweeps. Fills r->findings (sorted), r->rules, r->hits, r->apps, r->sessions. `n_threads` partitions are
 * swept at a time. The locals are used up, but still freed by the caller. ERR_OUTPUT if spilling failed:
 * nothing in r is of use then. */
enum err agg_finish(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
                    struct results *r, struct diags *d) MUST_CHECK;

/* ---- in two stages, for partial results (partial.h) ---- */

/* The partitions p with p % n_parts == part - 1. */
struct agg_share {
    unsigned part, n_parts;
};

/* Does a correlation of level 0 need to see all groups, those of other shares as well, before it is swept? */
bool agg_wants_survey(const struct program *p);

/* Called when level 0 has been swept, with all that is left to do. */
struct agg_then {
    enum err (*fn)(void *ctx, const struct partial_pile *pile, struct diags *d);
    void *ctx;
};

/* The first stage: sweeps the correlations of level 0 in a share of the partitions. Fills r->findings (sorted), and
 * nothing else in r; what the outer levels need is in the pile. */
enum err agg_finish_inner(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals,
                          unsigned n_threads, struct agg_share share, struct results *r, const struct agg_then *then,
                          struct diags *d) MUST_CHECK;

/* The second stage, over the piles of all shares: agg_finish without level 0, whose findings are in r already. */
enum err agg_finish_outer(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals,
                          unsigned n_threads, struct results *r, struct diags *d) MUST_CHECK;

#endif
