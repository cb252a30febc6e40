/* SPDX-License-Identifier: Apache-2.0 */
/* logsource: which kind of log a rule or filter is about, or a source definition declares. Names are lower case in the
 * standard; they are compared so, however they were written. */
#include "lang/doc.h"
#include "lang/logsource.h"
#include "lang/pattern.h"
#include "lang/show.h"

#define N_KEYS 4

static const struct sv keys[N_KEYS] = { { "category", 8 }, { "product", 7 }, { "service", 7 }, { "definition", 10 } };

static bool
read_name(struct diags *d, struct arena *a, const struct ynode *map, const char *key, struct sv *out)
{
    const struct ynode *node = yaml_get(map, key);
    if (node == NULL || yaml_is_null(node))
        return true;
    if (node->kind != YAML_SCALAR || node->text.n == 0) {
        diag_error(d, node->span, "'logsource.%s' has to be a name, not %s", key,
                   node->kind == YAML_SCALAR ? "an empty string" : yaml_kind_name(node));
        return false;
    }
    *out = pattern_lower(a, sv_trim(node->text));
    return true;
}

/* Any further key is allowed, but one that is nearly a known one is a slip. */
static void
warn_near(struct diags *d, const struct ynode *map)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct sv near = doc_nearest(map->key[i]->text, keys, N_KEYS);
        if (near.n != 0 && !sv_eq(near, map->key[i]->text))
            diag_warning(d, map->key[i]->span, "unknown key '%.*s' in 'logsource' (did you mean '%.*s'?)",
                         SHOW(map->key[i]->text), SV_ARG(near));
    }
}

bool
logsource_read(struct diags *d, struct arena *a, const struct ynode *root, struct span at, bool required,
               struct logsource *out)
{
    const struct ynode *map = yaml_get(root, "logsource");

    *out = (struct logsource){ SV(""), SV(""), SV("") };
    if (map == NULL) {
        if (required)
            diag_error(d, at, "no 'logsource'; it says which log this is about");
        return !required;
    }
    if (map->kind != YAML_MAP) {
        diag_error(d, map->span, "'logsource' has to be a mapping, not %s", yaml_kind_name(map));
        return false;
    }
    bool good = read_name(d, a, map, "category", &out->category);
    good = read_name(d, a, map, "product", &out->product) && good;
    good = read_name(d, a, map, "service", &out->service) && good;
    warn_near(d, map);
    if (good && required && out->category.n + out->product.n + out->service.n == 0) {
        diag_error(d, map->span, "'logsource' needs a category, a product or a service");
        return false;
    }
    return good;
}
