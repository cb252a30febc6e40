/* SPDX-License-Identifier: Apache-2.0 */
/* A file without a name that is written from front to back and then mapped for reading. What lies in it has an address,
 * as if it were in memory, until the spool is closed; but what stays in memory is only what is being read: behind the
 * reader the pages are given back to the system, which fetches them again if anyone looks.
 *
 * Owned by one thread. A failure is noted in the spill (spill_fail), and everything after it is void. If the disk fails
 * behind a mapping the system sends SIGBUS; the program then ends with exit status 5 (base/atomicfile.c). */
#ifndef AUTHSIFT_AGG_SPOOL_H
#define AUTHSIFT_AGG_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/spill.h"
#include "base/buf.h"

struct spool {
    struct spill *spill;
    int fd; /* -1: not open */
    bool failed;
    struct buf buf;  /* written by the caller, not yet by the system */
    uint64_t n;      /* bytes, with those in buf */
    const char *map; /* NULL: not sealed, or empty */
    uint64_t step;   /* bytes that may be resident behind the reader */
    uint64_t given;  /* the reader's place when pages were last given back */
    uint64_t given_all;
    unsigned looks; /* since then */
};

/* The spill is borrowed. The file is made at the first flush. */
void spool_init(struct spool *s, struct spill *spill);
void spool_fini(struct spool *s);

/* Where the next byte goes: append to it, then call spool_wrote, which may write it out and reset it. */
static inline struct buf *
spool_tail(struct spool *s)
{
    return &s->buf;
}
/* `n` is how many bytes were appended. False after a failure. */
bool spool_wrote(struct spool *s, size_t n);

/* Overwrites bytes that were appended before. */
bool spool_patch(struct spool *s, uint64_t at, const void *p, size_t n);

/* The file is complete: writes the rest and maps it. False after a failure. */
bool spool_seal(struct spool *s);

/* The reader has come to this place: whatever is far behind it may go. */
void spool_pass_slow(struct spool *s, uint64_t at);
static inline void
spool_pass(struct spool *s, uint64_t at)
{
    if (at - s->given >= s->step)
        spool_pass_slow(s, at);
}
/* The reader has looked at some other place. */
void spool_look(struct spool *s);
/* The reader starts again. */
void spool_rewind(struct spool *s);

#endif
