/* SPDX-License-Identifier: Apache-2.0 */
/* boolean: true and false of JSON, and a string with their name, which compares as strings do: case does not count. */
#include "match/ops.h"
#include "match/text.h"

static bool
is_named(const struct pred *pred, struct sv text)
{
    return text_eq(text, pred->boolean ? SV("true") : SV("false"), false);
}

enum truth
op_boolean(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, is_named);
}
