/* SPDX-License-Identifier: Apache-2.0 */
/* The subjects of a family report: its findings, gathered by what they are about (an app; an account and its
 * session). */
#ifndef AUTHSIFT_OUT_SUBJECT_H
#define AUTHSIFT_OUT_SUBJECT_H

#include "base/map.h"
#include "base/vec.h"
#include "out/results.h"

struct subject {
    struct sv app;       /* by app: its id; may be empty */
    struct sv account;   /* by session */
    struct sv session;
    struct sv app_name;  /* of the first finding that knows one */
    VEC(const struct finding *) findings; /* in the order of findings.csv */
    struct map rules;    /* their titles, distinct */
    struct map accounts; /* distinct accounts among targets (and account_id) */
    int level;           /* the highest */
    double risk;         /* joined */
    int64_t first_seen;
    int64_t last_seen;
    unsigned actions;    /* bits */
};

enum subject_kind { SUBJECT_APP, SUBJECT_SESSION };

struct subjects {
    struct subject *v; /* in byte order of their keys */
    size_t n;
};

/* Gathers the findings of a report: those that name it, and those of its family that name none. Audited findings are
 * left out: nothing follows from them. A finding about several apps (or sessions) belongs to each. Texts are
 * borrowed. */
void subjects_gather(struct subjects *s, const struct results *r, struct sv report, struct sv family,
                     enum subject_kind kind);
void subjects_fini(struct subjects *s);

/* What the findings say under any of the names (NULL-terminated), in evidence or group-by: the distinct members of
 * the lists there ("a, b +7"), in order of appearance. Adds to `texts`; returns true if some finding says there are
 * more. */
bool subject_says(const struct subject *s, const char *const *names, struct map *texts);

#endif
