/* SPDX-License-Identifier: Apache-2.0 */
/* What is sorted: 24 bytes per record, which decide nearly every comparison without a look at the record itself. */
#ifndef AUTHSIFT_AGG_ENTRY_H
#define AUTHSIFT_AGG_ENTRY_H

#include <stddef.h>
#include <stdint.h>

struct entry {
    uint64_t key;       /* correlation and a piece of the hash; see entry_key */
    int64_t time;
    const void *record; /* what it stands for */
};

/* Decides between entries of equal key and time. */
typedef int entry_cmp_fn(const void *a, const void *b, const void *ctx);

/* Records are cut into this many partitions by the top bits of their hash; each is sorted and swept on its own. */
#define PARTITION_BITS 6u
#define PARTITIONS     (1u << PARTITION_BITS)

static inline unsigned
hash_partition(uint64_t hash)
{
    return (unsigned)(hash >> (64 - PARTITION_BITS));
}

/* The correlation, then the bits of the hash that the partition has left. Equal keys do not prove an equal group:
 * whoever walks the sorted entries compares the records' own keys as well. */
static inline uint64_t
entry_key(uint32_t corr, uint64_t hash)
{
    const uint64_t most = (1u << 20) - 1;
    return (corr < most ? corr : most) << 44 | (hash << PARTITION_BITS) >> 20;
}

/* Sorts by (key, time, cmp). In place; cmp may be NULL if (key, time) is unique. */
void entries_sort(struct entry *e, size_t n, entry_cmp_fn *cmp, const void *ctx);

#endif
