/* SPDX-License-Identifier: Apache-2.0 */
/* A gzip member by ISA-L: about twice as fast as zlib, which decides what a whole run costs.
 *
 * ISA-L checks the CRC and the length (mod 2^32) itself in mode ISAL_GZIP_NO_HDR_VER. The header is read here: ISA-L
 * (2.30) takes a header with a CRC of its own for damaged if it arrives in two pieces. ISA-L copies the last 32 KiB of
 * each call's output aside as history, so it wants large pieces of output: a block, not a line. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input/inflate.h"

#ifdef HAVE_ISAL

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include "base/mem.h"

/* ---- the header: RFC 1952 2.3 ---- */

enum { FLAG_HCRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAG_RESERVED = 0xe0 };

enum step { STEP_FIXED, STEP_EXTRA_LENGTH, STEP_EXTRA, STEP_NAME, STEP_COMMENT, STEP_HCRC, STEP_DONE };

struct header {
    enum step step;
    unsigned at; /* bytes of this step so far */
    unsigned flags;
    unsigned number; /* the 16 bits being read, or the bytes of `extra` to come */
    uLong crc;       /* of the header up to its own CRC */
};

/* The next step that this header has. */
static void
next_step(struct header *h)
{
    static const unsigned needs[] = {
        [STEP_EXTRA_LENGTH] = FLAG_EXTRA, [STEP_EXTRA] = FLAG_EXTRA, [STEP_NAME] = FLAG_NAME,
        [STEP_COMMENT] = FLAG_COMMENT,    [STEP_HCRC] = FLAG_HCRC,
    };
    do
        h->step++;
    while (h->step != STEP_DONE && (h->flags & needs[h->step]) == 0);
    h->at = 0;
    if (h->step == STEP_EXTRA && h->number == 0)
        next_step(h);
}

static bool
fixed_byte(struct header *h, unsigned char c)
{
    if (h->at == 2 && c != 8)
        return false;
    if (h->at == 3) {
        h->flags = c;
        if ((c & FLAG_RESERVED) != 0)
            return false;
    }
    if (++h->at == 10)
        next_step(h);
    return true;
}

/* Two bytes, low one first. True when both are there. */
static bool
number_byte(struct header *h, unsigned char c)
{
    h->number = h->at == 0 ? c : h->number | (unsigned)c << 8;
    return ++h->at == 2;
}

/* False if the header is wrong. */
static bool
header_byte(struct header *h, unsigned char c)
{
    const uLong crc = h->crc;
    h->crc = crc32(h->crc, &c, 1);
    switch (h->step) {
    case STEP_FIXED:
        return fixed_byte(h, c);
    case STEP_EXTRA_LENGTH:
        if (number_byte(h, c))
            next_step(h);
        break;
    case STEP_EXTRA:
        if (++h->at == h->number)
            next_step(h);
        break;
    case STEP_NAME:
    case STEP_COMMENT:
        if (c == 0)
            next_step(h);
        break;
    case STEP_HCRC:
        h->crc = crc;
        if (!number_byte(h, c))
            break;
        next_step(h);
        return h->number == (crc & 0xffff);
    case STEP_DONE:
        break;
    }
    return true;
}

/* ---- the member ---- */

struct member {
    struct header header;
    struct inflate_state s;
};

static void *
member_open(void)
{
    return mem_zalloc(1, sizeof(struct member));
}

static void
member_close(void *state)
{
    mem_free(state);
}

static void
member_reset(void *state)
{
    struct member *m = state;
    m->header = (struct header){ .crc = crc32(0, NULL, 0) };
    isal_inflate_init(&m->s);
    m->s.crc_flag = ISAL_GZIP_NO_HDR_VER;
}

/* Far below 2^32, so that no 32-bit counter inside can overflow. */
static uint32_t
clip(size_t n)
{
    return n > (1u << 30) ? 1u << 30 : (uint32_t)n;
}

static enum inflate_status
deflate_data(struct inflate_state *s, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    const uint32_t in_n = clip(in->n), out_n = clip(out->n);
    s->next_in = (uint8_t *)(uintptr_t)in->p; /* only read, though the type does not say so */
    s->avail_in = in_n;
    s->next_out = out->p;
    s->avail_out = out_n;
    const int rc = isal_inflate(s);
    in->p += in_n - s->avail_in;
    in->n -= in_n - s->avail_in;
    out->p += out_n - s->avail_out;
    out->n -= out_n - s->avail_out;
    if (rc < 0 || rc == ISAL_NEED_DICT) {
        *error = rc == ISAL_INCORRECT_CHECKSUM ? "gzip checksum mismatch" : "corrupt gzip data";
        return INFLATE_FAILED;
    }
    if (s->block_state == ISAL_BLOCK_FINISH)
        return INFLATE_END;
    return out->n == 0 ? INFLATE_FULL : INFLATE_MORE;
}

static enum inflate_status
member_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    struct member *m = state;
    for (; m->header.step != STEP_DONE; in->p++, in->n--) {
        if (in->n == 0)
            return INFLATE_MORE;
        if (!header_byte(&m->header, *in->p)) {
            *error = "corrupt gzip data";
            return INFLATE_FAILED;
        }
    }
    return deflate_data(&m->s, in, out, error);
}

const struct gzip_backend gzip_isal = { "isa-l", member_open, member_close, member_reset, member_run };

#endif
