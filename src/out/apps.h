/* SPDX-License-Identifier: Apache-2.0 */
/* The three family reports about apps are one report with different columns in the middle. */
#ifndef AUTHSIFT_OUT_APPS_H
#define AUTHSIFT_OUT_APPS_H

#include "out/subject.h"
#include "out/table.h"

/* The columns at the start and at the end of each; put them around the family's own. */
#define APPS_COLUMNS_FIRST                                                                                             \
    { "app_id", COLUMN_TEXT, "the app" }, { "app_name", COLUMN_TEXT, "its name" },                                     \
    { "risk_score", COLUMN_NUMBER, "risk of its findings, joined: 100 * (1 - prod(1 - risk/100))" },                   \
    { "level", COLUMN_TEXT, "highest level among its findings" }

#define APPS_COLUMNS_LAST                                                                                              \
    { "affected_accounts", COLUMN_COUNT, "distinct accounts that took part in the findings" },                         \
    { "findings", COLUMN_COUNT, "number of findings" },                                                                \
    { "rules", COLUMN_TEXT, "titles of the rules that fired, joined by '; '" },                                        \
    { "metrics", COLUMN_TEXT, "what each finding measured, as metric=peak" },                                          \
    { "first_seen", COLUMN_TIME, "earliest event behind the findings" },                                               \
    { "last_seen", COLUMN_TIME, "latest event behind the findings" },                                                  \
    { "actions", COLUMN_TEXT, "recommended actions, joined by blanks" },                                               \
    { "finding_ids", COLUMN_TEXT, "rows of findings.csv, joined by blanks" }

/* Writes the cells of the family's own columns. */
typedef void apps_cells(const struct results *r, const struct subject *s, struct table *t);

void apps_rows(const struct results *r, struct table *t, const char *report, const char *family, apps_cells *own);

/* One cell: what the findings say under any of the names, joined by ", " (", ..." at the end if there is more). */
void apps_cell_said(const struct subject *s, struct table *t, const char *const *names);

/* One cell: the greatest value among the findings with this metric ("share", "value_count(actor.user.uid)"); a metric
 * may be followed by its field in parentheses where `metric` has none. Empty if no finding has it. */
void apps_cell_greatest(const struct subject *s, struct table *t, const char *metric);

/* One cell: the ids of the findings, joined by blanks. */
void apps_cell_finding_ids(const struct subject *s, struct table *t);

/* The inventory's row of the subject's app, or NULL. */
const struct app_row *apps_inventory(const struct results *r, const struct subject *s);

#endif
