/* SPDX-License-Identifier: Apache-2.0 */
/* What run.json says of a run, in the order in which it is added. */
#ifndef AUTHSIFT_RUN_FACTS_H
#define AUTHSIFT_RUN_FACTS_H

#include "out/results.h"
#include "run/run.h"

/* Everything is copied. */
void facts_text(struct results *r, const char *name, struct sv text);
void facts_number(struct results *r, const char *name, double x);
void facts_time(struct results *r, const char *name, int64_t us);

/* An input file: its name, and the digest of its bytes. */
struct fact_input {
    struct sv name;
    struct sv digest;
};

/* The digests of rules and inputs (one over all names and contents, in the order of names, which is made here), and the
 * rules that were left out. */
void facts_digests(struct results *r, const struct program *program, struct fact_input *input, size_t n);

/* counts.*; the findings are in r. */
void facts_counts(struct results *r, const struct program *program, const struct health_totals *t);

#endif
