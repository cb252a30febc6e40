/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/provided.h"

#include "base/buf.h"
#include "base/map.h"
#include "cli/near.h"
#include "enrich/enrich.h"

/* Warnings of one run; more than this only a hostile file has. */
#define WARNINGS_MAX 1000

struct known {
    const struct setup *s;
    struct map common; /* canonical and derived names */
    struct map name;   /* and those of the source definitions that fit the document at hand */
    struct map spoken; /* logsources of the rules that are about logs that we know */
    struct buf key;    /* scratch */
    size_t n_warned;
};

static void
add_common(struct map *m)
{
#define CANONICAL(path, type, help) map_put(m, SV(path), 0, NULL);
#include "event/canonical.def"
#undef CANONICAL
    for (size_t i = 0; i < n_enrichers; i++)
        for (size_t k = 0; k < enrichers[i]->n_fields; k++)
            map_put(m, sv_of(enrichers[i]->fields[k].name), 0, NULL);
}

/* Its own names, and those of its log, which rules see as well. */
static void
add_source(struct map *m, const struct source_def *def)
{
    for (size_t i = 0; i < def->n_fields; i++) {
        map_put(m, def->fields[i].name, 0, NULL);
        if (def->fields[i].from.n != 0)
            map_put(m, def->fields[i].from, 0, NULL);
    }
    for (size_t i = 0; i < def->n_recognise; i++)
        map_put(m, def->recognise[i], 0, NULL);
    for (size_t i = 0; i < def->n_time; i++)
        map_put(m, def->time[i], 0, NULL);
}

void
provided_names(const struct source_defs *sources, struct map *names)
{
    add_common(names);
    for (size_t i = 0; i < sources->n; i++)
        add_source(names, &sources->v[i]);
}

static void
know_sources(struct known *k, const struct logsource *logsource)
{
    map_reset(&k->name);
    for (size_t i = 0; i < k->common.n; i++)
        map_put(&k->name, k->common.entry[i].key, 0, NULL);
    for (size_t i = 0; i < k->s->sources.n; i++)
        if (logsource_fits(logsource, &k->s->sources.v[i].logsource))
            add_source(&k->name, &k->s->sources.v[i]);
}

/* ---- is the document about a log that we know? ---- */

static bool
shares_key(struct sv a, struct sv b)
{
    return a.n != 0 && sv_eq(a, b);
}

static bool
is_declared(const struct source_defs *defs, const struct logsource *l)
{
    for (size_t i = 0; i < defs->n; i++) {
        const struct logsource *s = &defs->v[i].logsource;
        if (logsource_fits(l, s) && (shares_key(l->category, s->category) || shares_key(l->product, s->product) ||
                                     shares_key(l->service, s->service)))
            return true;
    }
    return l->category.n + l->product.n + l->service.n == 0;
}

/* Names of one segment (`action`, `time`) are those of many logs. */
static bool
names_common(const struct known *k, const struct named_fields *doc)
{
    for (size_t i = 0; i < doc->n; i++) {
        const struct sv name = fields_name(k->s->fields, doc->v[i].field);
        if (sv_find_char(name, '.', 0) < name.n && map_get(&k->common, name) != NULL)
            return true;
    }
    return false;
}

static struct sv
logsource_key(struct known *k, const struct logsource *l)
{
    buf_reset(&k->key);
    buf_printf(&k->key, "%.*s\n%.*s\n%.*s", SV_ARG(l->category), SV_ARG(l->product), SV_ARG(l->service));
    return buf_view(&k->key);
}

static bool
is_known_itself(const struct known *k, const struct named_fields *doc)
{
    return is_declared(&k->s->sources, &doc->logsource) || names_common(k, doc);
}

static void
add_spoken(struct known *k)
{
    for (size_t i = 0; i < k->s->program->named.n; i++) {
        const struct named_fields *doc = &k->s->program->named.v[i];
        if (strcmp(doc->kind, "rule") == 0 && is_known_itself(k, doc))
            map_put(&k->spoken, logsource_key(k, &doc->logsource), 0, NULL);
    }
}

/* A correlation has few fields of its own: what log it is about, its rules tell. */
static bool
is_known(struct known *k, const struct named_fields *doc)
{
    if (is_known_itself(k, doc))
        return true;
    return strcmp(doc->kind, "correlation") == 0 && map_get(&k->spoken, logsource_key(k, &doc->logsource)) != NULL;
}

/* ---- its fields ---- */

/* An object above known fields can be asked for with `exists`. */
static bool
is_provided(const struct known *k, struct sv name)
{
    if (map_get(&k->name, name) != NULL)
        return true;
    for (size_t i = 0; i < k->name.n; i++) {
        const struct sv known = k->name.entry[i].key;
        if (known.n > name.n && known.p[name.n] == '.' && sv_starts(known, name))
            return true;
    }
    return false;
}

static struct sv
known_name(const void *ctx, size_t i)
{
    return ((const struct map *)ctx)->entry[i].key;
}

static void
warn(struct known *k, const struct named_field *f, struct diags *d)
{
    const struct sv name = fields_name(k->s->fields, f->field);
    const struct sv near = near_field(name, k->name.n, known_name, &k->name);
    if (near.n != 0)
        diag_warning(d, f->at, "nothing provides a field '%.*s' (did you mean '%.*s'?)", SV_ARG(name), SV_ARG(near));
    else
        diag_warning(d, f->at,
                     "nothing provides a field '%.*s': it is neither canonical nor derived nor in a source"
                     " definition for this log",
                     SV_ARG(name));
}

static void
check_document(struct known *k, const struct named_fields *doc, struct diags *d)
{
    if (doc->chained || !is_known(k, doc))
        return;
    know_sources(k, &doc->logsource);
    diag_push(d, "reading %s '%.*s'", doc->kind, SV_ARG(doc->title));
    for (size_t i = 0; i < doc->n && k->n_warned < WARNINGS_MAX; i++) {
        if (is_provided(k, fields_name(k->s->fields, doc->v[i].field)))
            continue;
        warn(k, &doc->v[i], d);
        k->n_warned++;
    }
    diag_pop(d);
}

void
provided_warn(const struct setup *s, struct diags *d)
{
    struct known k = { .s = s };
    map_init(&k.common);
    map_init(&k.name);
    map_init(&k.spoken);
    buf_init(&k.key);
    add_common(&k.common);
    add_spoken(&k);
    for (size_t i = 0; i < s->program->named.n && k.n_warned < WARNINGS_MAX; i++)
        check_document(&k, &s->program->named.v[i], d);
    if (k.n_warned == WARNINGS_MAX)
        diag_warning(d, SPAN_NONE, "more than %d fields that nothing provides; the others are not named",
                     WARNINGS_MAX - 1);
    buf_fini(&k.key);
    map_fini(&k.spoken);
    map_fini(&k.name);
    map_fini(&k.common);
}
