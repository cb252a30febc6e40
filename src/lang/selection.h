/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: search identifiers and the condition over them, shared by rules and filters. */
#ifndef AUTHSIFT_LANG_SELECTION_H
#define AUTHSIFT_LANG_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "lang/unit.h"

struct selection {
    struct sv name;
    struct span at;
    struct expr *expr; /* NULL: it has errors */
    bool used;         /* named by the condition, itself or by a pattern */
};

/* The search identifiers of one document. Its memory is its own. */
struct selections {
    struct selection *v;
    size_t n;
    size_t cap;
    struct map by_name;
};

void selections_init(struct selections *s);
void selections_fini(struct selections *s);

/* The value of one identifier as an expression; NULL after errors. */
struct expr *selection_compile(struct loader *l, const struct unit *u, const struct ynode *value);

/* Compiles one identifier's value and adds it. `where` is "rule" or "filter", for messages. */
void selections_add(struct selections *s, struct loader *l, const struct unit *u, const char *where,
                    const struct ynode *key, const struct ynode *value);

/* Warns of those that no condition named. */
void selections_warn_unused(const struct selections *s, struct loader *l);

/* condition.c: a string or a list of them (OR-ed) as an expression over the selections, which are marked as used.
 * NULL after errors. */
struct expr *condition_compile(struct selections *s, struct loader *l, const struct ynode *node);

/* Says that the document's section `section` has no condition. */
void selection_no_condition(struct loader *l, const struct unit *u, const char *section);

#endif
