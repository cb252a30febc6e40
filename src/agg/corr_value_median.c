/* SPDX-License-Identifier: Apache-2.0 */
/* value_median: the median of a field's numbers, which is their percentile 50. */
#include "agg/carry.h"
#include "agg/numeric.h"

static const struct corr_param params[] = {
    NUMERIC_FIELD,
};

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    numeric_sweep_percentile(c, g, s, 50);
}

const struct corr_type corr_value_median = {
    .name = "value_median",
    .help = "takes the median of a numeric field within the timespan",
    .metric = "value_median",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .record = numeric_record,
    .is_payload = numeric_is_payload,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
