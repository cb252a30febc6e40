/* SPDX-License-Identifier: Apache-2.0 */
/* One file: read -> inflate -> cut -> block.
 *
 * Text is inflated straight into the block that the worker will parse. What is left behind the last whole record moves
 * into `ahead`, the only copy that is ever made, and comes first in the next block. `ahead` also holds what was looked
 * at for recognition, before any block was asked for.
 *
 * A record that is longer than the limit must not be held in memory. As soon as that is known, its start goes out
 * as a block of its own and the rest is inflated and dropped up to the next line end. */
#include "input/stream_internal.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "input/recognise.h"
#include "input/simd.h"

/* What recognition wants to see, and the least that is inflated at a time where no block sets the size. */
#define WINDOW ((size_t)64 << 10)
/* How much of a record that is too long is kept. The parser shows as much. */
#define LONG_SHOWN 256

/* The first error stays: what follows from it would only confuse. */
static void
fail(struct stream *s, const char *error, const char *hint)
{
    if (s->info.error != NULL)
        return;
    s->info.error = error;
    s->info.error_hint = hint;
}

static void
fail_read(struct stream *s, int error)
{
    if (error == EISDIR)
        fail(s, "no files in this folder", NULL);
    else
        fail(s, arena_printf(&s->arena, "cannot read: %s", strerror(error)).p, NULL);
}

/* ---- inflating ---- */

/* The codec wants more input. */
static void
refill(struct stream *s)
{
    feed_more(&s->feed);
    s->info.bytes_in = s->feed.total;
    if (s->feed.error != 0)
        fail_read(s, s->feed.error);
}

/* Appends up to `room` bytes. Fewer only at the end, and where pieces lie ahead. */
static void
inflate_into(struct stream *s, struct buf *to, size_t room)
{
    buf_grow(to, room + INPUT_PAD);
    struct inflate_out out = { (unsigned char *)to->p + to->n, room };
    bool stop = false;
    while (out.n != 0 && !s->drained && !stop) {
        const char *error = NULL;
        s->known_next = false;
        switch (s->codec->run(s->inflater, &s->feed.in, &out, &error)) {
        case INFLATE_MORE:
            refill(s);
            break;
        case INFLATE_FULL:
            break;
        case INFLATE_SEAM:
            stop = out.n != room && pieces_ahead(s);
            break;
        case INFLATE_FAILED:
            fail(s, error, "everything before the damage was read");
            s->drained = true;
            break;
        case INFLATE_END:
            s->drained = true;
            break;
        }
    }
    to->n += room - out.n;
    s->info.bytes += room - out.n;
}

void
stream_pad(struct buf *b)
{
    buf_grow(b, INPUT_PAD);
    memset(b->p + b->n, 0, INPUT_PAD);
}

void
stream_advance(struct stream *s, const char *p, size_t n)
{
    s->line += s->p->limits.simd->count_lines(p, n);
    s->offset += n;
}

void
stream_label(const struct stream *s, struct block *b)
{
    b->file = s->file;
    b->line = s->line;
    b->offset = s->offset;
    b->source = s->info.source;
    b->format = s->format;
    b->csv = s->csv;
}

/* ---- recognition ---- */

/* Until `ahead` holds n bytes, or all there is. */
static void
look_ahead(struct stream *s, size_t n)
{
    if (stream_left(s) >= n || s->drained)
        return;
    if (s->at != 0)
        memmove(s->ahead.p, s->ahead.p + s->at, stream_left(s));
    s->ahead.n = stream_left(s);
    s->at = 0;
    inflate_into(s, &s->ahead, n - s->ahead.n);
}

/* The window, or as much more as it takes to see one record. */
static struct sv
head_of(struct stream *s)
{
    look_ahead(s, WINDOW);
    if (cut_line_end(sv_make(s->ahead.p + s->at, stream_left(s)), 0) == stream_left(s))
        look_ahead(s, s->p->limits.line + 2);
    stream_pad(&s->ahead);
    return sv_make(s->ahead.p + s->at, stream_left(s));
}

/* False: the stream ends here, with an error or because it is empty. */
static bool
identify(struct stream *s)
{
    if (s->settled)
        return true;
    const struct sv head = head_of(s);
    if (head.n == 0)
        return false;
    struct recognised r;
    recognise(s->p, head, s->drained, &s->arena, &r);
    if (r.format == NULL) {
        const char *foreign = inflate_foreign((const unsigned char *)head.p, head.n);
        if (foreign != NULL)
            r.hint = arena_printf(&s->arena, "it looks like %s; decompress it first", foreign).p;
        fail(s, r.error, r.hint);
        return false;
    }
    s->format = r.format;
    s->settled = r.settled;
    s->examined = r.examined;
    s->csv = r.csv;
    s->info.format = r.format->name;
    s->info.source = r.source;
    stream_advance(s, head.p, r.header);
    s->at += r.header;
    return true;
}

static void
skip_bom(struct stream *s)
{
    look_ahead(s, WINDOW);
    if (stream_left(s) < 3 || memcmp(s->ahead.p, "\xef\xbb\xbf", 3) != 0)
        return;
    s->at = 3;
    s->offset = 3;
}

/* ---- open and close ---- */

/* Opening a stream is cheap, because its caller may hold a lock that others wait for. The first block pays for the
 * rest. */
static void
start(struct stream *s)
{
    if (s->codec != NULL)
        return;
    while (s->feed.in.n < 6 && !s->feed.in.last)
        refill(s);
    s->info.compression = inflate_detect(s->feed.in.p, s->feed.in.n);
    s->codec = inflate_codec_of(s->info.compression);
    s->inflater = s->codec->open();
    skip_bom(s);
}

struct stream *
stream_open(const struct inputs *in, size_t i, const struct projections *p)
{
    struct stream *s = mem_zalloc(1, sizeof *s);
    s->p = p;
    s->file = (uint32_t)i;
    s->line = 1;
    s->info.source = UINT32_MAX;
    arena_init(&s->arena);
    feed_open(&s->feed, inputs_file(in, i));
    s->info.bytes_in = s->feed.total;
    if (s->feed.error != 0)
        fail_read(s, s->feed.error);
    return s;
}

void
stream_close(struct stream *s)
{
    if (s == NULL)
        return;
    if (s->codec != NULL)
        s->codec->close(s->inflater);
    feed_close(&s->feed);
    if (s->csv != NULL)
        s->format->header_free(s->csv);
    buf_fini(&s->ahead);
    buf_fini(&s->returned);
    arena_fini(&s->arena);
    mem_free(s);
}

const struct stream_info *
stream_info(const struct stream *s)
{
    return &s->info;
}

static bool
finish(struct stream *s)
{
    s->over = true;
    digest_hex(s->feed.digest, s->info.digest);
    return false;
}

/* ---- blocks ---- */

/* Drops text up to and including the next line end. */
static void
skip_line(struct stream *s)
{
    while (s->skipping) {
        if (stream_left(s) == 0)
            look_ahead(s, WINDOW);
        const struct sv text = { s->ahead.p + s->at, stream_left(s) };
        if (text.n == 0)
            return;
        const size_t end = cut_line_end(text, 0);
        s->skipping = end == text.n;
        const size_t n = s->skipping ? end : end + 1;
        stream_advance(s, text.p, n);
        s->at += n;
    }
}

/* Fills the block to `target` bytes: first with what lies ahead, then from the inflater. */
static void
top_up(struct stream *s, struct buf *to, size_t target)
{
    const size_t want = target - to->n;
    const size_t n = stream_left(s) < want ? stream_left(s) : want;
    if (n != 0)
        buf_put(to, s->ahead.p + s->at, n);
    s->at += n;
    if (to->n < target && !s->drained)
        inflate_into(s, to, target - to->n);
}

/* Takes back what is behind the first `keep` bytes of the block. While there is text ahead, all of the block came
 * from there. */
static void
give_back(struct stream *s, struct buf *from, size_t keep)
{
    const size_t n = from->n - keep;
    if (stream_left(s) != 0) {
        s->at -= n;
    } else {
        buf_reset(&s->ahead);
        buf_put(&s->ahead, from->p + keep, n);
        s->at = 0;
    }
    from->n = keep;
}

static void
deliver_long(struct stream *s, struct block *b)
{
    b->too_long = true;
    stream_advance(s, b->memory.p, b->memory.n);
    if (b->memory.n > LONG_SHOWN)
        b->memory.n = LONG_SHOWN;
    s->skipping = true;
}

/* A block of whole records, or the start of one that is too long. False at the end. */
static bool
build(struct stream *s, struct block *b)
{
    const size_t limit = s->p->limits.line;
    for (size_t target = s->p->limits.block;;) {
        top_up(s, &b->memory, target);
        if (b->memory.n == 0)
            return false;
        const bool at_end = s->drained && stream_left(s) == 0;
        const size_t whole = cut_block(s->format, buf_view(&b->memory), at_end, limit, &b->too_long);
        if (b->too_long) {
            deliver_long(s, b);
            break;
        }
        if (whole != 0) {
            give_back(s, &b->memory, whole);
            stream_advance(s, b->memory.p, whole);
            b->cut = at_end && s->info.error != NULL;
            break;
        }
        target = 2 * b->memory.n < limit + 2 ? 2 * b->memory.n : limit + 2;
        if (target <= b->memory.n)
            target = b->memory.n + 1;
    }
    stream_pad(&b->memory);
    return true;
}

/* The records that were looked at and told nothing, and no more: what comes behind them may be of another source. */
static bool
deliver_examined(struct stream *s, struct block *b)
{
    top_up(s, &b->memory, s->examined);
    stream_advance(s, b->memory.p, b->memory.n);
    b->cut = s->drained && stream_left(s) == 0 && s->info.error != NULL;
    stream_pad(&b->memory);
    return true;
}

bool
stream_next(struct stream *s, struct block *b)
{
    buf_reset(&b->memory);
    b->too_long = b->cut = false;
    if (s->over)
        return false;
    start(s);
    skip_line(s);
    if (!identify(s))
        return finish(s);
    stream_label(s, b);
    const bool examined = !s->settled && s->examined != 0;
    if (!(examined ? deliver_examined(s, b) : build(s, b)))
        return finish(s);
    b->bytes = buf_view(&b->memory);
    return true;
}

void
block_init(struct block *b)
{
    *b = (struct block){ .memory = BUF_INIT };
}

void
block_fini(struct block *b)
{
    piece_free(b->piece);
    buf_fini(&b->memory);
}
