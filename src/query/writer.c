/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of one file come nearly in order (as many workers as there are may be early), so each file has a queue of
 * bytes in order, and a short list of early pieces. Only the queue of the file that is being written, the head, is
 * always empty. */
#include "query/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"

#define READ_BACK ((size_t)256 << 10)

struct early {
    uint64_t block;
    struct buf bytes;
};

/* Bytes that were put aside in the temporary file. */
struct aside {
    uint64_t offset;
    uint64_t n;
};

struct queue {
    uint64_t next; /* block */
    VEC(struct early) early;
    VEC(struct aside) aside; /* before `bytes` */
    struct buf bytes;
};

struct writer {
    pthread_mutex_t lock; /* of all below */
    size_t n_files;
    struct queue **queue; /* by file; NULL: nothing came yet */
    size_t head;
    bool framed;
    bool over;     /* the limit is reached, or put wants no more */
    uint64_t left; /* rows, if they are framed */
    size_t memory;
    size_t waiting; /* bytes in queues */
    const char *tmpdir;
    int fd; /* of the temporary file; -1: none yet */
    uint64_t fd_n;
    int error;       /* errno of its first failure */
    struct buf back; /* scratch */
    writer_put_fn *put;
    void *ctx;
};

struct writer *
writer_new(size_t n_files, bool framed, uint64_t limit, size_t memory, const char *tmpdir, writer_put_fn *put,
           void *ctx)
{
    struct writer *w = mem_zalloc(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    w->n_files = n_files;
    w->queue = mem_zalloc(n_files + 1, sizeof(struct queue *));
    w->framed = framed;
    w->left = limit;
    w->over = limit == 0;
    w->memory = memory;
    w->tmpdir = tmpdir;
    w->fd = -1;
    w->put = put;
    w->ctx = ctx;
    return w;
}

static void
queue_free(struct queue *q)
{
    if (q == NULL)
        return;
    for (size_t i = 0; i < q->early.n; i++)
        buf_fini(&q->early.v[i].bytes);
    vec_fini(&q->early);
    vec_fini(&q->aside);
    buf_fini(&q->bytes);
    mem_free(q);
}

void
writer_free(struct writer *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->n_files; i++)
        queue_free(w->queue[i]);
    mem_free(w->queue);
    buf_fini(&w->back);
    if (w->fd >= 0)
        close(w->fd);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

void
writer_frame(struct buf *piece, struct sv row)
{
    const uint32_t n = (uint32_t)row.n;
    buf_put(piece, &n, sizeof n);
    buf_sv(piece, row);
}

/* ---- to the reader ---- */

/* Whole frames at the front of bytes; returns their length. */
static size_t
put_frames(struct writer *w, struct sv bytes)
{
    size_t at = 0;
    while (!w->over && bytes.n - at >= sizeof(uint32_t)) {
        uint32_t n;
        memcpy(&n, bytes.p + at, sizeof n);
        if (bytes.n - at - sizeof n < n)
            break;
        w->over = !w->put(w->ctx, sv_make(bytes.p + at + sizeof n, n)) || --w->left == 0;
        at += sizeof n + n;
    }
    return at;
}

static void
put_out(struct writer *w, struct sv bytes)
{
    if (w->over || bytes.n == 0)
        return;
    if (w->framed)
        put_frames(w, bytes);
    else
        w->over = !w->put(w->ctx, bytes);
}

/* ---- what waits ---- */

static bool
open_aside(struct writer *w)
{
    struct buf name = BUF_INIT;
    buf_printf(&name, "%s/authsift-query-XXXXXX", w->tmpdir);
    buf_cstr(&name);
    w->fd = mkstemp(name.p);
    if (w->fd >= 0)
        unlink(name.p);
    buf_fini(&name);
    return w->fd >= 0;
}

static bool
write_all(int fd, struct sv bytes)
{
    while (bytes.n != 0) {
        const ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes = sv_from(bytes, (size_t)n);
    }
    return true;
}

static void
fail(struct writer *w)
{
    if (w->error == 0)
        w->error = errno != 0 ? errno : EIO;
    w->over = true;
}

static void
put_aside(struct writer *w, struct queue *q)
{
    if ((w->fd < 0 && !open_aside(w)) || !write_all(w->fd, buf_view(&q->bytes))) {
        fail(w);
        return;
    }
    vec_push(&q->aside, (struct aside){ w->fd_n, q->bytes.n });
    w->fd_n += q->bytes.n;
    w->waiting -= q->bytes.n;
    buf_fini(&q->bytes);
}

/* Frames may be cut where a read ends: what is left of one stays in `back`, before the next read. */
static void
read_back(struct writer *w, const struct aside *a)
{
    buf_reset(&w->back);
    for (uint64_t at = 0; at < a->n && !w->over;) {
        const size_t want = a->n - at < READ_BACK ? (size_t)(a->n - at) : READ_BACK;
        buf_grow(&w->back, want);
        const ssize_t n = pread(w->fd, w->back.p + w->back.n, want, (off_t)(a->offset + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            fail(w);
            return;
        }
        at += (uint64_t)n;
        w->back.n += (size_t)n;
        const struct sv got = buf_view(&w->back);
        size_t used = got.n;
        if (w->framed)
            used = put_frames(w, got);
        else
            put_out(w, got);
        memmove(w->back.p, w->back.p + used, got.n - used);
        w->back.n = got.n - used;
    }
}

static struct queue *
queue_of(struct writer *w, size_t file)
{
    if (w->queue[file] == NULL)
        w->queue[file] = mem_zalloc(1, sizeof(struct queue));
    return w->queue[file];
}

static void
empty_queue(struct writer *w, struct queue *q)
{
    for (size_t i = 0; i < q->aside.n && !w->over; i++)
        read_back(w, &q->aside.v[i]);
    vec_fini(&q->aside);
    put_out(w, buf_view(&q->bytes));
    w->waiting -= q->bytes.n;
    buf_fini(&q->bytes);
}

/* The next piece of a file. */
static void
take_piece(struct writer *w, size_t file, struct sv bytes)
{
    struct queue *q = w->queue[file];
    q->next++;
    if (file == w->head) {
        put_out(w, bytes);
        return;
    }
    buf_sv(&q->bytes, bytes);
    w->waiting += bytes.n;
    if (w->waiting > w->memory && q->bytes.n > w->memory / 8)
        put_aside(w, q);
}

static void
take_early(struct writer *w, size_t file)
{
    struct queue *q = w->queue[file];
    for (size_t i = 0; i < q->early.n;) {
        if (q->early.v[i].block != q->next) {
            i++;
            continue;
        }
        struct buf bytes = q->early.v[i].bytes;
        q->early.v[i] = q->early.v[--q->early.n];
        take_piece(w, file, buf_view(&bytes));
        buf_fini(&bytes);
        i = 0;
    }
}

/* Goes on to the next files while the head is complete. */
static void
move_head(struct writer *w, struct tap *tap)
{
    uint64_t n;
    while (!w->over && w->head < w->n_files && tap_blocks(tap, w->head, &n) && queue_of(w, w->head)->next == n) {
        queue_free(w->queue[w->head]);
        w->queue[w->head++] = NULL;
        if (w->head < w->n_files && w->queue[w->head] != NULL)
            empty_queue(w, w->queue[w->head]);
    }
}

bool
writer_block(struct writer *w, uint32_t file, uint64_t block, struct sv bytes, struct tap *tap)
{
    pthread_mutex_lock(&w->lock);
    struct queue *q = queue_of(w, file);
    if (block == q->next) {
        take_piece(w, file, bytes);
        take_early(w, file);
    } else {
        struct early e = { block, BUF_INIT };
        buf_sv(&e.bytes, bytes);
        vec_push(&q->early, e);
    }
    move_head(w, tap);
    const bool go_on = !w->over;
    pthread_mutex_unlock(&w->lock);
    return go_on;
}

enum err
writer_finish(struct writer *w, struct diags *d)
{
    for (; w->head < w->n_files && !w->over; w->head++)
        if (w->queue[w->head] != NULL)
            empty_queue(w, w->queue[w->head]);
    if (w->error == 0)
        return ERR_OK;
    diag_error(d, SPAN_NONE, "cannot put rows aside in a temporary file in %s: %s", w->tmpdir, strerror(w->error));
    return ERR_OUTPUT;
}
