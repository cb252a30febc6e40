/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: what a nightly run would otherwise say on a long command line.
 *
 *   rules: [rules, /etc/shop/rules]     # every long option, under its own name; relative paths start at this file
 *   output: {expand: "${REPORT_DIR:-/var/lib/authsift}/reports"}
 *   fail-on: high
 *   inputs: [/var/log/platform]         # INPUT..., where a command gets none
 *   profiles:
 *     nightly: {since: -1d, jobs: 4}    # the same keys; --profile nightly
 *
 * The command line goes before the profile, and the profile before the rest. The environment is looked at in texts
 * below `expand` and nowhere else. A file serves all commands: what one does not take is checked and left alone. */
#ifndef AUTHSIFT_CLI_CONFIG_H
#define AUTHSIFT_CLI_CONFIG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "cli/commands.h"

struct config {
    struct arena arena;
    const char *path; /* the file that was read; NULL: none */
};

/* Reads the file (--config, else $AUTHSIFT_CONFIG, which may be empty for none, else the system's if there is one) and
 * completes the options of a command line that was parsed already. Every mistake of the file is named, in profiles that
 * were not asked for as well. ERR_CONFIG, or ERR_USAGE for a profile that is not there. The options borrow from *c
 * until config_fini. */
enum err config_apply(struct config *c, const struct command *command, struct options *o, struct diags *d) MUST_CHECK;
void config_fini(struct config *c);

#endif
