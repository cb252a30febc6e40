/* SPDX-License-Identifier: Apache-2.0 */
/* The first few distinct texts of a stream, by time, whatever the order of calls, and how many distinct ones there
 * were. Of one time the texts themselves decide and not the files in which the events stand: the same events in other
 * files show the same. Memory is bounded by `keep` and by FIRSTS_COUNT_MAX, not by the stream. */
#ifndef AUTHSIFT_AGG_FIRSTS_H
#define AUTHSIFT_AGG_FIRSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/sv.h"
#include "base/vec.h"

/* Distinct texts are counted exactly up to here; beyond, the count stays here. */
#define FIRSTS_COUNT_MAX 1000u

struct firsts_rank {
    int64_t time;
    size_t nth; /* of the texts of one event, whose order is kept */
};

struct firsts {
    struct map texts;
    VEC(struct firsts_rank) rank; /* by index in texts: the first one */
    size_t keep;
    int64_t greatest;       /* upper bound of the times in rank */
    VEC(uint64_t) counted;  /* open table of hashes; 0 = free */
    size_t n_counted;
};

void firsts_init(struct firsts *f);
void firsts_fini(struct firsts *f);
/* Empties it and sets how many texts are kept; keeps the memory. */
void firsts_reset(struct firsts *f, size_t keep);

/* An event has the text. It is copied. */
void firsts_add(struct firsts *f, struct sv text, struct firsts_rank rank);
/* Counts the text; without it firsts_count is 0. */
void firsts_count_text(struct firsts *f, struct sv text);

/* The first `keep` distinct texts, in order of rank, then by bytes; borrowed until the next change. Call once, at the
 * end. Returns their number. */
size_t firsts_finish(struct firsts *f);
struct sv firsts_text(const struct firsts *f, size_t i);

/* Distinct texts that were counted; FIRSTS_COUNT_MAX means that many or more. */
static inline size_t
firsts_count(const struct firsts *f)
{
    return f->n_counted;
}

#endif
