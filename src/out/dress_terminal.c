/* SPDX-License-Identifier: Apache-2.0 */
/* An aligned table for people. Rows are kept until the end, because only then the widths are known; but of a table of
 * more than ROWS_KEPT, which nobody reads as a whole, the first ones decide, and the rest is written as it comes.
 *
 * If the table is wider than the screen, only its brief columns are shown. Then the widest column gives
 * way, one column of the screen at a time, and never below WIDTH_MIN (or its heading); a cell that is cut ends in an
 * ellipsis. Columns that still do not fit run over the edge: a number that is missing a digit would be worse.
 */
#include <assert.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/vec.h"
#include "out/dress.h"

#define GAP       2
#define WIDTH_MIN 8
#define ROWS_KEPT 10000u

struct shown {
    struct sv text;
    size_t width;
};

struct screen {
    struct arena arena;
    VEC(struct shown) cells; /* the heading, then the rows; once it is settled, those of one row */
    struct buf text; /* scratch */
    size_t n_rows;
    bool settled;            /* widths do not change any more */
    size_t *width;           /* by column */
    bool *hidden;            /* by column */
};

/* Columns of the screen that a character takes. Not wcwidth: that would depend on the locale. */
static size_t
character_width(uint32_t cp)
{
    static const struct {
        uint32_t first, last;
        size_t width;
    } ranges[] = {
        { 0x0300, 0x036f, 0 },   { 0x0483, 0x0489, 0 },   { 0x0591, 0x05bd, 0 },   { 0x064b, 0x065f, 0 },
        { 0x1100, 0x115f, 2 },   { 0x200b, 0x200f, 0 },   { 0x2060, 0x2064, 0 },   { 0x20d0, 0x20ff, 0 },
        { 0x2e80, 0x303e, 2 },   { 0x3041, 0xa4cf, 2 },   { 0xac00, 0xd7a3, 2 },   { 0xf900, 0xfaff, 2 },
        { 0xfe00, 0xfe0f, 0 },   { 0xfe30, 0xfe6f, 2 },   { 0xfeff, 0xfeff, 0 },   { 0xff00, 0xff60, 2 },
        { 0xffe0, 0xffe6, 2 },   { 0x1f300, 0x1f64f, 2 }, { 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 },
        { 0x20000, 0x3fffd, 2 }, { 0xe0100, 0xe01ef, 0 },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0] && cp >= ranges[i].first; i++)
        if (cp <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

static size_t
text_width(struct sv s)
{
    size_t width = 0;
    for (const char *p = s.p, *end = sv_end(s); p != end;)
        width += character_width(utf8_next(&p, end));
    return width;
}

static void
keep(struct table *t, size_t column, struct sv text)
{
    struct screen *s = t->own;
    buf_reset(&s->text);
    text_printable(&s->text, text);
    const struct shown cell = { arena_sv(&s->arena, buf_view(&s->text)), text_width(buf_view(&s->text)) };
    vec_push(&s->cells, cell);
    if (!s->settled && s->width[column] < cell.width)
        s->width[column] = cell.width;
}

static void
terminal_begin(struct table *t)
{
    struct screen *s = mem_zalloc(1, sizeof *s);
    s->width = mem_zalloc(t->n_columns, sizeof *s->width);
    s->hidden = mem_zalloc(t->n_columns, sizeof *s->hidden);
    t->own = s;
    for (size_t i = 0; i < t->n_columns; i++)
        keep(t, i, sv_of(t->columns[i].name));
}

static void
terminal_cell(struct table *t, size_t column, struct cell c)
{
    keep(t, column, c.text);
}

static size_t
least_width(const struct table *t, size_t column)
{
    const struct screen *s = t->own;
    const size_t heading = s->cells.v[column].width;
    if (t->columns[column].type != COLUMN_TEXT)
        return s->width[column];
    return heading > WIDTH_MIN ? heading : WIDTH_MIN;
}

/* The widest column that can give way; n_columns if there is none. */
static size_t
widest_column(const struct table *t)
{
    const struct screen *s = t->own;
    size_t best = t->n_columns;
    for (size_t i = 0; i < t->n_columns; i++)
        if (!s->hidden[i] && s->width[i] > least_width(t, i) && (best == t->n_columns || s->width[i] > s->width[best]))
            best = i;
    return best;
}

static size_t
total_width(const struct table *t)
{
    const struct screen *s = t->own;
    size_t total = 0;
    for (size_t i = 0; i < t->n_columns; i++)
        if (!s->hidden[i])
            total += s->width[i] + (total != 0 ? GAP : 0);
    return total;
}

static bool
is_brief(const struct table *t, const char *name)
{
    struct sv rest = sv_of(t->style.brief);
    struct sv one;
    while (sv_split(&rest, ' ', &one))
        if (sv_eq(one, sv_of(name)))
            return true;
    return false;
}

static void
hide_details(struct table *t)
{
    struct screen *s = t->own;
    for (size_t i = 0; t->style.brief != NULL && i < t->n_columns; i++)
        s->hidden[i] = !is_brief(t, t->columns[i].name);
}

static void
fit_widths(struct table *t)
{
    struct screen *s = t->own;
    if (t->style.width == 0)
        return;
    if (total_width(t) > t->style.width)
        hide_details(t);
    for (size_t total = total_width(t); total > t->style.width; total--) {
        const size_t i = widest_column(t);
        if (i == t->n_columns)
            break;
        s->width[i]--;
    }
}

static void
put_blanks(struct buf *b, size_t n)
{
    while (n-- > 0)
        buf_putc(b, ' ');
}

/* The first characters of a text that leave room for an ellipsis. Returns the width that was written. */
static size_t
put_cut(struct buf *b, struct sv text, size_t room)
{
    size_t width = 0;
    const char *end = sv_end(text);
    for (const char *p = text.p; p != end;) {
        const uint32_t cp = utf8_next(&p, end);
        if (width + character_width(cp) > room - 1)
            break;
        width += character_width(cp);
        utf8_put(b, cp);
    }
    utf8_put(b, 0x2026);
    return width + 1;
}

static bool
is_text(const struct table *t, size_t column)
{
    return t->columns[column].type == COLUMN_TEXT || t->columns[column].type == COLUMN_ANY;
}

static void
put_shown(struct table *t, size_t column, struct shown cell)
{
    const struct screen *s = t->own;
    const size_t room = s->width[column];
    const bool right = t->columns[column].type == COLUMN_COUNT || t->columns[column].type == COLUMN_NUMBER;
    if (right && cell.width < room)
        put_blanks(&t->line, room - cell.width);
    size_t width = cell.width;
    if (width > room && is_text(t, column))
        width = put_cut(&t->line, cell.text, room);
    else
        buf_sv(&t->line, cell.text);
    if (column + 1 < t->n_columns)
        put_blanks(&t->line, GAP + (right || width > room ? 0 : room - width));
}

/* Writes what is kept, and forgets it. */
static void
put_rows(struct table *t)
{
    struct screen *s = t->own;
    for (size_t i = 0; i < s->cells.n; i++) {
        const size_t column = i % t->n_columns;
        if (!s->hidden[column])
            put_shown(t, column, s->cells.v[i]);
        if (column + 1 < t->n_columns)
            continue;
        while (t->line.n != 0 && t->line.p[t->line.n - 1] == ' ')
            t->line.n--;
        buf_putc(&t->line, '\n');
    }
    s->cells.n = 0;
    arena_reset(&s->arena);
}

static void
terminal_end_row(struct table *t)
{
    struct screen *s = t->own;
    if (++s->n_rows < ROWS_KEPT)
        return;
    if (!s->settled)
        fit_widths(t);
    s->settled = true;
    put_rows(t);
}

static void
terminal_finish(struct table *t)
{
    struct screen *s = t->own;
    if (!s->settled)
        fit_widths(t);
    put_rows(t);
    vec_fini(&s->cells);
    buf_fini(&s->text);
    mem_free(s->width);
    mem_free(s->hidden);
    arena_fini(&s->arena);
    mem_free(s);
}

const struct dress dress_terminal = { terminal_begin, terminal_cell, terminal_end_row, terminal_finish };
