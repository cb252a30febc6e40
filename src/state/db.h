/* SPDX-License-Identifier: Apache-2.0 */
/* Inside state/: SQLite in the words of this program. Statements are prepared once and kept; an SQLite error becomes
 * one located message and ERR_OUTPUT. */
#ifndef AUTHSIFT_STATE_DB_H
#define AUTHSIFT_STATE_DB_H

#include <sqlite3.h>

#include "base/vec.h"
#include "state/lock.h"
#include "state/state.h"

struct statement {
    const char *sql; /* a string literal: its address is the key */
    sqlite3_stmt *stmt;
};

struct state {
    char *path;
    sqlite3 *db;
    struct lock *lock; /* NULL: read-only */
    VEC(struct statement) statements;
    bool in_transaction;
};

/* Reports what SQLite says of the last call, in a sentence that says what to do. Returns ERR_OUTPUT. */
enum err db_failed(const struct state *s, struct diags *d);

/* The statement, reset, without bindings; NULL after an error (not reported). */
sqlite3_stmt *db_prepare(struct state *s, const char *sql);

void db_bind_text(sqlite3_stmt *stmt, int i, struct sv text);
void db_bind_time(sqlite3_stmt *stmt, int i, int64_t t); /* TIME_NONE is NULL */
struct sv db_text(sqlite3_stmt *stmt, int column);
int64_t db_time(sqlite3_stmt *stmt, int column);

/* Runs a statement that returns no row, or SQL text. */
enum err db_run(struct state *s, sqlite3_stmt *stmt, struct diags *d) MUST_CHECK;
enum err db_exec(struct state *s, const char *sql, struct diags *d) MUST_CHECK;

#endif
