/* SPDX-License-Identifier: Apache-2.0 */
/* A record: one hit in one group of one correlation. A spilled run, a partial result of another machine and last
 * night's carried state are records as bytes, in the format below; merging them is sorting records. In a worker's
 * memory a record is a slip (store.h), which says the same with shared texts.
 *
 *   u32 length of the whole record      little-endian
 *   u32 corr                            index of the correlation
 *   u64 hash                            record_hash(corr, key)
 *   i64 time
 *   varint file, varint line            file: index in the table of origins of whoever wrote it
 *   varint pos << 2 | flags
 *   key, tie, uid, facts, payload       each: varint length, bytes
 *
 * Strings stand by value; the one reference is `file`, for which a file of records carries its table of origins.
 * A change of this layout is a new RECORD_VERSION.
 *
 * key: for each group-by field its text, as varint length and bytes. tie: what orders chained hits of one time and
 * place: key and first_seen of the inner finding; empty for hits of rules. facts: read by hit_fact;
 * an evidence fact holds all texts that the event has of the field, each packed by put_bytes.
 */
#ifndef AUTHSIFT_AGG_RECORD_H
#define AUTHSIFT_AGG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sv.h"
#include "event/place.h"

#define RECORD_VERSION 1

/* The hit's first record: with list-valued group-by fields a hit has one record per group, and is counted once. */
#define RECORD_PRIMARY 1u
/* A finding of an inner correlation; it is an event of its own. */
#define RECORD_CHAINED 2u

struct record {
    uint32_t corr;
    uint64_t hash;
    int64_t time;
    struct place at;
    uint32_t pos;
    unsigned flags;
    struct sv key;
    struct sv tie;
    struct sv uid; /* of the event, or empty */
    struct sv facts;
    struct sv payload;
};

/* Decides the partition, and groups records before their keys are compared. */
uint64_t record_hash(uint32_t corr, struct sv key);
/* The same if hash64(key) is known. */
uint64_t record_hash_mix(uint32_t corr, uint64_t key_hash);

/* Appends. r->hash is written as it is. */
void record_put(struct buf *b, const struct record *r);

/* Length of the record that starts at p, of which n bytes are there; 0 if it is cut or no record. */
size_t record_length(const char *p, size_t n);

/* Reads the record at p. Its strings borrow from p. False if it is malformed. */
bool record_get(const char *p, size_t n, struct record *r) __attribute__((warn_unused_result));

/* The total order: corr, hash, key, time, place, pos, tie, then all other bytes. Without origins files are ordered by
 * index. */
int record_cmp(const struct record *a, const struct record *b, const struct origins *o);

/* Same correlation and key. */
bool record_same_group(const struct record *a, const struct record *b);

/* Facts: n texts, each present or not. */
void facts_put(struct buf *b, const struct sv *text); /* NULL: the event has none */

struct reader;
/* The next fact; false if the event had none (or the facts are used up). */
bool facts_get(struct reader *r, struct sv *text);

#endif
