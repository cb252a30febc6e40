/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a selection: the key is read, its values become operands, modifiers transform them, predicates join:
 *
 *   value  ->  OR of its operands          (variants of one value are alternatives, also under `all`)
 *   list   ->  OR of its values, AND under `all`
 *   neq    ->  NOT of the whole            (so a missing field satisfies it)
 */
#include "base/number.h"
#include "lang/modifier.h"
#include "lang/named.h"

/* ---- field names ---- */

/* `[any]`, `[all]`, `[all_or_empty]`, `[none]`, `[0]` at s[i]: Sigma 3's way to ask of lists. */
static bool
is_bracket(struct sv s)
{
    static const struct sv words[] = { { "any", 3 }, { "all", 3 }, { "all_or_empty", 12 }, { "none", 4 } };
    const size_t end = sv_find_char(s, ']', 0);
    uint64_t index;
    if (end == s.n)
        return false;
    const struct sv inner = sv_make(s.p + 1, end - 1);
    for (size_t i = 0; i < 4; i++)
        if (sv_eq(inner, words[i]))
            return true;
    return number_parse_u64(inner, &index);
}

bool
item_check_field(struct loader *l, struct sv field, struct span at)
{
    for (size_t i = sv_find_char(field, '[', 0); i < field.n; i = sv_find_char(field, '[', i + 1))
        if (is_bracket(sv_from(field, i))) {
            diag_error(l->d, at,
                       "brackets in a field name are reserved for Sigma 3; a list matches if any member does");
            return false;
        }
    return true;
}

/* ---- values ---- */

/* A token takes 50 times the memory of the `*` that it came from. */
#define MAX_WILDCARDS 200000

static struct operand
read_scalar(struct item *it, const struct ynode *node)
{
    struct operand o = { .node = node, .written = node->text, .group = it->n_groups++ };
    bool boolean;
    double number;

    if (yaml_is_null(node)) {
        o.kind = OPERAND_NULL;
        o.written = SV("null");
    } else if (yaml_bool(node, &boolean)) {
        o.kind = OPERAND_BOOLEAN;
        o.boolean = boolean;
    } else if (yaml_number(node, &number)) {
        o.kind = OPERAND_NUMBER;
        o.number = number;
    } else {
        o.kind = OPERAND_STRING;
        o.raw = true;
        o.pattern = pattern_parse(&it->l->item, node->text);
        it->l->wildcards += o.pattern.n > 2 ? o.pattern.n - 2 : 0; /* one at an end is free */
    }
    return o;
}

static bool
read_value(struct item *it, const struct ynode *node)
{
    if (node->kind != YAML_SCALAR) {
        diag_error(it->l->d, node->span, "%s cannot be a value here", yaml_kind_name(node));
        return false;
    }
    vec_push(&it->operands, read_scalar(it, node));
    if (it->l->wildcards <= MAX_WILDCARDS)
        return true;
    diag_error(it->l->d, node->span, "more than %d wildcards in one file", MAX_WILDCARDS);
    return false;
}

/* ---- warnings about the whole ---- */

static const struct modifier_use *
find_use(const struct item *it, struct sv name)
{
    for (size_t i = 0; i < it->n_uses; i++)
        if (sv_eq(it->use[i].name, name))
            return &it->use[i];
    return NULL;
}

static void
warn_whole(struct item *it)
{
    const struct modifier_use *offset = find_use(it, SV("base64offset"));
    const struct modifier_use *all = find_use(it, SV("all"));

    if (all != NULL && it->n_groups == 1 && find_use(it, SV("expand")) == NULL)
        diag_warning(it->l->d, all->at, "'all' on one value changes nothing");
    if (offset != NULL && it->field.n != 0 && find_use(it, SV("contains")) == NULL)
        diag_warning(it->l->d, offset->at,
                     "'base64offset' without 'contains' matches only a field that is nothing else");
}

/* ---- joining ---- */

/* A list is taken in pieces of so many values: what a value needs on its way is several times what becomes of it. */
#define PIECE 1024

/* The operands of one value stand together, from `from` on. */
static size_t
group_end(const struct item *it, size_t from)
{
    size_t end = from;
    while (end < it->operands.n && it->operands.v[end].group == it->operands.v[from].group)
        end++;
    return end;
}

static bool
make_leaves(struct item *it, struct expr **leaf)
{
    bool good = true;
    for (size_t i = 0; i < it->operands.n; i++) {
        const struct operand *o = &it->operands.v[i];
        pred_id id;
        if (!predicate_make(it, o, &id)) {
            good = false;
            if (predicates_are_many(it->l))
                break; /* the same for every value */
            continue;
        }
        leaf[i] = expr_leaf(it->l->program, id);
        if (o->kind == OPERAND_EXISTS && !o->boolean)
            leaf[i] = expr_not(it->l->program, leaf[i]);
    }
    return good;
}

/* Of the index of fields, for each. */
#define FIELD_COST 120

static void
name_fields(struct item *it)
{
    if (it->field.n == 0)
        return;
    it->l->made += FIELD_COST + it->field.n;
    named_add(it->l, it->field, yaml_subspan(it->key, 0, it->field.n));
    for (size_t i = 0; i < it->operands.n && it->operands.v[i].kind == OPERAND_FIELD; i++) {
        it->l->made += FIELD_COST + it->operands.v[i].text.n;
        named_add(it->l, it->operands.v[i].text, it->operands.v[i].node->span);
    }
}

/* The values that were read become expressions, each the OR of its variants. */
static bool
take_piece(struct item *it)
{
    if (!modifiers_apply(it))
        return false;
    name_fields(it);
    struct expr **leaf = mem_zalloc(it->operands.n, sizeof *leaf);
    const bool good = make_leaves(it, leaf);
    for (size_t i = 0, end; good && i < it->operands.n; i = end) {
        end = group_end(it, i);
        vec_push(&it->joined, expr_join(it->l->program, EXPR_OR, leaf + i, end - i));
    }
    mem_free(leaf);
    it->n_done += it->operands.n;
    it->operands.n = 0;
    arena_reset(&it->l->item);
    return good;
}

static struct expr *
join(const struct item *it)
{
    struct program *p = it->l->program;
    const size_t n = it->joined.n;

    /* n < n_groups: the value was a list without a line, which nothing matches. */
    struct expr *e = it->all && n < it->n_groups ? expr_const(p, false)
                                                 : expr_join(p, it->all ? EXPR_AND : EXPR_OR, it->joined.v, n);
    return it->neq ? expr_not(p, e) : e;
}

/* ---- lists ---- */

static bool
read_member(struct item *it, const struct ynode *list, const struct ynode *node)
{
    if (node->kind == YAML_LIST) {
        diag_error(it->l->d, node->span, "a list in a list");
        return false;
    }
    const bool good = read_value(it, node);
    if (list->n > 1 && it->field.n != 0 && yaml_is_null(node))
        diag_warning(it->l->d, node->span, "null among other values: the line also matches where the field is missing");
    return good;
}

/* take: else the values are only read, for their own mistakes. */
static bool
read_list(struct item *it, const struct ynode *list, bool take)
{
    bool good = true;

    if (list->n == 0) {
        diag_error(it->l->d, list->span, "an empty list; write null for a field without a value");
        return false;
    }
    for (size_t i = 0; i < list->n && it->l->wildcards <= MAX_WILDCARDS && !predicates_are_many(it->l); i++) {
        good = read_member(it, list, list->item[i]) && good;
        if (take && good && it->operands.n >= PIECE)
            good = take_piece(it);
    }
    return good;
}

static bool
read_values(struct item *it, const struct ynode *value, bool take)
{
    if (value->kind == YAML_LIST)
        return read_list(it, value, take);
    if (value->kind == YAML_MAP) {
        diag_error(it->l->d, value->span, "a mapping cannot be a value; write the nested field as 'outer.inner'");
        return false;
    }
    return read_value(it, value);
}

static struct expr *
build(struct item *it, const struct ynode *value)
{
    if (it->key != NULL && (!modifiers_read(it) || !item_check_field(it->l, it->field, it->key->span))) {
        read_values(it, value, false);
        return NULL;
    }
    if (!read_values(it, value, true) || !take_piece(it))
        return NULL;
    warn_whole(it);
    return join(it);
}

struct expr *
item_compile(struct loader *l, const struct unit *u, const struct ynode *key, const struct ynode *value)
{
    struct item it = { .l = l, .unit = u, .key = key, .field = SV("") };
    struct expr *e = build(&it, value);
    vec_fini(&it.operands);
    vec_fini(&it.joined);
    arena_reset(&l->item);
    return e;
}
