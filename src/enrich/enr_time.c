/* SPDX-License-Identifier: Apache-2.0 */
/* time.*: parts of the event's time, in UTC, as fields to group by. */
#include "base/mem.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"

enum output { OUT_DATE, OUT_HOUR, OUT_WEEKDAY, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_DATE] = { "time.date", "string", "cheap", "day of the event, 2026-11-22" },
    [OUT_HOUR] = { "time.hour", "number", "cheap", "hour of the day, 0 to 23" },
    [OUT_WEEKDAY] = { "time.weekday", "number", "cheap", "day of the week, 1 (Monday) to 7" },
};
static const char *const inputs[] = { NULL };

static void *
time_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    (void)fields;
    (void)o;
    (void)d;
    return mem_zalloc(1, 1);
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
time_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    (void)ctx;
    if (ev->time == TIME_NONE) {
        event_set_absent(ev, field);
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
