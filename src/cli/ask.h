/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that answer by hand have in common: where the answer goes, and what is said about the input. */
#ifndef AUTHSIFT_CLI_ASK_H
#define AUTHSIFT_CLI_ASK_H

#include "cli/narrow.h"
#include "cli/options.h"
#include "query/query.h"
#include "run/run.h"

/* To standard output; a table if that is a terminal and nobody said otherwise. raw: records as they were. */
struct query_output ask_output(const struct options *o, bool raw, const struct run_options *ro);

/* The status of a run over what was left of the inputs: as if nothing had been left out. Says why, if it is for
 * rejected lines. */
enum err ask_told(const struct options *o, const struct narrowed *n, struct health_totals *t, enum err status,
                  struct diags *d);

#endif
