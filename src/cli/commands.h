/* SPDX-License-Identifier: Apache-2.0 */
/* What a command is. A new one = one file cmd_*.c + one row of commands.def. */
#ifndef AUTHSIFT_CLI_COMMANDS_H
#define AUTHSIFT_CLI_COMMANDS_H

#include "base/diag.h"
#include "base/err.h"
#include "cli/options.h"

/* What a command's arguments are, for a configuration that may say them instead. */
enum arguments { ARGUMENTS_OTHER, ARGUMENTS_INPUTS, ARGUMENTS_RULES };

struct command {
    const char *name;
    const char *usage;   /* behind the name: "[options] INPUT..." */
    const char *help;    /* one line */
    const char *details; /* paragraph for --help, or NULL */
    enum arguments arguments;
    uint64_t options;    /* OPTION_BITs; --help, --config and --profile are always there */
    uint64_t minor;      /* of them: named in --help, but not explained, so that it fits a screen */
    /* Returns the exit status. Messages go to d and are printed by the caller. */
    enum err (*run)(const struct options *o, struct diags *d);
};

extern const struct command *const commands[];
extern const size_t n_commands;

/* The program: finds the command, parses its options, runs it, prints what it had to say. Returns the exit status. */
int cli_main(int argc, char **argv);

#endif
