/* SPDX-License-Identifier: Apache-2.0 */
/* The run half of ir/ops.def: one function per op, in one file per family. Each looks at all members of the
 * predicate's field and says whether any satisfies it. They know nothing of indexes, memos or rules: what they say
 * *is* the meaning of a predicate, and the indexes of this folder may only be faster. */
#ifndef AUTHSIFT_MATCH_OPS_H
#define AUTHSIFT_MATCH_OPS_H

#include <stdbool.h>

#include "event/event.h"
#include "ir/program.h"

enum truth {
    TRUTH_NO,
    TRUTH_YES,
    TRUTH_LIMIT, /* a regex gave up: counts as no, and is reported */
};

/* field: the value of pred->field; its members may be decoded in place. */
typedef enum truth op_fn(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex);

op_fn op_string_equals;
op_fn op_string_contains;
op_fn op_string_starts;
op_fn op_string_ends;
op_fn op_glob;
op_fn op_regex;
op_fn op_cidr;
op_fn op_number;
op_fn op_boolean;
op_fn op_null;
op_fn op_exists;
op_fn op_fieldref;

/* Asks the op of pred. */
enum truth ops_eval(const struct pred *pred, struct event *ev, struct regex_scratch *regex);

/* YES if `test` holds for the text of any member. */
enum truth ops_any_text(const struct pred *pred, struct value *field, struct event *ev,
                        bool (*test)(const struct pred *pred, struct sv text));

/* value_text, with the common case inline. */
static inline bool
ops_text(struct value *member, struct arena *scratch, struct sv *text)
{
    if (member->kind != VALUE_STRING || (member->flags & VALUE_ESCAPED) != 0)
        return value_text(member, scratch, text);
    *text = sv_make(member->p, member->n);
    return true;
}

/* Does the whole text match the pattern? */
bool op_glob_text(const struct pred *pred, struct sv text);

/* The 16 bytes of an IPv4 (as ::ffff:a.b.c.d) or IPv6 address, as inet_pton reads it. */
bool op_cidr_parse(struct sv text, unsigned char address[16]);

/* Can the address be in a network of so many bits at all? An IPv4 address is in IPv4 networks only. */
bool op_cidr_may_hold(const unsigned char address[16], unsigned prefix_bits);

#endif
