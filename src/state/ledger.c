/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, and the inputs that they counted. */
#include "state/db.h"

#include "base/timestamp.h"

/* ---- runs ---- */

#define RUN_COLUMNS "id, started, finished, latest, cut, program, rules, options, inputs, events, findings"

static void
read_run(sqlite3_stmt *stmt, struct state_run *run)
{
    *run = (struct state_run){
        .id = sqlite3_column_int64(stmt, 0),
        .started = sqlite3_column_int64(stmt, 1),
        .finished = sqlite3_column_int64(stmt, 2),
        .latest = db_time(stmt, 3),
        .cut = db_time(stmt, 4),
        .program = db_text(stmt, 5),
        .rules = db_text(stmt, 6),
        .options = db_text(stmt, 7),
        .inputs = (uint64_t)sqlite3_column_int64(stmt, 8),
        .events = (uint64_t)sqlite3_column_int64(stmt, 9),
        .findings = (uint64_t)sqlite3_column_int64(stmt, 10),
    };
}

bool
state_last_run(struct state *s, struct state_run *run)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT " RUN_COLUMNS " FROM run ORDER BY id DESC LIMIT 1");
    if (stmt == NULL || sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    read_run(stmt, run);
    return true;
}

bool
state_has_run(struct state *s, int64_t id)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT 1 FROM run WHERE id = ?");
    if (stmt == NULL)
        return false;
    sqlite3_bind_int64(stmt, 1, id);
    return sqlite3_step(stmt) == SQLITE_ROW;
}

enum err
state_put_run(struct state *s, struct state_run *run, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT INTO run (started, finished, latest, cut, program, rules, options, "
                                       "inputs, events, findings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, run->started);
    sqlite3_bind_int64(stmt, 2, run->finished);
    db_bind_time(stmt, 3, run->latest);
    db_bind_time(stmt, 4, run->cut);
    db_bind_text(stmt, 5, run->program);
    db_bind_text(stmt, 6, run->rules);
    db_bind_text(stmt, 7, run->options);
    sqlite3_bind_int64(stmt, 8, (int64_t)run->inputs);
    sqlite3_bind_int64(stmt, 9, (int64_t)run->events);
    sqlite3_bind_int64(stmt, 10, (int64_t)run->findings);
    TRY(db_run(s, stmt, d));
    run->id = sqlite3_last_insert_rowid(s->db);
    return ERR_OK;
}

enum err
state_each_run(struct state *s, void (*fn)(void *ctx, const struct state_run *run), void *ctx, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT " RUN_COLUMNS " FROM run ORDER BY id");
    int got = SQLITE_ERROR;
    while (stmt != NULL && (got = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct state_run run;
        read_run(stmt, &run);
        fn(ctx, &run);
    }
    return got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

/* ---- inputs ---- */

#define INPUT_COLUMNS "path, size, mtime, digest, events, last_line, run"

static void
read_input(sqlite3_stmt *stmt, struct state_input *in)
{
    *in = (struct state_input){
        .path = db_text(stmt, 0),
        .size = (uint64_t)sqlite3_column_int64(stmt, 1),
        .mtime = sqlite3_column_int64(stmt, 2),
        .digest = db_text(stmt, 3),
        .events = (uint64_t)sqlite3_column_int64(stmt, 4),
        .last_line = (uint64_t)sqlite3_column_int64(stmt, 5),
        .run = sqlite3_column_int64(stmt, 6),
    };
}

static bool
find_input(sqlite3_stmt *stmt, struct sv key, struct state_input *in)
{
    if (stmt == NULL)
        return false;
    db_bind_text(stmt, 1, key);
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    read_input(stmt, in);
    return true;
}

enum err
state_each_input(struct state *s, void (*fn)(void *ctx, const struct state_input *in), void *ctx, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT " INPUT_COLUMNS " FROM input ORDER BY path");
    int got = SQLITE_ERROR;
    while (stmt != NULL && (got = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct state_input in;
        read_input(stmt, &in);
        fn(ctx, &in);
    }
    return got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

bool
state_find_path(struct state *s, struct sv path, struct state_input *in)
{
    return find_input(db_prepare(s, "SELECT " INPUT_COLUMNS " FROM input WHERE path = ?"), path, in);
}

bool
state_find_digest(struct state *s, struct sv digest, struct state_input *in)
{
    return find_input(db_prepare(s, "SELECT " INPUT_COLUMNS " FROM input WHERE digest = ? ORDER BY run, path LIMIT 1"),
                      digest, in);
}

bool
state_has_size(struct state *s, uint64_t size)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT 1 FROM input WHERE size = ? LIMIT 1");
    if (stmt == NULL)
        return false;
    sqlite3_bind_int64(stmt, 1, (int64_t)size);
    return sqlite3_step(stmt) == SQLITE_ROW;
}

enum err
state_clear_inputs(struct state *s, struct diags *d)
{
    return db_exec(s, "DELETE FROM input", d);
}

enum err
state_put_input(struct state *s, const struct state_input *in, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT OR REPLACE INTO input (" INPUT_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)");
    if (stmt == NULL)
        return db_failed(s, d);
    db_bind_text(stmt, 1, in->path);
    sqlite3_bind_int64(stmt, 2, (int64_t)in->size);
    sqlite3_bind_int64(stmt, 3, in->mtime);
    db_bind_text(stmt, 4, in->digest);
    sqlite3_bind_int64(stmt, 5, (int64_t)in->events);
    sqlite3_bind_int64(stmt, 6, (int64_t)in->last_line);
    sqlite3_bind_int64(stmt, 7, in->run);
    return db_run(s, stmt, d);
}

/* ---- carry ---- */

enum err
state_clear_carry(struct state *s, struct diags *d)
{
    return db_exec(s, "DELETE FROM carry", d);
}

enum err
state_put_carry(struct state *s, unsigned part, struct sv piece, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT INTO carry (part, piece, bytes) SELECT ?1, count(*), ?2 FROM carry "
                                       "WHERE part = ?1");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, part);
    sqlite3_bind_blob64(stmt, 2, piece.n != 0 ? piece.p : "", piece.n, SQLITE_STATIC);
    return db_run(s, stmt, d);
}

enum err
state_each_carry(struct state *s, bool (*fn)(void *ctx, unsigned part, struct sv piece), void *ctx, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT part, bytes FROM carry ORDER BY part, piece");
    int got = SQLITE_ERROR;
    while (stmt != NULL && (got = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!fn(ctx, (unsigned)sqlite3_column_int(stmt, 0), db_text(stmt, 1)))
            return ERR_OUTPUT;
    return got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}
