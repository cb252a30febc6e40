/* SPDX-License-Identifier: Apache-2.0 */
/* value_percentile: a percentile of a field's numbers by linear interpolation. The rank is the rule's to say: the
 * standard names no default, and engines differ. */
#include "agg/carry.h"
#include "agg/numeric.h"

enum { FIELD, PERCENTILE };

static const struct corr_param params[] = {
    NUMERIC_FIELD,
    { "condition.percentile", PARAM_NUMBER, true, NULL, "which percentile, 0 to 100" },
};

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    const struct corr_arg *p = &c->args[PERCENTILE];
    (void)fields;
    (void)arena;
    if (p->given && !(p->number >= 0 && p->number <= 100))
        diag_error(d, p->at, "'percentile' has to be between 0 and 100");
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    numeric_sweep_percentile(c, g, s, c->args[PERCENTILE].number);
}

const struct corr_type corr_value_percentile = {
    .name = "value_percentile",
    .help = "takes a percentile of a numeric field within the timespan",
    .metric = "value_percentile",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_REQUIRED,
    .prepare = prepare,
    .record = numeric_record,
    .is_payload = numeric_is_payload,
    .sweep = sweep,
    .carry = carry_windows,
    .carries_by_time = true,
};
