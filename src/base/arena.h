/* SPDX-License-Identifier: Apache-2.0 */
/* Arena: many small allocations with one end of life. Not thread-safe; each thread has its own.
 *
 * arena_reset keeps the memory for reuse, so a worker that resets its arena for every event allocates nothing once
 * it is warm. Pointers into an arena die at arena_reset and arena_fini.
 */
#ifndef AUTHSIFT_BASE_ARENA_H
#define AUTHSIFT_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *first;   /* chunks in order of use */
    struct arena_chunk *current; /* the one being filled */
    char *next;
    char *end;
};

#define ARENA_INIT { NULL, NULL, NULL, NULL }

void arena_init(struct arena *a);
void arena_fini(struct arena *a);

/* Forgets all allocations and keeps the chunks. */
void arena_reset(struct arena *a);

/* Slow half of arena_alloc: takes the next chunk or a new one. */
void *arena_grow(struct arena *a, size_t n);

/* n bytes, aligned for any object; not zeroed. Never NULL. */
static inline void *
arena_alloc(struct arena *a, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    if ((size_t)(a->end - a->next) < n || a->next == NULL)
        return arena_grow(a, n);
    void *p = a->next;
    a->next += n;
    return p;
}

/* n * size zeroed bytes. */
void *arena_zalloc(struct arena *a, size_t n, size_t size);

/* A copy of s, with a NUL after it (not counted). */
struct sv arena_sv(struct arena *a, struct sv s);

/* printf into the arena. The result has a NUL after it. */
struct sv arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct sv arena_vprintf(struct arena *a, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

/* Bytes of all chunks. */
size_t arena_size(const struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zalloc((a), (n), sizeof(type)))

#endif
