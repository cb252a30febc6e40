/* SPDX-License-Identifier: Apache-2.0 */
/* A record: one hit in one group of one correlation. A spilled run, a partial result of another machine and last
 * night's carried state are records as bytes, in the format below; merging them is sorting records. In a worker's
 * memory a record is a slip (store.h), which says the same with shared texts.
 *
 * As bytes, records stand in blocks (segment.h). In a block a record says only what is new since the one before it:
 *
 *   u8 bits                 1 same group, 2 same facts, 4 same payload, 8 same file and pos, 16 has a uid, 32 has a
 *                           tie, 64 RECORD_PRIMARY, 128 RECORD_CHAINED
 *   varint corr, key        unless it is the same group
 *   zigzag time             less the time before
 *   varint file, varint pos unless they are the same. file: index in the table of origins of whoever wrote it
 *   zigzag line             less the line before
 *   uid, tie                if it has them
 *   facts, payload          unless they are the same
 *
 * Strings are a varint length and bytes; differences wrap at 64 bits. For the first record of a block nothing is the
 * same, and the time and line before are 0. The hash is not written: it is made again from corr and key.
 *
 * Strings stand by value; the one reference is `file`, for which a file of records carries its table of origins.
 * A change of this layout is a new RECORD_VERSION; of what a type writes as payload, its payload_version (corr.h).
 *
 * key: for each group-by field its text, as varint length and bytes. tie: what orders chained hits of one time and
 * place: key and first_seen of the inner finding; empty for hits of rules. (What a run keeps of hits that it does not
 * carry is a record of no time with a tie, see carry.h.) facts: read by hit_fact;
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

/* In a run that carries (carry.h), the tie of a chained record has one byte more, of these: one of the finding's hits
 * is new in this run; the finding cannot change in a later one. Elsewhere the tie says nothing. */
#define TIE_FRESH 1u
#define TIE_FINAL 2u

/* The greatest `pos`: a slip keeps it beside the flags. */
#define RECORD_POS_MAX (UINT32_MAX / 4 - 1)

struct record {
    uint32_t corr;
    uint64_t hash; /* record_hash */
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

/* The total order: corr, hash, key, time, place, pos, tie, then all other bytes. Without origins files are ordered by
 * index. */
int record_cmp(const struct record *a, const struct record *b, const struct origins *o);

/* The rest of the total order, of records of one group and time: place, pos, tie, then all other bytes. */
int record_cmp_hits(const struct record *a, const struct record *b, const struct origins *o);

/* Same correlation and key. */
bool record_same_group(const struct record *a, const struct record *b);

/* The byte that a run that carries has put behind a tie. */
unsigned record_tie_flags(struct sv tie);

/* Facts: n texts, each present or not. */
void facts_put(struct buf *b, const struct sv *text); /* NULL: the event has none */

struct reader;
/* The next fact; false if the event had none (or the facts are used up). */
bool facts_get(struct reader *r, struct sv *text);

#endif
