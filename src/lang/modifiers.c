/* SPDX-License-Identifier: Apache-2.0 */
/* The table of modifiers, and the rules that hold for all of them: names, order, types.
 *
 * Order and type are data of a row (place, takes), so a modifier's file holds only what it does to a value.
 */
#include "lang/modifier.h"

#include "base/number.h"
#include "lang/doc.h"
#include "lang/show.h"

#define MODIFIER(id, name) extern const struct modifier modifier_##id;
#include "lang/modifiers.def"
#undef MODIFIER

static const struct row {
    const char *name;
    const struct modifier *modifier;
} rows[] = {
#define MODIFIER(id, name) { name, &modifier_##id },
#include "lang/modifiers.def"
#undef MODIFIER
};

#define N_ROWS (sizeof(rows) / sizeof *(rows))

/* 5 variants of each dash: more of them than this would be more variants than anybody means. */
#define MAX_UNFOLDED_DASHES 4

const char *
modifier_name(size_t i)
{
    return i < N_ROWS ? rows[i].name : NULL;
}

const char *
modifier_help(size_t i)
{
    return i < N_ROWS ? rows[i].modifier->help : NULL;
}

/* ---- reading a key ---- */

static struct sv
name_at(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(rows[i].name);
}

static const struct modifier *
find(struct sv name)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *alias = rows[i].modifier->alias;
        if (sv_eq(name, sv_of(rows[i].name)) || (alias != NULL && sv_eq(name, sv_of(alias))))
            return rows[i].modifier;
    }
    return NULL;
}

static bool
report_unknown(struct item *it, struct sv name, struct span at)
{
    if (name.n == 0)
        diag_error(it->l->d, at, "a '|' without a modifier behind it");
    else /* to a single letter every other one is near */
        doc_error_near(it->l, at, name.n > 1 ? diag_nearest(name, N_ROWS, name_at, NULL) : SV_NONE,
                       "unknown modifier '%.*s'", SHOW(name));
    return false;
}

static bool
add_use(struct item *it, struct sv name, struct span at)
{
    const struct modifier *m = find(name);
    if (m == NULL)
        return report_unknown(it, name, at);
    it->use[it->n_uses++] = (struct modifier_use){ m, name, at };
    return true;
}

/* ---- order ---- */

static bool
report_swap(struct item *it, const struct modifier_use *first, const struct modifier_use *second)
{
    diag_error(it->l->d, first->at, "'%.*s' has to stand before '%.*s': write '%.*s|%.*s'", SV_ARG(first->name),
               SV_ARG(second->name), SV_ARG(first->name), SV_ARG(second->name));
    return false;
}

/* The use before number i that changes values, or NULL. */
static const struct modifier_use *
value_use_before(const struct item *it, size_t i)
{
    while (i-- > 0)
        if (it->use[i].modifier->place != PLACE_ANYWHERE)
            return &it->use[i];
    return NULL;
}

static bool
check_first(struct item *it, size_t i, const struct modifier_use *before)
{
    const struct modifier_use *u = &it->use[i];
    if (before == NULL)
        return true;
    if (before->modifier->place == PLACE_MATCH || before->modifier->place == PLACE_COMPARE)
        return report_swap(it, u, before);
    diag_error(it->l->d, u->at, "'%.*s' has to be the first modifier, it cannot follow '%.*s'", SV_ARG(u->name),
               SV_ARG(before->name));
    return false;
}

/* contains|base64, base64|wide */
static bool
check_transform(struct item *it, size_t i)
{
    const struct modifier_use *u = &it->use[i];
    for (size_t k = 0; k < i; k++) {
        const struct modifier *m = it->use[k].modifier;
        if (m->place == PLACE_MATCH || (u->modifier->place == PLACE_ENCODE && m->makes_bytes))
            return report_swap(it, u, &it->use[k]);
    }
    return true;
}

static bool
check_encoded(struct item *it, size_t i)
{
    for (size_t k = i + 1; k < it->n_uses; k++)
        if (it->use[k].modifier->makes_bytes)
            return true;
    diag_error(it->l->d, it->use[i].at,
               "'%.*s' has to be followed by base64 or base64offset: no log holds its bytes as text",
               SV_ARG(it->use[i].name));
    return false;
}

static bool
check_compare(struct item *it, size_t i, const struct modifier_use *before)
{
    const struct modifier_use *u = &it->use[i];
    if (before == NULL || (before->modifier->place == PLACE_FIRST && before->modifier->takes == TAKES(NUMBER)))
        return true;
    if (before->modifier->place == PLACE_COMPARE)
        diag_error(it->l->d, u->at, "'%.*s' cannot be combined with '%.*s'; write two lines, both will have to hold",
                   SV_ARG(u->name), SV_ARG(before->name));
    else
        diag_error(it->l->d, u->at, "'%.*s' cannot follow '%.*s'", SV_ARG(u->name), SV_ARG(before->name));
    return false;
}

static bool
check_option(struct item *it, size_t i)
{
    const struct modifier_use *u = &it->use[i];
    for (size_t k = 0; k < i; k++)
        if (it->use[k].modifier == &modifier_re)
            return true;
    diag_error(it->l->d, u->at, "'%.*s' is an option of regular expressions and has to follow 're'", SV_ARG(u->name));
    return false;
}

static bool
check_place(struct item *it, size_t i)
{
    const struct modifier_use *before = value_use_before(it, i);
    switch (it->use[i].modifier->place) {
    case PLACE_FIRST:
        return check_first(it, i, before);
    case PLACE_ALONE:
        if (it->n_uses == 1)
            return true;
        diag_error(it->l->d, it->use[i].at, "'%.*s' stands alone: no other modifier goes with it",
                   SV_ARG(it->use[i].name));
        return false;
    case PLACE_ENCODE:
        return check_transform(it, i) && check_encoded(it, i);
    case PLACE_TRANSFORM:
        return check_transform(it, i);
    case PLACE_COMPARE:
        return check_compare(it, i, before);
    case PLACE_OPTION:
        return check_option(it, i);
    case PLACE_MATCH:
    case PLACE_ANYWHERE:
        return true;
    }
    return true;
}

static void
warn_twice(struct item *it, size_t i)
{
    if (it->use[i].modifier->makes_bytes)
        return; /* base64 of base64 is a thing */
    for (size_t k = 0; k < i; k++)
        if (it->use[k].modifier == it->use[i].modifier) {
            diag_warning(it->l->d, it->use[i].at, "'%.*s' is given twice", SV_ARG(it->use[i].name));
            return;
        }
}

bool
modifiers_read(struct item *it)
{
    struct sv rest = it->key->text;
    struct sv piece;
    bool good = true;
    size_t n = 0;

    if (!sv_split(&rest, '|', &it->field))
        it->field = SV("");
    while (sv_split(&rest, '|', &piece)) {
        const size_t at = (size_t)(piece.p - it->key->text.p);
        if (n++ == MAX_MODIFIERS) {
            diag_error(it->l->d, it->key->span, "more than %d modifiers", MAX_MODIFIERS);
            return false;
        }
        good = add_use(it, piece, yaml_subspan(it->key, at, piece.n)) && good;
    }
    for (size_t i = 0; good && i < it->n_uses; i++) {
        good = check_place(it, i);
        warn_twice(it, i);
    }
    return good;
}

/* ---- types ---- */

static const char *
wanted(unsigned takes)
{
    if (takes & TAKES(STRING))
        return "a string";
    return takes & TAKES(NUMBER) ? "a number" : "true or false";
}

/* The value as it stands in the rule is of the wrong type. */
static void
report_type(struct item *it, const struct modifier *m, const struct operand *o)
{
    const struct ynode *node = o->node;
    const struct sv name = it->current->name;
    const char *want = wanted(m->takes);
    double number;
    bool boolean;

    if ((m->takes & TAKES(STRING)) != 0 && o->kind != OPERAND_NULL)
        diag_error(it->l->d, node->span, "'%.*s' needs a string, and %.*s is %s: quote it", SHOW(name),
                   SHOW(node->text), yaml_kind_name(node));
    else if ((m->takes & TAKES(NUMBER)) != 0 && o->kind == OPERAND_STRING && number_parse(node->text, &number))
        diag_error(it->l->d, node->span, "'%.*s' needs a number, and this is a string: write it without quotes",
                   SHOW(name));
    else if ((m->takes & TAKES(BOOLEAN)) != 0 && !node->plain &&
             yaml_bool(&(struct ynode){ .kind = YAML_SCALAR, .plain = true, .text = node->text }, &boolean))
        diag_error(it->l->d, node->span, "'%.*s' needs true or false without quotes", SHOW(name));
    else
        diag_error(it->l->d, node->span, "'%.*s' needs %s, not %s", SHOW(name), want, yaml_kind_name(node));
}

static bool
is_as_written(enum operand_kind kind)
{
    return kind == OPERAND_STRING || kind == OPERAND_NUMBER || kind == OPERAND_BOOLEAN || kind == OPERAND_NULL;
}

static bool
check_type(struct item *it, const struct operand *o)
{
    const struct modifier *m = it->current->modifier;
    if (m->takes == 0 || (m->takes & (1u << o->kind)) != 0)
        return true;
    if (is_as_written(o->kind)) {
        report_type(it, m, o);
        return false;
    }
    const struct modifier_use *before = value_use_before(it, (size_t)(it->current - it->use));
    diag_error(it->l->d, it->current->at, "'%.*s' cannot follow '%.*s'", SV_ARG(it->current->name),
               SV_ARG(before != NULL ? before->name : SV("it")));
    return false;
}

/* ---- applying ---- */

bool
modifier_keep(struct operands *out, const struct operand *o)
{
    vec_push(out, *o);
    return true;
}

static bool
apply_one(struct item *it)
{
    const struct modifier *m = it->current->modifier;
    struct operands out = VEC_INIT;
    bool good = true;

    if (m->mark != NULL)
        m->mark(it);
    for (size_t i = 0; i < it->operands.n; i++) {
        struct operand *o = &it->operands.v[i];
        const bool fits = check_type(it, o);
        good = good && fits;
        if (!fits && !is_as_written(o->kind))
            break; /* the same for every value */
        if (fits && m->apply != NULL)
            good = m->apply(it, o, &out) && good;
        else
            vec_push(&out, *o);
        if (it->n_done + out.n > MAX_OPERANDS) {
            diag_error(it->l->d, it->current->at, "more than %d values and variants in one line", MAX_OPERANDS);
            good = false;
            break;
        }
    }
    vec_fini(&it->operands);
    it->operands = out;
    return good;
}

bool
modifiers_apply(struct item *it)
{
    for (size_t i = 0; i < it->n_uses; i++) {
        it->current = &it->use[i];
        if (!apply_one(it))
            return false;
    }
    return true;
}

/* ---- helpers for mod_*.c ---- */

bool
modifier_literal(struct item *it, const struct operand *o, struct sv *text)
{
    if (pattern_literal(&o->pattern, text))
        return true;
    diag_error(it->l->d, o->node->span, "'%.*s' needs a value without wildcards (write \\* and \\? for the characters)",
               SV_ARG(it->current->name));
    return false;
}

/* Variant number `which` (base 5, one digit a dash). */
static struct pattern
unfold(struct item *it, const struct pattern *p, size_t which)
{
    struct pattern_builder b;

    pattern_begin(&b, &it->l->item);
    for (size_t i = 0; i < p->n; i++) {
        if (p->token[i].kind == GLOB_TEXT) {
            pattern_text(&b, p->token[i].text);
        } else if (p->token[i].kind == GLOB_DASH) {
            pattern_text(&b, pattern_dashes[which % 5]);
            which /= 5;
        } else {
            pattern_put(&b, p->token[i].kind);
        }
    }
    return pattern_end(&b);
}

bool
modifier_unfold_dashes(struct item *it, const struct operand *o, struct operands *out)
{
    size_t dashes = 0;
    size_t variants = 1;

    for (size_t i = 0; i < o->pattern.n; i++)
        dashes += o->pattern.token[i].kind == GLOB_DASH;
    if (dashes > MAX_UNFOLDED_DASHES) {
        diag_error(it->l->d, o->node->span, "'%.*s' after windash: more than %d dashes have too many variants",
                   SV_ARG(it->current->name), MAX_UNFOLDED_DASHES);
        return false;
    }
    for (size_t i = 0; i < dashes; i++)
        variants *= 5;
    for (size_t i = 0; i < variants; i++) {
        struct operand v = *o;
        v.pattern = unfold(it, &o->pattern, i);
        vec_push(out, v);
    }
    return true;
}
