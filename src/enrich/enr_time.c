/* SPDX-License-Identifier: Apache-2.0 */
/* time.*: parts of the event's time, in UTC, as fields to group by; and the hour that the sun shows where the event is.
 *
 * A zone's hour would need the zone's history of every country. Mean solar time needs a longitude, is wrong by the same
 * hour or two all year round, and so does for the question what hours somebody keeps. The earth turns a degree in 240
 * seconds. */
#include <math.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"

#define HOUR_PARTS 1000 /* the hour has three decimals */

enum output { OUT_DATE, OUT_HOUR, OUT_WEEKDAY, OUT_LOCAL_HOUR, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_DATE] = { "time.date", "string", "cheap", "day of the event, 2026-11-22" },
    [OUT_HOUR] = { "time.hour", "number", "cheap", "hour of the day, 0 to 23" },
    [OUT_WEEKDAY] = { "time.weekday", "number", "cheap", "day of the week, 1 (Monday) to 7" },
    [OUT_LOCAL_HOUR] = { "time.local_hour", "number", "cheap",
                         "mean solar hour where the event is, 0 to 23.999: UTC and 1/15 of the "
                         "degrees east" },
};
static const char *const inputs[] = { "src_endpoint.location.long", NULL };

struct clock {
    field_id longitude;
};

static void *
time_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    struct clock *c = mem_zalloc(1, sizeof *c);
    (void)o;
    (void)d;
    c->longitude = fields_find(fields, sv_of(inputs[0]));
    return c;
}

static void
time_close(void *ctx)
{
    mem_free(ctx);
}

/* Days since 1970-01-01 (a Thursday), rounded down. */
static int64_t
day_number(int64_t us)
{
    return us / DAY - (us % DAY < 0);
}

static void
derive_local_hour(const struct clock *c, struct event *ev, field_id field)
{
    struct sv text;
    double longitude;
    if (!event_text(ev, c->longitude, &text) || !number_parse(text, &longitude) || !(fabs(longitude) <= 180)) {
        event_set_absent(ev, field);
        return;
    }
    const int64_t us = ev->time - day_number(ev->time) * DAY + (int64_t)llround(longitude * 240 * (double)SECOND);
    const int64_t parts = (us + DAY) % DAY / (HOUR / HOUR_PARTS);
    event_set_number(ev, field, (double)parts / HOUR_PARTS);
}

static void
time_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    if (ev->time == TIME_NONE) {
        event_set_absent(ev, field);
        return;
    }
    if (index == OUT_LOCAL_HOUR) {
        derive_local_hour(ctx, ev, field);
        return;
    }
    const struct date_parts p = time_parts(ev->time);
    if (index == OUT_DATE)
        event_set_text(ev, field, arena_printf(ev->scratch, "%04d-%02d-%02d", p.year, p.month, p.day));
    else if (index == OUT_HOUR)
        event_set_number(ev, field, p.hour);
    else
        event_set_number(ev, field, (double)(((day_number(ev->time) + 3) % 7 + 7) % 7 + 1));
}

const struct enricher enricher_time = {
    .name = "time",
    .help = "parts of the event's time",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = time_open,
    .close = time_close,
    .derive = time_derive,
};
