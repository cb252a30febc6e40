/* SPDX-License-Identifier: Apache-2.0 */
/* The few loops that look at every byte of a log, once per set of vector instructions.
 *
 * Which set a machine has is found out when the program runs, so one binary serves all; a user may force a smaller one
 * (AUTHSIFT_SIMD), and tests force each in turn. All rows compute the same: what a run reports never depends on the
 * row. Each row is a file (simd_NAME.c) and knows nothing but bytes; what the bits mean is its caller's business
 * (json_index.h).
 *
 * Where a row is not compiled in (another architecture, another compiler), it is not in the table. */
#ifndef AUTHSIFT_INPUT_SIMD_H
#define AUTHSIFT_INPUT_SIMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "input/input.h"

struct json;
struct extraction;

struct simd {
    const char *name; /* the word of AUTHSIFT_SIMD */
    /* Whether this machine has the instructions. */
    bool (*is_available)(void);
    /* Line feeds among n bytes. */
    size_t (*count_lines)(const char *p, size_t n);
    /* As json.h has them. */
    enum record_kind (*json_walk)(struct json *j, const struct extraction *x, enum reject_id *why);
    void (*json_top_keys)(struct json *j, struct sv record, size_t max, struct buf *out);
};

/* The fastest row that this machine has. */
const struct simd *simd_best(void);

/* The row of this name, or NULL if there is none or the machine lacks it. */
const struct simd *simd_find(struct sv name);

/* Row i of those that this machine has, slowest first; NULL behind the last. */
const struct simd *simd_available(size_t i);

#endif
