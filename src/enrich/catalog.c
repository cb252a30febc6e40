/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/catalog.h"

#include <csv.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"

enum { FILE_LIMIT = 64 << 20 };

static bool
read_text(struct catalog *c, const char *datadir, const char *name, struct buf *text, struct sv *path, struct diags *d)
{
    *c = (struct catalog){ 0 };
    arena_init(&c->arena);
    *path = arena_printf(&c->arena, "%s/%s", datadir, name);
    if (buf_read_file(text, path->p, FILE_LIMIT))
        return true;
    diag_error(d, SPAN_NONE, "cannot read %s: %s", path->p, strerror(errno));
    return false;
}

/* Reading one line as a CSV record. */
struct record {
    struct catalog *c;
    size_t n;
};

static void
take_cell(void *text, size_t n, void *ctx)
{
    struct record *r = ctx;
    vec_push(&r->c->cells, arena_sv(&r->c->arena, sv_make(text, n)));
    r->n++;
}

static void
ignore_row(int end, void *ctx)
{
    (void)end;
    (void)ctx;
}

/* Appends the line's cells; their number. */
static size_t
read_record(struct catalog *c, struct csv_parser *parser, struct sv line)
{
    struct record r = { c, 0 };
    csv_parse(parser, line.p, line.n, take_cell, ignore_row, &r);
    csv_fini(parser, take_cell, ignore_row, &r);
    return r.n;
}

static size_t
count_columns(const char *columns)
{
    size_t n = 1;
    for (const char *p = columns; *p != '\0'; p++)
        n += *p == ',';
    return n;
}

bool
catalog_load(struct catalog *c, const char *datadir, const char *name, const char *columns, struct diags *d)
{
    struct buf text = BUF_INIT;
    struct csv_parser parser;
    struct sv path;
    const size_t errors = diags_errors(d);

    if (!read_text(c, datadir, name, &text, &path, d)) {
        buf_fini(&text);
        return false;
    }
    const struct text_file *file = diags_add_text(d, path, buf_view(&text));
    const struct sv content = text_file_content(file);
    struct sv rest = content;
    struct sv line;
    bool has_header = false;
    c->n_columns = count_columns(columns);
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    while (sv_split(&rest, '\n', &line)) {
        const struct span at = { file, (size_t)(line.p - content.p), line.n };
        line = sv_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (!has_header) {
            has_header = true;
            if (!sv_eq(line, sv_of(columns)))
                diag_error(d, at, "the header must be %s", columns);
            continue;
        }
        const size_t before = c->cells.n;
        if (read_record(c, &parser, line) != c->n_columns) {
            diag_error(d, at, "%zu fields instead of %zu", c->cells.n - before, c->n_columns);
            c->cells.n = before;
        } else {
            vec_push(&c->at, at);
        }
    }
    csv_free(&parser);
    buf_fini(&text);
    c->n_rows = c->cells.n / c->n_columns;
    if (!has_header)
        diag_error(d, SPAN_NONE, "%s has no header", path.p);
    return diags_errors(d) == errors;
}

bool
catalog_load_list(struct catalog *c, const char *datadir, const char *name, struct diags *d)
{
    struct buf text = BUF_INIT;
    struct sv path;
    struct sv line;

    if (!read_text(c, datadir, name, &text, &path, d)) {
        buf_fini(&text);
        return false;
    }
    const struct text_file *file = diags_add_text(d, path, buf_view(&text));
    const struct sv content = text_file_content(file);
    struct sv rest = content;
    while (sv_split(&rest, '\n', &line)) {
        line = sv_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        vec_push(&c->cells, arena_sv(&c->arena, line));
        vec_push(&c->at, (struct span){ file, (size_t)(line.p - content.p), line.n });
    }
    c->n_columns = 1;
    c->n_rows = c->cells.n;
    buf_fini(&text);
    return true;
}

void
catalog_fini(struct catalog *c)
{
    vec_fini(&c->cells);
    vec_fini(&c->at);
    arena_fini(&c->arena);
}
