/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2 as rules use it: UTF, unanchored search, \w \d \s ASCII, JIT where it is there, limits always. A compiled
 * regex is immutable and shared; each thread brings its own scratch. */
#ifndef AUTHSIFT_IR_REGEX_H
#define AUTHSIFT_IR_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

enum regex_flags {
    REGEX_FOLD = 1,      /* i: simple Unicode folding */
    REGEX_MULTILINE = 2, /* m */
    REGEX_DOTALL = 4,    /* s */
    REGEX_LITERAL = 8,   /* the pattern is a plain string */
};

struct regex;
struct regex_scratch;

/* Compiles; the pattern is copied. On failure NULL: *error (static storage of the calling thread) says why and
 * *error_at is the byte offset in the pattern. */
struct regex *regex_new(struct sv pattern, unsigned flags, struct sv *error, size_t *error_at);
void regex_free(struct regex *r);

/* What it was made of. */
struct sv regex_pattern(const struct regex *r);
unsigned regex_flags(const struct regex *r);

struct regex_scratch *regex_scratch_new(void);
void regex_scratch_free(struct regex_scratch *s);

enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT /* match or depth limit hit: counted, no match */ };

/* Is it found in subject (well-formed UTF-8)? */
enum regex_result regex_search(const struct regex *r, struct sv subject, struct regex_scratch *s);

#endif
