/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that carry (agg/carry.h), one after the other, over stories of several nights: what agg_night_random.c and
 * agg_night_told.c play. Correlations and events are the texts of agg_corr_harness.h. */
#ifndef AUTHSIFT_TESTS_UNIT_AGG_NIGHT_H
#define AUTHSIFT_TESTS_UNIT_AGG_NIGHT_H

#include <stdio.h>

#include "agg/shelf.h"
#include "agg/store.h"
#include "agg_corr_bench.h"

#define NIGHTS_MAX 100

enum second { NONE, BESIDE, ABOVE };

/* One correlation; and a second one of the same rules, or one whose first input is the first. */
struct night_case {
    const char *type, *keys;
    enum second second;
    const char *type2, *keys2;
    unsigned unit;     /* of time, seconds; 0 is 1 */
    bool clustered;    /* with one more of the same groups, which finds nothing: so records are bundled (cluster.h) */
    bool two_clusters; /* and with two more of other groups, one of which finds something */
};

/* Lines of a night's file, and its latest event with those before it. */
struct night_file {
    struct buf lines;
    int64_t latest;
};

struct story {
    struct night_file night[NIGHTS_MAX];
    int n_nights;
    int64_t lateness;
};

struct play {
    struct bench b;
    const struct story *story;
    struct agg_plan plan;
    struct agg_night night;
    struct store carried; /* of the run before, */
    struct store next;
    FILE *shelf[2]; /* and its shelves: the file of those that are read, and of those that are written */
    struct shelf_file made[PARTITIONS];
    struct shelves shelves;
    uint32_t slot_of_file[NIGHTS_MAX + 1];
    bool forgets_layout; /* the shelves are read as if other rules had made them */
    uint64_t n_carried;  /* hits and pasts */
    bool is_damaged;     /* the shelves are, so the run has to fail, and does not report anything */
};

/* Borrows the story. */
void night_open(struct play *p, const struct night_case *c, const struct story *story);
void night_close(struct play *p);

/* One run: of this night's events and what was carried, or (`all`) of all events up to it, where those of earlier
 * nights stand as if they had been carried whole. With `spill`, stores spill at each so many records, and groups of
 * more are swept from disk. Appends what it reports. */
void night_run(struct play *p, int night, bool all, uint64_t spill, struct buf *out);

void night_end_story(struct story *s);

#endif
