/* SPDX-License-Identifier: Apache-2.0 */
/* zstd where it is built in, else zlib, at levels that are fast before small. A build reads what it can write, and says
 * so of the rest: a partial result may come from a machine whose build has zstd. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "agg/pack.h"

#include <string.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "base/mem.h"

/* Of zstd the level below its first: a tenth more bytes, and the disk is not what a merge waits for. */
#define ZSTD_LEVEL (-1)
#define ZLIB_LEVEL 1

struct packer {
#ifdef HAVE_ZSTD
    ZSTD_CCtx *zstd;
#else
    z_stream zlib;
    bool is_open;
#endif
};

struct unpacker {
#ifdef HAVE_ZSTD
    ZSTD_DCtx *zstd; /* made when it is first needed */
#endif
    z_stream zlib;
    bool is_open;
};

struct packer *
packer_new(void)
{
    return mem_zalloc(1, sizeof(struct packer));
}

#ifdef HAVE_ZSTD

void
packer_free(struct packer *p)
{
    if (p == NULL)
        return;
    ZSTD_freeCCtx(p->zstd);
    mem_free(p);
}

/* Packs into the n bytes at `to`; 0 if they do not suffice. */
static size_t
pack(struct packer *p, struct sv raw, char *to, size_t n)
{
    if (p->zstd == NULL)
        p->zstd = ZSTD_createCCtx();
    if (p->zstd == NULL)
        return 0;
    const size_t packed = ZSTD_compressCCtx(p->zstd, to, n, raw.p, raw.n, ZSTD_LEVEL);
    return ZSTD_isError(packed) ? 0 : packed;
}

#define OWN_CODEC CODEC_ZSTD

static const char *
unpack_zstd(struct unpacker *u, struct sv stored, char *to, size_t n)
{
    if (u->zstd == NULL)
        u->zstd = ZSTD_createDCtx();
    if (u->zstd == NULL)
        return "there is no memory to unpack it";
    return ZSTD_decompressDCtx(u->zstd, to, n, stored.p, stored.n) == n ? NULL : "its zstd data are corrupt";
}

#else

void
packer_free(struct packer *p)
{
    if (p == NULL)
        return;
    if (p->is_open)
        deflateEnd(&p->zlib);
    mem_free(p);
}

static size_t
pack(struct packer *p, struct sv raw, char *to, size_t n)
{
    if (p->is_open ? deflateReset(&p->zlib) != Z_OK : deflateInit(&p->zlib, ZLIB_LEVEL) != Z_OK)
        return 0;
    p->is_open = true;
    if (raw.n > UINT32_MAX || n > UINT32_MAX)
        return 0;
    p->zlib.next_in = (Bytef *)(void *)raw.p;
    p->zlib.avail_in = (uInt)raw.n;
    p->zlib.next_out = (Bytef *)(void *)to;
    p->zlib.avail_out = (uInt)n;
    return deflate(&p->zlib, Z_FINISH) == Z_STREAM_END ? n - p->zlib.avail_out : 0;
}

#define OWN_CODEC CODEC_ZLIB

static const char *
unpack_zstd(struct unpacker *u, struct sv stored, char *to, size_t n)
{
    (void)u;
    (void)stored;
    (void)to;
    (void)n;
    return "it is packed by zstd, which this build lacks";
}

#endif

enum codec
packer_pack(struct packer *p, struct sv raw, struct buf *to)
{
    if (raw.n > 1) {
        buf_grow(to, raw.n);
        const size_t n = pack(p, raw, to->p + to->n, raw.n - 1);
        if (n != 0) {
            to->n += n;
            return OWN_CODEC;
        }
    }
    buf_sv(to, raw);
    return CODEC_NONE;
}

struct unpacker *
unpacker_new(void)
{
    return mem_zalloc(1, sizeof(struct unpacker));
}

void
unpacker_free(struct unpacker *u)
{
    if (u == NULL)
        return;
#ifdef HAVE_ZSTD
    ZSTD_freeDCtx(u->zstd);
#endif
    if (u->is_open)
        inflateEnd(&u->zlib);
    mem_free(u);
}

static const char *
unpack_zlib(struct unpacker *u, struct sv stored, char *to, size_t n)
{
    z_stream *z = &u->zlib;
    if (stored.n > UINT32_MAX || n > UINT32_MAX)
        return "it is too long";
    z->next_in = (Bytef *)(void *)stored.p;
    z->avail_in = (uInt)stored.n;
    if (u->is_open ? inflateReset(z) != Z_OK : inflateInit(z) != Z_OK)
        return "there is no memory to unpack it";
    u->is_open = true;
    z->next_out = (Bytef *)(void *)to;
    z->avail_out = (uInt)n;
    const bool ok = inflate(z, Z_FINISH) == Z_STREAM_END && z->avail_out == 0 && z->avail_in == 0;
    return ok ? NULL : "its zlib data are corrupt";
}

const char *
unpacker_unpack(struct unpacker *u, unsigned codec, struct sv stored, char *to, size_t n)
{
    switch (codec) {
    case CODEC_NONE:
        if (stored.n != n)
            return "its lengths contradict each other";
        memcpy(to, stored.p, n);
        return NULL;
    case CODEC_ZLIB:
        return unpack_zlib(u, stored, to, n);
    case CODEC_ZSTD:
        return unpack_zstd(u, stored, to, n);
    default:
        return "it is packed by a codec that this version does not know";
    }
}
