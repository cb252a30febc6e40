/* SPDX-License-Identifier: Apache-2.0 */
/* What candidate selection promises beyond the right answer: that rules which cannot match are not even asked.
 * Counted by a field that an enricher derives, which happens only if somebody asks for it. */
#include <stdio.h>
#include <string.h>

#include "match/scratch.h"
#include "match_tests.h"
#include "match_world.h"

struct counter {
    unsigned n;
};

static void
derive_count(const void *ctx, struct event *ev, field_id field)
{
    ((struct counter *)(uintptr_t)ctx)->n++;
    event_set_text(ev, field, SV("derived"));
}

/* A world whose field `derived` counts how often it is asked for. */
struct fixture {
    struct world w;
    field_id action, text, ip, derived;
    struct counter counter;
    struct derive derive[8];
    struct matcher *m;
    struct match_scratch *s;
};

static void
fixture_init(struct fixture *x)
{
    memset(x, 0, sizeof *x);
    world_init(&x->w);
    x->action = world_field(&x->w, "action");
    x->text = world_field(&x->w, "post.text");
    x->ip = world_field(&x->w, "ip");
    x->derived = world_field(&x->w, "derived");
    ck_assert_uint_le(fields_count(x->w.fields), 8);
    x->derive[x->derived] = (struct derive){ derive_count, &x->counter };
}

static void
fixture_ready(struct fixture *x)
{
    bool enabled[64];
    ck_assert_uint_le(x->w.program->rules.n, 64);
    memset(enabled, 1, sizeof enabled);
    program_freeze(x->w.program);
    x->m = matcher_new(x->w.program, enabled, true);
    x->s = match_scratch_new(x->w.program);
    world_event(&x->w);
    x->w.ev.derive = x->derive;
    x->w.ev.derivable[x->derived / 64] |= UINT64_C(1) << x->derived % 64;
}

static void
fixture_fini(struct fixture *x)
{
    match_scratch_free(x->s);
    matcher_free(x->m);
    world_fini(&x->w);
}

static size_t
run(struct fixture *x, const uint32_t **rules)
{
    return matcher_run(x->m, x->s, &x->w.ev, rules);
}

static struct expr *
both(struct fixture *x, pred_id a, pred_id b)
{
    struct expr *kid[] = { expr_leaf(x->w.program, a), expr_leaf(x->w.program, b) };
    return expr_join(x->w.program, EXPR_AND, kid, 2);
}

/* Each rule needs an action and the derived field. */
START_TEST(exact_guard)
{
    static const char *const action[] = { "app.authorize", "app.revoke", "post.create" };
    struct fixture x;
    const uint32_t *rules;
    fixture_init(&x);
    for (size_t i = 0; i < 3; i++)
        world_rule(&x.w, action[i],
                   both(&x, world_text(&x.w, OP_CONTAINS, x.derived, "erive", false),
                        world_text(&x.w, OP_EQ, x.action, action[i], false)));
    fixture_ready(&x);
    ck_assert_uint_eq(run(&x, &rules), 0);
    world_set(&x.w, x.action, "s:session.start");
    ck_assert_uint_eq(run(&x, &rules), 0);
    ck_assert_uint_eq(x.counter.n, 0);
    world_set(&x.w, x.action, "s:APP.revoke");
    ck_assert_uint_eq(run(&x, &rules), 1);
    ck_assert_uint_eq(rules[0], 1);
    ck_assert_uint_eq(x.counter.n, 1);
    fixture_fini(&x);
}
END_TEST

/* No equality: a literal of the text guards; and with neither, the presence of the address. */
START_TEST(literal_and_presence_guards)
{
    struct fixture x;
    const uint32_t *rules;
    fixture_init(&x);
    /* Of two fields whose presence is all that is known, the one that rules name first guards. */
    const pred_id number = world_number(&x.w, x.ip, CMP_GT, 5, PART_NONE);
    const pred_id derived = world_text(&x.w, OP_CONTAINS, x.derived, "x", false);
    world_rule(&x.w, "regex", both(&x, derived, world_regex(&x.w, x.text, "followers? (fast|now)", REGEX_FOLD)));
    world_rule(&x.w, "number", both(&x, derived, number));
    fixture_ready(&x);
    world_set(&x.w, x.text, "s:get likes fast");
    ck_assert_uint_eq(run(&x, &rules), 0);
    ck_assert_uint_eq(x.counter.n, 0);
    world_set(&x.w, x.ip, "n:7");
    ck_assert_uint_eq(run(&x, &rules), 0);
    ck_assert_uint_eq(x.counter.n, 1);
    fixture_fini(&x);
}
END_TEST

/* Forty rules of one action are told apart by a second value. */
START_TEST(divided_again)
{
    struct fixture x;
    const uint32_t *rules;
    char text[16];
    fixture_init(&x);
    const pred_id action = world_text(&x.w, OP_EQ, x.action, "post.create", false);
    const pred_id derived = world_text(&x.w, OP_CONTAINS, x.derived, "e", false);
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, "phrase %d!", i);
        struct expr *kid[] = { both(&x, action, derived),
                               expr_leaf(x.w.program, world_text(&x.w, OP_CONTAINS, x.text, text, false)) };
        world_rule(&x.w, text, expr_join(x.w.program, EXPR_AND, kid, 2));
    }
    fixture_ready(&x);
    world_set(&x.w, x.action, "s:post.create");
    world_set(&x.w, x.text, "s:no phrase here");
    ck_assert_uint_eq(run(&x, &rules), 0);
    ck_assert_uint_eq(x.counter.n, 0);
    world_set(&x.w, x.text, "s:a Phrase 17! here");
    ck_assert_uint_eq(run(&x, &rules), 1);
    ck_assert_uint_eq(rules[0], 17);
    fixture_fini(&x);
}
END_TEST

START_TEST(ascending_and_constant)
{
    struct fixture x;
    const uint32_t *rules;
    fixture_init(&x);
    world_rule(&x.w, "always", expr_const(x.w.program, true));
    world_rule(&x.w, "never", expr_const(x.w.program, false));
    world_rule(&x.w, "absent", expr_leaf(x.w.program, world_plain(&x.w, OP_NULL, x.ip)));
    const pred_id a = world_text(&x.w, OP_EQ, x.action, "a", false);
    const pred_id b = world_text(&x.w, OP_EQ, x.action, "b", false);
    world_rule(&x.w, "not a", expr_not(x.w.program, expr_leaf(x.w.program, a)));
    world_rule(&x.w, "b", expr_leaf(x.w.program, b));
    fixture_ready(&x);
    world_set(&x.w, x.action, "s:b");
    ck_assert_uint_eq(run(&x, &rules), 4);
    static const uint32_t want[] = { 0, 2, 3, 4 };
    ck_assert_mem_eq(rules, want, sizeof want);
    fixture_fini(&x);
}
END_TEST

/* Nested quantifiers that no optimization of PCRE2 sees through; both rules that asked are named, the others are not.
 */
START_TEST(limit)
{
    struct fixture x;
    const uint32_t *rules, *limited;
    char text[2000] = "s:";
    fixture_init(&x);
    const pred_id slow = world_regex(&x.w, x.text, "(?:a*a*a*a*)[bc]", 0);
    world_rule(&x.w, "slow", expr_leaf(x.w.program, slow));
    world_rule(&x.w, "other", expr_leaf(x.w.program, world_regex(&x.w, x.text, "^a", 0)));
    world_rule(&x.w, "not slow", expr_not(x.w.program, expr_leaf(x.w.program, slow)));
    fixture_ready(&x);
    memset(text + 2, 'a', 1500);
    world_set(&x.w, x.text, text);
    ck_assert_uint_eq(run(&x, &rules), 2); /* as if it were not found */
    ck_assert_uint_eq(rules[0], 1);
    ck_assert_uint_eq(rules[1], 2);
    ck_assert_uint_eq(match_limited(x.s, &limited), 2);
    ck_assert_uint_eq(limited[0], 0);
    ck_assert_uint_eq(limited[1], 2);
    world_set(&x.w, x.text, "s:aab");
    ck_assert_uint_eq(run(&x, &rules), 2);
    ck_assert_uint_eq(match_limited(x.s, &limited), 0);
    fixture_fini(&x);
}
END_TEST

/* Once a scratch knows its matcher, no event makes it larger. */
START_TEST(nothing_grows)
{
    struct fixture x;
    const uint32_t *rules;
    fixture_init(&x);
    for (int i = 0; i < 10; i++)
        world_rule(&x.w, "r", both(&x, world_text(&x.w, OP_EQ, x.action, i % 2 == 0 ? "a" : "b", false),
                                   world_regex(&x.w, x.text, "fo+bar", 0)));
    fixture_ready(&x);
    run(&x, &rules);
    const struct match_scratch before = *x.s;
    for (int i = 0; i < 100; i++) {
        world_event(&x.w);
        world_set(&x.w, x.action, i % 2 == 0 ? "s:a" : "[s:a|s:b]");
        world_set(&x.w, x.text, "s:a foobar");
        ck_assert_uint_gt(run(&x, &rules), 0);
    }
    ck_assert_ptr_eq(x.s->memo, before.memo);
    ck_assert_ptr_eq(x.s->found, before.found);
    ck_assert_ptr_eq(x.s->candidate, before.candidate);
    ck_assert_ptr_eq(x.s->node_stamp, before.node_stamp);
    ck_assert_mem_eq(&x.s->size, &before.size, sizeof before.size);
    fixture_fini(&x);
}
END_TEST

/* The stamps begin again: what was settled for the first event of all must not be taken for settled now. */
START_TEST(stamps_begin_again)
{
    struct fixture x;
    const uint32_t *rules;
    fixture_init(&x);
    world_rule(&x.w, "r", both(&x, world_text(&x.w, OP_EQ, x.action, "a", false),
                               world_text(&x.w, OP_CONTAINS, x.text, "phrase", false)));
    fixture_ready(&x);
    world_set(&x.w, x.action, "s:a");
    world_set(&x.w, x.text, "s:a phrase");
    ck_assert_uint_eq(run(&x, &rules), 1);
    const uint32_t first = x.s->stamp;
    x.s->stamp = UINT32_MAX - MEMO_STATES + 1;
    world_set(&x.w, x.action, "s:b");
    ck_assert_uint_eq(run(&x, &rules), 0);
    ck_assert_uint_eq(x.s->stamp, first);
    x.s->stamp = UINT32_MAX - MEMO_STATES + 1;
    world_set(&x.w, x.action, "s:a");
    ck_assert_uint_eq(run(&x, &rules), 1);
    fixture_fini(&x);
}
END_TEST

#define MANY 10000 /* more than a word of words of candidates */

START_TEST(many_rules)
{
    struct world w;
    char value[32];
    const uint32_t *rules;
    static bool enabled[MANY];
    world_init(&w);
    const field_id f = world_field(&w, "f");
    for (int i = 0; i < MANY; i++) {
        snprintf(value, sizeof value, "value %d", i / 2);
        struct expr *leaf = expr_leaf(w.program, world_text(&w, OP_EQ, f, value, false));
        world_rule(&w, "r", i % 1000 == 999 ? expr_not(w.program, leaf) : leaf);
        enabled[i] = i != 8001;
    }
    program_freeze(w.program);
    struct matcher *m = matcher_new(w.program, enabled, true);
    struct match_scratch *s = match_scratch_new(w.program);
    world_event(&w);
    world_set(&w, f, "[s:value 7|s:Value 4000]");
    ck_assert_uint_eq(matcher_run(m, s, &w.ev, &rules), 13);
    static const uint32_t want[] = { 14, 15, 999, 1999, 2999, 3999, 4999, 5999, 6999, 7999, 8000, 8999, 9999 };
    ck_assert_mem_eq(rules, want, sizeof want);
    match_scratch_free(s);
    matcher_free(m);
    world_fini(&w);
}
END_TEST

TCase *
match_select_tests(void)
{
    TCase *t = tcase_create("select");
    tcase_add_test(t, exact_guard);
    tcase_add_test(t, literal_and_presence_guards);
    tcase_add_test(t, divided_again);
    tcase_add_test(t, ascending_and_constant);
    tcase_add_test(t, limit);
    tcase_add_test(t, nothing_grows);
    tcase_add_test(t, stamps_begin_again);
    tcase_add_test(t, many_rules);
    return t;
}
