/* SPDX-License-Identifier: Apache-2.0 */
/* What is left after sandbox_apply, tried in a child: a sandbox cannot be taken off again. */
#include "cli/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli_tests.h"

static pid_t parent;
static char folder[64];
static char outside[80]; /* a file beside the folder */

static const char *
path_of(const char *name)
{
    static char path[2][128];
    static unsigned turn;
    char *p = path[turn++ % 2];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void
make_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void
setup(void)
{
    snprintf(folder, sizeof folder, "/tmp/authsift-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(outside, sizeof outside, "%s.outside", folder);
    make_file(outside);
    ck_assert_int_eq(mkdir(path_of("in"), 0700), 0);
    ck_assert_int_eq(mkdir(path_of("out"), 0700), 0);
    make_file(path_of("in/log"));
    make_file(path_of("out/old"));
}

static void
teardown(void)
{
    static const char *const names[] = { "in/log", "in/new", "in", "out/old", "out/new", "out/renamed", "out" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(path_of(names[i]));
    unlink(outside);
    ck_assert_int_eq(rmdir(folder), 0);
}

static bool
can_open(const char *path, int flags)
{
    const int fd = open(path, flags, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Runs fn confined to in/ (reading) and out/ (writing), in a child. Returns what fn returns, or -1: there is no such
 * half of a sandbox here. */
static int
confined(bool files, int (*fn)(void))
{
    parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        struct sandbox s;
        sandbox_init(&s);
        sandbox_allow(&s, path_of("in"), SANDBOX_READ);
        sandbox_allow_folder_of(&s, path_of("out/report"), SANDBOX_WRITE);
        sandbox_allow(&s, path_of("nowhere"), SANDBOX_READ);
        sandbox_apply(&s);
        if (!(files ? s.landlock.is_on : s.seccomp.is_on))
            _exit(77);
        _exit(fn());
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "status %d", status);
    return WEXITSTATUS(status) == 77 ? -1 : WEXITSTATUS(status);
}

static int
try_files(void)
{
    if (!can_open(path_of("in/log"), O_RDONLY) || !can_open(path_of("in"), O_RDONLY | O_DIRECTORY))
        return 1;
    if (can_open(path_of("in/log"), O_WRONLY) || can_open(path_of("in/new"), O_WRONLY | O_CREAT))
        return 2;
    if (unlink(path_of("in/log")) == 0)
        return 3;
    if (!can_open(path_of("out/old"), O_RDWR) || !can_open(path_of("out/new"), O_RDWR | O_CREAT | O_EXCL))
        return 4;
    if (rename(path_of("out/new"), path_of("out/renamed")) != 0 || unlink(path_of("out/old")) != 0)
        return 5;
    if (can_open(outside, O_RDONLY) || can_open(outside, O_WRONLY) || can_open("/etc/passwd", O_RDONLY))
        return 6;
    if (unlink(outside) == 0 || rename(path_of("out/renamed"), path_of("in/new")) == 0)
        return 7;
    return symlink("/etc/passwd", path_of("out/link")) == 0 ? 8 : 0;
}

static void *
nothing(void *arg)
{
    return arg;
}

static int
try_calls(void)
{
    char word[] = "true";
    char *argv[] = { word, NULL };
    pthread_t thread;
    int x;
    void *y;
    if (pthread_create(&thread, NULL, nothing, &x) != 0 || pthread_join(thread, &y) != 0 || y != &x)
        return 1;
    if (fork() >= 0)
        return 2;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        return 3;
    if (kill(parent, SIGCONT) == 0) /* not even a harmless signal */
        return 4;
    if (kill(getpid(), 0) != 0)
        return 5;
    execv("/bin/true", argv);
    return errno == ENOSYS ? 0 : 6;
}

START_TEST(files_of_its_folders_only)
{
    const int got = confined(true, try_files);
    ck_assert_msg(got == 0 || got == -1, "step %d", got);
}
END_TEST

START_TEST(calls_of_its_work_only)
{
    const int got = confined(false, try_calls);
    ck_assert_msg(got == 0 || got == -1, "step %d", got);
}
END_TEST

/* Thousands of files of one folder are one rule. */
START_TEST(a_folder_once)
{
    struct sandbox s;
    sandbox_init(&s);
    sandbox_allow_folder_of(&s, "logs/a", SANDBOX_READ);
    sandbox_allow_folder_of(&s, "logs/b", SANDBOX_READ);
    sandbox_allow_folder_of(&s, "logs/b", SANDBOX_WRITE);
    sandbox_allow_folder_of(&s, "c", SANDBOX_READ);
    sandbox_allow_folder_of(&s, "/d", SANDBOX_READ);
    ck_assert_uint_eq(s.paths.n, 4);
    ck_assert_str_eq(s.paths.v[0].path, "logs");
    ck_assert_str_eq(s.paths.v[2].path, ".");
    ck_assert_str_eq(s.paths.v[3].path, "/");
    ck_assert_str_eq(s.landlock.word, "off");
    sandbox_fini(&s);
}
END_TEST

TCase *
sandbox_tests(void)
{
    TCase *t = tcase_create("sandbox");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, files_of_its_folders_only);
    tcase_add_test(t, calls_of_its_work_only);
    tcase_add_test(t, a_folder_once);
    return t;
}
