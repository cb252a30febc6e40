/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sheet.h"

#include <csv.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"

#define SHEET_BYTES ((size_t)4 << 30)

struct reading {
    struct sheet *s;
    VEC(struct sv) cells; /* of the current row */
    bool is_ragged;
};

void
sheet_init(struct sheet *s)
{
    *s = (struct sheet){ .arena = ARENA_INIT };
}

void
sheet_fini(struct sheet *s)
{
    vec_fini(&s->rows);
    arena_fini(&s->arena);
}

static void
take_cell(void *text, size_t n, void *ctx)
{
    struct reading *r = ctx;
    vec_push(&r->cells, arena_sv(&r->s->arena, sv_make(text, n)));
}

static void
take_row(int end, void *ctx)
{
    struct reading *r = ctx;
    struct sheet *s = r->s;
    (void)end;
    struct sv *row = ARENA_ARRAY(&s->arena, struct sv, r->cells.n);
    if (r->cells.n != 0)
        memcpy(row, r->cells.v, r->cells.n * sizeof *row);
    if (s->header == NULL) {
        s->header = row;
        s->n_columns = r->cells.n;
    } else if (r->cells.n == s->n_columns) {
        vec_push(&s->rows, row);
    } else {
        r->is_ragged = true;
    }
    r->cells.n = 0;
}

static bool
parse(struct reading *r, struct sv text)
{
    struct csv_parser p;
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_EMPTY_IS_NULL) != 0)
        return false;
    const bool ok =
        csv_parse(&p, text.p, text.n, take_cell, take_row, r) == text.n && csv_fini(&p, take_cell, take_row, r) == 0;
    csv_free(&p);
    return ok;
}

enum err
sheet_read(struct sheet *s, const char *name, struct sv text, struct diags *d)
{
    struct reading r = { .s = s };
    s->name = name;
    const bool ok = parse(&r, text) && !r.is_ragged && s->header != NULL;
    vec_fini(&r.cells);
    if (ok)
        return ERR_OK;
    diag_error(d, SPAN_NONE, "%s is no CSV with a header%s", name,
               r.is_ragged ? ": some rows have more or fewer cells than it" : "");
    return ERR_USAGE;
}

enum err
sheet_read_file(struct sheet *s, const char *path, struct diags *d)
{
    struct buf b = BUF_INIT;
    enum err err = ERR_USAGE;
    if (buf_read_file(&b, path, SHEET_BYTES))
        err = sheet_read(s, path, buf_view(&b), d);
    else
        diag_error(d, SPAN_NONE, "cannot read %s: %s", path, errno != 0 ? strerror(errno) : "it is too large");
    buf_fini(&b);
    return err;
}

size_t
sheet_column(const struct sheet *s, struct sv name)
{
    size_t i = 0;
    while (i < s->n_columns && !sv_eq(s->header[i], name))
        i++;
    return i;
}

struct sv
sheet_cell(const struct sheet *s, size_t row, size_t column)
{
    return column < s->n_columns ? s->rows.v[row][column] : SV("");
}
