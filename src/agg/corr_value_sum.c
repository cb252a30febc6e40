/* SPDX-License-Identifier: Apache-2.0 */
/* value_sum: the exact sum of a field's numbers, rounded once, whatever their order. */
#include "agg/carry.h"
#include "agg/numeric.h"

static const struct corr_param params[] = {
    NUMERIC_FIELD,
};

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    numeric_sweep_sum(c, g, s, false);
}

const struct corr_type corr_value_sum = {
    .name = "value_sum",
    .help = "adds up a numeric field within the timespan",
    .metric = "value_sum",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .record = numeric_record,
    .is_payload = numeric_is_payload,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
