/* SPDX-License-Identifier: Apache-2.0 */
/* exists: the presence of the field, whatever its value. A null that is there exists. */
#include "lang/modifier.h"

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    if (it->field.n == 0) {
        diag_error(it->l->d, it->current->at, "'exists' needs a field");
        return false;
    }
    if (it->operands.n > 1) {
        if (o == it->operands.v)
            diag_error(it->l->d, it->key->span, "'exists' takes one value, true or false");
        return false;
    }
    o->kind = OPERAND_EXISTS;
    return modifier_keep(out, o);
}

const struct modifier modifier_exists = {
    .help = "true: the field is there, even if null; false: it is absent",
    .place = PLACE_ALONE,
    .takes = TAKES(BOOLEAN),
    .apply = apply,
};
