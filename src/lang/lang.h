/* SPDX-License-Identifier: Apache-2.0 */
/* Rule texts -> program. Reads every document of every file, reports every mistake with its place, resolves references
 * across files, compiles what is right. Nothing of a rule is interpreted after this. */
#ifndef AUTHSIFT_LANG_LANG_H
#define AUTHSIFT_LANG_LANG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/vec.h"
#include "event/fields.h"
#include "event/source.h"
#include "ir/program.h"

struct lang_options {
    /* Files and folders (walked, *.yml and *.yaml, byte order; a folder named lists or sources is left out). */
    const char *const *rules;
    size_t n_rules;
    /* Folders with NAME.txt for `expand`, searched before the lists/ beside each rules folder. */
    const char *const *lists;
    size_t n_lists;
    bool skip_bad;            /* leave out rules with errors instead of failing */
    int64_t now;              /* entries of lists that ended before do not count */
};

/* A test embedded in a rule: x-authsift: {tests: [...]}. */
struct rule_test {
    struct sv rule_id;   /* whose findings (or hits) are counted */
    struct sv name;
    struct span at;
    struct sv *events;   /* one JSON line each */
    size_t n_events;
    uint64_t findings;   /* expected number */
    struct named_expect {
        struct sv column; /* a column of findings.csv */
        struct sv text;   /* what it must hold in one of the findings (row i of `expect`) */
        struct span at;   /* of the column's name: cli/ checks it */
        size_t row;
    } *expect;
    size_t n_expect;
    size_t n_rows;       /* rows of `expect`, each to be matched by a different finding */
};

struct rule_tests {
    struct arena arena;
    VEC(struct rule_test) v;
};

/* Loads and compiles. ERR_CONFIG if any rule has an error (unless skip_bad: then program->skipped names them) or a
 * path cannot be read; all messages are in d. *out is set on ERR_OK and, for `check`, also on ERR_CONFIG (without the
 * bad rules). tests may be NULL. Field names are registered in `fields`. */
enum err lang_load(const struct lang_options *o, struct fields *fields, struct program **out, struct rule_tests *tests,
                   struct diags *d) MUST_CHECK;

/* Loads source definitions from folders' *.yml, plus the built-in ones (canonical, raw) if no file has their name. */
enum err lang_load_sources(const char *const *folders, size_t n, struct source_defs *out, struct diags *d) MUST_CHECK;

/* Tables for `list`. NULL behind the last. */
const char *modifier_name(size_t i);
const char *modifier_help(size_t i);

#endif
