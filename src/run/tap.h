/* SPDX-License-Identifier: Apache-2.0 */
/* Workers take turns at the tap: there is no reader thread and no queue. A worker takes an idle source, draws one
 * block from it while nobody else can, gives the source back, and processes the block while it is hot in its cache.
 *
 * Many files: every worker keeps drawing from its own. One file: drawing is serial while the other workers process:
 * a pipeline without a queue. At most one stream per worker is open, and a worker holds one block: memory is bounded
 * here. */
#ifndef AUTHSIFT_RUN_TAP_H
#define AUTHSIFT_RUN_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "event/place.h"
#include "input/input.h"

struct tap;

/* What became of a file; strings live as long as the tap. */
struct tap_file {
    struct stream_info info;
    bool opened;
    bool ended;      /* while workers run, guarded by the tap's lock, as is the next */
    uint64_t blocks; /* drawn so far */
};

/* `origins` (one per input) gets each file's source name when its stream is opened. All pointers are borrowed. */
struct tap *tap_new(const struct inputs *in, const struct projections *projections, const struct source_defs *sources,
                    struct origins *origins, unsigned n_workers);
void tap_free(struct tap *t);

/* Draws the next block for worker `who`, which must have finished its previous one. Waits while every open source is
 * being drawn from by others. False: all input is used up. */
bool tap_draw(struct tap *t, unsigned who, struct block *b);

/* From now on tap_draw says that all is used up. Any thread. */
void tap_stop(struct tap *t);

/* Has file i been read to its end? Then *n is the number of its blocks. Any thread. */
bool tap_blocks(struct tap *t, size_t i, uint64_t *n);

/* After the workers have ended. */
const struct tap_file *tap_file(const struct tap *t, size_t i);

/* For progress; may be called by any thread at any time. */
uint64_t tap_bytes_in(const struct tap *t);
uint64_t tap_bytes_total(const struct tap *t);

#endif
