/* SPDX-License-Identifier: Apache-2.0 */
/* Findings from run to run. One that comes again (its id is the same) goes on; so does one whose rule and entity had
 * another finding in an earlier run that was not resolved, for an attack in two episodes is one matter to the analyst.
 * What does not come again is resolved with the first run that does not have it. */
#include "state/db.h"

#include "base/timestamp.h"

const char *const state_status_names[3] = { "new", "continuing", "resolved" };

#define FINDING_COLUMNS \
    "f.id, f.rule_id, f.entity, f.level, f.risk, f.first_seen, f.last_seen, f.first_run, f.last_run, f.status"

static void
read_finding(sqlite3_stmt *stmt, struct state_finding *f)
{
    *f = (struct state_finding){
        .id = (uint64_t)sqlite3_column_int64(stmt, 0),
        .rule_id = db_text(stmt, 1),
        .entity = db_text(stmt, 2),
        .level = sqlite3_column_int(stmt, 3),
        .risk = sqlite3_column_double(stmt, 4),
        .first_seen = db_time(stmt, 5),
        .last_seen = db_time(stmt, 6),
        .first_run = sqlite3_column_int64(stmt, 7),
        .last_run = sqlite3_column_int64(stmt, 8),
        .status = (enum state_status)sqlite3_column_int(stmt, 9),
        .row = sqlite3_column_count(stmt) > 10 ? db_text(stmt, 10) : SV_NONE,
    };
}

static enum err
each(struct state *s, sqlite3_stmt *stmt, void (*fn)(void *ctx, const struct state_finding *f), void *ctx,
     struct diags *d)
{
    int got = SQLITE_ERROR;
    while (stmt != NULL && (got = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct state_finding f;
        read_finding(stmt, &f);
        fn(ctx, &f);
    }
    return got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

/* ---- one run's findings ---- */

/* Was there an open finding of this rule and entity before this run? */
static enum err
find_matter(struct state *s, const struct state_finding *f, int64_t run, bool *open, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT 1 FROM finding WHERE rule_id = ? AND entity = ? AND first_run < ?3 AND "
                                       "status <> 2 LIMIT 1");
    if (stmt == NULL)
        return db_failed(s, d);
    db_bind_text(stmt, 1, f->rule_id);
    db_bind_text(stmt, 2, f->entity);
    sqlite3_bind_int64(stmt, 3, run);
    const int got = sqlite3_step(stmt);
    *open = got == SQLITE_ROW;
    return got == SQLITE_ROW || got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

/* Its first run, or 0 if it was never there. */
static enum err
find_finding(struct state *s, uint64_t id, int64_t *first_run, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT first_run FROM finding WHERE id = ?");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, (int64_t)id);
    const int got = sqlite3_step(stmt);
    *first_run = got == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    return got == SQLITE_ROW || got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

static enum err
write_finding(struct state *s, const struct state_finding *f, int64_t run, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT OR REPLACE INTO finding (id, rule_id, entity, level, risk, first_seen, "
                                       "last_seen, first_run, last_run, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, (int64_t)f->id);
    db_bind_text(stmt, 2, f->rule_id);
    db_bind_text(stmt, 3, f->entity);
    sqlite3_bind_int(stmt, 4, f->level);
    sqlite3_bind_double(stmt, 5, f->risk);
    db_bind_time(stmt, 6, f->first_seen);
    db_bind_time(stmt, 7, f->last_seen);
    sqlite3_bind_int64(stmt, 8, f->first_run);
    sqlite3_bind_int64(stmt, 9, run);
    sqlite3_bind_int(stmt, 10, (int)f->status);
    return db_run(s, stmt, d);
}

static enum err
write_row(struct state *s, const struct state_finding *f, int64_t run, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "INSERT OR REPLACE INTO run_finding (run, id, row) VALUES (?, ?, ?)");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, run);
    sqlite3_bind_int64(stmt, 2, (int64_t)f->id);
    sqlite3_bind_blob64(stmt, 3, f->row.n != 0 ? f->row.p : "", f->row.n, SQLITE_STATIC);
    return db_run(s, stmt, d);
}

enum err
state_put_finding(struct state *s, struct state_finding *f, int64_t run, struct diags *d)
{
    bool open = false;
    TRY(find_finding(s, f->id, &f->first_run, d));
    TRY(find_matter(s, f, run, &open, d));
    f->status = f->first_run != 0 || open ? STATE_CONTINUING : STATE_NEW;
    if (f->first_run == 0)
        f->first_run = run;
    f->last_run = run;
    TRY(write_finding(s, f, run, d));
    return write_row(s, f, run, d);
}

enum err
state_resolve(struct state *s, int64_t run, void (*fn)(void *ctx, const struct state_finding *f), void *ctx,
              struct diags *d)
{
    /* A matter that goes on in another finding is not told as resolved. */
    sqlite3_stmt *stmt = db_prepare(
        s, "SELECT " FINDING_COLUMNS ", coalesce((SELECT row FROM run_finding r WHERE r.run = f.last_run AND "
           "r.id = f.id), '') FROM finding f WHERE f.status <> 2 AND f.last_run < ?1 AND NOT EXISTS (SELECT 1 FROM "
           "finding o WHERE o.rule_id = f.rule_id AND o.entity = f.entity AND o.last_run = ?1) "
           "ORDER BY f.rule_id, f.entity, f.id");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, run);
    TRY(each(s, stmt, fn, ctx, d));
    stmt = db_prepare(s, "UPDATE finding SET status = 2 WHERE status <> 2 AND last_run < ?");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, run);
    return db_run(s, stmt, d);
}

/* ---- looking back ---- */

enum err
state_each_finding(struct state *s, void (*fn)(void *ctx, const struct state_finding *f), void *ctx, struct diags *d)
{
    return each(s, db_prepare(s, "SELECT " FINDING_COLUMNS " FROM finding f ORDER BY f.rule_id, f.entity, f.id"), fn,
                ctx, d);
}

enum err
state_each_of_run(struct state *s, int64_t run, void (*fn)(void *ctx, const struct state_finding *f), void *ctx,
                  struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT " FINDING_COLUMNS ", r.row FROM run_finding r JOIN finding f ON "
                                       "f.id = r.id WHERE r.run = ? ORDER BY f.id");
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, run);
    return each(s, stmt, fn, ctx, d);
}

/* ---- what is known of entities ---- */

enum err
state_put_known(struct state *s, const struct state_known *k, int64_t run, struct diags *d)
{
    sqlite3_stmt *stmt =
        db_prepare(s, "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET title = "
                      "excluded.title, level = max(level, excluded.level), risk = max(risk, "
                      "excluded.risk), last_run = excluded.last_run");
    if (stmt == NULL)
        return db_failed(s, d);
    db_bind_text(stmt, 1, k->entity_type);
    db_bind_text(stmt, 2, k->entity_id);
    db_bind_text(stmt, 3, k->rule_id);
    db_bind_text(stmt, 4, k->title);
    sqlite3_bind_int(stmt, 5, k->level);
    sqlite3_bind_double(stmt, 6, k->risk);
    sqlite3_bind_int64(stmt, 7, run);
    return db_run(s, stmt, d);
}

enum err
state_each_known(struct state *s, void (*fn)(void *ctx, const struct state_known *k), void *ctx, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, "SELECT entity_type, entity_id, rule_id, title, level, risk FROM known ORDER BY "
                                       "entity_type, entity_id, rule_id");
    int got = SQLITE_ERROR;
    while (stmt != NULL && (got = sqlite3_step(stmt)) == SQLITE_ROW) {
        const struct state_known k = { .entity_type = db_text(stmt, 0),
                                       .entity_id = db_text(stmt, 1),
                                       .rule_id = db_text(stmt, 2),
                                       .title = db_text(stmt, 3),
                                       .level = sqlite3_column_int(stmt, 4),
                                       .risk = sqlite3_column_double(stmt, 5) };
        fn(ctx, &k);
    }
    return got == SQLITE_DONE ? ERR_OK : db_failed(s, d);
}

enum err
state_clear_known(struct state *s, struct diags *d)
{
    return db_exec(s, "DELETE FROM known", d);
}

enum err
state_measure(struct state *s, struct state_sizes *sizes, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(
        s, "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM input), (SELECT count(*) FROM finding WHERE "
           "status <> 2), (SELECT count(*) FROM finding WHERE status = 2), (SELECT coalesce(sum(length(bytes)), 0) "
           "FROM carry)");
    if (stmt == NULL || sqlite3_step(stmt) != SQLITE_ROW)
        return db_failed(s, d);
    *sizes = (struct state_sizes){
        .runs = (uint64_t)sqlite3_column_int64(stmt, 0),
        .inputs = (uint64_t)sqlite3_column_int64(stmt, 1),
        .open = (uint64_t)sqlite3_column_int64(stmt, 2),
        .resolved = (uint64_t)sqlite3_column_int64(stmt, 3),
        .carried_bytes = (uint64_t)sqlite3_column_int64(stmt, 4),
    };
    sqlite3_reset(stmt);
    return ERR_OK;
}

/* ---- retention ---- */

static enum err
prune_with(struct state *s, const char *sql, int64_t before, uint64_t *n, struct diags *d)
{
    sqlite3_stmt *stmt = db_prepare(s, sql);
    if (stmt == NULL)
        return db_failed(s, d);
    sqlite3_bind_int64(stmt, 1, before);
    TRY(db_run(s, stmt, d));
    *n += (uint64_t)sqlite3_changes64(s->db);
    return ERR_OK;
}

#define OLD_RUNS "(SELECT id FROM run WHERE finished < ?1 AND id < (SELECT max(id) FROM run))"

enum err
state_prune(struct state *s, int64_t before, uint64_t *n, struct diags *d)
{
    static const char *const sql[] = {
        "DELETE FROM run_finding WHERE run IN " OLD_RUNS,
        "DELETE FROM finding WHERE status = 2 AND last_run IN " OLD_RUNS,
        "DELETE FROM input WHERE run IN " OLD_RUNS,
        "DELETE FROM known WHERE last_run IN " OLD_RUNS,
        "DELETE FROM run WHERE id IN " OLD_RUNS " AND id NOT IN (SELECT last_run FROM finding)",
    };
    *n = 0;
    TRY(state_begin(s, d));
    for (size_t i = 0; i < sizeof sql / sizeof sql[0]; i++)
        TRY(prune_with(s, sql[i], before, n, d));
    return state_commit(s, d);
}
