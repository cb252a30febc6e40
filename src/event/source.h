/* SPDX-License-Identifier: Apache-2.0 */
/* A source definition (rules/sources/NAME.yml): how one kind of log speaks of the canonical fields. Parsed by lang/,
 * obeyed by input/. All strings live in the arena of the struct source_defs that holds it; immutable once loaded. */
#ifndef AUTHSIFT_EVENT_SOURCE_H
#define AUTHSIFT_EVENT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/sv.h"

/* category, product, service; empty = not declared. A rule's logsource conflicts with a source's when both name a key
 * and differ (sigma-profile.md 6). */
struct logsource {
    struct sv category;
    struct sv product;
    struct sv service;
};

static inline bool
logsource_key_fits(struct sv a, struct sv b)
{
    return a.n == 0 || b.n == 0 || sv_eq(a, b);
}

/* A rule is left out only where both sides name a key and differ. */
static inline bool
logsource_fits(const struct logsource *rule, const struct logsource *source)
{
    return logsource_key_fits(rule->category, source->category) && logsource_key_fits(rule->product, source->product) &&
           logsource_key_fits(rule->service, source->service);
}

/* What a canonical field reads from the log, and how. */
struct source_field {
    struct sv name;       /* canonical dotted name */
    struct sv from;       /* dotted path (or CSV column) in the log; empty if `constant` is set */
    struct sv constant;   /* the text of every event, if has_constant */
    bool has_constant;
    char split;           /* a string is a list, cut at this character (empty pieces dropped); 0 = do not cut */
    struct sv *map_key;   /* value map: text in the log -> text of the event; n_map pairs, exact */
    struct sv *map_value;
    size_t n_map;
    bool map_only;        /* a text without an entry makes the field absent; else it is kept as it is */
};

struct source_def {
    struct sv name;
    struct sv description;
    struct sv format;     /* a name of formats.def; empty = recognised from the content */
    struct logsource logsource;
    struct source_field *fields;
    size_t n_fields;
    struct sv *recognise; /* top-level keys (or CSV columns) in the first record that recognise this source */
    size_t n_recognise;   /* 0: only by -s */
    struct sv *required;  /* canonical fields without which a record is a reject */
    size_t n_required;
    struct sv *time;      /* canonical or log names that are tried in turn for the event's time; default: `time` */
    size_t n_time;
    bool time_optional;   /* no usable time: an event without a time; else a reject */
    bool time_lenient;    /* time_parse_lenient instead of time_parse */
    bool fold_case;       /* field names of the log are matched without regard to ASCII case */
    bool empty_is_absent; /* an empty unquoted CSV cell is absent instead of '' */
};

struct source_defs {
    struct arena arena;
    struct source_def *v;
    size_t n;
    char digest[33]; /* of all their texts, hex */
};

#endif
