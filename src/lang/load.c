/* SPDX-License-Identifier: Apache-2.0 */
/* The order of events of unit.h: files -> documents -> units -> program.
 *
 * Everything is read before anything is compiled, because references go from any file to any other. A mistake costs
 * its own document; the loader goes on to the next, so that one run names them all. At the end each unit is good, or
 * bad and named with its first error.
 */
#include "base/codec.h"
#include "lang/doc.h"
#include "lang/lists.h"
#include "lang/paths.h"
#include "lang/show.h"
#include "lang/sigma_keys.h"

/* Messages about one file after which the rest of it is given up: only a hostile file has so many. */
#define MAX_MESSAGES 1000

/* A file, and the units that came from it. */
struct source {
    const struct text_file *text; /* NULL: it could not be read */
    struct sv path;
    size_t first;
    size_t n;
};

struct load {
    struct loader l;
    struct yaml_paths paths;
    struct source *source; /* one per path */
};

/* ---- documents -> units ---- */

/* What a document is, by its section. False: it is none, and that was reported. */
static bool
classify(struct loader *l, struct unit *u)
{
    static const struct {
        const char *key;
        enum unit_kind kind;
    } sections[] = { { "detection", UNIT_RULE }, { "correlation", UNIT_CORRELATION }, { "filter", UNIT_FILTER } };
    const struct ynode *action = yaml_key(u->root, "action");
    const struct ynode *first = NULL;

    if (action != NULL) {
        diag_error(l->d, action->span, "'action' documents are obsolete; write whole documents, or a correlation");
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        const struct ynode *key = yaml_key(u->root, sections[i].key);
        if (key == NULL)
            continue;
        if (first != NULL) {
            diag_error(l->d, key->span, "'%s' and '%.*s' in one document", sections[i].key, SV_ARG(first->text));
            return false;
        }
        first = key;
        u->kind = sections[i].kind;
    }
    if (first != NULL)
        return true;
    for (size_t i = 0; i < u->root->n; i++)
        for (size_t k = 0; k < 3; k++)
            if (sv_eq(sigma_keys_nearest(u->root->key[i]->text), sv_of(sections[k].key))) {
                diag_error(l->d, u->root->key[i]->span, "unknown key '%.*s' (did you mean '%s'?)",
                           SHOW(u->root->key[i]->text), sections[k].key);
                return false;
            }
    diag_error(l->d, u->root->span, "neither 'detection' nor 'correlation' nor 'filter' is in this document");
    return false;
}

static void
report_too_many(struct loader *l, struct span at)
{
    diag_error(l->d, at, "more than %d messages about this file; the rest of it is not read", MAX_MESSAGES);
}

/* What YAML cannot read is a bad unit as well, without content. */
static void
add_broken(struct loader *l, struct span at, struct sv folder)
{
    struct ynode *root = ARENA_NEW(&l->scratch, struct ynode);
    root->kind = YAML_MAP;
    root->span = at;
    vec_push(&l->units, (struct unit){ .root = root,
                                       .folder = folder,
                                       .at = root->span,
                                       .title = SV(""),
                                       .id = SV(""),
                                       .name = SV(""),
                                       .bad = true });
}

/* A unit even of what is no rule, so that it can be named as left out. */
static void
add_unit(struct loader *l, const struct ynode *root, struct sv folder)
{
    struct unit u = { .root = root, .folder = folder, .at = root->span, .title = SV(""), .id = SV(""), .name = SV("") };
    const size_t errors = diags_errors(l->d);

    if (root->kind != YAML_MAP) {
        if (yaml_is_null(root))
            return; /* an empty document, as behind a last "---" */
        diag_error(l->d, root->span, "a document has to be a mapping, not %s", yaml_kind_name(root));
        add_broken(l, root->span, folder);
        return;
    } else if (classify(l, &u)) {
        sigma_keys_read(l, &u);
    } else {
        const struct ynode *title = yaml_get(root, "title");
        add_broken(l, root->span, folder);
        if (title != NULL && title->kind == YAML_SCALAR)
            l->units.v[l->units.n - 1].title = show_clip(title->text);
        return;
    }
    u.bad = u.bad || diags_errors(l->d) != errors;
    vec_push(&l->units, u);
}

static void
push_unit(struct loader *l, const struct unit *u)
{
    static const char *const kinds[] = {
        [UNIT_RULE] = "rule", [UNIT_CORRELATION] = "correlation", [UNIT_FILTER] = "filter"
    };
    diag_push(l->d, "reading %s '%.*s'", kinds[u->kind], SHOW(sigma_keys_title(u)));
}

/* Where the document of a unit ends: at the next one of its file. */
static size_t
unit_end(const struct load *ld, const struct source *s, size_t unit)
{
    if (unit + 1 < s->first + s->n)
        return ld->l.units.v[unit + 1].root->span.at;
    return SIZE_MAX;
}

/* YAML's own errors (a duplicate key) belong to the document that they stand in. */
static void
mark_bad_by_place(struct load *ld, const struct source *s, size_t since)
{
    for (size_t i = since; i < diags_count(ld->l.d); i++) {
        const struct diag *g = diags_get(ld->l.d, i);
        if (g->severity != DIAG_ERROR || g->span.file != s->text)
            continue;
        for (size_t k = s->first; k < s->first + s->n; k++)
            if (g->span.at >= ld->l.units.v[k].root->span.at && g->span.at < unit_end(ld, s, k))
                ld->l.units.v[k].bad = true;
    }
}

static void
read_source(struct load *ld, size_t i)
{
    struct loader *l = &ld->l;
    struct source *s = &ld->source[i];
    struct ynode **docs;
    size_t n_docs;
    const size_t before = diags_count(l->d);

    *s = (struct source){ .path = ld->paths.v[i].path, .first = l->units.n };
    s->text = paths_read(&ld->paths.v[i], l->d);
    if (s->text == NULL)
        return;
    const struct sv content = text_file_content(s->text);
    digest_add(l->digest, content.p, content.n);
    digest_add(l->digest, "\0", 1);
    const bool good = yaml_load(s->text, &l->scratch, &docs, &n_docs, l->d);
    for (size_t k = 0; k < n_docs; k++) {
        if (diags_count(l->d) - before >= MAX_MESSAGES) {
            report_too_many(l, docs[k]->span);
            break;
        }
        if (!good && docs[k]->kind == YAML_MAP && docs[k]->n == 0)
            add_broken(l, docs[k]->span, ld->paths.v[i].folder);
        else
            add_unit(l, docs[k], ld->paths.v[i].folder);
    }
    s->n = l->units.n - s->first;
    if (!good)
        mark_bad_by_place(ld, s, before);
    if (s->n == 0 && (!good || n_docs == 0)) {
        if (good)
            diag_warning(l->d, (struct span){ s->text, 0, 0 }, "there is no document in this file");
        else
            add_broken(l, (struct span){ s->text, 0, 0 }, ld->paths.v[i].folder);
        s->n = l->units.n - s->first;
    }
}

/* ---- ids and names ---- */

/* UUIDs are the same in either case. */
static struct sv
id_key(struct arena *a, struct sv id)
{
    char *p = arena_alloc(a, id.n + 1);
    for (size_t i = 0; i < id.n; i++)
        p[i] = id.p[i] >= 'A' && id.p[i] <= 'Z' ? (char)(id.p[i] - 'A' + 'a') : id.p[i];
    return sv_make(p, id.n);
}

static void
report_duplicate(struct loader *l, const struct unit *first, struct unit *u, const char *key, struct sv text)
{
    const struct ynode *node = yaml_get(u->root, key);
    const struct ynode *other = yaml_get(first->root, key);
    size_t line, column;

    text_file_locate(other->span.file, other->span.at, &line, &column);
    push_unit(l, u);
    diag_error(l->d, node->span, "duplicate %s '%.*s': it is that of '%.*s' (%.*s:%zu)", key, SHOW(text),
               SHOW(sigma_keys_title(first)), SV_ARG(text_file_name(other->span.file)), line);
    diag_pop(l->d);
    u->bad = true;
}

static void
enter_unit(struct loader *l, size_t i)
{
    struct unit *u = &l->units.v[i];
    bool is_new;

    if (u->id.n != 0) {
        const size_t slot = map_put(&l->by_id, id_key(&l->scratch, u->id), (uint32_t)i, &is_new);
        if (!is_new)
            report_duplicate(l, &l->units.v[l->by_id.entry[slot].value], u, "id", u->id);
    }
    if (u->name.n != 0) {
        const size_t slot = map_put(&l->by_name, u->name, (uint32_t)i, &is_new);
        if (!is_new)
            report_duplicate(l, &l->units.v[l->by_name.entry[slot].value], u, "name", u->name);
    }
}

/* Without id and name the title stands for a rule in reports: two of them would be one there. */
static void
warn_same_titles(struct loader *l)
{
    struct map titles;

    map_init(&titles);
    for (size_t i = 0; i < l->units.n; i++) {
        const struct unit *u = &l->units.v[i];
        bool is_new;
        if (u->bad || u->id.n != 0 || u->name.n != 0)
            continue;
        map_put(&titles, u->title, 0, &is_new);
        if (!is_new)
            diag_warning(l->d, u->at, "another rule without an id has the title '%.*s'; reports cannot tell them apart",
                         SHOW(u->title));
    }
    map_fini(&titles);
}

struct unit *
loader_find(struct loader *l, struct sv reference)
{
    const struct map_entry *e = map_get(&l->by_id, id_key(&l->scratch, reference));
    if (e == NULL)
        e = map_get(&l->by_name, reference);
    if (e == NULL || l->units.v[e->value].kind == UNIT_FILTER)
        return NULL;
    return &l->units.v[e->value];
}

static struct sv
entry_key(const void *ctx, size_t i)
{
    return ((const struct map *)ctx)->entry[i].key;
}

struct sv
loader_nearest(struct loader *l, struct sv reference)
{
    const struct sv name = diag_nearest(reference, l->by_name.n, entry_key, &l->by_name);
    return name.n != 0 ? name : diag_nearest(reference, l->by_id.n, entry_key, &l->by_id);
}

/* ---- units -> program ---- */

static void
compile_unit(struct loader *l, struct unit *u)
{
    switch (u->kind) {
    case UNIT_RULE:
        if (yaml_get(u->root, "detection") != NULL)
            detection_compile(l, u);
        break;
    case UNIT_CORRELATION:
        corr_compile(l, u);
        break;
    case UNIT_FILTER:
        filter_compile(l, u);
        break;
    }
}

/* The units of one kind, file by file. */
static void
compile_kind(struct load *ld, enum unit_kind kind)
{
    struct loader *l = &ld->l;

    for (size_t s = 0; s < ld->paths.n; s++) {
        const size_t before = diags_count(l->d);
        l->wildcards = l->regex_bytes = l->made = 0;
        for (size_t i = ld->source[s].first; i < ld->source[s].first + ld->source[s].n; i++) {
            struct unit *u = &l->units.v[i];
            if (u->kind != kind || u->root->n == 0)
                continue;
            if (diags_count(l->d) - before >= MAX_MESSAGES) {
                report_too_many(l, u->at);
                for (; i < ld->source[s].first + ld->source[s].n; i++)
                    l->units.v[i].bad = l->units.v[i].bad || l->units.v[i].kind == kind;
                break;
            }
            compile_unit(l, u);
        }
    }
}

/* Keys that only people read. Documents that are none were told enough. */
static void
check_keys(struct loader *l)
{
    for (size_t i = 0; i < l->units.n; i++) {
        struct unit *u = &l->units.v[i];
        const size_t errors = diags_errors(l->d);
        push_unit(l, u);
        sigma_keys_check(l, u);
        diag_pop(l->d);
        u->bad = u->bad || diags_errors(l->d) != errors;
    }
}

static void
compile_all(struct load *ld, struct rule_tests *tests)
{
    struct loader *l = &ld->l;

    for (size_t i = 0; i < l->units.n; i++)
        enter_unit(l, i);
    warn_same_titles(l);
    check_keys(l);
    compile_kind(ld, UNIT_RULE);
    compile_kind(ld, UNIT_FILTER);
    filters_join(l);
    compile_kind(ld, UNIT_CORRELATION);
    corrs_resolve(l);
    for (size_t i = 0; i < l->units.n && tests != NULL; i++)
        if (!l->units.v[i].bad && l->units.v[i].kind != UNIT_FILTER)
            tests_compile(l, &l->units.v[i], tests);
}

/* ---- what was left out ---- */

/* The first error in a range of a file. */
static struct sv
first_error(const struct loader *l, const struct text_file *text, size_t from, size_t to)
{
    for (size_t i = 0; i < diags_count(l->d); i++) {
        const struct diag *g = diags_get(l->d, i);
        if (g->severity == DIAG_ERROR && g->span.file == text && g->span.at >= from && g->span.at < to)
            return arena_sv(l->arena, g->message);
    }
    return SV("it has errors");
}

static void
add_skipped(struct load *ld, const struct source *s, size_t unit)
{
    struct loader *l = &ld->l;
    const struct unit *u = &l->units.v[unit];
    const bool is_only = s->n == 1;
    const size_t from = is_only ? 0 : u->root->span.at;
    const struct sv id = u->id.n != 0 ? u->id : u->name.n != 0 ? u->name : u->title;
    const struct skipped_rule skipped = {
        .file = arena_sv(l->arena, s->path),
        .id = arena_sv(l->arena, id),
        .title = arena_sv(l->arena, u->title),
        .reason = first_error(l, s->text, from, is_only ? SIZE_MAX : unit_end(ld, s, unit)),
    };
    vec_push(&l->program->skipped, skipped);
}

static void
fill_skipped(struct load *ld)
{
    size_t named = 0;
    for (size_t s = 0; s < ld->paths.n; s++)
        for (size_t i = ld->source[s].first; i < ld->source[s].first + ld->source[s].n; i++)
            if (ld->l.units.v[i].bad && named++ < MAX_MESSAGES)
                add_skipped(ld, &ld->source[s], i);
}

/* ---- all of it ---- */

void
loader_init(struct loader *l, const struct lang_options *o, struct fields *fields, struct diags *d)
{
    *l = (struct loader){ .options = o, .fields = fields, .d = d };
    l->program = program_new(fields);
    l->arena = &l->program->arena;
    l->lists = lists_new();
    l->digest = digest_new();
    arena_init(&l->scratch);
    arena_init(&l->item);
    map_init(&l->by_id);
    map_init(&l->by_name);
}

void
loader_fini(struct loader *l)
{
    lists_free(l->lists);
    digest_free(l->digest);
    arena_fini(&l->scratch);
    arena_fini(&l->item);
    map_fini(&l->by_id);
    map_fini(&l->by_name);
    vec_fini(&l->units);
    vec_fini(&l->named);
    vec_fini(&l->named_in);
    vec_fini(&l->filtered);
}

static void
load_fini(struct load *ld)
{
    loader_fini(&ld->l);
    vec_fini(&ld->paths);
    mem_free(ld->source);
}

enum err
lang_load(const struct lang_options *o, struct fields *fields, struct program **out, struct rule_tests *tests,
          struct diags *d)
{
    struct load ld;
    const size_t errors = diags_errors(d);

    ld = (struct load){ .source = NULL };
    loader_init(&ld.l, o, fields, d);
    const bool readable = paths_collect(o->rules, o->n_rules, true, &ld.l.scratch, &ld.paths, d);
    ld.source = mem_zalloc(ld.paths.n, sizeof *ld.source);
    for (size_t i = 0; i < ld.paths.n; i++)
        read_source(&ld, i);
    bool all_read = readable;
    for (size_t i = 0; i < ld.paths.n; i++)
        all_read = all_read && ld.source[i].text != NULL;
    compile_all(&ld, tests);
    fill_skipped(&ld);
    program_freeze(ld.l.program);
    digest_hex(ld.l.digest, ld.l.program->digest);
    *out = ld.l.program;
    load_fini(&ld);
    if (!all_read)
        return ERR_CONFIG;
    return diags_errors(d) == errors || o->skip_bad ? ERR_OK : ERR_CONFIG;
}
