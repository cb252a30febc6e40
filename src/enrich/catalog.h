/* SPDX-License-Identifier: Apache-2.0 */
/* Data files of enrichers: CSV with a header and '#' comments, or lists with one value a line. Loaded once, before
 * work; every problem is reported with its place. */
#ifndef AUTHSIFT_ENRICH_CATALOG_H
#define AUTHSIFT_ENRICH_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/sv.h"
#include "base/vec.h"

/* Rows of cells; texts live in the catalog. */
struct catalog {
    struct arena arena;
    VEC(struct sv) cells; /* without the header */
    VEC(struct span) at;  /* of each row, for messages */
    size_t n_columns;
    size_t n_rows;
};

/* Reads DATADIR/NAME, whose header must be exactly `columns` (comma-separated). False with messages. */
bool catalog_load(struct catalog *c, const char *datadir, const char *name, const char *columns, struct diags *d);

/* Reads a list as a catalog of one column; blanks around values are cut, empty lines and '#' lines left out. */
bool catalog_load_list(struct catalog *c, const char *datadir, const char *name, struct diags *d);

void catalog_fini(struct catalog *c);

/* The place of a row in its file. */
static inline struct span
catalog_at(const struct catalog *c, size_t row)
{
    return c->at.v[row];
}

static inline struct sv
catalog_cell(const struct catalog *c, size_t row, size_t column)
{
    return c->cells.v[row * c->n_columns + column];
}

#endif
