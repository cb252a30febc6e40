/* SPDX-License-Identifier: Apache-2.0 */
/* The event: one value slot per registered field. Filled by a format, completed lazily by enrichers, read by match and
 * by correlations. One struct event lives in each worker and is reused for every line; values point into the line
 * or into the worker's scratch arena, and die with the next line. */
#ifndef AUTHSIFT_EVENT_EVENT_H
#define AUTHSIFT_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/sv.h"
#include "event/fields.h"
#include "event/place.h"

enum value_kind {
    VALUE_UNSET = 0, /* not in the log; an enricher may still derive it on first use */
    VALUE_ABSENT,    /* known to be absent */
    VALUE_NULL,
    VALUE_FALSE,
    VALUE_TRUE,
    VALUE_NUMBER, /* p, n: the characters of the log as written, one JSON number */
    VALUE_STRING, /* p, n: UTF-8 */
    VALUE_OBJECT, /* an object: it exists, and has no text */
    VALUE_LIST,   /* members: n struct values, never lists themselves (nested lists are flattened) */
};

/* The string still holds JSON escapes: value_decode has to be called before its bytes mean anything. */
#define VALUE_ESCAPED 1u

struct value {
    union {
        const void *p;         /* NUMBER, STRING */
        struct value *members; /* LIST */
    };
    uint32_t n;
    uint8_t kind;
    uint8_t flags;
    uint16_t rank; /* private to the format: which spelling of the path supplied it (the literal key wins) */
};

struct event;

/* How an enricher supplies a field: sets ev->v[field] (never to VALUE_UNSET). ctx is the enricher's, read-only. It
 * may read other fields by event_value; enrichers form no cycles. */
struct derive {
    void (*fn)(const void *ctx, struct event *ev, field_id field);
    const void *ctx;
};

struct event {
    struct value *v; /* n_fields slots */
    size_t n_fields;
    uint64_t *set;       /* bit per field: v may be something else than VALUE_UNSET */
    uint64_t *derivable; /* bit per field: an enricher supplies it */
    int64_t time;        /* microseconds UTC, or TIME_NONE */
    struct place at;
    struct sv raw;               /* the line, without its end */
    struct arena *scratch;       /* reset by the owner before each line */
    const struct derive *derive; /* per field; fn == NULL where no enricher supplies it. NULL: none at all */

    /* How FIELD_ANY comes about: by a second walk over the line, on first use, because hardly any line needs it. Sets
     * v[FIELD_ANY]. NULL: nobody collects it; then it is absent, or was set like any other field. */
    void (*collect)(void *collector, struct event *ev);
    void *collector;
    bool verbatim; /* the text of every scalar stands in `raw`, byte by byte, so that what raw lacks FIELD_ANY lacks */
};

/* Slots for n_fields; scratch and derive are borrowed. */
void event_init(struct event *ev, size_t n_fields, struct arena *scratch, const struct derive *derive);
void event_fini(struct event *ev);
/* Makes those of n values VALUE_UNSET whose bits are set, and clears the bits: most fields that rules name are in no
 * event. */
void values_clear(struct value *v, size_t n, uint64_t *set);

/* Forgets all values; the caller resets the scratch arena. */
void event_reset(struct event *ev);

/* Words of the bit sets. */
static inline size_t
event_words(const struct event *ev)
{
    return (ev->n_fields + 63) / 64;
}

/* Whoever writes v[f] without a setter has to say so. */
static inline void
event_mark(struct event *ev, field_id f)
{
    ev->set[f / 64] |= UINT64_C(1) << f % 64;
}

/* The slow half of event_value. */
struct value *event_derive(struct event *ev, field_id f);

/* The value of a field, derived now if need be; never NULL, never VALUE_UNSET. */
static inline struct value *
event_value(struct event *ev, field_id f)
{
    struct value *v = &ev->v[f];
    return v->kind != VALUE_UNSET ? v : event_derive(ev, f);
}

/* Known to be absent, without deriving anything? Most fields that rules name are missing in most events. */
static inline bool
event_lacks(const struct event *ev, field_id f)
{
    const uint8_t kind = ev->v[f].kind;
    return kind == VALUE_ABSENT || (kind == VALUE_UNSET && (ev->derivable[f / 64] >> f % 64 & 1) == 0);
}

/* Replaces the JSON escapes of a string by what they stand for (in scratch). The escapes were checked by the format. */
void value_decode(struct value *v, struct arena *scratch);

/* Members of a value: of a list its members, of a scalar (or object) itself, of an absent one none. */
static inline struct value *
value_members(struct value *v, size_t *n)
{
    if (v->kind == VALUE_LIST) {
        *n = v->n;
        return v->members;
    }
    *n = v->kind > VALUE_ABSENT;
    return v;
}

/* The text form of one member: a string decoded, a number as written, true, false. False for null, objects, absence. */
bool value_text(struct value *member, struct arena *scratch, struct sv *text);

/* The slow half of event_text. */
bool event_text_of(struct event *ev, field_id f, struct sv *text);

/* Text of the first member that has one. False if there is none. */
static inline bool
event_text(struct event *ev, field_id f, struct sv *text)
{
    const struct value *v = &ev->v[f];
    if (event_lacks(ev, f))
        return false;
    if (v->kind != VALUE_STRING || (v->flags & VALUE_ESCAPED) != 0)
        return event_text_of(ev, f, text);
    *text = sv_make(v->p, v->n);
    return true;
}

/* A number: a JSON number, or a string that is exactly one. */
bool value_number(struct value *member, struct arena *scratch, double *x);

/* Setters for formats and enrichers. Strings are borrowed until the next line; copy into scratch first if need be. */
void event_set_text(struct event *ev, field_id f, struct sv text);
void event_set_number(struct event *ev, field_id f, double x);
void event_set_bool(struct event *ev, field_id f, bool x);
void event_set_absent(struct event *ev, field_id f);
/* A list of n texts; none makes the field absent, one a scalar. */
void event_set_texts(struct event *ev, field_id f, const struct sv *text, size_t n);

#endif
