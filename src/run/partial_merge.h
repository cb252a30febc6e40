/* SPDX-License-Identifier: Apache-2.0 */
/* From partial results to results: what `scan` does behind its join, with records that other processes made.
 *
 *   first stage   scan --partial             records and counters of some input files
 *   second stage  merge --partition I/N      inner correlations of a share of the groups are swept
 *   the end       merge, merge --reports     everything else; the same results as of one scan */
#ifndef AUTHSIFT_RUN_PARTIAL_MERGE_H
#define AUTHSIFT_RUN_PARTIAL_MERGE_H

#include "agg/agg.h"
#include "base/diag.h"
#include "base/err.h"
#include "out/results.h"
#include "run/partial_read.h"
#include "run/run.h"

/* Of options: workers, memory, tmpdir, want_inventory; what the scans were told is in the partials. */
struct partial_merge {
    const struct program *program;
    const struct partials *partials; /* open, and made with the program */
    const struct run_options *options;
};

/* All that is left to do: of the first stage everything, of the second what its parts have left. Fills r. ERR_OK;
 * ERR_INPUT if some input was damaged, as scan would say; ERR_OUTPUT with messages if a partial is damaged. */
enum err partial_merge_all(const struct partial_merge *pm, struct results *r, struct diags *d) MUST_CHECK;

/* Of partials of the first stage, a share: publishes a partial of the second stage in `folder`. The same errors. */
enum err partial_merge_part(const struct partial_merge *pm, struct agg_share share, const char *folder,
                            struct diags *d) MUST_CHECK;

#endif
