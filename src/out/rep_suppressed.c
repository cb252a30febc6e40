/* SPDX-License-Identifier: Apache-2.0 */
/* suppressed.csv: what findings.csv leaves out, and why; and entries of the list that do nothing. A finding that an
 * expired entry names stands in findings.csv again, and here beside that entry. */
#include "out/cells.h"
#include "out/report.h"
#include "out/suppress.h"

#include <math.h>

#include "base/timestamp.h"

static const struct column columns[] = {
    { "state", COLUMN_TEXT, "suppressed, resolved; expired: the entry no longer counts; unused: it names no finding" },
    { "finding_id", COLUMN_TEXT, "the finding; of an entry that named none, what it says" },
    { "rule_id", COLUMN_TEXT, "id of the rule" },
    { "rule_title", COLUMN_TEXT, "title of the rule" },
    { "level", COLUMN_TEXT, "informational, low, medium, high or critical" },
    { "risk_score", COLUMN_NUMBER, "0 to 100" },
    { "entity_type", COLUMN_TEXT, "what entity_id names" },
    { "entity_id", COLUMN_TEXT, "the entity that the finding is about" },
    { "entity_name", COLUMN_TEXT, "its name" },
    { "first_seen", COLUMN_TIME, "first event of the episode" },
    { "last_seen", COLUMN_TIME, "last event of the episode" },
    { "event_count", COLUMN_COUNT, "distinct events of the episode; 0 without a finding" },
    { "reason", COLUMN_TEXT, "of the entry: why" },
    { "owner", COLUMN_TEXT, "of the entry: who answers for it" },
    { "expires", COLUMN_TEXT, "of the entry: its last day, or never" },
    { "line", COLUMN_COUNT, "of the entry in the file of the suppressed" },
};

static void
put_entry(const struct suppression *e, struct table *t)
{
    table_text(t, e->reason);
    table_text(t, e->owner);
    table_text(t, e->expires);
    table_count(t, e->line);
    table_end_row(t);
}

static void
put_finding(const struct finding *f, struct sv suppressed, struct table *t)
{
    table_text(t, f->suppressed ? suppressed : SV("expired"));
    cell_id(t, f->id);
    table_text(t, f->rule_id);
    table_text(t, f->rule_title);
    cell_level(t, f->level);
    table_number(t, risk_shown(f->risk));
    table_text(t, f->entity_type);
    table_text(t, f->entity_id);
    table_text(t, f->entity_name);
    table_time(t, f->first_seen);
    table_time(t, f->last_seen);
    table_count(t, f->event_count);
    put_entry(f->suppression, t);
}

/* An entry that named no finding, in its own words. */
static void
put_idle(const struct suppression *e, struct table *t)
{
    table_text(t, e->is_expired ? SV("expired") : SV("unused"));
    table_text(t, e->finding_id);
    table_text(t, e->rule_id);
    table_text(t, SV_NONE);
    table_text(t, SV_NONE);
    table_number(t, NAN);
    table_text(t, e->entity_type);
    table_text(t, e->entity_id);
    table_text(t, SV_NONE);
    table_time(t, TIME_NONE);
    table_time(t, TIME_NONE);
    table_count(t, 0);
    put_entry(e, t);
}

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.v[i].suppression != NULL)
            put_finding(&r->findings.v[i], SV("suppressed"), t);
    for (size_t i = 0; i < r->resolved.n; i++)
        if (r->resolved.v[i].suppressed)
            put_finding(&r->resolved.v[i], SV("resolved"), t);
    for (size_t i = 0; r->suppressions != NULL && i < r->suppressions->v.n; i++)
        if (r->suppressions->v.v[i].findings == 0)
            put_idle(&r->suppressions->v.v[i], t);
}

const struct report report_suppressed = {
    .name = "suppressed",
    .file = "suppressed.csv",
    .help = "findings that --suppress leaves out, and entries of that list that do nothing",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "state level rule_title entity_type entity_id reason owner expires",
    .rows = rows,
};
