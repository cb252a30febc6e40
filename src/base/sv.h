/* SPDX-License-Identifier: Apache-2.0 */
/* String view: bytes that somebody else owns. Not NUL-terminated; may hold any byte. */
#ifndef AUTHSIFT_BASE_SV_H
#define AUTHSIFT_BASE_SV_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sv {
    const char *p;
    size_t n;
};

#define SV(literal) ((struct sv){ (literal), sizeof(literal) - 1 })
#define SV_NONE     ((struct sv){ NULL, 0 })
/* For printf's "%.*s". */
#define SV_ARG(s) (int)(s).n, (s).n != 0 ? (s).p : ""

static inline struct sv
sv_of(const char *z)
{
    return (struct sv){ z, z != NULL ? strlen(z) : 0 };
}

static inline struct sv
sv_make(const char *p, size_t n)
{
    return (struct sv){ p, n };
}

static inline bool
sv_eq(struct sv a, struct sv b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Behind the last byte. (NULL + 0 is undefined in C.) */
static inline const char *
sv_end(struct sv s)
{
    return s.n != 0 ? s.p + s.n : s.p;
}

static inline struct sv
sv_from(struct sv s, size_t start)
{
    return start >= s.n ? (struct sv){ s.p != NULL ? s.p + s.n : NULL, 0 } : (struct sv){ s.p + start, s.n - start };
}

/* Order of bytes (unsigned), a prefix before the longer text. <0, 0, >0. */
int sv_cmp(struct sv a, struct sv b);

/* ASCII case folded equality; bytes above 0x7f are compared as they are. */
bool sv_eq_fold(struct sv a, struct sv b);

bool sv_starts(struct sv s, struct sv prefix);
bool sv_ends(struct sv s, struct sv suffix);

/* Index of the first `c` at or after `start`, or s.n. */
size_t sv_find_char(struct sv s, char c, size_t start);

/* Index of the first `needle` at or after `start`, or s.n if there is none. An empty needle is found at `start`. */
size_t sv_find(struct sv s, struct sv needle, size_t start);

/* Without ASCII blanks (space, tab, CR, LF) on both sides. */
struct sv sv_trim(struct sv s);

/* Takes the next piece of *rest up to `sep` (dropped) into *piece. False when *rest was used up: "a,,b" gives a, "", b;
 * an empty text gives one empty piece. Start with *rest = the text; it is set to SV_NONE after the last piece. */
bool sv_split(struct sv *rest, char sep, struct sv *piece);

/* Damerau-Levenshtein distance (optimal string alignment) in bytes, ASCII case folded; stops early and returns
 * `limit + 1` when it is larger than `limit`. For "did you mean". */
unsigned sv_distance(struct sv a, struct sv b, unsigned limit);

#endif
