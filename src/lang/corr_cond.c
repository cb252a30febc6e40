/* SPDX-License-Identifier: Apache-2.0 */
/* A correlation's condition: up to two bounds on its value, or, for temporal types, a boolean expression over its
 * rules.
 *
 *   or   := and ("or" and)*
 *   and  := not ("and" not)*
 *   not  := "not" not | atom
 *   atom := "(" or ")" | NAME              NAME: [A-Za-z_][A-Za-z0-9_]*
 *
 * The expression's leaves are positions in the correlation's rules. Its first mistake ends its reading: what
 * follows a mistake cannot be judged.
 *
 * The condition also decides how windows are judged (sigma-profile.md 13): one with lower bounds only can become
 * true with any hit and then stays so within a window, so it is judged at each hit (trailing); every other one
 * needs the whole window first (closed).
 */
#include "lang/corr_unit.h"

#include <assert.h>

#include "base/buf.h"
#include "base/number.h"
#include "lang/doc.h"
#include "lang/show.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define DEPTH_MAX 64

static const struct {
    struct sv name;
    enum compare compare;
} bound_names[] = {
    { { "gt", 2 }, CMP_GT },   { { "gte", 3 }, CMP_GTE }, { { "lt", 2 }, CMP_LT },
    { { "lte", 3 }, CMP_LTE }, { { "eq", 2 }, CMP_EQ },   { { "neq", 3 }, CMP_NEQ },
};

static bool
is_lower(enum compare c)
{
    return c == CMP_GT || c == CMP_GTE;
}

static bool
is_upper(enum compare c)
{
    return c == CMP_LT || c == CMP_LTE;
}

/* ---- boolean expression ---- */

struct parser {
    struct corr_build *b;
    const struct ynode *node;
    struct sv s;
    size_t at;   /* of the token */
    size_t n;    /* its length; 0: the end */
    size_t last; /* start of the token before it, for messages about the end */
    unsigned depth;
    bool ordered; /* `or` and `not` are errors */
};

static struct expr *parse_or(struct parser *p);

static bool
is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A run of name characters and dashes (so that a message can show a whole id), or one other character. */
static void
next_token(struct parser *p)
{
    p->last = p->at;
    p->at += p->n;
    while (p->at < p->s.n && memchr(" \t\r\n", p->s.p[p->at], 4) != NULL)
        p->at++;
    p->n = 0;
    while (p->at + p->n < p->s.n && (is_name_char(p->s.p[p->at + p->n]) || p->s.p[p->at + p->n] == '-'))
        p->n++;
    if (p->n == 0 && p->at < p->s.n)
        p->n = 1;
    while (p->at + p->n < p->s.n && ((unsigned char)p->s.p[p->at + p->n] & 0xc0) == 0x80)
        p->n++; /* a character, not a part of one */
}

static struct sv
token(const struct parser *p)
{
    return sv_make(p->s.p + p->at, p->n);
}

static bool
is_token(const struct parser *p, const char *text)
{
    return sv_eq(token(p), sv_of(text));
}

static struct span
token_span(const struct parser *p)
{
    return p->n != 0 ? yaml_subspan(p->node, p->at, p->n) : yaml_subspan(p->node, p->last, p->at - p->last);
}

static struct expr *
unexpected(struct parser *p, const char *wanted)
{
    struct diags *d = p->b->l->d;
    if (p->n == 0)
        diag_error(d, token_span(p), "the condition ends where %s is expected", wanted);
    else
        diag_error(d, token_span(p), "'%.*s' stands where %s is expected", SHOW(token(p)), wanted);
    return NULL;
}

static struct expr *
parse_name(struct parser *p)
{
    struct diags *d = p->b->l->d;
    const struct sv name = token(p);
    const struct span at = token_span(p);
    uint32_t pos;

    if (is_token(p, "AND") || is_token(p, "OR") || is_token(p, "NOT")) {
        diag_error(d, at, "write 'and', 'or' and 'not' in lower case");
        return NULL;
    }
    if (p->n == 0 || is_token(p, "and") || is_token(p, "or") || !is_name_char(name.p[0]))
        return unexpected(p, "the name of a rule");
    if ((name.p[0] >= '0' && name.p[0] <= '9') || memchr(name.p, '-', name.n) != NULL) {
        diag_error(
            d, at,
            "'%.*s' cannot stand in a condition: a name there has letters, digits and '_' and begins with no digit",
            SHOW(name));
        return NULL;
    }
    if (!corr_mention(p->b, name, at, &pos))
        return NULL;
    next_token(p);
    return expr_leaf(p->b->l->program, pos);
}

static struct expr *
parse_atom(struct parser *p)
{
    if (!is_token(p, "("))
        return parse_name(p);
    next_token(p);
    struct expr *e = parse_or(p);
    if (e == NULL)
        return NULL;
    if (!is_token(p, ")"))
        return unexpected(p, "')'");
    next_token(p);
    return e;
}

static struct expr *
parse_not(struct parser *p)
{
    if (p->depth == DEPTH_MAX) {
        diag_error(p->b->l->d, token_span(p), "the condition is nested more than %d deep", DEPTH_MAX);
        return NULL;
    }
    p->depth++;
    struct expr *e;
    if (!is_token(p, "not")) {
        e = parse_atom(p);
    } else if (p->ordered) {
        diag_error(p->b->l->d, token_span(p), "type '%s' allows only 'and' in its condition", p->b->type->name);
        e = NULL;
    } else {
        next_token(p);
        p->b->says_not = true;
        e = parse_not(p);
        e = e != NULL ? expr_not(p->b->l->program, e) : NULL;
    }
    p->depth--;
    return e;
}

/* operand (word operand)* */
static struct expr *
parse_chain(struct parser *p, const char *word, enum expr_kind kind, struct expr *(*operand)(struct parser *p))
{
    VEC(struct expr *) kids = VEC_INIT;
    struct expr *e;

    for (;;) {
        if ((e = operand(p)) == NULL)
            break;
        vec_push(&kids, e);
        if (!is_token(p, word)) {
            e = expr_join(p->b->l->program, kind, kids.v, kids.n);
            break;
        }
        if (p->ordered && kind == EXPR_OR) {
            diag_error(p->b->l->d, token_span(p), "type '%s' allows only 'and' in its condition", p->b->type->name);
            e = NULL;
            break;
        }
        next_token(p);
    }
    vec_fini(&kids);
    return e;
}

static struct expr *
parse_and(struct parser *p)
{
    return parse_chain(p, "and", EXPR_AND, parse_not);
}

static struct expr *
parse_or(struct parser *p)
{
    return parse_chain(p, "or", EXPR_OR, parse_and);
}

/* The condition as written, blanks and line ends made one blank. */
static struct sv
tidy(struct loader *l, struct sv text)
{
    struct buf b = BUF_INIT;
    text = sv_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        const bool blank = memchr(" \t\r\n", text.p[i], 4) != NULL;
        if (!blank)
            buf_putc(&b, text.p[i]);
        else if (b.p[b.n - 1] != ' ')
            buf_putc(&b, ' ');
    }
    const struct sv kept = doc_keep(l, buf_view(&b));
    buf_fini(&b);
    return kept;
}

/* The two ways to name the rules have to agree. */
static void
check_all_named(struct corr_build *b)
{
    for (size_t i = 0; i < b->listed.n; i++)
        if (!b->listed.v[i].named)
            diag_error(b->l->d, b->listed.v[i].at, "rule '%.*s' is listed, but the condition does not name it",
                       SHOW(b->listed.v[i].name));
}

static void
read_expression(struct corr_build *b, const struct ynode *node)
{
    struct parser p = { .b = b, .node = node, .s = node->text, .ordered = b->type->ordered };

    if (sv_trim(node->text).n == 0) {
        diag_error(b->l->d, node->span, "the condition is empty");
        return;
    }
    next_token(&p);
    struct expr *e = parse_or(&p);
    if (e != NULL && p.n != 0)
        e = unexpected(&p, is_token(&p, ")") ? "the end" : "'and' or 'or'");
    if (e == NULL)
        return;
    check_all_named(b);
    b->c.expr = e;
    b->c.threshold = tidy(b->l, node->text);
}

/* ---- bounds ---- */

static void
add_bound(struct corr_build *b, enum compare compare, const struct ynode *key, const struct ynode *value)
{
    struct correlation *c = &b->c;
    double x;

    const char *what = arena_sv(&b->l->scratch, key->text).p;
    if (b->type->condition == CONDITION_NONE) {
        diag_error(b->l->d, key->span, "type '%s' takes no bound: it has a test of its own", b->type->name);
        return;
    }
    if (!doc_number(b->l, value, what, &x))
        return;
    if (c->n_bounds == COUNT(c->bounds)) {
        diag_error(b->l->d, key->span, "a condition has at most two bounds");
        return;
    }
    c->bounds[c->n_bounds++] = (struct bound){ compare, x };
    if (c->n_bounds != 2)
        return;
    const enum compare first = c->bounds[0].compare, second = compare;
    if (!(is_lower(first) && is_upper(second)) && !(is_upper(first) && is_lower(second)))
        diag_error(b->l->d, key->span, "a range has one lower and one upper bound: gt or gte with lt or lte");
}

/* The range with the lower bound first; a warning if nothing lies in it. */
static void
order_range(struct corr_build *b, const struct ynode *node)
{
    struct bound *bound = b->c.bounds;

    if (b->c.n_bounds != 2)
        return;
    if (is_upper(bound[0].compare)) {
        const struct bound upper = bound[0];
        bound[0] = bound[1];
        bound[1] = upper;
    }
    const bool closed = bound[0].compare == CMP_GTE && bound[1].compare == CMP_LTE;
    if (closed ? bound[0].value > bound[1].value : bound[0].value >= bound[1].value)
        diag_warning(b->l->d, node->span, "no value lies in this range: the correlation never fires");
}

static void
read_map(struct corr_build *b, const struct ynode *node)
{
    struct sv names[COUNT(bound_names)];
    for (size_t k = 0; k < COUNT(bound_names); k++)
        names[k] = bound_names[k].name;

    for (size_t i = 0; i < node->n; i++) {
        const struct ynode *key = node->key[i];
        size_t k = 0;
        while (k < COUNT(bound_names) && !sv_eq(key->text, names[k]))
            k++;
        if (k < COUNT(bound_names))
            add_bound(b, bound_names[k].compare, key, node->item[i]);
        else if (!corr_arg_read_below(b, SV("condition"), key, node->item[i]))
            corr_arg_unknown(b, SV("condition"), key, names, COUNT(names));
    }
    order_range(b, node);
}

void
corr_cond_read(struct corr_build *b, const struct ynode *node)
{
    const size_t before = diags_errors(b->l->d);

    b->cond_at = node->span;
    if (node->kind == YAML_MAP)
        read_map(b, node);
    else if (!b->type->temporal || node->kind != YAML_SCALAR)
        diag_error(b->l->d, node->span, "the condition of type '%s' has to be a mapping like {gte: 5}, not %s",
                   b->type->name, yaml_kind_name(node));
    else if (!yaml_is_string(node))
        diag_error(b->l->d, node->span,
                   "the condition has to be a mapping like {gte: 5} or an expression like 'a and not b'");
    else
        read_expression(b, node);
    b->cond_bad = diags_errors(b->l->d) != before;
}

/* ---- what follows from it ---- */

/* "gte 5", "gt 1 lte 9" */
static struct sv
bounds_text(struct loader *l, const struct correlation *c)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < c->n_bounds; i++) {
        char number[NUMBER_TEXT_MAX];
        number_format(c->bounds[i].value, number);
        buf_printf(&b, "%s%s %s", i > 0 ? " " : "", compare_name(c->bounds[i].compare), number);
    }
    const struct sv kept = doc_keep(l, buf_view(&b));
    buf_fini(&b);
    return kept;
}

static bool
needs_whole_window(const struct corr_build *b)
{
    for (size_t i = 0; i < b->c.n_bounds; i++)
        if (!is_lower(b->c.bounds[i].compare))
            return true;
    return b->says_not;
}

/* Of 0..n rules seen, only n satisfies the bound. */
static bool
means_all(const struct correlation *c, double n)
{
    const struct bound *first = &c->bounds[0];
    if (c->n_bounds != 1)
        return false;
    return (first->compare == CMP_GTE && first->value > n - 1 && first->value <= n) ||
           (first->compare == CMP_GT && first->value >= n - 1 && first->value < n);
}

static void
add_default_bound(struct corr_build *b)
{
    struct correlation *c = &b->c;
    const struct bound none = { CMP_EQ, 0 }; /* a row that says nothing: no group of zero hits is ever judged */

    if (b->type->default_all)
        c->bounds[c->n_bounds++] = (struct bound){ CMP_GTE, (double)b->listed.n };
    else if (b->type->default_bound.compare != none.compare || b->type->default_bound.value > none.value)
        c->bounds[c->n_bounds++] = b->type->default_bound;
}

void
corr_cond_finish(struct corr_build *b)
{
    struct correlation *c = &b->c;

    if (b->cond_bad)
        return;
    if (c->n_bounds == 0 && c->expr == NULL) {
        if (b->type->condition == CONDITION_REQUIRED)
            diag_error(b->l->d, b->cond_at.file != NULL ? b->cond_at : b->type_at,
                       "type '%s' needs a bound in its condition, like {gte: 5}", b->type->name);
        else if (b->type->condition == CONDITION_OPTIONAL)
            add_default_bound(b);
    } else if (b->type->ordered && c->expr == NULL && !means_all(c, (double)b->listed.n)) {
        diag_error(b->l->d, b->cond_at, "type '%s' needs all of its %zu rules: no other bound is possible",
                   b->type->name, b->listed.n);
    }
    if (c->n_bounds != 0)
        c->threshold = bounds_text(b->l, c);
    c->closed = !b->type->single_hits && needs_whole_window(b);
}
