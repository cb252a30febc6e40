/* SPDX-License-Identifier: Apache-2.0 */
/* Derived fields. An enricher supplies fields that no log holds (oauth.weight, url.publisher, name.skeleton ...), on
 * first use, and only if a rule, query or report names them. If the log has a field of that name, the log wins.
 *
 * Build: enrich_plan_fields after the rules compiled (it registers the inputs of the derived fields in use, until
 * nothing is new), then enrichment_new; from then on immutable and shared by all workers. */
#ifndef AUTHSIFT_ENRICH_ENRICH_H
#define AUTHSIFT_ENRICH_ENRICH_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "event/event.h"
#include "event/fields.h"

/* Where the data of enrichers comes from; borrowed. */
struct enrich_options {
    const char *datadir;      /* the catalogues */
    const char *const *geoip; /* MMDB files that say where an address is, the first that knows it counts */
    size_t n_geoip;
    int64_t now; /* entries of lists that ended before do not count */
};

/* A field that an enricher supplies. */
struct derived_field {
    const char *name;
    const char *type; /* "string", "list of strings", "number", "boolean" */
    const char *cost; /* "free", "cheap", "costly" */
    const char *help;
};

/* A row of enrichers.def. */
struct enricher {
    const char *name;
    const char *help;
    const struct derived_field *fields; /* what it supplies */
    size_t n_fields;
    const char *const *inputs; /* fields it reads (canonical or derived), NULL-terminated */
    /* Does this run have what the enricher lives on? NULL: every run has. Without, its fields are those of the log. */
    bool (*is_available)(const struct enrich_options *o);
    /* Loads its data files and remembers field ids. Returns new context, owned by the enrichment; NULL with messages
     * in d on failure. */
    void *(*open)(const struct fields *fields, const struct enrich_options *o, struct diags *d);
    void (*close)(void *ctx);
    /* Sets ev->v[field] of one of its fields; index is its position in `fields`. */
    void (*derive)(const void *ctx, struct event *ev, field_id field, size_t index);
};

extern const struct enricher *const enrichers[];
extern const size_t n_enrichers;

/* Registers the inputs of every derived field that is registered. */
void enrich_plan_fields(const struct enrich_options *o, struct fields *fields);

struct enrichment;

/* Opens the enrichers in use, with the same options. NULL with messages on failure. */
struct enrichment *enrichment_new(const struct enrich_options *o, const struct fields *fields, struct diags *d);
void enrichment_free(struct enrichment *e);

/* For event_init: one entry per field. NULL if no enricher is in use. */
const struct derive *enrichment_derive(const struct enrichment *e);

#endif
