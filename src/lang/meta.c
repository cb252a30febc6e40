/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule or correlation says about itself: the standard keys (level, author, ...) and `x-authsift`, the one
 * mapping in which authsift's own settings live.
 *
 *   x-authsift:
 *     family: password              # the report family
 *     report: password_apps         # a family report, where the family does not imply it
 *     entity: app                   # whom it is about: a word below, or {type: T, id: FIELD, name: FIELD}
 *     actions: [revoke_access]      # what to do about it
 *     evidence: [src_endpoint.ip]   # fields to show; default: the standard key `fields`
 *     carry: [device.uid]           # correlations: evidence fields that outer correlations see in a finding
 *     risk: 80                      # 0..100; default by level
 *     dedup: 1d                     # single-event rules: span of one finding
 *     missing-group: keep           # correlations: events without a group-by field form a group (default skip)
 *     mode: audit                   # counted, not acted on; or booster: raises other findings (default active)
 *     tests: [...]                  # tests_doc.c
 *
 * Other tools skip the mapping, as the standard allows any further key. So does this one skip foreign top-level
 * keys, but inside the mapping an unknown key is a mistake. Names of actions and reports are checked where those
 * tables are (cli/), which is why their places are kept.
 */
#include "lang/doc.h"
#include "lang/named.h"
#include "lang/show.h"
#include "lang/unit.h"

#include "base/buf.h"
#include "base/timestamp.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct reader {
    struct loader *l;
    const struct unit *u;
    struct rule_meta *meta;
};

/* Entities that have a word of their own. */
static const struct entity {
    const char *word;
    const char *id;
    const char *name; /* NULL: nothing readable stands beside the id */
} entities[] = {
    { "account", "actor.user.uid", "actor.user.name" },
    /* A session is what gets logged out, so its id is the entity's; whose it is makes it readable. */
    { "account+session", "actor.session.uid", "actor.user.name" },
    { "app", "oauth.app_uid", "oauth.app_name" },
    { "session", "actor.session.uid", NULL },
    { "device", "device.uid", NULL },
    { "ip", "src_endpoint.ip", NULL },
};

static const double risk_of_level[] = { 5, 21, 47, 73, 99 };

static struct sv
entity_word(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(entities[i].word);
}

static field_id
name_field(struct reader *r, struct sv name, const struct ynode *node)
{
    named_add(r->l, name, node->span);
    return fields_add(r->l->fields, name);
}

static void
read_entity_word(struct reader *r, const struct ynode *node)
{
    for (size_t i = 0; i < COUNT(entities); i++) {
        if (!sv_eq(node->text, sv_of(entities[i].word)))
            continue;
        r->meta->entity_type = sv_of(entities[i].word);
        r->meta->entity_id = fields_add(r->l->fields, sv_of(entities[i].id));
        if (entities[i].name != NULL)
            r->meta->entity_name = fields_add(r->l->fields, sv_of(entities[i].name));
        return;
    }
    const struct sv near = diag_nearest(node->text, COUNT(entities), entity_word, NULL);
    doc_error_near(r->l, node->span, near, "unknown entity '%.*s'; write {type: %.*s, id: FIELD} for one of your own",
                   SHOW(node->text), SHOW(node->text));
}

static void
read_entity_map(struct reader *r, const struct ynode *node)
{
    static const struct sv keys[] = { { "type", 4 }, { "id", 2 }, { "name", 4 } };
    struct sv text;

    for (size_t i = 0; i < node->n; i++) {
        const struct ynode *key = node->key[i];
        if (sv_eq(key->text, keys[0])) {
            if (doc_text(r->l, node->item[i], "entity.type", &text))
                r->meta->entity_type = doc_keep(r->l, text);
        } else if (sv_eq(key->text, keys[1])) {
            if (doc_text(r->l, node->item[i], "entity.id", &text))
                r->meta->entity_id = name_field(r, text, node->item[i]);
        } else if (sv_eq(key->text, keys[2])) {
            if (doc_text(r->l, node->item[i], "entity.name", &text))
                r->meta->entity_name = name_field(r, text, node->item[i]);
        } else {
            doc_error_near(r->l, key->span, doc_nearest(key->text, keys, COUNT(keys)), "unknown key '%.*s' in 'entity'",
                           SHOW(key->text));
        }
    }
    if (yaml_get(node, "type") == NULL)
        diag_error(r->l->d, node->span, "'entity' needs a 'type'");
    if (yaml_get(node, "id") == NULL)
        diag_error(r->l->d, node->span, "'entity' needs an 'id', the field that holds it");
}

static void
read_entity(struct reader *r, const struct ynode *node)
{
    if (node->kind == YAML_MAP)
        read_entity_map(r, node);
    else if (node->kind == YAML_SCALAR && !yaml_is_null(node))
        read_entity_word(r, node);
    else
        diag_error(r->l->d, node->span, "'entity' has to be a word or a mapping, not %s", yaml_kind_name(node));
}

static void
read_family(struct reader *r, const struct ynode *node)
{
    struct sv text;
    if (doc_text(r->l, node, "family", &text))
        r->meta->family = doc_keep(r->l, text);
}

static void
read_report(struct reader *r, const struct ynode *node)
{
    struct sv text;
    if (!doc_text(r->l, node, "report", &text))
        return;
    r->meta->report = doc_keep(r->l, text);
    r->meta->report_at = node->span;
}

static void
read_actions(struct reader *r, const struct ynode *node)
{
    const struct ynode **item;
    size_t n;

    if (!doc_scalars(r->l, node, "actions", &item, &n))
        return;
    struct map seen;
    map_init(&seen);
    r->meta->actions = ARENA_ARRAY(r->l->arena, struct sv, n);
    r->meta->actions_at = ARENA_ARRAY(r->l->arena, struct span, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        map_put(&seen, item[i]->text, 0, &is_new);
        if (!is_new) {
            diag_error(r->l->d, item[i]->span, "action '%.*s' is listed twice", SHOW(item[i]->text));
            continue;
        }
        r->meta->actions[r->meta->n_actions] = doc_keep(r->l, item[i]->text);
        r->meta->actions_at[r->meta->n_actions++] = item[i]->span;
    }
    map_fini(&seen);
}

/* Field names, each once. */
static void
read_fields(struct reader *r, const struct ynode *node, const char *what)
{
    const struct ynode **item;
    size_t n;

    if (node->kind == YAML_LIST && node->n == 0)
        return;
    if (!doc_scalars(r->l, node, what, &item, &n))
        return;
    struct map seen;
    map_init(&seen);
    r->meta->evidence = ARENA_ARRAY(r->l->arena, field_id, n);
    for (size_t i = 0; i < n; i++) {
        bool is_new;
        map_put(&seen, item[i]->text, 0, &is_new);
        if (is_new)
            r->meta->evidence[r->meta->n_evidence++] = name_field(r, item[i]->text, item[i]);
    }
    map_fini(&seen);
}

static void
read_evidence(struct reader *r, const struct ynode *node)
{
    read_fields(r, node, "evidence");
}

static void
read_carry(struct reader *r, const struct ynode *node)
{
    const struct ynode **item;
    size_t n;

    if (r->u->kind != UNIT_CORRELATION) {
        diag_error(r->l->d, node->span, "'carry' belongs to a correlation: what lists a rule sees all of its fields");
        return;
    }
    if (!doc_scalars(r->l, node, "carry", &item, &n))
        return;
    r->meta->carry = ARENA_ARRAY(r->l->arena, field_id, n);
    for (size_t i = 0; i < n; i++)
        r->meta->carry[r->meta->n_carry++] = name_field(r, item[i]->text, item[i]);
}

/* What is carried is shown, or nobody could see why an outer correlation fired. */
static void
show_carried(struct reader *r)
{
    struct rule_meta *m = r->meta;
    field_id *all = ARENA_ARRAY(r->l->arena, field_id, m->n_evidence + m->n_carry);
    size_t n = m->n_evidence;

    if (m->n_carry == 0)
        return;
    if (n != 0)
        memcpy(all, m->evidence, n * sizeof *all);
    for (size_t i = 0; i < m->n_carry; i++) {
        size_t k = 0;
        while (k < n && all[k] != m->carry[i])
            k++;
        if (k == n)
            all[n++] = m->carry[i];
    }
    m->evidence = all;
    m->n_evidence = n;
}

static void
read_risk(struct reader *r, const struct ynode *node)
{
    double risk;
    if (!doc_number(r->l, node, "risk", &risk))
        return;
    if (risk < 0 || risk > 100)
        diag_error(r->l->d, node->span, "'risk' has to be between 0 and 100");
    else
        r->meta->risk = risk;
}

static void
read_dedup(struct reader *r, const struct ynode *node)
{
    int64_t us;
    if (doc_duration(r->l, node, "dedup", &us))
        r->meta->dedup = us;
    if (r->u->kind == UNIT_CORRELATION)
        diag_warning(r->l->d, node->span, "'dedup' has no effect on a correlation: its windows cut its findings");
}

/* One of two words; true if it is the second. */
static bool
read_switch(struct reader *r, const struct ynode *node, const char *what, const char *off, const char *on)
{
    const struct sv words[] = { sv_of(off), sv_of(on) };
    if (node->kind == YAML_SCALAR && sv_eq(node->text, words[1]))
        return true;
    if (node->kind != YAML_SCALAR)
        diag_error(r->l->d, node->span, "'%s' has to be '%s' or '%s', not %s", what, off, on, yaml_kind_name(node));
    else if (!sv_eq(node->text, words[0]))
        doc_error_near(r->l, node->span, doc_nearest(node->text, words, 2), "'%s' has to be '%s' or '%s'", what, off,
                       on);
    return false;
}

static void
read_missing_group(struct reader *r, const struct ynode *node)
{
    r->meta->keep_missing_group = read_switch(r, node, "missing-group", "skip", "keep");
    if (r->u->kind == UNIT_RULE)
        diag_warning(r->l->d, node->span, "'missing-group' has no effect on a rule without a correlation");
}

static void
read_mode(struct reader *r, const struct ynode *node)
{
    const struct sv words[] = { SV("active"), SV("audit"), SV("booster") };
    size_t i = 0;
    if (node->kind != YAML_SCALAR) {
        diag_error(r->l->d, node->span, "'mode' has to be 'active', 'audit' or 'booster', not %s",
                   yaml_kind_name(node));
        return;
    }
    while (i < COUNT(words) && !sv_eq(node->text, words[i]))
        i++;
    if (i == COUNT(words))
        doc_error_near(r->l, node->span, doc_nearest(node->text, words, COUNT(words)),
                       "'mode' has to be 'active', 'audit' or 'booster'");
    r->meta->audit = i == 1;
    r->meta->booster = i == 2;
}

/* Read by tests_doc.c, and only by who wants tests. */
static void
read_tests(struct reader *r, const struct ynode *node)
{
    (void)r;
    (void)node;
}

static const struct own_key {
    const char *name;
    void (*read)(struct reader *r, const struct ynode *node);
} own_keys[] = {
    { "family", read_family },     { "report", read_report },
    { "entity", read_entity },     { "actions", read_actions },
    { "evidence", read_evidence }, { "risk", read_risk },
    { "dedup", read_dedup },       { "missing-group", read_missing_group },
    { "mode", read_mode },         { "tests", read_tests },
    { "carry", read_carry },
};

static struct sv
own_key_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(own_keys[i].name);
}

static void
read_own(struct reader *r, const struct ynode *own)
{
    if (!doc_is_map(r->l, own, "x-authsift"))
        return;
    for (size_t i = 0; i < own->n; i++) {
        const struct ynode *key = own->key[i];
        size_t k = 0;
        while (k < COUNT(own_keys) && !sv_eq(key->text, sv_of(own_keys[k].name)))
            k++;
        if (k < COUNT(own_keys))
            own_keys[k].read(r, own->item[i]);
        else
            doc_error_near(r->l, key->span, diag_nearest(key->text, COUNT(own_keys), own_key_name, NULL),
                           "unknown key '%.*s' in 'x-authsift'", SHOW(key->text));
    }
}

/* A foreign top-level key is allowed, unless it is surely a slip of the pen. */
static void
warn_near_own(struct reader *r)
{
    static const struct sv own = { "x-authsift", 10 };
    for (size_t i = 0; i < r->u->root->n; i++) {
        const struct ynode *key = r->u->root->key[i];
        if (!sv_eq(key->text, own) && doc_nearest(key->text, &own, 1).n != 0)
            diag_warning(r->l->d, key->span, "key '%.*s' is not read (did you mean 'x-authsift'?)", SHOW(key->text));
    }
}

static struct sv
level_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(level_names[i]);
}

static void
read_level(struct reader *r, const struct ynode *node)
{
    struct sv text;

    r->meta->level = LEVEL_MEDIUM;
    if (node == NULL || yaml_is_null(node) || !doc_text(r->l, node, "level", &text))
        return;
    for (int i = 0; i <= LEVEL_CRITICAL; i++) {
        const struct sv name = sv_of(level_names[i]);
        if (!sv_eq_fold(text, name))
            continue;
        r->meta->level = (enum level)i;
        if (!sv_eq(text, name))
            diag_warning(r->l->d, node->span, "level '%.*s' is written '%.*s'", SHOW(text), SHOW(name));
        return;
    }
    const struct sv near = diag_nearest(text, LEVEL_CRITICAL + 1, level_name, NULL);
    if (near.n != 0)
        diag_warning(r->l->d, node->span, "unknown level '%.*s', taken for medium (did you mean '%.*s'?)", SHOW(text),
                     SHOW(near));
    else
        diag_warning(r->l->d, node->span, "unknown level '%.*s', taken for medium", SHOW(text));
}

/* A string, or a list of strings joined by ", ". */
static void
read_author(struct reader *r, const struct ynode *node)
{
    const struct ynode **item;
    size_t n;

    if (node == NULL || yaml_is_null(node) || !doc_scalars(r->l, node, "author", &item, &n))
        return;
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_puts(&b, ", ");
        buf_sv(&b, item[i]->text);
    }
    r->meta->author = doc_keep(r->l, buf_view(&b));
    buf_fini(&b);
}

static void
read_description(struct reader *r, const struct ynode *node)
{
    if (node == NULL)
        return;
    if (node->kind != YAML_SCALAR)
        diag_error(r->l->d, node->span, "'description' has to be a string, not %s", yaml_kind_name(node));
    else if (!yaml_is_null(node))
        r->meta->description = doc_keep(r->l, node->text);
}

/* A warning only: who follows an older or newer edition of the standard loses nothing by it. */
static void
read_status(struct reader *r, const struct ynode *node)
{
    static const struct sv words[] = {
        { "stable", 6 }, { "test", 4 }, { "experimental", 12 }, { "deprecated", 10 }, { "unsupported", 11 },
    };
    struct sv text;

    if (node == NULL || yaml_is_null(node) || !doc_text(r->l, node, "status", &text))
        return;
    for (size_t i = 0; i < COUNT(words); i++)
        if (sv_eq(text, words[i]))
            return;
    const struct sv near = doc_nearest(text, words, COUNT(words));
    if (near.n != 0)
        diag_warning(r->l->d, node->span, "unknown status '%.*s' (did you mean '%.*s'?)", SHOW(text), SHOW(near));
    else
        diag_warning(r->l->d, node->span, "unknown status '%.*s'", SHOW(text));
}

static void
read_taxonomy(struct reader *r, const struct ynode *node)
{
    struct sv text;
    if (node == NULL || yaml_is_null(node) || !doc_text(r->l, node, "taxonomy", &text))
        return;
    if (!sv_eq(text, SV("sigma")))
        diag_warning(r->l->d, node->span, "taxonomy '%.*s' is not mapped: field names are taken as they are",
                     SHOW(text));
}

/* YYYY-MM-DD, or with slashes as older rules have it. */
static void
read_date(struct reader *r, const char *key)
{
    const struct ynode *node = yaml_get(r->u->root, key);
    char iso[10];
    int64_t us;

    if (node == NULL || yaml_is_null(node))
        return;
    if (node->kind == YAML_SCALAR && node->text.n == sizeof iso) {
        memcpy(iso, node->text.p, sizeof iso);
        for (size_t i = 4; i < sizeof iso; i += 3)
            if (iso[i] == '/')
                iso[i] = '-';
        if (iso[4] == '-' && time_parse_lenient(sv_make(iso, sizeof iso), &us))
            return;
    }
    diag_warning(r->l->d, node->span, "'%s' is no date like 2026-11-22", key);
}

static void
read_standard(struct reader *r)
{
    const struct ynode *root = r->u->root;

    read_level(r, yaml_get(root, "level"));
    read_author(r, yaml_get(root, "author"));
    read_description(r, yaml_get(root, "description"));
    read_status(r, yaml_get(root, "status"));
    read_taxonomy(r, yaml_get(root, "taxonomy"));
    read_date(r, "date");
    read_date(r, "modified");
}

void
meta_compile(struct loader *l, struct unit *u, struct rule_meta *meta)
{
    struct reader r = { l, u, meta };
    const struct ynode *own = yaml_get(u->root, "x-authsift");
    const size_t before = diags_errors(l->d);

    *meta = (struct rule_meta){ .entity_id = FIELD_NONE, .entity_name = FIELD_NONE, .dedup = DAY, .at = u->at };
    meta->id = doc_keep(l, u->id.n != 0 ? u->id : u->name.n != 0 ? u->name : u->title);
    meta->name = doc_keep(l, u->name);
    meta->title = doc_keep(l, u->title);
    read_standard(&r);
    meta->risk = risk_of_level[meta->level];
    if (own != NULL)
        read_own(&r, own);
    else
        warn_near_own(&r);
    const struct ynode *fields = yaml_get(u->root, "fields");
    if (fields != NULL && !yaml_is_null(fields) && yaml_get(own, "evidence") == NULL)
        read_fields(&r, fields, "fields");
    show_carried(&r);
    if (diags_errors(l->d) != before)
        u->bad = true;
}
