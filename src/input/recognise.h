/* SPDX-License-Identifier: Apache-2.0 */
/* From the first records of a stream to its format and source. Names of files never matter. */
#ifndef AUTHSIFT_INPUT_RECOGNISE_H
#define AUTHSIFT_INPUT_RECOGNISE_H

#include "base/arena.h"
#include "input/format.h"
#include "input/projection.h"

struct recognised {
    const struct format *format; /* NULL: not recognised */
    uint32_t source;
    /* False: none of the records that were looked at was valid, so nothing could tell the source; `source` is a
     * stand-in that serves to parse them as the rejects and blanks they are. They take `examined` bytes (0: the
     * first record does not end in head). Ask again with what comes behind them. */
    bool settled;
    size_t examined;
    size_t header;            /* bytes of head up to the end of the header, if the format has one */
    struct csv_header *csv;   /* new */
    const char *error, *hint; /* if not recognised; in the arena, or literals */
};

/* head: the start of the text, with INPUT_PAD zero bytes behind it; whole: all of it. */
void recognise(const struct projections *p, struct sv head, bool whole, struct arena *arena, struct recognised *r);

#endif
