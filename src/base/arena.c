/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: a chain of chunks, filled one after the other.
 *
 * Invariant: chunks before `current` are used, those behind it are empty (they were kept by arena_reset). A chunk that
 * is too small for a request is passed over and stays in the chain for the next round. Chunks double up to 1 MiB, so
 * that an arena of a few names costs a kilobyte and one of a million names few calls of malloc.
 */
#include "base/arena.h"

#include <stdio.h>

#include "base/mem.h"

#define CHUNK_MIN ((size_t)1024)
#define CHUNK_MAX ((size_t)1024 * 1024)

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    _Alignas(16) char data[];
};

void
arena_init(struct arena *a)
{
    *a = (struct arena)ARENA_INIT;
}

void
arena_fini(struct arena *a)
{
    for (struct arena_chunk *c = a->first, *next; c != NULL; c = next) {
        next = c->next;
        mem_free(c);
    }
    arena_init(a);
}

static void
use_chunk(struct arena *a, struct arena_chunk *c)
{
    a->current = c;
    a->next = c->data;
    a->end = c->data + c->size;
}

void
arena_reset(struct arena *a)
{
    if (a->first != NULL)
        use_chunk(a, a->first);
}

static struct arena_chunk *
chunk_new(const struct arena *a, size_t n)
{
    size_t size = a->current != NULL ? a->current->size * 2 : CHUNK_MIN;
    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < n)
        size = n;
    if (size > SIZE_MAX - sizeof(struct arena_chunk))
        mem_resize(NULL, SIZE_MAX, 2); /* leaves: no memory is that large */
    struct arena_chunk *c = mem_alloc(sizeof *c + size);
    c->next = NULL;
    c->size = size;
    return c;
}

void *
arena_grow(struct arena *a, size_t n)
{
    struct arena_chunk *c = a->current != NULL ? a->current->next : NULL;
    if (c == NULL || c->size < n) {
        struct arena_chunk *fresh = chunk_new(a, n);
        fresh->next = c;
        if (a->current != NULL)
            a->current->next = fresh;
        else
            a->first = fresh;
        c = fresh;
    }
    use_chunk(a, c);
    void *p = a->next;
    a->next += n;
    return p;
}

void *
arena_zalloc(struct arena *a, size_t n, size_t size)
{
    if (size != 0 && n > (SIZE_MAX - 16) / size)
        mem_resize(NULL, SIZE_MAX, 2); /* leaves */
    void *p = arena_alloc(a, n * size);
    memset(p, 0, n * size);
    return p;
}

struct sv
arena_sv(struct arena *a, struct sv s)
{
    char *p = arena_alloc(a, s.n + 1);
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return sv_make(p, s.n);
}

struct sv
arena_vprintf(struct arena *a, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    const int length = vsnprintf(NULL, 0, format, ap);
    const size_t n = length > 0 ? (size_t)length : 0;
    char *p = arena_alloc(a, n + 1);
    p[0] = '\0';
    vsnprintf(p, n + 1, format, again);
    va_end(again);
    return sv_make(p, n);
}

struct sv
arena_printf(struct arena *a, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    const struct sv s = arena_vprintf(a, format, ap);
    va_end(ap);
    return s;
}

size_t
arena_size(const struct arena *a)
{
    size_t total = 0;
    for (const struct arena_chunk *c = a->first; c != NULL; c = c->next)
        total += c->size;
    return total;
}
