/* SPDX-License-Identifier: Apache-2.0 */
/* A line of a list that people keep: a value and, behind " # ", why it is there and until when it counts:
 *
 *   198.51.100.0/24
 *   198.51.100.0/24   # our office
 *   198.51.100.0/24   # until 2027-01-31: trial of a new provider
 */
#ifndef AUTHSIFT_BASE_LISTLINE_H
#define AUTHSIFT_BASE_LISTLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

struct listline {
    struct sv value;  /* without blanks around; empty: the line holds none (it is blank, or a comment) */
    struct sv reason; /* may be empty */
    int64_t until;    /* end of its last day (UTC), from when on it does not count; TIME_NONE: always counts */
};

/* Cuts a line into views of it. A # starts a note only with a blank (or nothing) before it and a blank (or nothing)
 * behind it; a note that starts with the word "until" has to go on with a date YYYY-MM-DD and then end, or have a colon
 * and a reason. False if it does not; *bad is what stands there instead. */
bool listline_parse(struct sv line, struct listline *out, struct sv *bad);

/* Has the entry run out at that time? */
bool listline_is_over(const struct listline *l, int64_t now);

#endif
