/* SPDX-License-Identifier: Apache-2.0 */
/* overprivileged_apps.csv: what an app was given, what it used, and the least that it could run with. From the
 * inventory of the input; if the run kept none, from what the findings say. */
#include "out/apps.h"
#include "out/report.h"

static const struct column columns[] = {
    APPS_COLUMNS_FIRST,
    { "protocol", COLUMN_TEXT, "oauth1a or oauth2" },
    { "permission", COLUMN_TEXT, "highest OAuth 1.0a permission granted" },
    { "granted", COLUMN_TEXT, "scopes granted" },
    { "used", COLUMN_TEXT, "scopes that uses prove" },
    { "unused", COLUMN_TEXT, "granted, but not used" },
    { "minimal", COLUMN_TEXT, "the least permission that covers what was used" },
    { "can_view", COLUMN_TEXT, "what the app can view, in the platform's words" },
    { "can_do", COLUMN_TEXT, "what the app can do, in the platform's words" },
    { "accounts", COLUMN_COUNT, "accounts that granted or used the app" },
    APPS_COLUMNS_LAST,
};

/* The inventory's text, else what the findings say under that name or as the field. */
static void
put_known(const struct subject *s, struct table *t, const struct app_row *app, struct sv text, const char *name,
          const char *field)
{
    const char *const names[] = { name, field, NULL };
    if (app != NULL && text.n != 0)
        table_text(t, text);
    else
        apps_cell_said(s, t, names);
}

static void
own_cells(const struct results *r, const struct subject *s, struct table *t)
{
    static const struct app_row none;
    const struct app_row *app = apps_inventory(r, s);
    const struct app_row *a = app != NULL ? app : &none;
    put_known(s, t, app, a->protocol, "protocol", "oauth.protocol");
    put_known(s, t, app, a->level, "level", "oauth.level");
    put_known(s, t, app, a->granted, "granted", "oauth.granted");
    if (app != NULL)
        table_text(t, a->used); /* nothing used is a fact here, not a gap */
    else
        put_known(s, t, app, SV_NONE, "used", "oauth.needs");
    put_known(s, t, app, a->unused, "unused", NULL);
    put_known(s, t, app, a->minimal, "minimal", NULL);
    put_known(s, t, app, a->can_view, "can_view", "oauth.can_view");
    put_known(s, t, app, a->can_do, "can_do", "oauth.can_do");
    table_count(t, app != NULL ? a->accounts : s->accounts.n);
}

static void
rows(const struct results *r, struct table *t)
{
    apps_rows(r, t, "overprivileged_apps", "privilege", own_cells);
}

const struct report report_overprivileged_apps = {
    .name = "overprivileged_apps",
    .file = "overprivileged_apps.csv",
    .help = "apps that can do more than they do, with the permission that would be enough",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "app_id app_name risk_score granted unused minimal accounts rules",
    .rows = rows,
};
