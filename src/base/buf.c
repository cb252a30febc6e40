/* SPDX-License-Identifier: Apache-2.0 */
/* Growable byte buffer. Grows by half, so that n appends cost O(n). */
#include "base/buf.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"

void
buf_init(struct buf *b)
{
    *b = (struct buf)BUF_INIT;
}

void
buf_fini(struct buf *b)
{
    mem_free(b->p);
    buf_init(b);
}

void
buf_grow(struct buf *b, size_t more)
{
    if (b->cap - b->n >= more && b->p != NULL)
        return;
    if (more > SIZE_MAX / 2 - b->n)
        mem_resize(NULL, SIZE_MAX, 2); /* leaves: no memory is that large */
    size_t cap = b->cap < 64 ? 64 : b->cap + b->cap / 2;
    if (cap < b->n + more)
        cap = b->n + more;
    b->p = mem_resize(b->p, cap, 1);
    b->cap = cap;
}

void
buf_vprintf(struct buf *b, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    const int length = vsnprintf(NULL, 0, format, ap);
    const size_t n = length > 0 ? (size_t)length : 0;
    buf_grow(b, n + 1);
    vsnprintf(b->p + b->n, n + 1, format, again);
    b->n += n;
    va_end(again);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    buf_vprintf(b, format, ap);
    va_end(ap);
}

const char *
buf_cstr(struct buf *b)
{
    buf_grow(b, 1);
    b->p[b->n] = '\0';
    return b->p;
}

/* Appends until the end, an error, or one byte more than the limit. */
static bool
read_stream(struct buf *b, FILE *from, size_t limit)
{
    const size_t start = b->n;
    for (;;) {
        buf_grow(b, 64 * 1024);
        const size_t n = fread(b->p + b->n, 1, b->cap - b->n, from);
        b->n += n;
        if (b->n - start > limit) {
            errno = EFBIG;
            return false;
        }
        if (n == 0)
            return ferror(from) == 0;
    }
}

bool
buf_read_file(struct buf *b, const char *path, size_t limit)
{
    FILE *from = fopen(path, "rb");
    if (from == NULL)
        return false;
    const bool ok = read_stream(b, from, limit);
    const int error = errno;
    fclose(from);
    errno = error;
    return ok;
}
