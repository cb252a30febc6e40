/* SPDX-License-Identifier: Apache-2.0 */
/* Inside a stream: stream.c reads it in one go, pieces.c by pieces that several workers inflate. */
#ifndef AUTHSIFT_INPUT_STREAM_INTERNAL_H
#define AUTHSIFT_INPUT_STREAM_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "input/feed.h"
#include "input/format.h"
#include "input/inflate.h"
#include "input/projection.h"

struct stream {
    const struct projections *p;
    uint32_t file;
    struct feed feed;
    const struct inflate_codec *codec;
    void *inflater;
    struct buf ahead; /* from `at` on: inflated and not delivered */
    size_t at;
    uint64_t line, offset; /* of ahead.p[at], or of what comes next */
    bool drained;          /* nothing more comes from the inflater */
    bool skipping;         /* inside a record whose start went out as too long */
    bool settled;          /* the source is known ... */
    size_t examined;       /* ... or not: then so much of what lies ahead is known to hold no event */
    bool over;
    const struct format *format;
    struct csv_header *csv;
    struct stream_info info;
    struct arena arena; /* texts of info */
    /* Pieces (pieces.c). */
    struct inflate_members next; /* what a look at the members ahead has shown; only while known_next */
    bool known_next;
    unsigned pieces_out; /* taken, and not placed yet */
    bool in_one_go;      /* a piece was not what it seemed: no more of them */
    struct buf returned; /* compressed bytes of such a piece and of those behind it */
};

static inline size_t
stream_left(const struct stream *s)
{
    return s->ahead.n - s->at;
}

/* Goes on behind these n bytes of text, which are delivered or dropped. */
void stream_advance(struct stream *s, const char *p, size_t n);
/* Everything of a block but its bytes. */
void stream_label(const struct stream *s, struct block *b);
/* Zeros behind the text, for those who read words. */
void stream_pad(struct buf *b);

/* Is a stretch worth a worker's while in front? Then stream_take will have it. */
bool pieces_ahead(struct stream *s);
void piece_free(struct piece *p);

#endif
