/* SPDX-License-Identifier: Apache-2.0 */
/* Files that several workers inflate, honest ones and others: pieces, in whatever order they are inflated, give what
 * reading in one go gives: bytes, lines, offsets, errors, counts, digests. (input_util.c holds the two against each
 * other for every input of the other tests, too.) */
#include "input_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

enum { BLOCK = 32768, LINE = 200000, WORKERS = 4 };

enum kind { KIND_BGZF, KIND_PLAIN };

/* A member of its own; level 0 stores. */
static void
member(struct buf *out, struct sv text, enum kind kind, int level)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    unsigned char extra[6] = { 'B', 'C', 2, 0, 0, 0 };
    gz_header h = { .os = 255, .extra = extra, .extra_len = sizeof extra };
    const size_t start = out->n;
    ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    if (kind == KIND_BGZF)
        ck_assert_int_eq(deflateSetHeader(&z, &h), Z_OK);
    const size_t room = deflateBound(&z, text.n) + 64;
    buf_grow(out, room);
    z.next_in = (unsigned char *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (unsigned char *)out->p + out->n;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += room - z.avail_out;
    deflateEnd(&z);
    if (kind == KIND_BGZF) {
        const size_t size = out->n - start - 1;
        ck_assert_uint_lt(size, 65536);
        out->p[start + 16] = (char)(size & 0xff);
        out->p[start + 17] = (char)(size >> 8);
    }
}

static void
make_text(struct buf *b, size_t n)
{
    struct rng r = { 11 };
    while (b->n < n)
        buf_printf(b, "{\"n\":%u,\"word\":\"%08x%08x\"}\n", rng_below(&r, 1000000), rng_below(&r, UINT32_MAX),
                   rng_below(&r, UINT32_MAX));
}

/* Members of `size` bytes of text. */
static void
pack(struct buf *out, struct sv text, enum kind kind, size_t size, int level)
{
    for (size_t at = 0; at < text.n; at += size)
        member(out, sv_make(text.p + at, text.n - at < size ? text.n - at : size), kind, level);
}

/* ---- reading ---- */

struct reading {
    struct buf text;
    struct buf error;
    struct stream_info info;
    uint64_t line, offset; /* where the next block must start */
    unsigned pieces;       /* placed */
};

static void
read_block(struct reading *r, const struct block *b)
{
    if (!b->too_long && r->text.n != 0 && r->offset == b->offset)
        ck_assert_uint_eq(b->line, r->line);
    r->line = b->line;
    for (size_t i = 0; i < b->bytes.n; i++)
        r->line += b->bytes.p[i] == '\n';
    r->offset = b->offset + b->bytes.n;
    if (b->too_long)
        buf_printf(&r->text, "<%llu ", (unsigned long long)b->offset);
    buf_sv(&r->text, b->bytes);
}

static unsigned
read_pieces(struct reading *r, struct stream *s)
{
    struct block b[WORKERS];
    unsigned n = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        block_init(&b[i]);
    while (n < WORKERS && stream_take(s, &b[n]))
        n++;
    for (unsigned i = n; i > 0; i--)
        block_inflate(&b[i - 1]);
    for (unsigned i = 0; i < n; i++) {
        if (stream_place(s, &b[i])) {
            read_block(r, &b[i]);
            r->pieces++;
        }
    }
    for (unsigned i = 0; i < WORKERS; i++)
        block_fini(&b[i]);
    return n;
}

static void
read_stream(struct reading *r, struct stream *s, bool pieces)
{
    struct block b;
    block_init(&b);
    *r = (struct reading){ .text = BUF_INIT, .error = BUF_INIT };
    for (bool more = true; more;) {
        if (pieces && read_pieces(r, s) != 0)
            continue;
        more = stream_next(s, &b);
        if (more)
            read_block(r, &b);
    }
    r->info = *stream_info(s);
    buf_puts(&r->error, r->info.error != NULL ? r->info.error : "none");
    block_fini(&b);
    stream_close(s);
}

static void
reading_fini(struct reading *r)
{
    buf_fini(&r->text);
    buf_fini(&r->error);
}

/* Reads the input in one go and by pieces. The number of pieces; the text in *text if it is not NULL. */
static unsigned
compare(struct inputs *in, const char *what, struct buf *text)
{
    struct source_def def = plain_source();
    const struct source_defs defs = { .v = &def, .n = 1 };
    struct fields *fields = fields_new();
    projections_plan_fields(&defs, fields);
    const struct input_limits limits = { .line = LINE, .depth = 64, .block = BLOCK };
    struct projections *p = projections_new(&defs, &def, fields, &limits);
    struct reading a, b;
    read_stream(&a, stream_open(in, 0, p), false);
    read_stream(&b, stream_open(in, 0, p), true);
    ck_assert_uint_eq(a.pieces, 0);
    ck_assert_msg(sv_eq(buf_view(&a.text), buf_view(&b.text)), "%s: text differs", what);
    ck_assert_msg(sv_eq(buf_view(&a.error), buf_view(&b.error)), "%s: %.*s, by pieces %.*s", what,
                  SV_ARG(buf_view(&a.error)), SV_ARG(buf_view(&b.error)));
    ck_assert_msg(a.info.bytes == b.info.bytes && a.info.bytes_in == b.info.bytes_in, "%s: %llu of %llu, %llu of %llu",
                  what, (unsigned long long)a.info.bytes, (unsigned long long)a.info.bytes_in,
                  (unsigned long long)b.info.bytes, (unsigned long long)b.info.bytes_in);
    ck_assert_msg(strcmp(a.info.digest, b.info.digest) == 0, "%s: digests differ", what);
    const unsigned pieces = b.pieces;
    if (text != NULL) {
        buf_reset(text);
        buf_sv(text, buf_view(&b.text));
        buf_printf(text, "!%.*s", SV_ARG(buf_view(&b.error)));
    }
    reading_fini(&a);
    reading_fini(&b);
    inputs_free(in);
    projections_free(p);
    fields_free(fields);
    return pieces;
}

static unsigned
compare_memory(struct sv bytes, const char *what, struct buf *text)
{
    const struct input_file file = { .name = SV("memory"), .memory = bytes };
    return compare(inputs_new_memory(&file, 1), what, text);
}

/* As memory and as a file: a file is read on in steps, and pieces are put back into its buffer. */
static unsigned
compare_both(struct sv bytes, const char *what, struct buf *text)
{
    char path[] = "pieces-XXXXXX";
    const char *const paths[] = { path };
    struct diags *d = diags_new();
    struct inputs *in;
    FILE *to = fdopen(mkstemp(path), "wb");
    ck_assert_ptr_nonnull(to);
    ck_assert_uint_eq(fwrite(bytes.p, 1, bytes.n, to), bytes.n);
    fclose(to);
    ck_assert_int_eq(inputs_new(paths, 1, &in, d), ERR_OK);
    const unsigned of_file = compare(in, what, NULL);
    unlink(path);
    diags_free(d);
    ck_assert_uint_eq(compare_memory(bytes, what, text), of_file);
    return of_file;
}

/* ---- honest files ---- */

static const struct {
    const char *name;
    enum kind kind;
    size_t size; /* of a member's text */
    int level;
    unsigned least; /* pieces */
} honest[] = {
    { "BGZF", KIND_BGZF, 65280, 6, 15 },           { "BGZF, small members", KIND_BGZF, 700, 6, 20 },
    { "plain", KIND_PLAIN, 40000, 6, 15 },         { "plain, small members", KIND_PLAIN, 1000, 6, 20 },
    { "plain, stored", KIND_PLAIN, 16000, 0, 20 }, { "one member is too long", KIND_PLAIN, 4 * BLOCK + 1, 6, 0 },
};

START_TEST(test_honest)
{
    struct buf text = BUF_INIT, gz = BUF_INIT, got = BUF_INIT;
    make_text(&text, 1200000);
    pack(&gz, buf_view(&text), honest[_i].kind, honest[_i].size, honest[_i].level);
    if (honest[_i].kind == KIND_BGZF)
        member(&gz, SV(""), KIND_BGZF, 6);
    const unsigned pieces = compare_both(buf_view(&gz), honest[_i].name, &got);
    ck_assert_msg(pieces >= honest[_i].least, "%s: %u pieces", honest[_i].name, pieces);
    buf_puts(&text, "!none");
    ck_assert(sv_eq(buf_view(&got), buf_view(&text)));
    buf_fini(&text);
    buf_fini(&gz);
    buf_fini(&got);
}
END_TEST

/* The two kinds and a long member, one after another, and bytes 0 between them. */
START_TEST(test_mixed)
{
    struct buf text = BUF_INIT, gz = BUF_INIT, got = BUF_INIT;
    make_text(&text, 900000);
    const struct sv all = buf_view(&text);
    pack(&gz, sv_make(all.p, 200000), KIND_BGZF, 30000, 6);
    pack(&gz, sv_make(all.p + 200000, 300000), KIND_PLAIN, 300000, 6);
    buf_put(&gz, "\0\0\0\0\0\0\0\0", 8);
    pack(&gz, sv_make(all.p + 500000, 200000), KIND_PLAIN, 20001, 1);
    pack(&gz, sv_from(all, 700000), KIND_BGZF, 9999, 6);
    ck_assert_uint_gt(compare_both(buf_view(&gz), "mixed", &got), 5);
    buf_puts(&text, "!none");
    ck_assert(sv_eq(buf_view(&got), buf_view(&text)));
    buf_fini(&text);
    buf_fini(&gz);
    buf_fini(&got);
}
END_TEST

/* Records longer than a piece, than the room in front of one, and than the limit. */
START_TEST(test_long_records)
{
    static const size_t lengths[] = { BLOCK - 20, BLOCK, 3 * BLOCK, 66000, 150000, LINE - 20, LINE + 100, 2 * LINE };
    struct buf text = BUF_INIT, gz = BUF_INIT;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        buf_reset(&text);
        buf_reset(&gz);
        make_text(&text, 100000);
        buf_puts(&text, "{\"long\":\"");
        for (size_t k = 0; k < lengths[i]; k++)
            buf_putc(&text, 'x');
        buf_puts(&text, "\"}\n");
        make_text(&text, text.n + 150000);
        pack(&gz, buf_view(&text), KIND_BGZF, 10000, 1);
        compare_both(buf_view(&gz), "a long record", NULL);
    }
    buf_fini(&text);
    buf_fini(&gz);
}
END_TEST

/* ---- others ---- */

/* Every byte of a member in the middle, changed: header, sizes, data, checksum, length. */
START_TEST(test_damage)
{
    struct buf text = BUF_INIT, gz = BUF_INIT;
    make_text(&text, 300000);
    const enum kind kind = _i == 0 ? KIND_BGZF : KIND_PLAIN;
    pack(&gz, sv_make(text.p, 200000), kind, 16000, 6);
    const size_t start = gz.n;
    member(&gz, sv_make(text.p + 200000, 600), kind, 6);
    const size_t end = gz.n;
    pack(&gz, sv_make(text.p + 200600, text.n - 200600), kind, 16000, 6);
    for (size_t at = start; at < end; at++) {
        const char old = gz.p[at];
        gz.p[at] = (char)(old ^ (1 << at % 8));
        compare_memory(buf_view(&gz), "damaged", NULL);
        gz.p[at] = (char)~old;
        compare_memory(buf_view(&gz), "damaged", NULL);
        gz.p[at] = old;
    }
    buf_fini(&text);
    buf_fini(&gz);
}
END_TEST

START_TEST(test_truncated)
{
    struct buf text = BUF_INIT, gz = BUF_INIT;
    make_text(&text, 700000);
    pack(&gz, buf_view(&text), _i == 0 ? KIND_BGZF : KIND_PLAIN, 10007, _i == 0 ? 6 : 0);
    for (size_t n = gz.n; n > gz.n / 2; n -= n > gz.n - 40 ? 1 : 9973)
        compare_both(sv_make(gz.p, n), "truncated", NULL);
    buf_puts(&gz, "Nov 18 10:00:00 logger: rotated\n");
    compare_both(buf_view(&gz), "garbage behind", NULL);
    buf_fini(&text);
    buf_fini(&gz);
}
END_TEST

/* What only looks like the start of a member, where deflate stores bytes as they are. */
START_TEST(test_false_headers)
{
    struct buf text = BUF_INIT, gz = BUF_INIT;
    struct rng r = { 5 };
    while (text.n < 400000) {
        buf_printf(&text, "{\"n\":%u,\"word\":\"", rng_below(&r, 1000));
        /* Taken for a trailer before a header: a length of nothing, or of a little. */
        buf_put(&text, rng_below(&r, 2) != 0 ? "\0\0\0\0\0\0\0\0" : "\1\2\3\4\x80\0\0\0", 8);
        buf_put(&text, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
        buf_puts(&text, "\"}\n");
    }
    pack(&gz, sv_make(text.p, 100000), KIND_PLAIN, 16000, 6);
    pack(&gz, sv_from(buf_view(&text), 100000), KIND_PLAIN, 16000, 0);
    compare_both(buf_view(&gz), "false headers", NULL);
    buf_fini(&text);
    buf_fini(&gz);
}
END_TEST

/* A member of a few bytes that makes far more text than it says. */
START_TEST(test_bomb)
{
    struct buf text = BUF_INIT, gz = BUF_INIT, zeros = BUF_INIT;
    make_text(&text, 200000);
    pack(&gz, buf_view(&text), KIND_BGZF, 16000, 6);
    for (size_t i = 0; i < 5000000; i++)
        buf_putc(&zeros, ' ');
    member(&gz, buf_view(&zeros), KIND_BGZF, 9);
    /* ISIZE, the last four bytes. */
    memset(gz.p + gz.n - 4, 0, 4);
    gz.p[gz.n - 4] = 100;
    pack(&gz, buf_view(&text), KIND_BGZF, 16000, 6);
    compare_both(buf_view(&gz), "bomb", NULL);
    buf_fini(&text);
    buf_fini(&gz);
    buf_fini(&zeros);
}
END_TEST

TCase *
pieces_tests(void)
{
    TCase *t = tcase_create("pieces");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_honest, 0, (int)(sizeof honest / sizeof *honest));
    tcase_add_test(t, test_mixed);
    tcase_add_test(t, test_long_records);
    tcase_add_loop_test(t, test_damage, 0, 2);
    tcase_add_loop_test(t, test_truncated, 0, 2);
    tcase_add_test(t, test_false_headers);
    tcase_add_test(t, test_bomb);
    return t;
}
