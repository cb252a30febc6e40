/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are events: a row each, or their records as they were. */
#ifndef AUTHSIFT_QUERY_ROWS_H
#define AUTHSIFT_QUERY_ROWS_H

#include "query/query.h"

/* Rows in the order of the input, written as they are found. */
enum err rows_run(const struct query *q, const struct plan *plan, const struct inputs *in,
                  const struct query_output *out, struct health_totals *totals, struct diags *d) MUST_CHECK;

/* Rows in the order of q->sort, and where that says nothing in the order of the input. */
enum err rows_run_sorted(const struct query *q, const struct plan *plan, const struct inputs *in,
                         const struct query_output *out, struct health_totals *totals, struct diags *d) MUST_CHECK;

/* The message of a failed write; none for a reader of a pipe that went away. ERR_OUTPUT. */
enum err rows_cannot_write(FILE *to, int error, struct diags *d);

#endif
