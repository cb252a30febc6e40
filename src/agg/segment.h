/* SPDX-License-Identifier: Apache-2.0 */
/* A segment: sorted records as bytes in a file. What a worker spills, what one machine hands to another (a partition
 * of a partial result), and what one night keeps for the next are segments; joining them is merging (merge.h).
 *
 * A segment is a sequence of blocks (block.h), each readable without the others.
 *
 * In a block a record says only what is new since the one before it (record.h). The layout is RECORD_VERSION's, and
 * doc/partials.md has it byte by byte. A reader checks every length before it believes it: a segment may come from
 * another machine. */
#ifndef AUTHSIFT_AGG_SEGMENT_H
#define AUTHSIFT_AGG_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agg/pack.h"
#include "agg/record.h"
#include "base/buf.h"

/* Where a segment lies. `fd` and `name` are borrowed and outlive it; several segments may share a file, and be read by
 * different threads at once (pread). */
struct segment {
    int fd;             /* -1: `name` is opened for as long as it is read */
    const char *name;   /* for messages */
    uint64_t offset;
    uint64_t bytes;
    uint64_t n;         /* records */
    uint32_t file_base; /* added to every record's file: the origins of a partial stand behind those of others */
    bool is_foreign;    /* written by another process: what its records say is checked (merge_check) */
};

/* Writes one segment after the other at the end of a file. Zeroed memory is a writer. */
struct segment_writer {
    struct segment made;
    struct packer *packer;
    struct record last;   /* of the block; its strings lie there, and follow it when it grows */
    struct buf block;     /* records */
    struct buf stored;
    uint32_t block_n;
    int error;            /* errno of the first failed write; everything after it is void */
};

/* From `offset` on; fd and name are borrowed. */
void segment_begin(struct segment_writer *w, int fd, const char *name, uint64_t offset);
/* r->hash is not read. Whoever wants to merge the segment puts its records in order (merge.h). */
void segment_put(struct segment_writer *w, const struct record *r);
/* Writes what is left. False if anything failed (w->error). *s says where it is. The writer can begin again. */
bool segment_end(struct segment_writer *w, struct segment *s) __attribute__((warn_unused_result));
void segment_writer_fini(struct segment_writer *w);

struct segment_reader;

/* Reads nothing yet, and cannot fail. */
struct segment_reader *segment_open(const struct segment *s);
/* The same with somebody else's unpacker, which outlives the reader: one for all segments that one thread reads. */
struct segment_reader *segment_open_shared(const struct segment *s, struct unpacker *unpacker);
/* The next record, whose hash is set and whose strings are valid until the second call from now. False at the end, or
 * when the segment is damaged: then segment_failed says so. */
bool segment_next(struct segment_reader *r, struct record *rec);
/* NULL, or what is wrong: "cannot read NAME: ...", "NAME is damaged at byte N: ...". The text is the reader's. */
const char *segment_failed(const struct segment_reader *r);
void segment_close(struct segment_reader *r); /* NULL is allowed */

/* Memory that an open reader takes, about: what a merge counts with. */
#define SEGMENT_READER_BYTES ((size_t)192 << 10)

#endif
