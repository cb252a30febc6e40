/* SPDX-License-Identifier: Apache-2.0 */
/* Build, then freeze: after plan_new everything that the workers share is const. */
#include "run/run.h"

#include "base/mem.h"
#include "input/simd.h"

/* A set of vector instructions that is forced upon the parser is meant for all: what is not the best is none here. */
static struct matcher *
matcher_for(const struct program *program, const struct source_def *source, const struct simd *forced)
{
    bool *enabled = mem_zalloc(program->rules.n + 1, sizeof *enabled);
    for (size_t i = 0; i < program->rules.n; i++)
        enabled[i] = logsource_fits(&program->rules.v[i].logsource, &source->logsource);
    struct matcher *m = matcher_new(program, enabled, forced == NULL || forced == simd_best());
    mem_free(enabled);
    return m;
}

struct plan *
plan_new(const struct run_options *o, const struct program *program, const struct source_defs *sources,
         struct fields *fields, struct diags *d)
{
    struct plan *p = mem_zalloc(1, sizeof *p);
    p->options = o;
    p->program = program;
    p->sources = sources;
    p->fields = fields;
    p->agg = (struct agg_plan){
        .program = program,
        .blast_radius = o->blast_radius,
        .want_hits = o->want_hits,
        .want_inventory = o->want_inventory,
        .keep_boosters = o->keep_boosters,
    };
    if (o->want_inventory)
        agg_plan_fields(&p->agg, fields);
    projections_plan_fields(sources, fields);
    enrich_plan_fields(&o->enrich, fields);

    const size_t errors = diags_errors(d);
    p->enrichment = enrichment_new(&o->enrich, fields, d);
    if (diags_errors(d) != errors) {
        plan_free(p);
        return NULL;
    }
    p->projections = projections_new(sources, o->forced_source, fields, &o->limits);
    projections_fall_back(p->projections, o->fallback_source);
    p->matchers = mem_zalloc(sources->n + 1, sizeof(struct matcher *));
    for (size_t i = 0; i < sources->n; i++)
        p->matchers[i] = matcher_for(program, &sources->v[i], o->limits.simd);
    return p;
}

void
plan_free(struct plan *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; p->matchers != NULL && i < p->sources->n; i++)
        matcher_free(p->matchers[i]);
    mem_free(p->matchers);
    projections_free(p->projections);
    enrichment_free(p->enrichment);
    agg_plan_fini(&p->agg);
    mem_free(p);
}
