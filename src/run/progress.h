/* SPDX-License-Identifier: Apache-2.0 */
/* The line on a terminal while workers work: bytes, events per second, hits, time left. Drawn by the thread that
 * waits for them; workers only add to atomics. */
#ifndef AUTHSIFT_RUN_PROGRESS_H
#define AUTHSIFT_RUN_PROGRESS_H

#include <stdint.h>

struct progress_state {
    uint64_t bytes_in;
    uint64_t bytes_total; /* 0: unknown */
    uint64_t events;
    uint64_t hits;
    double seconds; /* since the start */
};

/* Draws over the previous line on standard error. */
void progress_draw(const struct progress_state *s);
/* Removes the line. */
void progress_clear(void);

#endif
