/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields on their way through a record's payload, for the types that look at values: lists of texts, numbers,
 * and sets of texts that a rule names. */
#ifndef AUTHSIFT_AGG_VALUES_H
#define AUTHSIFT_AGG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "event/event.h"
#include "ir/program.h"

/* Appends the texts of a field's members: their number, then each. Returns the number. FIELD_NONE is a field without
 * members. */
size_t values_put_texts(struct event *ev, field_id f, struct buf *payload);

/* Reads such a list: the texts are borrowed from the payload, the array is the arena's. */
struct sv *values_get_texts(struct reader *r, struct arena *arena, size_t *n);

/* For is_payload (corr.h): skips such a list. False if it is cut, or has fewer than `least` texts. */
bool values_skip_texts(struct reader *r, size_t least, size_t *n);

/* Most types keep lists of texts and nothing else of a hit. Each is said by a row of the type's `lists`, and these two
 * are then its `record` and `is_payload` (corr.h). */
struct value_list {
    size_t field; /* index of the FIELD parameter; if the rule does not give it, the list is not there */
    size_t rule;  /* index of the RULE parameter whose hits have it, others an empty one; or VALUES_OF_ALL */
    size_t least; /* a hit with fewer texts, or with more than `most`, is useless; 0 and SIZE_MAX: none is */
    size_t most;
};
#define VALUES_OF_ALL SIZE_MAX

bool values_record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped);
bool values_are_recorded(const struct correlation *c, unsigned pos, struct reader *r);

/* Appends the finite numbers of a field's members, 8 bytes each; *skipped grows by the members that are none, or by one
 * if there is no member at all. -0 becomes 0: they are one value. */
void values_put_numbers(struct event *ev, field_id f, struct buf *payload, uint64_t *skipped);

/* A number of the field, if it has exactly one member and that is a finite number. */
bool values_number(struct event *ev, field_id f, double *x);

/* A set of texts that never changes, for membership. */
struct text_set {
    const struct sv *v; /* sorted */
    size_t n;
};
struct text_set values_set(struct arena *arena, const struct sv *v, size_t n);
bool values_set_has(const struct text_set *set, struct sv text);

/* Evidence: texts joined by ", "; the first fifty, then how many more there are. */
struct sv values_join(struct arena *arena, const struct sv *v, size_t n);

/* For qsort over struct sv. */
int values_cmp(const void *a, const void *b);

#endif
