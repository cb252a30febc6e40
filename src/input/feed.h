/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one input as they are stored: a file, standard input, or memory. Counts and digests what it reads. */
#ifndef AUTHSIFT_INPUT_FEED_H
#define AUTHSIFT_INPUT_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "input/inflate.h"
#include "input/input.h"

struct feed {
    struct inflate_in in; /* what is at hand; consumers move it forward */
    uint64_t total;       /* bytes read so far */
    int error;            /* errno of the failed open or read, or 0; then in.last is set */
    int fd;               /* -1: memory, or closed */
    unsigned char *buf;
    struct digest *digest;
};

/* Never fails: see error. A memory input is borrowed. */
void feed_open(struct feed *f, const struct input_file *file);
void feed_close(struct feed *f);

/* Reads on; what is left in `in` stays in front of it. At the end in.last is set, and nothing more comes. */
void feed_more(struct feed *f);

#endif
