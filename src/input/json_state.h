/* SPDX-License-Identifier: Apache-2.0 */
/* What a walk knows, shared by json.c, which owns it, and json_walk.h, which is the walk. Nobody else includes this but
 * a test, which looks whether shapes are met. */
#ifndef AUTHSIFT_INPUT_JSON_STATE_H
#define AUTHSIFT_INPUT_JSON_STATE_H

#include "base/vec.h"
#include "event/event.h"
#include "input/format.h"
#include "input/json_keys.h"
#include "input/json_scan.h"
#include "input/json_shape.h"
#include "input/simd.h"

/* Records up to this size are indexed, by rows that do so. */
#define JSON_INDEXED_MAX 4096

/* Sources whose shapes are kept: workers change between files from block to block. */
#define JSON_SOURCES 8

/* What is done about keys that repeat. */
enum keys_mode {
    KEYS_EDGES,  /* notice an edge that is taken twice */
    KEYS_DETECT, /* notice any other key that repeats as well */
    KEYS_INDEX,  /* note where each key stands last */
    KEYS_OBEY,   /* skip all but the last */
};

/* A member of a list that is being walked. */
struct member {
    struct value v; /* VALUE_UNSET: the slot was found, with nothing in it */
    uint32_t slot;
};

/* The list that a slot gets. */
struct list {
    struct value *v;
    uint32_t n;
    uint32_t room; /* 0: not found */
    unsigned rank;
};

struct json {
    const struct simd *simd;
    struct json_scan scan;
    unsigned depth_max;
    unsigned depth; /* levels that may still be opened */
    const struct trie *trie;
    struct value *slots;
    uint64_t *found;
    struct arena *scratch;
    bool collect; /* every scalar goes to `all` */
    bool repeated;
    enum keys_mode mode;
    struct json_keys keys;
    uint64_t *taken; /* per edge: the serial of the object that took it last */
    size_t n_taken;
    uint64_t serial;
    VEC(struct member) members; /* of all lists that are open; each knows its base */
    VEC(struct value) aside;    /* slots of enclosing scopes */
    VEC(struct list) lists;     /* per slot, while a list is closed */
    VEC(struct value) all;
    struct shapes shapes[JSON_SOURCES];    /* of the sources that were met last */
    size_t oldest;                         /* of them */
    struct shapes *shaped;                 /* those of this record's source; NULL: it is walked without */
    uint16_t quote[JSON_INDEXED_MAX + 64]; /* where the quotes of this record are, and its end; and room to spare */
    bool noting;                           /* the walk records what it meets ... */
    VEC(struct shape_note) notes;          /* ... here */
};

#endif
