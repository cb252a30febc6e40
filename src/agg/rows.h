/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: the rows of results that are counts and lists, made when all findings are there. */
#ifndef AUTHSIFT_AGG_ROWS_H
#define AUTHSIFT_AGG_ROWS_H

#include "agg/sweep.h"

/* Findings in their total order. */
void rows_sort_findings(struct results *r);

/* rule_summary: rules, correlations, and rules that were left out. */
void rows_rules(const struct finish *f, struct agg_local *const *local, size_t n_locals);

/* The report `hits`. */
void rows_hits(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, struct results *r);

#endif
