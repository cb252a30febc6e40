/* SPDX-License-Identifier: Apache-2.0 */
/* contains, startswith, endswith: a wildcard at both ends, the end, the start, unless there is one already. Chained,
 * startswith|endswith is contains.
 *
 * On a regular expression they stand for `.*` on that side, which changes nothing, because it is searched anywhere in
 * the value; who wrote it may have meant an anchor, hence the warning. On a reference they choose the comparison.
 */
#include "lang/modifier.h"

static void
apply_to_reference(struct operand *o, enum op op)
{
    /* The second of startswith and endswith opens the other side too. */
    o->ref_op = o->ref_op == OP_EQ || o->ref_op == op ? op : OP_CONTAINS;
}

static bool
apply(struct item *it, struct operand *o, struct operands *out, enum op op)
{
    if (o->kind == OPERAND_FIELD) {
        apply_to_reference(o, op);
    } else if (o->kind == OPERAND_STRING) {
        o->pattern = pattern_open(&o->pattern, &it->l->item, op != OP_STARTS, op != OP_ENDS);
        o->raw = false;
    } else if (op != OP_CONTAINS) {
        diag_warning(it->l->d, it->current->at,
                     "'%.*s' changes nothing after 're', which is searched anywhere; anchor it with %s",
                     SV_ARG(it->current->name), op == OP_STARTS ? "^" : "$");
    }
    return modifier_keep(out, o);
}

static bool
apply_contains(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, out, OP_CONTAINS);
}

static bool
apply_startswith(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, out, OP_STARTS);
}

static bool
apply_endswith(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, out, OP_ENDS);
}

#define STRINGS (TAKES(STRING) | TAKES(REGEX) | TAKES(FIELD))

const struct modifier modifier_contains = {
    .help = "the value is somewhere in the field",
    .place = PLACE_MATCH,
    .takes = STRINGS,
    .apply = apply_contains,
};

const struct modifier modifier_startswith = {
    .help = "the field starts with the value",
    .place = PLACE_MATCH,
    .takes = STRINGS,
    .apply = apply_startswith,
};

const struct modifier modifier_endswith = {
    .help = "the field ends with the value",
    .place = PLACE_MATCH,
    .takes = STRINGS,
    .apply = apply_endswith,
};
