/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says of the state of a scan (run/night.h). */
#ifndef AUTHSIFT_CLI_NIGHTLY_H
#define AUTHSIFT_CLI_NIGHTLY_H

#include "base/diag.h"
#include "base/err.h"
#include "cli/options.h"
#include "run/night.h"

#define NIGHTLY_OPTIONS                                                                                      \
    (OPTION_BIT(STATE) | OPTION_BIT(WAIT) | OPTION_BIT(LATENESS) | OPTION_BIT(GROWN) | OPTION_BIT(CHANGED) | \
     OPTION_BIT(REPLAY))
#define NIGHTLY_MINOR (NIGHTLY_OPTIONS & ~OPTION_BIT(STATE))

/* Completes the options: --replay says --since and --until. ERR_USAGE with messages for what does not go together. */
enum err nightly_settle(struct options *o, struct diags *d) MUST_CHECK;

/* For night_open. The path is borrowed. */
struct night_options nightly_options(const struct options *o);

#endif
