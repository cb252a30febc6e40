/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions: precedence, quantifiers, patterns, lists. */
#include <string.h>

#include "lang_rules.h"
#include "lang_suites.h"

static const struct {
    const char *condition;
    const char *want;
} conditions[] = {
    { "a", "a null" },
    { "a and b", "(a null and b null)" },
    { "a or b and c", "(a null or (b null and c null))" },
    { "a and b or c", "((a null and b null) or c null)" },
    { "(a or b) and c", "((a null or b null) and c null)" },
    { "not a and b", "(not a null and b null)" },
    { "not (a and b)", "not (a null and b null)" },
    { "not not a", "a null" },
    { "not not not a", "not a null" },
    { "a and not b or not c and a", "((a null and not b null) or (not c null and a null))" },
    { "((a))", "a null" },
    { "(a)and(b)", "(a null and b null)" },
    { "  a\tand b  ", "(a null and b null)" },
    { "and-or", "and-or null" },
    { "1 of sel_*", "(sel_x null or sel_y null)" },
    { "any of sel_*", "(sel_x null or sel_y null)" },
    { "all of sel_*", "(sel_x null and sel_y null)" },
    { "1 of *_x", "sel_x null" }, /* _x is private: only a pattern that starts with _ finds it */
    { "all of sel*_*", "(sel_x null and sel_y null)" },
    { "1 of a", "a null" },
    { "all of them",
      "(a null and b null and c null and and-or null and sel_x null and sel_y null and all null and 1 null)" },
    { "1 of them", "(a null or b null or c null or and-or null or sel_x null or sel_y null or all null or 1 null)" },
    { "1 of _*", "(_hidden null or _x null)" },
    { "_hidden", "_hidden null" },
    { "not 1 of sel_* and a", "(not (sel_x null or sel_y null) and a null)" },
    { "a and not all of sel_*", "(a null and not (sel_x null and sel_y null))" },
    { "1 of zzz_*", "false" },
    { "a and not 1 of zzz_*", "a null" },
    { "a or 1 of zzz_*", "a null" },
    { "all", "all null" },
    { "1 or all", "(1 null or all null)" },
    { "[a, b and c]", "(a null or (b null and c null))" },
    { "[a]", "a null" },
};

START_TEST(condition)
{
    struct rules r;
    char text[1024];

    snprintf(text, sizeof text,
             "title: T\nlogsource: {product: p}\ndetection:\n  a: {a: null}\n  b: {b: null}\n  c: {c: null}\n"
             "  and-or: {and-or: null}\n  sel_x: {sel_x: null}\n  sel_y: {sel_y: null}\n  _hidden: {_hidden: null}\n"
             "  _x: {_x: null}\n  all: {all: null}\n  1: {1: null}\n  condition: %s%s%s\n",
             conditions[_i].condition[0] == '[' ? "" : "\"", conditions[_i].condition,
             conditions[_i].condition[0] == '[' ? "" : "\"");
    rules_load_text(&r, text);
    ck_assert_msg(r.err == ERR_OK, "%s:\n%s", conditions[_i].condition, rules_messages(&r));
    const char *got = rules_condition(&r, 0);
    ck_assert_msg(strcmp(got, conditions[_i].want) == 0, "%s\nwant %s\n got %s", conditions[_i].condition,
                  conditions[_i].want, got);
    rules_free(&r);
}
END_TEST

/* Identifiers stay visible in the tree, for explain. */
START_TEST(labels)
{
    struct rules r;
    rules_load_text(
        &r,
        "title: T\nlogsource: {product: p}\ndetection: {one: {a: x, b: y}, two: {c: z}, condition: one and not two}\n");
    const struct expr *e = r.program->rules.v[0].condition;
    ck_assert_int_eq(e->kind, EXPR_AND);
    ck_assert_uint_eq(e->n_kids, 2);
    ck_assert(sv_eq(e->kid[0]->label, SV("one")));
    ck_assert(sv_eq(e->kid[1]->kid[0]->label, SV("two")));
    rules_free(&r);
}
END_TEST

Suite *
lang_condition_suite(void)
{
    Suite *s = suite_create("lang condition");
    TCase *t = tcase_create("condition");
    tcase_add_loop_test(t, condition, 0, N_OF(conditions));
    tcase_add_test(t, labels);
    suite_add_tcase(s, t);
    return s;
}
