/* SPDX-License-Identifier: Apache-2.0 */
#include "state/db.h"

#include "base/timestamp.h"

enum err
db_failed(const struct state *s, struct diags *d)
{
    const char *what = s->db != NULL ? sqlite3_errmsg(s->db) : "out of memory";
    switch (s->db != NULL ? sqlite3_errcode(s->db) : SQLITE_NOMEM) {
    case SQLITE_NOTADB:
        diag_error(d, SPAN_NONE, "%s is no state of authsift", s->path);
        break;
    case SQLITE_CORRUPT:
        diag_error(d, SPAN_NONE, "the state %s is damaged (%s); restore a copy, or remove it and use --replay", s->path,
                   what);
        break;
    case SQLITE_FULL:
        diag_error(d, SPAN_NONE, "cannot write the state %s: the disk is full", s->path);
        break;
    case SQLITE_CANTOPEN:
        diag_error(d, SPAN_NONE, "cannot open the state %s: %s", s->path, what);
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        diag_error(d, SPAN_NONE, "cannot write the state %s: %s", s->path, what);
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        diag_error(d, SPAN_NONE, "another program has the state %s open and writes to it", s->path);
        break;
    default:
        diag_error(d, SPAN_NONE, "the state %s: %s", s->path, what);
        break;
    }
    return ERR_OUTPUT;
}

sqlite3_stmt *
db_prepare(struct state *s, const char *sql)
{
    for (size_t i = 0; i < s->statements.n; i++) {
        if (s->statements.v[i].sql == sql) {
            sqlite3_reset(s->statements.v[i].stmt);
            sqlite3_clear_bindings(s->statements.v[i].stmt);
            return s->statements.v[i].stmt;
        }
    }
    sqlite3_stmt *stmt;
    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return NULL;
    vec_push(&s->statements, (struct statement){ sql, stmt });
    return stmt;
}

void
db_bind_text(sqlite3_stmt *stmt, int i, struct sv text)
{
    sqlite3_bind_text64(stmt, i, text.n != 0 ? text.p : "", text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
}

void
db_bind_time(sqlite3_stmt *stmt, int i, int64_t t)
{
    if (t == TIME_NONE)
        sqlite3_bind_null(stmt, i);
    else
        sqlite3_bind_int64(stmt, i, t);
}

struct sv
db_text(sqlite3_stmt *stmt, int column)
{
    const void *p = sqlite3_column_blob(stmt, column);
    const int n = sqlite3_column_bytes(stmt, column);
    return p != NULL ? sv_make(p, (size_t)n) : SV("");
}

int64_t
db_time(sqlite3_stmt *stmt, int column)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? TIME_NONE : sqlite3_column_int64(stmt, column);
}

enum err
db_run(struct state *s, sqlite3_stmt *stmt, struct diags *d)
{
    if (stmt == NULL || sqlite3_step(stmt) != SQLITE_DONE)
        return db_failed(s, d);
    sqlite3_reset(stmt);
    return ERR_OK;
}

enum err
db_exec(struct state *s, const char *sql, struct diags *d)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : db_failed(s, d);
}
