/* SPDX-License-Identifier: Apache-2.0 */
/* A dress: how rows look. table.c turns values into cells and knows no quoting; a dress turns cells into bytes and
 * knows no values. Bytes go to t->line, which table.c writes out after every call. */
#ifndef AUTHSIFT_OUT_DRESS_H
#define AUTHSIFT_OUT_DRESS_H

#include "base/buf.h"
#include "out/table.h"

struct cell {
    enum column_type type;
    struct sv text; /* TEXT: as it came, hostile; others: made by table.c; empty where there is no value */
    bool truth;     /* BOOL */
};

struct dress {
    void (*begin)(struct table *t); /* t->own may be set here */
    void (*cell)(struct table *t, size_t column, struct cell c);
    void (*end_row)(struct table *t);
    void (*finish)(struct table *t); /* frees t->own */
};

struct table {
    const struct dress *dress;
    struct table_style style;
    FILE *to;
    const struct column *columns;
    size_t n_columns;
    size_t at;       /* column of the next cell */
    int error;       /* errno of the first failed write, 0 if there was none */
    struct buf line; /* what is to be written next */
    void *own;       /* the dress's */
};

/* Text as a cell of a CSV shows it, without the quotes around it: made safe for spreadsheets. */
void csv_put_safe(struct buf *b, struct sv text);

extern const struct dress dress_csv;
extern const struct dress dress_jsonl;
extern const struct dress dress_terminal;

#endif
