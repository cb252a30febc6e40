/* SPDX-License-Identifier: Apache-2.0 */
/* What all documents share: who they are (title, id, name), and keys that only people read. Level, status, dates and
 * the like are meta.c's. Sigma allows any further key, so an unknown one is silent, unless it is nearly a standard
 * one. */
#include "lang/sigma_keys.h"

#include "base/codec.h"
#include "lang/doc.h"
#include "lang/show.h"

#define MAX_HANDLE 256 /* the standard's limit for titles */

static const struct sv known[] = {
    { "title", 5 },  { "id", 2 },       { "name", 4 },        { "related", 7 },         { "taxonomy", 8 },
    { "status", 6 }, { "license", 7 },  { "author", 6 },      { "description", 11 },    { "references", 10 },
    { "date", 4 },   { "modified", 8 }, { "logsource", 9 },   { "detection", 9 },       { "fields", 6 },
    { "level", 5 },  { "tags", 4 },     { "scope", 5 },       { "falsepositives", 14 }, { "correlation", 11 },
    { "filter", 6 }, { "generate", 8 }, { "x-authsift", 10 },
};

#define N_KNOWN (sizeof(known) / sizeof *(known))

/* ---- identity ---- */

/* Messages and reports repeat these texts, so they are not left long. */
static struct sv
cut_handle(struct loader *l, const struct ynode *node, struct sv text)
{
    if (utf8_length(text) <= MAX_HANDLE)
        return text;
    diag_error(l->d, node->span, "more than %d characters", MAX_HANDLE);
    return show_clip(text);
}

static void
read_title(struct loader *l, struct unit *u)
{
    const struct ynode *node = yaml_get(u->root, "title");
    struct sv title;

    if (node == NULL) {
        diag_error(l->d, u->at, "no 'title'");
        return;
    }
    if (!doc_text(l, node, "title", &title))
        return;
    u->at = node->span;
    u->title = cut_handle(l, node, title);
}

static struct sv
read_handle(struct loader *l, const struct unit *u, const char *key)
{
    const struct ynode *node = yaml_get(u->root, key);
    struct sv text;

    if (node == NULL || yaml_is_null(node) || !doc_text(l, node, key, &text))
        return SV("");
    return cut_handle(l, node, text);
}

void
sigma_keys_read(struct loader *l, struct unit *u)
{
    u->at = u->root->span;
    u->title = SV("");
    read_title(l, u);
    u->id = read_handle(l, u, "id");
    u->name = read_handle(l, u, "name");
}

struct sv
sigma_keys_title(const struct unit *u)
{
    return u->title.n != 0 ? u->title : SV("(untitled)");
}

/* ---- the rest ---- */

static void
check_related_one(struct loader *l, const struct ynode *node)
{
    static const struct sv types[] = {
        { "derived", 7 }, { "obsolete", 8 }, { "obsoletes", 9 },    { "merged", 6 },
        { "renamed", 7 }, { "similar", 7 },  { "correlation", 11 },
    };
    const struct ynode *type = yaml_get(node, "type");

    if (node->kind != YAML_MAP || yaml_get(node, "id") == NULL || type == NULL) {
        diag_error(l->d, node->span, "a member of 'related' has to be {id: ..., type: ...}");
        return;
    }
    for (size_t i = 0; i < sizeof(types) / sizeof *(types); i++)
        if (type->kind == YAML_SCALAR && sv_eq(type->text, types[i]))
            return;
    diag_warning(l->d, type->span, "unknown type of a related rule");
}

static void
check_related(struct loader *l, const struct unit *u)
{
    const struct ynode *node = yaml_get(u->root, "related");

    if (node == NULL || yaml_is_null(node))
        return;
    if (node->kind != YAML_LIST) {
        diag_error(l->d, node->span, "'related' has to be a list, not %s", yaml_kind_name(node));
        return;
    }
    for (size_t i = 0; i < node->n; i++)
        check_related_one(l, node->item[i]);
}

/* Nothing is lost if it is no list: only people read these. */
static void
check_list(struct loader *l, const struct unit *u, const char *key)
{
    const struct ynode *node = yaml_get(u->root, key);
    if (node != NULL && !yaml_is_null(node) && node->kind != YAML_LIST)
        diag_warning(l->d, node->span, "'%s' should be a list", key);
}

static bool
is_known(struct sv key)
{
    for (size_t i = 0; i < N_KNOWN; i++)
        if (sv_eq(key, known[i]))
            return true;
    return false;
}

struct sv
sigma_keys_nearest(struct sv key)
{
    return is_known(key) ? SV_NONE : doc_nearest(key, known, N_KNOWN);
}

void
sigma_keys_check(struct loader *l, const struct unit *u)
{
    check_related(l, u);
    check_list(l, u, "references");
    check_list(l, u, "falsepositives");
    check_list(l, u, "tags");
    for (size_t i = 0; i < u->root->n; i++) {
        const struct ynode *key = u->root->key[i];
        const struct sv near = sigma_keys_nearest(key->text);
        /* meta.c says it of x-authsift, whose loss costs more. */
        if (near.n != 0 && !sv_eq(near, SV("x-authsift")) && yaml_get(u->root, near.p) == NULL)
            diag_warning(l->d, key->span, "unknown key '%.*s' (did you mean '%.*s'?)", SHOW(key->text), SV_ARG(near));
    }
}
