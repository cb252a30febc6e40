/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/enrich.h"

#include "base/mem.h"
#include "base/vec.h"

#define ENRICHER(id) extern const struct enricher enricher_##id;
#include "enrich/enrichers.def"
#undef ENRICHER

const struct enricher *const enrichers[] = {
#define ENRICHER(id) &enricher_##id,
#include "enrich/enrichers.def"
#undef ENRICHER
};
const size_t n_enrichers = sizeof enrichers / sizeof enrichers[0];

/* How a derived field reaches its enricher: the context of its struct derive. */
struct binding {
    const struct enricher *enricher;
    const void *ctx;
    size_t index;
};

struct enrichment {
    struct derive *derive;   /* per field */
    struct binding *binding; /* per field; those of derived fields are in use */
    void **ctx;              /* per enricher; NULL: not in use */
    bool any;
};

static bool
is_used(const struct enricher *e, const struct enrich_options *o, const struct fields *fields)
{
    if (e->is_available != NULL && !e->is_available(o))
        return false;
    for (size_t i = 0; i < e->n_fields; i++)
        if (fields_find(fields, sv_of(e->fields[i].name)) != FIELD_NONE)
            return true;
    return false;
}

/* Inputs may be derived themselves, so this goes on until nothing is new. */
static void
mark_derived(const struct enrich_options *o, struct fields *fields)
{
    for (size_t i = 0; i < n_enrichers; i++) {
        if (!is_used(enrichers[i], o, fields))
            continue;
        for (size_t k = 0; k < enrichers[i]->n_fields; k++) {
            const field_id f = fields_find(fields, sv_of(enrichers[i]->fields[k].name));
            if (f != FIELD_NONE)
                fields_mark_derived(fields, f);
        }
    }
}

void
enrich_plan_fields(const struct enrich_options *o, struct fields *fields)
{
    size_t before;
    do {
        before = fields_count(fields);
        for (size_t i = 0; i < n_enrichers; i++) {
            if (!is_used(enrichers[i], o, fields))
                continue;
            for (const char *const *in = enrichers[i]->inputs; *in != NULL; in++)
                fields_add(fields, sv_of(*in));
        }
    } while (fields_count(fields) != before);
    mark_derived(o, fields);
}

static void
derive_field(const void *ctx, struct event *ev, field_id field)
{
    const struct binding *b = ctx;
    b->enricher->derive(b->ctx, ev, field, b->index);
}

static void
bind_fields(struct enrichment *e, const struct fields *fields, size_t which)
{
    const struct enricher *enricher = enrichers[which];
    for (size_t i = 0; i < enricher->n_fields; i++) {
        const field_id id = fields_find(fields, sv_of(enricher->fields[i].name));
        if (id == FIELD_NONE)
            continue;
        e->binding[id] = (struct binding){ enricher, e->ctx[which], i };
        e->derive[id] = (struct derive){ derive_field, &e->binding[id] };
        e->any = true;
    }
}

struct enrichment *
enrichment_new(const struct enrich_options *o, const struct fields *fields, struct diags *d)
{
    struct enrichment *e = mem_zalloc(1, sizeof *e);
    bool failed = false;

    e->derive = mem_zalloc(fields_count(fields), sizeof *e->derive);
    e->binding = mem_zalloc(fields_count(fields), sizeof *e->binding);
    e->ctx = mem_zalloc(n_enrichers, sizeof(void *));
    for (size_t i = 0; i < n_enrichers; i++) {
        if (!is_used(enrichers[i], o, fields))
            continue;
        e->ctx[i] = enrichers[i]->open(fields, o, d);
        if (e->ctx[i] == NULL)
            failed = true;
        else
            bind_fields(e, fields, i);
    }
    if (failed) {
        enrichment_free(e);
        return NULL;
    }
    return e;
}

void
enrichment_free(struct enrichment *e)
{
    if (e == NULL)
        return;
    for (size_t i = 0; i < n_enrichers; i++)
        if (e->ctx[i] != NULL)
            enrichers[i]->close(e->ctx[i]);
    mem_free(e->ctx);
    mem_free(e->binding);
    mem_free(e->derive);
    mem_free(e);
}

const struct derive *
enrichment_derive(const struct enrichment *e)
{
    return e->any ? e->derive : NULL;
}
