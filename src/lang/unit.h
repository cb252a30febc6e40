/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the documents of all rule files, on their way into the program. load.c owns the order of events:
 *
 *   1. every file is parsed; each document becomes a unit                                   load.c
 *   2. units are entered by id and name; duplicates are errors                              load.c
 *   3. each rule unit is compiled: meta_compile, then detection and filters                 detection.c, filter.c
 *   4. each correlation unit: meta_compile, then corr_compile                               corr_doc.c
 *   5. corrs_resolve: circles, who is reported, the single correlations, facts              corr_resolve.c
 *   6. tests_compile for each good unit, if asked for                                       tests_doc.c
 *
 * A unit in which any step reported an error is `bad`: it, and what refers to it, stays out of the program.
 */
#ifndef AUTHSIFT_LANG_UNIT_H
#define AUTHSIFT_LANG_UNIT_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/vec.h"
#include "ir/program.h"
#include "lang/lang.h"
#include "lang/yaml.h"

enum unit_kind { UNIT_RULE, UNIT_CORRELATION, UNIT_FILTER };

struct unit {
    enum unit_kind kind;
    const struct ynode *root;
    struct sv title;
    struct sv id;     /* empty if there is none */
    struct sv name;   /* empty if there is none */
    struct span at;   /* of the title's value, else of the document's start */
    struct sv folder; /* the rules folder (argument) it was found under, for lists/ beside it */
    bool bad;
    bool listed;      /* some correlation lists it, be it a bad one: it is not reported on its own ... */
    bool wanted;      /* ... unless one of them says `generate: true` */
    uint32_t index;   /* in program->rules or program->corrs, once compiled (until program_freeze sorts corrs) */
};

/* A filter's condition is to be AND-ed to a rule's. */
struct filtered {
    uint32_t rule;    /* in program->rules */
    uint32_t serial;  /* ascending in the order of the filters */
    struct expr *condition;
};

struct loader {
    const struct lang_options *options;
    struct program *program;
    struct fields *fields;
    struct arena *arena;   /* the program's: strings that outlive loading */
    struct arena scratch;  /* trees and the like, until loading ends */
    struct arena item;     /* patterns on their way to predicates; reset for each line of a selection */
    struct diags *d;
    VEC(struct unit) units;
    struct map by_id;      /* -> index of unit */
    struct map by_name;
    size_t wildcards;      /* of the file that is being compiled, its bytes of regular expressions, and the */
    size_t regex_bytes;    /* memory that its predicates take, roughly: a small text must not become a large */
    size_t made;           /* program */
    VEC(struct filtered) filtered; /* filter.c: which filters are to narrow which rules */
    size_t filter_tests;   /* and what that adds to the rules */
    VEC(struct named_field) named; /* named.c: of the document that is being compiled */
    VEC(uint32_t) named_in;        /* by field: the serial of the last document that names it */
    uint32_t named_serial;
    struct lists *lists;   /* lists.c: those that were read */
    struct digest *digest; /* of every text that decides what the rules mean */
};

/* load.c: a loader with a new program and nothing in it. loader_fini leaves the program, which is the caller's. */
void loader_init(struct loader *l, const struct lang_options *o, struct fields *fields, struct diags *d);
void loader_fini(struct loader *l);
/* load.c: the rule or correlation of that id, else of that name; NULL if there is none. */
struct unit *loader_find(struct loader *l, struct sv reference);
/* load.c: the nearest id, name of a unit, for "did you mean"; SV_NONE if nothing is near. */
struct sv loader_nearest(struct loader *l, struct sv reference);
/* lists.c: the values of list NAME for a unit: NAME.txt in --lists folders, then in lists/ in or beside the unit's
 * rules folder. One value a line, '#' starts a comment line, blanks around are cut. False if there is no such file.
 * Values live in l->arena; read once. */
bool loader_list(struct loader *l, const struct unit *u, struct sv name, struct sv **values, size_t *n);

/* meta.c: standard keys and x-authsift (family, report, entity, actions, evidence, risk, dedup, missing-group, mode)
 * of a rule or correlation document. Unknown keys inside x-authsift are errors; unknown top-level keys are Sigma's
 * custom attributes. */
void meta_compile(struct loader *l, struct unit *u, struct rule_meta *meta);

/* detection.c: appends to program->rules. */
void detection_compile(struct loader *l, struct unit *u);
/* filter.c: notes which rules the filter applies to. After all rules. */
void filter_compile(struct loader *l, struct unit *u);
/* filter.c: ANDs the conditions of all filters into those of the rules that they apply to. After all filters. */
void filters_join(struct loader *l);

/* corr_doc.c: appends to program->corrs. After all rules; inner correlations may come later (references are units). */
void corr_compile(struct loader *l, struct unit *u);
/* corr_resolve.c: see 5 above. Marks units on a circle, or that refer to bad ones, as bad; they leave program->corrs.
 * Levels, their order and uses are filled by program_freeze. */
void corrs_resolve(struct loader *l);

/* tests_doc.c */
void tests_compile(struct loader *l, struct unit *u, struct rule_tests *tests);

#endif
