/* SPDX-License-Identifier: Apache-2.0 */
/* The neck of the hourglass: what rules become. lang/ builds it, match/ and agg/ run it, dump.c prints it, run/ and
 * cli/ carry it about. Nobody else needs its insides.
 *
 * Built by one thread, then frozen: from program_freeze on everything here is const and shared by all threads.
 * All memory is in the program's arena and lives as long as the program.
 */
#ifndef AUTHSIFT_IR_PROGRAM_H
#define AUTHSIFT_IR_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"
#include "event/fields.h"
#include "event/source.h"
#include "ir/regex.h"

typedef uint32_t pred_id;

enum op {
#define OP(id, name, help) OP_##id,
#include "ir/ops.def"
#undef OP
    OP_COUNT_
};

enum compare { CMP_EQ, CMP_LT, CMP_LTE, CMP_GT, CMP_GTE, CMP_NEQ };

enum date_part { PART_NONE, PART_MINUTE, PART_HOUR, PART_DAY, PART_WEEK, PART_MONTH, PART_YEAR };

/* One token of a wildcard pattern. */
enum glob_kind {
    GLOB_TEXT, /* these bytes */
    GLOB_ANY,  /* `*`: any run of characters, maybe empty */
    GLOB_ONE,  /* `?`: exactly one character (code point) */
    GLOB_DASH, /* windash: one of - / U+2013 U+2014 U+2015 */
};
struct glob_token {
    enum glob_kind kind;
    struct sv text;
};

/* A question about one field. Identical questions of all rules are one predicate. A list in the event satisfies it if
 * any member does. A missing field satisfies only NULL (and none of the others). */
struct pred {
    enum op op;
    field_id field;       /* FIELD_ANY: a keyword, over every scalar of the event */
    bool cased;           /* string ops: bytes as they are; else ASCII folded, `text` is lower-cased already.
                             A literal with non-ASCII text that is not cased is compiled to REGEX by lang/. */
    struct sv text;       /* EQ CONTAINS STARTS ENDS */
    struct glob_token *glob;
    size_t n_glob;        /* GLOB */
    const struct regex *regex;
    uint8_t address[16];  /* CIDR, network order; IPv4 as ::ffff:a.b.c.d */
    uint8_t prefix_bits;  /* CIDR, 0..128 in the 16 bytes above */
    double number;        /* NUMBER */
    enum compare compare; /* NUMBER; FIELDREF uses match instead */
    enum date_part part;  /* NUMBER: of this part of the date instead of the number itself */
    bool boolean;         /* BOOLEAN */
    field_id ref;         /* FIELDREF */
    enum op ref_op;       /* FIELDREF: EQ CONTAINS STARTS ENDS */
    struct sv written;    /* as the rule has it, `field|mod: value`, for explain */
};

enum expr_kind { EXPR_FALSE, EXPR_TRUE, EXPR_PRED, EXPR_NOT, EXPR_AND, EXPR_OR };

/* Boolean expression over predicates (rules) or rule positions (temporal conditions: leaf = position). */
struct expr {
    enum expr_kind kind;
    uint32_t leaf;              /* PRED */
    struct expr **kid;
    size_t n_kids;              /* NOT: 1 */
    struct sv label;            /* the search identifier it came from, or empty; for explain */
};

enum level { LEVEL_INFORMATIONAL, LEVEL_LOW, LEVEL_MEDIUM, LEVEL_HIGH, LEVEL_CRITICAL };
extern const char *const level_names[5];

/* What `x-authsift` and the standard keys say about a rule, for reports. */
struct rule_meta {
    struct sv id;          /* rule_id: the rule's id, else its name, else its title */
    struct sv name;
    struct sv title;
    struct sv author;
    struct sv description;
    enum level level;      /* default medium */
    double risk;           /* 0..100; default by level */
    struct sv family;      /* privilege password affiliate session chain hygiene, or what the rule says */
    struct sv report;      /* a family report to appear in, e.g. "password_apps"; empty = by family */
    struct span report_at; /* its place: cli/ checks the name */
    struct sv entity_type; /* app account session ip device, or what the rule says; empty: none */
    field_id entity_id;    /* FIELD_NONE: none */
    field_id entity_name;
    struct sv *actions;    /* names from out/actions.def */
    size_t n_actions;
    struct span *actions_at; /* the place of each: cli/ checks the names */
    field_id *evidence;    /* fields whose values finding rows show, in the rule's order */
    size_t n_evidence;
    field_id *carry;       /* correlations: evidence fields that outer correlations see as fields of a finding */
    size_t n_carry;
    int64_t dedup;         /* single-event rules: span of a finding, default 1 day */
    bool keep_missing_group;
    bool audit;            /* mode: audit: counted, not acted on */
    bool booster;          /* mode: booster: raises the risk of other findings, says nothing alone */
    struct span at;        /* the title, or the document */
};

/* Who takes the hits of a rule (or the findings of a correlation): correlation `corr`, in whose `rules` it has
 * position `pos`. */
struct use {
    uint32_t corr;
    uint32_t pos;
};

/* A compiled detection rule. */
struct rule {
    struct rule_meta meta;
    struct logsource logsource;
    struct expr *condition; /* filters are part of it */
    struct use *uses;       /* every rule that is reported on its own has one use by an internal `single` correlation */
    size_t n_uses;
};

struct bound {
    enum compare compare;
    double value;
};

/* An argument of a correlation type, by index of its parameter table (agg/corr.h). lang/ fills it. */
struct corr_arg {
    bool given;
    struct sv written;      /* as the rule has it, `learning.hits: 10`, for program_dump; empty: not shown */
    struct span at;
    double number;          /* NUMBER, COUNT; PERCENT */
    int64_t duration;       /* DURATION, microseconds */
    struct sv word;         /* WORD: one of the parameter's words */
    struct sv *values;      /* VALUES: %list% filled in */
    size_t n_values;
    struct sv *field_names; /* FIELD, FIELDS: as written */
    size_t n_fields;
    field_id *fields;       /* FIELD, FIELDS: [pos * n_fields + k], aliases resolved for each listed rule */
    uint32_t pos;           /* RULE: position in the correlation's `rules` */
    struct sv *weight_keys; /* WEIGHTS */
    double *weights;
    size_t n_weights;
};

struct corr_type;           /* agg/corr.h */

/* What a correlation listens to: rules[index], or corrs[index] when it is chained. */
struct corr_input {
    bool is_corr;
    uint32_t index;
    struct sv name;         /* as written in `rules` */
};

/* A compiled correlation. */
struct correlation {
    struct rule_meta meta;
    const struct corr_type *type;
    const char *type_name;  /* type->name, for program_dump, which cannot see agg/ */
    struct corr_input *inputs;
    size_t n_inputs;
    struct sv *group_names; /* names shown: the field, or the alias */
    field_id *group_fields; /* [pos * n_group + k] */
    size_t n_group;
    int64_t timespan;       /* microseconds */
    struct bound bounds[2]; /* numeric condition, AND-ed */
    size_t n_bounds;
    struct expr *expr;      /* temporal boolean condition over input positions, or NULL */
    bool closed;            /* judged by closed windows (sigma-profile.md 13), else trailing */
    struct sv threshold;    /* the condition as text, for reports: "gte 5", "gt 1 lte 9", "a and not b" */
    struct corr_arg *args;  /* one per parameter of the type */
    size_t n_args;          /* how many, for program_dump */
    const void *config;     /* made by type->prepare from args */
    field_id *facts;        /* fields whose first text every record carries: FACT_* first, then meta.evidence */
    size_t n_facts;
    struct use *uses;       /* outer correlations that list this one */
    size_t n_uses;
    unsigned level;         /* 0: only rules below it; n: 1 + the highest of its inputs */
    bool reported;          /* makes findings of its own (else it only feeds outer ones) */
    bool single;            /* the internal correlation of a single-event rule: `rule_summary` shows the rule instead */
};

/* Positions in correlation.facts of what every finding row needs. */
enum fact {
    FACT_ACCOUNT,     /* actor.user.uid */
    FACT_APP,         /* oauth.app_uid */
    FACT_APP_NAME,    /* oauth.app_name */
    FACT_SESSION,     /* actor.session.uid */
    FACT_IP,          /* src_endpoint.ip */
    FACT_COUNTRY,     /* src_endpoint.location.country */
    FACT_ENTITY,      /* meta.entity_id */
    FACT_ENTITY_NAME, /* meta.entity_name */
    FACT_EVIDENCE,    /* the first of meta.evidence */
};

/* A field, and where a document names it first. */
struct named_field {
    field_id field;
    struct span at;
};

/* The fields that one document (a rule, filter or correlation) names: for `fields`, and for warnings about fields that
 * nothing provides. A field that is only implied, as by `entity: app`, is not among them. */
struct named_fields {
    const char *kind;           /* "rule" ... */
    struct sv title;
    struct logsource logsource; /* of a correlation: its first rule's */
    bool chained;               /* a correlation that listens to another: some of its fields may be that one's */
    struct named_field *v;
    size_t n;
};

/* A rule file that `--skip-bad-rules` left out. */
struct skipped_rule {
    struct sv file;
    struct sv id;     /* as rule_id: the id, else the name, else the title */
    struct sv title;
    struct sv reason; /* the first error */
};

/* An entry of a list that has run out, and so is not among the values of the rules. */
struct expired_entry {
    struct sv file;
    size_t line;
    struct sv value;
    struct sv last_day; /* YYYY-MM-DD */
    struct sv reason;   /* may be empty */
};

struct program {
    struct arena arena;
    struct fields *fields; /* borrowed */
    VEC(struct pred) preds;
    VEC(struct rule) rules;
    VEC(struct correlation) corrs; /* in order of level */
    VEC(struct skipped_rule) skipped;
    VEC(struct expired_entry) expired;
    VEC(struct named_fields) named;
    field_id uid;          /* `uid`, always registered: duplicates are found by it */
    char digest[33];       /* of all rule texts and lists, hex */
    bool frozen;
    struct program_own *own; /* private to program.c: the index of predicates, and the regexes to free */
};

struct program *program_new(struct fields *fields);
void program_free(struct program *p);

/* The id of an equal predicate that is there already, or of this one, which is copied (shallow: its strings must be
 * in the program's arena). Takes pred->regex either way: it is freed with the program. Several predicates may share
 * one. */
pred_id program_pred(struct program *p, const struct pred *pred);

/* Constructors; AND and OR of one are that one, constants are folded, nested ANDs and ORs are flattened unless
 * labelled. */
struct expr *expr_const(struct program *p, bool value);
struct expr *expr_leaf(struct program *p, uint32_t leaf);
struct expr *expr_not(struct program *p, struct expr *e);
struct expr *expr_join(struct program *p, enum expr_kind kind, struct expr *const *kid, size_t n);

/* Ends building: fills uses and levels' order, and forbids changes. */
void program_freeze(struct program *p);

/* Prints rules and correlations readably (`explain`): predicates, boolean tree, logsource, level, windows. Stable
 * text: golden files hold it. `only` selects one rule or correlation by rule_id; empty prints all. */
void program_dump(const struct program *p, struct sv only, FILE *to);

/* Prints one predicate (`action equals "app.authorize"`), and a text in quotes with what is not printable as \xNN;
 * both on one line, without its end. */
void program_print_pred(const struct program *p, pred_id id, FILE *to);
void program_print_text(struct sv text, FILE *to);

const char *op_name(enum op op);
const char *compare_name(enum compare c); /* "gte" */
const char *date_part_name(enum date_part p);

#endif
