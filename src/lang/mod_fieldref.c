/* SPDX-License-Identifier: Apache-2.0 */
/* fieldref: the value names another field of the same event. startswith, endswith and contains after it choose the
 * comparison. */
#include "lang/modifier.h"

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    struct sv name;

    if (it->field.n == 0) {
        diag_error(it->l->d, it->current->at, "'fieldref' needs a field to compare with");
        return false;
    }
    if (!modifier_literal(it, o, &name))
        return false;
    if (name.n == 0) {
        diag_error(it->l->d, o->node->span, "'fieldref' needs the name of a field");
        return false;
    }
    if (!item_check_field(it->l, name, o->node->span))
        return false;
    o->kind = OPERAND_FIELD;
    o->text = name;
    o->ref_op = OP_EQ;
    return modifier_keep(out, o);
}

const struct modifier modifier_fieldref = {
    .help = "the value is the name of another field, which is compared",
    .place = PLACE_FIRST,
    .takes = TAKES(STRING),
    .apply = apply,
};
