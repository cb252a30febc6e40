/* SPDX-License-Identifier: Apache-2.0 */
/* A report: one file and one row of reports.def. It reads the results and writes its table, nothing else. */
#ifndef AUTHSIFT_OUT_REPORT_H
#define AUTHSIFT_OUT_REPORT_H

#include "out/results.h"
#include "out/table.h"

struct atomic_set; /* base/atomicfile.h */

struct report {
    const char *name;      /* for --report */
    const char *file;      /* "findings.csv"; NULL: only with --report */
    const char *help;
    const struct column *columns; /* NULL for run.json, which writes itself */
    size_t n_columns;
    const char *brief; /* columns that a narrow screen shows, separated by blanks; NULL: all */
    /* Writes all rows. */
    void (*rows)(const struct results *r, struct table *t);
    /* Instead of columns and rows: writes the file itself. */
    void (*write)(const struct results *r, FILE *to);
};

/* All rows of reports.def. */
extern const struct report *const reports[];
extern const size_t n_reports;

/* NULL if there is none of that name ("findings", "findings.csv"). */
const struct report *report_find(struct sv name);

/* Writes one report. */
enum err report_write(const struct report *rep, const struct results *r, const struct table_style *style, FILE *to,
                      struct diags *d) MUST_CHECK;

/* Writes every report that has a file into `folder`, all or none (base/atomicfile.h). The digests of the others are
 * put into run.json, which is written last. */
enum err reports_publish(struct results *r, const struct table_style *style, const char *folder,
                         struct diags *d) MUST_CHECK;

/* The same up to the last step: every report is written and on the disk, and none is published; atomic_set_publish_if
 * does that. Returns new (atomic_set_free removes what was not published), or NULL with messages. */
struct atomic_set *reports_prepare(struct results *r, const struct table_style *style, const char *folder,
                                   struct diags *d);

#endif
