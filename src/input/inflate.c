/* SPDX-License-Identifier: Apache-2.0 */
/* Which compression a file has, told by its first bytes, and the codec for none at all. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input/inflate.h"

#include <stdint.h>
#include <string.h>

const char *const compression_names[3] = { "none", "gzip", "zstd" };

static bool
starts(const unsigned char *p, size_t n, const char *magic, size_t magic_n)
{
    return n >= magic_n && memcmp(p, magic, magic_n) == 0;
}

/* Frames whose content is for somebody else (pzstd, seekable zstd) may come first: 50..5f 2a 4d 18. */
static bool
is_skippable_frame(const unsigned char *p, size_t n)
{
    return n >= 4 && (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0;
}

enum compression
inflate_detect(const unsigned char *p, size_t n)
{
    /* A file of one byte 1f is a gzip that was cut, not a text. */
    if (starts(p, n, "\x1f\x8b", 2) || (n == 1 && p[0] == 0x1f))
        return COMPRESSION_GZIP;
    if (starts(p, n, "\x28\xb5\x2f\xfd", 4) || is_skippable_frame(p, n))
        return COMPRESSION_ZSTD;
    return COMPRESSION_NONE;
}

const char *
inflate_foreign(const unsigned char *p, size_t n)
{
    static const struct {
        const char *magic;
        size_t n;
        const char *name;
    } foreign[] = {
        { "BZh", 3, "bzip2" },
        { "\xfd"
          "7zXZ",
          5, "xz" },
        { "PK\x03\x04", 4, "zip" },
        { "\x04\x22\x4d\x18", 4, "lz4" },
        { "7z\xbc\xaf", 4, "7z" },
    };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (starts(p, n, foreign[i].magic, foreign[i].n))
            return foreign[i].name;
    return NULL;
}

const struct inflate_codec *
inflate_codec_of(enum compression c)
{
    switch (c) {
    case COMPRESSION_GZIP:
        return &inflate_gzip;
    case COMPRESSION_ZSTD:
        return &inflate_zstd;
    case COMPRESSION_NONE:
        break;
    }
    return &inflate_plain;
}

static void *
plain_open(void)
{
    return NULL;
}

static void
plain_close(void *state)
{
    (void)state;
}

static enum inflate_status
plain_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    (void)state;
    (void)error;
    const size_t n = in->n < out->n ? in->n : out->n;
    if (n != 0)
        memcpy(out->p, in->p, n);
    in->p += n;
    in->n -= n;
    out->p += n;
    out->n -= n;
    if (in->n != 0)
        return INFLATE_FULL;
    return in->last ? INFLATE_END : INFLATE_MORE;
}

const struct inflate_codec inflate_plain = { plain_open, plain_close, plain_run, NULL, NULL };
