/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: what one thread piles up. A worker fills one from events; a sweeping thread fills one from the
 * findings of inner correlations. Both are the same to whoever sorts them. */
#ifndef AUTHSIFT_AGG_EMIT_H
#define AUTHSIFT_AGG_EMIT_H

#include <stdint.h>

#include "agg/agg.h"
#include "agg/store.h"
#include "base/buf.h"
#include "base/vec.h"

struct inventory;

struct corr_counts {
    uint64_t hits;          /* delivered by the listed rules or correlations */
    uint64_t skipped_group;
    uint64_t skipped_value;
    uint64_t skipped_time;
    uint64_t findings;
};

/* A row of the report `hits`. */
struct raw_hit {
    uint32_t rule;
    struct place at;
    int64_t time;
};

struct agg_local {
    const struct agg_plan *plan;
    struct store records;        /* bins: level * PARTITIONS + partition */
    struct inventory *inventory; /* NULL unless it is wanted */
    struct corr_counts *corr;    /* per correlation */
    uint64_t *rule_hits;         /* per rule */
    uint64_t *rule_limits;       /* per rule: patterns that gave up */
    VEC(struct raw_hit) hits;
    int64_t latest;              /* greatest event time, or TIME_NONE */
    struct buf key;              /* scratch */
    struct buf facts;
    struct buf payload;
};

/* Levels of the program's correlations: 1 + the greatest. */
unsigned emit_levels(const struct program *p);

/* One hit of input `pos` of correlation `corr`: a record for each of its groups. ev has its time, place, and fields.
 * With `tie` it is a finding of an inner correlation, and `facts` are given; else both are taken from the event. */
void emit_hit(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, const struct sv *tie,
              const struct sv *facts);

#endif
