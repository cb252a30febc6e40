/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation type: a few functions and a table of the keys that it understands.
 *
 *   record  what to keep of a hit            (scan, in every worker; no shared state)
 *   fold    two records of one key into one  (optional; associative and commutative)
 *   sweep   one group's hits in order -> findings
 *   carry   which of its hits the next night's run needs (optional; carry.h)
 *
 * It never sees threads, files, spills or machines. A new type = one file corr_*.c + one row of correlations.def.
 */
#ifndef AUTHSIFT_AGG_CORR_H
#define AUTHSIFT_AGG_CORR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/diag.h"
#include "event/event.h"
#include "ir/program.h"

struct carry; /* agg/carry.h */
struct group; /* agg/group.h */
struct outline; /* agg/group.h */
struct reader; /* base/codec.h */
struct sweep; /* agg/episode.h */
struct value_list; /* agg/values.h */

enum param_type {
    PARAM_FIELD,    /* one field name (or alias) */
    PARAM_FIELDS,   /* one, or a list of them */
    PARAM_DURATION, /* Sigma's duration */
    PARAM_NUMBER,
    PARAM_COUNT,    /* a whole number >= 0 */
    PARAM_VALUES,   /* a value or a list of them; "%name%" stands for a list file */
    PARAM_WORD,     /* one of `words` */
    PARAM_RULE,     /* a rule's id or name; `rules` may then be omitted */
    PARAM_WEIGHTS,  /* a mapping from text to number */
};

/* A key below `correlation:`. A dot in the name is a nested mapping: `learning.hits` is written learning: {hits: 10};
 * `condition.field` stands inside `condition:`. */
struct corr_param {
    const char *name;
    enum param_type type;
    bool required;
    const char *words; /* WORD: separated by blanks */
    const char *help;  /* one line; default in brackets */
};

enum corr_condition {
    CONDITION_REQUIRED, /* at least one bound */
    CONDITION_OPTIONAL, /* `default_bound` if there is none; {CMP_EQ, 0} is no default and leaves it to `prepare` */
    CONDITION_NONE,     /* a `condition` is an error (but condition.x parameters are read) */
};

struct corr_type {
    const char *name;           /* as written in `type` */
    const char *help;           /* one line */
    const char *metric;         /* for the column `metric`; the field is appended in parentheses if one is given */
    const struct corr_param *params;
    size_t n_params;
    enum corr_condition condition;
    struct bound default_bound;
    bool temporal;              /* a boolean expression over the rules' names is a condition too */
    bool ordered;               /* and all of them are needed: other bounds, `or` and `not` are errors */
    bool default_all;           /* without a condition: gte <number of inputs> */
    int64_t default_timespan;   /* microseconds; 0: `timespan` is required */
    bool single_hits;           /* judges single hits: no trailing or closed windows */
    bool value_is_risk;         /* the value is 0..100 and the finding's risk, in place of the rule's */
    bool keeps_every_hit;       /* `record` never says false (nor is NULL): records may be shared (family.h) */

    /* Checks what the table cannot say, makes c->config in the program's arena, may change c->closed and c->threshold
     * (both are filled in already). Registers the fields that it reads without being told (x-travel's places).
     * Problems go to d, at args' spans (or c->meta.at). May be NULL. */
    void (*prepare)(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d);

    /* What values_record and values_are_recorded go by, where these are the next two (agg/values.h). */
    const struct value_list *lists;
    size_t n_lists;

    /* Appends what sweep needs of this hit. False: the hit is useless (counted as skipped_value) and dropped.
     * *skipped is increased for every value that is no number or otherwise unusable. May be NULL: keeps nothing. */
    bool (*record)(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped);

    /* May be NULL. Both payloads belong to hits of one key; appends the combined payload. */
    void (*fold)(const struct correlation *c, struct sv a, struct sv b, struct buf *payload);

    /* Grows with every change of what `record` writes: what an earlier one wrote (layout.h, partial_write.h) is not
     * read then. */
    unsigned payload_version;

    /* Can `record` have written what *r holds? Records of other processes (partial.h) are asked before any sweep sees
     * them, which may then believe its payloads. Reads it to its end; where it is cut or more is left the caller sees
     * it. NULL: `record` is, too. */
    bool (*is_payload)(const struct correlation *c, unsigned pos, struct reader *r);

    /* Can `sweep` find anything in such a group? False is a proof, true a guess: groups of which nothing can come,
     * which is nearly all, need not be put together. Not asked where something is carried. NULL: it can. */
    bool (*may_fire)(const struct correlation *c, const struct outline *o);

    /* One group, from its first hit to its last. */
    void (*sweep)(const struct correlation *c, struct group *g, struct sweep *s);

    /* What the next run needs of the group (carry.h). Called after the sweep, which may have left notes in *k. NULL:
     * all of it, and no finding is ever final. */
    void (*carry)(const struct correlation *c, struct group *g, struct carry *k);
    bool carries_by_time; /* of groups where nothing is open, and without closed windows: `carry` is a time that follows
                             from the horizon alone. It is called without a group then */
    bool has_past;   /* the number and the first time of hits that are not carried matter: group_past */
    bool judges_now; /* findings depend on the greatest time of the run: every run reports them */

    /* May be NULL. For a type that needs a fact about all groups (x-unused-value's min-groups): it is called for
     * every group before the first sweep, and may only add to *sweep_survey(s). */
    void (*survey)(const struct correlation *c, struct group *g, struct sweep *s);
    /* Does the correlation want the survey? It costs a walk over all groups. NULL: it does. */
    bool (*wants_survey)(const struct correlation *c);
};

/* All rows of correlations.def, and the internal type of single-event rules, which no rule can name. */
extern const struct corr_type *const corr_types[];
extern const size_t n_corr_types;
extern const struct corr_type corr_single;

/* NULL if there is none of that name. */
const struct corr_type *corr_find(struct sv name);

/* Index of a parameter in the type's table; asserts that it is there. */
size_t corr_param_index(const struct corr_type *type, const char *name);

/* The argument of that name. */
static inline const struct corr_arg *
corr_arg(const struct correlation *c, const char *name)
{
    return &c->args[corr_param_index(c->type, name)];
}

bool corr_wants_survey(const struct correlation *c);
bool corr_may_fire(const struct correlation *c, const struct outline *o);

/* Does x satisfy every bound? NaN satisfies none. */
bool corr_bounds_hold(const struct correlation *c, double x);

#endif
