/* SPDX-License-Identifier: Apache-2.0 */
/* The lock file is never removed while it may be held: whoever unlinks a file that another process waits for makes two
 * locks of one. Its holder empties it when it is done, so text in a file that nobody holds means that the holder
 * died. */
#include "state/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/timestamp.h"

#define HOLDER_MAX 400

struct lock {
    int fd;
};

static bool
set_lock(int fd, short type, bool wait)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET };
    int got;
    do
        got = fcntl(fd, wait ? F_SETLKW : F_SETLK, &l);
    while (got == -1 && errno == EINTR);
    return got == 0;
}

/* What the file says of its holder, made printable; "" if nothing. */
static void
read_holder(int fd, char holder[HOLDER_MAX])
{
    const ssize_t n = pread(fd, holder, HOLDER_MAX - 1, 0);
    size_t end = 0;
    while (n > 0 && end < (size_t)n && holder[end] >= ' ' && holder[end] <= '~')
        end++;
    holder[end] = '\0';
}

static bool
write_holder(int fd)
{
    char text[HOLDER_MAX], host[128] = "", now[TIME_TEXT_MAX + 1];
    gethostname(host, sizeof host - 1);
    now[time_format(time_now(), now)] = '\0';
    const int n = snprintf(text, sizeof text, "process %ld on %s since %s\n", (long)getpid(), host, now);
    return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
}

static enum err
take(int fd, const char *path, bool wait, struct diags *d)
{
    char holder[HOLDER_MAX];
    if (!set_lock(fd, F_WRLCK, false)) {
        if (errno != EACCES && errno != EAGAIN) {
            diag_error(d, SPAN_NONE, "cannot lock %s: %s", path, strerror(errno));
            return ERR_OUTPUT;
        }
        read_holder(fd, holder);
        if (!wait) {
            diag_error(d, SPAN_NONE, "the state is in use by %s (%s); --wait waits for it",
                       holder[0] != '\0' ? holder : "another process", path);
            return ERR_OUTPUT;
        }
        if (!set_lock(fd, F_WRLCK, true)) {
            diag_error(d, SPAN_NONE, "cannot wait for the lock %s: %s", path, strerror(errno));
            return ERR_OUTPUT;
        }
    }
    read_holder(fd, holder);
    if (holder[0] != '\0')
        diag_note(d, SPAN_NONE, "an earlier run did not end well: %s", holder);
    if (!write_holder(fd)) {
        diag_error(d, SPAN_NONE, "cannot write %s: %s", path, strerror(errno));
        return ERR_OUTPUT;
    }
    return ERR_OK;
}

enum err
lock_take(const char *path, bool wait, struct lock **out, struct diags *d)
{
    *out = NULL;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd == -1) {
        diag_error(d, SPAN_NONE, "cannot open the lock %s: %s", path, strerror(errno));
        return ERR_OUTPUT;
    }
    const enum err err = take(fd, path, wait, d);
    if (err != ERR_OK) {
        close(fd);
        return err;
    }
    *out = mem_alloc(sizeof **out);
    (*out)->fd = fd;
    return ERR_OK;
}

void
lock_give(struct lock *l)
{
    if (l == NULL)
        return;
    /* If it cannot be emptied, the next run will say that this one died: no harm. */
    if (ftruncate(l->fd, 0) != 0)
        errno = 0;
    close(l->fd);
    mem_free(l);
}
