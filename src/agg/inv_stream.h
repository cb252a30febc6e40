/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the inventories: the folded records of one partition, in order, of this run and of those before it.
 *
 * What a night adds is little beside what it has from others, and most of that stays as it was. So a carried record
 * that has no counterpart goes through as the bytes it is: looked at, but neither decoded nor kept. To that end records
 * name files here by their numbers in the state, which do not change; those of this run are given them on the way. */
#ifndef AUTHSIFT_AGG_INV_STREAM_H
#define AUTHSIFT_AGG_INV_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "agg/inv_internal.h"

/* Where the records are; borrowed. Several partitions may be read at a time. */
struct inv_sources {
    const struct agg_plan *plan;
    struct store *const *store; /* of this run's inventories; their entries are used up */
    size_t n_stores;
    bool is_spilled;                               /* some store has segments */
    const struct inv_carried *carried[PARTITIONS]; /* NULL: nothing */
};

struct inv_stream;

struct inv_stream *inv_stream_open(const struct inv_sources *from, unsigned partition);
/* The next record; its strings are valid until the next call. False at the end, or after a failure: of what is carried,
 * which inv_stream_failed names, or of a spill (spill_fail). */
bool inv_stream_next(struct inv_stream *s, struct record *r);
/* NULL, or what is wrong: "NAME is damaged ...". The text is the stream's. */
const char *inv_stream_failed(const struct inv_stream *s);
void inv_stream_close(struct inv_stream *s);

#endif
