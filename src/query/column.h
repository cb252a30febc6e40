/* SPDX-License-Identifier: Apache-2.0 */
/* What a query can ask of an event by name: a field (also a derived one), its time, a bucket of time, where it was
 * read. One grammar for --select, --by and the measures. */
#ifndef AUTHSIFT_QUERY_COLUMN_H
#define AUTHSIFT_QUERY_COLUMN_H

#include <stdbool.h>

#include "base/diag.h"
#include "event/event.h"
#include "input/input.h"
#include "query/bucket.h"
#include "query/datum.h"

enum asked_kind {
    ASKED_FIELD,
    ASKED_TIME,   /* of the event; in a bucket if it has one */
    ASKED_FILE,   /* @file */
    ASKED_LINE,   /* @line */
    ASKED_RECORD, /* @raw */
};

struct asked {
    enum asked_kind kind;
    struct sv title; /* as written, but for the @; borrowed from the option's text */
    field_id field;  /* FIELD, TIME */
    struct bucket bucket;
    bool has_bucket;
};

/* "oauth.app_uid", "time", "time:1h", "@file", "@line", "@raw". `option` is for messages. False with a message. Fields
 * are registered. */
bool asked_parse(struct sv text, const char *option, struct fields *fields, struct asked *out, struct diags *d);

/* The value of an event. A list is one text, joined by "; ", or with `json` its JSON. The text lives as long as the
 * event. */
struct datum asked_value(const struct asked *a, struct event *ev, const struct inputs *in, bool json);

/* Its values one by one: members of a list that have a text, or with `different` each different one once (*n may be 0).
 * Live as long as the event. */
struct datum *asked_values(const struct asked *a, struct event *ev, const struct inputs *in, bool different, size_t *n);

#endif
