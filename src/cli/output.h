/* SPDX-License-Identifier: Apache-2.0 */
/* Where the results of a command go: every report into a folder, or one report to standard output. What can be wrong
 * with it is found before the work. */
#ifndef AUTHSIFT_CLI_OUTPUT_H
#define AUTHSIFT_CLI_OUTPUT_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "cli/options.h"
#include "out/report.h"

struct output {
    const char *folder; /* NULL: the report to standard output */
    const struct report *report;
    struct table_style style;
};

/* From the options. Without any wish, the findings to standard output; as a table if that is a terminal. ERR_USAGE
 * with messages. */
enum err output_choose(const struct options *o, struct output *out, struct diags *d) MUST_CHECK;

/* An output folder that cannot be written is found now, not after an hour. One that everybody may write is warned
 * of. */
enum err output_try(const struct output *out, struct diags *d) MUST_CHECK;

/* Does anything that will be written show the inventories? They cost time. */
bool output_wants_inventory(const struct output *out);

/* Writes the report, or publishes them all. */
enum err output_write(const struct output *out, struct results *r, struct diags *d) MUST_CHECK;

/* Is there a finding of this level or a higher one that is not suppressed? For --fail-on. */
bool output_has_level(const struct results *r, int level);

#endif
