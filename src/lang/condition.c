/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions (sigma-profile.md 5), by recursive descent over words:
 *
 *   or   := and ("or" and)*
 *   and  := not ("and" not)*
 *   not  := "not" not | atom
 *   atom := "(" or ")" | ("1" | "any" | "all") "of" (pattern | "them") | identifier
 *
 * The caret of every message points into the condition's own text. Depth and work are bounded: a condition may be
 * hostile.
 */
#include "base/vec.h"
#include "lang/doc.h"
#include "lang/selection.h"
#include "lang/show.h"

#define MAX_DEPTH 100
/* Selections looked at by all patterns of one condition. */
#define MAX_WORK 2000000
/* After so many mistakes a suggestion helps nobody, after some more the rest is not read: each costs a walk. */
#define MAX_SUGGESTIONS 20
#define MAX_PROBLEMS 50

struct word {
    struct sv text; /* empty at the end */
    size_t at;      /* in the condition's text */
};

struct parser {
    struct loader *l;
    struct selections *s;
    const struct ynode *node;
    struct word word; /* the one that is looked at */
    size_t next;      /* offset behind it */
    unsigned depth;
    size_t work;
    size_t problems;
    bool failed; /* a syntax error: the rest means nothing */
    bool bad;    /* any error */
};

static struct expr *parse_or(struct parser *p);

/* ---- words ---- */

static bool
is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static bool
is_alone(char ch)
{
    return ch == '(' || ch == ')' || ch == '|';
}

static void
advance(struct parser *p)
{
    const struct sv s = p->node->text;
    size_t i = p->next;

    while (i < s.n && is_space(s.p[i]))
        i++;
    const size_t from = i;
    if (i < s.n && is_alone(s.p[i]))
        i++;
    else
        while (i < s.n && !is_space(s.p[i]) && !is_alone(s.p[i]))
            i++;
    p->word = (struct word){ sv_make(s.p + from, i - from), from };
    p->next = i;
}

static bool
at_end(const struct parser *p)
{
    return p->word.text.n == 0;
}

static bool
is_word(const struct parser *p, const char *text)
{
    return sv_eq(p->word.text, sv_of(text));
}

/* The word behind the one that is looked at. */
static struct sv
peek(const struct parser *p)
{
    struct parser ahead = *p;
    advance(&ahead);
    return ahead.word.text;
}

static struct span
span_of(const struct parser *p, struct word w)
{
    return yaml_subspan(p->node, w.at, w.text.n);
}

/* Syntax errors end the parse; NULL. */
static struct expr *
fail(struct parser *p)
{
    p->failed = p->bad = true;
    return NULL;
}

/* ---- names ---- */

static struct sv
selection_name(const void *ctx, size_t i)
{
    const struct selections *s = ctx;
    return s->v[i].name;
}

static void
count_problem(struct parser *p)
{
    if (++p->problems >= MAX_PROBLEMS)
        fail(p);
}

static struct sv
nearest(struct parser *p, struct sv word)
{
    if (p->problems >= MAX_SUGGESTIONS)
        return SV_NONE;
    return diag_nearest(word, p->s->n, selection_name, p->s);
}

/* An identifier with errors of its own: its place is taken by anything, the rule is lost anyway. */
static struct expr *
use(struct parser *p, struct selection *sel)
{
    sel->used = true;
    return sel->expr != NULL ? sel->expr : expr_const(p->l->program, false);
}

static const char *
lower_operator(struct sv word)
{
    static const char *const words[] = { "and", "or", "not", "of" };
    for (size_t i = 0; i < 4; i++)
        if (sv_eq_fold(word, sv_of(words[i])) && !sv_eq(word, sv_of(words[i])))
            return words[i];
    return NULL;
}

/* Where a name or a parenthesis has to stand, something else does. */
static struct expr *
report_no_operand(struct parser *p)
{
    if (at_end(p)) {
        diag_error(p->l->d, span_of(p, p->word), "the condition ends where a name is expected");
        return fail(p);
    }
    if (is_word(p, "|"))
        diag_error(p->l->d, span_of(p, p->word), "a name is expected before '|'");
    else
        diag_error(p->l->d, span_of(p, p->word), "a name is expected, not '%.*s'", SHOW(p->word.text));
    return fail(p);
}

static struct expr *
parse_identifier(struct parser *p)
{
    const struct word w = p->word;
    const struct map_entry *e = map_get(&p->s->by_name, w.text);
    const char *lower = lower_operator(w.text);

    advance(p);
    if (e != NULL)
        return use(p, &p->s->v[e->value]);
    if (lower != NULL) {
        diag_error(p->l->d, span_of(p, w), "'%.*s' has to be lower case: write '%s'", SHOW(w.text), lower);
        return fail(p);
    }
    p->bad = true;
    if (sv_find_char(w.text, '*', 0) < w.text.n)
        diag_error(p->l->d, span_of(p, w), "a pattern needs '1 of' or 'all of' before it");
    else
        doc_error_near(p->l, span_of(p, w), nearest(p, w.text), "no search identifier '%.*s'", SHOW(w.text));
    count_problem(p);
    return expr_const(p->l->program, false);
}

/* ---- 1 of, all of ---- */

/* Greedy with one point of return, so linear in practice and at most n * m. */
static bool
matches(struct sv pattern, struct sv name)
{
    size_t i = 0, k = 0, star = SIZE_MAX, mark = 0;

    while (i < name.n) {
        if (k < pattern.n && pattern.p[k] == '*') {
            star = k++;
            mark = i;
        } else if (k < pattern.n && pattern.p[k] == name.p[i]) {
            i++;
            k++;
        } else if (star != SIZE_MAX) {
            k = star + 1;
            i = ++mark;
        } else {
            return false;
        }
    }
    while (k < pattern.n && pattern.p[k] == '*')
        k++;
    return k == pattern.n;
}

static bool
check_pattern(struct parser *p, struct word w)
{
    for (size_t i = 0; i < w.text.n; i++) {
        const char ch = w.text.p[i];
        const bool is_good =
            (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_' || ch == '*';
        if (is_good)
            continue;
        diag_error(p->l->d, span_of(p, w), "a pattern is made of letters, digits, '_' and '*'");
        p->bad = true;
        count_problem(p);
        return false;
    }
    p->work += p->s->n;
    if (p->work <= MAX_WORK)
        return true;
    diag_error(p->l->d, span_of(p, w), "the condition has too many patterns over too many search identifiers");
    fail(p);
    return false;
}

/* Names that start with '_' are private: only a pattern that starts so too finds them. */
static size_t
find_matching(struct parser *p, struct sv pattern, struct expr **found)
{
    const bool is_them = sv_eq(pattern, SV("them"));
    const bool finds_private = !is_them && pattern.p[0] == '_';
    size_t n = 0;

    for (size_t i = 0; i < p->s->n; i++) {
        struct selection *sel = &p->s->v[i];
        const bool is_private = sel->name.n != 0 && sel->name.p[0] == '_';
        if ((is_private && !finds_private) || !(is_them || matches(pattern, sel->name)))
            continue;
        found[n++] = use(p, sel);
    }
    return n;
}

static struct expr *
report_nothing(struct parser *p, struct word w, bool all)
{
    if (all) {
        diag_error(p->l->d, span_of(p, w), "'all of %.*s': no search identifier matches", SHOW(w.text));
        p->bad = true;
    } else {
        diag_warning(p->l->d, span_of(p, w), "'1 of %.*s' is never true: no search identifier matches", SHOW(w.text));
    }
    count_problem(p);
    return expr_const(p->l->program, false);
}

static struct expr *
parse_quantified(struct parser *p)
{
    const bool all = is_word(p, "all");
    advance(p); /* 1, any, all */
    advance(p); /* of */
    const struct word w = p->word;

    if (at_end(p) || is_alone(w.text.p[0]))
        return report_no_operand(p);
    advance(p);
    if (!check_pattern(p, w))
        return expr_const(p->l->program, false);
    struct expr **found = mem_zalloc(p->s->n, sizeof *found);
    const size_t n = find_matching(p, w.text, found);
    struct expr *e = n == 0 ? report_nothing(p, w, all) : expr_join(p->l->program, all ? EXPR_AND : EXPR_OR, found, n);
    mem_free(found);
    return e;
}

static bool
is_number(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n != 0;
}

static bool
is_quantifier(const struct parser *p)
{
    return is_word(p, "1") || is_word(p, "any") || is_word(p, "all");
}

/* ---- operators ---- */

static struct expr *
parse_parenthesis(struct parser *p)
{
    const struct word open = p->word;

    advance(p);
    struct expr *e = parse_or(p);
    if (p->failed)
        return NULL;
    if (is_word(p, ")")) {
        advance(p);
        return e;
    }
    diag_error(p->l->d, span_of(p, open), "this '(' is never closed");
    return fail(p);
}

static struct expr *
parse_atom(struct parser *p)
{
    if (is_word(p, "("))
        return parse_parenthesis(p);
    if (at_end(p) || is_word(p, ")") || is_word(p, "|") || is_word(p, "and") || is_word(p, "or") || is_word(p, "of"))
        return report_no_operand(p);
    const struct sv behind = peek(p);
    if (is_quantifier(p) && sv_eq(behind, SV("of")))
        return parse_quantified(p);
    if (is_number(p->word.text) && sv_eq(behind, SV("of"))) {
        diag_error(p->l->d, span_of(p, p->word), "'%.*s of' is not supported; only '1 of', 'any of' and 'all of' are",
                   SHOW(p->word.text));
        return fail(p);
    }
    return parse_identifier(p);
}

static bool
go_deeper(struct parser *p)
{
    if (++p->depth <= MAX_DEPTH)
        return true;
    diag_error(p->l->d, span_of(p, p->word), "nested deeper than %d levels", MAX_DEPTH);
    fail(p);
    return false;
}

static struct expr *
parse_not(struct parser *p)
{
    struct expr *e = NULL;

    if (!go_deeper(p))
        return NULL;
    if (is_word(p, "not")) {
        advance(p);
        e = parse_not(p);
        e = e != NULL ? expr_not(p->l->program, e) : NULL;
    } else {
        e = parse_atom(p);
    }
    p->depth--;
    return e;
}

/* operand (word operand)*, where `operand` binds tighter. */
static struct expr *
parse_chain(struct parser *p, const char *word, enum expr_kind kind, struct expr *(*operand)(struct parser *p))
{
    VEC(struct expr *) part = VEC_INIT;
    struct expr *e = operand(p);

    while (!p->failed) {
        vec_push(&part, e);
        if (!is_word(p, word))
            break;
        advance(p);
        e = operand(p);
    }
    e = p->failed ? NULL : expr_join(p->l->program, kind, part.v, part.n);
    vec_fini(&part);
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

/* ---- the whole ---- */

static void
report_rest(struct parser *p)
{
    const char *lower = lower_operator(p->word.text);
    const struct span at = span_of(p, p->word);

    if (is_word(p, "|"))
        diag_error(p->l->d, at,
                   "'|' aggregations are not part of Sigma any more; write a correlation rule (type: event_count)");
    else if (is_word(p, ")"))
        diag_error(p->l->d, at, "this ')' closes nothing");
    else if (lower != NULL)
        diag_error(p->l->d, at, "'%.*s' has to be lower case: write '%s'", SHOW(p->word.text), lower);
    else
        diag_error(p->l->d, at, "'and' or 'or' is expected before '%.*s'", SHOW(p->word.text));
    p->bad = true;
}

static struct expr *
parse_one(struct selections *s, struct loader *l, const struct ynode *node)
{
    struct parser p = { .l = l, .s = s, .node = node };

    if (node->kind != YAML_SCALAR || yaml_is_null(node)) {
        diag_error(l->d, node->span, "a condition has to be a string, not %s", yaml_kind_name(node));
        return NULL;
    }
    advance(&p);
    struct expr *e = parse_or(&p);
    if (!p.failed && !at_end(&p))
        report_rest(&p);
    return p.bad || p.failed ? NULL : e;
}

struct expr *
condition_compile(struct selections *s, struct loader *l, const struct ynode *node)
{
    bool good = true;
    const size_t n = node->kind == YAML_LIST ? node->n : 1;
    struct ynode *const *item = node->item;

    if (n == 0) {
        diag_error(l->d, node->span, "an empty list of conditions");
        return NULL;
    }
    struct expr **part = mem_zalloc(n, sizeof *part);
    for (size_t i = 0; i < n; i++) {
        part[i] = parse_one(s, l, node->kind == YAML_LIST ? item[i] : node);
        good = good && part[i] != NULL;
    }
    struct expr *e = good ? expr_join(l->program, EXPR_OR, part, n) : NULL;
    mem_free(part);
    return e;
}
