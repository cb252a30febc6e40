/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of typed cells on their way out, in one of several dresses: CSV, JSON Lines, an aligned table for a terminal.
 * A report says its columns once and then its cells row by row; the writer is the only code that knows about quoting,
 * spreadsheet and terminal safety (domain.md 7.4), or line ends.
 *
 *     struct table *t = table_new(&style, to, columns, n);
 *     table_text(t, id); table_count(t, n); ...  table_end_row(t);
 *     err = table_finish(t, diags);
 */
#ifndef AUTHSIFT_OUT_TABLE_H
#define AUTHSIFT_OUT_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/sv.h"

enum table_format { TABLE_CSV, TABLE_JSONL, TABLE_TERMINAL };

struct table_style {
    enum table_format format;
    bool csv_crlf; /* CSV: line ends of RFC 4180 instead of LF */
    bool csv_raw;  /* CSV: text as it is, not made safe for spreadsheets */
    unsigned width; /* TERMINAL: columns of the screen; 0 = unlimited */
    const char *brief; /* TERMINAL: columns to show where not all fit, separated by blanks; NULL: all of them */
};

enum column_type {
    COLUMN_TEXT,
    COLUMN_COUNT,
    COLUMN_NUMBER,
    COLUMN_TIME,
    COLUMN_BOOL,
    COLUMN_JSON, /* of a cell: JSON text, for JSON Lines */
    COLUMN_ANY,  /* of a column: each cell says what it is */
};

struct column {
    const char *name;
    enum column_type type;
    const char *help; /* one line, for `list reports` and the manual */
};

struct table;

/* Writes the header. `to` and `columns` are borrowed until table_finish. With to == NULL, which TERMINAL does not
 * take, the bytes of header and rows are collected for table_take. */
struct table *table_new(const struct table_style *style, FILE *to, const struct column *columns, size_t n_columns);

/* What was collected since the last call. The bytes are valid until the next row. */
struct sv table_take(struct table *t);

/* One cell, in column order; asserts the column's type. */
void table_text(struct table *t, struct sv text);
void table_count(struct table *t, uint64_t n);
void table_number(struct table *t, double x);   /* NaN: an empty cell */
void table_time(struct table *t, int64_t us);   /* TIME_NONE: an empty cell */
void table_bool(struct table *t, bool x);
/* A cell of a COLUMN_ANY: TEXT, JSON, or the text form of a NUMBER, TIME or BOOL ("true", "false"). Of the latter an
 * empty text is an empty cell. */
void table_any(struct table *t, enum column_type type, struct sv text);
void table_end_row(struct table *t);

/* Ends the table and frees it. ERR_OUTPUT with a message if anything could not be written. */
enum err table_finish(struct table *t, struct diags *d) MUST_CHECK;

/* Text made printable: control characters, bidi overrides and broken UTF-8 become visible escapes or U+FFFD. */
struct buf;
void text_printable(struct buf *out, struct sv text);

#endif
