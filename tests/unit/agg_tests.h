/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/agg, and a small world for them: fields, origins, rules and correlations made by hand, events
 * from text. */
#ifndef AUTHSIFT_TESTS_AGG_H
#define AUTHSIFT_TESTS_AGG_H

#include <check.h>
#include <stdint.h>

#include "agg/agg.h"
#include "agg/corr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "event/event.h"

#include "base_tests.h"

TCase *agg_record_tests(void);
TCase *agg_sort_tests(void);
TCase *agg_store_tests(void);
TCase *agg_segment_tests(void);
TCase *agg_chapter_tests(void);
TCase *agg_shelf_tests(void);
TCase *agg_merge_tests(void);
TCase *agg_group_tests(void);
TCase *agg_giant_tests(void);
TCase *agg_finish_tests(void);
TCase *agg_chain_tests(void);
TCase *agg_inventory_tests(void);
TCase *agg_inv_nights_tests(void);

#define MAX_LOCALS 4

struct world {
    struct fields *fields;
    struct program *program;
    struct origins origins; /* files "a", "b", "c" of source "s"; index 0 is "c", so that index is not rank */
    struct agg_plan plan;
    struct agg_local *local[MAX_LOCALS];
    size_t n_locals;
    struct event event;
    struct arena scratch;
    struct results results;
    struct diags *diags;
};

void world_init(struct world *w);
void world_fini(struct world *w);

/* Before world_start: stores spill whenever they hold so many records, and groups of more are swept from disk. */
void world_spill(struct world *w, uint64_t records);

/* A rule of that id; a second world_single makes it reported on its own, with `entity` ("" for none). */
uint32_t world_rule(struct world *w, const char *id);
struct correlation *world_single(struct world *w, uint32_t rule, const char *entity);

/* A correlation of that id over the rules (and correlations: "@id") named in `inputs`, grouped by the fields named in
 * `group`, both separated by blanks. The pointer is good until the next is added. */
struct correlation *world_corr(struct world *w, const char *id, const struct corr_type *type, const char *inputs,
                               const char *group);
/* Fields shown as evidence, separated by blanks. After the last field is known, before world_start. */
void world_evidence(struct world *w, struct correlation *c, const char *fields);

/* Freezes the program and makes the locals. */
void world_start(struct world *w, size_t n_locals);

/* An event "name=value name=a,b,c": a comma makes a list; `file` is an index of origins. It is taken by local `l` and
 * by the rules. */
void world_event(struct world *w, size_t l, int64_t time, uint32_t file, uint64_t line, const char *values,
                 const char *rules);

/* Finishes the run and renders everything that is in the results as text, which lives as long as the world. */
struct sv world_finish(struct world *w, unsigned n_threads);

/* Collects the inventories alone, beside the findings that are in the results, and renders them. */
struct sv world_inventories(struct world *w, unsigned n_threads);

/* One finding per group of `timespan`-free hits: first_seen, fired_at of the first and last hit, value = peak =
 * events; every hit is added; silent if bounds do not hold. Its record keeps the text of the field `v`. Evidence: the
 * payloads in order. */
extern const struct corr_type fake_group;
/* One finding per hit; facts are those of the hit. */
extern const struct corr_type fake_each;

#endif
