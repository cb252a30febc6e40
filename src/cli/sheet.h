/* SPDX-License-Identifier: Apache-2.0 */
/* A CSV file with a header, read as a whole: reports of this program, that is. */
#ifndef AUTHSIFT_CLI_SHEET_H
#define AUTHSIFT_CLI_SHEET_H

#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/sv.h"
#include "base/vec.h"

struct sheet {
    struct arena arena;
    const char *name; /* for messages */
    struct sv *header;
    size_t n_columns;
    VEC(struct sv *) rows; /* n_columns cells each */
};

void sheet_init(struct sheet *s);
void sheet_fini(struct sheet *s);

/* Reads a text. ERR_USAGE with a message that names `name`: it is no CSV, or its rows are not of one length. */
enum err sheet_read(struct sheet *s, const char *name, struct sv text, struct diags *d) MUST_CHECK;
/* Reads a file. ERR_USAGE with a message if it cannot be read. */
enum err sheet_read_file(struct sheet *s, const char *path, struct diags *d) MUST_CHECK;

/* The number of a column, or n_columns. */
size_t sheet_column(const struct sheet *s, struct sv name);
/* The cell of a row in a column; empty if there is no such column. */
struct sv sheet_cell(const struct sheet *s, size_t row, size_t column);

#endif
