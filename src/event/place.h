/* SPDX-License-Identifier: Apache-2.0 */
/* Where an event was read: the last part of the total order (time, source name, file name, line). */
#ifndef AUTHSIFT_EVENT_PLACE_H
#define AUTHSIFT_EVENT_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

/* An input file as events remember it. Names are borrowed from the list of inputs, which outlives all events. */
struct origin {
    struct sv source; /* name of its source definition */
    struct sv file;   /* as given on the command line, or walked below it */
};

/* Index of the origin, and the line (from 1; for CSV the physical line on which the record starts). */
struct place {
    uint32_t file;
    uint64_t line;
};

/* All origins. `rank` gives each one's position in the order (source name, file name), and is made by origins_rank
 * after the last source is known and before anything is sorted. */
struct origins {
    struct origin *v;
    uint32_t *rank;
    size_t n;
};

void origins_init(struct origins *o, size_t n);
void origins_fini(struct origins *o);
void origins_rank(struct origins *o);

/* <0, 0, >0 by (source name, file name, line). */
int place_cmp(const struct origins *o, struct place a, struct place b);

#endif
