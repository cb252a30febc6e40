/* SPDX-License-Identifier: Apache-2.0 */
/* Rows into order and out: by keys whose memcmp order is the order wanted (datum_sortkey), each key once. With a limit
 * only the first so many rows are kept, in a heap per thread; without one all are, as records of a store that spills
 * when memory is used up. */
#ifndef AUTHSIFT_QUERY_SORTER_H
#define AUTHSIFT_QUERY_SORTER_H

#include "query/query.h"

struct sorter;
struct sorter_lane; /* one thread's */

struct sorter *sorter_new(const struct query *q, const struct query_output *out, unsigned n_lanes);
void sorter_free(struct sorter *s);

struct sorter_lane *sorter_lane(struct sorter *s, unsigned i);

/* A row: a datum for each column of the query. Both texts are copied. */
void sorter_add(struct sorter_lane *l, struct sv key, struct sv row);
/* False: the run is void, because rows could not be put aside. */
bool sorter_good(const struct sorter_lane *l);
/* Will lists be written as JSON? */
bool sorter_json(const struct sorter_lane *l);

/* Writes the table. ERR_OUTPUT with a message (none if the reader of a pipe went away). */
enum err sorter_write(struct sorter *s, struct diags *d) MUST_CHECK;

#endif
