/* SPDX-License-Identifier: Apache-2.0 */
/* What earlier runs left in the state for this one: the records that later events may still need, the inventories, and
 * the table of the input files that both refer to. In the state they are the bytes of a partial result
 * (partial_manifest.h): part 0 is the manifest, part 1 + p the records of partition p; and behind them the shelves
 * (agg/shelf.h), whose files the manifest lists as well.
 *
 * They are copied to a file without a name in --tmpdir and read from there into the piles of the run, which spill if
 * they do not fit. Every byte is checked before it is used, for disks fail. */
#ifndef AUTHSIFT_RUN_CARRIED_H
#define AUTHSIFT_RUN_CARRIED_H

#include "agg/agg.h"
#include "agg/shelf.h"
#include "base/diag.h"
#include "base/err.h"
#include "event/place.h"
#include "run/partial_manifest.h"
#include "state/state.h"

/* Settings of its manifest: the layout of the rules (layout.h), that of the shelves (shelf_layout, in hex), and the
 * bytes of their largest chapter. */
#define CARRIED_LAYOUT  "layout"
#define CARRIED_SHELVES "shelves"
#define CARRIED_LARGEST "largest-chapter"

/* Parts of the carry in the state. */
#define CARRIED_MANIFEST 0u
#define CARRIED_RECORDS(p) (1u + (p))
#define CARRIED_SHELF(p)   (1u + PARTITIONS + (p))

/* The name of a shelf's file in the manifest. */
#define CARRIED_NAME_MAX 16
void carried_shelf_name(char name[CARRIED_NAME_MAX], unsigned partition);

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

/* Says in *s what the shelves hold. `layout` is that of our rules. After carried_match; the carry's input files are
 * numbered from `base`. ERR_OUTPUT with messages. */
enum err carried_open_shelves(struct carried *c, struct sv layout, const struct program *program, uint32_t base,
                              struct shelves *s, struct diags *d) MUST_CHECK;

/* Hands all records, the inventories and the latest time to n locals, by as many threads, before agg_finish. The
 * carry's input files are numbered from `base`. ERR_OUTPUT with messages. */
enum err carried_hand_over(struct carried *c, struct agg_local *const *local, size_t n, uint32_t base,
                           struct diags *d) MUST_CHECK;
/* After that: does anything carried come from this input file? */
bool carried_is_used(const struct carried *c, size_t origin);

#endif
