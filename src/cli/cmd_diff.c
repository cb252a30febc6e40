/* SPDX-License-Identifier: Apache-2.0 */
/* What is between two runs: findings that are new, gone, or have changed, and in which columns. The runs are two
 * reports, or two numbers of a state, whose findings are written as the report would be and then compared as one: what
 * is shown is what an analyst would see side by side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/sheet.h"
#include "cli/terminal.h"
#include "out/pack.h"
#include "out/report.h"
#include "out/table.h"
#include "state/state.h"

static const struct column columns[] = {
    { "change", COLUMN_TEXT, "new, gone or changed" },
    { "finding_id", COLUMN_TEXT, "as in findings.csv, as are the next six" },
    { "rule_id", COLUMN_TEXT, "the rule" },
    { "rule_title", COLUMN_TEXT, "its title" },
    { "level", COLUMN_TEXT, "its level; of the newer run, if both have the finding" },
    { "entity_type", COLUMN_TEXT, "what entity_id names" },
    { "entity_id", COLUMN_TEXT, "the entity" },
    { "entity_name", COLUMN_TEXT, "its name" },
    { "columns", COLUMN_TEXT, "the columns that have changed, joined by blanks" },
    { "was", COLUMN_TEXT, "their values in the older run, as column=value; column=value" },
    { "is", COLUMN_TEXT, "their values in the newer run, in the same form" },
};

/* ---- where runs come from ---- */

struct rows {
    struct results r;
    bool is_damaged;
};

static void
take_finding(void *ctx, const struct state_finding *sf)
{
    struct rows *rows = ctx;
    struct finding f;
    struct reader in = reader_of(arena_sv(&rows->r.arena, sf->row));
    pack_get_finding(&in, &rows->r.arena, &f);
    rows->is_damaged = rows->is_damaged || in.bad || in.p != in.end;
    if (!in.bad)
        vec_push(&rows->r.findings, f);
}

/* The report, as it was. */
static enum err
write_report(const struct results *r, char **text, size_t *n, struct diags *d)
{
    const struct table_style style = { .format = TABLE_CSV, .csv_raw = true };
    FILE *f = open_memstream(text, n);
    if (f == NULL) {
        diag_error(d, SPAN_NONE, "no memory for a report");
        return ERR_OUTPUT;
    }
    const enum err err = report_write(report_find(SV("findings")), r, &style, f, d);
    return fclose(f) == 0 ? err : ERR_OUTPUT;
}

static enum err
read_run(struct state *s, const char *number, struct sheet *sheet, struct diags *d)
{
    struct rows rows = { .is_damaged = false };
    uint64_t run;
    char *text = NULL;
    size_t n = 0;
    if (!number_parse_u64(sv_of(number), &run) || run > INT64_MAX) {
        diag_error(d, SPAN_NONE, "'%s' is no number of a run; 'authsift state runs' shows them", number);
        return ERR_USAGE;
    }
    if (!state_has_run(s, (int64_t)run)) {
        diag_error(d, SPAN_NONE, "the state knows no run %s; 'authsift state runs' shows which there are", number);
        return ERR_USAGE;
    }
    results_init(&rows.r);
    enum err err = state_each_of_run(s, (int64_t)run, take_finding, &rows, d);
    if (err == ERR_OK && rows.is_damaged) {
        diag_error(d, SPAN_NONE, "the state is damaged: a finding of run %s cannot be read", number);
        err = ERR_OUTPUT;
    }
    if (rows.r.findings.n > 1)
        qsort(rows.r.findings.v, rows.r.findings.n, sizeof *rows.r.findings.v, finding_cmp);
    if (err == ERR_OK)
        err = write_report(&rows.r, &text, &n, d);
    if (err == ERR_OK)
        err = sheet_read(sheet, number, sv_make(text, n), d);
    free(text);
    results_fini(&rows.r);
    return err;
}

/* A report, or the folder of a run's reports. */
static enum err
read_file(const char *path, struct sheet *sheet, struct diags *d)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        path = arena_printf(&sheet->arena, "%s/findings.csv", path).p;
    return sheet_read_file(sheet, path, d);
}

/* ---- comparing ---- */

struct comparison {
    const struct sheet *old;
    const struct sheet *new;
    size_t id[2]; /* column of the finding's id */
    struct table *t;
    struct buf names;
    struct buf was;
    struct buf is;
};

static void
put_row(struct comparison *c, const char *change, const struct sheet *s, size_t row)
{
    static const char *const shown[] = { "finding_id",  "rule_id",   "rule_title", "level",
                                         "entity_type", "entity_id", "entity_name" };
    table_text(c->t, sv_of(change));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        table_text(c->t, sheet_cell(s, row, sheet_column(s, sv_of(shown[i]))));
    table_text(c->t, buf_view(&c->names));
    table_text(c->t, buf_view(&c->was));
    table_text(c->t, buf_view(&c->is));
    table_end_row(c->t);
}

static void
reset(struct comparison *c)
{
    buf_reset(&c->names);
    buf_reset(&c->was);
    buf_reset(&c->is);
}

static void
put_pair(struct buf *b, struct sv name, struct sv value)
{
    buf_puts(b, b->n != 0 ? "; " : "");
    buf_sv(b, name);
    buf_putc(b, '=');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == ';' || value.p[i] == '=' || value.p[i] == '\\')
            buf_putc(b, '\\');
        buf_putc(b, value.p[i]);
    }
}

/* What the status says is what this command says itself. */
static void
compare(struct comparison *c, size_t old_row, size_t new_row)
{
    reset(c);
    for (size_t i = 0; i < c->new->n_columns; i++) {
        const struct sv name = c->new->header[i];
        const struct sv was = sheet_cell(c->old, old_row, sheet_column(c->old, name));
        const struct sv is = sheet_cell(c->new, new_row, i);
        if (sv_eq(was, is) || sv_eq(name, SV("status")))
            continue;
        buf_puts(&c->names, c->names.n != 0 ? " " : "");
        buf_sv(&c->names, name);
        put_pair(&c->was, name, was);
        put_pair(&c->is, name, is);
    }
    if (c->names.n != 0)
        put_row(c, "changed", c->new, new_row);
    reset(c);
}

/* Rows of findings that were resolved are not of their run. */
static bool
is_of_run(const struct sheet *s, size_t row)
{
    return !sv_eq(sheet_cell(s, row, sheet_column(s, SV("status"))), SV("resolved"));
}

static void
index_rows(const struct sheet *s, size_t id, struct map *m)
{
    for (size_t i = 0; i < s->rows.n; i++) {
        bool is_new;
        if (is_of_run(s, i))
            map_put(m, sheet_cell(s, i, id), (uint32_t)i, &is_new);
    }
}

/* In the order of the newer report; what is gone stands behind, in that of the older. */
static void
compare_all(struct comparison *c)
{
    struct map old, new;
    map_init(&old);
    map_init(&new);
    index_rows(c->old, c->id[0], &old);
    index_rows(c->new, c->id[1], &new);
    for (size_t i = 0; i < c->new->rows.n; i++) {
        if (!is_of_run(c->new, i))
            continue;
        const struct map_entry *before = map_get(&old, sheet_cell(c->new, i, c->id[1]));
        if (before != NULL)
            compare(c, before->value, i);
        else
            put_row(c, "new", c->new, i);
    }
    for (size_t i = 0; i < c->old->rows.n; i++)
        if (is_of_run(c->old, i) && map_get(&new, sheet_cell(c->old, i, c->id[0])) == NULL)
            put_row(c, "gone", c->old, i);
    map_fini(&old);
    map_fini(&new);
}

static enum err
write_diff(const struct options *o, const struct sheet sheet[2], struct diags *d)
{
    const struct table_style style = {
        .format = o->format, .csv_crlf = o->csv_crlf, .csv_raw = o->csv_raw, .width = terminal_width()
    };
    struct comparison c = { .old = &sheet[0], .new = &sheet[1] };
    for (int i = 0; i < 2; i++) {
        c.id[i] = sheet_column(&sheet[i], SV("finding_id"));
        if (c.id[i] == sheet[i].n_columns) {
            diag_error(d, SPAN_NONE, "%s is no findings.csv: it has no column finding_id", sheet[i].name);
            return ERR_USAGE;
        }
    }
    c.t = table_new(&style, stdout, columns, sizeof columns / sizeof columns[0]);
    compare_all(&c);
    buf_fini(&c.names);
    buf_fini(&c.was);
    buf_fini(&c.is);
    return table_finish(c.t, d);
}

/* ---- the command ---- */

static enum err
read_both(const struct options *o, struct sheet sheet[2], struct diags *d)
{
    struct state *s = NULL;
    enum err err = ERR_OK;
    if (o->state != NULL)
        TRY(state_open(o->state, (struct state_options){ .read_only = true }, &s, d));
    for (int i = 0; i < 2 && err == ERR_OK; i++)
        err = s != NULL ? read_run(s, o->arguments.v[i], &sheet[i], d) : read_file(o->arguments.v[i], &sheet[i], d);
    state_close(s);
    return err;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct sheet sheet[2];
    if (o->arguments.n != 2) {
        diag_error(d, SPAN_NONE, "compare what? two folders of reports or findings.csv, or two runs of --state FILE");
        return ERR_USAGE;
    }
    sheet_init(&sheet[0]);
    sheet_init(&sheet[1]);
    enum err err = read_both(o, sheet, d);
    if (err == ERR_OK)
        err = write_diff(o, sheet, d);
    sheet_fini(&sheet[0]);
    sheet_fini(&sheet[1]);
    return err;
}

const struct command command_diff = {
    .name = "diff",
    .usage = "[options] OLD NEW",
    .help = "Show which findings are new, gone or changed from one run to another",
    .details = "OLD and NEW are folders of reports, or findings.csv files; with --state FILE they are numbers of runs\n"
               "('authsift state runs' shows them). A row of CSV for each finding that is not the same in both.",
    .options = OPTION_BIT(STATE) | OPTION_BIT(FORMAT) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW),
    .run = run,
};
