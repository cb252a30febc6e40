/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the inventories: inventory.c fills, inv_rows.c reads. */
#ifndef AUTHSIFT_AGG_INV_INTERNAL_H
#define AUTHSIFT_AGG_INV_INTERNAL_H

#include "agg/inv_state.h"
#include "agg/inventory.h"
#include "agg/store.h"
#include "base/map.h"
#include "base/vec.h"

/* Index of an inventory; its records stand behind those of all correlations: corr = number of correlations + index. */
enum { INVENTORY_APP, INVENTORY_SESSION, INVENTORIES };

struct inventory_fields {
    field_id action, outcome, account, session, status;
    field_id app, app_name, first_party, protocol, level, need_level;
    field_id granted, needs, base, can_view, can_do;
    field_id detail[DETAILS];
};

/* Texts of an app that the table has already: an app says the same few things again and again. By a hash of kind and
 * text; the newer text takes the place. */
#define KNOWN_TEXTS 16u
struct known_texts {
    struct known_text {
        const char *p; /* in the table; NULL: nothing */
        uint32_t n;
        uint32_t kind;
    } v[KNOWN_TEXTS];
};

struct inventory {
    const struct agg_plan *plan;
    uint32_t first_corr;
    struct map seen;       /* inventory, kind, key, tie -> index in apps or sessions */
    VEC(struct app_state) apps;
    VEC(struct known_texts) known; /* of each of them */
    VEC(struct session_state) sessions;
    struct arena texts;
    size_t bytes;          /* of keys and texts since the last flush */
    struct store store;    /* bins: partitions */
    uint64_t compacted;    /* bytes of the store after the last compaction */
    struct buf key;
    struct buf payload;
};

/* The table becomes records. */
void inventory_flush(struct inventory *inv);

/* A fold_fn whose ctx is the index of the first inventory's correlation. */
void inventory_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload);

#endif
