/* SPDX-License-Identifier: Apache-2.0 */
/* The run in the words of Prometheus: a text file for the collector of the node exporter, which reads such files from a
 * folder (doc/operations.md has alert rules for them). */
#ifndef AUTHSIFT_OUT_METRICS_H
#define AUTHSIFT_OUT_METRICS_H

#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "out/results.h"

struct metrics {
    const struct results *results; /* NULL, if the run ended before it had any */
    const char *version;
    int exit_status;
    int64_t finished; /* us */
    double seconds;   /* of the whole run */
    uint64_t peak_memory;
};

/* Can the file be written? Found before the work: makes its folder, if it is missing. ERR_OUTPUT with a message. */
enum err metrics_try(const char *path, struct diags *d) MUST_CHECK;

/* Replaces the file as a whole (base/atomicfile.h); everybody may read it. ERR_OUTPUT with a message. */
enum err metrics_write(const struct metrics *m, const char *path, struct diags *d) MUST_CHECK;

#endif
