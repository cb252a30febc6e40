/* SPDX-License-Identifier: Apache-2.0 */
/* From source definitions and registered fields to tries and bindings. */
#include "input/projection.h"

#include "base/mem.h"
#include "input/simd.h"

/* Beyond this the recursive walk could run out of stack. */
#define DEPTH_MAX 1024u
/* Lengths of values are 32-bit numbers. */
#define LINE_MAX_BYTES ((size_t)1 << 30)

static const struct sv default_time = { "time", 4 };

static size_t
time_names(const struct source_def *def, const struct sv **names)
{
    *names = def->n_time != 0 ? def->time : &default_time;
    return def->n_time != 0 ? def->n_time : 1;
}

void
projections_plan_fields(const struct source_defs *defs, struct fields *fields)
{
    for (size_t i = 0; i < defs->n; i++) {
        const struct source_def *def = &defs->v[i];
        const struct sv *names;
        const size_t n = time_names(def, &names);
        for (size_t t = 0; t < n; t++)
            fields_add(fields, names[t]);
        for (size_t r = 0; r < def->n_required; r++)
            fields_add(fields, def->required[r]);
    }
}

static struct map *
value_map(const struct source_field *how)
{
    if (how->n_map == 0)
        return NULL;
    struct map *map = mem_alloc(sizeof *map);
    map_init(map);
    for (size_t i = 0; i < how->n_map; i++)
        map_put(map, how->map_key[i], (uint32_t)i, NULL);
    return map;
}

static bool
is_plain(const struct source_field *how)
{
    return !how->has_constant && how->split == 0 && how->n_map == 0 && !how->map_only;
}

/* Until the trie is frozen, `slot` is the node that ends the path. */
static void
bind(struct projection *pj, field_id field, const struct source_field *how, struct sv path)
{
    const bool constant = how != NULL && how->has_constant;
    vec_push(&pj->bindings, (struct binding){ .field = field,
                                              .slot = constant ? SLOT_NONE : trie_add(pj->trie, path),
                                              .how = how == NULL || is_plain(how) ? NULL : how,
                                              .map = how != NULL ? value_map(how) : NULL });
}

static void
bind_field(struct projection *pj, field_id field, struct sv name)
{
    bool mapped = false;
    for (size_t i = 0; i < pj->def->n_fields; i++) {
        const struct source_field *how = &pj->def->fields[i];
        if (!sv_eq(how->name, name))
            continue;
        bind(pj, field, how, how->from.n != 0 ? how->from : name);
        mapped = true;
    }
    if (!mapped)
        bind(pj, field, NULL, name);
}

/* The binding's field has no other one, and wants the slot as it is. */
static bool
is_direct(const struct projection *pj, size_t i)
{
    const struct binding *b = &pj->bindings.v[i];
    if (b->how != NULL || b->slot == SLOT_NONE || pj->direct[b->slot] != FIELD_NONE)
        return false;
    return (i == 0 || b[-1].field != b->field) && (i + 1 == pj->bindings.n || b[1].field != b->field);
}

/* Most fields are what the log calls so. */
static void
find_direct(struct projection *pj)
{
    const size_t n_slots = pj->trie->n_slots;
    bool *taken = mem_zalloc(pj->bindings.n + 1, sizeof *taken);
    pj->direct = mem_alloc((n_slots + 1) * sizeof *pj->direct);
    for (size_t i = 0; i < n_slots; i++)
        pj->direct[i] = FIELD_NONE;
    for (size_t i = 0; i < pj->bindings.n; i++) {
        taken[i] = is_direct(pj, i);
        if (taken[i])
            pj->direct[pj->bindings.v[i].slot] = pj->bindings.v[i].field;
    }
    size_t n = 0;
    for (size_t i = 0; i < pj->bindings.n; i++)
        if (!taken[i])
            pj->bindings.v[n++] = pj->bindings.v[i];
    pj->bindings.n = n;
    mem_free(taken);
}

static void
bind_all(struct projection *pj, const struct fields *fields)
{
    pj->trie = trie_new(pj->def->fold_case);
    for (field_id f = FIELD_ANY + 1; f < fields_count(fields); f++)
        bind_field(pj, f, fields_name(fields, f));
    trie_freeze(pj->trie);
    for (size_t i = 0; i < pj->bindings.n; i++)
        if (pj->bindings.v[i].slot != SLOT_NONE)
            pj->bindings.v[i].slot = pj->trie->node[pj->bindings.v[i].slot].slot;
    find_direct(pj);
}

static void
add_known(struct field_ids *ids, const struct fields *fields, struct sv name)
{
    const field_id f = fields_find(fields, name);
    if (f != FIELD_NONE)
        vec_push(ids, f);
}

static void
project(struct projection *pj, const struct source_def *def, const struct fields *fields)
{
    pj->def = def;
    bind_all(pj, fields);
    const struct sv *names;
    const size_t n_time = time_names(def, &names);
    for (size_t i = 0; i < n_time; i++)
        add_known(&pj->time, fields, names[i]);
    for (size_t i = 0; i < def->n_required; i++)
        add_known(&pj->required, fields, def->required[i]);
    if (def->n_recognise == 0)
        return;
    pj->recognise = trie_new(def->fold_case);
    for (size_t i = 0; i < def->n_recognise; i++)
        trie_add(pj->recognise, def->recognise[i]);
    trie_freeze(pj->recognise);
}

struct projections *
projections_new(const struct source_defs *defs, const struct source_def *forced, const struct fields *fields,
                const struct input_limits *limits)
{
    struct projections *p = mem_zalloc(1, sizeof *p);
    *p = (struct projections){
        .defs = defs,
        .forced = forced,
        .fields = fields,
        .limits = *limits,
        .wants_any = fields_wants_any(fields),
    };
    p->limits.depth = limits->depth > DEPTH_MAX ? DEPTH_MAX : limits->depth;
    p->limits.line = limits->line > LINE_MAX_BYTES ? LINE_MAX_BYTES : limits->line;
    p->limits.simd = limits->simd != NULL ? limits->simd : simd_best();
    p->limits.block = limits->block == 0 ? 1 : limits->block;
    p->v = mem_zalloc(defs->n + 1, sizeof *p->v);
    for (size_t i = 0; i < defs->n; i++)
        project(&p->v[i], &defs->v[i], fields);
    return p;
}

static void
projection_fini(struct projection *pj)
{
    trie_free(pj->trie);
    trie_free(pj->recognise);
    for (size_t i = 0; i < pj->bindings.n; i++) {
        struct map *map = pj->bindings.v[i].map;
        if (map == NULL)
            continue;
        map_fini(map);
        mem_free(map);
    }
    mem_free(pj->direct);
    vec_fini(&pj->bindings);
    vec_fini(&pj->time);
    vec_fini(&pj->required);
}

void
projections_fall_back(struct projections *p, const struct source_def *def)
{
    p->fallback = def;
}

void
projections_free(struct projections *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->defs->n; i++)
        projection_fini(&p->v[i]);
    mem_free(p->v);
    mem_free(p);
}
