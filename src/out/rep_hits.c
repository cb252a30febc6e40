/* SPDX-License-Identifier: Apache-2.0 */
/* hits: every event that a rule matched. Only by --report: it may be as long as the input. */
#include "out/report.h"

static const struct column columns[] = {
    { "rule_id", COLUMN_TEXT, "id of the rule, else its name, else its title" },
    { "rule_title", COLUMN_TEXT, "title of the rule" },
    { "file", COLUMN_TEXT, "input file" },
    { "line", COLUMN_COUNT, "line in it" },
    { "time", COLUMN_TIME, "time of the event" },
};

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->hits.n; i++) {
        const struct hit_row *h = &r->hits.v[i];
        table_text(t, h->rule_id);
        table_text(t, h->rule_title);
        table_text(t, h->file);
        table_count(t, h->line);
        table_time(t, h->time);
        table_end_row(t);
    }
}

const struct report report_hits = {
    .name = "hits",
    .file = NULL,
    .help = "every (rule, event) that matched",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .rows = rows,
};
