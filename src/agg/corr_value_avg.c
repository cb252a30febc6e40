/* SPDX-License-Identifier: Apache-2.0 */
/* value_avg: the exact sum of a field's numbers divided by how many there are. */
#include "agg/carry.h"
#include "agg/numeric.h"

static const struct corr_param params[] = {
    NUMERIC_FIELD,
};

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    numeric_sweep_sum(c, g, s, true);
}

const struct corr_type corr_value_avg = {
    .name = "value_avg",
    .help = "averages a numeric field within the timespan",
    .metric = "value_avg",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .record = numeric_record,
    .is_payload = numeric_is_payload,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
