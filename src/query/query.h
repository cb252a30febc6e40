/* SPDX-License-Identifier: Apache-2.0 */
/* A query: what is asked, compiled once and then shared by all workers, and its run. Which events it is about is the
 * program's one rule (lang/query.h); everything else is here.
 *
 *   rows      --select ...            a row per event, in the order of the input, as it is found
 *   raw       neither                 the records as they were
 *   groups    --by, --count, ...      a row per group, in a stated order, when all was read
 */
#ifndef AUTHSIFT_QUERY_QUERY_H
#define AUTHSIFT_QUERY_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/vec.h"
#include "out/table.h"
#include "query/column.h"
#include "query/measure.h"
#include "run/run.h"

/* A measure that was asked for: MEASURE_COUNT has no field. */
struct measure_word {
    enum measure_kind kind;
    const char *field;
};

/* The command line's words, borrowed. Lists may be split by commas. */
struct query_words {
    const char *const *select;
    size_t n_select;
    const char *const *by;
    size_t n_by;
    const struct measure_word *measure;
    size_t n_measures;
    const char *const *sort; /* [-]COLUMN, the first one first */
    size_t n_sort;
    const char *const *having; /* COLUMN >= VALUE, AND-ed */
    size_t n_having;
    uint64_t limit; /* UINT64_MAX: none */
    uint64_t top;   /* UINT64_MAX: none */
    bool raw;       /* --format raw */
};

enum relation { REL_EQ, REL_NEQ, REL_LT, REL_LTE, REL_GT, REL_GTE };

struct having {
    size_t column;
    enum relation relation;
    struct datum value; /* NUMBER, TIME or TEXT */
};

struct sort_column {
    size_t column;
    bool down;
};

struct query {
    struct arena arena;
    bool grouped;
    bool raw;
    struct asked *asked; /* --by if grouped, else --select: the first columns of a row */
    size_t n_asked;
    struct measure *measure; /* the columns behind them */
    size_t n_measures;
    size_t tally_size;
    struct column *column; /* of the answer */
    size_t n_columns;
    VEC(struct sort_column) sort;
    VEC(struct having) having;
    uint64_t limit; /* rows at most; UINT64_MAX: no limit */
};

/* NULL after messages. Fields are registered, so call it before plan_new. */
struct query *query_new(const struct query_words *w, struct fields *fields, struct diags *d);
void query_free(struct query *q);

/* Prints what it does with events (behind the program's own dump): columns, groups, order. */
void query_explain(const struct query *q, FILE *to);

struct query_output {
    FILE *to;
    struct table_style style;
    bool printable;  /* raw records: what must not reach a terminal is made visible */
    uint64_t memory; /* bytes for groups and rows that wait; beyond that they go to */
    const char *tmpdir;
    uint64_t spill_records; /* for tests: as in run_options */
};

/* Reads the inputs through the plan, whose program is the query's, and writes the answer. As run_events, or ERR_OUTPUT
 * with a message (none if the reader of a pipe went away). */
enum err query_run(const struct query *q, const struct plan *plan, const struct inputs *in,
                   const struct query_output *out, struct health_totals *totals, struct diags *d) MUST_CHECK;

#endif
