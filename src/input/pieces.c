/* SPDX-License-Identifier: Apache-2.0 */
/* One file, inflated by several workers.
 *
 * gzip files are often made of members, and zstd files of frames, that need nothing from each other: BGZF, logs that
 * are appended batch by batch, pzstd. Where the next ones end can be told or guessed without inflating them
 * (inflate_codec.members), so a worker takes a few of them out of the file (stream_take, with the stream's lock),
 * inflates them into its own block while others do the same with the next ones (block_inflate, without it), and when
 * its turn has come puts the text in its place (stream_place, with it again): the unfinished record of the piece before
 * comes in front, its own unfinished record is left for the piece behind. Then the text is a block like any other.
 *
 * The file may lie: sizes, lengths, headers, checksums. So a guess counts only if an inflater that starts with the
 * piece takes all of it and stands behind a whole member; for then the stream's own would have done the same. If not,
 * or if a record does not fit, everything from this piece on is put back, and the stream is read in one go from there:
 * its text, its messages and its counts are those of stream_next, which never heard of pieces. */
#include "input/stream_internal.h"

#include <string.h>

#include "base/mem.h"

/* Compressed bytes that are looked at for the ends of members; a longer member is inflated in one go. */
#define LOOK ((size_t)256 << 10)
/* The longest unfinished record that finds room in front of a piece's text. */
#define ROOM_IN_FRONT ((size_t)64 << 10)
/* A piece that lies about its length shall not look as if it just fitted. */
#define SLACK 64

struct piece {
    const struct inflate_codec *codec;
    void *state; /* of this worker, for `codec` */
    struct buf packed;
    uint64_t position; /* of packed, in the file */
    size_t room;       /* bytes of text that it claims */
    bool sound;        /* it is what it seemed; its text is in block.memory, from ROOM_IN_FRONT on */
};

void
piece_free(struct piece *p)
{
    if (p == NULL)
        return;
    if (p->codec != NULL)
        p->codec->close(p->state);
    buf_fini(&p->packed);
    mem_free(p);
}

/* ---- taking ---- */

static bool
can_take(const struct stream *s)
{
    return s->settled && !s->over && !s->drained && !s->skipping && !s->in_one_go && s->codec->members != NULL &&
           stream_left(s) <= ROOM_IN_FRONT;
}

bool
pieces_ahead(struct stream *s)
{
    if (!can_take(s) || !s->codec->at_seam(s->inflater))
        return false;
    if (!s->known_next) {
        const struct inflate_in in = feed_look(&s->feed, LOOK);
        s->next = s->codec->members(&in, s->p->limits.block);
        s->known_next = true;
    }
    return s->next.packed != 0 && s->next.text != 0;
}

/* The block's piece. Its inflater stands behind a member, as the last piece left it, or is a new one. */
static struct piece *
piece_of(struct block *b, const struct inflate_codec *codec)
{
    if (b->piece == NULL)
        b->piece = mem_zalloc(1, sizeof *b->piece);
    struct piece *p = b->piece;
    if (p->codec == codec && p->sound)
        return p;
    if (p->codec != NULL)
        p->codec->close(p->state);
    p->codec = codec;
    p->state = codec->open();
    return p;
}

bool
stream_take(struct stream *s, struct block *b)
{
    if (!pieces_ahead(s))
        return false;
    struct piece *p = piece_of(b, s->codec);
    buf_reset(&p->packed);
    p->position = feed_position(&s->feed);
    p->room = s->next.text + SLACK;
    feed_take(&s->feed, s->next.packed, &p->packed);
    s->known_next = false;
    s->pieces_out++;
    return true;
}

/* ---- inflating ---- */

void
block_inflate(struct block *b)
{
    struct piece *p = b->piece;
    buf_reset(&b->memory);
    buf_grow(&b->memory, ROOM_IN_FRONT + p->room + INPUT_PAD);
    struct inflate_in in = { (const unsigned char *)p->packed.p, p->packed.n, true };
    struct inflate_out out = { (unsigned char *)b->memory.p + ROOM_IN_FRONT, p->room };
    const char *error;
    enum inflate_status status;
    do
        status = p->codec->run(p->state, &in, &out, &error);
    while (status == INFLATE_SEAM);
    p->sound = status == INFLATE_END && in.n == 0;
    b->memory.n = ROOM_IN_FRONT + p->room - out.n;
}

/* ---- placing ---- */

/* This piece, or one before it, is not what it seemed. When all of them are back, what they took is put back, too. */
static void
give_back(struct stream *s, const struct piece *p)
{
    s->in_one_go = true;
    buf_sv(&s->returned, buf_view(&p->packed));
    if (s->pieces_out != 0)
        return;
    feed_return(&s->feed, buf_view(&s->returned));
    buf_fini(&s->returned);
    buf_init(&s->returned);
    s->known_next = false;
}

/* The text of the piece, with what was left before it in front. p == NULL: there is not enough room. */
static struct sv
join(const struct stream *s, struct block *b)
{
    const size_t n = stream_left(s);
    if (n > ROOM_IN_FRONT)
        return SV_NONE;
    char *start = b->memory.p + ROOM_IN_FRONT - n;
    if (n != 0)
        memcpy(start, s->ahead.p + s->at, n);
    return sv_make(start, n + b->memory.n - ROOM_IN_FRONT);
}

bool
stream_place(struct stream *s, struct block *b)
{
    const struct piece *p = b->piece;
    s->pieces_out--;
    const struct sv text = s->in_one_go || !p->sound ? SV_NONE : join(s, b);
    const size_t whole = text.n == 0 ? 0 : cut_block(s->format, text, false, s->p->limits.line, &b->too_long);
    if (whole == 0) {
        give_back(s, p);
        return false;
    }
    feed_enter(&s->feed, p->position, p->packed.p, p->packed.n);
    s->info.bytes_in = s->feed.total;
    s->info.bytes += b->memory.n - ROOM_IN_FRONT;
    b->cut = false;
    b->bytes = sv_make(b->memory.p + ROOM_IN_FRONT - stream_left(s), whole);
    stream_label(s, b);
    stream_advance(s, b->bytes.p, whole);
    buf_reset(&s->ahead);
    buf_put(&s->ahead, b->bytes.p + whole, text.n - whole);
    s->at = 0;
    memset(b->memory.p + (b->bytes.p - b->memory.p) + whole, 0, INPUT_PAD);
    return true;
}
