/* SPDX-License-Identifier: Apache-2.0 */
/* What earlier runs left in the state for this one: the records that later events may still need, the inventories, and
 * the table of the input files that both refer to. In the state they are the bytes of a partial result
 * (partial_manifest.h): part 0 is the manifest, part 1 + p the records of partition p.
 *
 * They are copied to a file without a name in --tmpdir and read from there into the piles of the run, which spill if
 * they do not fit. Every byte is checked before it is used, for disks fail. */
#ifndef AUTHSIFT_RUN_CARRIED_H
#define AUTHSIFT_RUN_CARRIED_H

#include "agg/agg.h"
#include "base/diag.h"
#include "base/err.h"
#include "event/place.h"
#include "run/partial_manifest.h"
#include "state/state.h"

/* A setting of its manifest: the layout of the rules (layout.h). */
#define CARRIED_LAYOUT "layout"

/* Parts of the carry in the state. */
#define CARRIED_MANIFEST 0u
#define CARRIED_RECORDS(p) (1u + (p))

struct carried;

/* Copies what the state has. *out is NULL (and ERR_OK) if there is nothing. ERR_OUTPUT with messages: it is damaged, or
 * tmpdir cannot be written. Borrows `state` for messages, its path. */
enum err carried_load(struct state *s, const char *path, const char *tmpdir, struct carried **out,
                      struct diags *d) MUST_CHECK;
void carried_free(struct carried *c); /* NULL is allowed */

/* What was known of the runs before. */
const struct manifest *carried_manifest(const struct carried *c);

/* Writes the names of its input files to o->v[base ..]; they borrow from c. */
void carried_name_origins(const struct carried *c, struct origins *o, size_t base);

/* Is it of this program? Records of correlations that are others now are left out, and a note names these. ERR_OUTPUT
 * with messages if what it carries makes no sense. Call it before carried_hand_over. */
enum err carried_match(struct carried *c, const struct program *program, struct diags *d) MUST_CHECK;

/* Hands all records, the inventories and the latest time to n locals, by as many threads, before agg_finish. The
 * carry's input files are numbered from `base`. ERR_OUTPUT with messages. */
enum err carried_hand_over(struct carried *c, struct agg_local *const *local, size_t n, uint32_t base,
                           struct diags *d) MUST_CHECK;
/* After that: does anything carried come from this input file? */
bool carried_is_used(const struct carried *c, size_t origin);

#endif
