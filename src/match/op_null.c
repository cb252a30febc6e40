/* SPDX-License-Identifier: Apache-2.0 */
/* null and exists: about the field as a whole, not any one member. They differ for a present null (sigma-profile.md 2
 * and 15). */
#include "match/ops.h"

enum truth
op_null(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)pred;
    (void)ev;
    (void)regex;
    size_t n;
    const struct value *member = value_members(field, &n);
    for (size_t i = 0; i < n; i++)
        if (member[i].kind > VALUE_NULL)
            return TRUTH_NO;
    return TRUTH_YES;
}

enum truth
op_exists(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)pred;
    (void)ev;
    (void)regex;
    return field->kind > VALUE_ABSENT ? TRUTH_YES : TRUTH_NO;
}
