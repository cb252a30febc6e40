/* SPDX-License-Identifier: Apache-2.0 */
/* re: found anywhere in the text of a member. If one member hits the limit and another matches, it matched. */
#include "match/ops.h"

enum truth
op_regex(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    enum truth truth = TRUTH_NO;
    size_t n;
    struct value *member = value_members(field, &n);
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        if (!value_text(&member[i], ev->scratch, &text))
            continue;
        const enum regex_result result = regex_search(pred->regex, text, regex);
        if (result == REGEX_YES)
            return TRUTH_YES;
        if (result == REGEX_LIMIT)
            truth = TRUTH_LIMIT;
    }
    return truth;
}
