/* SPDX-License-Identifier: Apache-2.0 */
/* A detection rule: what it says about itself, its logsource, its search identifiers and the condition over them. */
#include "lang/logsource.h"
#include "lang/named.h"
#include "lang/selection.h"
#include "lang/show.h"
#include "lang/sigma_keys.h"

/* Errors of one rule after which the rest of it is not read. */
#define MAX_ERRORS 100

static void
read_selections(struct loader *l, const struct unit *u, const struct ynode *detection, struct selections *s)
{
    const size_t errors = diags_errors(l->d);

    for (size_t i = 0; i < detection->n; i++) {
        const struct ynode *key = detection->key[i];
        if (sv_eq(key->text, SV("condition")))
            continue;
        if (sv_eq(key->text, SV("timeframe"))) {
            diag_warning(l->d, key->span,
                         "'timeframe' is obsolete and has no effect; write a correlation rule with a timespan");
            continue;
        }
        if (diags_errors(l->d) - errors >= MAX_ERRORS) {
            diag_error(l->d, key->span, "too many errors; the rest of this rule is not read");
            break;
        }
        selections_add(s, l, u, "rule", key, detection->item[i]);
    }
}

static struct expr *
compile_detection(struct loader *l, const struct unit *u, const struct ynode *detection)
{
    const struct ynode *condition = yaml_get(detection, "condition");
    struct selections s;
    struct expr *e = NULL;

    if (detection->kind != YAML_MAP) {
        diag_error(l->d, detection->span, "'detection' has to be a mapping, not %s", yaml_kind_name(detection));
        return NULL;
    }
    selections_init(&s);
    read_selections(l, u, detection, &s);
    diag_push(l->d, "reading the condition of rule '%.*s'", SHOW(sigma_keys_title(u)));
    if (condition == NULL)
        selection_no_condition(l, u, "detection");
    else if (s.n == 0)
        diag_error(l->d, yaml_key(u->root, "detection")->span, "'detection' without a search identifier");
    else
        e = condition_compile(&s, l, condition);
    diag_pop(l->d);
    if (e != NULL)
        selections_warn_unused(&s, l);
    selections_fini(&s);
    return e;
}

void
detection_compile(struct loader *l, struct unit *u)
{
    const struct ynode *detection = yaml_get(u->root, "detection");
    const size_t errors = diags_errors(l->d);
    struct rule r = { .condition = NULL };

    named_begin(l);
    diag_push(l->d, "reading rule '%.*s'", SHOW(sigma_keys_title(u)));
    meta_compile(l, u, &r.meta);
    logsource_read(l->d, l->arena, u->root, u->at, true, &r.logsource);
    if (detection != NULL)
        r.condition = compile_detection(l, u, detection);
    diag_pop(l->d);
    u->bad = u->bad || diags_errors(l->d) != errors || r.condition == NULL;
    if (u->bad)
        return;
    u->index = (uint32_t)l->program->rules.n;
    vec_push(&l->program->rules, r);
    named_end(l, u, &r.logsource, false);
}
