/* SPDX-License-Identifier: Apache-2.0 */
/* K-way merge: the records of one bin of several stores, from memory and from segments, as one sorted stream.
 *
 * Order: correlation and hash as far as entry_key has them, correlation, key, time, place, pos, tie, then all other
 * bytes. Segments were written before the last source was known, so they are sorted by index of file: records of one
 * group and one time are gathered here and put into the order of the origins' ranks (unless that is the order of the
 * indices, as it is with one file).
 *
 * More segments than spill_fan_in are merged into longer ones first. With `fold`, records that differ in nothing but
 * the payload come out as one. */
#ifndef AUTHSIFT_AGG_MERGE_H
#define AUTHSIFT_AGG_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "agg/record.h"
#include "agg/spill.h"
#include "agg/store.h"

struct merge;

/* Takes what the stores have in the bin (their entries, as store_take does); segments stay theirs, and may be merged
 * again. Nothing is read yet. origins may be NULL (the order of the indices is final), fold may be NULL, and spill may
 * be NULL if no store has segments. Everything is borrowed. */
struct merge *merge_open(struct store *const *store, size_t n, size_t bin, struct spill *spill,
                         const struct origins *o, fold_fn *fold, const void *ctx);

/* Before the first record: what is read from foreign segments must satisfy `ok`, or the segment is damaged. They can
 * say anything. */
typedef bool merge_check_fn(const void *ctx, const struct record *r);
void merge_check(struct merge *m, merge_check_fn *ok, const void *ctx);

/* The next record; its strings are valid until the next call. False at the end, or after spill_fail. */
bool merge_next(struct merge *m, struct record *r);
void merge_close(struct merge *m);

#endif
