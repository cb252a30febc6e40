/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a log: for every path its types, how often it occurs, how many values it has, and examples. In bounded
 * memory, whatever the log: paths, distinct values and examples are counted up to a limit, and what is beyond it is
 * said, not hidden. */
#ifndef AUTHSIFT_CLI_FIELD_STATS_H
#define AUTHSIFT_CLI_FIELD_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"

#define PATHS_MAX     10000 /* more are not told apart */
#define PATH_MAX_SIZE 512   /* bytes; longer ones likewise */
#define DISTINCT_MAX  100   /* more are "many" */
#define EXAMPLES_MAX  3
#define EXAMPLE_SIZE  48    /* characters */

struct path_stats {
    uint64_t events;              /* that have it */
    uint64_t values;              /* members of lists counted one by one */
    uint64_t kinds[VALUE_LIST + 1];
    uint64_t last;                /* the last event that has it */
    bool in_list;
    bool secret;                  /* by its name: no examples */
    VEC(uint64_t) distinct;       /* hashes of texts, up to DISTINCT_MAX + 1 */
    struct sv example[EXAMPLES_MAX];
    size_t n_examples;
};

struct field_stats {
    struct map index; /* path -> index of path */
    VEC(struct path_stats) path;
    struct arena arena; /* examples */
    uint64_t events;
    uint64_t dropped; /* values at paths beyond the limits */
};

void field_stats_init(struct field_stats *s);
void field_stats_fini(struct field_stats *s);

/* The next event; its values follow. */
void field_stats_event(struct field_stats *s);
/* A visit_fn (input/input.h); ctx is the field_stats. */
void field_stats_value(void *ctx, struct sv path, struct value v, bool in_list);

/* Indices of all paths in byte order. The caller frees the array (mem_free). */
uint32_t *field_stats_order(const struct field_stats *s);

/* "string", or where there are several types, the most frequent first, "string 98.2%, null 1.8%". */
void field_stats_types(const struct path_stats *p, struct buf *out);

#endif
