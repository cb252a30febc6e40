/* SPDX-License-Identifier: Apache-2.0 */
/* Filters (sigma-profile.md 8): a document that narrows other rules without editing them. Its condition is AND-ed as
 * written, so an exclusion says `not`. It applies to the rules that it lists, or to any, as far as its logsource
 * contains theirs: every key that it names has the same value there. Its search identifiers are its own; `them` means
 * those.
 */
#include <stdlib.h>

#include "lang/doc.h"
#include "lang/logsource.h"
#include "lang/modifier.h"
#include "lang/named.h"
#include "lang/selection.h"
#include "lang/show.h"
#include "lang/sigma_keys.h"

struct filter {
    struct loader *l;
    const struct unit *unit;
    struct logsource logsource;
    struct expr *condition;
};

static bool
contains_key(struct sv mine, struct sv theirs)
{
    return mine.n == 0 || sv_eq(mine, theirs);
}

static bool
covers(const struct filter *f, const struct rule *r)
{
    return contains_key(f->logsource.category, r->logsource.category) &&
           contains_key(f->logsource.product, r->logsource.product) &&
           contains_key(f->logsource.service, r->logsource.service);
}

/* Tests that filters may add to all rules together, an application itself counting as some: `rules: any` multiplies
 * what a text says by the number of rules. */
#define TESTS_MAX (4u << 20)
#define APPLICATION_TESTS 4

static size_t
count_tests(const struct expr *e)
{
    size_t n = e->kind == EXPR_PRED;
    for (size_t i = 0; i < e->n_kids; i++)
        n += count_tests(e->kid[i]);
    return n;
}

/* False, and reported, if that would be too much. */
static bool
may_apply(struct filter *f, size_t n_rules)
{
    const size_t each = count_tests(f->condition) + APPLICATION_TESTS;
    if (n_rules <= (TESTS_MAX - f->l->filter_tests) / each) {
        f->l->filter_tests += n_rules * each;
        return true;
    }
    diag_error(f->l->d, f->unit->at, "filters add more than %u tests to the rules", TESTS_MAX);
    return false;
}

static void
apply(struct filter *f, const struct rule *r)
{
    const struct filtered one = { .rule = (uint32_t)(r - f->l->program->rules.v),
                                  .serial = (uint32_t)f->l->filtered.n,
                                  .condition = f->condition };
    vec_push(&f->l->filtered, one);
}

/* ---- which rules ---- */

static void
apply_to_any(struct filter *f)
{
    const struct rule *rule = f->l->program->rules.v;
    const size_t n_rules = f->l->program->rules.n;
    size_t n = 0;

    for (size_t i = 0; i < n_rules; i++)
        n += covers(f, &rule[i]);
    if (n == 0)
        diag_warning(f->l->d, f->unit->at, "the filter applies to no rule: no logsource is the same");
    if (!may_apply(f, n))
        return;
    for (size_t i = 0; i < n_rules; i++)
        if (covers(f, &rule[i]))
            apply(f, &rule[i]);
}

/* NULL: reported, or a rule whose own errors were. */
static struct rule *
find_rule(struct filter *f, const struct ynode *node)
{
    struct loader *l = f->l;
    struct sv reference;

    if (!doc_text(l, node, "rules", &reference))
        return NULL;
    const struct unit *u = loader_find(l, reference);
    if (u == NULL) {
        doc_error_near(l, node->span, doc_nearest_rule(l, reference), "no rule has the id or name '%.*s'",
                       SHOW(reference));
        return NULL;
    }
    if (u->kind != UNIT_RULE) {
        diag_error(l->d, node->span, "'%.*s' is a correlation; filters apply to detection rules only", SHOW(reference));
        return NULL;
    }
    if (u->bad) {
        diag_warning(l->d, node->span, "rule '%.*s' is left out because of its own errors", SHOW(reference));
        return NULL;
    }
    return &l->program->rules.v[u->index];
}

/* Everything is looked up before anything is applied: a filter with a mistake changes no rule. */
static void
apply_to_listed(struct filter *f, const struct ynode *const *item, size_t n)
{
    const size_t errors = diags_errors(f->l->d);
    struct rule **rule = mem_zalloc(n, sizeof *rule);

    for (size_t i = 0; i < n; i++) {
        rule[i] = find_rule(f, item[i]);
        for (size_t k = 0; k < i && rule[i] != NULL && i < 1000; k++)
            if (rule[k] == rule[i]) {
                diag_warning(f->l->d, item[i]->span, "'%.*s' is listed twice", SHOW(item[i]->text));
                rule[i] = NULL;
            }
        if (rule[i] != NULL && !covers(f, rule[i])) {
            diag_warning(f->l->d, item[i]->span, "the filter does not apply to '%.*s': its logsource differs",
                         SHOW(item[i]->text));
            rule[i] = NULL;
        }
    }
    const bool good = diags_errors(f->l->d) == errors && f->condition != NULL && may_apply(f, n);
    for (size_t i = 0; i < n && good; i++)
        if (rule[i] != NULL)
            apply(f, rule[i]);
    mem_free(rule);
}

static void
apply_all(struct filter *f, const struct ynode *rules)
{
    const struct ynode **item;
    size_t n;

    const bool is_any =
        (rules->kind == YAML_LIST && rules->n == 0) || (rules->kind == YAML_SCALAR && sv_eq(rules->text, SV("any")));
    if (!is_any) {
        if (doc_scalars(f->l, rules, "rules", &item, &n))
            apply_to_listed(f, item, n);
    } else if (f->condition != NULL) {
        apply_to_any(f);
    }
}

/* ---- the document ---- */

/* `not`, neq and `exists: false` all end as NOT, or as what is always true where a list is empty. */
static bool
has_negation(const struct expr *e)
{
    if (e->kind == EXPR_NOT || e->kind == EXPR_TRUE)
        return true;
    for (size_t i = 0; i < e->n_kids; i++)
        if (has_negation(e->kid[i]))
            return true;
    return false;
}

static struct expr *
compile_condition(struct filter *f, const struct ynode *body)
{
    struct loader *l = f->l;
    const struct ynode *condition = yaml_get(body, "condition");
    struct selections s;
    struct expr *e = NULL;

    selections_init(&s);
    for (size_t i = 0; i < body->n; i++)
        if (!sv_eq(body->key[i]->text, SV("condition")) && !sv_eq(body->key[i]->text, SV("rules")))
            selections_add(&s, l, f->unit, "filter", body->key[i], body->item[i]);
    if (condition == NULL)
        selection_no_condition(l, f->unit, "filter");
    else
        e = condition_compile(&s, l, condition);
    if (e != NULL && !has_negation(e))
        diag_warning(l->d, condition->span,
                     "a filter without 'not' keeps only what it describes; an exclusion is 'not ...'");
    if (e != NULL)
        selections_warn_unused(&s, l);
    selections_fini(&s);
    return e;
}

static void
read_filter(struct filter *f, const struct ynode *body)
{
    const struct ynode *rules = yaml_get(body, "rules");
    const struct span at = yaml_key(f->unit->root, "filter")->span;

    if (body->kind != YAML_MAP) {
        diag_error(f->l->d, body->span, "'filter' has to be a mapping, not %s", yaml_kind_name(body));
        return;
    }
    f->condition = compile_condition(f, body);
    if (f->condition != NULL)
        f->condition->label = arena_printf(f->l->arena, "filter %.*s", SHOW(sigma_keys_title(f->unit)));
    if (rules == NULL || yaml_is_null(rules))
        diag_error(f->l->d, at, "'filter' without 'rules'; write 'rules: any' for every rule of the logsource");
    else
        apply_all(f, rules);
}

void
filter_compile(struct loader *l, struct unit *u)
{
    struct filter f = { .l = l, .unit = u };
    const size_t errors = diags_errors(l->d);
    struct rule_meta checked;

    named_begin(l);
    diag_push(l->d, "reading filter '%.*s'", SHOW(sigma_keys_title(u)));
    meta_compile(l, u, &checked);
    if (logsource_read(l->d, l->arena, u->root, u->at, true, &f.logsource))
        read_filter(&f, yaml_get(u->root, "filter"));
    diag_pop(l->d);
    u->bad = u->bad || diags_errors(l->d) != errors;
    if (!u->bad)
        named_end(l, u, &f.logsource, false);
}

static int
compare_filtered(const void *a, const void *b)
{
    const struct filtered *x = a, *y = b;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

/* All filters of a rule at once: one after the other, each would copy what those before it made. */
void
filters_join(struct loader *l)
{
    const struct filtered *f = l->filtered.v;
    VEC(struct expr *) all = VEC_INIT;

    if (l->filtered.n > 1)
        qsort(l->filtered.v, l->filtered.n, sizeof *l->filtered.v, compare_filtered);
    for (size_t i = 0; i < l->filtered.n;) {
        struct rule *r = &l->program->rules.v[f[i].rule];
        all.n = 0;
        vec_push(&all, r->condition);
        for (const uint32_t rule = f[i].rule; i < l->filtered.n && f[i].rule == rule; i++)
            vec_push(&all, f[i].condition);
        r->condition = expr_join(l->program, EXPR_AND, all.v, all.n);
    }
    vec_fini(&all);
}
