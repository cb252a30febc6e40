/* SPDX-License-Identifier: Apache-2.0 */
/* Plain read(2) into one large buffer. A mapping would save a copy of the compressed bytes, which is a small part of
 * the work, and would turn a file that shrinks while it is read into a SIGBUS. */
#include "input/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define FEED_SIZE ((size_t)256 << 10)

static void
open_file(struct feed *f, struct sv name)
{
    if (sv_eq(name, SV("-"))) {
        f->fd = STDIN_FILENO;
        return;
    }
    char *path = mem_dup(name.p, name.n);
    do
        f->fd = open(path, O_RDONLY | O_CLOEXEC);
    while (f->fd < 0 && errno == EINTR);
    if (f->fd < 0)
        f->error = errno;
    else
        (void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only advice: a pipe refuses it */
    mem_free(path);
}

void
feed_open(struct feed *f, const struct input_file *file)
{
    *f = (struct feed){ .fd = -1, .digest = digest_new() };
    if (file->memory.p != NULL) {
        f->in = (struct inflate_in){ (const unsigned char *)file->memory.p, file->memory.n, true };
        f->total = file->memory.n;
        digest_add(f->digest, file->memory.p, file->memory.n);
        return;
    }
    open_file(f, file->name);
    f->in.last = f->error != 0;
    f->buf = mem_alloc(FEED_SIZE);
    f->in.p = f->buf;
}

void
feed_close(struct feed *f)
{
    if (f->fd > STDIN_FILENO)
        close(f->fd);
    digest_free(f->digest);
    mem_free(f->buf);
    *f = (struct feed){ .fd = -1 };
}

void
feed_more(struct feed *f)
{
    if (f->in.last)
        return;
    if (f->in.n != 0)
        memmove(f->buf, f->in.p, f->in.n);
    f->in.p = f->buf;
    ssize_t got;
    do
        got = read(f->fd, f->buf + f->in.n, FEED_SIZE - f->in.n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        f->error = errno;
    if (got <= 0) {
        f->in.last = true;
        return;
    }
    digest_add(f->digest, f->buf + f->in.n, (size_t)got);
    f->in.n += (size_t)got;
    f->total += (size_t)got;
}
