/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: a correlation document while corr_compile reads it. Shared by
 *
 *   corr_doc.c      the document: type, rules, group-by, timespan, aliases, generate; puts the correlation together
 *   corr_args.c     the keys of the type's own parameter table
 *   corr_cond.c     the condition: bounds, or a boolean expression over rules
 *   corr_resolve.c  what needs all correlations: circles, who is reported, the internal ones
 *
 * Between corr_compile and corrs_resolve a correlation's inputs are units: corr_input.index is an index of
 * loader.units.
 */
#ifndef AUTHSIFT_LANG_CORR_UNIT_H
#define AUTHSIFT_LANG_CORR_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/corr.h"
#include "base/vec.h"
#include "lang/unit.h"
#include "lang/yaml.h"

/* More rules than this in one correlation are refused: positions are compared pairwise. */
#define CORR_RULES_MAX 1024
/* More fields in one key, or more aliases, likewise: each is resolved for each rule. */
#define CORR_FIELDS_MAX 64

/* A rule that the correlation listens to. Its index in corr_build.listed is its position. */
struct listed {
    struct unit *unit; /* NULL: no such rule, which was reported */
    struct sv name;    /* as written */
    struct span at;
    bool named; /* by the type's own keys, or by the condition's expression */
};

/* A name for fields that differ between the rules. */
struct alias {
    struct sv name;
    struct span at;
    struct sv *field; /* by position; empty: this rule reads the alias as a field name */
    bool used;
};

struct corr_build {
    struct loader *l;
    struct unit *u;
    const struct ynode *node;     /* the mapping below `correlation` */
    const struct corr_type *type; /* NULL: unknown, which was reported; keys of its own are then not judged */
    struct span type_at;
    struct span cond_at; /* of `condition`; no place: there is none */
    bool cond_bad;       /* it has errors: nothing follows from it */
    bool says_not;       /* its expression has a `not`, even one that another undoes */
    bool rules_given;    /* `rules` is there, so other mentions must agree with it */
    bool generate;
    VEC(struct listed) listed;
    VEC(struct alias) aliases;
    struct correlation c;
};

/* corr_doc.c: the position of a rule that is named outside `rules`. With `rules` it has to be listed there;
 * without, it is added. False if that fails (reported). */
bool corr_mention(struct corr_build *b, struct sv name, struct span at, uint32_t *pos);
/* corr_doc.c: the field that a name (field or alias) means for the rule at a position. */
field_id corr_field(struct corr_build *b, struct sv name, size_t pos);
/* corr_doc.c: notes that the document names a field, unless the name is an alias. */
void corr_name(struct corr_build *b, struct sv name, struct span at);

/* corr_args.c: one key; `path` is its dotted name. False if the type has no such parameter, nor any below it. */
bool corr_arg_read(struct corr_build *b, struct sv path, const struct ynode *value);
/* corr_args.c: the same for a key inside the mapping `parent`. */
bool corr_arg_read_below(struct corr_build *b, struct sv parent, const struct ynode *key, const struct ynode *value);
/* corr_args.c: reports a key that nothing reads. parent: the dotted name of the mapping it stands in, or empty;
 * own: further names that are known there. */
void corr_arg_unknown(struct corr_build *b, struct sv parent, const struct ynode *key, const struct sv *own,
                      size_t n_own);
/* corr_args.c: reports required parameters that are missing, and listed rules that the type's keys do not name. */
void corr_args_check(struct corr_build *b);
/* corr_args.c: does the type name its rules by keys of its own? */
bool corr_args_name_rules(const struct corr_type *type);
/* corr_args.c: field names -> ids, once all rules and aliases are known. */
void corr_args_fields(struct corr_build *b);

/* corr_cond.c: reads `condition`. */
void corr_cond_read(struct corr_build *b, const struct ynode *node);
/* corr_cond.c: the default, if there is no bound; the threshold's text; trailing or closed windows. Once the
 * number of rules is known. */
void corr_cond_finish(struct corr_build *b);

#endif
