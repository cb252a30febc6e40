/* SPDX-License-Identifier: Apache-2.0 */
/* Files that cannot hold what is asked for are not opened: by the dates in their names, if the user says how names
 * carry dates, and by their indexes. */
#ifndef AUTHSIFT_CLI_NARROW_H
#define AUTHSIFT_CLI_NARROW_H

#include "cli/setup.h"
#include "input/input.h"
#include "run/run.h"

struct narrowed {
    struct inputs *in; /* what is left; the caller's, as are the inputs it was made of */
    size_t n_all;
    size_t by_name;  /* files left out by their names */
    size_t by_index; /* by their indexes */
    uint64_t lines;  /* of files left out, as far as their indexes count them: */
    uint64_t rejects;
};

/* Of the inputs for the setup's program, whose first rule says what is asked for. ERR_USAGE for a bad --name-date.
 * Indexes that are out of date or damaged are not used; a note says so. */
enum err narrow(const struct setup *s, const struct options *o, const struct inputs *in, struct narrowed *out,
                struct diags *d) MUST_CHECK;

/* Adds what was left out to the counts of the run. */
void narrow_add(const struct narrowed *n, struct health_totals *t);

/* For a scan, whose reports name every file: leaves out files that hold no event of the range, if their names say so or
 * if their indexes do (not if they have rejects, which a report shows). Rows for them go to r->health, their counts to
 * *left_out. *left is the caller's. As narrow. */
enum err narrow_range(const struct setup *s, const struct options *o, const struct inputs *in, struct inputs **left,
                      struct results *r, struct health_totals *left_out, struct diags *d) MUST_CHECK;

#endif
