/* SPDX-License-Identifier: Apache-2.0 */
/* URLs as logs hold them: parts, hosts, registrable domains. Only http and https; a text without a scheme is taken
 * as a host and path (short links are often written so). */
#ifndef AUTHSIFT_ENRICH_URL_H
#define AUTHSIFT_ENRICH_URL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/sv.h"

/* Parts are views into the text, but host, which is lower-cased in the arena, without port, trailing dot and user
 * info. */
struct url {
    struct sv host;
    struct sv path;  /* with its leading slash, or empty */
    struct sv query; /* without the question mark */
};

/* False if it is no http(s) URL with a host. */
bool url_parse(struct sv text, struct arena *arena, struct url *out);

/* Only the host of such a URL, in the arena, lower-cased; here a name without a dot (localhost) and an IPv6 literal
 * (without its brackets) are hosts, too, and the scheme has to be there. */
bool url_host(struct sv text, struct arena *arena, struct sv *host);

/* The next http(s) URL in running text at or after *at; moves *at behind it. Punctuation that ends a sentence is not
 * part of it. */
bool url_find(struct sv text, size_t *at, struct sv *out);

/* The part of the host that somebody registered ("shop.example.co.uk" -> "example.co.uk"), by the public suffix list
 * where libpsl is there, else by a short rule (two labels, three below a second-level suffix such as co.uk). Empty
 * for addresses and bare suffixes. */
struct sv url_registrable(struct sv host);

/* The value of the first query parameter of that name (as written, not decoded). False if there is none or it is
 * empty. */
bool url_parameter(struct sv query, struct sv name, struct sv *value);

/* The text without percent-encoding, in the arena; as it is if there is none, or if what decoding gives is no printable
 * UTF-8. */
struct sv url_decode(struct sv text, struct arena *arena);

/* Segment n (from 1) of the path; empty if there is none. */
struct sv url_segment(struct sv path, size_t n);

#endif
