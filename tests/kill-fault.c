/* SPDX-License-Identifier: Apache-2.0 */
/* A library to be loaded before others (LD_PRELOAD), for tests/kill: makes one call of the system fail.
 *
 *   FAULT="CALL N ERROR"    the N-th call (from 1) of write, pwrite, pread, openat or mmap, and all after it, fail with
 *                           ERROR, the number of an errno; of pread, 0 turns one bit of what was read
 *
 * Only what concerns files counts: writes to standard output and error, and anonymous mappings, do not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

static atomic_long calls;

/* Is it this call's turn? Its error then. */
static int
is_due(const char *call, int *error)
{
    const char *text = getenv("FAULT");
    char name[16];
    long n;
    if (text == NULL || sscanf(text, "%15s %ld %d", name, &n, error) != 3 || strcmp(name, call) != 0)
        return 0;
    return atomic_fetch_add(&calls, 1) + 1 >= n;
}

/* The system's own function; ISO C knows no way from an object's address to a function's. */
static void
find_next(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, size);
}

typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
typedef ssize_t pread_fn(int, void *, size_t, off_t);
typedef int openat_fn(int, const char *, int, ...);
typedef void *mmap_fn(void *, size_t, int, int, int, off_t);

ssize_t
write(int fd, const void *p, size_t n)
{
    int error;
    if (fd > 2 && is_due("write", &error)) {
        errno = error;
        return -1;
    }
    write_fn *next;
    find_next("write", &next, sizeof next);
    return next(fd, p, n);
}

static ssize_t
fail_pwrite(int fd, const void *p, size_t n, off_t at, const char *name)
{
    int error;
    if (is_due("pwrite", &error)) {
        errno = error;
        return -1;
    }
    pwrite_fn *next;
    find_next(name, &next, sizeof next);
    return next(fd, p, n, at);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
    return fail_pwrite(fd, p, n, at, "pwrite");
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off_t at)
{
    return fail_pwrite(fd, p, n, at, "pwrite64");
}

static ssize_t
fail_pread(int fd, void *p, size_t n, off_t at, const char *name)
{
    int error;
    const int due = is_due("pread", &error);
    if (due && error != 0) {
        errno = error;
        return -1;
    }
    pread_fn *next;
    find_next(name, &next, sizeof next);
    const ssize_t got = next(fd, p, n, at);
    if (due && got > 0)
        ((unsigned char *)p)[got / 2] ^= 4;
    return got;
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
    return fail_pread(fd, p, n, at, "pread");
}

ssize_t
pread64(int fd, void *p, size_t n, off_t at)
{
    return fail_pread(fd, p, n, at, "pread64");
}

static int
fail_openat(int folder, const char *path, int flags, mode_t mode, const char *name)
{
    int error;
    if ((flags & (O_WRONLY | O_RDWR)) != 0 && is_due("openat", &error)) {
        errno = error;
        return -1;
    }
    openat_fn *next;
    find_next(name, &next, sizeof next);
    return next(folder, path, flags, mode);
}

int
openat(int folder, const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0600;
    va_end(ap);
    return fail_openat(folder, path, flags, mode, "openat");
}

int
openat64(int folder, const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0600;
    va_end(ap);
    return fail_openat(folder, path, flags, mode, "openat64");
}

static void *
fail_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset, const char *name)
{
    int error;
    if (fd >= 0 && (flags & MAP_SHARED) != 0 && is_due("mmap", &error)) {
        errno = error;
        return MAP_FAILED;
    }
    mmap_fn *next;
    find_next(name, &next, sizeof next);
    return next(at, n, protection, flags, fd, offset);
}

void *
mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    return fail_mmap(at, n, protection, flags, fd, offset, "mmap");
}

void *
mmap64(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    return fail_mmap(at, n, protection, flags, fd, offset, "mmap64");
}
