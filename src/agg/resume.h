/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: a partition of the clusters in a run that carries. The groups of this run's bundles and the chapters of
 * the shelf (shelf.h) stand in one order and are walked together:
 *
 *   only a chapter, and it sleeps          it goes on as it is
 *   else                                   its bundles and ours are one group; of each correlation's part of it
 *     nothing can come                     hits that are old enough are left behind
 *     something can, and an event is new   it is swept, and says what it needs (carry.h)
 *     something can, and none is           it waits: nothing of it would be reported
 *
 * Without a new event a part is swept, too, if its type judges by the greatest time and that has come (carry_due), if a
 * closed window was open when the last run ended, or if an outer correlation listens, which has to hear its findings
 * again. The bundles that are left are the next shelf's chapter. */
#ifndef AUTHSIFT_AGG_RESUME_H
#define AUTHSIFT_AGG_RESUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/bundle.h"
#include "agg/chapter.h"
#include "agg/entry.h"
#include "agg/shelf.h"
#include "agg/sweep.h"
#include "base/arena.h"

struct slot_night;
struct corr_night;
struct text_known;

/* One thread's memory. */
struct resume {
    struct shelves *shelves;
    struct sweep *sweep;
    struct bundle_walk *walk;
    struct corr_night *corr;      /* per correlation; of first members */
    struct text_known *known;     /* per correlation: the payload that was found good last */
    struct chapter_reader reader;
    struct chapter_writer writer;
    struct shelf_writer shelf;
    struct arena bundles;         /* of the chapter that is open */
    struct arena texts;           /* of the group */
    VEC(struct entry) entries;    /* of the group: what was carried, and ours */
    VEC(struct slot_night) slot;  /* per family of the cluster */
    VEC(uint8_t) keep;            /* by slip of the walk */
    VEC(struct bundle_hit) hits;  /* of a bundle that is carried */
    int64_t wake, due;            /* of the group's chapter; INT64_MIN: it has none */
    bool *surveyed;               /* by cluster: does something of it want the survey? */
    struct buf chapter;
};

/* Of a thread; all is borrowed. */
void resume_init(struct resume *r, struct shelves *shelves, struct sweep *s, struct bundle_walk *walk);
void resume_fini(struct resume *r);

/* Once the horizons of level 0 are known. */
void resume_begin(struct resume *r);

/* Sweeps a partition, and writes the next shelf's; or, with `survey`, surveys it. e[0..n): our bundles, sorted. */
void resume_partition(struct resume *r, unsigned partition, struct entry *e, size_t n, bool survey);

/* One group of a cluster: e[0..n) are all its bundles, sorted. Sweeps what has to be, and writes its chapter. */
void resume_group(struct resume *r, uint32_t cluster, const struct entry *e, size_t n);

/* Adds everything on a partition's shelf to a pile, by the numbers that correlations have now: where a run cannot read
 * it beside its records. */
void resume_unpack(struct shelves *shelves, unsigned partition, struct agg_local *to);

#endif
