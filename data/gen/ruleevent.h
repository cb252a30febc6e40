/* SPDX-License-Identifier: Apache-2.0 */
/* One made-up event on its way to a line: values by field, written as nested JSON. Reused for every event. */
#ifndef AUTHSIFT_GEN_RULEEVENT_H
#define AUTHSIFT_GEN_RULEEVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/vec.h"
#include "event/fields.h"

struct made {
    uint32_t stamp;  /* of the event that has it */
    bool quoted;     /* a string; else the text is JSON as it stands */
    struct buf text;
};

struct rule_event {
    const struct fields *fields;
    size_t n_fields;
    struct made *made;   /* by field */
    uint32_t *rank;      /* by field: its place in the byte order of all names */
    VEC(field_id) order; /* fields of this event */
    uint32_t stamp;
    struct buf line;
};

/* After the last fields_add. */
void rule_event_init(struct rule_event *ev, const struct fields *fields);
void rule_event_fini(struct rule_event *ev);
void rule_event_reset(struct rule_event *ev);

bool rule_event_has(const struct rule_event *ev, field_id f);
/* The value of a field, emptied: to be filled by the caller. */
struct made *rule_event_put(struct rule_event *ev, field_id f, bool quoted);

/* One line, its end included. */
void rule_event_write(struct rule_event *ev, FILE *to);

#endif
