/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock by its raw system calls (no C library has them), seccomp by libseccomp, which knows the numbers of system
 * calls on every architecture.
 *
 * The filter is a list of what is allowed; everything else fails with ENOSYS, not EPERM: a C library that is newer than
 * this list tries a new system call first and takes the old one if that is "not there". clone3 is kept out for the same
 * reason: its flags are in memory, where a filter cannot see them; those of clone say whether a thread is started or a
 * process. The list is that of scan and merge with all they use: zlib, zstd, threads, mapped files, SQLite. */
#define _GNU_SOURCE /* O_PATH, syscall */

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "cli/sandbox.h"

#include <string.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#ifndef WITH_SANITIZER
#define WITH_SANITIZER 0
#endif

void
sandbox_init(struct sandbox *s)
{
    const struct sandbox_half off = { false, "off" };
    *s = (struct sandbox){ .paths = VEC_INIT, .landlock = off, .seccomp = off };
}

void
sandbox_fini(struct sandbox *s)
{
    for (size_t i = 0; i < s->paths.n; i++)
        mem_free(s->paths.v[i].path);
    vec_fini(&s->paths);
}

void
sandbox_allow(struct sandbox *s, const char *path, enum sandbox_access access)
{
    vec_push(&s->paths, (struct sandbox_path){ mem_dup(path, strlen(path)), access });
}

void
sandbox_allow_folder_of(struct sandbox *s, const char *path, enum sandbox_access access)
{
    const char *slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    const struct sandbox_path last = s->paths.n != 0 ? s->paths.v[s->paths.n - 1] : (struct sandbox_path){ 0 };
    char *folder = n == 0 ? mem_dup(".", 1) : mem_dup(path, n);
    /* Thousands of files of one folder come one after the other. */
    if (last.path != NULL && last.access == access && strcmp(last.path, folder) == 0)
        mem_free(folder);
    else
        vec_push(&s->paths, (struct sandbox_path){ folder, access });
}

/* ---- Landlock ---- */

#if defined(HAVE_LINUX_LANDLOCK_H) && !WITH_SANITIZER

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than some headers; the kernel says what it knows. (linux/landlock.h, versions of the interface) */
#define FS_VERSION_1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)     /* 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_TCP (UINT64_C(3))            /* 4: bind and connect */
#define SCOPES (UINT64_C(3))             /* 6: abstract Unix sockets and signals */

#define OF_FILES \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE) /* the rights that a file can have */
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                                               \
    (READING | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
     FS_TRUNCATE)

/* The kernel's structure as it is since version 6; older ones are told the length of what they know. */
struct ruleset_attr {
    uint64_t handled_fs;
    uint64_t handled_net;
    uint64_t scoped;
};

static uint64_t
handled_fs(int version)
{
    return FS_VERSION_1 | (version >= 2 ? FS_REFER : 0) | (version >= 3 ? FS_TRUNCATE : 0) |
           (version >= 5 ? FS_IOCTL_DEV : 0);
}

static int
create_ruleset(int version)
{
    struct ruleset_attr attr = { .handled_fs = handled_fs(version) };
    size_t n = sizeof attr.handled_fs;
    if (version >= 4) {
        attr.handled_net = NET_TCP;
        n += sizeof attr.handled_net;
    }
    if (version >= 6) {
        attr.scoped = SCOPES;
        n += sizeof attr.scoped;
    }
    return (int)syscall(SYS_landlock_create_ruleset, &attr, n, 0);
}

/* A pipe belongs to no folder, and is allowed anyway: EBADFD. */
static bool
add_path(int ruleset, const struct sandbox_path *p, uint64_t handled)
{
    struct stat st;
    const int fd = open(p->path, O_PATH | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    uint64_t access = (p->access == SANDBOX_WRITE ? WRITING : READING) & handled;
    if (!S_ISDIR(st.st_mode))
        access &= OF_FILES;
    const struct landlock_path_beneath_attr beneath = { .allowed_access = access, .parent_fd = fd };
    const bool ok = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    const int error = errno;
    close(fd);
    return ok || error == EBADFD;
}

static struct sandbox_half
confine_files(struct sandbox *s)
{
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version <= 0)
        return (struct sandbox_half){ false,
                                      errno == EOPNOTSUPP ? "switched off in this kernel" : "not in this kernel" };
    s->landlock_version = (int)version;
    const int ruleset = create_ruleset((int)version);
    bool ok = ruleset >= 0;
    for (size_t i = 0; ok && i < s->paths.n; i++)
        ok = add_path(ruleset, &s->paths.v[i], handled_fs((int)version));
    ok = ok && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    ok = ok && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (ruleset >= 0)
        close(ruleset);
    return (struct sandbox_half){ ok, ok ? "on" : "refused by this kernel" };
}

#else

static struct sandbox_half
confine_files(struct sandbox *s)
{
    (void)s;
    return (struct sandbox_half){ false, WITH_SANITIZER ? "off under a sanitizer" : "not in this build" };
}

#endif

/* ---- seccomp ---- */

#if defined(HAVE_SECCOMP) && !WITH_SANITIZER

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <termios.h>

#include "base/sv.h"

/* By name, because no architecture has all of them. */
static const char allowed[] =
    /* files */
    "read readv pread64 preadv write writev pwrite64 pwritev lseek _llseek open openat close stat stat64 lstat lstat64 "
    "fstat fstat64 newfstatat fstatat64 statx statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2 readlink "
    "readlinkat getcwd getdents getdents64 fcntl fcntl64 flock fsync fdatasync ftruncate ftruncate64 fallocate "
    "fadvise64 fadvise64_64 arm_fadvise64_64 unlink unlinkat rename renameat renameat2 mkdir mkdirat fchmod fchown "
    "fchown32 dup "
    /* memory */
    "brk mmap mmap2 munmap mremap mprotect madvise msync "
    /* threads and signals */
    "futex futex_time64 set_robust_list rseq membarrier exit exit_group sched_yield sched_getaffinity rt_sigaction "
    "rt_sigprocmask rt_sigreturn sigreturn sigaltstack tgkill restart_syscall gettid getpid "
    /* time, chance, and questions about oneself */
    "clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 nanosleep "
    "gettimeofday time getrandom getrusage getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 sysinfo "
    "uname getrlimit ugetrlimit poll ppoll ppoll_time64";

/* What an argument of a call has to be: masked by `mask`, it is `value`. */
struct condition {
    unsigned argument;
    scmp_datum_t mask;
    scmp_datum_t value;
};

/* condition: NULL for any arguments. A name that this architecture or libseccomp does not know is passed over. */
static bool
allow(scmp_filter_ctx filter, struct sv name, const struct condition *condition)
{
    char text[32];
    snprintf(text, sizeof text, "%.*s", SV_ARG(name));
    const int number = seccomp_syscall_resolve_name(text);
    if (number == __NR_SCMP_ERROR)
        return true;
    struct scmp_arg_cmp compare = { 0, SCMP_CMP_MASKED_EQ, 0, 0 };
    if (condition != NULL) {
        compare.arg = condition->argument;
        compare.datum_a = condition->mask;
        compare.datum_b = condition->value;
    }
    const int error = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, condition != NULL, &compare);
    return error == 0 || error == -EDOM;
}

static bool
allow_all(scmp_filter_ctx filter)
{
    struct sv rest = { allowed, sizeof allowed - 1 };
    struct sv name;
    while (sv_split(&rest, ' ', &name))
        if (!allow(filter, name, NULL))
            return false;
    return true;
}

/* Allowed by what they are asked for. s390 has the flags of clone in its second argument. */
static bool
allow_some(scmp_filter_ctx filter)
{
#if defined(__s390__)
    const unsigned flags = 1;
#else
    const unsigned flags = 0;
#endif
    const scmp_datum_t every_bit = UINT32_MAX; /* of an int */
    const struct condition a_thread = { flags, CLONE_THREAD, CLONE_THREAD };
    const struct condition no_signal = { 1, every_bit, 0 };
    const struct condition no_new_limit = { 2, UINT64_MAX, 0 };
    const struct condition is_terminal = { 1, every_bit, TCGETS };
    const struct condition width = { 1, every_bit, TIOCGWINSZ };
    return allow(filter, SV("clone"), &a_thread) && allow(filter, SV("kill"), &no_signal) &&
           allow(filter, SV("prlimit64"), &no_new_limit) && allow(filter, SV("ioctl"), &is_terminal) &&
           allow(filter, SV("ioctl"), &width);
}

static struct sandbox_half
confine_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    bool ok = filter != NULL;
    ok = ok && allow_all(filter) && allow_some(filter) && seccomp_load(filter) == 0;
    if (filter != NULL)
        seccomp_release(filter);
    return (struct sandbox_half){ ok, ok ? "on" : "not in this kernel" };
}

#else

static struct sandbox_half
confine_calls(void)
{
    return (struct sandbox_half){ false, WITH_SANITIZER ? "off under a sanitizer" : "not in this build" };
}

#endif

void
sandbox_apply(struct sandbox *s)
{
    s->landlock = confine_files(s);
    s->seccomp = confine_calls();
}

bool
sandbox_is_left_out(void)
{
    return WITH_SANITIZER;
}
