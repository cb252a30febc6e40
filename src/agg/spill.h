/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded memory for records. All stores of a run share one `struct spill`: the limit, the folder, what failed.
 *
 * A store that has used up its part of the limit sorts each of its bins, writes each as a segment at the end of its own
 * spill file, and starts again empty. A spill file has no name: it is unlinked as soon as it is open, so nothing is
 * left behind however the process ends, and each store holds one open file, however often it spills.
 *
 * What the limit is spent on, in shares of the whole; where a share is too small to work with, a floor is taken:
 *
 *   scan     5/8 the workers' records; 1/8 their inventories, which hold twice that while they are folded
 *   finish   1/4 groups in memory, 1/4 records of inner findings, 1/4 blocks of the segments that are merged */
#ifndef AUTHSIFT_AGG_SPILL_H
#define AUTHSIFT_AGG_SPILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"

struct spill;

/* The least limit that a user may ask for. The floors come to some 12 MiB per thread. */
#define SPILL_MEMORY_LEAST ((uint64_t)1 << 20)

/* memory: bytes for records, sort buffers and the sweep together. tmpdir: borrowed; must be a folder that can be
 * written (found out at the first spill). n_workers: how many share the limit. */
struct spill *spill_new(uint64_t memory, const char *tmpdir, unsigned n_workers);
void spill_free(struct spill *s); /* NULL is allowed */

/* For tests: whatever the limit, a store spills after so many records, groups of more are swept from disk, and few
 * segments are merged at a time. */
void spill_force(struct spill *s, uint64_t records);

/* Bytes that one store may hold during the scan; that one of an inventory may; what one sweeping thread's store of
 * inner findings may hold; what one sweeping thread may hold of a group before the group is swept from disk (giant.h);
 * how many segments are merged at a time. */
uint64_t spill_store_limit(const struct spill *s);
uint64_t spill_inventory_limit(const struct spill *s);
uint64_t spill_chain_limit(const struct spill *s);
uint64_t spill_group_limit(const struct spill *s);
unsigned spill_fan_in(const struct spill *s);

/* Records that a store or a group may have at most: no limit but in tests. */
uint64_t spill_records_limit(const struct spill *s);

/* A new unnamed file in the folder, or -1 with errno (spill_fail has been called). */
int spill_open(struct spill *s);
/* "the spill file in DIR": what messages call such a file. */
const char *spill_name(const struct spill *s);

/* Notes the first failure (thread-safe). The message is "WHAT NAME: ERROR", as in "cannot write to the spill file in
 * DIR: No space left on device"; without a name (NULL) or an error (0) it is the rest. From then on the run is void:
 * workers stop at their next block, and the finish returns ERR_OUTPUT. */
void spill_fail(struct spill *s, const char *what, const char *name, int error);
bool spill_failed(const struct spill *s);
/* Prints the failure as an error; ERR_OUTPUT, or ERR_OK if there was none. */
enum err spill_status(const struct spill *s, struct diags *d);

/* For run.json: bytes and segments written so far. Each call counts one segment. */
void spill_count(struct spill *s, uint64_t bytes);
uint64_t spill_memory(const struct spill *s);
uint64_t spill_bytes(const struct spill *s);
uint64_t spill_segments(const struct spill *s);

#endif
