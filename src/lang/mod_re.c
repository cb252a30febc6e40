/* SPDX-License-Identifier: Apache-2.0 */
/* re, and its options i, m, s. The value is the pattern, verbatim; predicate.c compiles it once its options are
 * known. */
#include "lang/modifier.h"

static bool
apply_re(struct item *it, struct operand *o, struct operands *out)
{
    (void)it;
    o->kind = OPERAND_REGEX;
    o->text = o->node->text;
    o->flags = 0;
    return modifier_keep(out, o);
}

static bool
apply_i(struct item *it, struct operand *o, struct operands *out)
{
    (void)it;
    o->flags |= REGEX_FOLD;
    return modifier_keep(out, o);
}

static bool
apply_m(struct item *it, struct operand *o, struct operands *out)
{
    (void)it;
    o->flags |= REGEX_MULTILINE;
    return modifier_keep(out, o);
}

static bool
apply_s(struct item *it, struct operand *o, struct operands *out)
{
    (void)it;
    o->flags |= REGEX_DOTALL;
    return modifier_keep(out, o);
}

const struct modifier modifier_re = {
    .help = "the value is a regular expression, found anywhere in the field, case-sensitive",
    .place = PLACE_FIRST,
    .takes = TAKES(STRING),
    .apply = apply_re,
};

const struct modifier modifier_i = {
    .alias = "ignorecase",
    .help = "after re: upper and lower case are the same",
    .place = PLACE_OPTION,
    .takes = TAKES(REGEX),
    .apply = apply_i,
};

const struct modifier modifier_m = {
    .alias = "multiline",
    .help = "after re: ^ and $ also match at line breaks",
    .place = PLACE_OPTION,
    .takes = TAKES(REGEX),
    .apply = apply_m,
};

const struct modifier modifier_s = {
    .alias = "dotall",
    .help = "after re: . also matches a line break",
    .place = PLACE_OPTION,
    .takes = TAKES(REGEX),
    .apply = apply_s,
};
