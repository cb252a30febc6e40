/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation document -> struct correlation (sigma-profile.md 7, 13, 14, 15).
 *
 *   correlation:
 *     type: value_count               # a row of correlations.def
 *     rules: [login, login_mobile]    # ids or names; may be omitted where the type's keys or the condition name them
 *     group-by: [actor.user.uid]      # fields or aliases
 *     timespan: 1h
 *     aliases: {who: {login: user, login_mobile: account}}
 *     condition: {gte: 5, field: src_endpoint.ip}
 *     generate: true                  # the listed rules are reported on their own as well; also at the top level
 *
 * The order of reading follows what depends on what: the type knows the other keys; rules have positions before
 * aliases and fields can be resolved for each of them; `rules`, the type's keys and the condition may all name
 * rules and have to agree. Nothing enters the program unless the whole document is right.
 */
#include "lang/corr_unit.h"

#include "lang/doc.h"
#include "lang/named.h"
#include "lang/show.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Keys that every type has. Those of the type's own come from its table. */
static const struct sv common_keys[] = {
    { "type", 4 },      { "rules", 5 },   { "group-by", 8 }, { "timespan", 8 },
    { "condition", 9 }, { "aliases", 7 }, { "generate", 8 },
};

/* ---- type ---- */

static struct sv
type_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(corr_types[i]->name);
}

static void
read_type(struct corr_build *b)
{
    const struct ynode *node = yaml_get(b->node, "type");
    struct sv text;

    b->type_at = node != NULL ? node->span : b->node->span;
    if (node == NULL) {
        diag_error(b->l->d, b->node->span, "the correlation has no 'type'");
        return;
    }
    if (!doc_text(b->l, node, "type", &text))
        return;
    b->type = corr_find(text);
    if (b->type == NULL) {
        const struct sv near = diag_nearest(text, n_corr_types, type_name, NULL);
        doc_error_near(b->l, node->span, near, "unknown correlation type '%.*s'", SHOW(text));
        return;
    }
    b->c.type = b->type;
    b->c.type_name = b->type->name;
    b->c.n_args = b->type->n_params;
    b->c.args = ARENA_ARRAY(b->l->arena, struct corr_arg, b->type->n_params);
}

/* ---- rules ---- */

/* Some other tools take titles as references, so people try. */
static const struct unit *
find_title(const struct loader *l, struct sv title)
{
    for (size_t i = 0; i < l->units.n && doc_may_suggest(l); i++)
        if (l->units.v[i].kind != UNIT_FILTER && sv_eq(l->units.v[i].title, title))
            return &l->units.v[i];
    return NULL;
}

static void
report_unknown_rule(struct corr_build *b, struct sv name, struct span at)
{
    const struct unit *titled = find_title(b->l, name);

    if (titled == NULL)
        doc_error_near(b->l, at, doc_nearest_rule(b->l, name), "no rule has the id or name '%.*s'", SHOW(name));
    else if (titled->name.n == 0 && titled->id.n == 0)
        diag_error(b->l->d, at, "'%.*s' is a title; a title is no reference; give the rule a name", SHOW(name));
    else
        diag_error(b->l->d, at, "'%.*s' is a title; a title is no reference; write '%.*s'", SHOW(name),
                   SHOW(doc_label(titled)));
}

static struct unit *
find_rule(struct corr_build *b, struct sv name, struct span at)
{
    struct unit *u = loader_find(b->l, name);
    if (u == NULL) {
        report_unknown_rule(b, name, at);
    } else if (u->kind == UNIT_FILTER) {
        diag_error(b->l->d, at, "'%.*s' is a filter, no rule", SHOW(name));
        u = NULL;
    }
    return u;
}

/* Position of a rule by its text or by what it refers to (unit may be NULL), or listed.n. */
static size_t
listed_at(const struct corr_build *b, struct sv name, const struct unit *unit)
{
    size_t i = 0;
    while (i < b->listed.n && !sv_eq(b->listed.v[i].name, name) && (unit == NULL || b->listed.v[i].unit != unit))
        i++;
    return i;
}

static bool
has_room(struct corr_build *b, struct span at)
{
    if (b->listed.n == CORR_RULES_MAX)
        diag_error(b->l->d, at, "a correlation lists at most %d rules", CORR_RULES_MAX);
    return b->listed.n < CORR_RULES_MAX;
}

static void
add_rule(struct corr_build *b, struct sv name, struct span at, struct unit *unit)
{
    vec_push(&b->listed, (struct listed){ unit, doc_keep(b->l, name), at, false });
}

static void
read_rules(struct corr_build *b)
{
    const struct ynode *node = yaml_get(b->node, "rules");
    const struct ynode **item;
    size_t n;

    if (node == NULL)
        return;
    b->rules_given = true;
    (void)doc_scalars(b->l, node, "rules", &item, &n);
    for (size_t i = 0; i < n && has_room(b, item[i]->span); i++) {
        struct unit *unit = find_rule(b, item[i]->text, item[i]->span);
        if (listed_at(b, item[i]->text, unit) < b->listed.n)
            diag_error(b->l->d, item[i]->span, "rule '%.*s' is listed twice", SHOW(item[i]->text));
        else
            add_rule(b, item[i]->text, item[i]->span, unit);
    }
}

/* A rule that no text in the list equals: maybe listed by its other handle, else new. */
static bool
mention_new(struct corr_build *b, struct sv name, struct span at, size_t *pos)
{
    if (!b->rules_given && !has_room(b, at))
        return false;
    struct unit *unit = find_rule(b, name, at);
    *pos = listed_at(b, name, unit);
    if (*pos < b->listed.n)
        return true;
    if (!b->rules_given)
        add_rule(b, name, at, unit);
    else if (unit != NULL)
        diag_error(b->l->d, at, "rule '%.*s' is not listed in 'rules'", SHOW(name));
    return !b->rules_given;
}

bool
corr_mention(struct corr_build *b, struct sv name, struct span at, uint32_t *pos)
{
    size_t i = listed_at(b, name, NULL);

    if (i == b->listed.n && !mention_new(b, name, at, &i))
        return false;
    b->listed.v[i].named = true;
    *pos = (uint32_t)i;
    return true;
}

/* ---- aliases and fields ---- */

static void
read_alias_fields(struct corr_build *b, struct alias *alias, const struct ynode *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct sv rule = map->key[i]->text;
        const struct unit *unit = loader_find(b->l, rule);
        const size_t pos = listed_at(b, rule, unit);
        struct sv field;
        if (pos == b->listed.n) {
            struct sv near = SV_NONE;
            for (size_t k = 0; near.n == 0 && k < b->listed.n && doc_may_suggest(b->l); k++)
                near = doc_nearest(rule, &b->listed.v[k].name, 1);
            doc_error_near(b->l, map->key[i]->span, near,
                           "alias '%.*s' names '%.*s', which this correlation does not list", SHOW(alias->name),
                           SHOW(rule));
        } else if (!doc_text(b->l, map->item[i], "aliases", &field)) {
            continue;
        } else if (alias->field[pos].n != 0) {
            diag_error(b->l->d, map->key[i]->span, "alias '%.*s' has two fields for rule '%.*s'", SHOW(alias->name),
                       SHOW(rule));
        } else {
            alias->field[pos] = field;
            named_add(b->l, field, map->item[i]->span);
        }
    }
}

static void
read_aliases(struct corr_build *b)
{
    const struct ynode *node = yaml_get(b->node, "aliases");

    if (node == NULL || !doc_is_map(b->l, node, "aliases"))
        return;
    if (node->n > CORR_FIELDS_MAX) {
        diag_error(b->l->d, node->span, "'aliases' has more than %d entries", CORR_FIELDS_MAX);
        return;
    }
    for (size_t i = 0; i < node->n; i++) {
        struct alias alias = { .name = node->key[i]->text, .at = node->key[i]->span };
        if (alias.name.n == 0) {
            diag_error(b->l->d, alias.at, "an alias must not be empty");
            continue;
        }
        alias.field = ARENA_ARRAY(&b->l->scratch, struct sv, b->listed.n);
        if (doc_is_map(b->l, node->item[i], "aliases"))
            read_alias_fields(b, &alias, node->item[i]);
        vec_push(&b->aliases, alias);
    }
}

field_id
corr_field(struct corr_build *b, struct sv name, size_t pos)
{
    for (size_t i = 0; i < b->aliases.n; i++) {
        struct alias *alias = &b->aliases.v[i];
        if (!sv_eq(alias->name, name))
            continue;
        alias->used = true;
        if (alias->field[pos].n != 0)
            return fields_add(b->l->fields, alias->field[pos]);
    }
    return fields_add(b->l->fields, name);
}

void
corr_name(struct corr_build *b, struct sv name, struct span at)
{
    for (size_t i = 0; i < b->aliases.n; i++)
        if (sv_eq(b->aliases.v[i].name, name))
            return;
    named_add(b->l, name, at);
}

static void
read_group_by(struct corr_build *b)
{
    const struct ynode *node = yaml_get(b->node, "group-by");
    struct correlation *c = &b->c;
    const struct ynode **item;
    size_t n;

    if (node == NULL || !doc_scalars(b->l, node, "group-by", &item, &n))
        return;
    if (n > CORR_FIELDS_MAX) {
        diag_error(b->l->d, node->span, "'group-by' lists more than %d fields", CORR_FIELDS_MAX);
        return;
    }
    c->group_names = ARENA_ARRAY(b->l->arena, struct sv, n);
    c->group_fields = ARENA_ARRAY(b->l->arena, field_id, n * b->listed.n);
    c->n_group = n;
    for (size_t k = 0; k < n; k++) {
        for (size_t j = 0; j < k; j++)
            if (sv_eq(c->group_names[j], item[k]->text))
                diag_error(b->l->d, item[k]->span, "'%.*s' stands twice in 'group-by'", SHOW(item[k]->text));
        c->group_names[k] = doc_keep(b->l, item[k]->text);
        corr_name(b, item[k]->text, item[k]->span);
        for (size_t pos = 0; pos < b->listed.n; pos++)
            c->group_fields[pos * n + k] = corr_field(b, item[k]->text, pos);
    }
}

static void
warn_unused_aliases(struct corr_build *b)
{
    for (size_t i = 0; i < b->aliases.n; i++)
        if (!b->aliases.v[i].used)
            diag_warning(b->l->d, b->aliases.v[i].at, "alias '%.*s' is never used", SHOW(b->aliases.v[i].name));
}

/* ---- the rest of the document ---- */

static void
read_timespan(struct corr_build *b)
{
    const struct ynode *node = yaml_get(b->node, "timespan");

    if (node != NULL)
        (void)doc_duration(b->l, node, "timespan", &b->c.timespan);
    else if (b->type != NULL && b->type->default_timespan == 0)
        diag_error(b->l->d, b->type_at, "type '%s' needs the key 'timespan'", b->type->name);
    else if (b->type != NULL)
        b->c.timespan = b->type->default_timespan;
}

static void
read_generate(struct corr_build *b)
{
    const struct ynode *inner = yaml_get(b->node, "generate"), *outer = yaml_get(b->u->root, "generate");
    bool in = false, out = false;

    const bool has_in = inner != NULL && doc_bool(b->l, inner, "generate", &in);
    const bool has_out = outer != NULL && doc_bool(b->l, outer, "generate", &out);
    if (has_in && has_out && in != out)
        diag_error(b->l->d, inner->span, "'generate' differs from the one at the top level");
    b->generate = in || out;
}

static bool
is_common_key(struct sv key)
{
    for (size_t i = 0; i < COUNT(common_keys); i++)
        if (sv_eq(key, common_keys[i]))
            return true;
    return false;
}

/* The type's own keys, and keys that nobody knows. */
static void
read_own_keys(struct corr_build *b)
{
    for (size_t i = 0; i < b->node->n; i++) {
        const struct ynode *key = b->node->key[i];
        if (!is_common_key(key->text) && !corr_arg_read(b, key->text, b->node->item[i]))
            corr_arg_unknown(b, SV_NONE, key, common_keys, COUNT(common_keys));
    }
}

static void
read_document(struct corr_build *b)
{
    const struct ynode *condition = yaml_get(b->node, "condition");

    read_type(b);
    read_generate(b);
    read_rules(b);
    if (b->type != NULL) {
        read_own_keys(b);
        if (condition != NULL)
            corr_cond_read(b, condition);
        corr_args_check(b);
        if (b->listed.n == 0 && !b->rules_given && !b->cond_bad && !corr_args_name_rules(b->type))
            diag_error(b->l->d, b->type_at, "type '%s' needs the key 'rules'", b->type->name);
        corr_cond_finish(b);
    }
    read_aliases(b);
    read_group_by(b);
    read_timespan(b);
    if (b->type == NULL)
        return;
    corr_args_fields(b);
    warn_unused_aliases(b);
}

/* Inputs are units until corrs_resolve. */
static void
make_inputs(struct corr_build *b)
{
    b->c.inputs = ARENA_ARRAY(b->l->arena, struct corr_input, b->listed.n);
    b->c.n_inputs = b->listed.n;
    for (size_t i = 0; i < b->listed.n; i++) {
        const struct unit *unit = b->listed.v[i].unit;
        b->c.inputs[i] = (struct corr_input){ .is_corr = unit->kind == UNIT_CORRELATION,
                                              .index = (uint32_t)(unit - b->l->units.v),
                                              .name = b->listed.v[i].name };
    }
}

/* Also of a document with mistakes: they must not flood a report with the findings of its base rules. */
static void
mark_listed(struct corr_build *b)
{
    for (size_t i = 0; i < b->listed.n; i++) {
        struct unit *unit = b->listed.v[i].unit;
        if (unit == NULL)
            continue;
        unit->listed = true;
        unit->wanted = unit->wanted || b->generate;
    }
}

/* The logsource of the first detection rule that it listens to. */
static void
end_naming(const struct corr_build *b)
{
    struct logsource logsource = { SV(""), SV(""), SV("") };
    bool chained = false;

    for (size_t i = b->listed.n; i-- > 0;) {
        const struct unit *unit = b->listed.v[i].unit;
        chained = chained || unit->kind == UNIT_CORRELATION;
        if (unit->kind == UNIT_RULE && !unit->bad)
            logsource = b->l->program->rules.v[unit->index].logsource;
    }
    named_end(b->l, b->u, &logsource, chained);
}

void
corr_compile(struct loader *l, struct unit *u)
{
    const size_t before = diags_errors(l->d);
    struct corr_build b = { .l = l, .u = u, .node = yaml_get(u->root, "correlation") };

    named_begin(l);
    diag_push(l->d, "reading correlation '%.*s'", SHOW(u->title));
    meta_compile(l, u, &b.c.meta);
    if (b.node != NULL && doc_is_map(l, b.node, "correlation"))
        read_document(&b);
    mark_listed(&b);
    if (b.type != NULL && diags_errors(l->d) == before) {
        make_inputs(&b);
        if (b.type->prepare != NULL)
            b.type->prepare(&b.c, l->fields, l->arena, l->d);
    }
    if (diags_errors(l->d) != before)
        u->bad = true;
    if (!u->bad) {
        u->index = (uint32_t)l->program->corrs.n;
        vec_push(&l->program->corrs, b.c);
        end_naming(&b);
    }
    diag_pop(l->d);
    vec_fini(&b.listed);
    vec_fini(&b.aliases);
}
