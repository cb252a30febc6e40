/* SPDX-License-Identifier: Apache-2.0 */
/* Field names <-> dense ids. Ids are handed out while rules compile, so the set of registered names *is* the
 * projection: a format extracts exactly what some rule, enricher, correlation or report names.
 * Built by one thread, then read by all. */
#ifndef AUTHSIFT_EVENT_FIELDS_H
#define AUTHSIFT_EVENT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

typedef uint32_t field_id;

#define FIELD_NONE UINT32_MAX
/* All scalar values of the event, at any depth: what Sigma keywords search. Always registered, name "". */
#define FIELD_ANY  0

struct fields;

struct fields *fields_new(void);
void fields_free(struct fields *f);

/* The id of a dotted name, new or known. The name is copied. */
field_id fields_add(struct fields *f, struct sv name);
/* FIELD_NONE if nobody named it. */
field_id fields_find(const struct fields *f, struct sv name);
/* Owned by f. */
struct sv fields_name(const struct fields *f, field_id id);
size_t fields_count(const struct fields *f);

/* Fields that have to be derived where the log lacks them: asking for one costs more than a look. */
void fields_mark_derived(struct fields *f, field_id id);
bool fields_is_derived(const struct fields *f, field_id id);

/* FIELD_ANY is collected only if somebody asks for it: it costs a second walk of the line. */
void fields_want_any(struct fields *f);
bool fields_wants_any(const struct fields *f);

#endif
