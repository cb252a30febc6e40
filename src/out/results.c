/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a run: an arena for their texts and a growing array for each kind. */
#include "out/results.h"

void
results_init(struct results *r)
{
    *r = (struct results){ .arena = ARENA_INIT };
}

struct finding_tally
results_tally(const struct results *r)
{
    struct finding_tally t = { .all = 0 };
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        if (f->suppressed) {
            t.suppressed++;
            continue;
        }
        t.level[f->level < FINDING_LEVELS ? f->level : FINDING_LEVELS - 1]++;
        t.all++;
        t.fresh += sv_eq(f->status, SV("new"));
    }
    return t;
}

void
results_fini(struct results *r)
{
    vec_fini(&r->findings);
    vec_fini(&r->resolved);
    vec_fini(&r->rules);
    vec_fini(&r->health);
    vec_fini(&r->rejects);
    vec_fini(&r->hits);
    vec_fini(&r->apps);
    vec_fini(&r->sessions);
    vec_fini(&r->facts);
    arena_fini(&r->arena);
}
