/* SPDX-License-Identifier: Apache-2.0 */
/* A group that does not fit into memory. Its records, in their final order, are written to an unnamed file, which is
 * mapped for reading: views of hits stay valid until the group's sweep returns (group.h), and pages far behind the
 * reading place are given back to the system, which fetches them again if anyone looks. So what is resident is the
 * window, whatever the group's size.
 *
 * Repeated deliveries: while the file is written, every record with a uid goes into a sort by (uid, position) of its
 * own. Uids that repeat leave a list of exceptions, sorted by position: "dropped", or "is the event of that class,
 * whose hits stand at these offsets". Reading the group walks both files side by side.
 *
 *   giant_new      the records read so far (they were to be a group in memory), then more by giant_add
 *   giant_seal     when the group is complete: exceptions are found, the file is mapped
 *   group.c        reads hits through it; sweeps see no difference
 */
#ifndef AUTHSIFT_AGG_GIANT_H
#define AUTHSIFT_AGG_GIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/group.h"
#include "agg/record.h"
#include "agg/spill.h"

struct giant;

/* Of a correlation with n_inputs. The spill is borrowed. One thread has the giant. */
struct giant *giant_new(struct spill *spill, size_t n_inputs);
void giant_free(struct giant *g); /* NULL is allowed */

/* Before the first record: of a run that carries, which needs all that a record says (giant_record). Borrowed. */
struct agg_night;
void giant_of_night(struct giant *g, const struct agg_night *night);

/* Records in their final order; all of one group. Their strings are copied. False after a failure (spill_fail). */
bool giant_add(struct giant *g, const struct record *r);
bool giant_seal(struct giant *g);

size_t giant_n_inputs(const struct giant *g);

/* What group_open finds out about groups in memory. duplicates: per input, dropped primary hits. */
bool giant_is_uniform(const struct giant *g);
size_t giant_inputs(const struct giant *g);
const uint64_t *giant_duplicates(const struct giant *g);
struct sv giant_key(const struct giant *g); /* packed, as in records */

/* Reading, any number of times from the start. The payload is that of the record: all members of a family. */
void giant_rewind(struct giant *g);
bool giant_next(struct giant *g, struct hit *h);
/* The record of the hit that giant_next gave last, but for correlation and key. Of a run that carries. */
void giant_record(struct giant *g, struct record *r);
/* See group_unsettled. */
int64_t giant_unsettled(const struct giant *g);
/* As group_companions, appended to the list; the payloads again of all members. */
void giant_companions(struct giant *g, const struct hit *h, struct hit_list *to);

#endif
