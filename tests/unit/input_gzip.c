/* SPDX-License-Identifier: Apache-2.0 */
/* gzip as it is found: in members, padded, cut, damaged, with something behind it. Both backends, byte for byte. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input_util.h"

#include <string.h>
#include <zlib.h>

#include "input/inflate.h"

static const char lines[] = "{\"a\":1}\n{\"a\":\"two\"}\n{\"a\":[3,3,3,3,3,3,3,3]}\n\n{\"a\":\"five\"}\n";
static const char told[] = "1: a=1\n2: a=\"two\"\n3: a=[3,3,3,3,3,3,3,3]\n4: -\n5: a=\"five\"\n";

static const struct setup plain = { .fields = "a" };

/* Drops the last line of a transcript, if it starts like this. */
static bool
drop_last(struct buf *b, const char *part)
{
    size_t start = b->n != 0 ? b->n - 1 : 0;
    while (start != 0 && b->p[start - 1] != '\n')
        start--;
    const struct sv last = { b->p + start, b->n - start };
    if (sv_find(last, sv_of(part), 0) == last.n)
        return false;
    b->n = start;
    return true;
}

START_TEST(test_every_truncation)
{
    struct buf gz = BUF_INIT, got = BUF_INIT;
    gzip(SV(lines), &gz);
    transcribe(&plain, buf_view(&gz), &got);
    check_text("whole", &got, told);
    for (size_t n = 1; n < gz.n; n++) {
        transcribe(&plain, sv_make(gz.p, n), &got);
        ck_assert_msg(drop_last(&got, "! truncated gzip"), "%zu: %.*s", n, SV_ARG(buf_view(&got)));
        drop_last(&got, ": JSON ends too early");
        ck_assert_msg(sv_starts(SV(told), buf_view(&got)), "%zu: %.*s", n, SV_ARG(buf_view(&got)));
        /* All bytes of the deflate data were there, only the trailer is not: all lines come out. */
        if (n >= gz.n - 8)
            check_text("without trailer", &got, told);
    }
    transcribe(&plain, SV(""), &got);
    check_text("nothing", &got, "");
    buf_fini(&gz);
    buf_fini(&got);
}
END_TEST

/* A cut record without its line end is told from a whole one only if it is cut in the middle. */
START_TEST(test_cut_line)
{
    struct buf gz = BUF_INIT, got = BUF_INIT, text = BUF_INIT;
    /* Stored blocks, so that every byte of text is there as soon as its byte of gzip is. */
    const char head[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff\x01";
    const char body[] = "{\"a\":1}\n{\"a\":22}\n";
    buf_put(&gz, head, sizeof head - 1);
    const unsigned n = sizeof body - 1;
    buf_putc(&gz, (char)n);
    buf_putc(&gz, 0);
    buf_putc(&gz, (char)~n);
    buf_putc(&gz, (char)0xff);
    buf_puts(&gz, body);
    transcribe(&plain, sv_make(gz.p, gz.n - 1), &got);
    check_text("whole object", &got, "1: a=1\n2: a=22\n! truncated gzip\n");
    transcribe(&plain, sv_make(gz.p, gz.n - 2), &got);
    check_text("half an object", &got, "1: a=1\n2@8: JSON ends too early\n! truncated gzip\n");
    buf_fini(&gz);
    buf_fini(&got);
    buf_fini(&text);
}
END_TEST

START_TEST(test_members)
{
    struct buf gz = BUF_INIT, got = BUF_INIT;
    /* Cut anywhere: members need not end with lines. */
    for (size_t cut = 0; cut <= sizeof lines - 1; cut++) {
        buf_reset(&gz);
        gzip(sv_make(lines, cut), &gz);
        gzip(SV(""), &gz);
        gzip(sv_from(SV(lines), cut), &gz);
        transcribe(&plain, buf_view(&gz), &got);
        check_text("members", &got, told);
    }
    buf_fini(&gz);
    buf_fini(&got);
}
END_TEST

START_TEST(test_behind)
{
    static const struct {
        const char *p;
        size_t n;
        const char *error;
    } rows[] = {
        { "\0", 1, NULL },
        { "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, NULL },
        { "x", 1, "! garbage after the gzip data\n" },
        { "\n", 1, "! garbage after the gzip data\n" },
        { "\0\0x", 3, "! garbage after the gzip data\n" },
        { "\x1f", 1, "! garbage after the gzip data\n" },
        { "\x1fx", 2, "! garbage after the gzip data\n" },
        { "{\"a\":6}\n", 8, "! garbage after the gzip data\n" },
        { "\x1f\x8b", 2, "! truncated gzip\n" },
        { "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10, "! truncated gzip\n" },
        { "\x1f\x8b\x07\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0", 20, "! corrupt gzip data\n" },
    };
    struct buf gz = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_reset(&gz);
        gzip(SV(lines), &gz);
        gzip(SV("{\"a\":\"next\"}\n"), &gz);
        buf_put(&gz, rows[i].p, rows[i].n);
        transcribe(&plain, buf_view(&gz), &got);
        buf_reset(&want);
        buf_printf(&want, "%s6: a=\"next\"\n%s", told, rows[i].error != NULL ? rows[i].error : "");
        check_text("behind", &got, buf_cstr(&want));
    }
    /* Zeros between members. */
    buf_reset(&gz);
    gzip(SV("{\"a\":1}\n"), &gz);
    buf_put(&gz, "\0\0\0", 3);
    gzip(SV("{\"a\":2}\n"), &gz);
    transcribe(&plain, buf_view(&gz), &got);
    check_text("zeros between", &got, "1: a=1\n2: a=2\n");
    buf_fini(&gz);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

START_TEST(test_damage)
{
    struct buf gz = BUF_INIT, got = BUF_INIT;
    gzip(SV(lines), &gz);
    for (size_t at = 1; at <= 8; at++) {
        gz.p[gz.n - at] ^= 0x10;
        transcribe(&plain, buf_view(&gz), &got);
        gz.p[gz.n - at] ^= 0x10;
        ck_assert(drop_last(&got, "! gzip checksum mismatch"));
        check_text("bad trailer", &got, told);
    }
    /* The last byte of the deflate data has bits that mean nothing. */
    for (size_t at = 10; at < gz.n - 9; at++) {
        gz.p[at] ^= 0x04;
        transcribe(&plain, buf_view(&gz), &got);
        gz.p[at] ^= 0x04;
        ck_assert_msg(drop_last(&got, "! "), "byte %zu: %.*s", at, SV_ARG(buf_view(&got)));
    }
    buf_fini(&gz);
    buf_fini(&got);
}
END_TEST

/* ---- the two backends ---- */

#ifdef HAVE_ISAL

struct outcome {
    struct buf out;
    const char *error;
};

/* Runs a codec over the input in pieces. */
static void
inflate_all(void *state, const struct inflate_codec *codec, struct sv in, size_t piece, size_t room, struct outcome *o)
{
    struct inflate_in feed = { (const unsigned char *)in.p, 0, in.n == 0 };
    const unsigned char *end = (const unsigned char *)in.p + in.n;
    buf_reset(&o->out);
    o->error = NULL;
    for (;;) {
        buf_grow(&o->out, room);
        struct inflate_out out = { (unsigned char *)o->out.p + o->out.n, room };
        const enum inflate_status status = codec->run(state, &feed, &out, &o->error);
        o->out.n += room - out.n;
        if (status == INFLATE_END || status == INFLATE_FAILED)
            break;
        if (status == INFLATE_MORE) {
            ck_assert(!feed.last);
            const size_t more = (size_t)(end - feed.p) - feed.n;
            feed.n += more < piece ? more : piece;
            feed.last = feed.p + feed.n == end;
        }
    }
    codec->close(state);
}

static void
compare(struct sv in, size_t piece, size_t room, const char *what)
{
    struct outcome a = { BUF_INIT, NULL }, b = { BUF_INIT, NULL };
    inflate_all(inflate_gzip_open_with(&gzip_isal), &inflate_gzip, in, piece, room, &a);
    inflate_all(inflate_gzip_open_with(&gzip_zlib), &inflate_gzip, in, piece, room, &b);
    ck_assert_msg((a.error == NULL) == (b.error == NULL), "%s, pieces of %zu into %zu: isa-l '%s', zlib '%s'", what,
                  piece, room, a.error != NULL ? a.error : "", b.error != NULL ? b.error : "");
    if (a.error == NULL)
        ck_assert_msg(sv_eq(buf_view(&a.out), buf_view(&b.out)), "%s, pieces of %zu into %zu", what, piece, room);
    buf_fini(&a.out);
    buf_fini(&b.out);
}

/* Header fields of all kinds, which a writer may use. */
static void
gzip_with_header(struct sv text, struct buf *out)
{
    z_stream z;
    memset(&z, 0, sizeof z);
    unsigned char extra[300] = { 'A', 'B', 2, 0, 1, 2 }, name[] = "a-name.json", comment[] = "no comment";
    gz_header h = { .text = 1,
                    .time = 12345,
                    .os = 3,
                    .extra = extra,
                    .extra_len = sizeof extra,
                    .name = name,
                    .comment = comment,
                    .hcrc = 1 };
    ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    ck_assert_int_eq(deflateSetHeader(&z, &h), Z_OK);
    const size_t room = deflateBound(&z, text.n) + 1000;
    buf_grow(out, room);
    z.next_in = (unsigned char *)(uintptr_t)text.p;
    z.avail_in = (uInt)text.n;
    z.next_out = (unsigned char *)out->p + out->n;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n += room - z.avail_out;
    deflateEnd(&z);
}

static void
make_text(struct buf *b, size_t n)
{
    struct rng r = { 3 };
    while (b->n < n)
        buf_printf(b, "{\"n\":%u,\"word\":\"%s\"}\n", rng_below(&r, 1000000),
                   rng_below(&r, 2) != 0 ? "some words come again and again" : "others less");
}

START_TEST(test_backends_agree)
{
    struct buf text = BUF_INIT, gz = BUF_INIT;
    make_text(&text, 200000);
    gzip(buf_view(&text), &gz);
    gzip_with_header(sv_make(text.p, 5000), &gz);
    gzip(SV(""), &gz);
    gzip_with_header(SV("x"), &gz);
    static const size_t pieces[] = { 1, 2, 3, 7, 100, 4096, 1u << 20 };
    static const size_t rooms[] = { 1, 13, 1000, 32768, 262144 };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (size_t j = 0; j < sizeof rooms / sizeof *rooms; j++)
            compare(buf_view(&gz), pieces[i], rooms[j], "good");
    struct outcome o = { BUF_INIT, NULL };
    inflate_all(inflate_gzip_open_with(&gzip_isal), &inflate_gzip, buf_view(&gz), 1, 1, &o);
    ck_assert_ptr_null(o.error);
    ck_assert_uint_eq(o.out.n, text.n + 5001);
    buf_fini(&o.out);
    buf_fini(&text);
    buf_fini(&gz);
}
END_TEST

START_TEST(test_backends_agree_on_damage)
{
    struct buf gz = BUF_INIT;
    gzip_with_header(SV(lines), &gz);
    gzip(SV(lines), &gz);
    for (size_t n = 0; n < gz.n; n++)
        compare(sv_make(gz.p, n), 5, 64, "truncated");
    /* Behind the header: what a damaged header means is left to the library. */
    for (size_t at = 340; at < gz.n; at++) {
        const unsigned char old = (unsigned char)gz.p[at];
        for (unsigned bit = 0; bit < 8; bit++) {
            gz.p[at] = (char)(old ^ 1u << bit);
            compare(buf_view(&gz), 1000, 1000, "damaged");
        }
        gz.p[at] = (char)old;
    }
    buf_fini(&gz);
}
END_TEST

#endif

START_TEST(test_many_blocks)
{
    struct buf text = BUF_INIT, gz = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "{\"a\":%d,\"pad\":\"%d%d%d\"}\n", i, i, i + 1, i + 2);
    gzip(buf_view(&text), &gz);
    transcribe(&plain, buf_view(&text), &a);
    static const size_t blocks[] = { 1, 1000, 65536, 1u << 20 };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct setup s = plain;
        s.limits.block = blocks[i];
        struct stream_info info;
        transcribe_info(&s, buf_view(&gz), &b, &info);
        ck_assert(sv_eq(buf_view(&a), buf_view(&b)));
        ck_assert_int_eq(info.compression, COMPRESSION_GZIP);
        ck_assert_uint_eq(info.bytes, text.n);
        ck_assert_uint_eq(info.bytes_in, gz.n);
    }
    buf_fini(&text);
    buf_fini(&gz);
    buf_fini(&a);
    buf_fini(&b);
}
END_TEST

TCase *
gzip_tests(void)
{
    TCase *t = tcase_create("gzip");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_every_truncation);
    tcase_add_test(t, test_cut_line);
    tcase_add_test(t, test_members);
    tcase_add_test(t, test_behind);
    tcase_add_test(t, test_damage);
    tcase_add_test(t, test_many_blocks);
#ifdef HAVE_ISAL
    tcase_add_test(t, test_backends_agree);
    tcase_add_test(t, test_backends_agree_on_damage);
#endif
    return t;
}
