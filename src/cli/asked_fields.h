/* SPDX-License-Identifier: Apache-2.0 */
/* Slips in the names of fields that a question asks for. A field that nothing provides makes a question whose answer
 * is empty, or everything, and nothing about it looks wrong. */
#ifndef AUTHSIFT_CLI_ASKED_FIELDS_H
#define AUTHSIFT_CLI_ASKED_FIELDS_H

#include "base/diag.h"
#include "cli/setup.h"
#include "query/query.h"
#include "run/run.h"

/* Looks at every field that the program's rule and the query name. One that is neither canonical nor derived nor in a
 * source definition is looked for in the first records of the first files; if it is not there either, it is an error
 * if a known one is near, else a warning that says which there are. */
void asked_fields_check(const struct setup *s, const struct query *q, const struct plan *plan, const struct inputs *in,
                        struct diags *d);

#endif
