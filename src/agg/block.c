/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/block.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"

#define SUM_BYTES 8u

/* What is checked lies together while its sum is made; then the checksum goes between. */
void
block_put(struct packer *p, struct sv raw, uint32_t n, struct sv more, struct buf *to)
{
    static const char room[BLOCK_HEAD(0)];
    const size_t checked = BLOCK_CHECKED(more.n);
    buf_reset(to);
    buf_put(to, room, SUM_BYTES);
    buf_put(to, room, BLOCK_CHECKED(0));
    buf_sv(to, more);
    const enum codec codec = packer_pack(p, raw, to);
    const size_t stored = to->n - checked - SUM_BYTES;
    char *head = to->p + SUM_BYTES;
    store_le(head, raw.n, 4);
    store_le(head + 4, stored, 4);
    store_le(head + 8, n, 4);
    store_le(head + 12, codec, 4);
    const uint64_t sum = hash64(sv_make(head, checked + stored));
    memmove(to->p, head, checked);
    store_le(to->p + checked, sum, SUM_BYTES);
}

bool
block_read_head(const char *head, struct block *b)
{
    *b =
        (struct block){ load_le(head, 4), load_le(head + 4, 4), load_le(head + 8, 4), (unsigned)load_le(head + 12, 4) };
    return b->raw <= BLOCK_MOST && b->stored <= b->raw && b->n != 0 && b->n <= b->raw;
}

const char *
block_unpack(struct unpacker *u, const struct block *b, size_t n_more, struct sv in, const char *sum, char *to)
{
    const size_t checked = BLOCK_CHECKED(n_more);
    if (hash64(in) != load_le(sum, SUM_BYTES))
        return "the checksum does not match";
    return unpacker_unpack(u, b->codec, sv_make(in.p + checked, in.n - checked), to, (size_t)b->raw);
}
