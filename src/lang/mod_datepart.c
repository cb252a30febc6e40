/* SPDX-License-Identifier: Apache-2.0 */
/* minute, hour, day, week, month, year: one part of the field's date, in UTC; weeks are ISO 8601. Compared for
 * equality unless gt, gte, lt, lte follows. */
#include "lang/modifier.h"
#include "lang/show.h"

static const struct {
    double least, most;
} range[] = {
    [PART_MINUTE] = { 0, 59 }, [PART_HOUR] = { 0, 23 },  [PART_DAY] = { 1, 31 },
    [PART_WEEK] = { 1, 53 },   [PART_MONTH] = { 1, 12 }, [PART_YEAR] = { 1, 9999 },
};

static void
mark_minute(struct item *it)
{
    it->part = PART_MINUTE;
}

static void
mark_hour(struct item *it)
{
    it->part = PART_HOUR;
}

static void
mark_day(struct item *it)
{
    it->part = PART_DAY;
}

static void
mark_week(struct item *it)
{
    it->part = PART_WEEK;
}

static void
mark_month(struct item *it)
{
    it->part = PART_MONTH;
}

static void
mark_year(struct item *it)
{
    it->part = PART_YEAR;
}

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    if (o->number < range[it->part].least || o->number > range[it->part].most)
        diag_warning(it->l->d, o->node->span, "no date has the %.*s %.*s (%g to %g)", SV_ARG(it->current->name),
                     SHOW(o->node->text), range[it->part].least, range[it->part].most);
    return modifier_keep(out, o);
}

#define DATE_PART(part, text)                 \
    const struct modifier modifier_##part = { \
        .help = text,                         \
        .place = PLACE_FIRST,                 \
        .takes = TAKES(NUMBER),               \
        .mark = mark_##part,                  \
        .apply = apply,                       \
    }

DATE_PART(minute, "the minute of the field's date, 0 to 59");
DATE_PART(hour, "the hour of the field's date, 0 to 23, UTC");
DATE_PART(day, "the day of the month of the field's date, 1 to 31");
DATE_PART(week, "the ISO week of the field's date, 1 to 53");
DATE_PART(month, "the month of the field's date, 1 to 12");
DATE_PART(year, "the year of the field's date");
