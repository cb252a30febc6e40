/* SPDX-License-Identifier: Apache-2.0 */
/* The text of program_dump, byte for byte: users compare it, and golden files hold it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "ir/program.h"
#include "ir_tests.h"

static struct fields *fields;
static struct program *p;

static void
setup(void)
{
    fields = fields_new();
    p = program_new(fields);
}

static void
teardown(void)
{
    program_free(p);
    fields_free(fields);
}

static void
check_dump(const char *only, const char *want)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    program_dump(p, sv_of(only), to);
    fclose(to);
    ck_assert_str_eq(text, want);
    free(text);
}

static struct glob_token glob[] = {
    { GLOB_TEXT, { "a*", 2 } }, { GLOB_ANY, { NULL, 0 } }, { GLOB_DASH, { NULL, 0 } }, { GLOB_ONE, { NULL, 0 } },
};

static const struct {
    struct pred pred;
    const char *text;
} printed[] = {
    { { .op = OP_EQ, .text = { "a\"b\\\n\x7f", 6 } }, "f equals \"a\\\"b\\\\\\x0a\\x7f\"" },
    { { .op = OP_CONTAINS, .text = { "\xc3\xa9", 2 }, .cased = true }, "f contains \"\xc3\xa9\" cased" },
    { { .op = OP_STARTS, .text = { "a", 1 } }, "f startswith \"a\"" },
    { { .op = OP_ENDS, .text = { "", 0 } }, "f endswith \"\"" },
    { { .op = OP_GLOB, .glob = glob, .n_glob = 4 }, "f wildcard \"a\\**[-]?\"" },
    { { .op = OP_CIDR, .address = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10 }, .prefix_bits = 104 },
      "f cidr 10.0.0.0/8" },
    { { .op = OP_CIDR, .address = { 0x20, 0x01, 0x0d, 0xb8 }, .prefix_bits = 32 }, "f cidr 2001:db8::/32" },
    { { .op = OP_CIDR, .prefix_bits = 0 }, "f cidr ::/0" },
    { { .op = OP_NUMBER, .number = 2.5, .compare = CMP_GTE }, "f number gte 2.5" },
    { { .op = OP_NUMBER, .number = 3, .compare = CMP_EQ, .part = PART_HOUR }, "f number hour eq 3" },
    { { .op = OP_BOOLEAN, .boolean = true }, "f boolean true" },
    { { .op = OP_NULL }, "f null" },
    { { .op = OP_EXISTS }, "f exists" },
    { { .op = OP_FIELDREF, .ref_op = OP_ENDS, .cased = true }, "f fieldref endswith g cased" },
    { { .op = OP_CONTAINS, .field = FIELD_ANY, .text = { "x", 1 } }, "(any value) contains \"x\"" },
};

START_TEST(preds)
{
    struct pred pred = printed[_i].pred;
    const field_id f = fields_add(fields, SV("f"));
    pred.ref = fields_add(fields, SV("g"));
    if (_i < N_OF(printed) - 1)
        pred.field = f;
    struct rule r = { .condition = expr_leaf(p, program_pred(p, &pred)) };
    r.meta.id = SV("id");
    r.meta.title = SV("Title");
    r.meta.entity_id = r.meta.entity_name = FIELD_NONE;
    vec_push(&p->rules, r);
    program_freeze(p);
    char want[200];
    snprintf(want, sizeof want, "rule id: Title\n  level informational, risk 0\n  condition\n    %s\n",
             printed[_i].text);
    check_dump("", want);
}
END_TEST

START_TEST(regex_pred)
{
    struct sv error;
    size_t at;
    const struct pred pred = { .op = OP_REGEX,
                               .field = fields_add(fields, SV("f")),
                               .regex = regex_new(SV("a\\.b"), REGEX_FOLD | REGEX_DOTALL, &error, &at) };
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    program_print_pred(p, program_pred(p, &pred), to);
    fclose(to);
    ck_assert_str_eq(text, "f re \"a\\\\.b\" i s");
    free(text);
}
END_TEST

static void
add_password_rule(void)
{
    static struct sv actions[] = { { "revoke", 6 }, { "log_out", 7 } };
    static field_id evidence[2];
    evidence[0] = fields_add(fields, SV("oauth.app_name"));
    evidence[1] = fields_add(fields, SV("src_endpoint.ip"));
    const struct pred action = { .op = OP_EQ, .field = fields_add(fields, SV("action")), .text = SV("token.issue") };
    const struct pred first = { .op = OP_BOOLEAN,
                                .field = fields_add(fields, SV("oauth.first_party")),
                                .boolean = true };
    const struct pred grant = { .op = OP_EQ,
                                .field = fields_add(fields, SV("oauth.grant_type")),
                                .text = SV("password") };
    struct expr *any[] = { expr_leaf(p, program_pred(p, &grant)), expr_leaf(p, program_pred(p, &first)) };
    struct expr *filter = expr_leaf(p, program_pred(p, &first));
    filter->label = SV("filter");
    struct expr *selection = expr_join(p, EXPR_OR, any, 2);
    selection->label = SV("selection");
    struct expr *all[] = { expr_leaf(p, program_pred(p, &action)), selection, expr_not(p, filter) };
    struct rule r = { .condition = expr_join(p, EXPR_AND, all, 3),
                      .logsource = { .product = SV("x"), .service = SV("oauth") } };
    r.meta = (struct rule_meta){ .id = SV("b01"),
                                 .title = SV("Password given to an app"),
                                 .level = LEVEL_HIGH,
                                 .risk = 70,
                                 .family = SV("password"),
                                 .report = SV("password_apps"),
                                 .entity_type = SV("app"),
                                 .entity_id = fields_add(fields, SV("oauth.app_uid")),
                                 .entity_name = evidence[0],
                                 .actions = actions,
                                 .n_actions = 2,
                                 .evidence = evidence,
                                 .n_evidence = 2,
                                 .dedup = DAY,
                                 .keep_missing_group = true,
                                 .audit = true };
    vec_push(&p->rules, r);
}

static void
add_correlations(void)
{
    static struct corr_input single[] = { { false, 0, { "b01", 3 } } };
    static struct corr_input inputs[] = { { false, 0, { "b01", 3 } } };
    static struct corr_input outer[] = { { true, 1, { "line", 4 } }, { false, 0, { "b01", 3 } } };
    static struct sv names[] = { { "app", 3 } };
    static field_id app[2], none[2] = { FIELD_NONE, FIELD_NONE };
    static struct corr_arg args[2];
    app[0] = fields_find(fields, SV("oauth.app_uid"));
    args[1] = (struct corr_arg){ .given = true, .written = SV("learning.hits: 10") };
    struct correlation c = { .inputs = single, .n_inputs = 1, .single = true };
    c.meta.entity_id = c.meta.entity_name = FIELD_NONE;
    vec_push(&p->corrs, c);
    c = (struct correlation){ .inputs = inputs,
                              .n_inputs = 1,
                              .type_name = "event_count",
                              .group_names = names,
                              .group_fields = app,
                              .n_group = 1,
                              .timespan = HOUR,
                              .threshold = SV("gte 5"),
                              .args = args,
                              .n_args = 2,
                              .reported = true };
    c.meta = (struct rule_meta){ .id = SV("line"), .title = SV("Assembly line"), .level = LEVEL_CRITICAL, .risk = 90,
                                 .entity_id = FIELD_NONE, .entity_name = FIELD_NONE };
    vec_push(&p->corrs, c);
    struct expr *kid[] = { expr_leaf(p, 0), expr_not(p, expr_leaf(p, 1)) };
    c.inputs = outer;
    c.n_inputs = 2;
    c.type_name = "temporal";
    c.group_fields = none;
    c.expr = expr_join(p, EXPR_AND, kid, 2);
    c.closed = true;
    c.reported = false;
    c.threshold = SV("line and not b01");
    c.n_args = 0;
    c.meta.id = SV("chain");
    c.meta.title = SV("Chain");
    vec_push(&p->corrs, c);
}

static const char rule_text[] = "rule b01: Password given to an app\n"
                                "  level high, risk 70\n"
                                "  family password\n"
                                "  report password_apps\n"
                                "  entity app by oauth.app_uid named oauth.app_name\n"
                                "  actions revoke, log_out\n"
                                "  evidence oauth.app_name, src_endpoint.ip\n"
                                "  missing-group keep\n"
                                "  mode audit\n"
                                "  logsource product=x, service=oauth\n"
                                "  reported once per 1d\n"
                                "  used by line\n"
                                "  used by chain\n"
                                "  condition\n"
                                "    and\n"
                                "      action equals \"token.issue\"\n"
                                "      [selection] or\n"
                                "        oauth.grant_type equals \"password\"\n"
                                "        oauth.first_party boolean true\n"
                                "      not\n"
                                "        [filter] oauth.first_party boolean true\n";
static const char line_text[] = "correlation line: Assembly line\n"
                                "  level critical, risk 90\n"
                                "  type event_count\n"
                                "  trailing windows, chain level 0\n"
                                "  hits of b01\n"
                                "  group by app, oauth.app_uid of b01\n"
                                "  timespan 1h\n"
                                "  condition gte 5\n"
                                "  with learning.hits: 10\n";
static const char chain_text[] = "correlation chain: Chain\n"
                                 "  level critical, risk 90\n"
                                 "  type temporal\n"
                                 "  closed windows, chain level 1, not reported\n"
                                 "  findings of line\n"
                                 "  hits of b01\n"
                                 "  group by app\n"
                                 "  timespan 1h\n"
                                 "  condition line and not b01\n"
                                 "    and\n"
                                 "      line\n"
                                 "      not\n"
                                 "        b01\n";

START_TEST(whole)
{
    char all[4096];
    add_password_rule();
    add_correlations();
    program_freeze(p);
    snprintf(all, sizeof all, "%s%s%s", rule_text, line_text, chain_text);
    check_dump("", all);
    check_dump("b01", rule_text);
    check_dump("line", line_text);
    check_dump("chain", chain_text);
    check_dump("nobody", "");
}
END_TEST

TCase *
ir_dump_tests(void)
{
    TCase *t = tcase_create("dump");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, preds, 0, N_OF(printed));
    tcase_add_test(t, regex_pred);
    tcase_add_test(t, whole);
    return t;
}
