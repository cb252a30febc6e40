/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, parsed: options as data (options.def), one struct for all commands. A command names the options
 * that it takes; any other is an error that says which command takes it. */
#ifndef AUTHSIFT_CLI_OPTIONS_H
#define AUTHSIFT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/vec.h"
#include "out/table.h"

enum option_id {
#define OPTION(id, name, letter, kind, argument, member, help) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT_
};

/* Sets of options. */
#define OPTION_BIT(id) (UINT64_C(1) << OPTION_##id)

typedef VEC(const char *) name_list;

struct max_rejects {
    uint64_t count; /* UINT64_MAX if a share was given */
    double share;   /* 0..1, or -1 */
};

struct options {
    name_list rules;
    const char *source;
    const char *output;
    const char *report;
    enum table_format format;
    uint64_t jobs;
    int64_t since;
    int64_t until;
    int fail_on; /* 0..4, or -1 */
    struct max_rejects max_rejects;
    bool progress;
    name_list lists;
    bool skip_bad_rules;
    uint64_t blast_radius;
    bool csv_crlf;
    bool csv_raw;
    uint64_t line_limit;
    const char *event;
    bool help;
    uint64_t given;      /* bits of the options that were given */
    name_list arguments; /* what is no option, in order */
};

/* Defaults, of this machine. */
void options_init(struct options *o);
void options_fini(struct options *o);

/* Parses argv[0..n) (without program and command) for a command that takes `allowed`. ERR_USAGE with messages; all
 * problems are named. Texts are borrowed from argv. */
enum err options_parse(struct options *o, int n, char *const *argv, const char *command, uint64_t allowed,
                       struct diags *d) MUST_CHECK;

/* The lines of help for these options. */
void options_help(uint64_t allowed, FILE *to);

#endif
