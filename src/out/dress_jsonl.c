/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines: one object a row. A number or time that is not there is null; a text is always a string. */
#include "out/dress.h"
#include "out/jsontext.h"

static void
jsonl_begin(struct table *t)
{
    (void)t; /* no header: every row names its columns */
}

static void
put_value(struct buf *b, struct cell c)
{
    if (c.type == COLUMN_TEXT)
        jsontext_put(b, c.text);
    else if (c.text.n == 0)
        buf_puts(b, "null");
    else if (c.type == COLUMN_BOOL)
        buf_puts(b, c.truth ? "true" : "false");
    else if (c.type == COLUMN_TIME)
        jsontext_put(b, c.text);
    else
        buf_sv(b, c.text);
}

static void
jsonl_cell(struct table *t, size_t column, struct cell c)
{
    buf_putc(&t->line, column == 0 ? '{' : ',');
    jsontext_put(&t->line, sv_of(t->columns[column].name));
    buf_putc(&t->line, ':');
    put_value(&t->line, c);
}

static void
jsonl_end_row(struct table *t)
{
    buf_puts(&t->line, "}\n");
}

static void
jsonl_finish(struct table *t)
{
    (void)t;
}

const struct dress dress_jsonl = { jsonl_begin, jsonl_cell, jsonl_end_row, jsonl_finish };
