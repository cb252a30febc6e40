/* SPDX-License-Identifier: Apache-2.0 */
/* all, neq, cased: they say something of the item as a whole and may stand anywhere. */
#include "lang/modifier.h"

static void
mark_all(struct item *it)
{
    it->all = true;
}

static void
mark_neq(struct item *it)
{
    it->neq = true;
}

static void
mark_cased(struct item *it)
{
    it->cased = true;
}

const struct modifier modifier_all = {
    .help = "every value of the list, instead of any",
    .place = PLACE_ANYWHERE,
    .mark = mark_all,
};

const struct modifier modifier_neq = {
    .help = "not: true where the line without it is false, also where the field is missing",
    .place = PLACE_ANYWHERE,
    .mark = mark_neq,
};

const struct modifier modifier_cased = {
    .help = "upper and lower case differ",
    .place = PLACE_ANYWHERE,
    .mark = mark_cased,
};
