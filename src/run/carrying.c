/* SPDX-License-Identifier: Apache-2.0 */
#include "run/carrying.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/atomicfile.h"
#include "base/codec.h"
#include "base/fileio.h"
#include "base/mem.h"
#include "run/carried.h"
#include "run/partial_write.h"

/* A piece of a part in the state: below the limits of SQLite, and little enough to hold in memory. */
#define PIECE_BYTES ((size_t)16 << 20)

static const char spool_name[] = "the file of what is carried";

struct carrying {
    const struct program *program;
    size_t n_slots;
    struct arena arena;
    struct partial_file part[PARTITIONS]; /* the last slot of each is the inventories' */
    struct shelf_file shelf[PARTITIONS];
    uint64_t layout; /* of the shelves */
    struct segment_writer inventory[PARTITIONS];
    bool has_inventory[PARTITIONS]; /* its first record was there */
    struct buf counters;
    uint64_t bytes;
};

struct carrying *
carrying_new(const struct program *program, const char *tmpdir, struct diags *d)
{
    struct carrying *c = mem_zalloc(1, sizeof *c);
    bool ok = true;
    c->program = program;
    c->n_slots = partial_slots(program);
    arena_init(&c->arena);
    buf_init(&c->counters);
    c->layout = shelf_layout(program);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        c->part[i] = (struct partial_file){ .fd = ok ? atomic_unnamed(tmpdir) : -1, .name = spool_name };
        c->part[i].slot = ARENA_ARRAY(&c->arena, struct segment, c->n_slots);
        ok = c->part[i].fd >= 0;
        c->shelf[i].fd = ok ? atomic_unnamed(tmpdir) : -1;
        ok = c->shelf[i].fd >= 0;
    }
    if (ok)
        return c;
    diag_error(d, SPAN_NONE, "cannot make temporary files in %s: %s", tmpdir, strerror(errno));
    carrying_free(c);
    return NULL;
}

void
carrying_free(struct carrying *c)
{
    if (c == NULL)
        return;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        segment_writer_fini(&c->inventory[i]);
        if (c->part[i].fd >= 0)
            close(c->part[i].fd);
        if (c->shelf[i].fd >= 0)
            close(c->shelf[i].fd);
    }
    buf_fini(&c->counters);
    arena_fini(&c->arena);
    mem_free(c);
}

/* ---- records ---- */

void
carrying_open_shelves(struct carrying *c, struct shelves *s)
{
    memcpy(s->out, c->shelf, sizeof s->out);
}

enum err
carrying_records(void *ctx, const struct partial_pile *pile, struct diags *d)
{
    struct carrying *c = ctx;
    partial_put_counters(pile, &c->counters);
    return partial_put_records(pile, c->part, d);
}

void
carrying_inventory(void *ctx, unsigned partition, const struct record *r)
{
    struct carrying *c = ctx;
    struct segment_writer *w = &c->inventory[partition];
    struct segment *slot = &c->part[partition].slot[c->n_slots - 1];
    if (!c->has_inventory[partition])
        segment_begin(w, c->part[partition].fd, spool_name, slot->offset + slot->bytes);
    c->has_inventory[partition] = true;
    if (r != NULL) {
        segment_put(w, r);
        return;
    }
    if (!segment_end(w, slot))
        c->part[partition].error = w->error;
    segment_writer_fini(w);
    *w = (struct segment_writer){ .error = 0 };
}

enum err
carrying_check(struct carrying *c, const struct shelves *s, struct diags *d)
{
    memcpy(c->shelf, s->out, sizeof c->shelf);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (c->part[i].error == 0)
            continue;
        diag_error(d, SPAN_NONE, "cannot write to %s: %s", spool_name, strerror(c->part[i].error));
        return ERR_OUTPUT;
    }
    return ERR_OK;
}

/* ---- into the state ---- */

/* Copies a file into a part of the state. */
static enum err
put_part(struct carrying *c, struct state *s, int fd, unsigned part, struct manifest_file *file, struct buf *piece,
         struct diags *d)
{
    struct digest *digest = digest_new();
    char hex[33];
    enum err err = ERR_OK;
    do {
        if (!file_read_at(fd, piece->p, PIECE_BYTES, file->bytes, &piece->n)) {
            diag_error(d, SPAN_NONE, "cannot read %s: %s", spool_name, strerror(errno));
            err = ERR_OUTPUT;
        } else if (piece->n != 0) {
            digest_add(digest, piece->p, piece->n);
            file->bytes += piece->n;
            err = state_put_carry(s, part, buf_view(piece), d);
        }
    } while (err == ERR_OK && piece->n != 0);
    digest_hex(digest, hex);
    digest_free(digest);
    file->digest = arena_sv(&c->arena, sv_of(hex));
    c->bytes += file->bytes;
    return err;
}

static void
describe_part(struct carrying *c, unsigned partition, struct manifest_file *file)
{
    char name[PARTIAL_NAME_MAX];
    partial_name(name, partition);
    *file = (struct manifest_file){ .name = arena_sv(&c->arena, sv_of(name)), .n_segments = c->n_slots };
    file->segment = ARENA_ARRAY(&c->arena, struct manifest_segment, c->n_slots);
    for (size_t slot = 0; slot < c->n_slots; slot++) {
        const struct segment *from = &c->part[partition].slot[slot];
        file->segment[slot] = (struct manifest_segment){ from->offset, from->bytes, from->n };
    }
}

static void
describe_shelf(struct carrying *c, unsigned partition, struct manifest_file *file)
{
    char name[CARRIED_NAME_MAX];
    const struct shelf_file *from = &c->shelf[partition];
    carried_shelf_name(name, partition);
    *file = (struct manifest_file){ .name = arena_sv(&c->arena, sv_of(name)), .n_segments = 1 };
    file->segment = ARENA_NEW(&c->arena, struct manifest_segment);
    *file->segment = (struct manifest_segment){ from->offset, from->bytes, from->n };
}

static void
describe_shelves(struct carrying *c, struct manifest *m)
{
    char hex[17];
    uint64_t largest = 0;
    for (unsigned i = 0; i < PARTITIONS; i++)
        if (c->shelf[i].largest > largest)
            largest = c->shelf[i].largest;
    hex64(c->layout, hex);
    const struct manifest_setting layout = { SV(CARRIED_SHELVES), arena_sv(&c->arena, sv_of(hex)) };
    const struct manifest_setting length = { SV(CARRIED_LARGEST),
                                             arena_printf(&c->arena, "%llu", (unsigned long long)largest) };
    vec_push(&m->settings, layout);
    vec_push(&m->settings, length);
}

static enum err
put_manifest(struct carrying *c, struct state *s, const struct manifest *m, struct diags *d)
{
    struct buf b = BUF_INIT;
    enum err err = ERR_OK;
    manifest_put(&b, m);
    for (size_t at = 0; at < b.n && err == ERR_OK; at += PIECE_BYTES) {
        const size_t n = b.n - at < PIECE_BYTES ? b.n - at : PIECE_BYTES;
        err = state_put_carry(s, CARRIED_MANIFEST, sv_make(b.p + at, n), d);
    }
    c->bytes += b.n;
    buf_fini(&b);
    return err;
}

enum err
carrying_put(struct carrying *c, struct state *s, struct manifest *m, struct diags *d)
{
    struct buf piece = BUF_INIT;
    enum err err = state_clear_carry(s, d);
    buf_grow(&piece, PIECE_BYTES);
    c->bytes = 0;
    for (unsigned i = 0; i < PARTITIONS && err == ERR_OK; i++) {
        struct manifest_file file;
        describe_part(c, i, &file);
        err = put_part(c, s, c->part[i].fd, CARRIED_RECORDS(i), &file, &piece, d);
        vec_push(&m->files, file);
    }
    for (unsigned i = 0; i < PARTITIONS && err == ERR_OK; i++) {
        struct manifest_file file;
        describe_shelf(c, i, &file);
        err = put_part(c, s, c->shelf[i].fd, CARRIED_SHELF(i), &file, &piece, d);
        vec_push(&m->files, file);
    }
    const size_t n_settings = m->settings.n;
    describe_shelves(c, m);
    buf_fini(&piece);
    m->counters = buf_view(&c->counters);
    if (err == ERR_OK)
        err = put_manifest(c, s, m, d);
    m->counters = SV_NONE;
    m->files.n = 0;
    m->settings.n = n_settings;
    return err;
}

uint64_t
carrying_bytes(const struct carrying *c)
{
    return c->bytes;
}
