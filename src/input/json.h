/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON document is walked once, hand in hand with the trie of wanted paths; it is never turned into a tree. What
 * is not wanted is skipped, and checked all the same: a document that violates the grammar anywhere is a reject. */
#ifndef AUTHSIFT_INPUT_JSON_H
#define AUTHSIFT_INPUT_JSON_H

#include "base/buf.h"
#include "input/format.h"

/* The state of walks: stacks and tables that are reused. One per thread. */
struct json;

struct json *json_new(const struct input_limits *limits);
void json_free(struct json *j);

/* Fills x->slots from x->record. */
enum record_kind json_walk(struct json *j, const struct extraction *x, enum reject_id *why);

/* Appends the names of up to `max` top-level keys of a valid object, separated by ", ". For messages. */
void json_top_keys(struct json *j, struct sv record, size_t max, struct buf *out);

#endif
