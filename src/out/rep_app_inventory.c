/* SPDX-License-Identifier: Apache-2.0 */
/* app_inventory.csv: every app of the input, as the platform's page of connected apps would show it. */
#include "out/cells.h"
#include "out/report.h"

static const struct column columns[] = {
    { "app_id", COLUMN_TEXT, "the app" },
    { "app_name", COLUMN_TEXT, "its latest name" },
    { "protocol", COLUMN_TEXT, "oauth1a or oauth2" },
    { "permission", COLUMN_TEXT, "highest OAuth 1.0a permission granted" },
    { "can_view", COLUMN_TEXT, "what the app can view, in the platform's words" },
    { "can_do", COLUMN_TEXT, "what the app can do, in the platform's words" },
    { "granted", COLUMN_TEXT, "scopes granted" },
    { "used", COLUMN_TEXT, "scopes that uses prove" },
    { "unused", COLUMN_TEXT, "granted, but not used" },
    { "minimal", COLUMN_TEXT, "the least permission that covers what was used" },
    { "accounts", COLUMN_COUNT, "distinct accounts that granted or used it" },
    { "grants", COLUMN_COUNT, "times that it was granted access" },
    { "revocations", COLUMN_COUNT, "times that its access was taken back" },
    { "uses", COLUMN_COUNT, "uses of its permissions" },
    { "first_seen", COLUMN_TIME, "its first event" },
    { "last_seen", COLUMN_TIME, "its last event" },
    { "findings", COLUMN_COUNT, "findings about it" },
    { "risk_score", COLUMN_NUMBER, "their risk, joined: 100 * (1 - prod(1 - risk/100))" },
};

static void
put_permissions(const struct app_row *a, struct table *t)
{
    table_text(t, a->protocol);
    table_text(t, a->level);
    table_text(t, a->can_view);
    table_text(t, a->can_do);
    table_text(t, a->granted);
    table_text(t, a->used);
    table_text(t, a->unused);
    table_text(t, a->minimal);
}

static void
rows(const struct results *r, struct table *t)
{
    for (size_t i = 0; i < r->apps.n; i++) {
        const struct app_row *a = &r->apps.v[i];
        table_text(t, a->app_id);
        table_text(t, a->app_name);
        put_permissions(a, t);
        table_count(t, a->accounts);
        table_count(t, a->grants);
        table_count(t, a->revocations);
        table_count(t, a->uses);
        table_time(t, a->first_seen);
        table_time(t, a->last_seen);
        table_count(t, a->findings);
        table_number(t, risk_shown(a->risk));
        table_end_row(t);
    }
}

const struct report report_app_inventory = {
    .name = "app_inventory",
    .file = "app_inventory.csv",
    .help = "every app: what it can view and do, who granted it, what it used",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .rows = rows,
};
