/* SPDX-License-Identifier: Apache-2.0 */
/* Each worker dresses the rows of its block in a table of its own and hands the bytes to the writer, which puts them in
 * order. A table for the screen needs all rows to know its widths: there, packed rows go through the writer, and the
 * one table is at its end. */
#include "query/rows.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "query/sorter.h"
#include "query/writer.h"

struct rows {
    const struct query *q;
    const struct inputs *in;
    const struct query_output *out;
    bool packed; /* rows are datums, for one table at the end */
    bool framed;
    struct writer *writer;
    struct table *screen; /* if packed */
    int error;            /* errno of the first failed write; under the writer's lock */
};

/* A worker's. */
struct row_maker {
    struct rows *rows;
    struct table *table; /* NULL: raw or packed */
    struct buf row;
    struct buf piece;
    uint64_t n; /* rows of this block */
    uint32_t file;
    uint64_t block;
};

enum err
rows_cannot_write(FILE *to, int error, struct diags *d)
{
    clearerr(to);
    if (error != EPIPE)
        diag_error(d, SPAN_NONE, "cannot write the answer: %s", strerror(error != 0 ? error : EIO));
    return ERR_OUTPUT;
}

/* ---- a row ---- */

static void
put_raw(struct row_maker *m, struct sv record)
{
    struct buf *to = m->rows->framed ? &m->row : &m->piece;
    if (m->rows->out->printable)
        text_printable(to, record);
    else
        buf_sv(to, record);
    buf_putc(to, '\n');
}

static void
put_packed(struct row_maker *m, struct event *ev)
{
    const struct query *q = m->rows->q;
    for (size_t i = 0; i < q->n_asked; i++) {
        const struct datum d = asked_value(&q->asked[i], ev, m->rows->in, false);
        datum_put(&m->row, &d);
    }
}

static void
put_dressed(struct row_maker *m, struct event *ev)
{
    const struct query *q = m->rows->q;
    const bool json = m->rows->out->style.format == TABLE_JSONL;
    for (size_t i = 0; i < q->n_asked; i++) {
        const struct datum d = asked_value(&q->asked[i], ev, m->rows->in, json);
        datum_cell(m->table, &d);
    }
    table_end_row(m->table);
    if (m->rows->framed)
        buf_sv(&m->row, table_take(m->table));
}

static void
rows_event(void *ctx, void *state, struct event *ev)
{
    struct row_maker *m = state;
    (void)ctx;
    if (m->n++ >= m->rows->q->limit)
        return;
    buf_reset(&m->row);
    if (m->rows->q->raw)
        put_raw(m, ev->raw);
    else if (m->rows->packed)
        put_packed(m, ev);
    else
        put_dressed(m, ev);
    if (m->rows->framed)
        writer_frame(&m->piece, buf_view(&m->row));
}

/* ---- a block ---- */

static void *
rows_open(void *ctx, unsigned worker)
{
    struct rows *rows = ctx;
    struct row_maker *m = mem_zalloc(1, sizeof *m);
    (void)worker;
    m->rows = rows;
    if (!rows->q->raw && !rows->packed) {
        m->table = table_new(&rows->out->style, NULL, rows->q->column, rows->q->n_columns);
        (void)table_take(m->table); /* the header is not a worker's */
    }
    return m;
}

static void
rows_close(void *ctx, void *state)
{
    struct row_maker *m = state;
    (void)ctx;
    if (m->table != NULL) {
        const enum err none = table_finish(m->table, NULL);
        (void)none;
    }
    buf_fini(&m->row);
    buf_fini(&m->piece);
    mem_free(m);
}

static bool
rows_block_start(void *ctx, void *state, const struct block *b)
{
    struct row_maker *m = state;
    (void)ctx;
    m->file = b->file;
    m->block = b->number;
    m->n = 0;
    buf_reset(&m->piece);
    return true;
}

static bool
rows_block_end(void *ctx, void *state, struct tap *tap)
{
    struct rows *rows = ctx;
    struct row_maker *m = state;
    struct sv piece = buf_view(&m->piece);
    if (m->table != NULL && !rows->framed)
        piece = table_take(m->table);
    return writer_block(rows->writer, m->file, m->block, piece, tap);
}

/* ---- the end of the writer ---- */

static bool
write_bytes(void *ctx, struct sv bytes)
{
    struct rows *rows = ctx;
    errno = 0;
    if (fwrite(bytes.p, 1, bytes.n, rows->out->to) == bytes.n && (rows->framed || fflush(rows->out->to) == 0))
        return true;
    rows->error = errno != 0 ? errno : EIO;
    return false;
}

static bool
show_row(void *ctx, struct sv bytes)
{
    struct rows *rows = ctx;
    struct reader r = reader_of(bytes);
    for (size_t i = 0; i < rows->q->n_columns; i++) {
        const struct datum d = datum_get(&r);
        datum_cell(rows->screen, &d);
    }
    table_end_row(rows->screen);
    return true;
}

/* CSV has a header even if it has no row. */
static void
write_header(struct rows *rows)
{
    if (rows->q->raw || rows->packed)
        return;
    struct table *t = table_new(&rows->out->style, NULL, rows->q->column, rows->q->n_columns);
    const struct sv header = table_take(t);
    errno = 0;
    if (header.n != 0 && fwrite(header.p, 1, header.n, rows->out->to) != header.n)
        rows->error = errno != 0 ? errno : EIO;
    const enum err none = table_finish(t, NULL);
    (void)none;
}

static enum err
finish(struct rows *rows, struct diags *d)
{
    enum err err = writer_finish(rows->writer, d);
    writer_free(rows->writer);
    if (rows->screen != NULL) {
        const enum err shown = table_finish(rows->screen, d);
        err = err != ERR_OK ? err : shown;
    }
    errno = 0;
    if (rows->error == 0 && fflush(rows->out->to) != 0)
        rows->error = errno != 0 ? errno : EIO;
    return rows->error != 0 ? rows_cannot_write(rows->out->to, rows->error, d) : err;
}

enum err
rows_run(const struct query *q, const struct plan *plan, const struct inputs *in, const struct query_output *out,
         struct health_totals *totals, struct diags *d)
{
    struct rows rows = {
        .q = q,
        .in = in,
        .out = out,
        .packed = !q->raw && out->style.format == TABLE_TERMINAL,
    };
    rows.framed = rows.packed || q->limit != UINT64_MAX;
    rows.writer = writer_new(inputs_count(in), rows.framed, q->limit, (size_t)(out->memory / 4), out->tmpdir,
                             rows.packed ? show_row : write_bytes, &rows);
    const struct sink sink = {
        .ctx = &rows,
        .open = rows_open,
        .close = rows_close,
        .block_start = rows_block_start,
        .event = rows_event,
        .block_end = rows_block_end,
    };
    if (rows.packed)
        rows.screen = table_new(&out->style, out->to, q->column, q->n_columns);
    write_header(&rows);
    const enum err run = run_events(plan, in, &sink, NULL, totals, d);
    const enum err written = finish(&rows, d);
    return written != ERR_OK ? written : run;
}

/* ---- sorted ---- */

struct sorting {
    const struct query *q;
    const struct inputs *in;
    struct sorter *sorter;
};

struct sort_maker {
    struct sorter_lane *lane;
    struct buf key;
    struct buf row;
};

static void *
sort_open(void *ctx, unsigned worker)
{
    struct sorting *s = ctx;
    struct sort_maker *m = mem_zalloc(1, sizeof *m);
    m->lane = sorter_lane(s->sorter, worker);
    return m;
}

static void
sort_close(void *ctx, void *state)
{
    struct sort_maker *m = state;
    (void)ctx;
    buf_fini(&m->key);
    buf_fini(&m->row);
    mem_free(m);
}

static bool
sort_block_start(void *ctx, void *state, const struct block *b)
{
    (void)ctx;
    (void)state;
    (void)b;
    return true;
}

static bool
sort_block_end(void *ctx, void *state, struct tap *tap)
{
    struct sort_maker *m = state;
    (void)ctx;
    (void)tap;
    return sorter_good(m->lane);
}

static void
put_number_key(struct buf *b, uint64_t x)
{
    for (int i = 0; i < 8; i++)
        buf_putc(b, (char)(unsigned char)(x >> (56 - 8 * i)));
}

static void
sort_event(void *ctx, void *state, struct event *ev)
{
    const struct sorting *s = ctx;
    struct sort_maker *m = state;
    const struct query *q = s->q;
    struct datum *d = arena_alloc(ev->scratch, (q->n_asked + 1) * sizeof *d);
    buf_reset(&m->key);
    buf_reset(&m->row);
    for (size_t i = 0; i < q->n_asked; i++) {
        d[i] = asked_value(&q->asked[i], ev, s->in, sorter_json(m->lane));
        datum_put(&m->row, &d[i]);
    }
    for (size_t i = 0; i < q->sort.n; i++)
        datum_sortkey(&m->key, &d[q->sort.v[i].column], q->sort.v[i].down);
    put_number_key(&m->key, ev->at.file);
    put_number_key(&m->key, ev->at.line);
    sorter_add(m->lane, buf_view(&m->key), buf_view(&m->row));
}

enum err
rows_run_sorted(const struct query *q, const struct plan *plan, const struct inputs *in, const struct query_output *out,
                struct health_totals *totals, struct diags *d)
{
    struct sorting s = { .q = q, .in = in, .sorter = sorter_new(q, out, plan->options->n_workers) };
    const struct sink sink = {
        .ctx = &s,
        .open = sort_open,
        .close = sort_close,
        .block_start = sort_block_start,
        .event = sort_event,
        .block_end = sort_block_end,
    };
    const enum err run = run_events(plan, in, &sink, NULL, totals, d);
    const enum err written = sorter_write(s.sorter, d);
    sorter_free(s.sorter);
    return written != ERR_OK ? written : run;
}
