/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever runs the program every night asks of it, around the work itself: findings that are to be suppressed, a
 * sandbox, an exit status, one line for mail, figures for the monitoring. For the commands that make reports.
 *
 *     operation_init       before the work: what can be wrong is found now
 *     operation_confine    everything is open or known by name; before the first byte of input is read
 *     operation_judge      the results are there: what run.json says of all this, and the exit status
 *     operation_end        the reports are published, or the run has failed
 *     operation_fini */
#ifndef AUTHSIFT_CLI_OPERATION_H
#define AUTHSIFT_CLI_OPERATION_H

#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/sandbox.h"
#include "input/input.h"
#include "out/results.h"
#include "out/suppress.h"

/* Of a command that has an operation. */
#define OPERATION_OPTIONS \
    (OPTION_BIT(SUPPRESS) | OPTION_BIT(SUMMARY) | OPTION_BIT(METRICS) | OPTION_BIT(SANDBOX) | OPTION_BIT(VERBOSE))
#define OPERATION_MINOR \
    (OPTION_BIT(METRICS) | OPTION_BIT(SANDBOX) | OPTION_BIT(SUMMARY) | OPTION_BIT(VERBOSE) | OPTION_BIT(LOG_FORMAT))

struct operation {
    const struct options *options;
    struct suppressions suppressions;
    struct sandbox sandbox;
    double start;        /* monotonic seconds */
    const char *metrics; /* file that can be written; NULL: none */
    bool has_ended;
};

/* Reads the suppressed findings, and tries the folder of the metrics. ERR_CONFIG or ERR_OUTPUT with messages. */
enum err operation_init(struct operation *op, const struct options *o, struct diags *d) MUST_CHECK;
void operation_fini(struct operation *op);

/* Results that this operation will judge; call it before they are filled. Adds the fact `host`. */
void operation_begin(struct operation *op, struct results *r);

/* Gives up what the run does not need from here on (sandbox.h). Files are read in the folders of `in` (NULL: none) and
 * in those of the command's arguments, written in the folders that the options name. A warning says where that cannot
 * be done, if reports for others are made. r may be NULL: there are no facts then. */
void operation_confine(struct operation *op, const struct inputs *in, struct results *r, struct diags *d);

/* The same for a question, which has no operation: it reads its inputs, spills, and answers on standard output. Where
 * that cannot be done it says nothing: whoever asks looks at the answer himself. */
void operation_confine_question(const struct options *o, const struct inputs *in);

/* Names entries of the suppressed that do nothing, adds facts, and returns the exit status: `status`, or ERR_FINDINGS
 * if that was ERR_OK and --fail-on asks for it. Damaged input outranks findings, which may be incomplete then. */
enum err operation_judge(struct operation *op, enum err status, struct results *r, struct diags *d) MUST_CHECK;

/* The line for mail, and the metrics; only the first call counts. r is NULL if the run failed before it had results.
 * Says so if the metrics cannot be written: the reports are there, so it is no failure of the run. */
void operation_end(struct operation *op, const struct results *r, enum err status, struct diags *d);

#endif
