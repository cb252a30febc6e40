/* SPDX-License-Identifier: Apache-2.0 */
/* A program under construction and one event, for the tests of match/. */
#ifndef AUTHSIFT_TESTS_MATCH_WORLD_H
#define AUTHSIFT_TESTS_MATCH_WORLD_H

#include "base/arena.h"
#include "event/event.h"
#include "event/fields.h"
#include "ir/program.h"
#include "match/match.h"

struct world {
    struct fields *fields;
    struct program *program;
    struct arena arena; /* of the event */
    struct event ev;
    bool has_event;
};

void world_init(struct world *w);
void world_fini(struct world *w);

field_id world_field(struct world *w, const char *name);

/* An empty event; all fields must be registered. */
void world_event(struct world *w);

/* Gives a field a value, written
 *   s:text  e:text with JSON escapes  n:12.5  true  false  null  object  absent     or a list of them: [s:a|n:5|null]
 */
void world_set(struct world *w, field_id field, const char *value);

/* A predicate of a string op. */
pred_id world_text(struct world *w, enum op op, field_id field, const char *text, bool cased);
/* A wildcard: * ? and ^ for a dash of windash. */
pred_id world_glob(struct world *w, field_id field, const char *pattern, bool cased);
pred_id world_regex(struct world *w, field_id field, const char *pattern, unsigned flags);
pred_id world_cidr(struct world *w, field_id field, const char *address, unsigned bits);
pred_id world_number(struct world *w, field_id field, enum compare compare, double number, enum date_part part);
pred_id world_boolean(struct world *w, field_id field, bool value);
pred_id world_plain(struct world *w, enum op op, field_id field); /* NULL, EXISTS */
pred_id world_fieldref(struct world *w, field_id field, enum op how, field_id other, bool cased);

/* Adds a rule; returns its index. */
uint32_t world_rule(struct world *w, const char *title, struct expr *condition);

#endif
