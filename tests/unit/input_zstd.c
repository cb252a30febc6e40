/* SPDX-License-Identifier: Apache-2.0 */
/* zstd: frames, skippable frames, cut and damaged files; or a plain answer where it was left out of the build. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input_util.h"

static const struct setup plain = { .fields = "a" };

#ifdef HAVE_ZSTD

#include <zstd.h>

static const char lines[] = "{\"a\":1}\n{\"a\":\"two\"}\n{\"a\":[3,3,3,3,3,3,3,3]}\n\n{\"a\":\"five\"}\n";
static const char told[] = "1: a=1\n2: a=\"two\"\n3: a=[3,3,3,3,3,3,3,3]\n4: -\n5: a=\"five\"\n";

static void
frame(struct sv text, struct buf *out)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    buf_grow(out, ZSTD_compressBound(text.n));
    const size_t n = ZSTD_compress2(c, out->p + out->n, out->cap - out->n, text.p, text.n);
    ck_assert(!ZSTD_isError(n));
    out->n += n;
    ZSTD_freeCCtx(c);
}

static void
skippable(struct buf *out)
{
    buf_put(out, "\x5a\x2a\x4d\x18\x03\0\0\0xyz", 11);
}

START_TEST(test_frames)
{
    struct buf z = BUF_INIT, got = BUF_INIT;
    struct stream_info info;
    for (size_t cut = 0; cut < sizeof lines; cut++) {
        buf_reset(&z);
        skippable(&z);
        frame(sv_make(lines, cut), &z);
        skippable(&z);
        frame(SV(""), &z);
        frame(sv_from(SV(lines), cut), &z);
        skippable(&z);
        transcribe_info(&plain, buf_view(&z), &got, &info);
        check_text("frames", &got, told);
        ck_assert_int_eq(info.compression, COMPRESSION_ZSTD);
    }
    buf_fini(&z);
    buf_fini(&got);
}
END_TEST

START_TEST(test_truncated)
{
    struct buf z = BUF_INIT, got = BUF_INIT;
    frame(SV(lines), &z);
    const size_t first = z.n;
    frame(SV("{\"a\":6}\n"), &z);
    for (size_t n = 4; n < z.n; n++) {
        transcribe(&plain, sv_make(z.p, n), &got);
        const bool error = sv_ends(buf_view(&got), SV("! truncated zstd\n"));
        ck_assert_msg(error == (n != first), "%zu: %.*s", n, SV_ARG(buf_view(&got)));
        if (n >= first)
            ck_assert(sv_starts(buf_view(&got), SV(told)));
    }
    buf_fini(&z);
    buf_fini(&got);
}
END_TEST

START_TEST(test_damaged)
{
    struct buf z = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    frame(SV(lines), &z);
    z.p[z.n - 1] ^= 1;
    transcribe(&plain, buf_view(&z), &got);
    ck_assert(sv_ends(buf_view(&got), SV("! zstd checksum mismatch\n")));
    z.p[z.n - 1] ^= 1;
    buf_puts(&z, "something else");
    transcribe(&plain, buf_view(&z), &got);
    buf_printf(&want, "%s! garbage after the zstd data\n", told);
    check_text("garbage", &got, buf_cstr(&want));
    z.p[6] ^= 0x7f;
    transcribe(&plain, buf_view(&z), &got);
    ck_assert(sv_find(buf_view(&got), SV("! "), 0) < got.n);
    buf_fini(&z);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

#else

START_TEST(test_missing)
{
    struct buf got = BUF_INIT;
    transcribe(&plain, sv_make("\x28\xb5\x2f\xfd\0\0\0\0", 8), &got);
    check_text("zstd", &got, "! zstd is not supported by this build\n");
    buf_fini(&got);
}
END_TEST

#endif

TCase *
zstd_tests(void)
{
    TCase *t = tcase_create("zstd");
#ifdef HAVE_ZSTD
    tcase_add_test(t, test_frames);
    tcase_add_test(t, test_truncated);
    tcase_add_test(t, test_damaged);
#else
    tcase_add_test(t, test_missing);
#endif
    return t;
}
