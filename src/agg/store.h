/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's own pile of records: bytes in chunks that never move, and one array of entries per bin. Appending is all
 * that a worker does with it, so the scan needs no lock. */
#ifndef AUTHSIFT_AGG_STORE_H
#define AUTHSIFT_AGG_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "agg/entry.h"
#include "agg/record.h"
#include "base/buf.h"
#include "base/sv.h"
#include "base/vec.h"

struct bin {
    struct entry *v;
    size_t n;
    size_t cap;
};

struct store {
    VEC(char *) chunks;
    char *next;        /* free space of the last chunk */
    char *end;
    struct bin *bin;   /* n_bins; a bin is emptied by bin_take */
    size_t n_bins;
    uint64_t bytes;    /* of records and entries since the store was made or compacted */
    struct buf buf;    /* scratch of store_add */
};

void store_init(struct store *s, size_t n_bins);
void store_fini(struct store *s);

/* Copies the record's bytes. The result lives as long as the store. */
const char *store_bytes(struct store *s, struct sv bytes);

/* Appends a record to a bin. */
void store_add(struct store *s, size_t bin, const struct record *r);

/* The bin's entries, which are the caller's from now on (mem_free); the bin is empty then. Bins may be taken by
 * different threads. */
struct bin store_take(struct store *s, size_t bin);

/* Sorts entries of records into the total order, up to groups of equal entry_key, which records_group tells apart. */
void records_sort(struct entry *e, size_t n, const struct origins *o);

/* Length of the first group of sorted entries; brings its hits together if its key's hash is shared with another
 * group. 0 if n is 0. */
size_t records_group(struct entry *e, size_t n, const struct origins *o);

/* Combines the payloads of two records that are equal in everything else. */
typedef void fold_fn(const void *ctx, const struct record *a, const struct record *b, struct buf *payload);

/* Folds sorted entries: of records that differ in nothing but the payload one is left. New records are written to
 * `to`; with `move` every record is. Returns how many are left. */
size_t records_fold(struct entry *e, size_t n, struct store *to, bool move, fold_fn *fold, const void *ctx);

/* Sorts and folds all bins and gives back the memory of what was folded away. */
void store_compact(struct store *s, fold_fn *fold, const void *ctx);

#endif
