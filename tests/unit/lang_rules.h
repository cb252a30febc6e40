/* SPDX-License-Identifier: Apache-2.0 */
/* Rules from strings, through lang_load: files in the test's own folder (lang_main.c makes it and goes there), and
 * the compiled condition as one line of text. */
#ifndef AUTHSIFT_TESTS_UNIT_LANG_RULES_H
#define AUTHSIFT_TESTS_UNIT_LANG_RULES_H

#include <check.h>
#include <stdio.h>

#include "base/buf.h"
#include "lang/lang.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

struct rules {
    struct diags *d;
    struct fields *fields;
    struct program *program;
    enum err err;
    struct buf text; /* of the last rules_condition or rules_messages */
};

/* Writes a file below the test's folder; folders on its way are made. */
void rules_write(const char *path, const char *text);

/* Loads paths (NULL-terminated) with options. */
void rules_load(struct rules *r, const char *const *paths, bool skip_bad);
/* Loads one file rule.yml of this text. */
void rules_load_text(struct rules *r, const char *text);
void rules_free(struct rules *r);

/* The messages as `check` prints them, sorted. */
const char *rules_messages(struct rules *r);

/* Rule i's condition: `a equals "x" and not (b re /y/i or c null)`, each join in parentheses. Identifiers are not
 * shown. */
const char *rules_condition(struct rules *r, size_t i);

#endif
