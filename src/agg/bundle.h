/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: the groups of a cluster, from its bundles.
 *
 * All hits that share a key stand together, whatever correlation they are for. One walk over them finds out what can be
 * said of each correlation's group without looking at a hit (struct outline, group.h), and the correlation's type says
 * whether anything can come of such a group. Of nearly all groups nothing can: their hits are never put together.
 * The others become entries of slips, and are swept as any other group. */
#ifndef AUTHSIFT_AGG_BUNDLE_H
#define AUTHSIFT_AGG_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "agg/cluster.h"
#include "agg/entry.h"
#include "agg/store.h"
#include "agg/sweep.h"
#include "base/arena.h"

struct slot_outline;

/* One thread's memory for the cluster that is walked; reused from group to group. Zeroed memory is one. */
struct bundle_walk {
    uint32_t surveyed; /* 1 + the cluster that was asked for last; does one of it want the survey? */
    bool wants_survey;
    VEC(struct slot_outline) slot; /* per family of the cluster */
    VEC(uint8_t) has_input;        /* the slots' one after the other */
    VEC(uint32_t) tags;            /* of uids: a table */
    VEC(struct slip) slips;        /* of the groups that are swept */
    VEC(struct entry) entries;
    struct buf text;    /* scratch */
    struct arena facts; /* of the slips, where they had to be put together */
};

void bundle_walk_fini(struct bundle_walk *w);

/* Sweeps (or surveys) the groups of every correlation in one group of bundles: e[0..n) are all of one cluster and key,
 * sorted. */
void bundle_sweep(struct bundle_walk *w, struct sweep *s, const struct entry *e, size_t n, bool survey);

#endif
