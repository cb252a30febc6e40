/* SPDX-License-Identifier: Apache-2.0 */
#include "run/carried.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agg/crew.h"
#include "agg/entry.h"
#include "agg/partial.h"
#include "base/atomicfile.h"
#include "base/codec.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "base/number.h"
#include "run/layout.h"
#include "run/partial_write.h"

/* Where a partition's records lie in the file. */
struct extent {
    uint64_t offset;
    uint64_t bytes;
    struct digest *digest; /* while it is copied */
};

struct carried {
    const char *path;
    int fd;
    uint64_t end;                       /* of the file */
    struct extent part[2 * PARTITIONS]; /* the records of each partition, then the shelves */
    struct buf bytes;                   /* of the manifest */
    struct manifest m;
    atomic_bool *used;              /* by origin: some record names it */
    struct partial_numbers numbers; /* of its correlations, as the program counts them */
    struct arena arena;
};

struct loading {
    struct carried *c;
    struct diags *d;
};

static enum err
damaged(const struct carried *c, const char *what, struct diags *d)
{
    diag_error(d, SPAN_NONE, "the state %s is damaged: what it carries %s; restore a copy, or rebuild it with --replay",
               c->path, what);
    return ERR_OUTPUT;
}

/* ---- copying ---- */

static bool
append(struct carried *c, struct sv piece)
{
    const bool ok = file_write_at(c->fd, piece.p, piece.n, c->end);
    c->end += piece.n;
    return ok;
}

/* Pieces of one part come one after the other. */
static bool
take_piece(void *ctx, unsigned part, struct sv piece)
{
    struct loading *l = ctx;
    struct carried *c = l->c;
    if (part == CARRIED_MANIFEST) {
        buf_sv(&c->bytes, piece);
        return true;
    }
    if (part > 2 * PARTITIONS)
        return damaged(c, "has a part that nobody writes", l->d) == ERR_OK;
    struct extent *e = &c->part[part - 1];
    if (e->digest == NULL) {
        e->digest = digest_new();
        e->offset = c->end;
    }
    if (!append(c, piece)) {
        diag_error(l->d, SPAN_NONE, "cannot write what the state carries to the folder of temporary files: %s",
                   strerror(errno));
        return false;
    }
    digest_add(e->digest, piece.p, piece.n);
    e->bytes += piece.n;
    return true;
}

/* ---- checking ---- */

void
carried_shelf_name(char name[CARRIED_NAME_MAX], unsigned partition)
{
    snprintf(name, CARRIED_NAME_MAX, "%02u.shelf", partition % PARTITIONS);
}

static const struct manifest_file *
file_of(const struct carried *c, unsigned part)
{
    char name[PARTIAL_NAME_MAX > CARRIED_NAME_MAX ? PARTIAL_NAME_MAX : CARRIED_NAME_MAX];
    if (part < PARTITIONS)
        partial_name(name, part);
    else
        carried_shelf_name(name, part - PARTITIONS);
    return manifest_file(&c->m, sv_of(name));
}

/* Earlier versions kept everything as records. */
static bool
has_shelves(const struct carried *c)
{
    return manifest_setting(&c->m, SV(CARRIED_SHELVES)).n != 0;
}

static bool
is_whole(const struct carried *c, unsigned part)
{
    char hex[33] = "";
    const struct manifest_file *f = file_of(c, part);
    const struct extent *e = &c->part[part];
    if (f == NULL)
        return part >= PARTITIONS && !has_shelves(c) && e->bytes == 0;
    if (f->bytes == 0)
        return e->bytes == 0;
    if (e->digest != NULL)
        digest_hex(e->digest, hex);
    return f->bytes == e->bytes && sv_eq(f->digest, sv_of(hex));
}

static enum err
check_all(struct carried *c, struct diags *d)
{
    const char *wrong = manifest_get(&c->m, buf_view(&c->bytes), &c->arena);
    if (wrong != NULL)
        return damaged(c, wrong, d);
    for (unsigned i = 0; i < 2 * PARTITIONS; i++)
        if (!is_whole(c, i))
            return damaged(c, "is not what was written", d);
    return ERR_OK;
}

static enum err
load(struct carried *c, struct state *s, const char *tmpdir, struct diags *d)
{
    c->fd = atomic_unnamed(tmpdir);
    if (c->fd < 0) {
        diag_error(d, SPAN_NONE, "cannot make a temporary file in %s: %s", tmpdir, strerror(errno));
        return ERR_OUTPUT;
    }
    struct loading l = { c, d };
    TRY(state_each_carry(s, take_piece, &l, d));
    return c->bytes.n == 0 && c->end == 0 ? ERR_OK : check_all(c, d);
}

enum err
carried_load(struct state *s, const char *path, const char *tmpdir, struct carried **out, struct diags *d)
{
    struct carried *c = mem_zalloc(1, sizeof *c);
    *c = (struct carried){ .path = path, .fd = -1, .bytes = BUF_INIT, .arena = ARENA_INIT };
    manifest_init(&c->m);
    const enum err err = load(c, s, tmpdir, d);
    *out = err == ERR_OK && c->bytes.n != 0 ? c : NULL;
    if (*out == NULL)
        carried_free(c);
    return err;
}

void
carried_free(struct carried *c)
{
    if (c == NULL)
        return;
    for (unsigned i = 0; i < 2 * PARTITIONS; i++)
        digest_free(c->part[i].digest);
    if (c->fd >= 0)
        close(c->fd);
    mem_free(c->used);
    manifest_fini(&c->m);
    buf_fini(&c->bytes);
    arena_fini(&c->arena);
    mem_free(c);
}

/* ---- handing over ---- */

static const char spool_name[] = "the copy of what the state carries";

static void
make_used(struct carried *c)
{
    if (c->used == NULL)
        c->used = mem_zalloc(c->m.origins.n + 1, sizeof *c->used);
}

const struct manifest *
carried_manifest(const struct carried *c)
{
    return &c->m;
}

void
carried_name_origins(const struct carried *c, struct origins *o, size_t base)
{
    for (size_t i = 0; i < c->m.origins.n; i++)
        o->v[base + i] = (struct origin){ .source = c->m.origins.v[i].source, .file = c->m.origins.v[i].file };
}

enum err
carried_match(struct carried *c, const struct program *program, struct diags *d)
{
    struct buf lost = BUF_INIT;
    const bool ok = layout_match(manifest_setting(&c->m, SV(CARRIED_LAYOUT)), program, &c->arena, &c->numbers, &lost);
    if (ok && lost.n != 0)
        diag_note(d, SPAN_NONE,
                  "these have changed since the last run, and begin anew with this one: %s (--replay FROM..TO rebuilds "
                  "the state from the archive)",
                  buf_cstr(&lost));
    buf_fini(&lost);
    return ok ? ERR_OK : damaged(c, "was made by rules that it does not describe", d);
}

/* Its layout is ours if rules and clusters are what they were. */
static bool
is_same_layout(const struct carried *c, struct sv layout, const struct program *program)
{
    char hex[17];
    hex64(shelf_layout(program), hex);
    return sv_eq(manifest_setting(&c->m, SV(CARRIED_LAYOUT)), layout) &&
           sv_eq(manifest_setting(&c->m, SV(CARRIED_SHELVES)), sv_of(hex));
}

enum err
carried_open_shelves(struct carried *c, struct sv layout, const struct program *program, uint32_t base,
                     struct shelves *s, struct diags *d)
{
    uint64_t largest;
    if (!has_shelves(c)) {
        s->is_same = true;
        return ERR_OK;
    }
    if (!number_parse_u64(manifest_setting(&c->m, SV(CARRIED_LARGEST)), &largest))
        return damaged(c, "does not say how long its chapters are", d);
    make_used(c);
    s->name = spool_name;
    s->is_same = is_same_layout(c, layout, program);
    s->numbers = &c->numbers;
    s->n_files = (uint32_t)c->m.origins.n;
    s->base = base;
    s->used = c->used;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        const struct manifest_file *f = file_of(c, PARTITIONS + i);
        if (f->n_segments != 1)
            return damaged(c, "has a shelf of several parts", d);
        s->in[i] =
            (struct shelf_file){ c->fd, c->part[PARTITIONS + i].offset, f->segment->bytes, f->segment->n, largest };
    }
    return ERR_OK;
}

bool
carried_is_used(const struct carried *c, size_t origin)
{
    return atomic_load_explicit(&c->used[origin], memory_order_relaxed);
}

struct handing {
    struct carried *c;
    struct agg_local *const *local; /* one per thread */
    uint32_t base;
    const char *problem[PARTITIONS];
    struct arena said[PARTITIONS];
};

static void
job_hand_over(void *ctx, unsigned thread, unsigned partition)
{
    struct handing *h = ctx;
    struct carried *c = h->c;
    const struct manifest_file *f = file_of(c, partition);
    for (size_t slot = 0; slot < f->n_segments && h->problem[partition] == NULL; slot++) {
        const struct manifest_segment *from = &f->segment[slot];
        const struct segment s = { .fd = c->fd,
                                   .name = spool_name,
                                   .offset = c->part[partition].offset + from->offset,
                                   .bytes = from->bytes,
                                   .n = from->n,
                                   .file_base = h->base,
                                   .is_foreign = true };
        h->problem[partition] = partial_load(h->local[thread], partition, slot, slot + 1 == f->n_segments, &s,
                                             &c->numbers, c->used, c->m.origins.n, &h->said[partition]);
    }
}

enum err
carried_hand_over(struct carried *c, struct agg_local *const *local, size_t n, uint32_t base, struct diags *d)
{
    struct handing h = { .c = c, .local = local, .base = base };
    enum err err = ERR_OK;
    if (!partial_get_latest(local[0], c->m.counters))
        return damaged(c, "has no latest time", d);
    make_used(c);
    crew_run((unsigned)n, PARTITIONS, job_hand_over, &h);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (h.problem[i] != NULL && err == ERR_OK) {
            diag_error(d, SPAN_NONE, "%s", h.problem[i]);
            err = ERR_OUTPUT;
        }
        arena_fini(&h.said[i]);
    }
    return err;
}
