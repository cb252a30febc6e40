/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of a partition that was spilled, from a merge: each is gathered in memory and swept as any other, unless it
 * does not fit; then it is swept from disk (giant.h). */
#ifndef AUTHSIFT_AGG_STREAM_H
#define AUTHSIFT_AGG_STREAM_H

#include <stdbool.h>

#include "agg/merge.h"
#include "agg/store.h"
#include "agg/sweep.h"

struct giant;

/* One thread's memory for the group that is gathered; reused from group to group. */
struct stream {
    struct spill *spill;
    struct store group;  /* one bin: its records */
    struct buf key;      /* of the group, when its records are no longer there */
    struct buf past;     /* of a giant: the tie of its past's record (carry.h) */
    struct giant *giant; /* NULL: the group is in memory */
    struct record next;  /* the first record of the group that follows, the merge's */
    bool has_next;
};

void stream_init(struct stream *st, struct spill *spill);
void stream_fini(struct stream *st);

/* Sweeps (or surveys) all groups of the merge. Stops early after a failure (spill_fail). */
void stream_sweep(struct stream *st, struct sweep *s, struct merge *m, bool survey);

#endif
