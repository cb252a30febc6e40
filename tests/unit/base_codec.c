/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include <math.h>

#include "base/codec.h"

static const struct {
    uint64_t x;
    const char *bytes;
    size_t n;
} varints[] = {
    { 0, "\x00", 1 },
    { 1, "\x01", 1 },
    { 127, "\x7f", 1 },
    { 128, "\x80\x01", 2 },
    { 300, "\xac\x02", 2 },
    { 16383, "\xff\x7f", 2 },
    { 16384, "\x80\x80\x01", 3 },
    { UINT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10 },
    { UINT64_C(1) << 63, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10 },
};

START_TEST(varint)
{
    struct buf b = BUF_INIT;
    put_varint(&b, varints[_i].x);
    ck_assert_uint_eq(b.n, varints[_i].n);
    ck_assert_mem_eq(b.p, varints[_i].bytes, b.n);
    struct reader r = reader_of(buf_view(&b));
    ck_assert_uint_eq(get_varint(&r), varints[_i].x);
    ck_assert(!r.bad && r.p == r.end);
    for (size_t n = 0; n < b.n; n++) { /* cut short */
        r = reader_of(sv_make(b.p, n));
        ck_assert_uint_eq(get_varint(&r), 0);
        ck_assert(r.bad);
    }
    buf_fini(&b);
}
END_TEST

START_TEST(varint_too_long)
{
    struct reader r = reader_of(SV("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
    ck_assert_uint_eq(get_varint(&r), 0);
    ck_assert(r.bad);
    r = reader_of(SV("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
    get_varint(&r);
    ck_assert(r.bad);
}
END_TEST

static const int64_t signed_numbers[] = {
    0, -1, 1, -2, 63, -64, 64, INT64_MAX, INT64_MIN, INT64_MIN + 1, -1000000000000
};

START_TEST(zigzag)
{
    struct buf b = BUF_INIT;
    put_zigzag(&b, signed_numbers[_i]);
    if (signed_numbers[_i] >= -64 && signed_numbers[_i] <= 63)
        ck_assert_uint_eq(b.n, 1);
    struct reader r = reader_of(buf_view(&b));
    ck_assert_int_eq(get_zigzag(&r), signed_numbers[_i]);
    ck_assert(!r.bad && r.p == r.end);
    buf_fini(&b);
}
END_TEST

START_TEST(a_whole_record)
{
    struct buf b = BUF_INIT;
    put_bytes(&b, SV("key"));
    put_bytes(&b, SV(""));
    put_double(&b, -1.5);
    put_double(&b, NAN);
    put_varint(&b, 7);
    ck_assert_mem_eq(b.p + 5, "\0\0\0\0\0\0\xf8\xbf", 8);
    struct reader r = reader_of(buf_view(&b));
    assert_sv(get_bytes(&r), "key");
    assert_sv(get_bytes(&r), "");
    ck_assert(get_double(&r) == -1.5);
    ck_assert(isnan(get_double(&r)));
    ck_assert_uint_eq(get_varint(&r), 7);
    ck_assert(!r.bad);
    ck_assert(get_double(&r) == 0 && r.bad);
    ck_assert_uint_eq(get_bytes(&r).n, 0);
    ck_assert_ptr_nonnull(get_bytes(&r).p);
    buf_fini(&b);
}
END_TEST

/* After the first bad byte nothing is read, not even what would be good. */
START_TEST(bad_stays_bad)
{
    struct reader r = reader_of(SV("\x05"
                                   "abc"));
    ck_assert_uint_eq(get_bytes(&r).n, 0);
    ck_assert(r.bad);
    ck_assert_uint_eq(get_varint(&r), 0);
    r = reader_of(SV("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                     "abc"));
    ck_assert_uint_eq(get_bytes(&r).n, 0);
    ck_assert(r.bad);
}
END_TEST

static const struct {
    const char *text;
    size_t bad_at;
} ill_formed[] = {
    { "a\x80", 1 }, /* a continuation byte alone */
    { "\xbf", 0 },
    { "ab\xc3", 2 }, /* cut short */
    { "\xe2\x82", 0 },
    { "\xf0\x9f\x98", 0 },
    { "\xc3(", 0 }, /* followed by something else */
    { "\xe2(\xa1", 0 },
    { "\xe2\x82(", 0 },
    { "\xf0\x9f(\x80", 0 },
    { "\xf0\x9f\x98(", 0 },
    { "\xc0\x80", 0 }, /* overlong: 2, 3, 4 bytes */
    { "\xc1\xbf", 0 },
    { "\xe0\x80\x80", 0 },
    { "\xe0\x9f\xbf", 0 },
    { "\xf0\x80\x80\x80", 0 },
    { "\xf0\x8f\xbf\xbf", 0 },
    { "\xed\xa0\x80", 0 }, /* surrogates */
    { "\xed\xbf\xbf", 0 },
    { "\xf4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
    { "\xf5\x80\x80\x80", 0 },
    { "\xf8\x88\x80\x80\x80", 0 }, /* five bytes */
    { "\xfe", 0 },
    { "\xff", 0 },
    { "12345678\xff", 8 }, /* behind a word of ASCII */
    { "1234567890123456789\xc3\xa4\xff", 21 },
};

START_TEST(utf8_refuses)
{
    size_t at = 99;
    ck_assert(!utf8_valid(sv_of(ill_formed[_i].text), &at));
    ck_assert_uint_eq(at, ill_formed[_i].bad_at);
    ck_assert(!utf8_valid(sv_of(ill_formed[_i].text), NULL));
    const char *p = ill_formed[_i].text + at;
    const char *before = p;
    ck_assert_uint_eq(utf8_next(&p, p + strlen(p)), 0xfffd);
    ck_assert_ptr_eq(p, before + 1);
}
END_TEST

static const struct {
    uint32_t cp;
    const char *bytes;
} code_points[] = {
    { 0x41, "A" },
    { 0x7f, "\x7f" },
    { 0x80, "\xc2\x80" },
    { 0x7ff, "\xdf\xbf" },
    { 0x800, "\xe0\xa0\x80" },
    { 0xd7ff, "\xed\x9f\xbf" },
    { 0xe000, "\xee\x80\x80" },
    { 0xffff, "\xef\xbf\xbf" },
    { 0x10000, "\xf0\x90\x80\x80" },
    { 0x1f600, "\xf0\x9f\x98\x80" },
    { 0x10ffff, "\xf4\x8f\xbf\xbf" },
};

START_TEST(utf8_round_trip)
{
    struct buf b = BUF_INIT;
    utf8_put(&b, code_points[_i].cp);
    assert_sv(buf_view(&b), code_points[_i].bytes);
    ck_assert(utf8_valid(buf_view(&b), NULL));
    const char *p = b.p;
    ck_assert_uint_eq(utf8_next(&p, b.p + b.n), code_points[_i].cp);
    ck_assert_ptr_eq(p, b.p + b.n);
    buf_fini(&b);
}
END_TEST

/* Every code point there is survives, and the surrogates do not. */
START_TEST(utf8_all)
{
    struct buf b = BUF_INIT;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        buf_reset(&b);
        utf8_put(&b, cp);
        const bool surrogate = cp >= 0xd800 && cp <= 0xdfff;
        const char *p = b.p;
        if (utf8_valid(buf_view(&b), NULL) == surrogate || (!surrogate && utf8_next(&p, b.p + b.n) != cp))
            ck_abort_msg("U+%04X", (unsigned)cp);
    }
    buf_fini(&b);
}
END_TEST

START_TEST(utf8_counts)
{
    ck_assert(utf8_valid(SV_NONE, NULL));
    ck_assert(utf8_valid(sv_make("a\0b", 3), NULL));
    ck_assert_uint_eq(utf8_length(SV("")), 0);
    ck_assert_uint_eq(utf8_length(SV("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
    ck_assert_uint_eq(utf8_length(SV("\xff\xe2\x82")), 3);
    ck_assert_uint_eq(utf8_prefix(SV("a\xc3\xa4"), 3).n, 3);
    ck_assert_uint_eq(utf8_prefix(SV("a\xc3\xa4"), 2).n, 1);
    ck_assert_uint_eq(utf8_prefix(SV("a\xc3\xa4"), 0).n, 0);
    ck_assert_uint_eq(utf8_prefix(SV("\xa4\xa4\xa4"), 2).n, 0);
}
END_TEST

static const struct {
    uint32_t cp;
    const char *text;
    size_t width;
} visible[] = {
    { 'a', "a", 1 },
    { ' ', " ", 1 },
    { 0x00, "\\u{0}", 5 },
    { 0x1b, "\\u{1b}", 6 },
    { 0x7f, "\\u{7f}", 6 },
    { 0x9b, "\\u{9b}", 6 },
    { 0xa0, "\xc2\xa0", 1 },
    { 0x2027, "\xe2\x80\xa7", 1 },
    { 0x2028, "\\u{2028}", 8 },
    { 0x202a, "\\u{202a}", 8 },
    { 0x202e, "\\u{202e}", 8 },
    { 0x202f, "\xe2\x80\xaf", 1 },
    { 0x2065, "\xe2\x81\xa5", 1 },
    { 0x2066, "\\u{2066}", 8 },
    { 0x2069, "\\u{2069}", 8 },
    { 0x206a, "\xe2\x81\xaa", 1 },
};

START_TEST(makes_visible)
{
    struct buf b = BUF_INIT;
    ck_assert_uint_eq(utf8_put_visible(&b, visible[_i].cp), visible[_i].width);
    assert_sv(buf_view(&b), visible[_i].text);
    ck_assert_int_eq(utf8_is_unsafe(visible[_i].cp), visible[_i].width > 1);
    buf_fini(&b);
}
END_TEST

static const char *const base64s[][2] = { { "", "" },
                                          { "f", "Zg==" },
                                          { "fo", "Zm8=" },
                                          { "foo", "Zm9v" },
                                          { "foob", "Zm9vYg==" },
                                          { "fooba", "Zm9vYmE=" },
                                          { "foobar", "Zm9vYmFy" },
                                          { "\xfb\xff\xfe", "+//+" } };

START_TEST(base64)
{
    struct buf b = BUF_INIT;
    base64_encode(&b, sv_of(base64s[_i][0]));
    assert_sv(buf_view(&b), base64s[_i][1]);
    buf_fini(&b);
}
END_TEST

START_TEST(hex_and_digest)
{
    char hex[33];
    hex64(UINT64_C(0x0123456789abcdef), hex);
    ck_assert_str_eq(hex, "0123456789abcdef");
    struct digest *d = digest_new();
    digest_hex(d, hex);
    ck_assert_str_eq(hex, "99aa06d3014798d86001c324468d497f"); /* XXH3_128bits of nothing, as published */
    digest_add(d, "hello ", 6);
    digest_add(d, "world", 5);
    char whole[33];
    digest_hex(d, hex);
    digest_hex(d, whole);
    ck_assert_str_eq(hex, whole);
    struct digest *e = digest_new();
    digest_add(e, "hello world", 11);
    digest_add(e, NULL, 0);
    digest_hex(e, whole);
    ck_assert_str_eq(hex, whole);
    digest_add(d, "!", 1);
    digest_hex(d, hex);
    ck_assert_str_ne(hex, whole);
    digest_free(d);
    digest_free(e);
    digest_free(NULL);
}
END_TEST

TCase *
base_codec_tests(void)
{
    TCase *t = tcase_create("codec");
    tcase_add_loop_test(t, varint, 0, N_OF(varints));
    tcase_add_test(t, varint_too_long);
    tcase_add_loop_test(t, zigzag, 0, N_OF(signed_numbers));
    tcase_add_test(t, a_whole_record);
    tcase_add_test(t, bad_stays_bad);
    tcase_add_loop_test(t, utf8_refuses, 0, N_OF(ill_formed));
    tcase_add_loop_test(t, utf8_round_trip, 0, N_OF(code_points));
    tcase_add_test(t, utf8_all);
    tcase_add_test(t, utf8_counts);
    tcase_add_loop_test(t, makes_visible, 0, N_OF(visible));
    tcase_add_loop_test(t, base64, 0, N_OF(base64s));
    tcase_add_test(t, hex_and_digest);
    return t;
}
