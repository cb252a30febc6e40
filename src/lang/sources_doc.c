/* SPDX-License-Identifier: Apache-2.0 */
/* Source definitions: how one kind of log speaks of the canonical fields. One mapping per document:
 *
 *   name: shop                       # for -s; letters, digits, '-', '_', '.'
 *   description: the web shop's audit log
 *   format: csv                      # a row of formats.def; default: recognised from the content
 *   logsource:                       # what rules may take it for; default: nothing, so every rule looks at it
 *     product: shop
 *   recognise: {keys: [ts, event]}   # top-level keys (CSV columns) of the first record; default: only by -s
 *   required: [time, action]         # canonical fields without which a record is rejected
 *   time: [ts]                       # canonical or log names, the first usable one wins; default: time
 *   time-zone: UTC                   # times without a zone, and plain dates, are read too; they are UTC
 *   time-optional: true              # no usable time: an event without one, instead of a reject; default false
 *   field-case: fold                 # names of the log's fields in any case; default exact
 *   empty: absent                    # an empty CSV cell; default present (the text '')
 *   fields:                          # canonical name: where it comes from; others keep their own name
 *     actor.user.uid: user_id
 *     outcome: {from: ok, map: {"1": success, "0": failure}, default: absent}
 *     oauth.scopes: {from: scope, split: " "}
 *     oauth.protocol: {const: oauth2}
 *
 * Of a field: `from` is a dotted path in the log or a CSV column (default: the canonical name), `const` a fixed text
 * instead; `split` cuts a text into a list at that character; `map` replaces texts, and `default` says what happens
 * to one that is not in it: keep (the default) or absent.
 *
 * `canonical` and `raw` are built in; a file of that name replaces them.
 */
#include "base/codec.h"
#include "lang/doc.h"
#include "lang/logsource.h"
#include "lang/paths.h"
#include "lang/show.h"

struct sources {
    struct arena *arena; /* of the definitions */
    struct arena scratch;
    struct digest *digest; /* of all texts */
    struct diags *d;
    VEC(struct source_def) defs;
    VEC(struct span) at; /* of each one's name; SPAN_NONE: built in */
};

struct key_row {
    const char *key;
    void (*read)(struct sources *s, const struct ynode *node, struct source_def *def);
};

/* ---- values ---- */

static struct sv
keep(struct sources *s, struct sv text)
{
    return arena_sv(s->arena, text);
}

static bool
read_text(struct sources *s, const struct ynode *node, const char *what, struct sv *out)
{
    if (node->kind != YAML_SCALAR || yaml_is_null(node) || node->text.n == 0) {
        diag_error(s->d, node->span, "'%s' has to be a string, not %s", what,
                   node->kind == YAML_SCALAR && node->text.n == 0 ? "empty" : yaml_kind_name(node));
        return false;
    }
    *out = keep(s, node->text);
    return true;
}

/* One text, or a list of them. */
static void
read_texts(struct sources *s, const struct ynode *node, const char *what, struct sv **out, size_t *n)
{
    const size_t n_items = node->kind == YAML_LIST ? node->n : 1;

    *n = 0;
    *out = ARENA_ARRAY(s->arena, struct sv, n_items);
    for (size_t i = 0; i < n_items; i++)
        if (read_text(s, node->kind == YAML_LIST ? node->item[i] : node, what, &(*out)[*n]))
            ++*n;
}

/* One of two words; true if it is the second. */
static bool
read_choice(struct sources *s, const struct ynode *node, const char *what, const char *first, const char *second)
{
    if (node->kind == YAML_SCALAR && sv_eq(node->text, sv_of(second)))
        return true;
    if (node->kind != YAML_SCALAR || !sv_eq(node->text, sv_of(first)))
        diag_error(s->d, node->span, "'%s' has to be '%s' or '%s'", what, first, second);
    return false;
}

static void
report_unknown(struct sources *s, const struct ynode *key, const char *in, const struct sv *names, size_t n)
{
    const struct sv near = doc_nearest(key->text, names, n);
    if (near.n != 0)
        diag_error(s->d, key->span, "unknown key '%.*s' in %s (did you mean '%.*s'?)", SHOW(key->text), in,
                   SV_ARG(near));
    else
        diag_error(s->d, key->span, "unknown key '%.*s' in %s", SHOW(key->text), in);
}

/* ---- one field ---- */

static void
read_split(struct sources *s, const struct ynode *node, struct source_field *f)
{
    if (node->kind != YAML_SCALAR || node->text.n != 1)
        diag_error(s->d, node->span, "'split' has to be one character, like ' ' or ','");
    else
        f->split = node->text.p[0];
}

static void
read_map(struct sources *s, const struct ynode *node, struct source_field *f)
{
    if (node->kind != YAML_MAP) {
        diag_error(s->d, node->span, "'map' has to be a mapping, not %s", yaml_kind_name(node));
        return;
    }
    f->map_key = ARENA_ARRAY(s->arena, struct sv, node->n);
    f->map_value = ARENA_ARRAY(s->arena, struct sv, node->n);
    for (size_t i = 0; i < node->n; i++) {
        if (node->item[i]->kind != YAML_SCALAR) {
            diag_error(s->d, node->item[i]->span, "a value of 'map' has to be a text, not %s",
                       yaml_kind_name(node->item[i]));
            continue;
        }
        f->map_key[f->n_map] = keep(s, node->key[i]->text);
        f->map_value[f->n_map++] = keep(s, node->item[i]->text);
    }
}

static void
read_const(struct sources *s, const struct ynode *node, struct source_field *f)
{
    if (node->kind != YAML_SCALAR || yaml_is_null(node)) {
        diag_error(s->d, node->span, "'const' has to be a text, not %s", yaml_kind_name(node));
        return;
    }
    f->constant = keep(s, node->text);
    f->has_constant = true;
}

static void
check_field(struct sources *s, const struct ynode *map, struct source_field *f)
{
    static const char *const useless[] = { "from", "split", "map", "default" };

    if (yaml_get(map, "default") != NULL && yaml_get(map, "map") == NULL)
        diag_error(s->d, yaml_key(map, "default")->span, "'default' without 'map'");
    for (size_t i = 0; i < 4 && f->has_constant; i++)
        if (yaml_get(map, useless[i]) != NULL) {
            diag_error(s->d, yaml_key(map, useless[i])->span, "'%s' beside 'const'", useless[i]);
            return;
        }
}

static void
read_field_map(struct sources *s, const struct ynode *map, struct source_field *f)
{
    static const struct sv keys[] = { { "from", 4 }, { "const", 5 }, { "split", 5 }, { "map", 3 }, { "default", 7 } };

    for (size_t i = 0; i < map->n; i++) {
        const struct ynode *key = map->key[i];
        const struct ynode *value = map->item[i];
        if (sv_eq(key->text, keys[0]))
            read_text(s, value, "from", &f->from);
        else if (sv_eq(key->text, keys[1]))
            read_const(s, value, f);
        else if (sv_eq(key->text, keys[2]))
            read_split(s, value, f);
        else if (sv_eq(key->text, keys[3]))
            read_map(s, value, f);
        else if (sv_eq(key->text, keys[4]))
            f->map_only = read_choice(s, value, "default", "keep", "absent");
        else
            report_unknown(s, key, "a field", keys, 5);
    }
    check_field(s, map, f);
}

static void
read_fields(struct sources *s, const struct ynode *node, struct source_def *def)
{
    if (node->kind != YAML_MAP) {
        diag_error(s->d, node->span, "'fields' has to be a mapping, not %s", yaml_kind_name(node));
        return;
    }
    def->fields = ARENA_ARRAY(s->arena, struct source_field, node->n);
    for (size_t i = 0; i < node->n; i++) {
        struct source_field *f = &def->fields[def->n_fields++];
        f->name = f->from = keep(s, node->key[i]->text);
        f->constant = SV("");
        if (node->item[i]->kind == YAML_MAP)
            read_field_map(s, node->item[i], f);
        else
            read_text(s, node->item[i], "fields", &f->from);
        if (f->has_constant)
            f->from = SV("");
    }
}

/* ---- the other keys ---- */

static void
read_name(struct sources *s, const struct ynode *node, struct source_def *def)
{
    if (!read_text(s, node, "name", &def->name))
        return;
    for (size_t i = 0; i < def->name.n; i++) {
        const char ch = def->name.p[i];
        const bool is_good = (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
                             ch == '-' || ch == '_' || ch == '.';
        if (is_good)
            continue;
        diag_error(s->d, node->span, "a name is made of letters, digits, '-', '_' and '.'");
        return;
    }
}

static void
read_description(struct sources *s, const struct ynode *node, struct source_def *def)
{
    read_text(s, node, "description", &def->description);
}

static void
read_format(struct sources *s, const struct ynode *node, struct source_def *def)
{
    read_text(s, node, "format", &def->format);
}

/* Read with its parent, by logsource_read. */
static void
read_logsource(struct sources *s, const struct ynode *node, struct source_def *def)
{
    (void)s;
    (void)node;
    (void)def;
}

static void
read_recognise(struct sources *s, const struct ynode *node, struct source_def *def)
{
    static const struct sv keys[] = { { "keys", 4 } };
    const struct ynode *list = yaml_get(node, "keys");

    for (size_t i = 0; node->kind == YAML_MAP && i < node->n; i++)
        if (!sv_eq(node->key[i]->text, keys[0]))
            report_unknown(s, node->key[i], "'recognise'", keys, 1);
    if (list == NULL)
        diag_error(s->d, node->span, "'recognise' has to be a mapping with 'keys', like {keys: [time, action]}");
    else
        read_texts(s, list, "recognise.keys", &def->recognise, &def->n_recognise);
}

static void
read_required(struct sources *s, const struct ynode *node, struct source_def *def)
{
    read_texts(s, node, "required", &def->required, &def->n_required);
}

static void
read_time(struct sources *s, const struct ynode *node, struct source_def *def)
{
    if (node->kind == YAML_LIST && node->n == 0)
        diag_error(s->d, node->span, "'time' is an empty list; for a log without times write 'time-optional: true'");
    else
        read_texts(s, node, "time", &def->time, &def->n_time);
}

static void
read_time_zone(struct sources *s, const struct ynode *node, struct source_def *def)
{
    def->time_lenient = node->kind == YAML_SCALAR && sv_eq(node->text, SV("UTC"));
    if (!def->time_lenient)
        diag_error(s->d, node->span, "'time-zone' can only be UTC");
}

static void
read_time_optional(struct sources *s, const struct ynode *node, struct source_def *def)
{
    if (!yaml_bool(node, &def->time_optional))
        diag_error(s->d, node->span, "'time-optional' has to be true or false");
}

static void
read_field_case(struct sources *s, const struct ynode *node, struct source_def *def)
{
    def->fold_case = read_choice(s, node, "field-case", "exact", "fold");
}

static void
read_empty(struct sources *s, const struct ynode *node, struct source_def *def)
{
    def->empty_is_absent = read_choice(s, node, "empty", "present", "absent");
}

static const struct key_row rows[] = {
    { "name", read_name },
    { "description", read_description },
    { "format", read_format },
    { "logsource", read_logsource },
    { "recognise", read_recognise },
    { "required", read_required },
    { "time", read_time },
    { "time-zone", read_time_zone },
    { "time-optional", read_time_optional },
    { "field-case", read_field_case },
    { "empty", read_empty },
    { "fields", read_fields },
};

#define N_ROWS (sizeof(rows) / sizeof *(rows))

/* ---- one document ---- */

static const struct key_row *
find_row(struct sv key)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (sv_eq(key, sv_of(rows[i].key)))
            return &rows[i];
    return NULL;
}

static void
read_keys(struct sources *s, const struct ynode *root, struct source_def *def)
{
    struct sv names[N_ROWS];

    for (size_t i = 0; i < N_ROWS; i++)
        names[i] = sv_of(rows[i].key);
    for (size_t i = 0; i < root->n; i++) {
        const struct key_row *row = find_row(root->key[i]->text);
        if (row != NULL)
            row->read(s, root->item[i], def);
        else
            report_unknown(s, root->key[i], "a source definition", names, N_ROWS);
    }
}

/* The definition of that name, or SIZE_MAX. */
static size_t
find_def(const struct sources *s, struct sv name)
{
    for (size_t i = 0; i < s->defs.n; i++)
        if (sv_eq(s->defs.v[i].name, name))
            return i;
    return SIZE_MAX;
}

static void
check_unique(struct sources *s, const struct source_def *def, struct span at)
{
    const size_t other = find_def(s, def->name);
    size_t line, column;

    if (other == SIZE_MAX)
        return;
    text_file_locate(s->at.v[other].file, s->at.v[other].at, &line, &column);
    diag_error(s->d, at, "duplicate source '%.*s' (the first is in %.*s:%zu)", SHOW(def->name),
               SV_ARG(text_file_name(s->at.v[other].file)), line);
}

/* A list of one text in the arena. */
static struct sv *
one_text(struct arena *a, const char *text)
{
    struct sv *one = ARENA_NEW(a, struct sv);
    *one = sv_of(text);
    return one;
}

static void
read_document(struct sources *s, const struct ynode *root)
{
    struct source_def def = { .name = SV("") };

    if (root->kind != YAML_MAP) {
        if (!yaml_is_null(root))
            diag_error(s->d, root->span, "a source definition has to be a mapping, not %s", yaml_kind_name(root));
        return;
    }
    read_keys(s, root, &def);
    logsource_read(s->d, s->arena, root, root->span, false, &def.logsource);
    if (def.n_time == 0) {
        def.time = one_text(s->arena, "time");
        def.n_time = 1;
    }
    if (yaml_get(root, "name") == NULL) {
        diag_error(s->d, root->span, "a source definition without a 'name'");
        return;
    }
    const struct span at = yaml_get(root, "name")->span;
    check_unique(s, &def, at);
    vec_push(&s->defs, def);
    vec_push(&s->at, at);
}

/* ---- the built-in ones ---- */

static const char *const builtin[] = {
    "name: canonical\n"
    "description: the canonical event (event-schema.md), as JSON Lines or CSV\n"
    "recognise: {keys: [time, action]}\n"
    "required: [time, action]\n"
    "empty: absent\n"
    "fields:\n"
    "  oauth.scopes: {split: ' '}\n"
    "  post.urls: {split: ' '}\n",

    "name: raw\n"
    "description: any log, its fields by their own names; only by -s raw\n"
    "time: [time, '@timestamp', timestamp, eventTime, published, CreationTime]\n"
    "time-zone: UTC\n"
    "time-optional: true\n",
};

static void
read_text_file(struct sources *s, const struct text_file *file)
{
    struct ynode **docs;
    size_t n;

    const struct sv content = text_file_content(file);
    digest_add(s->digest, content.p, content.n);
    digest_add(s->digest, "", 1);
    (void)yaml_load(file, &s->scratch, &docs, &n, s->d);
    for (size_t i = 0; i < n; i++)
        read_document(s, docs[i]);
}

/* The same text format as files, so that they cannot do what files cannot. */
static void
add_builtin(struct sources *s)
{
    static const char *const names[] = { "canonical", "raw" };

    for (size_t i = 0; i < 2; i++)
        if (find_def(s, sv_of(names[i])) == SIZE_MAX)
            read_text_file(s, diags_add_text(s->d, SV("(built-in source)"), sv_of(builtin[i])));
}

/* ---- all of them ---- */

enum err
lang_load_sources(const char *const *folders, size_t n, struct source_defs *out, struct diags *d)
{
    struct sources s = { .arena = &out->arena, .digest = digest_new(), .d = d };
    struct yaml_paths paths = VEC_INIT;
    const size_t errors = diags_errors(d);

    arena_init(&out->arena);
    arena_init(&s.scratch);
    paths_collect(folders, n, false, &s.scratch, &paths, d);
    for (size_t i = 0; i < paths.n; i++) {
        const struct text_file *file = paths_read(&paths.v[i], d);
        if (file != NULL)
            read_text_file(&s, file);
    }
    add_builtin(&s);
    out->n = s.defs.n;
    out->v = ARENA_ARRAY(&out->arena, struct source_def, out->n);
    for (size_t i = 0; i < out->n; i++)
        out->v[i] = s.defs.v[i];
    digest_hex(s.digest, out->digest);
    digest_free(s.digest);
    vec_fini(&paths);
    vec_fini(&s.defs);
    vec_fini(&s.at);
    arena_fini(&s.scratch);
    return diags_errors(d) == errors ? ERR_OK : ERR_CONFIG;
}
