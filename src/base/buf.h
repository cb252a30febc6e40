/* SPDX-License-Identifier: Apache-2.0 */
/* Growable byte buffer. Owns its memory; a pointer into it dies at the next call that may grow it. */
#ifndef AUTHSIFT_BASE_BUF_H
#define AUTHSIFT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/sv.h"

struct buf {
    char *p;
    size_t n;
    size_t cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_init(struct buf *b);
void buf_fini(struct buf *b);

/* Room for `more` bytes after the n that are there. */
void buf_grow(struct buf *b, size_t more);

static inline void
buf_reset(struct buf *b)
{
    b->n = 0;
}

static inline void
buf_put(struct buf *b, const void *p, size_t n)
{
    if (b->cap - b->n < n)
        buf_grow(b, n);
    if (n != 0)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

static inline void
buf_putc(struct buf *b, char c)
{
    if (b->cap == b->n)
        buf_grow(b, 1);
    b->p[b->n++] = c;
}

static inline void
buf_sv(struct buf *b, struct sv s)
{
    buf_put(b, s.p, s.n);
}

static inline void
buf_puts(struct buf *b, const char *z)
{
    buf_put(b, z, strlen(z));
}

static inline struct sv
buf_view(const struct buf *b)
{
    return (struct sv){ b->p, b->n };
}

void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

/* The content with a NUL after it (not counted in n); valid until the next change. Never NULL. */
const char *buf_cstr(struct buf *b);

/* Reads a whole file (or the rest of the stream) into b. False with errno set; more than `limit` bytes is EFBIG. */
bool buf_read_file(struct buf *b, const char *path, size_t limit);

#endif
