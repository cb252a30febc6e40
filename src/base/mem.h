/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is there, or the run ends.
 *
 * A report is published only by a rename at the very end of a run, so ending the process on exhaustion publishes
 * nothing half-done: it is the one failure that needs no unwinding. mem_* therefore never return NULL; on exhaustion
 * they print one line, call the hook (which removes temporary files) and leave with exit status 5. Everything else
 * that can fail returns `enum err`.
 */
#ifndef AUTHSIFT_BASE_MEM_H
#define AUTHSIFT_BASE_MEM_H

#include <stddef.h>

/* n bytes, n may be 0 (a unique pointer is returned). The caller owns the result and frees it by mem_free. */
void *mem_alloc(size_t n);

/* n * size zeroed bytes; the product is checked. */
void *mem_zalloc(size_t n, size_t size);

/* As realloc(p, n * size), with the product checked. p may be NULL. */
void *mem_resize(void *p, size_t n, size_t size);

/* A new copy of n bytes, with a NUL after them. */
char *mem_dup(const void *p, size_t n);

/* free(); NULL is allowed. */
void mem_free(void *p);

/* Called once, before the process leaves because memory is exhausted. fn must be async-signal-safe. */
void mem_on_exhaustion(void (*fn)(void));

/* Gives free memory back to the system where it does not happen by itself; the next part of the run wants it for
 * something else. */
void mem_trim(void);

/* Leaves like that with another message, for what is as hopeless: memory that is mapped from a file and cannot be read.
 * Async-signal-safe. */
_Noreturn void mem_leave(const char *message);

/* Largest resident set of this process so far, in bytes (getrusage). */
size_t mem_peak(void);

#endif
