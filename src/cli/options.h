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
#include "cli/log.h"
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

/* An option of kind MEASURE. */
struct measure_option {
    int id;
    const char *text; /* "true" of one that takes no argument */
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
    name_list geoip;
    bool skip_bad_rules;
    uint64_t blast_radius;
    bool csv_crlf;
    bool csv_raw;
    uint64_t line_limit;
    uint64_t memory;
    const char *tmpdir;
    const char *event;
    const char *partial;
    const char *partition;
    bool join;
    name_list where;
    const char *condition;
    name_list select;
    name_list by;
    VEC(struct measure_option) measures;
    name_list having;
    name_list sort;
    uint64_t top;   /* UINT64_MAX: all */
    uint64_t limit; /* UINT64_MAX: all */
    const char *index;
    const char *name_date;
    bool explain;
    bool raw; /* --format raw; format is CSV then */
    const char *suppress;
    bool summary;
    const char *metrics;
    bool sandbox;
    bool verbose;
    enum log_format log_format;
    const char *state;
    bool wait;
    int64_t lateness;
    bool read_grown;
    bool count_changed;
    const char *replay; /* "FROM..TO" */
    int64_t older_than;
    const char *config;
    const char *profile;
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

/* What may only be said of all options together. ERR_USAGE with messages. */
enum err options_judge(const struct options *o, struct diags *d) MUST_CHECK;

/* For whoever sets options in another way than by argv (config.c). An option's number by its long name, or -1; the
 * option whose name is near, or SV_NONE. */
int options_find(struct sv name);
struct sv options_nearest(struct sv name);
const char *options_name(int id);
bool options_is_flag(int id);
bool options_is_list(int id);
bool options_is_path(int id); /* or a list of paths */
/* Sets it, or adds to a list; a flag's text is true or false. Borrows text. False if it is not options_expected(id). */
bool options_set(struct options *o, int id, const char *text);
const char *options_expected(int id);
/* Empties a list. */
void options_clear(struct options *o, int id);

/* The lines of help for these options. Minor ones are only named; measures are left to the details of a command. */
void options_help(uint64_t allowed, uint64_t minor, FILE *to);

#endif
