/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: what a night keeps of one group of a cluster, as bytes. All bundles (store.h) of one key are a chapter;
 * a shelf (shelf.h) is a file of chapters. What stands in one is read again as bundles, whose texts stay where they
 * are, and one of which nothing is wanted tonight is copied as it is: so files have numbers here that never change
 * (shelf.h), and a chapter says when it has to be opened at the latest.
 *
 *   varint cluster, key
 *   zigzag wake, due        as long as the cut is before `wake`, the greatest time before `due`, and no event of the
 *                           night is of this key, nothing in the chapter matters: it goes on as it is
 *   varint n, n varints     files, which bundles name by their place in this list
 *   varint n, n pasts       varint corr, extra: what is left of hits that are not carried (carry.h), as a slip's extra
 *   varint n, n bundles     u8 bits: 1 same facts, 2 same file as the bundle before, 4 has an extra, 8 RECORD_PRIMARY
 *                           zigzag time less the time before, varint file unless it is the same, zigzag line less the
 *                           line before, extra if there is one, facts unless they are the same; varint n, n hits
 *   hit                     varint corr << 2 | 2 same evidence | 1 same payload as the hit of this corr before it
 *                           varint pos; payload and evidence unless they are the same
 *
 * Texts are a varint length and bytes. For the first bundle nothing is the same; time and line before it are 0. */
#ifndef AUTHSIFT_AGG_CHAPTER_H
#define AUTHSIFT_AGG_CHAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/store.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/vec.h"

/* Of the layout of chapters and shelves. */
#define CHAPTER_VERSION 1

/* What was said last in a chapter by hits of one correlation; one per correlation. */
struct chapter_said {
    uint64_t chapter; /* which one that was */
    const char *payload;
    const char *evidence;
};

/* ---- writing ---- */

/* Zeroed memory is one; chapter_writer_fini ends it. */
struct chapter_writer {
    struct chapter_said *said; /* n_corrs */
    uint64_t chapter;          /* number of the one that is written */
    VEC(uint32_t) files;
    uint32_t file; /* index of the last one, if there is one */
    struct buf head;
    struct buf pasts;
    struct buf body;
    size_t n_pasts;
    size_t n_bundles;
    const char *facts; /* of the bundle before */
    int64_t time;
    uint64_t line;
};

void chapter_writer_init(struct chapter_writer *w, size_t n_corrs);
void chapter_writer_fini(struct chapter_writer *w);

/* Begins the next chapter. All texts are packed, and borrowed until chapter_end. */
void chapter_begin(struct chapter_writer *w, uint32_t cluster, const char *key);
void chapter_put_past(struct chapter_writer *w, uint32_t corr, const char *extra);
/* `file` is the number of head->file on the shelf; n hits, at least one. In order. */
void chapter_put_bundle(struct chapter_writer *w, const struct slip *head, uint32_t file, const struct bundle_hit *hit,
                        size_t n);
/* Nothing was put? */
bool chapter_is_empty(const struct chapter_writer *w);
/* Appends the chapter. */
void chapter_end(struct chapter_writer *w, int64_t wake, int64_t due, struct buf *to);

/* ---- reading ---- */

/* What a chapter says before its bundles. */
struct chapter_head {
    uint32_t cluster;
    const char *key; /* packed */
    int64_t wake;
    int64_t due;
    size_t n_files;
    struct reader rest; /* from the first file on */
};

/* False if it is none. Borrows from the bytes. */
bool chapter_read_head(struct sv bytes, struct chapter_head *h);

struct chapter_reader {
    struct chapter_said *said; /* n_corrs */
    size_t n_corrs;
    uint64_t chapter;
    struct chapter_head head;
    VEC(uint32_t) files; /* their numbers on the shelf */
    struct reader in;
    size_t n_pasts;   /* to come */
    size_t n_bundles; /* to come, behind the pasts */
    const char *facts;
    uint32_t file;
    int64_t time;
    uint64_t line;
};

/* For chapters whose correlations have numbers below n_corrs. */
void chapter_reader_init(struct chapter_reader *r, size_t n_corrs);
void chapter_reader_fini(struct chapter_reader *r);

/* Begins to read a chapter; its texts are borrowed. Files have to be below n_files. False if it is none. */
bool chapter_open(struct chapter_reader *r, struct sv bytes, uint32_t n_files);
/* The next past: false if there is none left. All of them come before the first bundle. */
bool chapter_next_past(struct chapter_reader *r, uint32_t *corr, const char **extra);
/* The next bundle, made in the arena; NULL at the end. Its file is a number on the shelf. */
struct bundle *chapter_next_bundle(struct chapter_reader *r, struct arena *a);
/* Behind the end: was everything as it should be? */
bool chapter_is_whole(const struct chapter_reader *r);

#endif
