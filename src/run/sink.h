/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes the events of a run. Rules do it by records (agg/); a query takes the events themselves.
 *
 * The calls of one worker come in this order, without locks, in its own thread:
 *
 *   open  { block_start  event*  block_end }*            then, in the caller's thread: close
 *
 * Blocks of one file are numbered from 0 in its order; different workers may hold blocks of one file at a time. */
#ifndef AUTHSIFT_RUN_SINK_H
#define AUTHSIFT_RUN_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "input/input.h"

struct tap;

struct sink {
    void *ctx; /* the sink's own, shared by all workers */
    /* State of a worker; may be NULL. */
    void *(*open)(void *ctx, unsigned worker);
    void (*close)(void *ctx, void *state);
    /* False: the sink wants nothing more, from any worker. */
    bool (*block_start)(void *ctx, void *state, const struct block *b);
    /* An event of the run that the rule matched. */
    void (*event)(void *ctx, void *state, struct event *ev);
    /* False: as above. `tap` knows which files have ended (tap_blocks). */
    bool (*block_end)(void *ctx, void *state, struct tap *tap);
};

#endif
