/* SPDX-License-Identifier: Apache-2.0 */
/* equals, contains, startswith, endswith: on the text form of a member. Numbers are the characters of the log, so
 * that "5" in a rule is 5 in the log but not 5.0 (sigma-profile.md 15). */
#include "match/ops.h"
#include "match/text.h"

static bool
equals(const struct pred *pred, struct sv text)
{
    return text_eq(text, pred->text, pred->cased);
}

static bool
contains(const struct pred *pred, struct sv text)
{
    return text_find(text, pred->text, 0, pred->cased) <= text.n;
}

static bool
starts(const struct pred *pred, struct sv text)
{
    return text_starts(text, pred->text, pred->cased);
}

static bool
ends(const struct pred *pred, struct sv text)
{
    return text_ends(text, pred->text, pred->cased);
}

enum truth
op_string_equals(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, equals);
}

enum truth
op_string_contains(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, contains);
}

enum truth
op_string_starts(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, starts);
}

enum truth
op_string_ends(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, ends);
}
