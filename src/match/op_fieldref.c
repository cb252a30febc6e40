/* SPDX-License-Identifier: Apache-2.0 */
/* fieldref: any member of the field with any member of the other one, as texts. A member without text on either side
 * satisfies nothing; so does a missing field.
 *
 * Both sides come from the event, so neither is lower-case. The other side is folded once per member of it, into
 * scratch. */
#include "match/ops.h"
#include "match/text.h"

static struct sv
folded(struct sv text, struct arena *scratch)
{
    char *p = arena_alloc(scratch, text.n + 1);
    for (size_t i = 0; i < text.n; i++)
        p[i] = text_lower(text.p[i]);
    return sv_make(p, text.n);
}

static bool
holds(const struct pred *pred, struct sv text, struct sv other)
{
    switch (pred->ref_op) {
    case OP_CONTAINS:
        return text_find(text, other, 0, pred->cased) <= text.n;
    case OP_STARTS:
        return text_starts(text, other, pred->cased);
    case OP_ENDS:
        return text_ends(text, other, pred->cased);
    default:
        return text_eq(text, other, pred->cased);
    }
}

enum truth
op_fieldref(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    size_t n_members, n_others;
    struct value *member = value_members(field, &n_members);
    struct value *other = value_members(event_value(ev, pred->ref), &n_others);
    for (size_t k = 0; k < n_others && n_members != 0; k++) {
        struct sv text, ref;
        if (!value_text(&other[k], ev->scratch, &ref))
            continue;
        if (!pred->cased)
            ref = folded(ref, ev->scratch);
        for (size_t i = 0; i < n_members; i++)
            if (value_text(&member[i], ev->scratch, &text) && holds(pred, text, ref))
                return TRUTH_YES;
    }
    return TRUTH_NO;
}
