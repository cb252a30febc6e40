/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an item's way: operands become predicates, each of the cheapest kind that says the same.
 *
 * A string with wildcards only at its ends is EQ, CONTAINS, STARTS or ENDS, for which match/ has fast paths. Where
 * case does not count and the text is not ASCII, folding needs Unicode: those few become regular expressions.
 */
#include <math.h>
#include <string.h>

#include "lang/modifier.h"
#include "lang/show.h"

/* Whole numbers up to here are exact doubles. */
#define EXACT 9007199254740992.0

/* Compiling takes 100 times the memory of the pattern. */
#define MAX_REGEX 16384
#define MAX_REGEXES (1 << 19)

/* What the predicates of a file may take, beside their texts: themselves, their expressions, and their place in the
 * index of predicates. */
#define MAX_MADE ((size_t)32 << 20)
#define PRED_COST 240

static struct pred
new_pred(struct item *it, const struct operand *o, enum op op)
{
    const struct sv key = it->key != NULL ? it->key->text : SV("keyword");
    struct pred p = { .op = op, .field = FIELD_ANY, .cased = it->cased, .ref = FIELD_NONE };

    if (it->field.n == 0)
        fields_want_any(it->l->fields);
    else
        p.field = fields_add(it->l->fields, it->field);
    p.written = arena_printf(it->l->arena, "%.*s: %.*s", SHOW(key), SHOW(o->written));
    it->l->made += PRED_COST + p.written.n;
    return p;
}

/* ---- strings ---- */

static enum op
classify(const struct pattern *p)
{
    const bool starts_any = p->n != 0 && p->token[0].kind == GLOB_ANY;
    const bool ends_any = p->n > 1 && p->token[p->n - 1].kind == GLOB_ANY;

    if (p->n - starts_any - ends_any > 1 || (p->n == 1 && starts_any))
        return OP_GLOB;
    if (p->n != 0 && p->token[starts_any].kind != GLOB_TEXT)
        return OP_GLOB;
    if (starts_any)
        return ends_any ? OP_CONTAINS : OP_ENDS;
    return ends_any ? OP_STARTS : OP_EQ;
}

static bool
needs_unicode_folding(const struct item *it, const struct pattern *p)
{
    for (size_t i = 0; i < p->n && !it->cased; i++)
        if (!pattern_is_ascii(p->token[i].text))
            return true;
    return false;
}

static struct sv
fold(struct item *it, struct sv text)
{
    it->l->made += text.n;
    return it->cased ? arena_sv(it->l->arena, text) : pattern_lower(it->l->arena, text);
}

static bool
add_regex(struct item *it, const struct operand *o, struct sv pattern, unsigned flags, pred_id *id)
{
    struct sv error;
    size_t at;
    struct pred p = new_pred(it, o, OP_REGEX);

    if (pattern.n > MAX_REGEX) {
        diag_error(it->l->d, o->node->span, "a regular expression of more than %d bytes", MAX_REGEX);
        return false;
    }
    it->l->regex_bytes += pattern.n;
    if (it->l->regex_bytes > MAX_REGEXES) {
        diag_error(it->l->d, o->node->span, "more than %d bytes of regular expressions in one file", MAX_REGEXES);
        return false;
    }
    p.cased = false; /* its flags say it */
    p.regex = regex_new(pattern, flags, &error, &at);
    if (p.regex == NULL) {
        /* The offset means something only in the pattern that the author wrote. */
        const bool is_own = sv_eq(pattern, o->node->text);
        const size_t n = at < pattern.n ? 1 : 0;
        diag_error(it->l->d, is_own ? yaml_subspan(o->node, at, n) : o->node->span, "regular expression: %.*s",
                   SV_ARG(error));
        return false;
    }
    if (o->kind == OPERAND_REGEX && sv_eq(pattern, o->node->text))
        regex_lint(it->l, o->node, pattern);
    *id = program_pred(it->l->program, &p);
    return true;
}

static void
copy_glob(struct item *it, const struct pattern *from, struct pred *p)
{
    p->n_glob = from->n;
    it->l->made += from->n * sizeof *p->glob;
    p->glob = ARENA_ARRAY(it->l->arena, struct glob_token, from->n);
    for (size_t i = 0; i < from->n; i++)
        p->glob[i] = (struct glob_token){ from->token[i].kind, fold(it, from->token[i].text) };
}

static bool
add_string(struct item *it, const struct operand *o, const struct pattern *pattern, pred_id *id)
{
    const enum op op = classify(pattern);
    struct sv text = SV("");

    for (size_t i = 0; i < pattern->n; i++)
        if (pattern->token[i].kind == GLOB_TEXT)
            text = pattern->token[i].text;
    if (needs_unicode_folding(it, pattern)) {
        if (op == OP_CONTAINS)
            return add_regex(it, o, text, REGEX_LITERAL | REGEX_FOLD, id);
        return add_regex(it, o, pattern_regex(pattern, &it->l->item), REGEX_FOLD | REGEX_DOTALL, id);
    }
    struct pred p = new_pred(it, o, op);
    if (op == OP_GLOB)
        copy_glob(it, pattern, &p);
    else
        p.text = fold(it, text);
    *id = program_pred(it->l->program, &p);
    return true;
}

/* ---- keywords ---- */

static bool
has_match_type(const struct item *it)
{
    for (size_t i = 0; i < it->n_uses; i++)
        if (it->use[i].modifier->place == PLACE_MATCH)
            return true;
    return false;
}

/* A keyword is found anywhere in any value, whatever its own type: 4625 is found in "EventID=4625". */
static bool
add_keyword(struct item *it, const struct operand *o, pred_id *id)
{
    struct pattern p = o->pattern;

    if (o->kind == OPERAND_NULL) {
        diag_error(it->l->d, o->node->span, "null is no keyword; name the field that is to be null");
        return false;
    }
    if (it->compares || it->part != PART_NONE) {
        diag_error(it->l->d, it->key->span, "comparing numbers needs a field");
        return false;
    }
    if (o->kind != OPERAND_STRING)
        p = pattern_of_text(&it->l->item, pattern_lower(&it->l->item, o->node->text));
    if (!has_match_type(it))
        p = pattern_open(&p, &it->l->item, true, true);
    return add_string(it, o, &p, id);
}

/* ---- the other types ---- */

static bool
add_number(struct item *it, const struct operand *o, pred_id *id)
{
    const bool is_whole = sv_find_char(o->node->text, '.', 0) == o->node->text.n;
    struct pred p = new_pred(it, o, OP_NUMBER);

    if (is_whole && fabs(o->number) > EXACT)
        diag_warning(it->l->d, o->node->span,
                     "so large a number is compared as the nearest double; quote it to compare its digits");
    p.cased = false;
    p.number = o->number;
    p.compare = it->compares ? it->compare : CMP_EQ;
    p.part = it->part;
    *id = program_pred(it->l->program, &p);
    return true;
}

static bool
add_reference(struct item *it, const struct operand *o, pred_id *id)
{
    struct pred p = new_pred(it, o, OP_FIELDREF);
    p.ref = fields_add(it->l->fields, o->text);
    p.ref_op = o->ref_op;
    *id = program_pred(it->l->program, &p);
    return true;
}

static bool
add_network(struct item *it, const struct operand *o, pred_id *id)
{
    struct pred p = new_pred(it, o, OP_CIDR);
    memcpy(p.address, o->address, sizeof p.address);
    p.prefix_bits = o->bits;
    *id = program_pred(it->l->program, &p);
    return true;
}

static bool
add_simple(struct item *it, const struct operand *o, enum op op, pred_id *id)
{
    struct pred p = new_pred(it, o, op);
    p.boolean = o->boolean;
    *id = program_pred(it->l->program, &p);
    return true;
}

bool
predicates_are_many(const struct loader *l)
{
    return l->made > MAX_MADE || l->regex_bytes > MAX_REGEXES;
}

static bool
check_cased(struct item *it, const struct operand *o)
{
    if (!it->cased || o->kind == OPERAND_STRING || o->kind == OPERAND_FIELD)
        return true;
    diag_error(it->l->d, o->node->span,
               o->kind == OPERAND_REGEX ? "'cased' with 're': a regular expression is case-sensitive already"
                                        : "'cased' needs a string");
    return false;
}

bool
predicate_make(struct item *it, const struct operand *o, pred_id *id)
{
    if (!check_cased(it, o))
        return false;
    if (it->l->made > MAX_MADE) {
        diag_error(it->l->d, o->node->span, "the rules of this file take more than %zu MiB", MAX_MADE >> 20);
        return false;
    }
    switch (o->kind) {
    case OPERAND_STRING:
        return it->field.n == 0 ? add_keyword(it, o, id) : add_string(it, o, &o->pattern, id);
    case OPERAND_NUMBER:
        return it->field.n == 0 ? add_keyword(it, o, id) : add_number(it, o, id);
    case OPERAND_BOOLEAN:
        return it->field.n == 0 ? add_keyword(it, o, id) : add_simple(it, o, OP_BOOLEAN, id);
    case OPERAND_NULL:
        return it->field.n == 0 ? add_keyword(it, o, id) : add_simple(it, o, OP_NULL, id);
    case OPERAND_REGEX:
        return add_regex(it, o, o->text, o->flags, id);
    case OPERAND_NETWORK:
        return add_network(it, o, id);
    case OPERAND_FIELD:
        return add_reference(it, o, id);
    case OPERAND_EXISTS:
        return add_simple(it, o, OP_EXISTS, id);
    }
    return false;
}
