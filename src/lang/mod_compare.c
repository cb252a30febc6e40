/* SPDX-License-Identifier: Apache-2.0 */
/* gt, gte, lt, lte: numbers, and strings in the log that are exactly one number. */
#include "lang/modifier.h"

static void
mark(struct item *it, enum compare compare)
{
    it->compares = true;
    it->compare = compare;
}

static void
mark_gt(struct item *it)
{
    mark(it, CMP_GT);
}

static void
mark_gte(struct item *it)
{
    mark(it, CMP_GTE);
}

static void
mark_lt(struct item *it)
{
    mark(it, CMP_LT);
}

static void
mark_lte(struct item *it)
{
    mark(it, CMP_LTE);
}

const struct modifier modifier_gt = {
    .help = "the field is a number greater than the value",
    .place = PLACE_COMPARE,
    .takes = TAKES(NUMBER),
    .mark = mark_gt,
};

const struct modifier modifier_gte = {
    .help = "the field is a number greater than the value, or equal",
    .place = PLACE_COMPARE,
    .takes = TAKES(NUMBER),
    .mark = mark_gte,
};

const struct modifier modifier_lt = {
    .help = "the field is a number less than the value",
    .place = PLACE_COMPARE,
    .takes = TAKES(NUMBER),
    .mark = mark_lt,
};

const struct modifier modifier_lte = {
    .help = "the field is a number less than the value, or equal",
    .place = PLACE_COMPARE,
    .takes = TAKES(NUMBER),
    .mark = mark_lte,
};
