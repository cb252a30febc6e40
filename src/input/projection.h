/* SPDX-License-Identifier: Apache-2.0 */
/* How the records of one source fill the registered fields: format -> slots (trie.h) -> fields (mapping.c).
 * Immutable after projections_new, shared by all workers and streams. */
#ifndef AUTHSIFT_INPUT_PROJECTION_H
#define AUTHSIFT_INPUT_PROJECTION_H

#include "base/map.h"
#include "base/vec.h"
#include "event/event.h"
#include "event/fields.h"
#include "event/source.h"
#include "input/input.h"
#include "input/trie.h"

/* Where a field comes from. Several bindings of one field are tried in turn, the first that yields a value supplies
 * it. */
struct binding {
    field_id field;
    uint32_t slot;                  /* SLOT_NONE: constant */
    const struct source_field *how; /* NULL: the slot as it is */
    struct map *map;                /* of how->map_key -> index, if there is a value map */
};

struct field_ids {
    field_id *v;
    size_t n;
    size_t cap;
};

struct projection {
    const struct source_def *def;
    struct trie *trie;
    struct trie *recognise; /* the top-level keys that recognise it; NULL if there are none */
    VEC(struct binding) bindings; /* but for those that are ... */
    field_id *direct; /* ... the field that a slot simply is, or FIELD_NONE */
    struct field_ids time; /* tried in turn */
    struct field_ids required;
};

struct projections {
    const struct source_defs *defs;
    const struct source_def *forced;
    const struct source_def *fallback; /* or NULL */
    const struct fields *fields;
    struct input_limits limits;
    bool wants_any;
    struct projection *v; /* one per definition */
};

/* Applies the source definition: the slots of a record, those that were found, become fields of the event, and are
 * empty then. */
void mapping_apply(const struct projection *pj, struct value *slots, uint64_t *found, struct event *ev);

/* Sets ev->time and checks what the source requires. False: *why. */
bool mapping_check(const struct projection *pj, struct event *ev, enum reject_id *why);

#endif
