/* SPDX-License-Identifier: Apache-2.0 */
/* input_health.csv: counts that add up, file by file: lines = events + rejects + blank. */
#include "out/report.h"

static const struct column columns[] = {
    { "file", COLUMN_TEXT, "input file" },
    { "source", COLUMN_TEXT, "its source definition" },
    { "format", COLUMN_TEXT, "its log format" },
    { "compression", COLUMN_TEXT, "gzip, zstd or none" },
    { "reason", COLUMN_TEXT, "empty: the file's own counts; else why lines were rejected, or what is wrong with it" },
    { "bytes", COLUMN_COUNT, "bytes after decompression" },
    { "lines", COLUMN_COUNT, "records: events, rejects and blank lines" },
    { "blank", COLUMN_COUNT, "blank lines" },
    { "events", COLUMN_COUNT, "events" },
    { "out_of_range", COLUMN_COUNT, "of the events: outside --since and --until, too late, or counted before" },
    { "rejects", COLUMN_COUNT, "rejected lines (in a reason's row: for this reason)" },
};

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->health.n; i++) {
        const struct health_row *h = &r->health.v[i];
        table_text(t, h->file);
        table_text(t, h->source);
        table_text(t, h->format);
        table_text(t, h->compression);
        table_text(t, h->reason);
        table_count(t, h->bytes);
        table_count(t, h->lines);
        table_count(t, h->blank);
        table_count(t, h->events);
        table_count(t, h->out_of_range);
        table_count(t, h->rejects);
        table_end_row(t);
    }
}

const struct report report_input_health = {
    .name = "input_health",
    .file = "input_health.csv",
    .help = "every input file: lines, events, rejects and why",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .rows = rows,
};
