/* SPDX-License-Identifier: Apache-2.0 */
/* Literals to be searched for together, as gram.c and teddy.c see them. */
#ifndef AUTHSIFT_MATCH_LITERALS_H
#define AUTHSIFT_MATCH_LITERALS_H

#include <stdbool.h>

#include "base/sv.h"
#include "ir/program.h"

enum gram_anchor { GRAM_ANYWHERE, GRAM_START, GRAM_END };

/* A literal and what it is for. */
struct gram_literal {
    struct sv text;  /* lower-case unless cased; lives as long as the table */
    bool cased;
    enum gram_anchor anchor;
    pred_id pred;    /* in search of this predicate */
    bool decides;    /* finding it makes the predicate true; else the predicate has to be evaluated */
};

/* An occurrence was found. */
typedef void gram_found_fn(void *ctx, const struct gram_literal *lit);

#endif
