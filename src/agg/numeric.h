/* SPDX-License-Identifier: Apache-2.0 */
/* What value_sum, value_avg, value_median and value_percentile share: a field's numbers, an event contributing once. */
#ifndef AUTHSIFT_AGG_NUMERIC_H
#define AUTHSIFT_AGG_NUMERIC_H

#include "agg/corr.h"
#include "agg/window.h"

/* The parameter `condition.field`, which is the first of each of the four types. */
/* clang-format off */
#define NUMERIC_FIELD { "condition.field", PARAM_FIELD, true, NULL, "field that holds the numbers" }
/* clang-format on */

/* corr_type.record of all four: the numbers of the field, 8 bytes each. */
bool numeric_record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload,
                    uint64_t *skipped);

/* corr_type.is_payload of all four: finite numbers. */
bool numeric_is_payload(const struct correlation *c, unsigned pos, struct reader *r);

/* aggregate.usable: the hit has numbers. */
bool numeric_usable(void *state, const struct hit *h);

/* Calls fn for each number of the hit. */
void numeric_each(const struct hit *h, void (*fn)(void *ctx, double x), void *ctx);

/* value_sum and value_avg: an exact sum slides with the window. value_avg divides it. */
void numeric_sweep_sum(const struct correlation *c, struct group *g, struct sweep *s, bool average);

/* value_median and value_percentile: sorted numbers slide with the window. */
void numeric_sweep_percentile(const struct correlation *c, struct group *g, struct sweep *s, double percentile);

#endif
