/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a run: an arena for their texts and a growing array for each kind. */
#include "out/results.h"

void
results_init(struct results *r)
{
    *r = (struct results){ .arena = ARENA_INIT };
}

void
results_fini(struct results *r)
{
    vec_fini(&r->findings);
    vec_fini(&r->rules);
    vec_fini(&r->health);
    vec_fini(&r->rejects);
    vec_fini(&r->hits);
    vec_fini(&r->apps);
    vec_fini(&r->sessions);
    vec_fini(&r->facts);
    arena_fini(&r->arena);
}
