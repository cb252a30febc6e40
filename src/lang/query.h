/* SPDX-License-Identifier: Apache-2.0 */
/* A question asked by hand -> the same program that rules become: one anonymous rule without correlations. Selections
 * are written as in a rule, `FIELD|MODIFIER: VALUE`, and pass through the same compiler; so do conditions over them. */
#ifndef AUTHSIFT_LANG_QUERY_H
#define AUTHSIFT_LANG_QUERY_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "event/fields.h"
#include "ir/program.h"

/* Texts of the command line; borrowed. */
struct query_text {
    /* Each is what stands below a search identifier in a rule: `action: app.authorize`, a keyword, `{a: x, b|re: y}`.
     * With `NAME=` before it, it is the search identifier NAME. */
    const char *const *where;
    size_t n_where;
    const char *condition; /* over the names; NULL: all of them */
    /* Folders with NAME.txt for `expand`. */
    const char *const *lists;
    size_t n_lists;
};

/* What has no name is AND-ed, with each other and with the condition. The program has one rule; without a --where it
 * takes every event. *out is set on ERR_OK (the caller frees it); ERR_USAGE with located messages: the "files" are
 * called by their options. Field names are registered in `fields`. */
enum err query_compile(const struct query_text *q, struct fields *fields, struct program **out,
                       struct diags *d) MUST_CHECK;

#endif
