/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fileio.h"

#include <errno.h>
#include <unistd.h>

bool
file_write_at(int fd, const void *p, size_t n, uint64_t at)
{
    const char *next = p;
    while (n != 0) {
        const ssize_t done = pwrite(fd, next, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done == 0)
            errno = EIO;
        if (done <= 0)
            return false;
        next += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return true;
}

bool
file_read_at(int fd, void *p, size_t n, uint64_t at, size_t *got)
{
    char *to = p;
    *got = 0;
    while (*got < n) {
        const ssize_t done = pread(fd, to + *got, n - *got, (off_t)(at + *got));
        if (done < 0 && errno != EINTR)
            return false;
        if (done == 0)
            break;
        *got += done > 0 ? (size_t)done : 0;
    }
    return true;
}
