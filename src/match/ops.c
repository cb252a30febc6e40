/* SPDX-License-Identifier: Apache-2.0 */
/* The table from op to function. A row that ir/ops.def has and this table has not fails a unit test. */
#include "match/ops.h"

#include <assert.h>

static op_fn *const table[OP_COUNT_] = {
    [OP_EQ] = op_string_equals,
    [OP_CONTAINS] = op_string_contains,
    [OP_STARTS] = op_string_starts,
    [OP_ENDS] = op_string_ends,
    [OP_GLOB] = op_glob,
    [OP_REGEX] = op_regex,
    [OP_CIDR] = op_cidr,
    [OP_NUMBER] = op_number,
    [OP_BOOLEAN] = op_boolean,
    [OP_NULL] = op_null,
    [OP_EXISTS] = op_exists,
    [OP_FIELDREF] = op_fieldref,
};

enum truth
ops_eval(const struct pred *pred, struct event *ev, struct regex_scratch *regex)
{
    assert(pred->op < OP_COUNT_ && table[pred->op] != NULL);
    return table[pred->op](pred, event_value(ev, pred->field), ev, regex);
}

enum truth
ops_any_text(const struct pred *pred, struct value *field, struct event *ev,
             bool (*test)(const struct pred *pred, struct sv text))
{
    size_t n;
    struct value *member = value_members(field, &n);
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        if (ops_text(&member[i], ev->scratch, &text) && test(pred, text))
            return TRUTH_YES;
    }
    return TRUTH_NO;
}
