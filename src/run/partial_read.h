/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results that are to be put together: opened, held against each other and against the rules, and checked
 * before any of their records is read for good. Every problem is reported with the name of its partial. */
#ifndef AUTHSIFT_RUN_PARTIAL_READ_H
#define AUTHSIFT_RUN_PARTIAL_READ_H

#include "agg/agg.h"
#include "base/diag.h"
#include "base/err.h"
#include "run/partial_manifest.h"

struct partial {
    const char *folder; /* as given; borrowed */
    struct buf bytes;   /* of the manifest */
    struct manifest m;
    char digest[33];    /* of the manifest */
    uint32_t file_base; /* number of input files of the partials before this one */
};

/* In order of digest: neither the order nor the names in which they were given matter. */
struct partials {
    struct arena arena;
    VEC(struct partial) v;
    enum partial_stage stage; /* of all of them */
    char parents[33];         /* digest over all digests: what a second stage made of them says that it is made of */
};

/* Opens partials that must all be of a stage, and must be able to stand together: no partial and no input file twice,
 * equal settings, of the second stage every part once. ERR_USAGE (what was given is none, or does not go together),
 * ERR_CONFIG (made in other ways), ERR_OUTPUT (damaged). *p must be ended either way. */
enum err partials_open(struct partials *p, const char *const *folder, size_t n, enum partial_stage stage,
                       struct diags *d) MUST_CHECK;
void partials_fini(struct partials *p);

/* What all of them were made with. */
struct sv partials_setting(const struct partials *p, const char *name);

/* Were they made by this program, with these rules? ERR_CONFIG; says which rule differs if it can. */
enum err partials_fit(const struct partials *p, const struct program *program, struct diags *d) MUST_CHECK;

/* Sums over all of them. */
struct health_totals partials_totals(const struct partials *p);

/* The input files of all of them, unranked; their texts borrow from the manifests. */
void partials_origins(const struct partials *p, struct origins *o);

/* Checks the record files of the wanted partitions, `n_threads` at a time: that they are there, and whole. What they
 * say is checked by whoever reads the records. n_slots: segments in each. ERR_OUTPUT. */
enum err partials_verify(const struct partials *p, size_t n_slots, const bool wanted[], unsigned n_threads,
                         struct diags *d) MUST_CHECK;

/* The files `rejects` (and `findings`, of the second stage) as rows in r; health as well. Copied; health and rejects
 * are sorted. ERR_OUTPUT. */
enum err partials_rows(const struct partials *p, struct results *r, struct diags *d) MUST_CHECK;

/* DIR/NN.seg of a partial, from the arena. */
const char *partial_path(const struct partial *p, unsigned partition, struct arena *a);

#endif
