/* SPDX-License-Identifier: Apache-2.0 */
/* affiliate_apps.csv: apps that post advertisements from their users' accounts, and who is paid for it. */
#include "out/apps.h"
#include "out/report.h"

static const struct column columns[] = {
    APPS_COLUMNS_FIRST,
    { "share", COLUMN_NUMBER, "greatest share of affiliate posts that a finding measured" },
    { "publishers", COLUMN_TEXT, "who is paid, as network:publisher" },
    { "networks", COLUMN_TEXT, "affiliate networks" },
    { "landings", COLUMN_TEXT, "where the links lead" },
    { "shorteners", COLUMN_TEXT, "link shorteners and link-in-bio pages in between" },
    APPS_COLUMNS_LAST,
};

static void
own_cells(const struct results *r, const struct subject *s, struct table *t)
{
    static const char *const publishers[] = { "url.publisher", NULL };
    static const char *const networks[] = { "url.network", NULL };
    static const char *const landings[] = { "url.landing", "url.domain", "url.host", NULL };
    static const char *const shorteners[] = { "url.shortener", "url.bio", NULL };
    (void)r;
    apps_cell_greatest(s, t, "share");
    apps_cell_said(s, t, publishers);
    apps_cell_said(s, t, networks);
    apps_cell_said(s, t, landings);
    apps_cell_said(s, t, shorteners);
}

static void
rows(const struct results *r, struct table *t)
{
    apps_rows(r, t, "affiliate_apps", "affiliate", own_cells);
}

const struct report report_affiliate_apps = {
    .name = "affiliate_apps",
    .file = "affiliate_apps.csv",
    .help = "apps that post affiliate advertisements, and who is paid for them",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "app_id app_name risk_score publishers networks affected_accounts rules",
    .rows = rows,
};
