/* SPDX-License-Identifier: Apache-2.0 */
/* The text of match_explain, byte for byte. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "match_tests.h"
#include "match_world.h"

struct fixture {
    struct world w;
    field_id action, scopes, name, owner;
};

static struct expr *
labelled(struct expr *e, const char *label)
{
    e->label = sv_of(label);
    return e;
}

static struct expr *
password_rule(struct fixture *x)
{
    struct program *p = x->w.program;
    struct expr *any[] = { expr_leaf(p, world_text(&x->w, OP_CONTAINS, x->scopes, "dm", false)),
                           expr_leaf(p, world_fieldref(&x->w, x->name, OP_EQ, x->owner, false)) };
    struct expr *all[] = { labelled(expr_leaf(p, world_text(&x->w, OP_EQ, x->action, "token.issue", false)),
                                    "selection"),
                           labelled(expr_join(p, EXPR_OR, any, 2), "extra"),
                           expr_not(p, labelled(expr_leaf(p, world_plain(&x->w, OP_NULL, x->owner)), "filter")) };
    return expr_join(p, EXPR_AND, all, 3);
}

static void
check_explain(struct fixture *x, const char *want)
{
    char *text = NULL;
    size_t n = 0;
    struct match_scratch *s = match_scratch_new(x->w.program);
    FILE *to = open_memstream(&text, &n);
    match_explain(x->w.program, 0, s, &x->w.ev, to);
    fclose(to);
    ck_assert_str_eq(text, want);
    free(text);
    match_scratch_free(s);
}

START_TEST(tree)
{
    struct fixture x;
    world_init(&x.w);
    x.action = world_field(&x.w, "action");
    x.scopes = world_field(&x.w, "oauth.scopes");
    x.name = world_field(&x.w, "oauth.app_name");
    x.owner = world_field(&x.w, "oauth.owner_uid");
    world_rule(&x.w, "Password given away", password_rule(&x));
    x.w.program->preds.v[0].written = SV("oauth.scopes|contains: dm");
    program_freeze(x.w.program);
    world_event(&x.w);
    world_set(&x.w, x.action, "s:token.issue");
    world_set(&x.w, x.scopes, "[s:tweet.read|null|n:5|object|true]");
    world_set(&x.w, x.name, "s:a \"name\"\n");
    check_explain(&x, "false  Password given away\n"
                      "false    and\n"
                      "true       [selection] action equals \"token.issue\"\n"
                      "             saw \"token.issue\"\n"
                      "false      [extra] or\n"
                      "false        oauth.scopes|contains: dm\n"
                      "               saw \"tweet.read\", null, 5, an object, true\n"
                      "false        oauth.app_name fieldref equals oauth.owner_uid\n"
                      "               saw \"a \\\"name\\\"\\x0a\"; oauth.owner_uid is nothing\n"
                      "false      not\n"
                      "true         [filter] oauth.owner_uid null\n"
                      "               saw nothing\n");
    world_fini(&x.w);
}
END_TEST

/* Long values are cut between characters, long lists after some members. */
START_TEST(long_values)
{
    struct fixture x;
    char text[500] = "s:";
    world_init(&x.w);
    x.action = world_field(&x.w, "action");
    world_rule(&x.w, "R", expr_leaf(x.w.program, world_plain(&x.w, OP_EXISTS, x.action)));
    program_freeze(x.w.program);
    world_event(&x.w);
    for (int i = 0; i < 100; i++)
        snprintf(text + 2 + 3 * i, 4, "\xe2\x82\xac");
    world_set(&x.w, x.action, text);
    struct buf want = BUF_INIT;
    buf_puts(&want, "true   R\ntrue     action exists\n           saw \"");
    for (int i = 0; i < 53; i++)
        buf_puts(&want, "\xe2\x82\xac");
    buf_puts(&want, "\"... (300 bytes)\n");
    check_explain(&x, buf_cstr(&want));
    buf_fini(&want);
    world_set(&x.w, x.action, "[n:1|n:2|n:3|n:4|n:5|n:6|n:7|n:8|n:9|n:10]");
    check_explain(&x, "true   R\ntrue     action exists\n           saw 1, 2, 3, 4, 5, 6, 7, 8 and 2 more\n");
    world_set(&x.w, x.action, "[]");
    check_explain(&x, "true   R\ntrue     action exists\n           saw an empty list\n");
    world_fini(&x.w);
}
END_TEST

TCase *
match_explain_tests(void)
{
    TCase *t = tcase_create("explain");
    tcase_add_test(t, tree);
    tcase_add_test(t, long_values);
    return t;
}
