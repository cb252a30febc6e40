/* SPDX-License-Identifier: Apache-2.0 */
/* Who may open what, and what is left after a run that died. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/timestamp.h"
#include "state_tests.h"

static void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

static void
run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

START_TEST(made_and_opened_again)
{
    struct nest n;
    struct state_run run;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert(!state_last_run(n.s, &run));
    state_close(n.s);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_uint_eq(diags_count(n.d), 0);
    nest_fini(&n);
}
END_TEST

/* The number in the first row of what is asked. */
static int
query_int(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
    const int value = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return value;
}

static bool
take_one_piece(void *ctx, unsigned part, struct sv piece)
{
    ck_assert_uint_eq(part, 1);
    ck_assert(sv_eq(piece, SV("records")));
    ++*(int *)ctx;
    return true;
}

/* Version 2 has the tables of version 1: an older state goes on with all that is in it, but only a run that may write
 * brings it up to date. */
START_TEST(of_an_older_version)
{
    struct nest n;
    int pieces = 0;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 1, SV("records"), n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    state_close(n.s);
    run_sql(n.path, "PRAGMA user_version = 1");
    ck_assert_int_eq(state_open(n.path, (struct state_options){ .read_only = true }, &n.s, n.d), ERR_OUTPUT);
    assert_said(&n, "is of version 1; the next run will bring it to 2");
    ck_assert_int_eq(query_int(n.path, "PRAGMA user_version"), 1);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_each_carry(n.s, take_one_piece, &pieces, n.d), ERR_OK);
    ck_assert_int_eq(pieces, 1);
    state_close(n.s);
    ck_assert_int_eq(query_int(n.path, "PRAGMA user_version"), 2);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    nest_fini(&n);
}
END_TEST

/* Another process holds the lock: who, is in the message. */
START_TEST(one_run_at_a_time)
{
    struct nest n;
    int ready[2], leave[2];
    char byte;
    nest_init(&n);
    ck_assert_int_eq(pipe(ready) | pipe(leave), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(leave[1]);
        const bool opened = nest_open(&n) == ERR_OK;
        if (write(ready[1], "x", 1) != 1 || read(leave[0], &byte, 1) < 0)
            _exit(1);
        state_close(n.s);
        _exit(opened ? 0 : 1);
    }
    close(leave[0]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(nest_open(&n), ERR_OUTPUT);
    char holder[64];
    snprintf(holder, sizeof holder, "in use by process %ld on ", (long)child);
    assert_said(&n, holder);
    /* Whoever only looks needs no lock. */
    ck_assert_int_eq(state_open(n.path, (struct state_options){ .read_only = true }, &n.s, n.d), ERR_OK);
    state_close(n.s);
    n.s = NULL;
    close(leave[1]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    nest_fini(&n);
}
END_TEST

/* With `wait` the second run starts when the first has ended. */
START_TEST(waits)
{
    struct nest n;
    int ready[2];
    char byte;
    nest_init(&n);
    ck_assert_int_eq(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        const bool opened = nest_open(&n) == ERR_OK;
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
        state_close(n.s);
        _exit(opened ? 0 : 1);
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    const double start = time_monotonic();
    ck_assert_int_eq(state_open(n.path, (struct state_options){ .wait = true }, &n.s, n.d), ERR_OK);
    ck_assert(time_monotonic() - start > 0.1);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    nest_fini(&n);
}
END_TEST

/* The lock of a process that died is taken over, and said. */
START_TEST(stale_lock)
{
    struct nest n;
    nest_init(&n);
    const pid_t child = fork();
    if (child == 0) {
        if (nest_open(&n) != ERR_OK)
            _exit(1);
        _exit(0); /* without giving it back */
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    assert_said(&n, "an earlier run did not end well: process ");
    nest_fini(&n);
}
END_TEST

START_TEST(refused_files)
{
    static const struct {
        const char *sql; /* NULL: `text` is the file */
        const char *text;
        const char *said;
    } cases[] = {
        { NULL, "this is no database, but a text that is long enough to be taken for one: 0123456789012345678901234567",
          "is no state of authsift" },
        { "CREATE TABLE t (x)", NULL, "is a database of another program" },
        { "PRAGMA user_version = 3", NULL, "is a database of another program" },
        { "PRAGMA application_id = 0x61757468; PRAGMA user_version = 3", NULL, "written by a newer authsift" },
    };
    struct nest n;
    nest_init(&n);
    if (cases[_i].sql != NULL)
        run_sql(n.path, cases[_i].sql);
    else
        write_file(n.path, cases[_i].text);
    struct buf before = BUF_INIT, after = BUF_INIT;
    ck_assert(buf_read_file(&before, n.path, 1 << 20));
    ck_assert_int_eq(nest_open(&n), ERR_OUTPUT);
    ck_assert_ptr_null(n.s);
    assert_said(&n, cases[_i].said);
    ck_assert(buf_read_file(&after, n.path, 1 << 20));
    ck_assert(sv_eq(buf_view(&before), buf_view(&after)));
    buf_fini(&before);
    buf_fini(&after);
    nest_fini(&n);
}
END_TEST

START_TEST(damaged)
{
    struct nest n;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    state_close(n.s);
    n.s = NULL;
    FILE *f = fopen(n.path, "r+");
    ck_assert_ptr_nonnull(f);
    fseek(f, 100, SEEK_SET);
    for (int i = 0; i < 4000; i++)
        fputc(0xa5, f);
    fclose(f);
    ck_assert_int_eq(nest_open(&n), ERR_OUTPUT);
    assert_said(&n, "is damaged");
    nest_fini(&n);
}
END_TEST

START_TEST(folder_that_is_not_there)
{
    struct nest n;
    nest_init(&n);
    snprintf(n.path, sizeof n.path, "%s/no/s.db", n.folder);
    ck_assert_int_eq(nest_open(&n), ERR_OUTPUT);
    assert_said(&n, "cannot open the lock");
    ck_assert_int_eq(state_open(n.path, (struct state_options){ .read_only = true }, &n.s, n.d), ERR_OUTPUT);
    assert_said(&n, "cannot open the state");
    nest_fini(&n);
}
END_TEST

/* A run that died between its commit and its renames is ended by the next one. */
START_TEST(publication_is_ended)
{
    struct nest n;
    char from[128], to[128], gone[128], done[128];
    nest_init(&n);
    snprintf(from, sizeof from, "%s/.tmp1", n.folder);
    snprintf(to, sizeof to, "%s/findings.csv", n.folder);
    snprintf(gone, sizeof gone, "%s/.tmp2", n.folder);
    snprintf(done, sizeof done, "%s/actions.csv", n.folder);
    write_file(from, "new\n");
    write_file(to, "old\n");
    write_file(done, "new too\n"); /* was renamed before the run died */
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_publication(n.s, gone, done, n.d), ERR_OK);
    ck_assert_int_eq(state_put_publication(n.s, from, to, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    state_close(n.s);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    assert_said(&n, "published only now");
    struct buf b = BUF_INIT;
    ck_assert(buf_read_file(&b, to, 100));
    ck_assert_str_eq(buf_cstr(&b), "new\n");
    ck_assert_int_ne(access(from, F_OK), 0);
    /* And only once. */
    state_close(n.s);
    const size_t said = diags_count(n.d);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_uint_eq(diags_count(n.d), said);
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

START_TEST(publication_that_is_lost)
{
    struct nest n;
    char from[128], to[128];
    nest_init(&n);
    snprintf(from, sizeof from, "%s/.tmp1", n.folder);
    snprintf(to, sizeof to, "%s/findings.csv", n.folder);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_publication(n.s, from, to, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    state_close(n.s);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_uint_eq(diags_warnings(n.d), 1);
    /* Something that cannot be replaced stands in its place: that one is an error, until it is out of the way. */
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_publication(n.s, from, to, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    state_close(n.s);
    write_file(from, "new\n");
    ck_assert_int_eq(mkdir(to, 0777), 0);
    ck_assert_int_eq(nest_open(&n), ERR_OUTPUT);
    assert_said(&n, "could not publish it");
    ck_assert_int_eq(rmdir(to), 0);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    nest_fini(&n);
}
END_TEST

TCase *
state_open_tests(void)
{
    TCase *t = tcase_create("open");
    tcase_add_test(t, made_and_opened_again);
    tcase_add_test(t, of_an_older_version);
    tcase_add_test(t, one_run_at_a_time);
    tcase_add_test(t, waits);
    tcase_add_test(t, stale_lock);
    tcase_add_loop_test(t, refused_files, 0, 4);
    tcase_add_test(t, damaged);
    tcase_add_test(t, folder_that_is_not_there);
    tcase_add_test(t, publication_is_ended);
    tcase_add_test(t, publication_that_is_lost);
    return t;
}
