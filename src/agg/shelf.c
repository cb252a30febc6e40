/* SPDX-License-Identifier: Apache-2.0 */
/* The reader has two blocks: the chapter before stays where it is while the next one's block is read. */
#include "agg/shelf.h"

#include <errno.h>
#include <string.h>

#include "agg/block.h"
#include "agg/cluster.h"
#include "agg/emit.h"
#include "base/codec.h"
#include "base/fileio.h"
#include "base/map.h"
#include "base/mem.h"

#define BLOCK_BYTES ((size_t)128 << 10)
/* A chapter larger than BLOCK_BYTES has a block of its own. */
#define MORE_BYTES 8u /* of the header: the first cluster and the last */
#define HEADER_BYTES BLOCK_HEAD(MORE_BYTES)
#define CHECKED_BYTES BLOCK_CHECKED(MORE_BYTES)

void
shelves_init(struct shelves *s)
{
    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    atomic_init(&s->has_failed, false);
    buf_init(&s->failure);
}

void
shelves_fini(struct shelves *s)
{
    pthread_mutex_destroy(&s->lock);
    buf_fini(&s->failure);
}

void
shelves_fail(struct shelves *s, const char *format, ...)
{
    va_list ap;
    pthread_mutex_lock(&s->lock);
    if (s->failure.n == 0) {
        va_start(ap, format);
        buf_vprintf(&s->failure, format, ap);
        va_end(ap);
    }
    pthread_mutex_unlock(&s->lock);
    atomic_store(&s->has_failed, true);
}

enum err
shelves_status(struct shelves *s, struct diags *d)
{
    if (!shelves_failed(s))
        return ERR_OK;
    diag_error(d, SPAN_NONE, "%s", buf_cstr(&s->failure));
    return ERR_OUTPUT;
}

uint64_t
shelf_layout(const struct program *p)
{
    const struct agg_plan plan = { .program = p };
    struct agg_local *l = agg_local_new(&plan);
    struct buf b = BUF_INIT;
    put_varint(&b, CHAPTER_VERSION);
    for (size_t i = 0; i < p->corrs.n; i++) {
        put_varint(&b, l->clusters.of[i].cluster);
        put_varint(&b, l->clusters.of[i].slot);
        put_varint(&b, l->family[i].first);
    }
    const uint64_t hash = hash64(buf_view(&b));
    buf_fini(&b);
    agg_local_free(l);
    return hash;
}

bool
shelf_use_files(struct shelves *s, const struct chapter_head *h)
{
    struct reader r = h->rest;
    for (size_t i = 0; i < h->n_files; i++) {
        const uint64_t file = get_varint(&r);
        if (r.bad || file >= s->n_files)
            return false;
        atomic_store_explicit(&s->used[file], true, memory_order_relaxed);
    }
    return true;
}

/* ---- reading ---- */

struct shelf_reader {
    struct shelves *shelves;
    const struct shelf_file *file;
    struct unpacker *unpacker;
    uint64_t at;   /* bytes that are read */
    uint64_t left; /* chapters to come */
    struct buf in;
    struct buf block[2];
    unsigned which;
    struct reader p; /* what is left of the block */
    uint64_t block_left;
    const bool *wanted; /* NULL: all clusters are */
    uint32_t n_clusters;
};

struct shelf_reader *
shelf_open(struct shelves *s, unsigned partition, const bool *wanted, uint32_t n_clusters)
{
    struct shelf_reader *r = mem_zalloc(1, sizeof *r);
    r->shelves = s;
    r->file = &s->in[partition];
    r->left = r->file->n;
    r->wanted = wanted;
    r->n_clusters = n_clusters;
    r->unpacker = unpacker_new();
    return r;
}

void
shelf_close(struct shelf_reader *r)
{
    unpacker_free(r->unpacker);
    buf_fini(&r->in);
    buf_fini(&r->block[0]);
    buf_fini(&r->block[1]);
    mem_free(r);
}

static bool
fail(struct shelf_reader *r, const char *why)
{
    shelves_fail(r->shelves, "%s is damaged near byte %llu: %s", r->shelves->name,
                 (unsigned long long)(r->file->offset + r->at), why);
    return false;
}

static bool
read_on(struct shelf_reader *r, char *to, uint64_t n)
{
    size_t got;
    if (n > r->file->bytes - r->at)
        return fail(r, "it ends inside a block");
    if (!file_read_at(r->file->fd, to, n, r->file->offset + r->at, &got)) {
        shelves_fail(r->shelves, "cannot read %s: %s", r->shelves->name, strerror(errno));
        return false;
    }
    r->at += got;
    return got == n || fail(r, "the file ends there");
}

static bool
is_wanted(const struct shelf_reader *r, const char *head)
{
    const uint64_t last = load_le(head + 20, 4);
    if (r->wanted == NULL)
        return true;
    for (uint64_t i = load_le(head + 16, 4); i <= last && i < r->n_clusters; i++)
        if (r->wanted[i])
            return true;
    return false;
}

/* The header of the next block that is wanted; false at the end as well. */
static bool
next_header(struct shelf_reader *r, char head[HEADER_BYTES], struct block *block)
{
    while (r->left != 0) {
        if (!read_on(r, head, HEADER_BYTES))
            return false;
        if (!block_read_head(head, block) || block->n > r->left || block->stored > r->file->bytes - r->at)
            return fail(r, "the block's header is wrong");
        if (is_wanted(r, head))
            return true;
        r->at += block->stored;
        r->left -= block->n;
    }
    return false;
}

static bool
next_block(struct shelf_reader *r)
{
    char head[HEADER_BYTES];
    struct block block;
    if (!next_header(r, head, &block))
        return false;
    buf_reset(&r->in);
    buf_put(&r->in, head, CHECKED_BYTES);
    buf_grow(&r->in, block.stored);
    if (!read_on(r, r->in.p + CHECKED_BYTES, block.stored))
        return false;
    r->which = !r->which;
    struct buf *b = &r->block[r->which];
    buf_reset(b);
    buf_grow(b, block.raw);
    const struct sv in = sv_make(r->in.p, CHECKED_BYTES + block.stored);
    const char *wrong = block_unpack(r->unpacker, &block, MORE_BYTES, in, head + CHECKED_BYTES, b->p);
    if (wrong != NULL)
        return fail(r, wrong);
    r->p = reader_of(sv_make(b->p, block.raw));
    r->block_left = block.n;
    return true;
}

bool
shelf_next(struct shelf_reader *r, struct sv *chapter)
{
    if (r->left == 0 || shelves_failed(r->shelves))
        return r->left == 0 && r->at != r->file->bytes ? fail(r, "there is more behind its last chapter") : false;
    if (r->block_left == 0 && !next_block(r))
        return false;
    *chapter = get_bytes(&r->p);
    r->block_left--;
    r->left--;
    if (r->p.bad || (r->block_left == 0) != (r->p.p == r->p.end))
        return fail(r, "a chapter is malformed");
    return true;
}

/* ---- writing ---- */

void
shelf_begin(struct shelf_writer *w, struct shelves *s, unsigned partition)
{
    w->shelves = s;
    w->file = &s->out[partition];
    w->file->bytes = w->file->n = w->file->largest = 0;
    w->block_n = 0;
    buf_reset(&w->block);
    if (w->packer == NULL)
        w->packer = packer_new();
}

static void
end_block(struct shelf_writer *w)
{
    struct buf *b = &w->stored;
    char clusters[MORE_BYTES];
    if (w->block_n == 0 || shelves_failed(w->shelves))
        return;
    if (w->block.n > BLOCK_MOST) {
        shelves_fail(w->shelves, "what the next run needs of one group is more than %llu bytes",
                     (unsigned long long)BLOCK_MOST);
        return;
    }
    store_le(clusters, w->first, 4);
    store_le(clusters + 4, w->last, 4);
    block_put(w->packer, buf_view(&w->block), w->block_n, sv_make(clusters, sizeof clusters), b);
    if (!file_write_at(w->file->fd, b->p, b->n, w->file->offset + w->file->bytes))
        shelves_fail(w->shelves, "cannot write what the next run needs to the folder of temporary files: %s",
                     strerror(errno));
    w->file->bytes += b->n;
    w->block_n = 0;
    buf_reset(&w->block);
}

void
shelf_put(struct shelf_writer *w, uint32_t cluster, struct sv chapter)
{
    if (w->block.n != 0 && chapter.n >= BLOCK_BYTES)
        end_block(w);
    if (w->block_n == 0)
        w->first = cluster;
    w->last = cluster;
    put_bytes(&w->block, chapter);
    w->block_n++;
    w->file->n++;
    if (chapter.n > w->file->largest)
        w->file->largest = chapter.n;
    if (w->block.n >= BLOCK_BYTES || w->block_n == UINT32_MAX)
        end_block(w);
}

void
shelf_end(struct shelf_writer *w)
{
    end_block(w);
}

void
shelf_writer_fini(struct shelf_writer *w)
{
    packer_free(w->packer);
    buf_fini(&w->block);
    buf_fini(&w->stored);
    *w = (struct shelf_writer){ .shelves = NULL };
}
