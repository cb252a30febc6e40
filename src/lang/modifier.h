/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: one line of a selection, `field|modifier|...: value or list`, on its way to predicates.
 *
 * Each value of the list becomes an operand; each modifier, in the order written, turns an operand into one or more.
 * Operands that came from one value share its `group`: base64offset's three variants are alternatives even where
 * `all` asks for every value. At the end predicate.c makes a predicate of each operand.
 *
 * A new modifier = one file mod_*.c + one row of modifiers.def. Nothing here lists them.
 */
#ifndef AUTHSIFT_LANG_MODIFIER_H
#define AUTHSIFT_LANG_MODIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "ir/program.h"
#include "lang/pattern.h"
#include "lang/unit.h"

enum operand_kind {
    OPERAND_STRING,  /* pattern */
    OPERAND_NUMBER,  /* number */
    OPERAND_BOOLEAN, /* boolean */
    OPERAND_NULL,
    OPERAND_REGEX,   /* text, flags      made by re */
    OPERAND_NETWORK, /* address, bits    made by cidr */
    OPERAND_FIELD,   /* text, ref_op     made by fieldref */
    OPERAND_EXISTS,  /* boolean          made by exists */
};

#define TAKES(kind) (1u << OPERAND_##kind)

struct operand {
    enum operand_kind kind;
    uint32_t group;
    const struct ynode *node; /* the scalar it came from */
    struct sv written;        /* for explain */
    bool raw;                 /* STRING: the pattern is still the scalar's text, parsed */
    union {                   /* by kind; there may be 200,000 of these */
        struct pattern pattern;
        struct {
            struct sv text;
            unsigned flags; /* REGEX: enum regex_flags */
            enum op ref_op; /* FIELD */
        };
        double number;
        bool boolean;
        struct {
            uint8_t address[16];
            uint8_t bits;
        };
    };
};

struct operands {
    struct operand *v;
    size_t n;
    size_t cap;
};

/* Where a modifier may stand (sigma-profile.md 15, "Modifier order"). */
enum modifier_place {
    PLACE_ANYWHERE, /* says something of the whole item: all, neq, cased */
    PLACE_FIRST,    /* gives the value another type */
    PLACE_ALONE,
    PLACE_ENCODE,    /* text -> bytes: before base64*, and must be followed by one */
    PLACE_TRANSFORM, /* value -> values, before the match type */
    PLACE_MATCH,     /* contains, startswith, endswith */
    PLACE_COMPARE,   /* gt ...: first, or after a date part */
    PLACE_OPTION,    /* of re: after it */
};

struct item;

struct modifier {
    const char *alias; /* another spelling, or NULL */
    const char *help;  /* one line */
    enum modifier_place place;
    unsigned takes;   /* kinds of operands; 0: any */
    bool makes_bytes; /* PLACE_TRANSFORM: an encoding that satisfies PLACE_ENCODE (base64*) */

    /* What it says of the item as a whole. May be NULL. */
    void (*mark)(struct item *it);

    /* Pushes what becomes of `o` (a copy that it may change) to `out`. False after an error. NULL: operands stay. */
    bool (*apply)(struct item *it, struct operand *o, struct operands *out);
};

struct modifier_use {
    const struct modifier *modifier;
    struct sv name; /* as written */
    struct span at;
};

#define MAX_MODIFIERS 16
/* Operands of one item: lists and variants multiply. */
#define MAX_OPERANDS 200000

struct item {
    struct loader *l;
    const struct unit *unit;
    const struct ynode *key; /* NULL: keywords without modifiers */
    struct sv field;         /* empty: keywords */
    struct modifier_use use[MAX_MODIFIERS];
    size_t n_uses;
    const struct modifier_use *current; /* the modifier being applied, for its messages */
    struct operands operands;    /* of the values at hand: a long list is taken in pieces */
    size_t n_done;               /* operands of earlier pieces */
    VEC(struct expr *) joined;   /* what became of each value */
    uint32_t n_groups;

    bool all;
    bool neq;
    bool cased;
    bool compares; /* gt gte lt lte */
    enum compare compare;
    enum date_part part;
};

/* modifiers.c */

/* Reads field and modifiers out of a key. False after errors. */
bool modifiers_read(struct item *it);
/* Applies them, left to right. False after errors. */
bool modifiers_apply(struct item *it);
/* The operand's literal text; an error about wildcards if it has some, about dashes if they were not unfolded. */
bool modifier_literal(struct item *it, const struct operand *o, struct sv *text);
/* windash leaves character classes; an encoding needs each variant: pushes the operand once for each combination, as
 * plain text. */
bool modifier_unfold_dashes(struct item *it, const struct operand *o, struct operands *out);
/* A regular row: the operand, changed, is pushed. */
bool modifier_keep(struct operands *out, const struct operand *o);

/* predicate.c: the operand as a predicate. False after an error. */
bool predicate_make(struct item *it, const struct operand *o, pred_id *id);

/* predicate.c: has the file that is being compiled more of them than it may have? Then each one more is an error. */
bool predicates_are_many(const struct loader *l);

/* regex_lint.c: warnings about what is legal but slow or not portable. */
void regex_lint(struct loader *l, const struct ynode *node, struct sv pattern);

/* item.c: `key: value` of a selection (key == NULL: keywords) as an expression; NULL after errors. */
struct expr *item_compile(struct loader *l, const struct unit *u, const struct ynode *key, const struct ynode *value);

/* item.c: reports and returns false for a field name in the reserved bracket syntax of Sigma 3. */
bool item_check_field(struct loader *l, struct sv field, struct span at);

#endif
