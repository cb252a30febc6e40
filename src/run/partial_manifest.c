/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing stand side by side, in the same order of members. */
#include "run/partial_manifest.h"

#include <string.h>

#include "agg/record.h"
#include "base/codec.h"
#include "base/map.h"
#include "out/pack.h"

/* 16 bytes that say what the file is; the versions of manifest and records; the length of what follows; the body; the
 * checksum of everything before it. */
#define MAGIC "authsift partial"
#define MAGIC_BYTES ((size_t)16)
#define HEAD_BYTES (MAGIC_BYTES + 4 + 4 + 8)
#define CHECK_BYTES ((size_t)8)

void
manifest_init(struct manifest *m)
{
    *m = (struct manifest){ .stage = STAGE_SCANNED, .part = 1, .n_parts = 1 };
}

void
manifest_fini(struct manifest *m)
{
    vec_fini(&m->settings);
    vec_fini(&m->rules);
    vec_fini(&m->origins);
    vec_fini(&m->health);
    vec_fini(&m->files);
}

static void
put_le(struct buf *b, uint64_t x, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_putc(b, (char)(unsigned char)(x >> (8 * i)));
}

static uint64_t
get_le64(struct reader *r)
{
    if (r->bad || r->end - r->p < 8) {
        r->bad = true;
        r->p = r->end;
        return 0;
    }
    const uint64_t x = load_le(r->p, 8);
    r->p += 8;
    return x;
}

/* ---- members ---- */

static void
put_settings(struct buf *b, const struct manifest *m)
{
    put_varint(b, m->settings.n);
    for (size_t i = 0; i < m->settings.n; i++) {
        put_bytes(b, m->settings.v[i].name);
        put_bytes(b, m->settings.v[i].text);
    }
}

static void
get_settings(struct reader *r, struct manifest *m)
{
    const size_t n = get_count(r, 2);
    for (size_t i = 0; i < n; i++) {
        const struct sv name = get_bytes(r);
        vec_push(&m->settings, (struct manifest_setting){ name, get_bytes(r) });
    }
}

static void
put_rules(struct buf *b, const struct manifest *m)
{
    put_varint(b, m->rules.n);
    for (size_t i = 0; i < m->rules.n; i++) {
        put_bytes(b, m->rules.v[i].id);
        put_le(b, m->rules.v[i].hash, 8);
    }
}

static void
get_rules(struct reader *r, struct manifest *m)
{
    const size_t n = get_count(r, 9);
    for (size_t i = 0; i < n; i++) {
        const struct sv id = get_bytes(r);
        vec_push(&m->rules, (struct manifest_rule){ id, get_le64(r) });
    }
}

static void
put_origins(struct buf *b, const struct manifest *m)
{
    put_varint(b, m->origins.n);
    for (size_t i = 0; i < m->origins.n; i++) {
        put_bytes(b, m->origins.v[i].file);
        put_bytes(b, m->origins.v[i].source);
        put_bytes(b, m->origins.v[i].digest);
    }
}

static void
get_origins(struct reader *r, struct manifest *m)
{
    const size_t n = get_count(r, 3);
    for (size_t i = 0; i < n; i++) {
        struct manifest_origin o;
        o.file = get_bytes(r);
        o.source = get_bytes(r);
        o.digest = get_bytes(r);
        vec_push(&m->origins, o);
    }
}

static void
put_health(struct buf *b, const struct manifest *m)
{
    const struct health_totals *t = &m->totals;
    put_varint(b, t->files);
    put_varint(b, t->bad_files);
    put_varint(b, t->bytes);
    put_varint(b, t->bytes_in);
    put_varint(b, t->lines);
    put_varint(b, t->blank);
    put_varint(b, t->events);
    put_varint(b, t->out_of_range);
    put_varint(b, t->rejects);
    put_varint(b, m->health.n);
    for (size_t i = 0; i < m->health.n; i++)
        pack_health(b, &m->health.v[i]);
}

static void
get_health(struct reader *r, struct manifest *m)
{
    struct health_totals *t = &m->totals;
    t->files = get_varint(r);
    t->bad_files = get_varint(r);
    t->bytes = get_varint(r);
    t->bytes_in = get_varint(r);
    t->lines = get_varint(r);
    t->blank = get_varint(r);
    t->events = get_varint(r);
    t->out_of_range = get_varint(r);
    t->rejects = get_varint(r);
    const size_t n = get_count(r, 11);
    for (size_t i = 0; i < n; i++) {
        struct health_row row;
        pack_get_health(r, &row);
        vec_push(&m->health, row);
    }
}

static void
put_files(struct buf *b, const struct manifest *m)
{
    put_varint(b, m->files.n);
    for (size_t i = 0; i < m->files.n; i++) {
        const struct manifest_file *f = &m->files.v[i];
        put_bytes(b, f->name);
        put_varint(b, f->bytes);
        put_bytes(b, f->digest);
        put_varint(b, f->n_segments);
        for (size_t k = 0; k < f->n_segments; k++) {
            put_varint(b, f->segment[k].offset);
            put_varint(b, f->segment[k].bytes);
            put_varint(b, f->segment[k].n);
        }
    }
}

/* The next segment, which lies inside its file and has bytes if, and only if, it has records. */
static struct manifest_segment
get_segment(struct reader *r, const struct manifest_file *f)
{
    struct manifest_segment s;
    s.offset = get_varint(r);
    s.bytes = get_varint(r);
    s.n = get_varint(r);
    if (s.offset > f->bytes || s.bytes > f->bytes - s.offset || (s.n == 0) != (s.bytes == 0))
        r->bad = true;
    return s;
}

static void
get_files(struct reader *r, struct manifest *m, struct arena *a)
{
    const size_t n = get_count(r, 4);
    for (size_t i = 0; i < n && !r->bad; i++) {
        struct manifest_file f;
        f.name = get_bytes(r);
        f.bytes = get_varint(r);
        f.digest = get_bytes(r);
        f.n_segments = get_count(r, 3);
        f.segment = ARENA_ARRAY(a, struct manifest_segment, f.n_segments);
        for (size_t k = 0; k < f.n_segments; k++)
            f.segment[k] = get_segment(r, &f);
        vec_push(&m->files, f);
    }
}

/* ---- the whole ---- */

static void
put_body(struct buf *b, const struct manifest *m)
{
    put_bytes(b, m->version);
    put_varint(b, m->stage);
    put_varint(b, m->part);
    put_varint(b, m->n_parts);
    put_bytes(b, m->parents);
    put_settings(b, m);
    put_rules(b, m);
    put_origins(b, m);
    put_health(b, m);
    put_bytes(b, m->counters);
    put_files(b, m);
}

void
manifest_put(struct buf *b, const struct manifest *m)
{
    struct buf body = BUF_INIT;
    const size_t start = b->n;
    put_body(&body, m);
    buf_put(b, MAGIC, MAGIC_BYTES);
    put_le(b, MANIFEST_VERSION, 4);
    put_le(b, RECORD_VERSION, 4);
    put_le(b, body.n, 8);
    buf_sv(b, buf_view(&body));
    put_le(b, hash64(sv_make(b->p + start, b->n - start)), 8);
    buf_fini(&body);
}

static void
get_body(struct reader *r, struct manifest *m, struct arena *a)
{
    m->version = get_bytes(r);
    const uint64_t stage = get_varint(r);
    const uint64_t part = get_varint(r);
    const uint64_t n_parts = get_varint(r);
    m->parents = get_bytes(r);
    get_settings(r, m);
    get_rules(r, m);
    get_origins(r, m);
    get_health(r, m);
    m->counters = get_bytes(r);
    get_files(r, m, a);
    if ((stage != STAGE_SCANNED && stage != STAGE_SWEPT) || part == 0 || part > n_parts || n_parts > UINT32_MAX) {
        r->bad = true;
        return;
    }
    m->stage = (enum partial_stage)stage;
    m->part = (unsigned)part;
    m->n_parts = (unsigned)n_parts;
}

const char *
manifest_get(struct manifest *m, struct sv bytes, struct arena *a)
{
    if (bytes.n < MAGIC_BYTES || memcmp(bytes.p, MAGIC, MAGIC_BYTES) != 0)
        return "does not begin as one";
    if (bytes.n < HEAD_BYTES)
        return "is cut off";
    if (load_le(bytes.p + MAGIC_BYTES, 4) != MANIFEST_VERSION ||
        load_le(bytes.p + MAGIC_BYTES + 4, 4) != RECORD_VERSION)
        return "was written by another version of authsift, in another layout";
    const uint64_t length = load_le(bytes.p + MAGIC_BYTES + 8, 8);
    const size_t room = bytes.n - HEAD_BYTES;
    if (room < CHECK_BYTES || length > room - CHECK_BYTES)
        return "is cut off";
    if (length < room - CHECK_BYTES)
        return "has something behind its end";
    if (hash64(sv_make(bytes.p, bytes.n - CHECK_BYTES)) != load_le(bytes.p + bytes.n - CHECK_BYTES, 8))
        return "is damaged: its checksum is wrong";
    struct reader r = reader_of(sv_make(bytes.p + HEAD_BYTES, (size_t)length));
    get_body(&r, m, a);
    return r.bad || r.p != r.end ? "is damaged: it contradicts itself" : NULL;
}

struct sv
manifest_setting(const struct manifest *m, struct sv name)
{
    for (size_t i = 0; i < m->settings.n; i++)
        if (sv_eq(m->settings.v[i].name, name))
            return m->settings.v[i].text;
    return SV_NONE;
}

const struct manifest_file *
manifest_file(const struct manifest *m, struct sv name)
{
    for (size_t i = 0; i < m->files.n; i++)
        if (sv_eq(m->files.v[i].name, name))
            return &m->files.v[i];
    return NULL;
}
