/* SPDX-License-Identifier: Apache-2.0 */
/* findings.csv: the report of which the others are views. Findings of an audited rule are here too, without actions;
 * what is suppressed stands in suppressed.csv. */
#include "out/cells.h"
#include "out/report.h"

static const struct column columns[] = {
    { "finding_id", COLUMN_TEXT, "stable over reruns: a hash over rule id, group, first_seen and fired_at" },
    { "status", COLUMN_TEXT, "new, continuing or resolved (with --state; else new)" },
    { "rule_id", COLUMN_TEXT, "id of the rule, else its name, else its title" },
    { "rule_title", COLUMN_TEXT, "title of the rule" },
    { "rule_author", COLUMN_TEXT, "author of the rule" },
    { "family", COLUMN_TEXT, "privilege, password, affiliate, session, chain, hygiene, or what the rule says" },
    { "level", COLUMN_TEXT, "informational, low, medium, high or critical" },
    { "risk_score", COLUMN_NUMBER, "0 to 100" },
    { "entity_type", COLUMN_TEXT, "what entity_id names: app, account, session, ip ..." },
    { "entity_id", COLUMN_TEXT, "the entity that the finding is about" },
    { "entity_name", COLUMN_TEXT, "its name" },
    { "account_id", COLUMN_TEXT, "the account, if all events share it" },
    { "app_id", COLUMN_TEXT, "the app, if all events share it" },
    { "app_name", COLUMN_TEXT, "the app's name, if all events share it" },
    { "session_id", COLUMN_TEXT, "the session, if all events share it" },
    { "src_ip", COLUMN_TEXT, "the source address, if all events share it" },
    { "src_country", COLUMN_TEXT, "the source country, if all events share it" },
    { "first_seen", COLUMN_TIME, "first event of the episode" },
    { "fired_at", COLUMN_TIME, "event at which the condition became true" },
    { "last_seen", COLUMN_TIME, "last event of the episode" },
    { "event_count", COLUMN_COUNT, "distinct events of the episode" },
    { "metric", COLUMN_TEXT, "what value and peak are" },
    { "value", COLUMN_NUMBER, "the metric at fired_at" },
    { "peak", COLUMN_NUMBER, "the most extreme value of the episode" },
    { "threshold", COLUMN_TEXT, "the rule's condition" },
    { "group", COLUMN_TEXT, "group-by values, as field=value; field=value" },
    { "evidence", COLUMN_TEXT, "the numbers and names that convinced the rule, in the same form" },
    { "sample_events", COLUMN_TEXT, "file:line of the first four events and the last, joined by blanks" },
    { "actions", COLUMN_TEXT, "recommended actions, joined by blanks" },
};

static void
put_identity(const struct finding *f, struct table *t)
{
    cell_id(t, f->id);
    table_text(t, f->status);
    table_text(t, f->rule_id);
    table_text(t, f->rule_title);
    table_text(t, f->rule_author);
    table_text(t, f->family);
    cell_level(t, f->level);
    table_number(t, risk_shown(f->risk));
}

static void
put_who(const struct finding *f, struct table *t)
{
    table_text(t, f->entity_type);
    table_text(t, f->entity_id);
    table_text(t, f->entity_name);
    table_text(t, f->account_id);
    table_text(t, f->app_id);
    table_text(t, f->app_name);
    table_text(t, f->session_id);
    table_text(t, f->src_ip);
    table_text(t, f->src_country);
}

static void
put_what(const struct finding *f, struct table *t)
{
    table_time(t, f->first_seen);
    table_time(t, f->fired_at);
    table_time(t, f->last_seen);
    table_count(t, f->event_count);
    table_text(t, f->metric);
    table_number(t, f->value);
    table_number(t, f->peak);
    table_text(t, f->threshold);
}

static void
put_samples(const struct finding *f, struct table *t)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < f->n_samples; i++) {
        buf_puts(&b, i != 0 ? " " : "");
        buf_sv(&b, f->samples[i]);
    }
    table_text(t, buf_view(&b));
    buf_fini(&b);
}

/* Of a finding that is resolved nothing is left to do. */
static void
put_finding(const struct finding *f, bool resolved, struct table *t)
{
    put_identity(f, t);
    put_who(f, t);
    put_what(f, t);
    cell_pairs(t, f->group, f->n_group);
    cell_pairs(t, f->evidence, f->n_evidence);
    put_samples(f, t);
    cell_actions(t, f->actions, f->audit || resolved ? 0 : f->n_actions);
    table_end_row(t);
}

/* Both are sorted, and so is what comes of them. */
static void
rows(const struct results *r, struct table *t)
{
    size_t i = 0;
    size_t k = 0;
    while (i < r->findings.n || k < r->resolved.n) {
        const bool resolved = i == r->findings.n ||
                              (k < r->resolved.n && finding_cmp(&r->resolved.v[k], &r->findings.v[i]) < 0);
        const struct finding *f = resolved ? &r->resolved.v[k++] : &r->findings.v[i++];
        if (!f->suppressed)
            put_finding(f, resolved, t);
    }
}

const struct report report_findings = {
    .name = "findings",
    .file = "findings.csv",
    .help = "every finding, the most urgent first",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "level risk_score rule_title entity_type entity_id entity_name first_seen event_count value evidence",
    .rows = rows,
};
