/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: a packed block of bytes with a header, what segments (segment.h) and shelves (shelf.h) are made of.
 *
 *   u32 length of the bytes, u32 length as stored, u32 items, u32 codec (pack.h)
 *   what the owner says besides, of a fixed length
 *   u64 XXH3-64 of all before and of the stored bytes                                     all little-endian
 *   the stored bytes */
#ifndef AUTHSIFT_AGG_BLOCK_H
#define AUTHSIFT_AGG_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/pack.h"
#include "base/buf.h"
#include "base/sv.h"

/* Of one block, unpacked: what is in one comes from single lines, so only a damaged header asks for more. */
#define BLOCK_MOST ((uint64_t)1 << 31)

/* Of the header: what is checked, with n bytes of the owner's, and all of it. */
#define BLOCK_CHECKED(n) (16u + (n))
#define BLOCK_HEAD(n)    (BLOCK_CHECKED(n) + 8u)

struct block {
    uint64_t raw;
    uint64_t stored;
    uint64_t n; /* items */
    unsigned codec;
};

/* Replaces *to by a block of at most BLOCK_MOST bytes. */
void block_put(struct packer *p, struct sv raw, uint32_t n, struct sv more, struct buf *to);

/* What a header says. False if no block has such a one. */
bool block_read_head(const char *head, struct block *b);

/* Unpacks into `to`, which has room for b->raw bytes. `in` is what is checked of the header, with n_more bytes, and the
 * stored bytes; `sum` the checksum as stored. NULL, or what is wrong. */
const char *block_unpack(struct unpacker *u, const struct block *b, size_t n_more, struct sv in, const char *sum,
                         char *to);

#endif
