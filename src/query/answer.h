/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are groups: workers fill tables of groups, and when all is read each partition's groups are walked in
 * order, one row each. */
#ifndef AUTHSIFT_QUERY_ANSWER_H
#define AUTHSIFT_QUERY_ANSWER_H

#include "query/query.h"

enum err answer_run(const struct query *q, const struct plan *plan, const struct inputs *in,
                    const struct query_output *out, struct health_totals *totals, struct diags *d) MUST_CHECK;

#endif
