/* SPDX-License-Identifier: Apache-2.0 */
/* Search identifiers (sigma-profile.md 2):
 *
 *   a mapping             AND of its lines
 *   a list of mappings    OR of them
 *   a list of scalars     keywords, OR
 *   one scalar            one keyword
 */
#include "lang/selection.h"

#include "lang/doc.h"
#include "lang/modifier.h"
#include "lang/show.h"
#include "lang/sigma_keys.h"

/* Errors of one search identifier after which the rest of it is not read. */
#define MAX_ERRORS 100
/* Unused identifiers that are named one by one. */
#define MAX_UNUSED 20

/* ---- one search identifier ---- */

static struct expr *
compile_map(struct loader *l, const struct unit *u, const struct ynode *map)
{
    struct expr **line = mem_zalloc(map->n, sizeof *line);
    const size_t errors = diags_errors(l->d);
    bool good = map->n != 0;

    if (map->n == 0)
        diag_error(l->d, map->span, "an empty mapping");
    for (size_t i = 0; i < map->n && diags_errors(l->d) - errors < MAX_ERRORS; i++) {
        line[i] = item_compile(l, u, map->key[i], map->item[i]);
        good = good && line[i] != NULL;
    }
    struct expr *e = good ? expr_join(l->program, EXPR_AND, line, map->n) : NULL;
    mem_free(line);
    return e;
}

static struct expr *
compile_maps(struct loader *l, const struct unit *u, const struct ynode *list)
{
    struct expr **map = mem_zalloc(list->n, sizeof *map);
    const size_t errors = diags_errors(l->d);
    bool good = true;

    for (size_t i = 0; i < list->n && diags_errors(l->d) - errors < MAX_ERRORS; i++) {
        map[i] = compile_map(l, u, list->item[i]);
        good = good && map[i] != NULL;
    }
    struct expr *e = good ? expr_join(l->program, EXPR_OR, map, list->n) : NULL;
    mem_free(map);
    return e;
}

/* All members are of the first one's kind, and that is no list. */
static bool
check_members(struct loader *l, const struct ynode *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct ynode *node = list->item[i];
        if (node->kind == YAML_LIST) {
            diag_error(l->d, node->span, "a list in a list");
            return false;
        }
        if (node->kind != list->item[0]->kind) {
            diag_error(l->d, node->span, "the list mixes mappings and keywords");
            return false;
        }
    }
    return true;
}

struct expr *
selection_compile(struct loader *l, const struct unit *u, const struct ynode *value)
{
    if (value->kind == YAML_MAP)
        return compile_map(l, u, value);
    if (value->kind == YAML_SCALAR || value->n == 0 || value->item[0]->kind == YAML_SCALAR) {
        if (value->kind == YAML_LIST && value->n == 0) {
            diag_error(l->d, value->span, "an empty list");
            return NULL;
        }
        if (value->kind == YAML_LIST && !check_members(l, value))
            return NULL;
        return item_compile(l, u, NULL, value);
    }
    return check_members(l, value) ? compile_maps(l, u, value) : NULL;
}

/* ---- all of them ---- */

void
selections_init(struct selections *s)
{
    *s = (struct selections){ .n = 0 };
    map_init(&s->by_name);
}

void
selections_fini(struct selections *s)
{
    vec_fini(s);
    map_fini(&s->by_name);
}

void
selections_add(struct selections *s, struct loader *l, const struct unit *u, const char *where, const struct ynode *key,
               const struct ynode *value)
{
    struct selection sel = { .name = key->text, .at = key->span };

    diag_push(l->d, "reading selection '%.*s' of %s '%.*s'", SHOW(key->text), where, SHOW(sigma_keys_title(u)));
    sel.expr = selection_compile(l, u, value);
    diag_pop(l->d);
    if (sel.expr != NULL)
        sel.expr->label = doc_keep(l, key->text);
    map_put(&s->by_name, key->text, (uint32_t)s->n, NULL);
    vec_push(s, sel);
}

void
selections_warn_unused(const struct selections *s, struct loader *l)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n && n <= MAX_UNUSED; i++) {
        if (s->v[i].used)
            continue;
        if (n++ == MAX_UNUSED)
            diag_warning(l->d, s->v[i].at, "and more search identifiers that the condition never names");
        else
            diag_warning(l->d, s->v[i].at, "the condition never names '%.*s'", SHOW(s->v[i].name));
    }
}

void
selection_no_condition(struct loader *l, const struct unit *u, const char *section)
{
    const struct ynode *map = yaml_get(u->root, section);

    for (size_t i = 0; i < map->n; i++)
        if (sv_distance(map->key[i]->text, SV("condition"), 2) <= 2) {
            diag_error(l->d, map->key[i]->span, "'%s' without a 'condition': '%.*s' is taken for a search identifier",
                       section, SHOW(map->key[i]->text));
            return;
        }
    diag_error(l->d, yaml_key(u->root, section)->span, "'%s' without a 'condition'", section);
}
