/* SPDX-License-Identifier: Apache-2.0 */
#include "input_util.h"

#include <string.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/mem.h"

struct source_def
plain_source(void)
{
    return (struct source_def){ .name = SV("plain"), .time_optional = true };
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = r->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % n);
}

void
check_text(const char *what, const struct buf *got, const char *want)
{
    const struct sv text = buf_view(got);
    ck_assert_msg(sv_eq(text, sv_of(want)), "%s\n--- got\n%.*s\n--- want\n%s\n", what, SV_ARG(text), want);
}

static void
show_text(struct buf *out, struct sv text)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20)
            buf_printf(out, "\\x%02x", c);
        else
            buf_putc(out, text.p[i]);
    }
    buf_putc(out, '"');
}

static void
show_list(struct buf *out, struct value *v, struct arena *scratch)
{
    struct value *member = (struct value *)(uintptr_t)v->p;
    buf_putc(out, '[');
    for (uint32_t i = 0; i < v->n; i++) {
        if (i != 0)
            buf_putc(out, ',');
        ck_assert_int_ne(member[i].kind, VALUE_LIST);
        show_value(out, &member[i], scratch);
    }
    buf_putc(out, ']');
}

void
show_value(struct buf *out, struct value *v, struct arena *scratch)
{
    struct sv text;
    switch (v->kind) {
    case VALUE_NULL:
        buf_puts(out, "null");
        break;
    case VALUE_OBJECT:
        buf_puts(out, "{}");
        break;
    case VALUE_LIST:
        show_list(out, v, scratch);
        break;
    case VALUE_STRING:
        value_decode(v, scratch);
        show_text(out, sv_make(v->p, v->n));
        break;
    default:
        ck_assert(value_text(v, scratch, &text));
        buf_sv(out, text);
        break;
    }
}

/* ---- the way of one input ---- */

struct way {
    const struct setup *setup;
    struct fields *fields;
    struct buf names;
    struct event ev;
    struct buf *out;
};

static void
add_fields(struct way *w)
{
    buf_puts(&w->names, w->setup->fields != NULL ? w->setup->fields : "");
    struct sv rest = buf_view(&w->names), name;
    while (rest.n != 0 && sv_split(&rest, ' ', &name)) {
        char *p = mem_dup(name.p, name.n);
        for (size_t i = 0; i < name.n; i++)
            if (p[i] == '_')
                p[i] = ' ';
        fields_add(w->fields, sv_make(p, name.n));
        mem_free(p);
    }
    if (w->setup->any)
        fields_want_any(w->fields);
}

/* What `verbatim` promises: match/ takes a text that the line lacks for one that no value has. */
static void
check_verbatim(struct way *w)
{
    size_t n;
    struct value *member = value_members(event_value(&w->ev, FIELD_ANY), &n);
    for (size_t i = 0; i < n && w->ev.verbatim; i++) {
        struct sv text;
        if (value_text(&member[i], w->ev.scratch, &text) && text.n != 0)
            ck_assert_uint_lt(sv_find(w->ev.raw, text, 0), w->ev.raw.n);
    }
}

static void
show_fields(struct way *w, size_t n_shown)
{
    if (w->setup->any)
        check_verbatim(w);
    for (field_id f = 0; f < n_shown; f++) {
        struct value *v = f == FIELD_ANY && w->setup->any ? event_value(&w->ev, f) : &w->ev.v[f];
        if (v->kind == VALUE_UNSET)
            continue;
        buf_putc(w->out, ' ');
        buf_sv(w->out, f == FIELD_ANY ? SV("*") : fields_name(w->fields, f));
        buf_putc(w->out, '=');
        show_value(w->out, v, w->ev.scratch);
    }
}

static void
show_visit(void *ctx, struct sv path, struct value v, bool in_list)
{
    struct way *w = ctx;
    buf_printf(w->out, "|%.*s%s=", SV_ARG(path), in_list ? "*" : "");
    show_value(w->out, &v, w->ev.scratch);
}

static void
show_block(struct way *w, struct parser *ps, const struct block *b, size_t n_shown)
{
    struct reject r;
    enum record_kind kind;
    parser_start(ps, b);
    while ((kind = parser_next(ps, &w->ev, &r)) != RECORD_END) {
        if (kind == RECORD_REJECT) {
            buf_printf(w->out, "%llu@%llu: %s\n", (unsigned long long)r.line, (unsigned long long)r.offset,
                       reject_texts[r.reason]);
            continue;
        }
        buf_printf(w->out, "%llu", (unsigned long long)w->ev.at.line);
        if (w->setup->show_offsets)
            buf_printf(w->out, "@%llu", (unsigned long long)(b->offset + (uint64_t)(w->ev.raw.p - b->bytes.p)));
        buf_puts(w->out, kind == RECORD_BLANK ? ": -" : ":");
        if (kind == RECORD_EVENT)
            show_fields(w, n_shown);
        if (kind == RECORD_EVENT && w->setup->visit)
            parser_visit(ps, &w->ev, show_visit, w);
        buf_putc(w->out, '\n');
    }
}

/* As many pieces as workers could have out, inflated in another order than they were taken in. */
static bool
show_pieces(struct way *w, struct parser *ps, size_t n_shown, struct stream *stream)
{
    enum { PIECES = 3 };
    struct block b[PIECES];
    unsigned n = 0;
    for (unsigned i = 0; i < PIECES; i++)
        block_init(&b[i]);
    while (n < PIECES && stream_take(stream, &b[n]))
        n++;
    for (unsigned i = n; i > 0; i--)
        block_inflate(&b[i - 1]);
    for (unsigned i = 0; i < n; i++)
        if (stream_place(stream, &b[i]))
            show_block(w, ps, &b[i], n_shown);
    for (unsigned i = 0; i < PIECES; i++)
        block_fini(&b[i]);
    return n != 0;
}

/* Reads the stream and closes it. */
static void
show_stream(struct way *w, struct parser *ps, size_t n_shown, struct stream *stream, bool pieces,
            struct stream_info *info)
{
    struct block b;
    block_init(&b);
    for (bool more = true; more;) {
        if (pieces && show_pieces(w, ps, n_shown, stream))
            continue;
        more = stream_next(stream, &b);
        if (more)
            show_block(w, ps, &b, n_shown);
    }
    ck_assert(!stream_take(stream, &b));
    ck_assert(!stream_next(stream, &b));
    *info = *stream_info(stream);
    if (info->error != NULL)
        buf_printf(w->out, "! %s\n", info->error);
    info->error = info->error_hint = NULL; /* they end with the stream */
    stream_close(stream);
    block_fini(&b);
}

/* Several workers get what one gets. */
static void
check_pieces(struct way *w, struct parser *ps, size_t n_shown, struct stream *stream, const struct stream_info *want)
{
    struct buf *const in_one_go = w->out;
    struct buf got = BUF_INIT;
    struct stream_info info;
    w->out = &got;
    show_stream(w, ps, n_shown, stream, true, &info);
    w->out = in_one_go;
    ck_assert_msg(sv_eq(buf_view(&got), buf_view(in_one_go)), "by pieces\n%.*s\n--- in one go\n%.*s\n",
                  SV_ARG(buf_view(&got)), SV_ARG(buf_view(in_one_go)));
    ck_assert_uint_eq(info.bytes, want->bytes);
    ck_assert_uint_eq(info.bytes_in, want->bytes_in);
    ck_assert_str_eq(info.digest, want->digest);
    buf_fini(&got);
}

void
transcribe_info(const struct setup *s, struct sv content, struct buf *out, struct stream_info *info)
{
    struct source_def plain = plain_source();
    plain.fold_case = s->fold;
    const struct source_defs plain_defs = { .v = &plain, .n = 1 };
    const struct source_defs *defs = s->defs != NULL ? s->defs : &plain_defs;
    struct input_limits limits = INPUT_LIMITS_DEFAULT;
    limits.line = s->limits.line != 0 ? s->limits.line : limits.line;
    limits.depth = s->limits.depth != 0 ? s->limits.depth : limits.depth;
    limits.block = s->limits.block != 0 ? s->limits.block : limits.block;
    limits.simd = s->limits.simd;

    struct way w = { .setup = s, .fields = fields_new(), .names = BUF_INIT, .out = out };
    add_fields(&w);
    const size_t n_shown = fields_count(w.fields);
    projections_plan_fields(defs, w.fields);
    struct projections *p = projections_new(defs, s->defs != NULL ? s->forced : &plain, w.fields, &limits);
    projections_fall_back(p, s->fallback);
    const struct input_file file = { .name = SV("test"), .memory = content };
    struct inputs *in = inputs_new_memory(&file, 1);
    struct arena scratch = ARENA_INIT;
    event_init(&w.ev, fields_count(w.fields), &scratch, NULL);
    struct parser *ps = parser_new(p);
    struct stream_info own;
    struct stream_info *const shown = info != NULL ? info : &own;
    buf_reset(out);
    show_stream(&w, ps, n_shown, stream_open(in, 0, p), false, shown);
    check_pieces(&w, ps, n_shown, stream_open(in, 0, p), shown);
    parser_free(ps);
    event_fini(&w.ev);
    arena_fini(&scratch);
    inputs_free(in);
    projections_free(p);
    fields_free(w.fields);
    buf_fini(&w.names);
}

void
transcribe(const struct setup *s, struct sv content, struct buf *out)
{
    transcribe_info(s, content, out, NULL);
}

void
gzip(struct sv plain, struct buf *out)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t room = deflateBound(&z, plain.n) + 64;
    buf_grow(out, room);
    z.next_in = (unsigned char *)(uintptr_t)plain.p;
    z.avail_in = (uInt)plain.n;
    z.next_out = (unsigned char *)out->p + out->n;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += room - z.avail_out;
    deflateEnd(&z);
}
