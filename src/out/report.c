/* SPDX-License-Identifier: Apache-2.0 */
/* The table of reports, and their publication as one set. A report's digest is made by reading its temporary back, so
 * that it is the digest of what is on the disk and no report has to fit into memory. */
#include "out/report.h"

#include <errno.h>
#include <string.h>

#include "base/atomicfile.h"
#include "base/codec.h"

#define REPORT(id) extern const struct report report_##id;
#include "out/reports.def"
#undef REPORT

const struct report *const reports[] = {
#define REPORT(id) &report_##id,
#include "out/reports.def"
#undef REPORT
};

const size_t n_reports = sizeof reports / sizeof reports[0];

const struct report *
report_find(struct sv name)
{
    for (size_t i = 0; i < n_reports; i++)
        if (sv_eq(name, sv_of(reports[i]->name)) || (reports[i]->file != NULL && sv_eq(name, sv_of(reports[i]->file))))
            return reports[i];
    return NULL;
}

static enum err
cannot_write(const struct report *rep, struct diags *d)
{
    diag_error(d, SPAN_NONE, "cannot write the report '%s': %s", rep->name, strerror(errno != 0 ? errno : EIO));
    return ERR_OUTPUT;
}

enum err
report_write(const struct report *rep, const struct results *r, const struct table_style *style, FILE *to,
             struct diags *d)
{
    if (rep->columns == NULL) {
        errno = 0;
        rep->write(r, to);
        return fflush(to) != 0 || ferror(to) != 0 ? cannot_write(rep, d) : ERR_OK;
    }
    struct table_style own = *style;
    own.brief = rep->brief;
    struct table *t = table_new(&own, to, rep->columns, rep->n_columns);
    rep->rows(r, t);
    return table_finish(t, d);
}

/* Digest of all that was written to a stream, whose position is the end again afterwards. */
static bool
digest_of(FILE *f, char hex[33])
{
    char block[16 * 1024];
    struct digest *digest = digest_new();
    rewind(f);
    for (size_t n; (n = fread(block, 1, sizeof block, f)) != 0;)
        digest_add(digest, block, n);
    digest_hex(digest, hex);
    digest_free(digest);
    return ferror(f) == 0 && fseek(f, 0, SEEK_END) == 0;
}

static enum err
publish_one(struct atomic_set *set, const struct report *rep, struct results *r, const struct table_style *style,
            struct diags *d)
{
    FILE *f = atomic_set_file(set, rep->file, d);
    if (f == NULL)
        return ERR_OUTPUT;
    TRY(report_write(rep, r, style, f, d));
    char hex[33];
    if (!digest_of(f, hex))
        return cannot_write(rep, d);
    vec_push(&r->facts, (struct run_fact){ .name = arena_printf(&r->arena, "reports.%s", rep->name),
                                           .text = arena_sv(&r->arena, sv_of(hex)) });
    return ERR_OK;
}

static enum err
write_all(struct atomic_set *set, struct results *r, const struct table_style *style, const char *folder,
            struct diags *d)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < n_reports && err == ERR_OK; i++) {
        if (reports[i]->file == NULL)
            continue;
        diag_push(d, "making %s in %s; the reports that are there stay as they were", reports[i]->file, folder);
        err = publish_one(set, reports[i], r, style, d);
        diag_pop(d);
    }
    return err == ERR_OK ? atomic_set_prepare(set, d) : err;
}

struct atomic_set *
reports_prepare(struct results *r, const struct table_style *style, const char *folder, struct diags *d)
{
    struct atomic_set *set = atomic_set_open(folder, d);
    if (set != NULL && write_all(set, r, style, folder, d) != ERR_OK) {
        atomic_set_free(set);
        return NULL;
    }
    return set;
}

enum err
reports_publish(struct results *r, const struct table_style *style, const char *folder, struct diags *d)
{
    struct atomic_set *set = reports_prepare(r, style, folder, d);
    if (set == NULL)
        return ERR_OUTPUT;
    const enum err e = atomic_set_publish(set, d);
    atomic_set_free(set);
    return e;
}
