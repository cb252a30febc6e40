/* SPDX-License-Identifier: Apache-2.0 */
/* number, gt, gte, lt, lte, neq: JSON numbers, and strings that are exactly one; or a part of the date that a member
 * is. */
#include "base/timestamp.h"
#include "match/ops.h"

static bool
compare(double x, enum compare how, double bound)
{
    switch (how) {
    case CMP_EQ:
        return x >= bound && x <= bound;
    case CMP_LT:
        return x < bound;
    case CMP_LTE:
        return x <= bound;
    case CMP_GT:
        return x > bound;
    case CMP_GTE:
        return x >= bound;
    case CMP_NEQ:
        return x < bound || x > bound;
    }
    return false;
}

static int
date_part(struct date_parts d, enum date_part part)
{
    switch (part) {
    case PART_MINUTE:
        return d.minute;
    case PART_HOUR:
        return d.hour;
    case PART_DAY:
        return d.day;
    case PART_WEEK:
        return d.week;
    case PART_MONTH:
        return d.month;
    case PART_YEAR:
        return d.year;
    case PART_NONE:
        break;
    }
    return -1;
}

/* A number in the log is an epoch, told apart by magnitude; so is a string of one. */
static bool
member_part(struct value *member, struct event *ev, enum date_part part, double *x)
{
    struct sv text;
    int64_t us;
    if (!value_text(member, ev->scratch, &text))
        return false;
    if (!(member->kind == VALUE_NUMBER ? time_from_number(text, &us) : time_parse_lenient(text, &us)))
        return false;
    *x = date_part(time_parts(us), part);
    return true;
}

enum truth
op_number(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    size_t n;
    struct value *member = value_members(field, &n);
    for (size_t i = 0; i < n; i++) {
        double x;
        const bool usable = pred->part == PART_NONE ? value_number(&member[i], ev->scratch, &x)
                                                    : member_part(&member[i], ev, pred->part, &x);
        if (usable && compare(x, pred->compare, pred->number))
            return TRUTH_YES;
    }
    return TRUTH_NO;
}
