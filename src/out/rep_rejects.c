/* SPDX-License-Identifier: Apache-2.0 */
/* rejects.csv: every line that could not become an event. Its text is made printable here and not left to the table,
 * which --csv-raw would let write any byte: a reject is quoted for people, it is no data. */
#include "base/buf.h"
#include "out/report.h"

static const struct column columns[] = {
    { "file", COLUMN_TEXT, "input file" },
    { "line", COLUMN_COUNT, "line in it" },
    { "offset", COLUMN_COUNT, "byte offset of the record after decompression" },
    { "reason", COLUMN_TEXT, "why it is no event" },
    { "text", COLUMN_TEXT, "its first 200 bytes, made printable" },
};

static void
rows(const struct results *r, struct table *t)
{
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < r->rejects.n; i++) {
        const struct reject_row *j = &r->rejects.v[i];
        table_text(t, j->file);
        table_count(t, j->line);
        table_count(t, j->offset);
        table_text(t, j->reason);
        buf_reset(&text);
        text_printable(&text, j->text);
        table_text(t, buf_view(&text));
        table_end_row(t);
    }
    buf_fini(&text);
}

const struct report report_rejects = {
    .name = "rejects",
    .file = "rejects.csv",
    .help = "every rejected line: where, why, and its beginning",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .rows = rows,
};
