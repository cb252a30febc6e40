/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a correlation type, read by its parameter table (agg/corr.h): lang/ knows no type by name. A dot in a
 * parameter's name is a mapping inside a mapping, so `learning.hits` is written `learning: {hits: 10}`. */
#include "lang/corr_unit.h"

#include "base/buf.h"

#include "lang/doc.h"
#include "lang/show.h"

/* The largest whole number that a double holds exactly with all its neighbours. */
#define COUNT_MAX 9007199254740992.0

/* Index in the type's table, or n_params. */
static size_t
param_find(const struct corr_type *type, struct sv path)
{
    size_t i = 0;
    while (i < type->n_params && !sv_eq(sv_of(type->params[i].name), path))
        i++;
    return i;
}

/* Is `name` a parameter's name below `path`? */
static bool
is_below(struct sv name, struct sv path)
{
    return name.n > path.n && sv_starts(name, path) && name.p[path.n] == '.';
}

static bool
is_prefix(const struct corr_type *type, struct sv path)
{
    for (size_t i = 0; i < type->n_params; i++)
        if (is_below(sv_of(type->params[i].name), path))
            return true;
    return false;
}

static void
read_field_names(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    const struct ynode **item;
    size_t n;

    if (p->type == PARAM_FIELD && value->kind == YAML_LIST) {
        diag_error(b->l->d, value->span, "'%s' has to be one field, not a list", p->name);
        return;
    }
    if (!doc_scalars(b->l, value, p->name, &item, &n))
        return;
    if (n > CORR_FIELDS_MAX) {
        diag_error(b->l->d, value->span, "'%s' lists more than %d fields", p->name, CORR_FIELDS_MAX);
        return;
    }
    arg->field_names = ARENA_ARRAY(b->l->arena, struct sv, n);
    for (size_t i = 0; i < n; i++)
        arg->field_names[i] = doc_keep(b->l, item[i]->text);
    arg->n_fields = n;
}

static void
read_number(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    double x;
    if (!doc_number(b->l, value, p->name, &x))
        return;
    if (p->type == PARAM_COUNT && !(x >= 0 && x <= COUNT_MAX && x == (double)(uint64_t)x))
        diag_error(b->l->d, value->span, "'%s' has to be a whole number, 0 or more", p->name);
    else
        arg->number = x;
}

static void
read_word(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    VEC(struct sv) words = VEC_INIT;
    struct sv text, rest = sv_of(p->words), word;
    bool known = false;

    if (!doc_text(b->l, value, p->name, &text))
        return;
    while (sv_split(&rest, ' ', &word)) {
        known = known || sv_eq(word, text);
        vec_push(&words, word);
    }
    if (known)
        arg->word = doc_keep(b->l, text);
    else
        doc_error_near(b->l, value->span, doc_nearest(text, words.v, words.n), "'%s' cannot be '%.*s', only one of: %s",
                       p->name, SHOW(text), p->words);
    vec_fini(&words);
}

/* A long list may be named many times. */
#define VALUES_MAX 1000000

/* "%name%" stands for the values of a list file. */
static bool
is_list_name(struct sv text, struct sv *name)
{
    if (text.n < 3 || text.p[0] != '%' || text.p[text.n - 1] != '%')
        return false;
    *name = sv_make(text.p + 1, text.n - 2);
    return sv_find_char(*name, '%', 0) == name->n;
}

static void
read_values(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    VEC(struct sv) values = VEC_INIT;
    const struct ynode **item;
    size_t n;

    if (!doc_scalars(b->l, value, p->name, &item, &n))
        return;
    for (size_t i = 0; i < n && values.n <= VALUES_MAX; i++) {
        struct sv name, *from_list;
        size_t n_list;
        if (!is_list_name(item[i]->text, &name)) {
            vec_push(&values, doc_keep(b->l, item[i]->text));
        } else if (loader_list(b->l, b->u, name, &from_list, &n_list)) {
            for (size_t k = 0; k < n_list && values.n <= VALUES_MAX; k++)
                vec_push(&values, from_list[k]);
        } else {
            diag_error(b->l->d, item[i]->span, "list '%.*s' is not there: no %.*s.txt in the lists folders", SHOW(name),
                       SHOW(name));
        }
    }
    if (values.n > VALUES_MAX)
        diag_error(b->l->d, value->span, "'%s' has more than %d values", p->name, VALUES_MAX);
    arg->values = ARENA_ARRAY(b->l->arena, struct sv, values.n);
    if (values.n != 0)
        memcpy(arg->values, values.v, values.n * sizeof *values.v);
    arg->n_values = values.n;
    vec_fini(&values);
}

static void
read_weights(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    if (!doc_is_map(b->l, value, p->name))
        return;
    arg->weight_keys = ARENA_ARRAY(b->l->arena, struct sv, value->n);
    arg->weights = ARENA_ARRAY(b->l->arena, double, value->n);
    for (size_t i = 0; i < value->n; i++) {
        double x;
        if (!doc_number(b->l, value->item[i], p->name, &x))
            continue;
        arg->weight_keys[arg->n_weights] = doc_keep(b->l, value->key[i]->text);
        arg->weights[arg->n_weights++] = x;
    }
}

/* `learning.hits: 10`, for program_dump: a list's members one after the other, of a mapping its keys and values. */
static struct sv
written(struct corr_build *b, const struct corr_param *p, const struct ynode *value)
{
    struct buf text = BUF_INIT;

    buf_printf(&text, "%s:", p->name);
    if (value->kind == YAML_SCALAR)
        buf_printf(&text, " %.*s", SV_ARG(value->text));
    for (size_t i = 0; value->kind != YAML_SCALAR && i < value->n; i++) {
        buf_puts(&text, i == 0 ? " " : ", ");
        if (value->kind == YAML_MAP)
            buf_printf(&text, "%.*s ", SV_ARG(value->key[i]->text));
        buf_sv(&text, value->item[i]->text);
    }
    const struct sv kept = arena_sv(b->l->arena, buf_view(&text));
    buf_fini(&text);
    return kept;
}

static void
read_param(struct corr_build *b, const struct corr_param *p, const struct ynode *value, struct corr_arg *arg)
{
    struct sv text;

    arg->given = true; /* also if it is wrong: then it is not missing as well */
    arg->at = value->span;
    arg->written = written(b, p, value);
    switch (p->type) {
    case PARAM_FIELD:
    case PARAM_FIELDS:
        read_field_names(b, p, value, arg);
        break;
    case PARAM_DURATION:
        (void)doc_duration(b->l, value, p->name, &arg->duration);
        break;
    case PARAM_NUMBER:
    case PARAM_COUNT:
        read_number(b, p, value, arg);
        break;
    case PARAM_VALUES:
        read_values(b, p, value, arg);
        break;
    case PARAM_WORD:
        read_word(b, p, value, arg);
        break;
    case PARAM_RULE:
        if (doc_text(b->l, value, p->name, &text))
            (void)corr_mention(b, text, value->span, &arg->pos);
        break;
    case PARAM_WEIGHTS:
        read_weights(b, p, value, arg);
        break;
    }
}

bool
corr_arg_read(struct corr_build *b, struct sv path, const struct ynode *value)
{
    const size_t i = param_find(b->type, path);

    if (i < b->type->n_params) {
        read_param(b, &b->type->params[i], value, &b->c.args[i]);
        return true;
    }
    if (!is_prefix(b->type, path))
        return false;
    const char *what = arena_sv(&b->l->scratch, path).p;
    if (!doc_is_map(b->l, value, what))
        return true;
    for (size_t k = 0; k < value->n; k++) {
        if (!corr_arg_read_below(b, path, value->key[k], value->item[k]))
            corr_arg_unknown(b, path, value->key[k], NULL, 0);
    }
    return true;
}

bool
corr_arg_read_below(struct corr_build *b, struct sv parent, const struct ynode *key, const struct ynode *value)
{
    /* A clipped key is longer than any parameter's name, and so as unknown as the whole. */
    return corr_arg_read(b, arena_printf(&b->l->scratch, "%.*s.%.*s", SHOW(parent), SHOW(key->text)), value);
}

/* Names that could stand in place of the last part of path: its siblings' own parts. */
static struct sv
nearest_sibling(const struct corr_build *b, struct sv parent, struct sv word, const struct sv *own, size_t n_own)
{
    VEC(struct sv) names = VEC_INIT;

    for (size_t i = 0; i < n_own; i++)
        vec_push(&names, own[i]);
    for (size_t i = 0; i < b->type->n_params; i++) {
        struct sv name = sv_of(b->type->params[i].name);
        if (parent.n != 0) {
            if (!is_below(name, parent))
                continue;
            name = sv_from(name, parent.n + 1);
        }
        name.n = sv_find_char(name, '.', 0);
        vec_push(&names, name);
    }
    const struct sv near = doc_nearest(word, names.v, names.n);
    vec_fini(&names);
    return near;
}

/* A parameter whose last part is `word`: the key exists, but elsewhere. */
static struct sv
same_elsewhere(const struct corr_type *type, struct sv word)
{
    for (size_t i = 0; i < type->n_params; i++) {
        const struct sv name = sv_of(type->params[i].name);
        if (name.n > word.n && sv_ends(name, word) && name.p[name.n - word.n - 1] == '.')
            return name;
    }
    return SV_NONE;
}

void
corr_arg_unknown(struct corr_build *b, struct sv parent, const struct ynode *key, const struct sv *own, size_t n_own)
{
    const struct sv word = key->text;

    struct sv near = nearest_sibling(b, parent, word, own, n_own);
    if (near.n == 0)
        near = same_elsewhere(b->type, word);
    if (near.n == 0 && parent.n == 0 && sv_eq(word, SV("timeframe")))
        near = SV("timespan"); /* what older Sigma called it */
    if (parent.n != 0)
        doc_error_near(b->l, key->span, near, "unknown key '%.*s' in '%.*s' of type '%s'", SHOW(word), SHOW(parent),
                       b->type->name);
    else
        doc_error_near(b->l, key->span, near, "unknown key '%.*s' of type '%s'", SHOW(word), b->type->name);
}

bool
corr_args_name_rules(const struct corr_type *type)
{
    for (size_t i = 0; i < type->n_params; i++)
        if (type->params[i].type == PARAM_RULE && type->params[i].required)
            return true;
    return false;
}

void
corr_args_check(struct corr_build *b)
{
    bool complete = true;

    for (size_t i = 0; i < b->type->n_params; i++) {
        if (!b->type->params[i].required || b->c.args[i].given)
            continue;
        diag_error(b->l->d, b->type_at, "type '%s' needs the key '%s'", b->type->name, b->type->params[i].name);
        complete = complete && b->type->params[i].type != PARAM_RULE;
    }
    if (!complete || !corr_args_name_rules(b->type))
        return;
    for (size_t i = 0; i < b->listed.n; i++)
        if (!b->listed.v[i].named)
            diag_error(b->l->d, b->listed.v[i].at, "rule '%.*s' is listed, but no key of type '%s' names it",
                       SHOW(b->listed.v[i].name), b->type->name);
}

void
corr_args_fields(struct corr_build *b)
{
    for (size_t i = 0; i < b->type->n_params; i++) {
        struct corr_arg *arg = &b->c.args[i];
        if (arg->n_fields == 0)
            continue;
        arg->fields = ARENA_ARRAY(b->l->arena, field_id, b->listed.n * arg->n_fields);
        for (size_t k = 0; k < arg->n_fields; k++)
            corr_name(b, arg->field_names[k], arg->at);
        for (size_t pos = 0; pos < b->listed.n; pos++)
            for (size_t k = 0; k < arg->n_fields; k++)
                arg->fields[pos * arg->n_fields + k] = corr_field(b, arg->field_names[k], pos);
    }
}
