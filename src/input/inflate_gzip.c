/* SPDX-License-Identifier: Apache-2.0 */
/* gzip files: any number of members one after another (RFC 1952 2.2), then nothing, or zero bytes as tape blocks and
 * some writers leave them. Anything else behind a member is an error, because it may be a log that somebody appended by
 * mistake: everything before it is delivered.
 *
 * The work inside a member belongs to a backend: ISA-L where configure found it, else zlib. Only the seams between
 * members are handled here, so both behave the same. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "input/inflate.h"

#include <string.h>

#include "base/mem.h"

struct gzip {
    const struct gzip_backend *backend;
    void *state;
    bool inside; /* between a member's first byte and its last */
    bool first;  /* no member has ended yet */
};

void *
inflate_gzip_open_with(const struct gzip_backend *backend)
{
    struct gzip *g = mem_alloc(sizeof *g);
    *g = (struct gzip){ .backend = backend, .state = backend->open(), .first = true };
    return g;
}

static void *
gzip_open(void)
{
#ifdef HAVE_ISAL
    return inflate_gzip_open_with(&gzip_isal);
#else
    return inflate_gzip_open_with(&gzip_zlib);
#endif
}

static void
gzip_close(void *state)
{
    struct gzip *g = state;
    if (g == NULL)
        return;
    g->backend->close(g->state);
    mem_free(g);
}

static void
skip_zeros(struct inflate_in *in)
{
    while (in->n != 0 && *in->p == 0) {
        in->p++;
        in->n--;
    }
}

/* Stands between members. INFLATE_FULL: a member starts here. */
static enum inflate_status
next_member(const struct gzip *g, struct inflate_in *in, const char **error)
{
    if (!g->first)
        skip_zeros(in);
    if (in->n < 2 && !in->last)
        return INFLATE_MORE;
    if (in->n == 0 && !g->first)
        return INFLATE_END;
    if (in->n >= 2 && in->p[0] == 0x1f && in->p[1] == 0x8b)
        return INFLATE_FULL;
    *error = g->first ? "truncated gzip" : "garbage after the gzip data";
    return INFLATE_FAILED;
}

static enum inflate_status
gzip_run(void *state, struct inflate_in *in, struct inflate_out *out, const char **error)
{
    struct gzip *g = state;
    for (;;) {
        if (!g->inside) {
            const enum inflate_status seam = next_member(g, in, error);
            if (seam != INFLATE_FULL)
                return seam;
            g->backend->reset(g->state);
            g->inside = true;
        }
        const enum inflate_status status = g->backend->run(g->state, in, out, error);
        if (status == INFLATE_MORE && in->last) {
            *error = "truncated gzip";
            return INFLATE_FAILED;
        }
        if (status != INFLATE_END)
            return status;
        g->inside = false;
        g->first = false;
        return INFLATE_SEAM;
    }
}

static bool
gzip_at_seam(const void *state)
{
    const struct gzip *g = state;
    return !g->inside && !g->first;
}

/* ---- where members end ---- */

/* The least that a member can be (header, an empty block, trailer), and what one without text has at most, file name
 * and all; else it is bytes 0 behind a member that look like its trailer. */
enum { HEADER_SIZE = 10, MEMBER_MIN = 20, EMPTY_MAX = 512 };

static size_t
number16(const unsigned char *p)
{
    return (size_t)(p[0] | p[1] << 8);
}

static size_t
number32(const unsigned char *p)
{
    return number16(p) | number16(p + 2) << 16;
}

/* Could a member start here? By the header of RFC 1952 2.3.1 with the values that compressors write: flags that are
 * defined, XFL 0, 2 or 4, OS up to 13 or unknown. Random bytes look like one once in 2^37 times. */
static bool
is_header(const unsigned char *p)
{
    const bool xfl = p[8] == 0 || p[8] == 2 || p[8] == 4;
    return p[0] == 0x1f && p[1] == 0x8b && p[2] == 8 && (p[3] & 0xe0) == 0 && xfl && (p[9] <= 13 || p[9] == 255);
}

/* BGZF (SAM specification 4.1) says in the extra field, as subfield BC, how long the member is, less 1. 0: it does
 * not. */
static size_t
bgzf_size(const unsigned char *p, size_t n)
{
    if (n < HEADER_SIZE + 2 || (p[3] & 4) == 0)
        return 0;
    const size_t end = HEADER_SIZE + 2 + number16(p + HEADER_SIZE);
    for (size_t at = HEADER_SIZE + 2; end <= n && at + 4 <= end;) {
        const size_t size = number16(p + at + 2);
        if (p[at] == 'B' && p[at + 1] == 'C' && size == 2 && at + 6 <= end)
            return number16(p + at + 4) + 1;
        at += 4 + size;
    }
    return 0;
}

/* Up to the next header, or the end of the file. 0: neither is in sight. */
static size_t
plain_size(const unsigned char *p, size_t n, bool last)
{
    const unsigned char *at = p + MEMBER_MIN;
    while (at + HEADER_SIZE <= p + n) {
        at = memchr(at, 0x1f, (size_t)(p + n - at) - (HEADER_SIZE - 1));
        if (at == NULL)
            break;
        if (is_header(at))
            return (size_t)(at - p);
        at++;
    }
    return last ? n : 0;
}

static struct inflate_members
gzip_members(const struct inflate_in *in, size_t text_max)
{
    struct inflate_members m = { 0, 0 };
    while (m.text < text_max) {
        const unsigned char *p = in->p + m.packed;
        const size_t left = in->n - m.packed;
        if (left < MEMBER_MIN || !is_header(p))
            break;
        size_t n = bgzf_size(p, left);
        if (n == 0)
            n = plain_size(p, left, in->last);
        if (n < MEMBER_MIN || n > left)
            break;
        const size_t text = number32(p + n - 4);
        if (text > 4 * text_max || (m.text + text > text_max && m.text != 0) || (text == 0 && n > EMPTY_MAX))
            break;
        m.packed += n;
        m.text += text;
    }
    return m;
}

const struct inflate_codec inflate_gzip = { gzip_open, gzip_close, gzip_run, gzip_at_seam, gzip_members };
