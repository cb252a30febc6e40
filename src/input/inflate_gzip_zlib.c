/* SPDX-License-Identifier: Apache-2.0 */
/* A gzip member by zlib: the portable backend, and the reference that tests hold the fast one against. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input/inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"

static void *
zlib_alloc(void *ctx, uInt n, uInt size)
{
    (void)ctx;
    return mem_zalloc(n, size);
}

static void
zlib_free(void *ctx, void *p)
{
    (void)ctx;
    mem_free(p);
}

static void *
member_open(void)
{
    z_stream *z = mem_zalloc(1, sizeof *z);
    z->zalloc = zlib_alloc;
    z->zfree = zlib_free;
    /* 16: a gzip wrapper, whose checksum and length zlib verifies. Fails only for a zlib of another version than its
     * header. */
    if (inflateInit2(z, 15 + 16) != Z_OK)
        abort();
    return z;
}

static void
member_close(void *state)
{
    inflateEnd(state);
    mem_free(state);
}

static void
member_reset(void *state)
{
    inflateReset(state);
}

static uInt
clip(size_t n)
{
    return n > UINT_MAX ? UINT_MAX : (uInt)n;
}

static const char *
reason(const z_stream *z)
{
    const bool check =
        z->msg != NULL && (strstr(z->msg, "data check") != NULL || strstr(z->msg, "length check") != NULL);
    return check ? "gzip checksum mismatch" : "corrupt gzip data";
}

static enum inflate_status
member_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    z_stream *z = state;
    const uInt in_n = clip(in->n), out_n = clip(out->n);
    z->next_in = (unsigned char *)(uintptr_t)in->p; /* zlib's interface is older than const */
    z->avail_in = in_n;
    z->next_out = out->p;
    z->avail_out = out_n;
    const int rc = inflate(z, Z_NO_FLUSH);
    in->p += in_n - z->avail_in;
    in->n -= in_n - z->avail_in;
    out->p += out_n - z->avail_out;
    out->n -= out_n - z->avail_out;
    if (rc == Z_STREAM_END)
        return INFLATE_END;
    if (rc != Z_OK && rc != Z_BUF_ERROR) {
        *error = reason(z);
        return INFLATE_FAILED;
    }
    return out->n == 0 ? INFLATE_FULL : INFLATE_MORE;
}

const struct gzip_backend gzip_zlib = { "zlib", member_open, member_close, member_reset, member_run };
