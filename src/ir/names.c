/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the enumerations of program.h, as rules, reports and `explain` spell them. */
#include "ir/program.h"

const char *const level_names[5] = { "informational", "low", "medium", "high", "critical" };

const char *
op_name(enum op op)
{
    static const char *const name[OP_COUNT_] = {
#define OP(id, name, help) [OP_##id] = name,
#include "ir/ops.def"
#undef OP
    };
    return name[op];
}

const char *
compare_name(enum compare c)
{
    static const char *const name[] = {
        [CMP_EQ] = "eq", [CMP_LT] = "lt",   [CMP_LTE] = "lte",
        [CMP_GT] = "gt", [CMP_GTE] = "gte", [CMP_NEQ] = "neq",
    };
    return name[c];
}

const char *
date_part_name(enum date_part p)
{
    static const char *const name[] = {
        [PART_NONE] = "",     [PART_MINUTE] = "minute", [PART_HOUR] = "hour", [PART_DAY] = "day",
        [PART_WEEK] = "week", [PART_MONTH] = "month",   [PART_YEAR] = "year",
    };
    return name[p];
}
