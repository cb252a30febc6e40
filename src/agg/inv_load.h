/* SPDX-License-Identifier: Apache-2.0 */
/* Inventories that another process has made enter those of this one. Their records name files inside their payloads, by
 * the numbers of whoever wrote them.
 *
 * Those of partials get the numbers of this run on the way in. Those that the state carries keep theirs, which are
 * files' numbers from night to night: nearly all of these records are written again as they are, so they are left where
 * they lie and read when the inventories are collected (inv_stream.h). Only where the rules have changed, and with them
 * the partitions, they are read at once as well. */
#ifndef AUTHSIFT_AGG_INV_LOAD_H
#define AUTHSIFT_AGG_INV_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "agg/partial.h"

struct inventory;

/* partial_attach and partial_load of the inventories' slot: the same arguments, the same messages. What s and used
 * point to must outlive inventory_collect, which is what sets `used` if the segment was left where it lies. */
const char *inventory_attach(struct inventory *inv, unsigned partition, const struct segment *s, size_t n_files,
                             struct arena *a);
const char *inventory_load(struct inventory *inv, unsigned partition, const struct segment *s,
                           const struct partial_numbers *numbers, atomic_bool *used, size_t n_files, struct arena *a);

/* Is it a record that an inventory writes, which names only files below n_files? These become true in `used` (NULL:
 * nobody asks). */
bool inventory_is_record(uint32_t first_corr, const struct record *r, size_t n_files, atomic_bool *used);

#endif
