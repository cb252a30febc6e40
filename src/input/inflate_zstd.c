/* SPDX-License-Identifier: Apache-2.0 */
/* zstd files: any number of frames, skippable ones among them. The library steps from frame to frame itself; what is
 * left is to tell a cut file, damaged data and foreign bytes behind the last frame apart.
 *
 * The library refuses frames that want a window above 128 MiB, which bounds memory. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input/inflate.h"

#ifdef HAVE_ZSTD

#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"

struct zstd {
    ZSTD_DCtx *ctx;
    bool inside; /* a frame has begun and not ended */
    bool first;  /* no frame has ended yet */
};

static void *
zstd_open(void)
{
    struct zstd *z = mem_alloc(sizeof *z);
    *z = (struct zstd){ .ctx = ZSTD_createDCtx(), .first = true };
    return z;
}

static void
zstd_close(void *state)
{
    struct zstd *z = state;
    if (z == NULL)
        return;
    ZSTD_freeDCtx(z->ctx);
    mem_free(z);
}

static enum inflate_status
fail(const struct zstd *z, size_t code, const char **error)
{
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_prefix_unknown:
        *error = z->first ? "corrupt zstd data" : "garbage after the zstd data";
        break;
    case ZSTD_error_checksum_wrong:
        *error = "zstd checksum mismatch";
        break;
    case ZSTD_error_frameParameter_windowTooLarge:
        *error = "zstd window larger than 128 MiB";
        break;
    default:
        *error = "corrupt zstd data";
        break;
    }
    return INFLATE_FAILED;
}

/* All input is used up and there is still room for output. */
static enum inflate_status
starved(const struct zstd *z, const struct inflate_in *in, const char **error)
{
    if (!in->last)
        return INFLATE_MORE;
    if (!z->inside)
        return INFLATE_END;
    *error = "truncated zstd";
    return INFLATE_FAILED;
}

static enum inflate_status
zstd_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    struct zstd *z = state;
    for (;;) {
        ZSTD_inBuffer zin = { in->p, in->n, 0 };
        ZSTD_outBuffer zout = { out->p, out->n, 0 };
        /* Between frames an empty call would count as the start of the next one. */
        const size_t rc = in->n == 0 && !z->inside ? 0 : ZSTD_decompressStream(z->ctx, &zout, &zin);
        in->p += zin.pos;
        in->n -= zin.pos;
        out->p += zout.pos;
        out->n -= zout.pos;
        if (ZSTD_isError(rc))
            return fail(z, rc, error);
        if (zin.pos != 0 || zout.pos != 0) {
            z->inside = rc != 0;
            z->first &= z->inside;
        }
        if (!z->inside && in->n == 0)
            return starved(z, in, error);
        if (rc == 0)
            return INFLATE_SEAM;
        if (out->n == 0)
            return INFLATE_FULL;
        if (in->n == 0)
            return starved(z, in, error);
    }
}

static bool
zstd_at_seam(const void *state)
{
    const struct zstd *z = state;
    return !z->inside && !z->first;
}

/* Frames say how long they are, block by block, and most say how long their text is. */
static struct inflate_members
zstd_members(const struct inflate_in *in, size_t text_max)
{
    struct inflate_members m = { 0, 0 };
    while (m.packed < in->n && m.text < text_max) {
        const unsigned char *p = in->p + m.packed;
        const size_t left = in->n - m.packed;
        const size_t n = ZSTD_findFrameCompressedSize(p, left);
        const unsigned long long text = ZSTD_getFrameContentSize(p, left);
        /* Also what the library says of sizes that it does not know. */
        if (ZSTD_isError(n) || text > 4 * text_max || (m.text + text > text_max && m.text != 0))
            break;
        m.packed += n;
        m.text += (size_t)text;
    }
    return m;
}

const struct inflate_codec inflate_zstd = { zstd_open, zstd_close, zstd_run, zstd_at_seam, zstd_members };

#else

static void *
missing_open(void)
{
    return NULL;
}

static void
missing_close(void *state)
{
    (void)state;
}

static enum inflate_status
missing_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    (void)state;
    (void)in;
    (void)out;
    *error = "zstd is not supported by this build";
    return INFLATE_FAILED;
}

const struct inflate_codec inflate_zstd = { missing_open, missing_close, missing_run, NULL, NULL };

#endif
