/* SPDX-License-Identifier: Apache-2.0 */
/* What nights hand on of the groups of clusters: for each partition a file of chapters (chapter.h), in the order in
 * which their groups are swept. So a night reads it once beside its own records, and writes the next one meanwhile;
 * neither is ever in memory.
 *
 * A shelf is a sequence of blocks (block.h), each readable without the others. Their headers say the clusters of the
 * first chapter and of the last, u32 each; what is stored is chapters, each a varint length and its bytes.
 *
 * Files. In the sweep, origins are numbered as the run has them; on the shelf every origin keeps its number for as long
 * as some chapter names it, so that chapters can be copied (agg_night.slot_of_file). */
#ifndef AUTHSIFT_AGG_SHELF_H
#define AUTHSIFT_AGG_SHELF_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agg/chapter.h"
#include "agg/entry.h"
#include "agg/pack.h"
#include "agg/partial.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "ir/program.h"

/* The file of a partition. */
struct shelf_file {
    int fd;           /* borrowed */
    uint64_t offset;  /* where the shelf begins */
    uint64_t bytes;
    uint64_t n;       /* chapters; 0: there is none */
    uint64_t largest; /* bytes of the largest chapter */
};

/* Filled in by run/ before agg_finish, which takes what is in `in` and makes what is in `out`. */
struct shelves {
    const char *name; /* of what is read, for messages */
    struct shelf_file in[PARTITIONS];
    bool is_same;                          /* made by the same rules as ours: shelf_layout is equal */
    const struct partial_numbers *numbers; /* how its correlations are called now */
    uint32_t n_files;                      /* origins of the shelf; number i is `base` + i in the sweep */
    uint32_t base;
    atomic_bool *used;       /* n_files: some chapter that is kept names it */
    struct shelf_file out[PARTITIONS]; /* fd and offset are given */
    /* ---- agg's own ---- */
    pthread_mutex_t lock;
    atomic_bool has_failed;
    struct buf failure; /* the first one's message */
};

void shelves_init(struct shelves *s);
void shelves_fini(struct shelves *s);

/* Notes a failure: everything is void then. Any thread. */
void shelves_fail(struct shelves *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline bool
shelves_failed(const struct shelves *s)
{
    return atomic_load_explicit(&s->has_failed, memory_order_relaxed);
}
/* Prints the failure as an error: ERR_OUTPUT, or ERR_OK if there was none. */
enum err shelves_status(struct shelves *s, struct diags *d) MUST_CHECK;

/* Which correlations stand together, and how: shelves are only good as they are for rules of the same layout. */
uint64_t shelf_layout(const struct program *p);

/* ---- one partition ---- */

struct shelf_reader;

/* Reads s->in[partition]; blocks of which no cluster is wanted (by cluster; NULL: all are) may be passed over. */
struct shelf_reader *shelf_open(struct shelves *s, unsigned partition, const bool *wanted, uint32_t n_clusters);
/* The next chapter, whose bytes are valid until the second call from now. False at the end, and after a failure
 * (shelves_fail). */
bool shelf_next(struct shelf_reader *r, struct sv *chapter);
void shelf_close(struct shelf_reader *r);

/* Writes s->out[partition]. Zeroed memory is one; it can begin again. */
struct shelf_writer {
    struct shelves *shelves;
    struct shelf_file *file;
    struct packer *packer;
    struct buf block;
    struct buf stored;
    uint32_t block_n;
    uint32_t first, last; /* clusters of the block */
};

void shelf_begin(struct shelf_writer *w, struct shelves *s, unsigned partition);
void shelf_put(struct shelf_writer *w, uint32_t cluster, struct sv chapter);
void shelf_end(struct shelf_writer *w);
void shelf_writer_fini(struct shelf_writer *w);

/* The chapter names these files of ours. False if one is not there. */
bool shelf_use_files(struct shelves *s, const struct chapter_head *h);

#endif
