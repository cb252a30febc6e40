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
#include "agg/emit.h"
#include "agg/entry.h"
#include "agg/store.h"
#include "agg/sweep.h"
#include "base/arena.h"

/* What is known of one correlation's hits (or of its family's) in a group of bundles. */
struct slot_outline {
    size_t n;
    size_t n_own; /* of this run (carry.h) */
    size_t n_inputs;
    uint8_t *has_input;
    const char *payload; /* of the first hit, packed */
    const char *past;    /* the extra of the record of its past (carry.h); NULL: it has none */
    int64_t first;
    int64_t last;
    bool is_uniform;
    bool is_wanted;    /* the group is put together and swept. Set by whoever chooses */
    bool is_unordered; /* hits of one line do not come by position */
    size_t start;      /* of its slips and entries, the past's first; */
    size_t next;       /* they end here */
};

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

/* ---- its steps, for runs that carry (resume.h) ---- */

/* Does anything of the cluster want the survey? Groups come cluster by cluster: the last answer is remembered. */
bool bundle_wants_survey(struct bundle_walk *w, const struct sweep *s, uint32_t cluster);
/* Makes w->slot: by slot of the cluster, what is known of its group. */
void bundle_outline(struct bundle_walk *w, const struct sweep *s, uint32_t cluster, const struct entry *e, size_t n);
/* May some event of the key have come twice? True may be wrong, rarely. */
bool bundle_has_repeats(struct bundle_walk *w, const struct entry *e, size_t n);
/* Can something come of the slot's hits, for one of the family? False is a proof. */
bool bundle_may_fire(const struct sweep *s, uint32_t corr, const struct slot_outline *o);
/* Puts the groups of all slots that are wanted together: entries from o->start to o->next. */
void bundle_put_together(struct bundle_walk *w, const struct sweep *s, uint32_t cluster, const struct entry *e,
                         size_t n, bool has_repeats);
void bundle_sweep_slot(struct bundle_walk *w, struct sweep *s, uint32_t corr, const struct slot_outline *o,
                       bool survey);

/* Adds a record of a correlation of a cluster (its hash is not read) to a pile, as a bundle of one hit. */
void bundle_add_record(struct agg_local *l, const struct record *r);

#endif
