/* SPDX-License-Identifier: Apache-2.0 */
/* Why does this rule match this event, or why not? Every predicate of the rule is evaluated by its op, without
 * indexes and without short cuts, so that nothing is left unsaid:
 *
 *   true   Password given to an app
 *   true     and
 *   true       action: token.issue
 *                saw "token.issue"
 *   false      [filter] oauth.first_party: true
 *                saw false
 */
#include <stdio.h>

#include "match/match.h"
#include "match/ops.h"
#include "match/scratch.h"

#define MEMBERS_SHOWN 8
#define BYTES_SHOWN   160

bool
match_pred(const struct program *program, pred_id p, struct match_scratch *s, struct event *ev)
{
    return ops_eval(&program->preds.v[p], ev, s->regex) == TRUTH_YES;
}

/* Not in the middle of a character. */
static struct sv
shortened(struct sv text)
{
    if (text.n <= BYTES_SHOWN)
        return text;
    size_t n = BYTES_SHOWN;
    while (n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
        n--;
    return sv_make(text.p, n);
}

static void
print_member(struct value *member, struct arena *scratch, FILE *to)
{
    struct sv text;
    if (member->kind == VALUE_NULL) {
        fputs("null", to);
    } else if (!value_text(member, scratch, &text)) {
        fputs("an object", to);
    } else if (member->kind == VALUE_STRING) {
        program_print_text(shortened(text), to);
        if (text.n > BYTES_SHOWN)
            fprintf(to, "... (%zu bytes)", text.n);
    } else {
        fprintf(to, "%.*s", SV_ARG(text));
    }
}

static void
print_values(struct event *ev, field_id field, FILE *to)
{
    size_t n;
    struct value *v = event_value(ev, field);
    struct value *member = value_members(v, &n);
    if (n == 0)
        fputs(v->kind == VALUE_LIST ? "an empty list" : "nothing", to);
    for (size_t i = 0; i < n && i < MEMBERS_SHOWN; i++) {
        fputs(i != 0 ? ", " : "", to);
        print_member(&member[i], ev->scratch, to);
    }
    if (n > MEMBERS_SHOWN)
        fprintf(to, " and %zu more", n - MEMBERS_SHOWN);
}

struct explanation {
    const struct program *program;
    struct match_scratch *s;
    struct event *ev;
};

static enum truth
truth_of(const struct explanation *x, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_TRUE:
        return TRUTH_YES;
    case EXPR_FALSE:
        return TRUTH_NO;
    case EXPR_PRED:
        return ops_eval(&x->program->preds.v[e->leaf], x->ev, x->s->regex);
    case EXPR_NOT:
        return truth_of(x, e->kid[0]) == TRUTH_YES ? TRUTH_NO : TRUTH_YES;
    case EXPR_AND:
    case EXPR_OR:
        break;
    }
    bool all = true, any = false;
    for (size_t i = 0; i < e->n_kids; i++) {
        const bool kid = truth_of(x, e->kid[i]) == TRUTH_YES;
        all = all && kid;
        any = any || kid;
    }
    return (e->kind == EXPR_AND ? all : any) ? TRUTH_YES : TRUTH_NO;
}

static void
print_pred(const struct explanation *x, const struct expr *e, int indent, FILE *to)
{
    const struct pred *pred = &x->program->preds.v[e->leaf];
    if (pred->written.n != 0)
        fprintf(to, "%.*s", SV_ARG(pred->written));
    else
        program_print_pred(x->program, e->leaf, to);
    fprintf(to, "\n%*ssaw ", indent + 9, "");
    print_values(x->ev, pred->field, to);
    if (pred->op == OP_FIELDREF) {
        fprintf(to, "; %.*s is ", SV_ARG(fields_name(x->program->fields, pred->ref)));
        print_values(x->ev, pred->ref, to);
    }
    putc('\n', to);
}

static void
print_expr(const struct explanation *x, const struct expr *e, int indent, FILE *to)
{
    static const char *const word[] = {
        [EXPR_FALSE] = "never", [EXPR_TRUE] = "always", [EXPR_NOT] = "not", [EXPR_AND] = "and", [EXPR_OR] = "or",
    };
    static const char *const truth[] = { [TRUTH_NO] = "false", [TRUTH_YES] = "true", [TRUTH_LIMIT] = "limit" };
    fprintf(to, "%-7s%*s", truth[truth_of(x, e)], indent, "");
    if (e->label.n != 0)
        fprintf(to, "[%.*s] ", SV_ARG(e->label));
    if (e->kind == EXPR_PRED)
        print_pred(x, e, indent, to);
    else
        fprintf(to, "%s\n", word[e->kind]);
    for (size_t i = 0; i < e->n_kids; i++)
        print_expr(x, e->kid[i], indent + 2, to);
}

void
match_explain(const struct program *program, uint32_t rule, struct match_scratch *s, struct event *ev, FILE *to)
{
    const struct explanation x = { program, s, ev };
    const struct rule *r = &program->rules.v[rule];
    fprintf(to, "%-7s%.*s\n", truth_of(&x, r->condition) == TRUTH_YES ? "true" : "false", SV_ARG(r->meta.title));
    print_expr(&x, r->condition, 2, to);
}
