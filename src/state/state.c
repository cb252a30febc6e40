/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, migrating, transactions, publications. */
#include "state/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "state/db.h"

#define APPLICATION_ID 0x61757468 /* "auth": what file(1) and we know a state by */

/* How version n becomes n + 1: migrations[n]. A released one is never changed. */
static const char *const migrations[STATE_VERSION] = {
    "CREATE TABLE run ("
    "  id INTEGER PRIMARY KEY, started INTEGER NOT NULL, finished INTEGER NOT NULL, latest INTEGER,"
    "  cut INTEGER,"
    "  program TEXT NOT NULL, rules TEXT NOT NULL, options TEXT NOT NULL,"
    "  inputs INTEGER NOT NULL, events INTEGER NOT NULL, findings INTEGER NOT NULL);"
    "CREATE TABLE input ("
    "  path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, digest TEXT NOT NULL,"
    "  events INTEGER NOT NULL, last_line INTEGER NOT NULL, run INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX input_digest ON input (digest);"
    "CREATE INDEX input_size ON input (size);"
    "CREATE TABLE carry ("
    "  part INTEGER NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (part, piece));"
    "CREATE TABLE finding ("
    "  id INTEGER PRIMARY KEY, rule_id TEXT NOT NULL, entity TEXT NOT NULL, level INTEGER NOT NULL, risk REAL NOT NULL,"
    "  first_seen INTEGER, last_seen INTEGER, first_run INTEGER NOT NULL, last_run INTEGER NOT NULL,"
    "  status INTEGER NOT NULL);"
    "CREATE INDEX finding_entity ON finding (rule_id, entity);"
    "CREATE INDEX finding_open ON finding (last_run) WHERE status <> 2;"
    "CREATE TABLE run_finding ("
    "  run INTEGER NOT NULL, id INTEGER NOT NULL, row BLOB NOT NULL, PRIMARY KEY (run, id)) WITHOUT ROWID;"
    "CREATE TABLE known ("
    "  entity_type TEXT NOT NULL, entity_id TEXT NOT NULL, rule_id TEXT NOT NULL, title TEXT NOT NULL,"
    "  level INTEGER NOT NULL, risk REAL NOT NULL, last_run INTEGER NOT NULL,"
    "  PRIMARY KEY (entity_type, entity_id, rule_id)) WITHOUT ROWID;"
    "CREATE TABLE publication (source TEXT NOT NULL, target TEXT NOT NULL);",
    /* Only what is carried says more than before: whoever does not know that must not read it. */
    "",
};

/* ---- opening ---- */

static enum err
pragma_int(struct state *s, const char *sql, int *value, struct diags *d)
{
    sqlite3_stmt *stmt;
    *value = 0;
    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return db_failed(s, d);
    const int got = sqlite3_step(stmt);
    if (got == SQLITE_ROW)
        *value = sqlite3_column_int(stmt, 0);
    const enum err err = got == SQLITE_ROW ? ERR_OK : db_failed(s, d);
    sqlite3_finalize(stmt);
    return err;
}

static enum err
set_pragma(struct state *s, const char *name, int value, struct diags *d)
{
    char sql[80];
    snprintf(sql, sizeof sql, "PRAGMA %s = %d", name, value);
    return db_exec(s, sql, d);
}

/* A file that SQLite takes may still be somebody else's database. */
static enum err
check_owner(struct state *s, int version, struct diags *d)
{
    int application, tables;
    TRY(pragma_int(s, "PRAGMA application_id", &application, d));
    TRY(pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables, d));
    if (application != APPLICATION_ID && (tables != 0 || version != 0)) {
        diag_error(d, SPAN_NONE, "%s is a database of another program", s->path);
        return ERR_OUTPUT;
    }
    if (version > STATE_VERSION) {
        diag_error(d, SPAN_NONE, "the state %s was written by a newer authsift (its version is %d, this one reads %d)",
                   s->path, version, STATE_VERSION);
        return ERR_OUTPUT;
    }
    return ERR_OK;
}

static enum err
migrate(struct state *s, int version, struct diags *d)
{
    if (version == STATE_VERSION)
        return ERR_OK;
    TRY(state_begin(s, d));
    for (; version < STATE_VERSION; version++)
        TRY(db_exec(s, migrations[version], d));
    TRY(set_pragma(s, "application_id", APPLICATION_ID, d));
    TRY(set_pragma(s, "user_version", STATE_VERSION, d));
    return state_commit(s, d);
}

/* WAL, so that analysts can read while a run writes; FULL, so that a commit survives a power cut. What is carried is a
 * few large blobs, which cost half as much in large pages (a new file's; an older one keeps its own). */
static enum err
prepare(struct state *s, bool read_only, struct diags *d)
{
    int version;
    /* Temporary files would stand where a confined run must not write (cli/sandbox.h); they are short. */
    TRY(db_exec(s, "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY", d));
    TRY(pragma_int(s, "PRAGMA user_version", &version, d));
    TRY(check_owner(s, version, d));
    if (read_only) {
        if (version == STATE_VERSION)
            return ERR_OK;
        diag_error(d, SPAN_NONE, "the state %s is of version %d; the next run will bring it to %d", s->path, version,
                   STATE_VERSION);
        return ERR_OUTPUT;
    }
    TRY(db_exec(s, "PRAGMA page_size = 32768; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", d));
    return migrate(s, version, d);
}

static enum err
open_database(struct state *s, bool read_only, struct diags *d)
{
    const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
        return db_failed(s, d);
    sqlite3_extended_result_codes(s->db, 0);
    sqlite3_busy_timeout(s->db, 10000);
    return prepare(s, read_only, d);
}

static enum err
take_lock(struct state *s, bool wait, struct diags *d)
{
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s.lock", s->path);
    const enum err err = lock_take(buf_cstr(&path), wait, &s->lock, d);
    buf_fini(&path);
    return err;
}

/* ---- publications ---- */

static enum err
sync_folder_of(const char *path, struct diags *d)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? mem_dup(".", 2) : mem_dup(path, (size_t)(slash - path) + 2);
    if (slash != NULL)
        folder[slash - path + 1] = '\0';
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd != -1 && fsync(fd) == 0;
    if (!synced)
        diag_error(d, SPAN_NONE, "cannot sync the folder %s: %s", folder, strerror(errno));
    if (fd != -1)
        close(fd);
    mem_free(folder);
    return synced ? ERR_OK : ERR_OUTPUT;
}

/* A source that is not there was renamed before its run died. */
static enum err
rename_one(const char *source, const char *target, struct diags *d)
{
    if (rename(source, target) == 0)
        return sync_folder_of(target, d);
    if (errno == ENOENT && access(target, F_OK) == 0)
        return ERR_OK;
    if (errno == ENOENT) { /* somebody has removed both: a report less, but no reason to stop all runs to come */
        diag_warning(d, SPAN_NONE, "an earlier run has made %s for %s, and neither is there any more", source, target);
        return ERR_OK;
    }
    diag_error(d, SPAN_NONE, "an earlier run has made %s and could not publish it as %s: %s", source, target,
               strerror(errno));
    return ERR_OUTPUT;
}

static enum err
finish_publication(struct state *s, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT source, target FROM publication ORDER BY rowid");
    size_t n = 0;
    int got;
    if (stmt == NULL)
        return db_failed(s, d);
    while ((got = sqlite3_step(stmt)) == SQLITE_ROW) {
        TRY(rename_one((const char *)sqlite3_column_text(stmt, 0), (const char *)sqlite3_column_text(stmt, 1), d));
        n++;
    }
    if (got != SQLITE_DONE)
        return db_failed(s, d);
    sqlite3_reset(stmt);
    if (n == 0)
        return ERR_OK;
    diag_note(d, SPAN_NONE, "the last run had ended, and its reports are published only now: it was stopped between");
    return state_published(s, d);
}

enum err
state_put_publication(struct state *s, const char *from, const char *to, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT INTO publication (source, target) VALUES (?, ?)");
    if (stmt == NULL)
        return db_failed(s, d);
    db_bind_text(stmt, 1, sv_of(from));
    db_bind_text(stmt, 2, sv_of(to));
    return db_run(s, stmt, d);
}

enum err
state_published(struct state *s, struct diags *d)
{
    return db_exec(s, "DELETE FROM publication", d);
}

/* ---- the whole ---- */

static enum err
open_all(struct state *s, struct state_options o, struct diags *d)
{
    if (!o.read_only)
        TRY(take_lock(s, o.wait, d));
    TRY(open_database(s, o.read_only, d));
    return o.read_only ? ERR_OK : finish_publication(s, d);
}

enum err
state_open(const char *path, struct state_options o, struct state **out, struct diags *d)
{
    struct state *s = mem_zalloc(1, sizeof *s);
    s->path = mem_dup(path, strlen(path) + 1);
    const enum err err = open_all(s, o, d);
    *out = err == ERR_OK ? s : NULL;
    if (err != ERR_OK)
        state_close(s);
    return err;
}

void
state_close(struct state *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->statements.n; i++)
        sqlite3_finalize(s->statements.v[i].stmt);
    vec_fini(&s->statements);
    sqlite3_close(s->db); /* rolls back */
    lock_give(s->lock);
    mem_free(s->path);
    mem_free(s);
}

enum err
state_begin(struct state *s, struct diags *d)
{
    TRY(db_exec(s, "BEGIN IMMEDIATE", d));
    s->in_transaction = true;
    return ERR_OK;
}

enum err
state_commit(struct state *s, struct diags *d)
{
    s->in_transaction = false;
    return db_exec(s, "COMMIT", d);
}
