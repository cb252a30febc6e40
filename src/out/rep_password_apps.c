/* SPDX-License-Identifier: Apache-2.0 */
/* password_apps.csv: apps that collect passwords or work through accounts on an assembly line. */
#include "out/apps.h"
#include "out/report.h"

static const struct column columns[] = {
    APPS_COLUMNS_FIRST,
    { "fan_in", COLUMN_NUMBER, "most accounts that came through one source" },
    { "grant_types", COLUMN_TEXT, "how access was granted" },
    { "networks", COLUMN_TEXT, "networks that the accounts came from: address ranges, systems, owners" },
    { "network_classes", COLUMN_TEXT, "residential, hosting, vpn ..." },
    { "bait", COLUMN_TEXT, "bait words in its name or description" },
    APPS_COLUMNS_LAST,
};

static void
own_cells(const struct results *r, const struct subject *s, struct table *t)
{
    static const char *const grant_types[] = { "oauth.grant_type", NULL };
    static const char *const networks[] = { "ip.net", "src_endpoint.asn", "src_endpoint.as_org", "src_endpoint.ip",
                                            NULL };
    static const char *const classes[] = { "src_endpoint.ip_class", NULL };
    static const char *const bait[] = { "name.bait", NULL };
    (void)r;
    apps_cell_greatest(s, t, "value_count(actor.user.uid)");
    apps_cell_said(s, t, grant_types);
    apps_cell_said(s, t, networks);
    apps_cell_said(s, t, classes);
    apps_cell_said(s, t, bait);
}

static void
rows(const struct results *r, struct table *t)
{
    apps_rows(r, t, "password_apps", "password", own_cells);
}

const struct report report_password_apps = {
    .name = "password_apps",
    .file = "password_apps.csv",
    .help = "apps that collect passwords or grow followers for them",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "app_id app_name risk_score fan_in grant_types bait affected_accounts rules",
    .rows = rows,
};
