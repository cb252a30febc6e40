/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of records, written and read.
 *
 * A block ends with the record that takes it past BLOCK_BYTES, so nearly all have that size, and one with a giant of a
 * record holds nothing else. Records of one group stand together and repeat each other's key, facts and payload; that
 * is said in one bit each, and what is left goes through a packer.
 *
 * The reader has two blocks: the strings of a record stay where they are while the next block is read. */
#include "agg/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "agg/block.h"
#include "base/codec.h"
#include "base/fileio.h"
#include "base/map.h"
#include "base/mem.h"

#define BLOCK_BYTES ((size_t)64 << 10)
#define HEADER_BYTES BLOCK_HEAD(0)
#define CHECKED_BYTES BLOCK_CHECKED(0)
#define RECORD_LEAST 3u  /* flags, time, line */
#define RECORD_ROOM 128u /* flags and eleven varints, at most */

/* The first byte of a record. What "is the same" is so as in the record before it, and not said again. */
enum record_bits {
    SAME_GROUP = 1,
    SAME_FACTS = 2,
    SAME_PAYLOAD = 4,
    SAME_FILE_POS = 8,
    HAS_UID = 16,
    HAS_TIE = 32,
    FLAGS_SHIFT = 6, /* RECORD_PRIMARY, RECORD_CHAINED */
};

/* ---- writing ---- */

void
segment_begin(struct segment_writer *w, int fd, const char *name, uint64_t offset)
{
    w->made = (struct segment){ .fd = fd, .name = name, .offset = offset };
    w->block_n = 0;
    w->error = 0;
    buf_reset(&w->block);
    if (w->packer == NULL)
        w->packer = packer_new();
}

static void
end_block(struct segment_writer *w)
{
    struct buf *b = &w->stored;
    if (w->block_n == 0 || w->error != 0)
        return;
    if (w->block.n > BLOCK_MOST) {
        w->error = EFBIG;
        return;
    }
    block_put(w->packer, buf_view(&w->block), w->block_n, SV_NONE, b);
    if (!file_write_at(w->made.fd, b->p, b->n, w->made.offset + w->made.bytes))
        w->error = errno;
    w->made.bytes += b->n;
    w->made.n += w->block_n;
    w->block_n = 0;
    buf_reset(&w->block);
}

/* Appends a string, and where it lies now. There is room for it, so the block does not move. */
static struct sv
put_string(struct buf *b, struct sv s)
{
    put_bytes(b, s);
    return sv_make(b->p + b->n - s.n, s.n);
}

static unsigned
bits_of(const struct segment_writer *w, const struct record *r)
{
    unsigned bits = (r->flags & 3) << FLAGS_SHIFT | (r->uid.n != 0 ? HAS_UID : 0) | (r->tie.n != 0 ? HAS_TIE : 0);
    if (w->block_n == 0)
        return bits;
    const struct record *last = &w->last;
    bits |= record_same_group(r, last) ? SAME_GROUP : 0;
    bits |= sv_eq(r->facts, last->facts) ? SAME_FACTS : 0;
    bits |= sv_eq(r->payload, last->payload) ? SAME_PAYLOAD : 0;
    bits |= r->at.file == last->at.file && r->pos == last->pos ? SAME_FILE_POS : 0;
    return bits;
}

/* The strings that the next record may share stay in *last. */
static void
put_record(struct buf *b, const struct record *r, struct record *last, unsigned bits)
{
    buf_putc(b, (char)(unsigned char)bits);
    if ((bits & SAME_GROUP) == 0) {
        put_varint(b, r->corr);
        last->key = put_string(b, r->key);
    }
    put_difference(b, (uint64_t)r->time, (uint64_t)last->time);
    if ((bits & SAME_FILE_POS) == 0) {
        put_varint(b, r->at.file);
        put_varint(b, r->pos);
    }
    put_difference(b, r->at.line, last->at.line);
    if ((bits & HAS_UID) != 0)
        put_bytes(b, r->uid);
    if ((bits & HAS_TIE) != 0)
        put_bytes(b, r->tie);
    if ((bits & SAME_FACTS) == 0)
        last->facts = put_string(b, r->facts);
    if ((bits & SAME_PAYLOAD) == 0)
        last->payload = put_string(b, r->payload);
}

/* Room for the record, before anything of it is written: the strings of the last one move with the block. */
static void
make_room(struct segment_writer *w, const struct record *r)
{
    struct buf *b = &w->block;
    struct record *last = &w->last;
    const size_t room = RECORD_ROOM + r->key.n + r->uid.n + r->tie.n + r->facts.n + r->payload.n;
    if (b->cap - b->n >= room)
        return;
    const size_t key = w->block_n != 0 ? (size_t)(last->key.p - b->p) : 0;
    const size_t facts = w->block_n != 0 ? (size_t)(last->facts.p - b->p) : 0;
    const size_t payload = w->block_n != 0 ? (size_t)(last->payload.p - b->p) : 0;
    buf_grow(b, room);
    last->key.p = b->p + key;
    last->facts.p = b->p + facts;
    last->payload.p = b->p + payload;
}

void
segment_put(struct segment_writer *w, const struct record *r)
{
    struct buf *b = &w->block;
    struct record *last = &w->last;
    if (w->block_n == 0)
        *last = (struct record){ .time = 0 };
    make_room(w, r);
    put_record(b, r, last, bits_of(w, r));
    last->corr = r->corr;
    last->time = r->time;
    last->at = r->at;
    last->pos = r->pos;
    w->block_n++;
    if (b->n >= BLOCK_BYTES || w->block_n == UINT32_MAX)
        end_block(w);
}

bool
segment_end(struct segment_writer *w, struct segment *s)
{
    end_block(w);
    *s = w->made;
    return w->error == 0;
}

void
segment_writer_fini(struct segment_writer *w)
{
    packer_free(w->packer);
    buf_fini(&w->block);
    buf_fini(&w->stored);
    *w = (struct segment_writer){ .packer = NULL };
}

/* ---- reading ---- */

struct segment_reader {
    struct segment s;
    struct unpacker *unpacker;
    bool owns_unpacker;
    bool owns_fd;
    uint64_t at;             /* bytes of the segment that are read */
    uint64_t left;           /* records that are to come */
    char head[HEADER_BYTES]; /* of the next block, if has_head: it is read along with the block before it */
    bool has_head;
    struct buf in;
    struct buf block[2];
    unsigned which;
    struct reader p;   /* what is left of the block */
    uint64_t block_at; /* where it begins in the file */
    uint32_t block_left;
    bool is_first;      /* no record of the block is read */
    struct record last; /* its file as it stands there */
    uint64_t hash;      /* of its group */
    struct buf failure;
};

struct segment_reader *
segment_open_shared(const struct segment *s, struct unpacker *unpacker)
{
    struct segment_reader *r = mem_zalloc(1, sizeof *r);
    r->s = *s;
    r->left = s->n;
    r->unpacker = unpacker;
    return r;
}

struct segment_reader *
segment_open(const struct segment *s)
{
    struct segment_reader *r = segment_open_shared(s, unpacker_new());
    r->owns_unpacker = true;
    return r;
}

void
segment_close(struct segment_reader *r)
{
    if (r == NULL)
        return;
    if (r->owns_unpacker)
        unpacker_free(r->unpacker);
    if (r->owns_fd)
        close(r->s.fd);
    buf_fini(&r->in);
    buf_fini(&r->block[0]);
    buf_fini(&r->block[1]);
    buf_fini(&r->failure);
    mem_free(r);
}

const char *
segment_failed(const struct segment_reader *r)
{
    return r->failure.n != 0 ? r->failure.p : NULL;
}

static bool
fail(struct segment_reader *r, const char *why)
{
    buf_reset(&r->failure);
    buf_printf(&r->failure, "%s is damaged at byte %llu: %s", r->s.name, (unsigned long long)r->block_at, why);
    buf_cstr(&r->failure);
    return false;
}

static bool
fail_by(struct segment_reader *r, const char *what)
{
    buf_reset(&r->failure);
    buf_printf(&r->failure, "cannot %s %s: %s", what, r->s.name, strerror(errno));
    buf_cstr(&r->failure);
    return false;
}

static bool
open_by_name(struct segment_reader *r)
{
    r->s.fd = open(r->s.name, O_RDONLY | O_CLOEXEC);
    r->owns_fd = r->s.fd >= 0;
    return r->owns_fd || fail_by(r, "open");
}

/* n bytes behind those that are read. */
static bool
read_on(struct segment_reader *r, char *to, size_t n)
{
    size_t got;
    if (r->s.fd < 0 && !open_by_name(r))
        return false;
    if (!file_read_at(r->s.fd, to, n, r->s.offset + r->at, &got))
        return fail_by(r, "read");
    r->at += got;
    return got == n || fail(r, "the file ends there");
}

/* The stored bytes, with the header's checked part before them, and the next header behind them; unpacked into *b. */
static bool
read_block(struct segment_reader *r, const struct block *block, struct buf *b)
{
    const size_t stored = (size_t)block->stored, whole = CHECKED_BYTES + stored;
    const bool more = r->s.bytes - r->at - stored >= HEADER_BYTES;
    buf_reset(&r->in);
    buf_grow(&r->in, whole + HEADER_BYTES);
    memcpy(r->in.p, r->head, CHECKED_BYTES);
    if (!read_on(r, r->in.p + CHECKED_BYTES, stored + (more ? HEADER_BYTES : 0)))
        return false;
    buf_reset(b);
    buf_grow(b, (size_t)block->raw);
    const char *wrong = block_unpack(r->unpacker, block, 0, sv_make(r->in.p, whole), r->head + CHECKED_BYTES, b->p);
    if (wrong != NULL)
        return fail(r, wrong);
    r->has_head = more;
    if (more)
        memcpy(r->head, r->in.p + whole, HEADER_BYTES);
    return true;
}

static bool
next_block(struct segment_reader *r)
{
    struct block block;
    r->block_at = r->s.offset + r->at - (r->has_head ? HEADER_BYTES : 0);
    if (!r->has_head && r->s.bytes - r->at < HEADER_BYTES)
        return fail(r, "it ends inside a block");
    if (!r->has_head && !read_on(r, r->head, HEADER_BYTES))
        return false;
    if (!block_read_head(r->head, &block) || block.stored > r->s.bytes - r->at || block.n > block.raw / RECORD_LEAST ||
        block.n > r->left)
        return fail(r, "the block's header is wrong");
    r->which = !r->which;
    struct buf *b = &r->block[r->which];
    if (!read_block(r, &block, b))
        return false;
    r->p = reader_of(sv_make(b->p, (size_t)block.raw));
    r->block_left = (uint32_t)block.n;
    r->is_first = true;
    r->last = (struct record){ .time = 0 };
    return true;
}

static inline struct sv
next_bytes(struct reader *r)
{
    const uint64_t n = get_varint(r);
    if (n > (uint64_t)(r->end - r->p)) {
        r->bad = true;
        return SV_NONE;
    }
    const struct sv s = sv_make(r->p, (size_t)n);
    r->p += n;
    return s;
}

static void
next_group(struct segment_reader *r)
{
    const uint64_t corr = get_varint(&r->p);
    r->last.corr = (uint32_t)corr;
    r->last.key = next_bytes(&r->p);
    r->p.bad = r->p.bad || corr > UINT32_MAX;
    r->hash = record_hash(r->last.corr, r->last.key);
}

static void
next_file_pos(struct segment_reader *r)
{
    const uint64_t file = get_varint(&r->p);
    const uint64_t pos = get_varint(&r->p);
    r->last.at.file = (uint32_t)file;
    r->last.pos = (uint32_t)pos;
    r->p.bad = r->p.bad || file > UINT32_MAX - r->s.file_base || pos > RECORD_POS_MAX;
}

static void
next_record(struct segment_reader *r)
{
    struct reader *p = &r->p;
    struct record *last = &r->last;
    const unsigned bits = p->p != p->end ? (unsigned char)*p->p++ : 0;
    const unsigned same = SAME_GROUP | SAME_FACTS | SAME_PAYLOAD | SAME_FILE_POS;
    if (r->is_first && (bits & same) != 0)
        p->bad = true;
    if ((bits & SAME_GROUP) == 0)
        next_group(r);
    last->time = (int64_t)get_difference(p, (uint64_t)last->time);
    if ((bits & SAME_FILE_POS) == 0)
        next_file_pos(r);
    last->at.line = get_difference(p, last->at.line);
    last->uid = (bits & HAS_UID) != 0 ? next_bytes(p) : SV_NONE;
    last->tie = (bits & HAS_TIE) != 0 ? next_bytes(p) : SV_NONE;
    if ((bits & SAME_FACTS) == 0)
        last->facts = next_bytes(p);
    if ((bits & SAME_PAYLOAD) == 0)
        last->payload = next_bytes(p);
    last->flags = bits >> FLAGS_SHIFT;
    r->is_first = false;
}

bool
segment_next(struct segment_reader *r, struct record *rec)
{
    if (r->failure.n != 0)
        return false;
    if (r->block_left == 0) {
        if (r->left == 0)
            return r->at == r->s.bytes ? false : fail(r, "there is more behind its last record");
        if (!next_block(r))
            return false;
    }
    next_record(r);
    r->block_left--;
    r->left--;
    if (r->p.bad || (r->block_left == 0) != (r->p.p == r->p.end))
        return fail(r, "a record is malformed");
    *rec = r->last;
    rec->hash = r->hash;
    rec->at.file += r->s.file_base;
    return true;
}
