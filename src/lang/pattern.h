/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: a Sigma string as a row of tokens (sigma-profile.md 3). Modifiers transform tokens, never text with
 * escapes in it, so nothing is ever escaped again. Texts live in the arena that the functions are given, or are
 * borrowed from their input. */
#ifndef AUTHSIFT_LANG_PATTERN_H
#define AUTHSIFT_LANG_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/sv.h"
#include "ir/program.h"

struct pattern {
    struct glob_token *token; /* no two TEXTs and no two ANYs in a row, no empty TEXT */
    size_t n;
};

/* `*` and `?` are wildcards; a backslash escapes them and itself, and is a backslash before anything else. */
struct pattern pattern_parse(struct arena *a, struct sv text);

/* Text without any wildcard. */
struct pattern pattern_of_text(struct arena *a, struct sv text);

/* The text of a pattern without wildcards and dashes. False if it has some. */
bool pattern_literal(const struct pattern *p, struct sv *text);

bool pattern_has(const struct pattern *p, enum glob_kind kind);

/* An ANY in front, at the end, unless there is one already. */
struct pattern pattern_open(const struct pattern *p, struct arena *a, bool start, bool end);

/* Building: tokens are appended and merged. */
struct pattern_builder {
    struct arena *arena;
    struct pattern pattern;
    size_t cap;
    struct buf text; /* of the TEXT that is being collected */
};

void pattern_begin(struct pattern_builder *b, struct arena *a);
void pattern_put(struct pattern_builder *b, enum glob_kind kind);
void pattern_text(struct pattern_builder *b, struct sv text);
struct pattern pattern_end(struct pattern_builder *b);

/* A dash as windash means it: one of - / U+2013 U+2014 U+2015 at the start of s. Its length in bytes, or 0. */
size_t pattern_dash(struct sv s);
/* The five of them. */
extern const struct sv pattern_dashes[5];

/* An equivalent regular expression over the whole text (for REGEX_DOTALL). */
struct sv pattern_regex(const struct pattern *p, struct arena *a);

/* A text in which every character that a regular expression would read otherwise is escaped. */
void pattern_escape(struct buf *out, struct sv text);

bool pattern_is_ascii(struct sv s);
/* ASCII lower case, in the arena. */
struct sv pattern_lower(struct arena *a, struct sv s);

#endif
