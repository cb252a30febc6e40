/* SPDX-License-Identifier: Apache-2.0 */
/* What the lines of a log have in common.
 *
 * Programs write logs, so lines repeat: cut the values out of a line, and what is left ({"time":" … ","uid":" … ) was
 * in another line before, byte by byte. A *shape* is that rest of a valid line: pieces of text, and behind each what
 * kind of value follows and where it goes. A line that has a known shape needs no parser: its pieces are compared, its
 * values are scanned, and it is as valid as the line that taught the shape, because a piece was checked to the last
 * byte in just this place of the grammar.
 *
 * All shapes of a source are one tree, in which a step is a piece and its value; lines that begin alike share steps. A
 * line without a shape is walked as ever (json.c), which records what it meets, and is added.
 *
 * What must hold, and why a shape never changes a result:
 *   - The way through the tree to a step is a text but for its values, so it determines the objects that are open, the
 *     keys that were taken, and where in the trie the walk is.
 *   - Lines in which a wanted key repeats are not added, nor those in which a value is taken on two ways.
 *   - Pieces hold no CR (and no LF), so none fits beyond the end of a record; and the last one has to end there.
 *
 * Two ways lead through it (json_walk.h). One looks for the end of each string where it starts. Where a row of simd.c
 * can make positions of bits, the other finds all quotes of the record first: then no string waits for the one before
 * it. Both take the same lines.
 *
 * Whatever does not fit (a list is walked as ever, but inside the shape) falls back to the whole walk. The tree is
 * bounded, and forgotten when it is full of shapes that no longer come: a log in which no two lines are alike is walked
 * as ever, after a few tries. */
#ifndef AUTHSIFT_INPUT_JSON_SHAPE_H
#define AUTHSIFT_INPUT_JSON_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/vec.h"
#include "input/swar.h"

#define SHAPE_NONE UINT32_MAX

/* A line with more values has no shape. */
#define SHAPE_VALUES_MAX 1024u

/* A try that fails costs a third of a walk, one that succeeds saves two thirds: shapes rest when they have failed this
 * many times more than they have succeeded. */
#define SHAPE_CREDIT 64

struct trie;

enum shape_kind {
    SHAPE_STRING, /* the piece ends with the opening quote */
    SHAPE_SCALAR, /* a number, true, false, null */
    SHAPE_LIST,   /* the piece ends before the opening bracket */
    SHAPE_OBJECT, /* the piece ends with the opening brace of an object that is wanted as such */
    SHAPE_END,    /* the piece ends the line */
};

/* What follows a piece, and where it goes. */
struct shape_value {
    uint8_t kind;
    uint16_t rank;  /* of the way to it */
    uint16_t depth; /* of the objects that are open */
    uint32_t to;    /* its slot; of a list, the node of the trie with which it is walked; SHAPE_NONE: nobody wants it */
};

/* Bytes of a piece that are compared at once, by each row of simd.c in its way. */
#define SHAPE_HEAD 32

/* A piece, and what it leads to. */
struct shape_step {
    char head[SHAPE_HEAD]; /* its first bytes, and zeros */
    uint32_t bits;         /* one for each byte of the head that counts, the first one's lowest */
    uint16_t n;            /* bytes of the piece */
    uint16_t quotes;       /* among them */
    uint32_t tail;         /* of those behind the head: in shapes.text */
    uint32_t next;         /* another step in this place, or SHAPE_NONE */
    uint32_t child;        /* the first step behind the value, or SHAPE_NONE */
    struct shape_value value;
};

/* A step as a walk records it. */
struct shape_note {
    const char *value; /* where the piece ends */
    const char *end;   /* where the next one starts */
    struct shape_value what;
};

struct shapes {
    const struct trie *trie; /* the wanted paths; it lives longer */
    VEC(struct shape_step) steps;
    VEC(char) text;
    uint32_t first; /* step, or SHAPE_NONE */
    int credit;     /* what hits earned and misses cost; when it is used up, shapes rest */
    unsigned rest;  /* lines for which they rest */
};

void shapes_init(struct shapes *s);
void shapes_fini(struct shapes *s);

/* Adds the shape of a valid line: n notes in order, the last one of kind SHAPE_END. What cannot be added is not. */
void shapes_add(struct shapes *s, const char *line, const struct shape_note *note, size_t n);

/* A line was tried and had a shape, or had none. */
static inline void
shapes_hit(struct shapes *s)
{
    s->credit += s->credit < SHAPE_CREDIT;
}
void shapes_miss(struct shapes *s);

/* Whether to try. */
static inline bool
shapes_rest(struct shapes *s)
{
    if (LIKELY(s->rest == 0))
        return false;
    s->rest--;
    return true;
}

/* Whether what is behind the head of a long piece stands behind the same head at p, too; `end`: of the record. */
static inline bool
shape_tail_fits(const struct shapes *s, const struct shape_step *step, const char *p, const char *end)
{
    return (size_t)(end - p) >= step->n && memcmp(p + SHAPE_HEAD, s->text.v + step->tail, step->n - SHAPE_HEAD) == 0;
}

#endif
