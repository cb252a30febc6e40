/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of output that workers finish in any order, written in the order of the input: by file, and in a file by
 * block.
 *
 * What belongs behind the file that is being written waits: in memory as far as that goes, then in an unnamed
 * temporary file. So output starts at once, nothing is sorted, and the bytes do not depend on the threads. */
#ifndef AUTHSIFT_QUERY_WRITER_H
#define AUTHSIFT_QUERY_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "run/tap.h"

struct writer;

/* Takes what is written, a framed piece row by row. False: it wants no more (it knows why). */
typedef bool writer_put_fn(void *ctx, struct sv bytes);

/* framed: pieces are rows, each with a u32 of its length before it, and `put` gets them one at a time; at most `limit`
 * of them. memory: bytes that may wait in memory. */
struct writer *writer_new(size_t n_files, bool framed, uint64_t limit, size_t memory, const char *tmpdir,
                          writer_put_fn *put, void *ctx);
void writer_free(struct writer *w);

/* The piece of a block (numbered in its file); every block has one, empty or not. The bytes are the caller's. Any
 * thread. False: nothing more is wanted. */
bool writer_block(struct writer *w, uint32_t file, uint64_t block, struct sv bytes, struct tap *tap);

/* After the workers have ended: writes what waited. ERR_OUTPUT with a message if the temporary file failed. */
enum err writer_finish(struct writer *w, struct diags *d) MUST_CHECK;

/* Appends a row to a framed piece. */
void writer_frame(struct buf *piece, struct sv row);

#endif
