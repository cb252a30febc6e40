/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is there, or the run ends (mem.h says why that is safe here).
 *
 * The hook is one of the program's two changing globals (the other is the registry of atomicfile.c): exhaustion can
 * strike in any thread, at a place that knows nothing of the run. It is taken out atomically, so it runs once.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "base/mem.h"

#ifdef HAVE_MALLOC_TRIM
#include <malloc.h>
#endif
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"

typedef void (*exhaustion_fn)(void);

static _Atomic(exhaustion_fn) exhaustion_hook;

_Noreturn void
mem_leave(const char *message)
{
    const ssize_t ignored = write(STDERR_FILENO, message, strlen(message));
    (void)ignored;
    const exhaustion_fn fn = atomic_exchange(&exhaustion_hook, (exhaustion_fn)0);
    if (fn != NULL)
        fn();
    _exit(ERR_OUTPUT);
}

static _Noreturn void
exhausted(void)
{
    mem_leave("authsift: out of memory; nothing was published\n");
}

void *
mem_alloc(size_t n)
{
    void *p = malloc(n != 0 ? n : 1);
    if (p == NULL)
        exhausted();
    return p;
}

void *
mem_zalloc(size_t n, size_t size)
{
    if (n == 0 || size == 0)
        n = size = 1;
    void *p = calloc(n, size);
    if (p == NULL)
        exhausted();
    return p;
}

void *
mem_resize(void *p, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        exhausted();
    const size_t bytes = n * size;
    void *q = realloc(p, bytes != 0 ? bytes : 1);
    if (q == NULL)
        exhausted();
    return q;
}

char *
mem_dup(const void *p, size_t n)
{
    if (n == SIZE_MAX)
        exhausted();
    char *copy = mem_alloc(n + 1);
    if (n != 0)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void
mem_free(void *p)
{
    free(p);
}

void
mem_on_exhaustion(void (*fn)(void))
{
    atomic_store(&exhaustion_hook, fn);
}

void
mem_trim(void)
{
#ifdef HAVE_MALLOC_TRIM
    malloc_trim(0);
#endif
}

size_t
mem_peak(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0)
        return 0;
#ifdef __APPLE__
    return (size_t)usage.ru_maxrss;
#else
    return (size_t)usage.ru_maxrss * 1024;
#endif
}
