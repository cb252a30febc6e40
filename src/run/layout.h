/* SPDX-License-Identifier: Apache-2.0 */
/* Which records of other rules are still good. A record names its correlation by number, and its texts are packed as
 * the correlation's definition says; so what a run carries is accompanied by this: of every correlation its family
 * (agg/family.h), its id, and a hash of all that decides what its records look like and mean.
 *
 * A record stands for a hit that has happened: what the detection of a rule, or a list, says now is not asked, only
 * what the correlation does with hits. */
#ifndef AUTHSIFT_RUN_LAYOUT_H
#define AUTHSIFT_RUN_LAYOUT_H

#include "agg/partial.h"
#include "base/arena.h"
#include "base/buf.h"
#include "ir/program.h"

/* Appends the layout of a program. */
void layout_put(struct buf *b, const struct program *p);

/* From the numbers of whoever wrote `bytes` to those of p; the array is a's. A correlation has a number if it, and all
 * that share its records, are the same in both. `lost` gets the ids, joined by ", ", of those of p's correlations that
 * had records there and cannot use them. False if the bytes are no layout. */
bool layout_match(struct sv bytes, const struct program *p, struct arena *a, struct partial_numbers *numbers,
                  struct buf *lost);

#endif
