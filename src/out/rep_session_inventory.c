/* SPDX-License-Identifier: Apache-2.0 */
/* session_inventory.csv: the sessions of every account with a finding, as the platform's page of sessions would show
 * them. */
#include "out/report.h"

static const struct column columns[] = {
    { "account_id", COLUMN_TEXT, "an account with a finding" },
    { "session_id", COLUMN_TEXT, "one of its sessions" },
    { "country", COLUMN_TEXT, "country of the log-in, else of the first event" },
    { "city", COLUMN_TEXT, "city of the same event" },
    { "ip", COLUMN_TEXT, "address of the same event" },
    { "device", COLUMN_TEXT, "device" },
    { "user_agent", COLUMN_TEXT, "browser or program" },
    { "login", COLUMN_TIME, "time of the log-in, if the log holds it" },
    { "first_seen", COLUMN_TIME, "first event of the session" },
    { "last_seen", COLUMN_TIME, "last use of the session" },
    { "active", COLUMN_BOOL, "yes: no log-out was seen" },
    { "ended", COLUMN_TIME, "when it was logged out" },
    { "events", COLUMN_COUNT, "events of the session" },
    { "findings", COLUMN_COUNT, "findings that name the session" },
    { "actions", COLUMN_TEXT, "what to do, joined by blanks" },
};

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->sessions.n; i++) {
        const struct session_row *s = &r->sessions.v[i];
        table_text(t, s->account_id);
        table_text(t, s->session_id);
        table_text(t, s->country);
        table_text(t, s->city);
        table_text(t, s->ip);
        table_text(t, s->device);
        table_text(t, s->user_agent);
        table_time(t, s->login);
        table_time(t, s->first_seen);
        table_time(t, s->last_seen);
        table_bool(t, s->ended == INT64_MIN);
        table_time(t, s->ended);
        table_count(t, s->events);
        table_count(t, s->findings);
        table_text(t, s->action);
        table_end_row(t);
    }
}

const struct report report_session_inventory = {
    .name = "session_inventory",
    .file = "session_inventory.csv",
    .help = "sessions of the accounts with findings: where, when, still active, what to do",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .rows = rows,
};
