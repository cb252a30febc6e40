/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of bytes, compressed for the way to a disk or another machine. Fast before small: what is packed here is read
 * once. The contexts are kept from block to block, for making one costs more than packing a block. */
#ifndef AUTHSIFT_AGG_PACK_H
#define AUTHSIFT_AGG_PACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/sv.h"

/* As written in a block's header. */
enum codec { CODEC_NONE, CODEC_ZLIB, CODEC_ZSTD };

struct packer;
struct unpacker;

struct packer *packer_new(void);
void packer_free(struct packer *p); /* NULL is allowed */

/* Appends the packed bytes, by the best codec of this build; as they are where packing does not make them less. */
enum codec packer_pack(struct packer *p, struct sv raw, struct buf *to);

struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u); /* NULL is allowed */

/* Unpacks what must come to exactly n bytes. NULL, or what is wrong with it. */
const char *unpacker_unpack(struct unpacker *u, unsigned codec, struct sv stored, char *to, size_t n);

#endif
