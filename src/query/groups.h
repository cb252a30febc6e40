/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's table of groups: tallies by group key, and members by group. It is only a way to write fewer records: when
 * it has used up its memory it is emptied as records (agg/record.h) into a store, and starts again. Equal records of
 * several tables, workers and spills are folded by the merge.
 *
 * A record of a group: key = the values of --by, packed; pos 0 with the tally as payload, and for each member one with
 * its measure's pos and its value as tie (payload: how often, of numbers). So a group's tally sorts before its members,
 * and those of each pos in the order of their values. */
#ifndef AUTHSIFT_QUERY_GROUPS_H
#define AUTHSIFT_QUERY_GROUPS_H

#include <stddef.h>
#include <stdint.h>

#include "agg/store.h"
#include "query/query.h"

struct groups;

/* A table that is emptied when it has more than `limit` bytes. All is borrowed. */
struct groups *groups_new(const struct query *q, const struct inputs *in, struct store *to, size_t limit);
void groups_free(struct groups *g);

void groups_event(struct groups *g, struct event *ev);
/* Events that were left out because they are in more groups than GROUPS_OF_EVENT. */
uint64_t groups_left_out(const struct groups *g);
#define GROUPS_OF_EVENT 100000u

/* Empties it into the store. */
void groups_flush(struct groups *g);

/* The number of bins of a store for groups. */
#define GROUP_BINS PARTITIONS

/* fold_fn for records of groups; ctx is the query. */
void groups_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload);

/* The payload of a tally: bit i of *as_text: some event had the value of --by number i as text, not as a number. */
void tally_put(const struct query *q, const void *tally, uint64_t as_text, struct buf *b);
void tally_merge(const struct query *q, void *tally, uint64_t *as_text, struct sv payload, struct pool *pool);

#endif
