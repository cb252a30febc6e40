/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one input as they are stored: a file, standard input, or memory. Counts and digests what was consumed.
 *
 *        entered: digested and counted        looked at           not read yet
 *   ----------------+-------------------+----------------------+---------------
 *                   in.p                in.p + in.n            buf + end
 *
 * Bytes are entered in steps that end at whole FEED_SIZEs of the file, however they were read and whoever inflates
 * them. What a damaged file counts and digests is thus the same for any number of workers: all up to the step in which
 * the damage lies. */
#ifndef AUTHSIFT_INPUT_FEED_H
#define AUTHSIFT_INPUT_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "input/inflate.h"
#include "input/input.h"

struct feed {
    struct inflate_in in; /* entered, and not used up; consumers move it forward */
    uint64_t total;       /* bytes entered so far */
    int error;            /* errno of the failed open or read, or 0; then in.last is set */
    int fd;               /* -1: memory, or closed */
    unsigned char *buf;
    size_t cap;
    size_t end;       /* of what was read into buf */
    uint64_t end_pos; /* its place in the file */
    bool at_end;      /* nothing comes behind buf + end, */
    int end_error;    /* because reading failed, if it is not 0 */
    struct digest *digest;
};

/* Never fails: see error. A memory input is borrowed. */
void feed_open(struct feed *f, const struct input_file *file);
void feed_close(struct feed *f);

/* Enters more; what is left in `in` stays in front of it. At the end in.last is set, and nothing more comes. */
void feed_more(struct feed *f);

/* ---- taking stretches out, for whoever can use them in any order ---- */

/* What comes next, entered or not: n bytes, or all there are. Borrowed until the next call. *last: nothing behind. */
struct inflate_in feed_look(struct feed *f, size_t n);
/* Where in the file that is. */
uint64_t feed_position(const struct feed *f);
/* Appends the next n bytes (no more than feed_look showed) to `to` and goes on behind them. They are not entered. */
void feed_take(struct feed *f, size_t n, struct buf *to);
/* Enters bytes that were taken at `position`. Stretches come in the order in which they were taken. */
void feed_enter(struct feed *f, uint64_t position, const char *p, size_t n);
/* Puts back all that was taken from some place on: `bytes` in front of what comes next. */
void feed_return(struct feed *f, struct sv bytes);

#endif
