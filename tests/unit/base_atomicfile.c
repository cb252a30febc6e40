/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/atomicfile.h"
#include "base/buf.h"
#include "base/mem.h"

static char folder[64];
static struct diags *d;

static void
setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/authsift-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    d = diags_new();
}

static const char *
path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Number of entries of the folder. */
static int
entries(void)
{
    DIR *dir = opendir(folder);
    ck_assert_ptr_nonnull(dir);
    int n = 0;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void
teardown(void)
{
    static const char *const names[] = { "a.csv", "b.csv", "kept", "sub/x", "sub/deep/x", "sub/deep", "sub" };
    for (int i = 0; i < N_OF(names); i++)
        (void)remove(path_of(names[i]));
    ck_assert_int_eq(entries(), 0);
    rmdir(folder);
    diags_free(d);
}

static void
put_file(const char *name, const char *content)
{
    FILE *f = fopen(path_of(name), "w");
    ck_assert_ptr_nonnull(f);
    fputs(content, f);
    fclose(f);
}

static void
assert_content(const char *name, const char *want)
{
    struct buf b = BUF_INIT;
    ck_assert(buf_read_file(&b, path_of(name), 1 << 20));
    ck_assert_str_eq(buf_cstr(&b), want);
    buf_fini(&b);
}

START_TEST(appears_at_once)
{
    put_file("a.csv", "old\n");
    struct atomic_set *s = atomic_set_open(folder, d);
    ck_assert_ptr_nonnull(s);
    FILE *a = atomic_set_file(s, "a.csv", d);
    FILE *b = atomic_set_file(s, "b.csv", d);
    fputs("new a\n", a);
    fputs("new b\n", b);
    fflush(a);
    assert_content("a.csv", "old\n");
    ck_assert_int_ne(access(path_of("b.csv"), F_OK), 0);
    ck_assert_int_eq(entries(), 3);
    ck_assert_int_eq(atomic_set_publish(s, d), ERR_OK);
    atomic_set_free(s);
    assert_content("a.csv", "new a\n");
    assert_content("b.csv", "new b\n");
    ck_assert_int_eq(entries(), 2);
    struct stat st;
    ck_assert_int_eq(stat(path_of("b.csv"), &st), 0);
    const mode_t mask = umask(0);
    umask(mask);
    ck_assert_uint_eq(st.st_mode & 0777, 0640 & ~mask);
}
END_TEST

START_TEST(or_not_at_all)
{
    put_file("a.csv", "old\n");
    struct atomic_set *s = atomic_set_open(folder, d);
    fputs("new a\n", atomic_set_file(s, "a.csv", d));
    fputs("new b\n", atomic_set_file(s, "b.csv", d));
    atomic_set_free(s);
    assert_content("a.csv", "old\n");
    ck_assert_int_eq(entries(), 1);
    atomic_set_free(NULL);
}
END_TEST

struct question {
    enum err answer;
    bool was_prepared; /* when it was asked, nothing had its name yet */
};

static enum err
agree(void *ctx, struct diags *unused)
{
    struct question *q = ctx;
    (void)unused;
    q->was_prepared = access(path_of("b.csv"), F_OK) != 0;
    return q->answer;
}

/* What hangs on somebody's word: names are told before, and a no changes nothing. */
START_TEST(if_it_is_agreed)
{
    struct question q = { .answer = _i == 0 ? ERR_OK : ERR_OUTPUT };
    struct buf from = BUF_INIT, to = BUF_INIT;
    put_file("a.csv", "old\n");
    struct atomic_set *s = atomic_set_open(folder, d);
    fputs("new a\n", atomic_set_file(s, "a.csv", d));
    fputs("new b\n", atomic_set_file(s, "b.csv", d));
    ck_assert_int_eq(atomic_set_prepare(s, d), ERR_OK);
    assert_content("a.csv", "old\n");
    ck_assert_uint_eq(atomic_set_count(s), 2);
    ck_assert(atomic_set_paths(s, 1, &from, &to));
    ck_assert_int_eq(access(buf_cstr(&from), F_OK), 0);
    ck_assert(from.p[0] == '/' && to.p[0] == '/');
    ck_assert_str_eq(strrchr(buf_cstr(&to), '/'), "/b.csv");
    ck_assert_int_eq(atomic_set_publish_if(s, agree, &q, d), q.answer);
    ck_assert(q.was_prepared);
    atomic_set_free(s);
    assert_content("a.csv", _i == 0 ? "new a\n" : "old\n");
    ck_assert_int_eq(entries(), _i == 0 ? 2 : 1);
    buf_fini(&from);
    buf_fini(&to);
}
END_TEST

/* Agreed, but a rename fails: what is not renamed waits under the name that was told. */
START_TEST(agreed_and_stuck)
{
    struct question q = { .answer = ERR_OK };
    struct buf from = BUF_INIT, to = BUF_INIT;
    ck_assert_int_eq(mkdir(path_of("sub"), 0777), 0);
    struct atomic_set *s = atomic_set_open(folder, d);
    fputs("new\n", atomic_set_file(s, "sub", d));
    ck_assert_int_eq(atomic_set_prepare(s, d), ERR_OK);
    ck_assert(atomic_set_paths(s, 0, &from, &to));
    ck_assert_int_eq(atomic_set_publish_if(s, agree, &q, d), ERR_OUTPUT);
    atomic_set_free(s);
    ck_assert_int_eq(rmdir(path_of("sub")), 0);
    ck_assert_int_eq(rename(buf_cstr(&from), buf_cstr(&to)), 0);
    assert_content("sub", "new\n");
    buf_fini(&from);
    buf_fini(&to);
}
END_TEST

START_TEST(temporaries_are_named)
{
    struct atomic_set *s = atomic_set_open(folder, d);
    ck_assert_ptr_nonnull(atomic_set_file(s, "a.csv", d));
    char name[64];
    snprintf(name, sizeof name, ".authsift-%ld-0-a.csv", (long)getpid());
    ck_assert_int_eq(access(path_of(name), F_OK), 0);
    atomic_set_free(s);
}
END_TEST

START_TEST(makes_parents)
{
    char deep[128];
    snprintf(deep, sizeof deep, "%s/sub//deep/", folder);
    struct atomic_set *s = atomic_set_open(deep, d);
    ck_assert_ptr_nonnull(s);
    fputs("x", atomic_set_file(s, "x", d));
    ck_assert_int_eq(atomic_set_publish(s, d), ERR_OK);
    atomic_set_free(s);
    assert_content("sub/deep/x", "x");
}
END_TEST

static mode_t
mode_of(const char *name)
{
    struct stat st;
    ck_assert_int_eq(lstat(path_of(name), &st), 0);
    return st.st_mode & (S_IFMT | 0777);
}

/* Whatever stands at the place of a report, it is replaced: nothing is written where a link leads. */
START_TEST(a_link_is_replaced)
{
    struct atomic_set *s = atomic_set_open(folder, d);
    fputs("kept\n", atomic_set_file(s, "kept", d));
    ck_assert_int_eq(atomic_set_publish(s, d), ERR_OK);
    atomic_set_free(s);
    ck_assert_int_eq(symlink("kept", path_of("a.csv")), 0);
    ck_assert_int_eq(symlink("/nowhere/at/all", path_of("b.csv")), 0);
    s = atomic_set_open(folder, d);
    fputs("a\n", atomic_set_file(s, "a.csv", d));
    fputs("b\n", atomic_set_file(s, "b.csv", d));
    ck_assert_int_eq(atomic_set_publish(s, d), ERR_OK);
    atomic_set_free(s);
    ck_assert_uint_eq(mode_of("a.csv") & S_IFMT, S_IFREG);
    ck_assert_uint_eq(mode_of("b.csv") & S_IFMT, S_IFREG);
    struct buf b = BUF_INIT;
    ck_assert(buf_read_file(&b, path_of("kept"), 100));
    ck_assert_str_eq(buf_cstr(&b), "kept\n");
    buf_fini(&b);
}
END_TEST

/* The umask takes away, and adds nothing. */
START_TEST(for_owner_and_group)
{
    static const struct {
        mode_t mask, file, made_folder;
    } modes[] = { { 0, 0640, 0750 }, { 022, 0640, 0750 }, { 077, 0600, 0700 } };
    const mode_t before = umask(modes[_i].mask);
    char sub[100];
    snprintf(sub, sizeof sub, "%s/sub", folder);
    struct atomic_set *s = atomic_set_open(sub, d);
    ck_assert_ptr_nonnull(atomic_set_file(s, "x", d));
    ck_assert_int_eq(atomic_set_publish(s, d), ERR_OK);
    atomic_set_free(s);
    umask(before);
    ck_assert_uint_eq(mode_of("sub/x"), S_IFREG | modes[_i].file);
    ck_assert_uint_eq(mode_of("sub"), S_IFDIR | modes[_i].made_folder);
}
END_TEST

START_TEST(a_folder_that_is_a_file)
{
    put_file("kept", "");
    ck_assert_ptr_null(atomic_set_open(path_of("kept"), d));
    ck_assert_uint_eq(diags_errors(d), 1);
    ck_assert(sv_ends(diags_get(d, 0)->message, SV("Not a directory")));
    ck_assert_ptr_null(atomic_set_open(path_of("kept/below"), d));
    ck_assert_uint_eq(diags_errors(d), 2);
}
END_TEST

START_TEST(bad_names)
{
    struct atomic_set *s = atomic_set_open(folder, d);
    char long_name[300];
    memset(long_name, 'x', 299);
    long_name[299] = '\0';
    ck_assert_ptr_null(atomic_set_file(s, long_name, d));
    ck_assert_ptr_null(atomic_set_file(s, "../a", d));
    ck_assert_uint_eq(diags_errors(d), 2);
    atomic_set_free(s);
}
END_TEST

static pid_t
dead_pid(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    return pid;
}

START_TEST(removes_what_the_dead_left)
{
    char dead[64], alive[64], own[64];
    snprintf(dead, sizeof dead, ".authsift-%ld-3-a.csv", (long)dead_pid());
    snprintf(alive, sizeof alive, ".authsift-%ld-3-a.csv", (long)getppid());
    snprintf(own, sizeof own, ".authsift-%ld-9-a.csv", (long)getpid());
    put_file(dead, "x");
    put_file(alive, "x");
    put_file(own, "x"); /* by an earlier process of the same pid */
    put_file(".authsift-x", "x");
    put_file(".authsift-12x-1-a", "x");
    put_file("kept", "x");
    struct atomic_set *s = atomic_set_open(folder, d);
    ck_assert_ptr_nonnull(atomic_set_file(s, "b.csv", d));
    struct atomic_set *second = atomic_set_open(folder, d); /* must not remove the first's temporary */
    ck_assert_int_ne(access(path_of(dead), F_OK), 0);
    ck_assert_int_ne(access(path_of(own), F_OK), 0);
    ck_assert_int_eq(access(path_of(alive), F_OK), 0);
    ck_assert_int_eq(entries(), 5);
    atomic_set_free(second);
    atomic_set_free(s);
    remove(path_of(alive));
    remove(path_of(".authsift-x"));
    remove(path_of(".authsift-12x-1-a"));
}
END_TEST

/* A full disk, played by a limit on the size of files. */
START_TEST(a_failed_write_publishes_nothing)
{
    put_file("a.csv", "old\n");
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = { 1000, 1000 };
        struct atomic_set *s = atomic_set_open(folder, d);
        FILE *a = atomic_set_file(s, "a.csv", d);
        FILE *b = atomic_set_file(s, "b.csv", d);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(99);
        fputs("small\n", a);
        for (int i = 0; i < 5000; i++)
            fputc('x', b);
        const enum err e = atomic_set_publish(s, d);
        const bool told =
            diags_errors(d) == 1 && sv_find(diags_get(d, 0)->message, SV("b.csv"), 0) < diags_get(d, 0)->message.n;
        atomic_set_free(s);
        _exit(e == ERR_OUTPUT && told ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    assert_content("a.csv", "old\n");
    ck_assert_int_eq(entries(), 1);
}
END_TEST

static void
hold_and_wait(const char *ready)
{
    atomic_install_handlers();
    struct atomic_set *s = atomic_set_open(folder, d);
    FILE *a = atomic_set_file(s, "a.csv", d);
    fputs("half", a);
    fflush(a);
    put_file(ready, "");
    for (;;)
        pause();
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

START_TEST(a_signal_removes_temporaries)
{
    const pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < N_OF(signals); i++)
            signal(signals[i], SIG_DFL);
        hold_and_wait("kept");
    }
    while (access(path_of("kept"), F_OK) != 0)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    ck_assert_int_eq(entries(), 2);
    ck_assert_int_eq(kill(pid, signals[_i]), 0);
    int status;
    waitpid(pid, &status, 0);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), signals[_i]);
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(exhaustion_removes_temporaries)
{
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(99);
        atomic_install_handlers();
        struct atomic_set *s = atomic_set_open(folder, d);
        if (atomic_set_file(s, "a.csv", d) == NULL)
            _exit(98);
        mem_free(mem_resize(NULL, SIZE_MAX, 2));
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 5);
    ck_assert_int_eq(entries(), 0);
}
END_TEST

/* A mapped file that has become shorter cannot be read; neither can one on a disk that fails. */
START_TEST(an_unreadable_mapping_is_exit_5)
{
    put_file("mapped", "text");
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(99);
        atomic_install_handlers();
        struct atomic_set *s = atomic_set_open(folder, d);
        const int fd = open(path_of("mapped"), O_RDWR);
        const volatile char *map = mmap(NULL, 4, PROT_READ, MAP_SHARED, fd, 0);
        if (atomic_set_file(s, "a.csv", d) == NULL || map == MAP_FAILED || ftruncate(fd, 0) != 0)
            _exit(98);
        _exit(map[0] == 't');
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 5);
    ck_assert_int_eq(entries(), 1);
    unlink(path_of("mapped"));
}
END_TEST

START_TEST(a_file_without_a_name)
{
    char got[4];
    const int fd = atomic_unnamed(folder);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(entries(), 0);
    ck_assert_int_eq(pwrite(fd, "text", 4, 0), 4);
    ck_assert_int_eq(pread(fd, got, 4, 0), 4);
    ck_assert_mem_eq(got, "text", 4);
    close(fd);
    ck_assert_int_eq(atomic_unnamed(path_of("gone")), -1);
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

TCase *
base_atomicfile_tests(void)
{
    TCase *t = tcase_create("atomicfile");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, appears_at_once);
    tcase_add_test(t, or_not_at_all);
    tcase_add_loop_test(t, if_it_is_agreed, 0, 2);
    tcase_add_test(t, agreed_and_stuck);
    tcase_add_test(t, temporaries_are_named);
    tcase_add_test(t, makes_parents);
    tcase_add_test(t, a_folder_that_is_a_file);
    tcase_add_test(t, a_link_is_replaced);
    tcase_add_loop_test(t, for_owner_and_group, 0, 3);
    tcase_add_test(t, bad_names);
    tcase_add_test(t, a_file_without_a_name);
    tcase_add_test(t, removes_what_the_dead_left);
    tcase_add_test(t, a_failed_write_publishes_nothing);
    tcase_add_loop_test(t, a_signal_removes_temporaries, 0, N_OF(signals));
    tcase_add_test(t, exhaustion_removes_temporaries);
    tcase_add_test(t, an_unreadable_mapping_is_exit_5);
    return t;
}
