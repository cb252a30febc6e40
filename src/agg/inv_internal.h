/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the inventories: inventory.c fills, inv_rows.c reads. */
#ifndef AUTHSIFT_AGG_INV_INTERNAL_H
#define AUTHSIFT_AGG_INV_INTERNAL_H

#include "agg/inv_table.h"
#include "agg/inventory.h"
#include "agg/store.h"

struct inventory_fields {
    field_id action, outcome, account, session, status;
    field_id app, app_name, first_party, protocol, level, need_level;
    field_id granted, needs, base, can_view, can_do;
    field_id detail[DETAILS];
};

/* A text of an event, and its hash; 0 if it is empty. */
struct name {
    struct sv text;
    uint64_t hash;
};

/* Who an event is about. */
struct parties {
    struct name account;
    struct name session;       /* empty without an account */
    struct name app;           /* empty if it is the platform's own */
    uint64_t session_hash;     /* seen_hash of its entry ... */
    uint64_t app_account_hash; /* ... and of APP_ACCOUNT; 0: there is none */
};

/* What earlier runs have left of a partition: a segment of folded records, whose payloads name files by their numbers
 * in the state. */
struct inv_carried {
    struct segment segment; /* without records: there is nothing */
    size_t n_files;
    atomic_bool *used; /* by file: becomes true when the record that names it is read */
};

struct inventory {
    const struct agg_plan *plan;
    uint32_t first_corr;
    struct seen_table seen;
    struct parties expected[AGG_EXPECT_MAX]; /* of the events that were announced */
    size_t n_expected;
    size_t next_expected;
    size_t most_bytes;  /* of the table: then it becomes records */
    struct store store; /* bins: partitions */
    uint64_t compacted; /* bytes of the store after the last compaction */
    struct inv_carried carried[PARTITIONS];
    struct buf key;
    struct buf payload;
};

/* Are records of this account's sessions wanted? */
typedef bool inventory_wants_fn(const void *ctx, struct sv account);

/* The table becomes records: all of it, or (wants not NULL) but for the sessions that are not wanted. */
void inventory_flush(struct inventory *inv, inventory_wants_fn *wants, const void *ctx);

/* A fold_fn whose ctx is the index of the first inventory's correlation. */
void inventory_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload);

#endif
