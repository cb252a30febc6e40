/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said only when all documents are read: which correlations feed which, and who is reported.
 *
 *   1. circles   depth first through the reference graph; a circle is one error that names all on it; who refers
 *                to something bad is bad as well
 *   2. select    bad correlations leave the program, references become indices of the program; a rule or
 *                correlation that others list is reported on its own only if one of them says `generate: true`
 *   3. singles   each reported detection rule gets the internal correlation `single`, which makes its findings, so
 *                that everything behind a rule's hit is a correlation
 *   4. facts     what every record carries for the report
 *
 * Levels, their order and the reverse of inputs (`uses`) follow from this; program_freeze fills them in.
 */
#include "lang/corr_unit.h"

#include <assert.h>

#include "lang/doc.h"
#include "lang/show.h"

enum state { NEW, OPEN, DONE };

/* A unit on the way, and which of its inputs is judged next. */
struct visit {
    uint32_t unit;
    size_t next;
};

struct resolver {
    struct loader *l;
    unsigned char *state; /* enum state, by unit */
    VEC(struct visit) path;
};

static struct correlation *
corr_of(struct resolver *r, uint32_t unit)
{
    return &r->l->program->corrs.v[r->l->units.v[unit].index];
}

/* ---- 1. circles ---- */

/* The scalar of that text at or below a node. */
static const struct ynode *
find_scalar(const struct ynode *node, struct sv text)
{
    if (node == NULL)
        return NULL;
    if (node->kind == YAML_SCALAR)
        return sv_eq(node->text, text) ? node : NULL;
    for (size_t i = 0; i < node->n; i++) {
        const struct ynode *found = find_scalar(node->item[i], text);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Where a correlation names one of its inputs. Not kept while reading: it is needed for mistakes only. */
static struct span
reference_span(const struct unit *u, struct sv name)
{
    const struct ynode *corr = yaml_get(u->root, "correlation");
    const struct ynode *node = find_scalar(yaml_get(corr, "rules"), name);
    if (node == NULL)
        node = find_scalar(corr, name);
    if (node == NULL)
        node = yaml_get(corr, "condition");
    return node != NULL ? node->span : u->at;
}

static void
report_bad_input(struct resolver *r, struct unit *u, const struct corr_input *in)
{
    if (!u->bad)
        diag_error(r->l->d, reference_span(u, in->name), "correlation '%.*s' needs '%.*s', which has errors",
                   SHOW(u->title), SHOW(in->name));
    u->bad = true;
}

/* The path from `first` on leads back to its start. */
static void
report_circle(struct resolver *r, size_t first)
{
    struct unit *units = r->l->units.v;
    struct unit *start = &units[r->path.v[first].unit];
    struct buf names = BUF_INIT;

    for (size_t i = first; i < r->path.n; i++) {
        struct unit *u = &units[r->path.v[i].unit];
        buf_printf(&names, "'%.*s' -> ", SHOW(doc_label(u)));
        u->bad = true;
    }
    buf_printf(&names, "'%.*s'", SHOW(doc_label(start)));
    const struct visit *v = &r->path.v[first];
    const struct corr_input *in = &corr_of(r, v->unit)->inputs[v->next];
    diag_error(r->l->d, reference_span(start, in->name), "correlations refer to each other in a circle: %.*s",
               SV_ARG(buf_view(&names)));
    buf_fini(&names);
}

static size_t
path_index(const struct resolver *r, uint32_t unit)
{
    size_t i = r->path.n;
    while (i > 0 && r->path.v[i - 1].unit != unit)
        i--;
    assert(i > 0);
    return i - 1;
}

static void
enter(struct resolver *r, uint32_t unit)
{
    r->state[unit] = OPEN;
    vec_push(&r->path, (struct visit){ unit, 0 });
}

/* Judges the next input of the last unit on the path, or leaves the unit. */
static void
step(struct resolver *r)
{
    struct visit *v = &r->path.v[r->path.n - 1];
    struct unit *u = &r->l->units.v[v->unit];
    const struct correlation *c = corr_of(r, v->unit);

    if (v->next == c->n_inputs) {
        r->state[v->unit] = DONE;
        r->path.n--;
        return;
    }
    const struct corr_input *in = &c->inputs[v->next];
    const struct unit *inner = &r->l->units.v[in->index];
    if (in->is_corr && r->state[in->index] == NEW && !inner->bad) {
        enter(r, in->index); /* this input is looked at again when it is done */
        return;
    }
    if (in->is_corr && r->state[in->index] == OPEN && !inner->bad)
        report_circle(r, path_index(r, in->index));
    else if (inner->bad)
        report_bad_input(r, u, in);
    v->next++;
}

static void
walk_all(struct resolver *r)
{
    for (size_t i = 0; i < r->l->units.n; i++) {
        const struct unit *u = &r->l->units.v[i];
        if (u->kind == UNIT_CORRELATION && !u->bad && r->state[i] == NEW)
            enter(r, (uint32_t)i);
        while (r->path.n != 0)
            step(r);
    }
}

/* ---- 2. select ---- */

static bool
is_reported(const struct unit *u)
{
    return !u->listed || u->wanted;
}

/* Keeps the good correlations; each unit's index follows. */
static void
select_good(struct resolver *r, const bool *compiled)
{
    struct program *p = r->l->program;
    size_t n = 0;

    /* Units were compiled in their order, so a correlation only ever moves towards the front. */
    for (size_t i = 0; i < r->l->units.n; i++) {
        struct unit *u = &r->l->units.v[i];
        if (!compiled[i] || u->bad)
            continue;
        assert(u->index >= n);
        p->corrs.v[n] = p->corrs.v[u->index];
        p->corrs.v[n].reported = is_reported(u);
        u->index = (uint32_t)n++;
    }
    p->corrs.n = n;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
            p->corrs.v[i].inputs[k].index = r->l->units.v[p->corrs.v[i].inputs[k].index].index;
}

/* ---- 3. singles ---- */

static void
add_single(struct loader *l, uint32_t rule)
{
    const struct rule_meta *meta = &l->program->rules.v[rule].meta;
    struct correlation c = {
        .meta = *meta,
        .type = &corr_single,
        .timespan = meta->dedup,
        .closed = true,
        .reported = true,
        .single = true,
        .n_inputs = 1,
    };
    c.meta.keep_missing_group = true; /* a hit without an entity is still a hit */
    c.inputs = ARENA_NEW(l->arena, struct corr_input);
    *c.inputs = (struct corr_input){ .is_corr = false, .index = rule, .name = meta->id };
    if (meta->entity_id != FIELD_NONE) {
        c.n_group = 1;
        c.group_names = ARENA_NEW(l->arena, struct sv);
        *c.group_names = doc_keep(l, fields_name(l->fields, meta->entity_id));
        c.group_fields = ARENA_NEW(l->arena, field_id);
        *c.group_fields = meta->entity_id;
    }
    c.args = ARENA_ARRAY(l->arena, struct corr_arg, corr_single.n_params);
    if (corr_single.prepare != NULL)
        corr_single.prepare(&c, l->fields, l->arena, l->d);
    vec_push(&l->program->corrs, c);
}

static void
add_singles(struct resolver *r)
{
    for (size_t i = 0; i < r->l->units.n; i++) {
        const struct unit *u = &r->l->units.v[i];
        if (u->kind == UNIT_RULE && !u->bad && is_reported(u))
            add_single(r->l, u->index);
    }
}

/* ---- 4. facts ---- */

/* Fields whose first text every record carries (ir/program.h enum fact, then evidence). */
static void
fill_facts(struct loader *l, struct correlation *c)
{
    static const char *const names[] = {
        [FACT_ACCOUNT] = "actor.user.uid",  [FACT_APP] = "oauth.app_uid",
        [FACT_APP_NAME] = "oauth.app_name", [FACT_SESSION] = "actor.session.uid",
        [FACT_IP] = "src_endpoint.ip",      [FACT_COUNTRY] = "src_endpoint.location.country",
    };
    c->n_facts = FACT_EVIDENCE + c->meta.n_evidence;
    c->facts = ARENA_ARRAY(l->arena, field_id, c->n_facts);
    for (size_t i = 0; i < FACT_ENTITY; i++)
        c->facts[i] = fields_add(l->fields, sv_of(names[i]));
    c->facts[FACT_ENTITY] = c->meta.entity_id;
    c->facts[FACT_ENTITY_NAME] = c->meta.entity_name;
    for (size_t i = 0; i < c->meta.n_evidence; i++)
        c->facts[FACT_EVIDENCE + i] = c->meta.evidence[i];
}

void
corrs_resolve(struct loader *l)
{
    const size_t n = l->units.n;
    struct resolver r = { .l = l, .state = ARENA_ARRAY(&l->scratch, unsigned char, n) };
    bool *compiled = ARENA_ARRAY(&l->scratch, bool, n); /* before circles and the like: it is in program->corrs */

    for (size_t i = 0; i < n; i++)
        compiled[i] = l->units.v[i].kind == UNIT_CORRELATION && !l->units.v[i].bad;
    walk_all(&r);
    vec_fini(&r.path);
    select_good(&r, compiled);
    add_singles(&r);
    for (size_t i = 0; i < l->program->corrs.n; i++)
        fill_facts(l, &l->program->corrs.v[i]);
}
