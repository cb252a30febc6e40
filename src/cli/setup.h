/* SPDX-License-Identifier: Apache-2.0 */
/* What every command that reads rules needs first: data folder, rules, lists, source definitions. */
#ifndef AUTHSIFT_CLI_SETUP_H
#define AUTHSIFT_CLI_SETUP_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "cli/options.h"
#include "event/fields.h"
#include "event/source.h"
#include "ir/program.h"
#include "lang/lang.h"
#include "run/run.h"

struct setup {
    struct arena arena;
    struct fields *fields;
    struct program *program;
    struct rule_tests tests;
    struct source_defs sources;
    const char *root;    /* of the installed rules and data */
    const char *datadir; /* the catalogues of enrichers */
    const struct source_def *forced_source;
    const struct simd *simd; /* that $AUTHSIFT_SIMD names; NULL: the best */
    size_t n_bad_rules; /* errors in rules (only `check` goes on with some) */
};

/* Loads rule files and folders (none: the installed rules) and the source definitions beside them. The setup must be
 * ended with setup_fini in any case. With `tests`, the rules' embedded tests are read as well. */
enum err setup_init(struct setup *s, const struct options *o, const char *const *rules, size_t n_rules, bool tests,
                    struct diags *d) MUST_CHECK;
/* The same without rules: only the source definitions, the installed ones and those beside --rules. For queries. */
enum err setup_init_bare(struct setup *s, const struct options *o, struct diags *d) MUST_CHECK;
void setup_fini(struct setup *s);

/* The run's options from the command line. */
struct run_options setup_run_options(const struct setup *s, const struct options *o);

#endif
