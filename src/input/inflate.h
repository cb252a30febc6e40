/* SPDX-License-Identifier: Apache-2.0 */
/* Inflating: compressed bytes in, log bytes out, one small interface for every compression.
 *
 * A codec is fed pieces of the file and never reads by itself, so the same code serves files, pipes and memory. It
 * keeps no log bytes of its own: what it reports as written is in the caller's buffer. Everything before damaged
 * data has been written when INFLATE_FAILED is returned. */
#ifndef AUTHSIFT_INPUT_INFLATE_H
#define AUTHSIFT_INPUT_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "input/input.h"

/* Bytes of the file at hand. Codecs move p and n forward over what they used. */
struct inflate_in {
    const unsigned char *p;
    size_t n;
    bool last; /* nothing comes behind these bytes */
};

/* Room for log bytes; codecs move p and n forward over what they wrote. */
struct inflate_out {
    unsigned char *p;
    size_t n;
};

enum inflate_status {
    INFLATE_MORE,   /* wants more input than is at hand; what it left in `in` must stay in front. Never if in->last */
    INFLATE_FULL,   /* out is full */
    INFLATE_SEAM,   /* at_seam() has become true; go on as if nothing had happened, or with somebody else's state */
    INFLATE_END,    /* the end of the data */
    INFLATE_FAILED, /* *error says why; a literal */
};

/* What a codec can tell of the members (frames) in front of it without inflating them. */
struct inflate_members {
    size_t packed; /* bytes of as many whole members as are worth one stretch of work; 0: none */
    size_t text;   /* what they inflate to, if they do not lie */
};

struct inflate_codec {
    void *(*open)(void);
    void (*close)(void *state); /* NULL is allowed */
    enum inflate_status (*run)(void *state, struct inflate_in *in, struct inflate_out *out, const char **error);

    /* Files made of members that can be inflated each on its own. NULL for codecs that know none.
     *
     * Does the state stand behind a member, so that a new state could go on from here? */
    bool (*at_seam)(const void *state);
    /* Looks at the bytes behind a seam and guesses where members end, for about `text_max` bytes of text; one member
     * may have four times that. It may be wrong: whether a stretch is what it seems is known when another state has
     * taken all of it and is at INFLATE_END. Then, and only then, it is what this state would have made of it. */
    struct inflate_members (*members)(const struct inflate_in *in, size_t text_max);
};

/* By the first bytes of a file (fewer than 6 only if the file is shorter). */
enum compression inflate_detect(const unsigned char *p, size_t n);

/* The name of a compression that is known and not supported ("xz"), or NULL. */
const char *inflate_foreign(const unsigned char *p, size_t n);

const struct inflate_codec *inflate_codec_of(enum compression c);

extern const struct inflate_codec inflate_plain;
extern const struct inflate_codec inflate_gzip;
extern const struct inflate_codec inflate_zstd; /* without libzstd it fails with a text that says so */

/* ---- one gzip member, header to trailer: what a deflate library does for inflate_gzip.c ---- */

struct gzip_backend {
    const char *name;
    void *(*open)(void);
    void (*close)(void *state);
    void (*reset)(void *state); /* a member starts */
    /* INFLATE_END: the member's checksum and length were right, and `in` stands behind it. May return INFLATE_MORE
     * on the last input: then the member is cut. */
    enum inflate_status (*run)(void *state, struct inflate_in *in, struct inflate_out *out, const char **error);
};

extern const struct gzip_backend gzip_zlib;
#ifdef HAVE_ISAL
extern const struct gzip_backend gzip_isal;
#endif

/* For tests that compare backends: a codec state on a given one, to be run and closed by inflate_gzip. */
void *inflate_gzip_open_with(const struct gzip_backend *backend);

#endif
