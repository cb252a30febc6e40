/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: what one thread piles up. A worker fills one from events; a sweeping thread fills one from the
 * findings of inner correlations. Both are the same to whoever sorts them. */
#ifndef AUTHSIFT_AGG_EMIT_H
#define AUTHSIFT_AGG_EMIT_H

#include <stdint.h>

#include "agg/agg.h"
#include "agg/cluster.h"
#include "agg/family.h"
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

/* The distinct texts of one group-by field. */
struct members {
    struct sv *v;
    size_t n;
};

/* The groups of one hit: the cross product of its members. */
struct hit_groups {
    uint64_t event;   /* of the event that it was made for, while it is remembered */
    struct members *m; /* per group-by field; in the event's scratch memory */
    size_t n;         /* 0: the hit has none */
    /* If n == 1: */
    struct sv packed; /* the key, in the event's scratch memory, */
    uint64_t hash;    /* its hash64, */
    const char *key;  /* and the store's, or NULL: not asked for yet */
};

/* A hit whose texts are made, but not kept yet (emit.c). */
struct pending_hit {
    struct hit_groups *groups;
    uint32_t corr;
    uint32_t pos;
    size_t payload; /* offset */
    size_t n;
    uint64_t hash;  /* of the payload */
    bool is_first;  /* of those that will be a bundle, */
    size_t next;    /* of which this is the next: 1 + its index; 0: there is none */
};

/* The pending hits that will be one bundle. */
struct pending_bundle {
    struct hit_groups *groups;
    size_t last_hit; /* 1 + its index; 0: there is none */
};

/* What an event says by way of facts, while it is remembered. All correlations show the same fields first, and others
 * behind them: entity and evidence. */
struct facts_memo {
    uint64_t event;    /* 0: of none */
    const char *facts; /* the store's; NULL: they are not kept yet, */
    size_t at, n;      /* but lie in the buffer of payloads, */
    uint64_t made;     /* if it has not been emptied since (agg_local.made); */
    bool is_hashed;    /* and, if someone is going to keep them, */
    uint64_t hash;     /* this is their hash64 */
};

struct agg_local {
    const struct agg_plan *plan;
    struct store records;        /* bins: level * PARTITIONS + partition; behind the last level's those of bundles */
    struct inventory *inventory; /* NULL unless it is wanted */
    struct corr_counts *corr;    /* per correlation */
    uint64_t *rule_hits;         /* per rule */
    uint64_t *rule_limits;       /* per rule: patterns that gave up */
    uint64_t *duplicates;        /* by first_pos + pos: repeated hits that other processes dropped; NULL: none */
    VEC(struct raw_hit) hits;
    int64_t latest;              /* greatest event time, or TIME_NONE */
    /* One event makes records for many correlations, and most of them group by the same fields and show the same facts.
     * What was made for one is remembered for the others until the next event. A shape is the number of the first
     * correlation (and position) that has the same fields. */
    struct family *family;       /* per correlation */
    uint64_t event;              /* running number of the event */
    size_t *first_pos;           /* per correlation: the index of its position 0 in group_shape */
    size_t *group_shape;         /* per correlation and position */
    struct hit_groups *groups;   /* by group_shape */
    struct clusters clusters;
    size_t *facts_shape;         /* per correlation */
    struct facts_memo *evidence; /* by facts_shape: those behind the first, */
    struct facts_memo *whole;    /* and all of them */
    size_t *first_shape;         /* per correlation: of the facts that stand first */
    struct facts_memo *first;    /* by first_shape */
    uint64_t uid_event;
    const char *uid;             /* of event uid_event, as a slip's extra */
    uint32_t uid_tag;
    struct buf key;              /* scratch */
    struct buf facts;
    struct buf members; /* of an evidence fact */
    VEC(struct pending_hit) pending;
    struct pending_bundle *pending_bundle; /* per cluster */
    VEC(struct bundle_hit) bundle;
    struct buf payload;          /* of all of them, and facts */
    uint64_t made;               /* how often it was emptied */
    struct buf part;             /* the payload of one member of a family */
};

/* Levels of the program's correlations: 1 + the greatest. */
unsigned emit_levels(const struct program *p);

/* A finding of an inner correlation, told apart from others by `tie`, is a hit of input `pos` of correlation `corr`,
 * the first of its family: a record for each of its groups. ev has its time, place, and fields. */
void emit_hit(struct agg_local *l, uint32_t corr, uint32_t pos, struct event *ev, const struct sv *tie,
              const struct sv *facts);

/* What was counted for the first member of a family is so for all of them. Call when all hits are in. */
void emit_share_counts(struct agg_local *l);

#endif
