/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: values become cells, cells go to a dress, bytes go to the stream. The first failed write is remembered and
 * the rest is dropped, so a report needs to look for errors only once, at table_finish. */
#include "out/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "out/dress.h"

static const struct dress *const dresses[] = {
    [TABLE_CSV] = &dress_csv,
    [TABLE_JSONL] = &dress_jsonl,
    [TABLE_TERMINAL] = &dress_terminal,
};

/* Fewer, larger writes: a row is some hundred bytes. */
#define WRITE_AT ((size_t)32 * 1024)

static void
write_out(struct table *t)
{
    if (t->error == 0 && t->line.n != 0) {
        errno = 0;
        if (fwrite(t->line.p, 1, t->line.n, t->to) != t->line.n)
            t->error = errno != 0 ? errno : EIO;
    }
    buf_reset(&t->line);
}

struct table *
table_new(const struct table_style *style, FILE *to, const struct column *columns, size_t n_columns)
{
    struct table *t = mem_zalloc(1, sizeof *t);
    t->dress = dresses[style->format];
    t->style = *style;
    t->to = to;
    t->columns = columns;
    t->n_columns = n_columns;
    t->dress->begin(t);
    return t;
}

static void
put_cell(struct table *t, enum column_type type, struct sv text, bool truth)
{
    assert(t->at < t->n_columns && (t->columns[t->at].type == type || t->columns[t->at].type == COLUMN_ANY));
    t->dress->cell(t, t->at++, (struct cell){ type, text, truth });
}

void
table_text(struct table *t, struct sv text)
{
    put_cell(t, COLUMN_TEXT, text, false);
}

void
table_count(struct table *t, uint64_t n)
{
    char text[24];
    const int length = snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    put_cell(t, COLUMN_COUNT, sv_make(text, (size_t)length), false);
}

void
table_number(struct table *t, double x)
{
    char text[NUMBER_TEXT_MAX];
    const size_t n = number_format(x, text);
    put_cell(t, COLUMN_NUMBER, sv_make(text, n), false);
}

void
table_time(struct table *t, int64_t us)
{
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    put_cell(t, COLUMN_TIME, sv_make(text, n), false);
}

void
table_bool(struct table *t, bool x)
{
    put_cell(t, COLUMN_BOOL, x ? SV("yes") : SV("no"), x);
}

void
table_any(struct table *t, enum column_type type, struct sv text)
{
    assert(t->columns[t->at].type == COLUMN_ANY);
    put_cell(t, type, text, type == COLUMN_BOOL && sv_eq(text, SV("true")));
}

struct sv
table_take(struct table *t)
{
    assert(t->to == NULL && t->at == 0);
    const struct sv rows = buf_view(&t->line);
    buf_reset(&t->line);
    return rows;
}

void
table_end_row(struct table *t)
{
    assert(t->at == t->n_columns);
    t->dress->end_row(t);
    t->at = 0;
    if (t->to != NULL && t->line.n >= WRITE_AT)
        write_out(t);
}

enum err
table_finish(struct table *t, struct diags *d)
{
    assert(t->at == 0);
    t->dress->finish(t);
    if (t->to != NULL)
        write_out(t);
    errno = 0;
    if (t->to != NULL && t->error == 0 && (fflush(t->to) != 0 || ferror(t->to) != 0))
        t->error = errno != 0 ? errno : EIO;
    const int error = t->error;
    buf_fini(&t->line);
    mem_free(t);
    if (error == 0)
        return ERR_OK;
    diag_error(d, SPAN_NONE, "cannot write the report: %s", strerror(error));
    return ERR_OUTPUT;
}

void
text_printable(struct buf *out, struct sv text)
{
    const char *end = sv_end(text);
    for (const char *p = text.p; p != end;)
        utf8_put_visible(out, utf8_next(&p, end));
}
