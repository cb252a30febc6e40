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
        f->total = f->end_pos = file->memory.n;
        f->at_end = true;
        digest_add(f->digest, file->memory.p, file->memory.n);
        return;
    }
    open_file(f, file->name);
    f->in.last = f->at_end = f->error != 0;
    f->cap = FEED_SIZE;
    f->buf = mem_alloc(f->cap);
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

/* Bytes that are in memory from in.p on. */
static size_t
at_hand(const struct feed *f)
{
    return f->buf == NULL ? f->in.n : f->end - (size_t)(f->in.p - f->buf);
}

uint64_t
feed_position(const struct feed *f)
{
    return f->end_pos - at_hand(f);
}

/* Bytes from this place to the end of its step. */
static size_t
to_step_end(uint64_t position)
{
    return FEED_SIZE - (size_t)(position % FEED_SIZE);
}

/* What is at hand moves to the front of a buffer that has room for n bytes. */
static void
make_room(struct feed *f, size_t n)
{
    const size_t left = at_hand(f);
    if (n > f->cap) {
        unsigned char *grown = mem_alloc(n);
        memcpy(grown, f->in.p, left);
        mem_free(f->buf);
        f->buf = grown;
        f->cap = n;
    } else if (left != 0) {
        memmove(f->buf, f->in.p, left);
    }
    f->in.p = f->buf;
    f->end = left;
}

/* Reads the rest of a step, or what a pipe has of it. Sets at_end if nothing more comes. */
static void
read_on(struct feed *f)
{
    const size_t want = to_step_end(f->end_pos);
    make_room(f, at_hand(f) + want);
    ssize_t got;
    do
        got = read(f->fd, f->buf + f->end, want);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        f->end_error = errno;
    if (got <= 0) {
        f->at_end = true;
        return;
    }
    f->end += (size_t)got;
    f->end_pos += (uint64_t)got;
}

void
feed_enter(struct feed *f, uint64_t position, const char *p, size_t n)
{
    if (position + n <= f->total)
        return;
    const size_t known = f->total > position ? (size_t)(f->total - position) : 0;
    digest_add(f->digest, p + known, n - known);
    f->total = position + n;
}

void
feed_more(struct feed *f)
{
    if (f->in.last)
        return;
    if (at_hand(f) == f->in.n && !f->at_end)
        read_on(f);
    size_t n = at_hand(f) - f->in.n;
    if (n == 0) {
        f->in.last = true;
        f->error = f->end_error;
        return;
    }
    const uint64_t position = f->end_pos - n;
    if (n > to_step_end(position))
        n = to_step_end(position);
    feed_enter(f, position, (const char *)f->in.p + f->in.n, n);
    f->in.n += n;
}

struct inflate_in
feed_look(struct feed *f, size_t n)
{
    while (at_hand(f) < n && !f->at_end)
        read_on(f);
    const size_t all = at_hand(f);
    const size_t shown = all < n ? all : n;
    return (struct inflate_in){ f->in.p, shown, f->at_end && f->end_error == 0 && shown == all };
}

void
feed_take(struct feed *f, size_t n, struct buf *to)
{
    buf_put(to, f->in.p, n);
    f->in.p += n;
    f->in.n = f->in.n > n ? f->in.n - n : 0;
}

void
feed_return(struct feed *f, struct sv bytes)
{
    if (f->buf == NULL) {
        f->in.p -= bytes.n;
        f->in.n += bytes.n;
        return;
    }
    const size_t left = at_hand(f);
    make_room(f, left + bytes.n);
    if (left != 0)
        memmove(f->buf + bytes.n, f->buf, left);
    memcpy(f->buf, bytes.p, bytes.n);
    f->end += bytes.n;
    f->in = (struct inflate_in){ f->buf, 0, false };
}
