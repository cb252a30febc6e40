/* SPDX-License-Identifier: Apache-2.0 */
/* actions.csv: order, merging, and the blast radius. */
#include "out_tests.h"

#include <math.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/map.h"
#include "out/cells.h"

static struct results r;
static char texts[20000]; /* ids made on the way */
static size_t n_texts;

static void
setup(void)
{
    results_init(&r);
    r.blast_radius = 3;
    n_texts = 0;
}

static void
teardown(void)
{
    results_fini(&r);
}

static struct target
target(const char *account, const char *app, const char *session)
{
    return (struct target){ sv_of(account), sv_of(app), sv_of(session) };
}

static struct finding
finding(uint64_t id, const char *title, double risk, const enum action_id *actions, size_t n_actions,
        struct target *targets, size_t n_targets)
{
    return (struct finding){ .id = id,
                             .rule_title = sv_of(title),
                             .risk = risk,
                             .actions = actions,
                             .n_actions = n_actions,
                             .targets = targets,
                             .n_targets = n_targets };
}

static char *
id_of(const char *action, const char *type, const char *id, const char *account, const char *app, const char *session)
{
    struct buf key = BUF_INIT;
    put_bytes(&key, sv_of(action));
    put_bytes(&key, sv_of(type));
    put_bytes(&key, sv_of(id));
    put_bytes(&key, sv_of(account));
    put_bytes(&key, sv_of(app));
    put_bytes(&key, sv_of(session));
    char *hex = texts + n_texts;
    hex64(hash64(buf_view(&key)), hex);
    n_texts += 17;
    buf_fini(&key);
    return hex;
}

/* The rows without their action_id, which is checked to be 16 hex digits and unlike all others. */
static void
assert_actions(const char *want)
{
    const struct table_style csv = { .format = TABLE_CSV };
    char *text = written("actions", &r, &csv);
    struct buf got = BUF_INIT;
    struct map ids;
    map_init(&ids);
    struct sv rest = sv_of(strchr(text, '\n') + 1);
    for (struct sv line; sv_split(&rest, '\n', &line) && line.n != 0;) {
        ck_assert_uint_gt(line.n, 17);
        ck_assert_int_eq(line.p[16], ',');
        ck_assert_uint_eq(strspn(line.p, "0123456789abcdef"), 16);
        bool is_new;
        map_put(&ids, sv_make(line.p, 16), 0, &is_new);
        ck_assert(is_new);
        buf_sv(&got, sv_from(line, 17));
        buf_putc(&got, '\n');
    }
    ck_assert_str_eq(buf_cstr(&got), want);
    map_fini(&ids);
    buf_fini(&got);
    free(text);
}

START_TEST(in_the_order_to_act)
{
    static const enum action_id all[] = { ACTION_REVIEW,         ACTION_NOTIFY_USER,    ACTION_REDUCE_SCOPES,
                                          ACTION_SUSPEND_APP,    ACTION_REVOKE_ACCESS,  ACTION_CHANGE_PASSWORD,
                                          ACTION_LOG_OUT_OTHERS, ACTION_LOG_OUT_SESSION };
    struct target t[] = { target("u1", "a1", "s1") };
    struct finding f = finding(0xf1, "T", 50, all, 8, t, 1);
    f.entity_type = SV("account");
    f.entity_id = SV("u1");
    vec_push(&r.findings, f);
    assert_actions("1,log_out_session,session,s1,u1,,s1,T,00000000000000f1,50,yes,no\n"
                   "2,log_out_all_other_sessions,account,u1,u1,,,T,00000000000000f1,50,yes,no\n"
                   "3,change_password,account,u1,u1,,,T,00000000000000f1,50,no,no\n"
                   "4,revoke_access,grant,u1 a1,u1,a1,,T,00000000000000f1,50,yes,no\n"
                   "5,suspend_app,app,a1,,a1,,T,00000000000000f1,50,yes,yes\n"
                   "6,reduce_scopes,app,a1,,a1,,T,00000000000000f1,50,yes,yes\n"
                   "7,notify_user,account,u1,u1,,,T,00000000000000f1,50,yes,no\n"
                   "8,review,account,u1,u1,,,T,00000000000000f1,50,yes,no\n");
}
END_TEST

START_TEST(ids_are_hashes_of_action_and_target)
{
    static const enum action_id revoke[] = { ACTION_REVOKE_ACCESS };
    struct target t[] = { target("u1", "a1", "s1") };
    vec_push(&r.findings, finding(1, "T", 50, revoke, 1, t, 1));
    char want[200];
    snprintf(want, sizeof want, "%s,4,revoke_access,grant,u1 a1,u1,a1,,T,0000000000000001,50,yes,no\n",
             id_of("revoke_access", "grant", "", "u1", "a1", ""));
    assert_rows("actions", &r, want);
    /* they do not depend on who asks */
    r.findings.v[0].id = 2;
    r.findings.v[0].risk = 9;
    snprintf(want, sizeof want, "%s,4,revoke_access,grant,u1 a1,u1,a1,,T,0000000000000002,9,yes,no\n",
             id_of("revoke_access", "grant", "", "u1", "a1", ""));
    assert_rows("actions", &r, want);
}
END_TEST

START_TEST(findings_are_merged)
{
    static const enum action_id password[] = { ACTION_CHANGE_PASSWORD };
    struct target both[] = { target("u1", "a1", ""), target("u2", "a1", ""), target("u1", "a2", "") };
    struct target one[] = { target("u2", "", "s9") };
    vec_push(&r.findings, finding(0xbb, "Second", 60, password, 1, both, 3));
    vec_push(&r.findings, finding(0xaa, "First", 50, password, 1, one, 1));
    vec_push(&r.findings, finding(0xcc, "Second", 20, password, 1, one, 1));
    assert_actions("3,change_password,account,u1,u1,,,Second,00000000000000bb,60,no,no\n"
                   "3,change_password,account,u2,u2,,,Second; First,00000000000000aa 00000000000000bb "
                   "00000000000000cc,84,no,no\n");
}
END_TEST

/* Noisy-or by hand, of the risks that the levels have: 1 - 0.95 * 0.79 * 0.53 * 0.27 * 0.01 = 1 - 0.0010739655 */
START_TEST(risks_of_all_levels)
{
    static const double risk[] = { 5, 21, 47, 73, 99 };
    double forth = 0, back = 0;
    for (size_t i = 0; i < 5; i++) {
        forth = risk_join(forth, risk[i]);
        back = risk_join(back, risk[4 - i]);
    }
    ck_assert(fabs(forth - 99.89260345) < 1e-9 && fabs(back - 99.89260345) < 1e-9);
    ck_assert(fabs(risk_join(73, 47) - 85.69) < 1e-9);
    ck_assert(risk_join(47, 0) == 47 && risk_join(100, 47) == 100);
}
END_TEST

/* The risk of x-risk is that of the other two already: 1 - 0.4 * 0.5. */
START_TEST(a_summary_adds_no_risk)
{
    static const enum action_id password[] = { ACTION_CHANGE_PASSWORD };
    struct target t[] = { target("u1", "", "") };
    vec_push(&r.findings, finding(1, "All", 80, password, 1, t, 1));
    r.findings.v[0].summary = true;
    vec_push(&r.findings, finding(2, "First", 60, password, 1, t, 1));
    vec_push(&r.findings, finding(3, "Second", 50, password, 1, t, 1));
    assert_actions("3,change_password,account,u1,u1,,,All; First; Second,0000000000000001 0000000000000002 "
                   "0000000000000003,80,no,no\n");
}
END_TEST

/* What an action aims at must be there. */
START_TEST(targets_that_lack_something)
{
    static const enum action_id three[] = { ACTION_REVOKE_ACCESS, ACTION_LOG_OUT_SESSION, ACTION_SUSPEND_APP };
    struct target t[] = { target("u1", "", ""), target("", "a1", ""), target("u2", "a2", "") };
    vec_push(&r.findings, finding(1, "T", 50, three, 3, t, 3));
    assert_actions("4,revoke_access,grant,u2 a2,u2,a2,,T,0000000000000001,50,yes,no\n"
                   "5,suspend_app,app,a1,,a1,,T,0000000000000001,50,yes,yes\n"
                   "5,suspend_app,app,a2,,a2,,T,0000000000000001,50,yes,yes\n");
}
END_TEST

/* Without targets: what all hits share. */
START_TEST(without_targets)
{
    static const enum action_id two[] = { ACTION_LOG_OUT_SESSION, ACTION_REVIEW };
    struct finding f = finding(1, "T", 50, two, 2, NULL, 0);
    f.account_id = SV("u1");
    f.session_id = SV("s1");
    vec_push(&r.findings, f);
    vec_push(&r.findings, finding(2, "Nothing known", 5, two, 2, NULL, 0));
    assert_actions("1,log_out_session,session,s1,u1,,s1,T,0000000000000001,50,yes,no\n"
                   "8,review,finding,,,,,Nothing known,0000000000000002,5,yes,no\n"
                   "8,review,finding,,u1,,s1,T,0000000000000001,50,yes,no\n");
}
END_TEST

START_TEST(other_entities)
{
    static const enum action_id review[] = { ACTION_REVIEW };
    struct finding f = finding(1, "T", 50, review, 1, NULL, 0);
    f.entity_type = SV("ip");
    f.entity_id = SV("203.0.113.7");
    vec_push(&r.findings, f);
    f.entity_type = SV("app");
    f.entity_id = SV("a1");
    vec_push(&r.findings, f);
    assert_actions("8,review,app,a1,,a1,,T,0000000000000001,50,yes,no\n"
                   "8,review,ip,203.0.113.7,,,,T,0000000000000001,50,yes,no\n");
}
END_TEST

/* Three accounts are the limit here; the fourth turns the list into a decision about the app. */
START_TEST(the_blast_radius)
{
    static const enum action_id two[] = { ACTION_REVOKE_ACCESS, ACTION_CHANGE_PASSWORD };
    struct target t[] = { target("u1", "a1", ""), target("u2", "a1", ""), target("u3", "a1", ""),
                          target("u4", "a1", ""), target("u1", "a2", "") };
    vec_push(&r.findings, finding(1, "T", 50, two, 2, t, 3));
    assert_actions("3,change_password,account,u1,u1,,,T,0000000000000001,50,no,no\n"
                   "3,change_password,account,u2,u2,,,T,0000000000000001,50,no,no\n"
                   "3,change_password,account,u3,u3,,,T,0000000000000001,50,no,no\n"
                   "4,revoke_access,grant,u1 a1,u1,a1,,T,0000000000000001,50,yes,no\n"
                   "4,revoke_access,grant,u2 a1,u2,a1,,T,0000000000000001,50,yes,no\n"
                   "4,revoke_access,grant,u3 a1,u3,a1,,T,0000000000000001,50,yes,no\n");
    r.findings.v[0].n_targets = 5; /* u1 also uses a2, which stays */
    assert_actions("3,change_password,account,u1,u1,,,T,0000000000000001,50,no,no\n"
                   "4,revoke_access,grant,u1 a2,u1,a2,,T,0000000000000001,50,yes,no\n"
                   "5,suspend_app,app,a1,,a1,,4 accounts or more: T,0000000000000001,50,yes,yes\n"
                   "8,review,app,a1,,a1,,4 accounts or more: T,0000000000000001,50,yes,no\n");
}
END_TEST

/* Many findings of one account each reach as far as one finding of many accounts. */
START_TEST(the_blast_radius_over_findings)
{
    static const enum action_id revoke[] = { ACTION_REVOKE_ACCESS };
    static const enum action_id suspend[] = { ACTION_SUSPEND_APP };
    struct target t[] = { target("u1", "a1", ""), target("u2", "a1", ""), target("u3", "a1", ""),
                          target("u4", "a1", "") };
    for (uint64_t i = 0; i < 4; i++)
        vec_push(&r.findings, finding(i + 1, "T", 0, revoke, 1, &t[i], 1));
    vec_push(&r.findings, finding(9, "S", 40, suspend, 1, &t[0], 1));
    assert_actions("5,suspend_app,app,a1,,a1,,4 accounts or more: T; S,0000000000000001 0000000000000002 "
                   "0000000000000003 0000000000000004 0000000000000009,40,yes,yes\n"
                   "8,review,app,a1,,a1,,4 accounts or more: T,0000000000000001 0000000000000002 0000000000000003 "
                   "0000000000000004,0,yes,no\n");
}
END_TEST

/* People who travel are not a reason to stop the app that they travel with. */
START_TEST(the_blast_radius_is_about_apps)
{
    static const enum action_id log_out[] = { ACTION_LOG_OUT_SESSION };
    struct target t[] = { target("u1", "a1", "s1"), target("u2", "a1", "s2"), target("u3", "a1", "s3"),
                          target("u4", "a1", "s4") };
    struct finding f = finding(1, "T", 0, log_out, 1, t, 4);
    f.entity_type = SV("account");
    vec_push(&r.findings, f);
    assert_actions("1,log_out_session,session,s1,u1,,s1,T,0000000000000001,0,yes,no\n"
                   "1,log_out_session,session,s2,u2,,s2,T,0000000000000001,0,yes,no\n"
                   "1,log_out_session,session,s3,u3,,s3,T,0000000000000001,0,yes,no\n"
                   "1,log_out_session,session,s4,u4,,s4,T,0000000000000001,0,yes,no\n");
    r.findings.v[0].entity_type = SV("app");
    r.findings.v[0].entity_id = SV("a1");
    assert_actions("5,suspend_app,app,a1,,a1,,4 accounts or more: T,0000000000000001,0,yes,yes\n"
                   "8,review,app,a1,,a1,,4 accounts or more: T,0000000000000001,0,yes,no\n");
}
END_TEST

/* Nor if the app is over the limit for reasons of its own: the traveller's session is logged out all the same. */
START_TEST(the_blast_radius_spares_other_findings)
{
    static const enum action_id revoke[] = { ACTION_REVOKE_ACCESS };
    static const enum action_id log_out[] = { ACTION_LOG_OUT_SESSION };
    struct target t[] = { target("u1", "a1", "s1"), target("u2", "a1", ""), target("u3", "a1", ""),
                          target("u4", "a1", "") };
    vec_push(&r.findings, finding(1, "T", 0, revoke, 1, t, 4));
    vec_push(&r.findings, finding(2, "Travel", 0, log_out, 1, t, 1));
    assert_actions("1,log_out_session,session,s1,u1,,s1,Travel,0000000000000002,0,yes,no\n"
                   "5,suspend_app,app,a1,,a1,,4 accounts or more: T,0000000000000001,0,yes,yes\n"
                   "8,review,app,a1,,a1,,4 accounts or more: T,0000000000000001,0,yes,no\n");
}
END_TEST

TCase *
out_action_tests(void)
{
    TCase *t = tcase_create("actions");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, in_the_order_to_act);
    tcase_add_test(t, ids_are_hashes_of_action_and_target);
    tcase_add_test(t, findings_are_merged);
    tcase_add_test(t, risks_of_all_levels);
    tcase_add_test(t, a_summary_adds_no_risk);
    tcase_add_test(t, targets_that_lack_something);
    tcase_add_test(t, without_targets);
    tcase_add_test(t, other_entities);
    tcase_add_test(t, the_blast_radius);
    tcase_add_test(t, the_blast_radius_over_findings);
    tcase_add_test(t, the_blast_radius_is_about_apps);
    tcase_add_test(t, the_blast_radius_spares_other_findings);
    return t;
}
