/* SPDX-License-Identifier: Apache-2.0 */
/* Correlation documents: what right ones become, and exactly what is said about wrong ones (corr_doc.c, corr_args.c,
 * corr_cond.c); and what follows from all of them together (corr_resolve.c). */
#include <check.h>
#include <stdlib.h>

#include "agg/corr.h"
#include "base/timestamp.h"
#include "lang_docs.h"

#define N_ROWS(t) (int)(sizeof(t) / sizeof *(t))

/* Rules to refer to, behind the document under test so that its lines count from 1. */
#define RULES                                                                 \
    "\n---\ntitle: Rule A\nname: a\n"                                         \
    "---\ntitle: Rule B\nname: b\nid: 0b000000-0000-4000-8000-00000000000b\n" \
    "---\ntitle: Rule C\nname: login_failed\n"                                \
    "---\ntitle: Only a title\n"                                              \
    "---\ntitle: Broken\nname: broken\nx-bad: yes\n"

#define ID_B "0b000000-0000-4000-8000-00000000000b"

static void
ck_sv(struct sv got, const char *want)
{
    ck_assert_msg(sv_eq(got, sv_of(want)), "got '%.*s', want '%s'", SV_ARG(got), want);
}

static void
load(struct docs *x, const char *text)
{
    struct buf whole = BUF_INIT;
    buf_puts(&whole, text);
    buf_puts(&whole, RULES);
    docs_load(x, buf_cstr(&whole));
    buf_fini(&whole);
}

/* The correlation of that name (or title), without which the test fails. */
static const struct correlation *
corr(const struct docs *x, const char *id)
{
    for (size_t i = 0; i < x->program->corrs.n; i++)
        if (sv_eq(x->program->corrs.v[i].meta.id, sv_of(id)))
            return &x->program->corrs.v[i];
    ck_abort_msg("no correlation '%s'", id);
}

static const struct correlation *
load_one(struct docs *x, const char *text)
{
    load(x, text);
    ck_assert_str_eq(docs_messages(x), "");
    return corr(x, "T");
}

static void
ck_field(const struct docs *x, field_id got, const char *want)
{
    ck_assert_uint_ne(got, FIELD_NONE);
    ck_sv(fields_name(x->fields, got), want);
}

/* ---- right ones ---- */

START_TEST(event_count)
{
    struct docs x;
    const struct correlation *c = load_one(&x, "title: T\n"
                                               "level: high\n"
                                               "x-authsift: {missing-group: keep, family: session}\n"
                                               "correlation:\n"
                                               "  type: event_count\n"
                                               "  rules: [a, " ID_B "]\n"
                                               "  group-by: [actor.user.uid, device.uid]\n"
                                               "  timespan: 90m\n"
                                               "  condition: {gte: 2.5}\n");
    ck_assert_ptr_eq(c->type, corr_find(SV("event_count")));
    ck_assert_uint_eq(c->n_inputs, 2);
    ck_sv(c->inputs[1].name, ID_B);
    ck_assert_uint_eq(c->inputs[0].index, 0);
    ck_assert_uint_eq(c->inputs[1].index, 1);
    ck_assert_uint_eq(c->n_group, 2);
    ck_sv(c->group_names[1], "device.uid");
    ck_field(&x, c->group_fields[2], "actor.user.uid");
    ck_field(&x, c->group_fields[3], "device.uid");
    ck_assert_int_eq(c->timespan, 90 * MINUTE);
    ck_assert_uint_eq(c->n_bounds, 1);
    ck_assert_int_eq(c->bounds[0].compare, CMP_GTE);
    ck_assert(c->bounds[0].value == 2.5);
    ck_sv(c->threshold, "gte 2.5");
    ck_assert(!c->closed && c->reported && !c->single && c->expr == NULL);
    ck_assert(c->meta.keep_missing_group);
    ck_sv(c->meta.family, "session");
    docs_free(&x);
}
END_TEST

START_TEST(one_rule_as_string)
{
    struct docs x;
    const struct correlation *c =
        load_one(&x, "title: T\n"
                     "correlation: {type: event_count, rules: a, group-by: u, timespan: 0s, condition: {gt: 1}}");
    ck_assert_uint_eq(c->n_inputs, 1);
    ck_assert_uint_eq(c->n_group, 1);
    ck_assert_int_eq(c->timespan, 0);
    docs_free(&x);
}
END_TEST

static const struct {
    const char *condition;
    const char *threshold;
    bool closed;
} bounds[] = {
    { "{gte: 5}", "gte 5", false },
    { "{gt: 5}", "gt 5", false },
    { "{lt: 5}", "lt 5", true },
    { "{lte: 5}", "lte 5", true },
    { "{eq: 5}", "eq 5", true },
    { "{neq: 5}", "neq 5", true },
    { "{gt: 100, lte: 200}", "gt 100 lte 200", true },
    { "{lt: 200, gte: 100}", "gte 100 lt 200", true },
    { "{gt: -0.5}", "gt -0.5", false },
};

START_TEST(bound)
{
    struct docs x;
    char text[256];
    snprintf(text, sizeof text, "title: T\ncorrelation: {type: event_count, rules: a, timespan: 1m, condition: %s}",
             bounds[_i].condition);
    const struct correlation *c = load_one(&x, text);
    ck_sv(c->threshold, bounds[_i].threshold);
    ck_assert_int_eq(c->closed, bounds[_i].closed);
    docs_free(&x);
}
END_TEST

/* Expressions as a tree: letters are positions, & | ! and parentheses. */
static void
put_expr(struct buf *b, const struct expr *e)
{
    static const char marks[] = { [EXPR_AND] = '&', [EXPR_OR] = '|' };
    switch (e->kind) {
    case EXPR_PRED:
        buf_printf(b, "%u", e->leaf);
        break;
    case EXPR_NOT:
        buf_putc(b, '!');
        put_expr(b, e->kid[0]);
        break;
    default:
        buf_putc(b, '(');
        for (size_t i = 0; i < e->n_kids; i++) {
            if (i > 0)
                buf_putc(b, marks[e->kind]);
            put_expr(b, e->kid[i]);
        }
        buf_putc(b, ')');
    }
}

static const struct {
    const char *type;
    const char *rules;
    const char *condition;
    const char *tree; /* NULL: no expression */
    const char *threshold;
    size_t n_inputs;
    bool closed;
} temporals[] = {
    { "temporal", "rules: [a, b]", "", NULL, "gte 2", 2, false },
    { "temporal", "rules: [a, b, login_failed]", "condition: {gte: 2}", NULL, "gte 2", 3, false },
    { "temporal", "rules: [a, b]", "condition: {lt: 2}", NULL, "lt 2", 2, true },
    { "temporal", "rules: [b, a]", "condition: a and b", "(1&0)", "a and b", 2, false },
    { "temporal", "rules: [a, " ID_B "]", "condition: a or b", "(0|1)", "a or b", 2, false },
    { "temporal", "", "condition: a and not b", "(0&!1)", "a and not b", 2, true },
    { "temporal", "", "condition: login_failed and b or a", "((0&1)|2)", "login_failed and b or a", 3, false },
    { "temporal", "", "condition: 'login_failed  and (b or  a)'", "(0&(1|2))", "login_failed and (b or a)", 3, false },
    { "temporal", "", "condition: not (a or b)", "!(0|1)", "not (a or b)", 2, true },
    { "temporal", "", "condition: a and b and a", "(0&1&0)", "a and b and a", 2, false },
    { "temporal_ordered", "rules: [a, b]", "", NULL, "gte 2", 2, false },
    { "temporal_ordered", "rules: [a, b]", "condition: {gte: 2}", NULL, "gte 2", 2, false },
    { "temporal_ordered", "rules: [a, b]", "condition: {gt: 1}", NULL, "gt 1", 2, false },
    { "temporal_ordered", "", "condition: (b and a)", "(0&1)", "(b and a)", 2, false },
};

START_TEST(temporal)
{
    struct docs x;
    char text[256];
    struct buf tree = BUF_INIT;

    snprintf(text, sizeof text, "title: T\ncorrelation:\n  type: %s\n  timespan: 1h\n  %s\n  %s\n", temporals[_i].type,
             temporals[_i].rules, temporals[_i].condition);
    const struct correlation *c = load_one(&x, text);
    ck_sv(c->threshold, temporals[_i].threshold);
    ck_assert_uint_eq(c->n_inputs, temporals[_i].n_inputs);
    ck_assert_int_eq(c->closed, temporals[_i].closed);
    ck_assert_int_eq(c->expr != NULL, temporals[_i].tree != NULL);
    if (c->expr != NULL) {
        put_expr(&tree, c->expr);
        ck_assert_str_eq(buf_cstr(&tree), temporals[_i].tree);
    }
    buf_fini(&tree);
    docs_free(&x);
}
END_TEST

START_TEST(aliases)
{
    struct docs x;
    const struct correlation *c = load_one(&x, "title: T\n"
                                               "correlation:\n"
                                               "  type: value_count\n"
                                               "  rules: [a, b, login_failed]\n"
                                               "  aliases:\n"
                                               "    who: {a: user.a, " ID_B ": user.b}\n"
                                               "    where: {login_failed: host.c}\n"
                                               "  group-by: [other, who]\n"
                                               "  timespan: 1h\n"
                                               "  condition: {gte: 2, field: [where, who]}\n");
    ck_assert_uint_eq(c->n_group, 2);
    ck_sv(c->group_names[1], "who");
    ck_field(&x, c->group_fields[0 * 2 + 1], "user.a");
    ck_field(&x, c->group_fields[1 * 2 + 1], "user.b");
    ck_field(&x, c->group_fields[2 * 2 + 1], "who");
    ck_field(&x, c->group_fields[2 * 2 + 0], "other");
    const struct corr_arg *field = corr_arg(c, "condition.field");
    ck_assert_uint_eq(field->n_fields, 2);
    ck_sv(field->field_names[0], "where");
    ck_field(&x, field->fields[0 * 2 + 0], "where");
    ck_field(&x, field->fields[0 * 2 + 1], "user.a");
    ck_field(&x, field->fields[2 * 2 + 0], "host.c");
    docs_free(&x);
}
END_TEST

START_TEST(percentile)
{
    struct docs x;
    const struct correlation *c = load_one(&x, "title: T\n"
                                               "correlation: {type: value_percentile, rules: a, timespan: 1d,"
                                               " condition: {lt: 1, field: n, percentile: 99.5}}");
    ck_assert(corr_arg(c, "condition.percentile")->number == 99.5);
    ck_assert(c->closed);
    docs_free(&x);
}
END_TEST

START_TEST(new_value)
{
    struct docs x;
    const struct correlation *c = load_one(&x, "title: T\n"
                                               "correlation:\n"
                                               "  type: x-new-value\n"
                                               "  rules: a\n"
                                               "  timespan: 30d\n"
                                               "  field: src_endpoint.location.country\n"
                                               "  learning: {hits: 10, span: 14d}\n"
                                               "  among: [DE, 5, NO]\n"
                                               "  condition: {eq: 1}\n");
    ck_assert(corr_arg(c, "learning.hits")->number == 10);
    ck_assert_int_eq(corr_arg(c, "learning.span")->duration, 14 * DAY);
    const struct corr_arg *among = corr_arg(c, "among");
    ck_assert_uint_eq(among->n_values, 3);
    ck_sv(among->values[1], "5");
    ck_sv(c->threshold, "eq 1");
    ck_assert(!c->closed); /* single hits know no windows */
    docs_free(&x);
    c = load_one(&x, "title: T\ncorrelation: {type: x-new-value, rules: a, timespan: 1d, field: f}\n");
    ck_sv(c->threshold, "gte 1");
    docs_free(&x);
}
END_TEST

START_TEST(unused_value)
{
    struct docs x;
    const struct correlation *c = load_one(&x, "title: T\n"
                                               "correlation:\n"
                                               "  type: x-unused-value\n"
                                               "  timespan: 30d\n"
                                               "  granted: {rule: login_failed, field: s}\n"
                                               "  used: {rule: a, field: u}\n"
                                               "  measure: weighted-share\n"
                                               "  weights: {dm.read: 8, '3': 2.5}\n"
                                               "  condition: {gte: 0.5}\n");
    ck_assert_uint_eq(c->n_inputs, 2);
    ck_sv(c->inputs[0].name, "login_failed");
    ck_assert_uint_eq(corr_arg(c, "granted.rule")->pos, 0);
    ck_assert_uint_eq(corr_arg(c, "used.rule")->pos, 1);
    ck_sv(corr_arg(c, "measure")->word, "weighted-share");
    const struct corr_arg *w = corr_arg(c, "weights");
    ck_assert_uint_eq(w->n_weights, 2);
    ck_sv(w->weight_keys[1], "3");
    ck_assert(w->weights[1] == 2.5);
    ck_assert(!corr_arg(c, "ignore")->given);
    docs_free(&x);
}
END_TEST

/* "%name%" stands for the lines of name.txt, any other text for itself. */
START_TEST(values_from_list)
{
    char folder[] = "lang_corr.XXXXXX";
    const char *const lists[] = { folder };
    struct buf path = BUF_INIT;
    struct docs x;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    buf_printf(&path, "%s/two.txt", folder);
    FILE *f = fopen(buf_cstr(&path), "w");
    ck_assert_ptr_nonnull(f);
    fputs("# comment\nfirst\n\n second \n", f);
    ck_assert_int_eq(fclose(f), 0);
    docs_load_with(
        &x,
        "title: T\n"
        "correlation: {type: x-new-value, rules: a, timespan: 1d, field: f, among: ['%', '%two%', '%no', '50%%']}\n"
        "---\ntitle: A\nname: a\n",
        lists);
    (void)remove(buf_cstr(&path));
    (void)remove(folder);
    buf_fini(&path);
    ck_assert_str_eq(docs_messages(&x), "");
    const struct corr_arg *among = corr_arg(corr(&x, "T"), "among");
    ck_assert_uint_eq(among->n_values, 5);
    ck_sv(among->values[0], "%");
    ck_sv(among->values[1], "first");
    ck_sv(among->values[2], "second");
    ck_sv(among->values[3], "%no");
    ck_sv(among->values[4], "50%%");
    docs_free(&x);
}
END_TEST

/* ---- wrong ones ---- */

#define T "title: T\ncorrelation:\n"
#define COUNTING T "  type: event_count\n  timespan: 1h\n  rules: a\n"
#define ENOUGH "  condition: {gte: 1}\n"
#define TEMPORAL T "  type: temporal\n  timespan: 1h\n"

static const struct {
    const char *text;
    const char *messages;
} wrong[] = {
    { "title: T\ncorrelation: 7", "2:14: error: 'correlation' has to be a mapping, not a number\n" },
    { T "  rules: a\n", "3:3: error: the correlation has no 'type'\n" },
    { T "  type: event_cout\n  rules: a\n",
      "3:9: error: unknown correlation type 'event_cout' (did you mean 'event_count'?)\n" },
    { T "  type: count\n  rules: a\n", "3:9: error: unknown correlation type 'count'\n" },
    { T "  type: single\n  rules: a\n", "3:9: error: unknown correlation type 'single'\n" },
    { T "  type: [temporal]\n  rules: a\n", "3:9: error: 'type' has to be a string, not a list\n" },
    /* rules */
    { T "  type: event_count\n  timespan: 1h\n" ENOUGH, "3:9: error: type 'event_count' needs the key 'rules'\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: []\n" ENOUGH, "5:10: error: 'rules' is an empty list\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: {a: b}\n" ENOUGH,
      "5:10: error: 'rules' has to be a string or a list of strings, not a mapping\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: [a, [b]]\n" ENOUGH,
      "5:14: error: 'rules' has to be a string, not a list\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: [a, a]\n" ENOUGH, "5:14: error: rule 'a' is listed twice\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: [b, " ID_B "]\n" ENOUGH,
      "5:14: error: rule '" ID_B "' is listed twice\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: login_faild\n" ENOUGH,
      "5:10: error: no rule has the id or name 'login_faild' (did you mean 'login_failed'?)\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: nowhere\n" ENOUGH,
      "5:10: error: no rule has the id or name 'nowhere'\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: Only a title\n" ENOUGH,
      "5:10: error: 'Only a title' is a title; a title is no reference; give the rule a name\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: Rule B\n" ENOUGH,
      "5:10: error: 'Rule B' is a title; a title is no reference; write 'b'\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: [a, broken]\n" ENOUGH,
      "5:14: error: correlation 'T' needs 'broken', which has errors\n" },
    /* group-by, timespan, keys */
    { COUNTING ENOUGH "  group-by: []\n", "7:13: error: 'group-by' is an empty list\n" },
    { COUNTING ENOUGH "  group-by: [u, '']\n", "7:17: error: 'group-by' must not be empty\n" },
    { COUNTING ENOUGH "  group-by: [u, v, u]\n", "7:20: error: 'u' stands twice in 'group-by'\n" },
    { COUNTING ENOUGH "  groupby: u\n",
      "7:3: error: unknown key 'groupby' of type 'event_count' (did you mean 'group-by'?)\n" },
    { COUNTING ENOUGH "  window: 1h\n", "7:3: error: unknown key 'window' of type 'event_count'\n" },
    { T "  type: event_count\n  rules: a\n" ENOUGH, "3:9: error: type 'event_count' needs the key 'timespan'\n" },
    { T "  type: event_count\n  rules: a\n  timeframe: 1h\n" ENOUGH,
      "5:3: error: unknown key 'timeframe' of type 'event_count' (did you mean 'timespan'?)\n"
      "3:9: error: type 'event_count' needs the key 'timespan'\n" },
    { T "  type: event_count\n  rules: a\n  timespan: 1h30m\n" ENOUGH,
      "5:13: error: 'timespan' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
    { T "  type: event_count\n  rules: a\n  timespan: 300\n" ENOUGH,
      "5:13: error: 'timespan' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
    /* bounds */
    { COUNTING, "3:9: error: type 'event_count' needs a bound in its condition, like {gte: 5}\n" },
    { COUNTING "  condition: {}\n", "6:14: error: type 'event_count' needs a bound in its condition, like {gte: 5}\n" },
    { COUNTING "  condition: 5\n",
      "6:14: error: the condition of type 'event_count' has to be a mapping like {gte: 5}, not a number\n" },
    { COUNTING "  condition: a and b\n",
      "6:14: error: the condition of type 'event_count' has to be a mapping like {gte: 5}, not a string\n" },
    { COUNTING "  condition: {gte: '5'}\n", "6:20: error: 'gte' has to be a number: write it without quotes\n" },
    { COUNTING "  condition: {gte: five}\n", "6:20: error: 'gte' has to be a number, not a string\n" },
    { COUNTING "  condition: {gte: 1, lt: 9, neq: 5}\n", "6:30: error: a condition has at most two bounds\n" },
    { COUNTING "  condition: {gte: 1, gt: 2}\n",
      "6:23: error: a range has one lower and one upper bound: gt or gte with lt or lte\n" },
    { COUNTING "  condition: {eq: 1, lt: 2}\n",
      "6:22: error: a range has one lower and one upper bound: gt or gte with lt or lte\n" },
    { COUNTING "  condition: {gt: 5, lt: 5}\n",
      "6:14: warning: no value lies in this range: the correlation never fires\n" },
    { COUNTING "  condition: {gte: 5, lte: 5}\n", "" },
    { COUNTING "  condition: {lte: 4, gte: 5}\n",
      "6:14: warning: no value lies in this range: the correlation never fires\n" },
    { COUNTING "  condition: {get: 1}\n",
      "6:15: error: unknown key 'get' in 'condition' of type 'event_count' (did you mean 'gt'?)\n" },
    { COUNTING "  condition: {gte: 1, field: x}\n",
      "6:23: error: unknown key 'field' in 'condition' of type 'event_count'\n" },
    /* parameters */
    { T "  type: value_count\n  timespan: 1h\n  rules: a\n" ENOUGH,
      "3:9: error: type 'value_count' needs the key 'condition.field'\n" },
    { T "  type: value_count\n  timespan: 1h\n  rules: a\n  field: x\n" ENOUGH,
      "6:3: error: unknown key 'field' of type 'value_count' (did you mean 'condition.field'?)\n"
      "3:9: error: type 'value_count' needs the key 'condition.field'\n" },
    { T "  type: value_sum\n  timespan: 1h\n  rules: a\n  condition: {gt: 1, field: [x, y]}\n",
      "6:29: error: 'condition.field' has to be one field, not a list\n" },
    { T "  type: x-new-value\n  timespan: 1h\n  rules: a\n  field: x\n  learning: 5\n",
      "7:13: error: 'learning' has to be a mapping, not a number\n" },
    { T "  type: x-new-value\n  timespan: 1h\n  rules: a\n  field: x\n  learning: {hit: 5}\n",
      "7:14: error: unknown key 'hit' in 'learning' of type 'x-new-value' (did you mean 'hits'?)\n" },
    { T "  type: x-new-value\n  timespan: 1h\n  rules: a\n  field: x\n  learning: {hits: 1.5}\n",
      "7:20: error: 'learning.hits' has to be a whole number, 0 or more\n" },
    { T "  type: x-new-value\n  timespan: 1h\n  rules: a\n  field: x\n  learning: {span: 5}\n",
      "7:20: error: 'learning.span' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
    { T "  type: x-new-value\n  timespan: 1h\n  rules: a\n  field: x\n  among: ['%none%']\n",
      "7:11: error: list 'none' is not there: no none.txt in the lists folders\n" },
    { T "  type: x-unused-value\n  timespan: 1h\n  granted: {rule: a, field: s}\n",
      "3:9: error: type 'x-unused-value' needs the key 'used.rule'\n"
      "3:9: error: type 'x-unused-value' needs the key 'used.field'\n" },
    { T "  type: x-unused-value\n  timespan: 1h\n  rules: [a, b]\n  granted: {rule: a, field: s}\n"
        "  used: {rule: login_failed, field: u}\n",
      "7:16: error: rule 'login_failed' is not listed in 'rules'\n"
      "5:14: error: rule 'b' is listed, but no key of type 'x-unused-value' names it\n" },
    { T "  type: x-unused-value\n  timespan: 1h\n  granted: {rule: a, field: s}\n  used: {rule: b, field: u}\n"
        "  measure: cuont\n  weights: {x: y}\n",
      "7:12: error: 'measure' cannot be 'cuont', only one of: count weighted-share (did you mean 'count'?)\n"
      "8:16: error: 'weights' has to be a number, not a string\n" },
    { T "  type: x-travel\n  rules: a\n  condition: {gte: 5}\n",
      "5:15: error: type 'x-travel' takes no bound: it has a test of its own\n" },
    /* expressions */
    { TEMPORAL "  condition: [a]\n",
      "5:14: error: the condition of type 'temporal' has to be a mapping like {gte: 5}, not a list\n" },
    { TEMPORAL "  condition: 2\n  rules: a\n",
      "5:14: error: the condition has to be a mapping like {gte: 5} or an expression like 'a and not b'\n" },
    { TEMPORAL "  condition: '  '\n", "5:14: error: the condition is empty\n" },
    { TEMPORAL "  condition: a and\n", "5:16: error: the condition ends where the name of a rule is expected\n" },
    { TEMPORAL "  condition: a and or b\n", "5:20: error: 'or' stands where the name of a rule is expected\n" },
    { TEMPORAL "  condition: a b\n", "5:16: error: 'b' stands where 'and' or 'or' is expected\n" },
    { TEMPORAL "  condition: (a or b\n", "5:20: error: the condition ends where ')' is expected\n" },
    { TEMPORAL "  condition: a or b)\n", "5:20: error: ')' stands where the end is expected\n" },
    { TEMPORAL "  condition: a AND b\n", "5:16: error: 'AND' stands where 'and' or 'or' is expected\n" },
    { TEMPORAL "  condition: NOT a\n", "5:14: error: write 'and', 'or' and 'not' in lower case\n" },
    { TEMPORAL "  condition: a and \xc3\xa9\n",
      "5:20: error: '\xc3\xa9' stands where the name of a rule is expected\n" },
    { TEMPORAL "  condition: a and " ID_B "\n",
      "5:20: error: '" ID_B
      "' cannot stand in a condition: a name there has letters, digits and '_' and begins with no digit\n" },
    { TEMPORAL "  condition: 1 of them\n", "5:14: error: '1' cannot stand in a condition: a name there has letters, "
                                           "digits and '_' and begins with no digit\n" },
    { TEMPORAL "  condition: a and login_faild\n",
      "5:20: error: no rule has the id or name 'login_faild' (did you mean 'login_failed'?)\n" },
    { TEMPORAL "  rules: [a, b]\n  condition: a and login_failed\n",
      "6:20: error: rule 'login_failed' is not listed in 'rules'\n" },
    { TEMPORAL "  rules: [a, b]\n  condition: not a\n",
      "5:14: error: rule 'b' is listed, but the condition does not name it\n" },
    { TEMPORAL, "3:9: error: type 'temporal' needs the key 'rules'\n" },
    { T "  type: temporal_ordered\n  timespan: 1h\n  condition: a or b\n",
      "5:16: error: type 'temporal_ordered' allows only 'and' in its condition\n" },
    { T "  type: temporal_ordered\n  timespan: 1h\n  condition: a and not b\n",
      "5:20: error: type 'temporal_ordered' allows only 'and' in its condition\n" },
    { T "  type: temporal_ordered\n  timespan: 1h\n  rules: [a, b]\n  condition: {gte: 1}\n",
      "6:14: error: type 'temporal_ordered' needs all of its 2 rules: no other bound is possible\n" },
    { T "  type: temporal_ordered\n  timespan: 1h\n  rules: [a, b]\n  condition: {eq: 2}\n",
      "6:14: error: type 'temporal_ordered' needs all of its 2 rules: no other bound is possible\n" },
    { T "  type: temporal_ordered\n  timespan: 1h\n  rules: [a, b]\n  x-min-step: 61m\n",
      "6:15: error: the steps of 'x-min-step' together are longer than the timespan\n" },
    { T "  type: temporal\n  timespan: 1h\n  rules: [a, b]\n  x-min-step: 1m\n",
      "6:3: error: unknown key 'x-min-step' of type 'temporal'\n" },
    /* aliases */
    { COUNTING ENOUGH "  aliases: [u]\n", "7:12: error: 'aliases' has to be a mapping, not a list\n" },
    { COUNTING ENOUGH "  aliases: {u: x}\n  group-by: u\n",
      "7:16: error: 'aliases' has to be a mapping, not a string\n" },
    { COUNTING ENOUGH "  aliases: {u: {b: x}}\n  group-by: u\n",
      "7:17: error: alias 'u' names 'b', which this correlation does not list (did you mean 'a'?)\n" },
    { COUNTING ENOUGH "  aliases: {u: {a: [x]}}\n  group-by: u\n",
      "7:20: error: 'aliases' has to be a string, not a list\n" },
    { COUNTING ENOUGH "  aliases: {u: {a: x}}\n", "7:13: warning: alias 'u' is never used\n" },
    { T "  type: event_count\n  timespan: 1h\n  rules: [b]\n" ENOUGH "  aliases: {u: {b: x, " ID_B
        ": y}}\n  group-by: u\n",
      "7:23: error: alias 'u' has two fields for rule '" ID_B "'\n" },
    /* generate */
    { COUNTING ENOUGH "  generate: perhaps\n", "7:13: error: 'generate' has to be true or false\n" },
    { COUNTING ENOUGH "  generate: true\ngenerate: false\n",
      "7:13: error: 'generate' differs from the one at the top level\n" },
    /* what a correlation says about itself */
    { COUNTING ENOUGH "x-authsift: {dedup: 1h}\n",
      "7:21: warning: 'dedup' has no effect on a correlation: its windows cut its findings\n" },
    { COUNTING ENOUGH "x-authsift: {missing-group: drop}\n",
      "7:29: error: 'missing-group' has to be 'skip' or 'keep'\n" },
    /* several at once */
    { T
      "  type: event_count\n  rules: nowhere\n  group-by: 5\n  timespan: soon\n  colour: red\n  condition: {gte: x}\n",
      "4:10: error: no rule has the id or name 'nowhere'\n"
      "7:3: error: unknown key 'colour' of type 'event_count'\n"
      "8:20: error: 'gte' has to be a number, not a string\n"
      "6:13: error: 'timespan' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
};

START_TEST(messages)
{
    struct docs x;
    load(&x, wrong[_i].text);
    ck_assert_str_eq(docs_messages(&x), wrong[_i].messages);
    const bool bad = diags_errors(x.d) != 0;
    ck_assert_int_eq(x.l.units.v[0].bad, bad);
    for (size_t i = 0; i < x.program->corrs.n; i++)
        ck_assert(!bad || !sv_eq(x.program->corrs.v[i].meta.id, SV("T")));
    docs_free(&x);
}
END_TEST

/* A condition may be long, but not deep. */
START_TEST(deep_condition)
{
    struct docs x;
    struct buf text = BUF_INIT;
    buf_puts(&text, TEMPORAL "  condition: ");
    for (int i = 0; i < 100000; i++)
        buf_putc(&text, '(');
    load(&x, buf_cstr(&text));
    ck_assert_str_eq(docs_messages(&x), "5:78: error: the condition is nested more than 64 deep\n");
    docs_free(&x);
    buf_fini(&text);
}
END_TEST

START_TEST(too_many_rules)
{
    struct docs x;
    struct buf text = BUF_INIT;
    buf_puts(&text, TEMPORAL "  condition: x0");
    for (int i = 1; i < 2000; i++)
        buf_printf(&text, " and x%d", i);
    load(&x, buf_cstr(&text));
    ck_assert_uint_eq(diags_errors(x.d), 1024 + 1);
    ck_sv(diags_get(x.d, 1024)->message, "a correlation lists at most 1024 rules");
    docs_free(&x);
    buf_fini(&text);
}
END_TEST

START_TEST(context)
{
    struct docs x;
    load(&x, COUNTING ENOUGH "  colour: red\n");
    ck_sv(diags_get(x.d, 0)->context, "reading correlation 'T'");
    docs_free(&x);
}
END_TEST

/* ---- all of them together ---- */

#define LEVEL(name, rules)                                                                       \
    "---\ntitle: " name " title\nname: " name "\ncorrelation: {type: event_count, rules: " rules \
    ", group-by: u, timespan: 1h, condition: {gte: 1}}\n"

/* Outer ones first: references lead forward. */
START_TEST(three_levels)
{
    struct docs x;
    load(&x, LEVEL("top", "[middle, a]") LEVEL("middle", "[low, low2]") LEVEL("low", "b") LEVEL("low2", "[a, b]"));
    ck_assert_str_eq(docs_messages(&x), "");
    program_freeze(x.program);
    ck_assert_uint_eq(corr(&x, "low")->level, 0);
    ck_assert_uint_eq(corr(&x, "low2")->level, 0);
    ck_assert_uint_eq(corr(&x, "middle")->level, 1);
    ck_assert_uint_eq(corr(&x, "top")->level, 2);
    const struct correlation *first = x.program->corrs.v, *top = corr(&x, "top"), *middle = corr(&x, "middle");
    for (size_t i = 1; i < x.program->corrs.n; i++)
        ck_assert_uint_le(first[i - 1].level, first[i].level);
    ck_assert(top->inputs[0].is_corr && !top->inputs[1].is_corr);
    ck_assert_ptr_eq(&first[top->inputs[0].index], middle);
    ck_assert_ptr_eq(&first[middle->inputs[1].index], corr(&x, "low2"));
    ck_assert_uint_eq(middle->n_uses, 1);
    ck_assert_ptr_eq(&first[middle->uses[0].corr], top);
    ck_assert_uint_eq(corr(&x, "low2")->uses[0].pos, 1);
    ck_assert(top->reported && !middle->reported && !corr(&x, "low")->reported);
    ck_assert_uint_eq(x.program->rules.v[0].n_uses, 2); /* a: top and low2 */
    ck_assert_uint_eq(x.program->rules.v[0].uses[0].pos, 0);
    docs_free(&x);
}
END_TEST

static const struct {
    const char *text;
    const char *messages;
    size_t n_left; /* correlations in the program, without the internal ones */
} circles[] = {
    { LEVEL("one", "[a, one]"), "4:45: error: correlations refer to each other in a circle: 'one' -> 'one'\n", 0 },
    { LEVEL("one", "[a, two]") LEVEL("two", "three") LEVEL("three", "[b, one]") LEVEL("good", "b"),
      "4:45: error: correlations refer to each other in a circle: 'one' -> 'two' -> 'three' -> 'one'\n", 1 },
    /* who stands outside and looks in is bad too, but not on the circle */
    { LEVEL("out", "[one]") LEVEL("one", "two") LEVEL("two", "one"),
      "8:41: error: correlations refer to each other in a circle: 'one' -> 'two' -> 'one'\n"
      "4:42: error: correlation 'out title' needs 'one', which has errors\n",
      0 },
    /* two circles, two errors */
    { LEVEL("one", "one") LEVEL("two", "two"),
      "4:41: error: correlations refer to each other in a circle: 'one' -> 'one'\n"
      "8:41: error: correlations refer to each other in a circle: 'two' -> 'two'\n",
      0 },
    /* a mistake travels up a chain, each step located */
    { LEVEL("top", "middle") LEVEL("middle", "low") LEVEL("low", "broken"),
      "12:41: error: correlation 'low title' needs 'broken', which has errors\n"
      "8:41: error: correlation 'middle title' needs 'low', which has errors\n"
      "4:41: error: correlation 'top title' needs 'middle', which has errors\n",
      0 },
    /* a diamond is no circle */
    { LEVEL("top", "[left, right]") LEVEL("left", "low") LEVEL("right", "low") LEVEL("low", "a"), "", 4 },
};

START_TEST(circle)
{
    struct docs x;
    size_t n = 0;
    load(&x, circles[_i].text);
    ck_assert_str_eq(docs_messages(&x), circles[_i].messages);
    for (size_t i = 0; i < x.program->corrs.n; i++)
        n += !x.program->corrs.v[i].single;
    ck_assert_uint_eq(n, circles[_i].n_left);
    docs_free(&x);
}
END_TEST

/* Deeper than any stack of calls. */
START_TEST(long_chain)
{
    enum { N = 8000 };
    struct docs x;
    struct buf text = BUF_INIT;
    for (int i = 0; i < N; i++)
        buf_printf(&text,
                   "---\ntitle: c%d\nname: c%d\ncorrelation: {type: event_count, rules: c%d, timespan: 1h, condition: "
                   "{gte: 1}}\n",
                   i, i, (i + 1) % N);
    load(&x, buf_cstr(&text));
    ck_assert_uint_eq(diags_errors(x.d), 1);
    ck_assert(
        sv_starts(diags_get(x.d, 0)->message, SV("correlations refer to each other in a circle: 'c0' -> 'c1' -> ")));
    docs_free(&x);
    buf_fini(&text);
}
END_TEST

/* Rules that are reported on their own: the ids of the internal correlations, in order. */
static void
ck_singles(struct docs *x, const char *want)
{
    struct buf got = BUF_INIT;
    for (size_t i = 0; i < x->program->corrs.n; i++)
        if (x->program->corrs.v[i].single)
            buf_printf(&got, "%.*s ", SV_ARG(x->program->corrs.v[i].meta.id));
    ck_assert_str_eq(buf_cstr(&got), want);
    buf_fini(&got);
}

static const struct {
    const char *text;
    const char *singles; /* of the rules in RULES */
} generates[] = {
    { "title: T\n", "T a " ID_B " login_failed Only a title " },
    { COUNTING ENOUGH, ID_B " login_failed Only a title " },
    { COUNTING ENOUGH "  generate: true\n", "a " ID_B " login_failed Only a title " },
    { COUNTING ENOUGH "generate: true\n", "a " ID_B " login_failed Only a title " },
    { COUNTING ENOUGH "  generate: false\n", ID_B " login_failed Only a title " },
    /* one that says so is enough */
    { COUNTING ENOUGH "---\n" COUNTING ENOUGH "generate: true\n", "a " ID_B " login_failed Only a title " },
    { COUNTING ENOUGH "generate: true\n---\n" COUNTING ENOUGH, "a " ID_B " login_failed Only a title " },
    /* a mistake does not flood the report with the base rule */
    { COUNTING, ID_B " login_failed Only a title " },
    { TEMPORAL "  condition: a and broken\n", ID_B " login_failed Only a title " },
    { TEMPORAL "  condition: a and nowhere\n  generate: true\n", "a " ID_B " login_failed Only a title " },
};

START_TEST(generate)
{
    struct docs x;
    load(&x, generates[_i].text);
    ck_singles(&x, generates[_i].singles);
    docs_free(&x);
}
END_TEST

START_TEST(generate_inner)
{
    struct docs x;
    load(&x, "title: Outer\nname: outer\ngenerate: true\ncorrelation: {type: event_count, rules: inner, timespan: 1h, "
             "condition: {gte: 2}}\n"
             "---\ntitle: Inner\nname: inner\ncorrelation: {type: event_count, rules: a, timespan: 1h, condition: "
             "{gte: 2}}\n");
    ck_assert_str_eq(docs_messages(&x), "");
    ck_assert(corr(&x, "inner")->reported && corr(&x, "outer")->reported);
    ck_singles(&x, ID_B " login_failed Only a title ");
    docs_free(&x);
}
END_TEST

START_TEST(single)
{
    struct docs x;
    load(&x, "title: Bait\nname: bait\nlevel: low\nx-authsift: {entity: app, dedup: 2d, evidence: oauth.website}\n"
             "---\ntitle: Plain\nname: plain\n");
    const struct correlation *c = corr(&x, "bait");
    ck_assert(c->single && c->closed && c->reported && c->meta.keep_missing_group);
    ck_assert_ptr_eq(c->type, &corr_single);
    ck_assert_int_eq(c->timespan, 2 * DAY);
    ck_assert_uint_eq(c->n_inputs, 1);
    ck_assert(!c->inputs[0].is_corr && c->inputs[0].index == 0);
    ck_assert_uint_eq(c->n_group, 1);
    ck_field(&x, c->group_fields[0], "oauth.app_uid");
    ck_assert_int_eq(c->meta.level, LEVEL_LOW);
    const struct correlation *plain = corr(&x, "plain");
    ck_assert_uint_eq(plain->n_group, 0);
    ck_assert_int_eq(plain->timespan, DAY);
    docs_free(&x);
}
END_TEST

START_TEST(facts)
{
    static const char *const want[] = { "actor.user.uid",  "oauth.app_uid",
                                        "oauth.app_name",  "actor.session.uid",
                                        "src_endpoint.ip", "src_endpoint.location.country",
                                        "device.uid",      NULL,
                                        "x.one",           "x.two" };
    struct docs x;
    load(&x, COUNTING ENOUGH "x-authsift: {entity: device, evidence: [x.one, x.two]}\n");
    const struct correlation *c = corr(&x, "T");
    ck_assert_uint_eq(c->n_facts, N_ROWS(want));
    for (size_t i = 0; i < c->n_facts; i++) {
        if (want[i] == NULL)
            ck_assert_uint_eq(c->facts[i], FIELD_NONE);
        else
            ck_field(&x, c->facts[i], want[i]);
    }
    docs_free(&x);
}
END_TEST

Suite *lang_corr_suite(void);

Suite *
lang_corr_suite(void)
{
    Suite *s = suite_create("lang/corr");
    TCase *t = tcase_create("documents");
    tcase_add_test(t, event_count);
    tcase_add_test(t, one_rule_as_string);
    tcase_add_loop_test(t, bound, 0, N_ROWS(bounds));
    tcase_add_loop_test(t, temporal, 0, N_ROWS(temporals));
    tcase_add_test(t, aliases);
    tcase_add_test(t, percentile);
    tcase_add_test(t, new_value);
    tcase_add_test(t, unused_value);
    tcase_add_test(t, values_from_list);
    tcase_add_loop_test(t, messages, 0, N_ROWS(wrong));
    tcase_add_test(t, deep_condition);
    tcase_add_test(t, too_many_rules);
    tcase_add_test(t, context);
    suite_add_tcase(s, t);
    t = tcase_create("resolution");
    tcase_add_test(t, three_levels);
    tcase_add_loop_test(t, circle, 0, N_ROWS(circles));
    tcase_add_test(t, long_chain);
    tcase_add_loop_test(t, generate, 0, N_ROWS(generates));
    tcase_add_test(t, generate_inner);
    tcase_add_test(t, single);
    tcase_add_test(t, facts);
    suite_add_tcase(s, t);
    return s;
}
