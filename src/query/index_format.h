/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer and the reader of indexes share. */
#ifndef AUTHSIFT_QUERY_INDEX_FORMAT_H
#define AUTHSIFT_QUERY_INDEX_FORMAT_H

#include <stdint.h>
#include <sys/stat.h>

#include "query/index.h"

#define INDEX_MAGIC "authsift-index\n" /* with its NUL: 16 bytes */
#define INDEX_VERSION 1u
#define PAGE_BLOCKS 63u
#define BLOCK_BYTES 64u
#define PAGE_CHECKED (INDEX_PAGE - 8)

/* What page 0 says. */
struct index_field {
    uint64_t values;
    uint32_t first_page;
    uint32_t pages;
};

#define INDEX_NAME 64 /* bytes of a name in page 0, with its NUL */

struct index_head {
    char source[INDEX_NAME];
    char format[INDEX_NAME];
    char compression[INDEX_NAME];
    uint64_t bytes;
    uint64_t size;
    int64_t seconds;
    uint32_t nanoseconds;
    uint64_t edges;
    uint64_t definitions;
    struct index_counts counts;
    uint64_t timeless;
    int64_t first;
    int64_t last;
    struct index_field field[INDEX_FIELDS_N];
};

/* Of an open file. False if it cannot be read. */
bool index_edges(int fd, uint64_t size, uint64_t *hash);

/* Fills size and time; false if it is no regular file. */
bool index_stat(int fd, struct index_head *h);

/* The hash of a value's text (folded here), and of a number. */
uint64_t index_hash(struct sv text);
uint64_t index_hash_number(double x);

/* The block of a hash among n, and its 8 bits. */
uint64_t index_block(uint64_t hash, uint64_t n_blocks);
void index_bits(uint64_t hash, unsigned bit[8]);

void index_head_put(const struct index_head *h, unsigned char page[INDEX_PAGE]);
bool index_head_get(const unsigned char page[INDEX_PAGE], struct index_head *h);

/* Sets, and checks, the last 8 bytes. */
void index_page_seal(unsigned char page[INDEX_PAGE]);
bool index_page_good(const unsigned char page[INDEX_PAGE]);

#endif
