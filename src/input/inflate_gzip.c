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
    }
}

const struct inflate_codec inflate_gzip = { gzip_open, gzip_close, gzip_run };
