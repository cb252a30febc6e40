/* SPDX-License-Identifier: Apache-2.0 */
/* rule_summary.csv: what every rule did, and what it could not use. */
#include "out/cells.h"
#include "out/report.h"

static const struct column columns[] = {
    { "rule_id", COLUMN_TEXT, "id of the rule, else its name, else its title" },
    { "rule_title", COLUMN_TEXT, "title of the rule" },
    { "kind", COLUMN_TEXT, "rule, or the type of the correlation" },
    { "level", COLUMN_TEXT, "informational, low, medium, high or critical" },
    { "hits", COLUMN_COUNT, "events (or inner findings) that matched" },
    { "duplicate_hits", COLUMN_COUNT, "deliveries of an event that was counted already" },
    { "findings", COLUMN_COUNT, "rows of findings.csv" },
    { "entities", COLUMN_COUNT, "distinct entities (or groups) among them" },
    { "skipped_group", COLUMN_COUNT, "hits without a value of a group-by field" },
    { "skipped_value", COLUMN_COUNT, "hits whose value is no number, or whose place is unusable" },
    { "skipped_time", COLUMN_COUNT, "hits without a time" },
    { "regex_limit", COLUMN_COUNT, "times a pattern gave up at its match limit" },
    { "muted", COLUMN_BOOL, "yes: in audit mode, counted but not acted on" },
    { "skipped_reason", COLUMN_TEXT, "why the rule was left out by --skip-bad-rules" },
    { "suppressed", COLUMN_COUNT, "findings that suppressed.csv has instead of findings.csv" },
};

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->rules.n; i++) {
        const struct rule_row *u = &r->rules.v[i];
        table_text(t, u->rule_id);
        table_text(t, u->rule_title);
        table_text(t, u->kind);
        cell_level(t, u->level);
        table_count(t, u->hits);
        table_count(t, u->duplicate_hits);
        table_count(t, u->findings);
        table_count(t, u->entities);
        table_count(t, u->skipped_group);
        table_count(t, u->skipped_value);
        table_count(t, u->skipped_time);
        table_count(t, u->regex_limit);
        table_bool(t, u->muted);
        table_text(t, u->skipped_reason);
        table_count(t, u->suppressed);
        table_end_row(t);
    }
}

const struct report report_rule_summary = {
    .name = "rule_summary",
    .file = "rule_summary.csv",
    .help = "every rule: hits, findings, and what it had to skip",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "rule_title kind level hits duplicate_hits findings entities",
    .rows = rows,
};
