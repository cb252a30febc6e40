/* SPDX-License-Identifier: Apache-2.0 */
/* CSV by RFC 4180, safe to open in a spreadsheet (domain.md 7.4).
 *
 * Names in logs belong to attackers, and a spreadsheet runs a cell that begins with = + - @. Text cells (never
 * numbers and times) that begin so, also behind blanks or invisible characters, get a quote mark in front. Control
 * characters become visible escapes, newlines too, so a row is always one line; the mark is nevertheless also put
 * behind an escaped newline: whoever turns the escape back must not get a formula.
 */
#include "base/codec.h"
#include "out/dress.h"

/* Blank or invisible: what a spreadsheet may skip before it looks for a formula. */
static bool
is_skipped(uint32_t cp)
{
    return cp == ' ' || cp == 0xa0 || cp == 0xad || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200f) || cp == 0x202f
           || (cp >= 0x205f && cp <= 0x2064) || cp == 0x3000 || cp == 0xfeff;
}

static bool
starts_formula(uint32_t cp)
{
    return cp == '=' || cp == '+' || cp == '-' || cp == '@' || cp == '\t' || cp == '\r' || cp == 0xff1d || cp == 0xff0b
           || cp == 0xff0d || cp == 0xff20;
}

/* Does the line that starts at p look like a formula? */
static bool
is_formula(const char *p, const char *end)
{
    while (p != end) {
        const uint32_t cp = utf8_next(&p, end);
        if (!is_skipped(cp))
            return starts_formula(cp);
    }
    return false;
}

void
csv_put_safe(struct buf *b, struct sv text)
{
    const char *end = sv_end(text);
    bool line_start = true;
    for (const char *p = text.p; p != end;) {
        if (line_start && is_formula(p, end))
            buf_putc(b, '\'');
        const uint32_t cp = utf8_next(&p, end);
        utf8_put_visible(b, cp);
        line_start = cp == '\n' || cp == '\r';
    }
}

/* Blanks at the ends are part of the field, but readers are known to drop them from fields without quotes. */
static bool
needs_quotes(struct sv s)
{
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    const char first = s.p[0];
    const char last = s.p[s.n - 1];
    return first == ' ' || first == '\t' || last == ' ' || last == '\t';
}

/* Puts quotes around the field that starts at `start`, if it needs them. */
static void
quote_field(struct buf *b, size_t start)
{
    const struct sv field = sv_make(b->p + start, b->n - start);
    if (!needs_quotes(field))
        return;
    size_t marks = 0;
    for (size_t i = 0; i < field.n; i++)
        marks += field.p[i] == '"';
    buf_grow(b, marks + 2);
    char *to = b->p + b->n + marks + 2;
    *--to = '"';
    for (const char *from = b->p + b->n; from != b->p + start;) {
        *--to = *--from;
        if (*from == '"')
            *--to = '"';
    }
    *--to = '"';
    b->n += marks + 2;
}

static void
csv_cell(struct table *t, size_t column, struct cell c)
{
    if (column != 0)
        buf_putc(&t->line, ',');
    const size_t start = t->line.n;
    const bool is_text = c.type == COLUMN_TEXT || c.type == COLUMN_JSON;
    if (is_text && !t->style.csv_raw)
        csv_put_safe(&t->line, c.text);
    else
        buf_sv(&t->line, c.text);
    if (is_text && t->line.n != start)
        quote_field(&t->line, start);
    else if (t->n_columns == 1 && t->line.n == start)
        buf_puts(&t->line, "\"\""); /* an empty line would be no row at all */
}

static void
csv_end_row(struct table *t)
{
    buf_puts(&t->line, t->style.csv_crlf ? "\r\n" : "\n");
}

static void
csv_begin(struct table *t)
{
    for (size_t i = 0; i < t->n_columns; i++)
        csv_cell(t, i, (struct cell){ COLUMN_TEXT, sv_of(t->columns[i].name), false });
    csv_end_row(t);
}

static void
csv_finish(struct table *t)
{
    (void)t;
}

const struct dress dress_csv = { csv_begin, csv_cell, csv_end_row, csv_finish };
