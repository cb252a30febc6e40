/* SPDX-License-Identifier: Apache-2.0 */
/* The mutex guards who draws from what; a source's `busy` flag is its lock, so inflating happens outside the mutex.
 * A stream is closed when it has ended and no worker holds a block of it (CSV blocks point into the stream's
 * header). */
#include "run/tap.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/mem.h"

enum { IDLE_NONE = -1 };

/* An open stream. All fields are guarded by tap.lock, but `stream` is used without it by whoever set `busy`. */
struct tap_source {
    struct stream *stream; /* NULL: the slot is free */
    size_t file;
    unsigned blocks; /* of this stream that workers still hold */
    bool busy;
    bool ended;
    bool waiting; /* nobody can go on before all pieces of the file that were taken are back in their place: */
    uint64_t taken;
    uint64_t placed;
};

struct tap {
    const struct inputs *in;
    const struct projections *projections;
    const struct source_defs *sources;
    struct origins *origins;
    struct tap_file *files; /* [i] is written by whoever draws from file i, before `ended` */
    unsigned n_workers;
    pthread_mutex_t lock;
    pthread_cond_t changed;    /* a source became idle, or ended */
    struct tap_source *source; /* n_workers slots; guarded by lock */
    int *held;                 /* slot of the block that worker i holds, or IDLE_NONE; guarded by lock */
    size_t next_file;          /* guarded by lock */
    bool stopped;              /* guarded by lock */
    struct arena kept;         /* texts of errors, which outlive their streams; guarded by lock */
    _Atomic uint64_t bytes_in;
    uint64_t bytes_total;
};

struct tap *
tap_new(const struct inputs *in, const struct projections *projections, const struct source_defs *sources,
        struct origins *origins, unsigned n_workers)
{
    struct tap *t = mem_zalloc(1, sizeof *t);
    t->in = in;
    t->projections = projections;
    t->sources = sources;
    t->origins = origins;
    t->n_workers = n_workers;
    t->files = mem_zalloc(inputs_count(in) + 1, sizeof *t->files);
    t->source = mem_zalloc(n_workers, sizeof *t->source);
    t->held = mem_zalloc(n_workers, sizeof *t->held);
    for (unsigned w = 0; w < n_workers; w++)
        t->held[w] = IDLE_NONE;
    for (size_t i = 0; i < inputs_count(in); i++)
        t->bytes_total += inputs_file(in, i)->size;
    arena_init(&t->kept);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    return t;
}

void
tap_free(struct tap *t)
{
    if (t == NULL)
        return;
    for (unsigned s = 0; s < t->n_workers; s++)
        if (t->source[s].stream != NULL)
            stream_close(t->source[s].stream);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    arena_fini(&t->kept);
    mem_free(t->held);
    mem_free(t->source);
    mem_free(t->files);
    mem_free(t);
}

/* The worker has finished its block: the stream may be closed if it was the last. Called with the lock. */
static void
release_block(struct tap *t, unsigned who)
{
    if (t->held[who] == IDLE_NONE)
        return;
    struct tap_source *s = &t->source[t->held[who]];
    s->blocks--;
    if (s->ended && s->blocks == 0 && !s->busy) {
        stream_close(s->stream);
        *s = (struct tap_source){ 0 };
        pthread_cond_broadcast(&t->changed);
    }
}

static bool
is_idle(const struct tap_source *s)
{
    return s->stream != NULL && !s->busy && !s->ended && !(s->waiting && s->taken != s->placed);
}

/* Opens the next file in a free slot, if there are both. Called with the lock. */
static int
open_next(struct tap *t)
{
    if (t->next_file == inputs_count(t->in))
        return IDLE_NONE;
    for (unsigned i = 0; i < t->n_workers; i++) {
        if (t->source[i].stream == NULL) {
            t->source[i].file = t->next_file++;
            t->source[i].stream = stream_open(t->in, t->source[i].file, t->projections);
            return (int)i;
        }
    }
    return IDLE_NONE;
}

static bool
has_open(const struct tap *t)
{
    for (unsigned i = 0; i < t->n_workers; i++)
        if (t->source[i].stream != NULL && !t->source[i].ended)
            return true;
    return false;
}

/* A source for this worker: the one it drew from last, else a new file, else any idle one. Waits for one if all are
 * busy; IDLE_NONE when everything was read. Called with the lock. */
static int
take_source(struct tap *t, unsigned who)
{
    while (!t->stopped) {
        if (t->held[who] != IDLE_NONE && is_idle(&t->source[t->held[who]]))
            return t->held[who];
        int slot = open_next(t);
        for (unsigned i = 0; slot == IDLE_NONE && i < t->n_workers; i++)
            if (is_idle(&t->source[i]))
                slot = (int)i;
        if (slot != IDLE_NONE)
            return slot;
        if (!has_open(t) && t->next_file == inputs_count(t->in))
            return IDLE_NONE;
        pthread_cond_wait(&t->changed, &t->lock);
    }
    return IDLE_NONE;
}

/* Remembers what the stream knows of itself. Called by whoever holds the source. */
static void
note_info(struct tap *t, struct tap_source *s)
{
    struct tap_file *f = &t->files[s->file];
    const uint64_t bytes_before = f->info.bytes_in;
    f->info = *stream_info(s->stream);
    f->opened = true;
    if (f->info.source < t->sources->n)
        t->origins->v[s->file].source = t->sources->v[f->info.source].name;
    atomic_fetch_add_explicit(&t->bytes_in, f->info.bytes_in - bytes_before, memory_order_relaxed);
}

static const char *
keep_text(struct tap *t, const char *text)
{
    return text != NULL ? arena_sv(&t->kept, sv_of(text)).p : NULL;
}

/* The stream has ended: what went wrong with it is told after it is closed. Called with the lock. */
static void
end_source(struct tap *t, struct tap_source *s)
{
    struct stream_info *info = &t->files[s->file].info;
    info->error = keep_text(t, info->error);
    info->error_hint = keep_text(t, info->error_hint);
    t->files[s->file].ended = true;
    s->ended = true;
    if (s->blocks != 0)
        return;
    stream_close(s->stream);
    *s = (struct tap_source){ 0 };
}

/* Waits until nobody uses the stream and all pieces before this one are in their place. Called with the lock. */
static void
await_turn(struct tap *t, struct tap_source *s, uint64_t turn)
{
    while (s->busy || s->placed != turn)
        pthread_cond_wait(&t->changed, &t->lock);
    s->busy = true;
}

/* The piece that the block has taken becomes a block. Others may take the next ones meanwhile. Called with the lock,
 * by whoever holds the source. */
static bool
draw_piece(struct tap *t, struct tap_source *s, struct block *b)
{
    const uint64_t turn = s->taken++;
    s->busy = false;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
    block_inflate(b);
    pthread_mutex_lock(&t->lock);
    await_turn(t, s, turn);
    pthread_mutex_unlock(&t->lock);
    const bool drawn = stream_place(s->stream, b);
    pthread_mutex_lock(&t->lock);
    s->placed++;
    return drawn;
}

enum drawn { DRAWN_BLOCK, DRAWN_NOTHING, DRAWN_END };

/* Called with the lock, which is given up meanwhile, by whoever holds the source. */
static enum drawn
draw_from(struct tap *t, struct tap_source *s, struct block *b)
{
    pthread_mutex_unlock(&t->lock);
    const bool piece = stream_take(s->stream, b);
    pthread_mutex_lock(&t->lock);
    s->waiting = !piece && s->taken != s->placed;
    if (piece)
        return draw_piece(t, s, b) ? DRAWN_BLOCK : DRAWN_NOTHING;
    if (s->waiting)
        return DRAWN_NOTHING;
    pthread_mutex_unlock(&t->lock);
    const bool drawn = stream_next(s->stream, b);
    pthread_mutex_lock(&t->lock);
    return drawn ? DRAWN_BLOCK : DRAWN_END;
}

bool
tap_draw(struct tap *t, unsigned who, struct block *b)
{
    bool drawn = false;
    pthread_mutex_lock(&t->lock);
    release_block(t, who);
    for (int slot; !drawn && (slot = take_source(t, who)) != IDLE_NONE;) {
        struct tap_source *s = &t->source[slot];
        s->busy = true;
        t->held[who] = IDLE_NONE;
        const enum drawn what = draw_from(t, s, b);
        note_info(t, s);
        s->busy = false;
        drawn = what == DRAWN_BLOCK;
        if (drawn) {
            s->blocks++;
            b->number = t->files[s->file].blocks++;
            t->held[who] = slot;
        } else if (what == DRAWN_END) {
            end_source(t, s);
        }
        pthread_cond_broadcast(&t->changed);
    }
    if (!drawn)
        t->held[who] = IDLE_NONE;
    pthread_mutex_unlock(&t->lock);
    return drawn;
}

void
tap_stop(struct tap *t)
{
    pthread_mutex_lock(&t->lock);
    t->stopped = true;
    pthread_cond_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

bool
tap_blocks(struct tap *t, size_t i, uint64_t *n)
{
    pthread_mutex_lock(&t->lock);
    const bool ended = t->files[i].ended;
    *n = t->files[i].blocks;
    pthread_mutex_unlock(&t->lock);
    return ended;
}

const struct tap_file *
tap_file(const struct tap *t, size_t i)
{
    return &t->files[i];
}

uint64_t
tap_bytes_in(const struct tap *t)
{
    return atomic_load_explicit(&t->bytes_in, memory_order_relaxed);
}

uint64_t
tap_bytes_total(const struct tap *t)
{
    return t->bytes_total;
}
