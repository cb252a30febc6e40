/* SPDX-License-Identifier: Apache-2.0 */
/* Every entry is first tried on options that nobody uses, so that one run shows all mistakes; then the entries that
 * the command takes are applied, those of the profile behind the others, those of the command line never. */
#include "cli/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "lang/yaml.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifndef SYSCONFDIR
#define SYSCONFDIR "/usr/local/etc"
#endif

#define CONFIG_BYTES ((size_t)1 << 20)

struct reading {
    struct config *c;
    struct diags *d;
    struct sv folder; /* of the file, with its slash; empty: the working folder */
    struct options trial;
};

/* ---- texts ---- */

/* The value of "NAME" or "NAME:-default", which stands between braces. */
static const char *
variable(struct reading *r, const struct ynode *node, struct sv inside, struct sv *fallback)
{
    size_t n = 0;
    while (n + 1 < inside.n && !(inside.p[n] == ':' && inside.p[n + 1] == '-'))
        n++;
    const bool has_default = n + 1 < inside.n;
    const struct sv name = has_default ? sv_make(inside.p, n) : inside;
    const char *value = getenv(arena_printf(&r->c->arena, "%.*s", SV_ARG(name)).p);

    *fallback = has_default ? sv_from(inside, n + 2) : SV_NONE;
    if ((value == NULL || value[0] == '\0') && !has_default)
        diag_error(r->d, node->span, "the environment has no %.*s; write ${%.*s:-text} for a default", SV_ARG(name),
                   SV_ARG(name));
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool
expand(struct reading *r, const struct ynode *node, struct buf *out)
{
    const struct sv text = node->text;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '$') {
            buf_putc(out, text.p[i]);
            continue;
        }
        if (i + 1 < text.n && text.p[i + 1] == '$') {
            buf_putc(out, '$');
            i++;
            continue;
        }
        const size_t end = sv_find_char(text, '}', i);
        if (i + 2 >= text.n || text.p[i + 1] != '{' || end == text.n || end == i + 2) {
            diag_error(r->d, yaml_subspan(node, i, 1), "a '$' has to begin ${NAME}, ${NAME:-default} or $$");
            return false;
        }
        struct sv fallback;
        const char *value = variable(r, node, sv_make(text.p + i + 2, end - i - 2), &fallback);
        if (value != NULL)
            buf_puts(out, value);
        else
            buf_sv(out, fallback);
        i = end;
    }
    return true;
}

/* The text of a value: a scalar, or {expand: scalar}. NULL after an error. */
static const char *
value_text(struct reading *r, const struct ynode *node, struct sv what)
{
    if (node->kind == YAML_SCALAR && !yaml_is_null(node))
        return arena_sv(&r->c->arena, node->text).p;
    const struct ynode *inner = yaml_get(node, "expand");
    if (inner == NULL || node->n != 1 || inner->kind != YAML_SCALAR) {
        diag_error(r->d, node->span, "'%.*s' has to be a text, or {expand: a text with ${NAME}}, not %s", SV_ARG(what),
                   yaml_kind_name(node));
        return NULL;
    }
    struct buf b = BUF_INIT;
    const bool good = expand(r, inner, &b);
    const char *text = good ? arena_sv(&r->c->arena, buf_view(&b)).p : NULL;
    buf_fini(&b);
    return text;
}

/* A relative path starts at the configuration's own folder, wherever cron happens to stand. */
static const char *
place(struct reading *r, const char *path)
{
    if (path[0] == '/' || path[0] == '\0' || strcmp(path, "-") == 0)
        return path;
    return arena_printf(&r->c->arena, "%.*s%s", SV_ARG(r->folder), path).p;
}

/* ---- one entry ---- */

static bool
set_text(struct reading *r, struct options *o, int id, const struct ynode *node)
{
    const struct sv name = sv_of(options_name(id));
    const char *text = value_text(r, node, name);
    if (text == NULL)
        return false;
    if (options_is_path(id))
        text = place(r, text);
    if (options_set(o, id, text))
        return true;
    diag_error(r->d, node->span, "%.*s: '%s' is not %s", SV_ARG(name), text, options_expected(id));
    return false;
}

static void
set_list(struct reading *r, struct options *o, int id, const struct ynode *node)
{
    options_clear(o, id);
    if (node->kind != YAML_LIST) {
        set_text(r, o, id, node);
        return;
    }
    for (size_t i = 0; i < node->n; i++)
        set_text(r, o, id, node->item[i]);
}

static void
set_flag(struct reading *r, struct options *o, int id, const struct ynode *node)
{
    bool value;
    if (yaml_bool(node, &value))
        options_set(o, id, value ? "true" : "false");
    else
        diag_error(r->d, node->span, "'%s' has to be true or false", options_name(id));
}

static void
set_option(struct reading *r, struct options *o, int id, const struct ynode *node)
{
    if (options_is_flag(id))
        set_flag(r, o, id, node);
    else if (options_is_list(id))
        set_list(r, o, id, node);
    else
        set_text(r, o, id, node);
}

static void
add_inputs(struct reading *r, struct options *o, const struct ynode *node)
{
    const size_t n = node->kind == YAML_LIST ? node->n : 1;
    o->arguments.n = 0;
    for (size_t i = 0; i < n; i++) {
        const char *text = value_text(r, node->kind == YAML_LIST ? node->item[i] : node, SV("inputs"));
        if (text != NULL)
            vec_push(&o->arguments, place(r, text));
    }
}

/* ---- a mapping of entries: the file, or a profile ---- */

static int
option_of(struct sv key)
{
    const int id = options_find(key);
    return id == OPTION_CONFIG || id == OPTION_PROFILE || id == OPTION_HELP ? -1 : id;
}

static void
unknown_key(struct reading *r, const struct ynode *key, bool is_profile)
{
    struct sv near = options_nearest(key->text);
    const char *what = is_profile ? "option" : "option, nor 'inputs' or 'profiles'";
    if (option_of(near) < 0)
        near = SV_NONE;
    if (options_find(key->text) >= 0)
        diag_error(r->d, key->span, "'%.*s' belongs on the command line", SV_ARG(key->text));
    else if (near.n != 0)
        diag_error(r->d, key->span, "'%.*s' is no %s (did you mean '%.*s'?)", SV_ARG(key->text), what, SV_ARG(near));
    else
        diag_error(r->d, key->span, "'%.*s' is no %s ('authsift COMMAND --help' shows the options)", SV_ARG(key->text),
                   what);
}

static void
try_entries(struct reading *r, const struct ynode *map, bool is_profile)
{
    if (map->kind != YAML_MAP) {
        if (!yaml_is_null(map))
            diag_error(r->d, map->span, "a %s has to be a mapping of options, not %s",
                       is_profile ? "profile" : "configuration", yaml_kind_name(map));
        return;
    }
    for (size_t i = 0; i < map->n; i++) {
        const struct sv key = map->key[i]->text;
        if (sv_eq(key, SV("inputs")))
            add_inputs(r, &r->trial, map->item[i]);
        else if (!is_profile && sv_eq(key, SV("profiles")))
            continue;
        else if (option_of(key) >= 0)
            set_option(r, &r->trial, option_of(key), map->item[i]);
        else
            unknown_key(r, map->key[i], is_profile);
    }
}

static void
try_profiles(struct reading *r, const struct ynode *profiles)
{
    if (profiles == NULL)
        return;
    if (profiles->kind != YAML_MAP) {
        diag_error(r->d, profiles->span, "'profiles' has to be a mapping from names to options, not %s",
                   yaml_kind_name(profiles));
        return;
    }
    for (size_t i = 0; i < profiles->n; i++) {
        diag_push(r->d, "reading profile '%.*s'", SV_ARG(profiles->key[i]->text));
        try_entries(r, profiles->item[i], true);
        diag_pop(r->d);
    }
}

/* Of two ways to say where results go, the one of the command line holds. */
static uint64_t
settled_by(uint64_t given)
{
    const uint64_t shown = OPTION_BIT(REPORT) | OPTION_BIT(FORMAT);
    const uint64_t state = OPTION_BIT(STATE) | OPTION_BIT(REPLAY);
    /* Those who share the work say so on the command line, and then there are no reports yet. */
    if ((given & OPTION_BIT(PARTIAL)) != 0)
        given |= shown | OPTION_BIT(OUTPUT) | OPTION_BIT(FAIL_ON) | OPTION_BIT(SUPPRESS) | state;
    if ((given & OPTION_BIT(PARTITION)) != 0)
        given |= shown | OPTION_BIT(FAIL_ON) | OPTION_BIT(SUPPRESS);
    /* A look at one report is no night of its own. */
    if ((given & shown) != 0)
        given |= OPTION_BIT(OUTPUT) | state;
    if ((given & OPTION_BIT(OUTPUT)) != 0)
        given |= shown;
    return given;
}

/* What completes a command line. */
struct gaps {
    uint64_t options; /* that the command takes and the command line leaves open */
    bool inputs;
};

static void
apply_entries(struct reading *r, struct options *o, const struct ynode *map, struct gaps gaps)
{
    if (map == NULL || map->kind != YAML_MAP)
        return;
    for (size_t i = 0; i < map->n; i++) {
        const int id = option_of(map->key[i]->text);
        if (gaps.inputs && sv_eq(map->key[i]->text, SV("inputs")))
            add_inputs(r, o, map->item[i]);
        if (id < 0 || (gaps.options >> id & 1) == 0)
            continue;
        set_option(r, o, id, map->item[i]);
        o->given |= UINT64_C(1) << id;
    }
}

/* ---- the file ---- */

static const char *
choose_path(const struct options *o)
{
    const char *system = SYSCONFDIR "/authsift/authsift.yml";
    const char *path = getenv("AUTHSIFT_CONFIG");
    if (o->config != NULL)
        return o->config;
    if (path != NULL)
        return path[0] != '\0' ? path : NULL;
    return access(system, F_OK) == 0 ? system : NULL;
}

static const struct ynode *
load(struct reading *r, const char *path)
{
    static const struct ynode nothing = { .kind = YAML_MAP };
    struct buf content = BUF_INIT;
    struct ynode **docs;
    size_t n_docs;

    if (!buf_read_file(&content, path, CONFIG_BYTES)) {
        diag_error(r->d, SPAN_NONE, "cannot read the configuration %s: %s", path,
                   errno != 0 ? strerror(errno) : "it is too large");
        buf_fini(&content);
        return NULL;
    }
    const struct text_file *file = diags_add_text(r->d, sv_of(path), buf_view(&content));
    buf_fini(&content);
    if (!yaml_load(file, &r->c->arena, &docs, &n_docs, r->d))
        return NULL;
    if (n_docs > 1)
        diag_error(r->d, docs[1]->span, "a configuration is one document, and this is the second");
    return n_docs != 0 ? docs[0] : &nothing;
}

static struct sv
profile_name(const void *ctx, size_t i)
{
    const struct ynode *profiles = ctx;
    return profiles->key[i]->text;
}

static enum err
find_profile(struct reading *r, const struct ynode *profiles, const char *name, const struct ynode **profile)
{
    *profile = NULL;
    if (name == NULL)
        return ERR_OK;
    *profile = yaml_get(profiles, name);
    if (*profile != NULL)
        return ERR_OK;
    const size_t n = profiles != NULL && profiles->kind == YAML_MAP ? profiles->n : 0;
    const struct sv near = diag_nearest(sv_of(name), n, profile_name, profiles);
    if (near.n != 0)
        diag_error(r->d, SPAN_NONE, "%s has no profile '%s' (did you mean '%.*s'?)", r->c->path, name, SV_ARG(near));
    else
        diag_error(r->d, SPAN_NONE, "%s has no profile '%s'", r->c->path, name);
    return ERR_USAGE;
}

static struct sv
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? sv_make(path, (size_t)(slash - path) + 1) : SV_NONE;
}

static enum err
read_and_apply(struct reading *r, const struct command *command, struct options *o)
{
    const size_t before = diags_errors(r->d);
    const struct ynode *map = load(r, r->c->path);
    const struct ynode *profile;

    if (map == NULL)
        return ERR_CONFIG;
    try_entries(r, map, false);
    try_profiles(r, yaml_get(map, "profiles"));
    if (diags_errors(r->d) == before && options_judge(&r->trial, r->d) != ERR_OK)
        diag_note(r->d, SPAN_NONE, "so says the configuration %s", r->c->path);
    if (diags_errors(r->d) != before)
        return ERR_CONFIG;
    TRY(find_profile(r, yaml_get(map, "profiles"), o->profile, &profile));

    const bool wants_rules = command->arguments == ARGUMENTS_RULES && o->arguments.n == 0;
    const uint64_t takes = command->options | OPTION_BIT(LOG_FORMAT) | (wants_rules ? OPTION_BIT(RULES) : 0);
    const struct gaps gaps = { takes & ~settled_by(o->given),
                               command->arguments == ARGUMENTS_INPUTS && o->arguments.n == 0 };
    apply_entries(r, o, map, gaps);
    apply_entries(r, o, profile, gaps);
    for (size_t i = 0; wants_rules && i < o->rules.n; i++)
        vec_push(&o->arguments, o->rules.v[i]);
    return options_judge(o, r->d);
}

enum err
config_apply(struct config *c, const struct command *command, struct options *o, struct diags *d)
{
    arena_init(&c->arena);
    c->path = choose_path(o);
    if (c->path == NULL) {
        if (o->profile == NULL)
            return ERR_OK;
        diag_error(d, SPAN_NONE, "--profile needs a configuration: give one with -c FILE");
        return ERR_USAGE;
    }
    struct reading r = { .c = c, .d = d, .folder = folder_of(c->path) };
    o->config = c->path;
    options_init(&r.trial);
    const enum err err = read_and_apply(&r, command, o);
    options_fini(&r.trial);
    return err;
}

void
config_fini(struct config *c)
{
    arena_fini(&c->arena);
}
