/* SPDX-License-Identifier: Apache-2.0 */
/* The reports that are rows as they come, the order of findings, and the registry. */
#include "out_tests.h"

#include <math.h>
#include <stdlib.h>

#include "base/timestamp.h"

static struct results r;

static void
setup(void)
{
    results_init(&r);
}

static void
teardown(void)
{
    results_fini(&r);
}

/* ---- the contract: names, files, columns ---- */

static const struct {
    const char *name, *file, *columns;
} contract[] = {
    { "findings", "findings.csv",
      "finding_id,status,rule_id,rule_title,rule_author,family,level,risk_score,entity_type,entity_id,entity_name,"
      "account_id,app_id,app_name,session_id,src_ip,src_country,first_seen,"
      "fired_at,last_seen,event_count,metric,value,peak,threshold,group,evidence,sample_events,actions" },
    { "suppressed", "suppressed.csv",
      "state,finding_id,rule_id,rule_title,level,risk_score,entity_type,entity_id,entity_name,first_seen,last_seen,"
      "event_count,reason,owner,expires,line" },
    { "actions", "actions.csv",
      "action_id,priority,action,target_type,target_id,account_id,app_id,session_id,reason,finding_ids,risk_score,"
      "reversible,requires_approval" },
    { "overprivileged_apps", "overprivileged_apps.csv",
      "app_id,app_name,risk_score,level,protocol,permission,granted,used,unused,minimal,can_view,can_do,accounts,"
      "affected_accounts,findings,rules,metrics,first_seen,last_seen,actions,"
      "finding_ids" },
    { "password_apps", "password_apps.csv",
      "app_id,app_name,risk_score,level,fan_in,grant_types,networks,network_classes,bait,affected_accounts,findings,"
      "rules,metrics,first_seen,last_seen,actions,finding_ids" },
    { "affiliate_apps", "affiliate_apps.csv",
      "app_id,app_name,risk_score,level,share,publishers,networks,landings,shorteners,affected_accounts,findings,rules,"
      "metrics,first_seen,last_seen,actions,finding_ids" },
    { "session_anomalies", "session_anomalies.csv",
      "account_id,session_id,risk_score,level,from,to,km,hours,km_per_hour,softened,new,src_ips,src_countries,findings,"
      "rules,first_seen,last_seen,actions,finding_ids" },
    { "app_inventory", "app_inventory.csv",
      "app_id,app_name,protocol,permission,can_view,can_do,granted,used,unused,minimal,accounts,grants,revocations,"
      "uses,first_seen,last_seen,findings,risk_score" },
    { "session_inventory", "session_inventory.csv",
      "account_id,session_id,country,city,ip,device,user_agent,login,first_seen,last_seen,active,ended,events,findings,"
      "actions" },
    { "rule_summary", "rule_summary.csv",
      "rule_id,rule_title,kind,level,hits,duplicate_hits,findings,entities,skipped_group,skipped_value,skipped_time,"
      "regex_limit,muted,skipped_reason,suppressed" },
    { "input_health", "input_health.csv",
      "file,source,format,compression,reason,bytes,lines,blank,events,out_of_range,rejects" },
    { "rejects", "rejects.csv", "file,line,offset,reason,text" },
    { "hits", NULL, "rule_id,rule_title,file,line,time" },
};

START_TEST(keeps_the_contract)
{
    const struct report *rep = report_find(sv_of(contract[_i].name));
    ck_assert_ptr_nonnull(rep);
    ck_assert_ptr_eq(rep, reports[_i]);
    if (contract[_i].file == NULL) {
        ck_assert_ptr_null(rep->file);
    } else {
        ck_assert_str_eq(rep->file, contract[_i].file);
        ck_assert_ptr_eq(report_find(sv_of(rep->file)), rep);
    }
    const struct table_style csv = { .format = TABLE_CSV };
    char *text = written(rep->name, &r, &csv);
    text[strlen(text) - 1] = '\0';
    ck_assert_str_eq(text, contract[_i].columns);
    free(text);
    for (size_t i = 0; i < rep->n_columns; i++)
        ck_assert_uint_gt(strlen(rep->columns[i].help), 3);
    ck_assert_uint_gt(strlen(rep->help), 10);
}
END_TEST

START_TEST(the_registry_is_complete)
{
    ck_assert_uint_eq(n_reports, N_OF(contract) + 1);
    ck_assert_str_eq(reports[n_reports - 1]->file, "run.json");
    ck_assert_ptr_null(report_find(SV("nothing")));
    ck_assert_ptr_null(report_find(SV("")));
}
END_TEST

/* ---- findings ---- */

static struct finding
full_finding(void)
{
    static struct named_text group[] = { { { "oauth.app_uid", 13 }, { "a;7", 3 } }, { { "x\\y", 3 }, { "p=q", 3 } } };
    static struct named_text evidence[] = { { { "unused", 6 }, { "dm.read, dm.write", 17 } } };
    static const enum action_id actions[] = { ACTION_REVOKE_ACCESS, ACTION_NOTIFY_USER };
    struct finding f = { .id = 0xabc,
                         .rule_id = SV("r-1"),
                         .rule_title = SV("Unused scopes"),
                         .rule_author = SV("Ada"),
                         .family = SV("privilege"),
                         .level = 3,
                         .risk = 73,
                         .entity_type = SV("app"),
                         .entity_id = SV("a;7"),
                         .entity_name = SV("=Bad \"App\""),
                         .account_id = SV("1844674407370955161"),
                         .app_id = SV("a;7"),
                         .app_name = SV("=Bad \"App\""),
                         .session_id = SV("s1"),
                         .src_ip = SV("203.0.113.7"),
                         .src_country = SV("DE"),
                         .first_seen = at(0),
                         .fired_at = at(1) + 500000,
                         .last_seen = at(2),
                         .event_count = 3,
                         .metric = SV("unused"),
                         .value = 2,
                         .peak = 2.5,
                         .threshold = SV("gte 1"),
                         .group = group,
                         .n_group = 2,
                         .evidence = evidence,
                         .n_evidence = 1,
                         .samples = { SV("a.gz:1"), SV("b.gz:22") },
                         .n_samples = 2,
                         .actions = actions,
                         .n_actions = 2,
                         .status = SV("new") };
    return f;
}

#define FULL_ROW                                                                                                       \
    "0000000000000abc,new,r-1,Unused scopes,Ada,privilege,high,73,app,a;7,\"'=Bad "                                    \
    "\"\"App\"\"\",1844674407370955161,a;7,\"'=Bad \"\"App\"\"\",s1,203.0.113.7,DE,"                                   \
    "2026-11-22T00:00:00Z,2026-11-22T00:00:01.500000Z,2026-11-22T00:00:02Z,3,unused,2,2.5,gte 1,oauth.app_uid=a\\;7; " \
    "x\\\\y=p\\=q,\"unused=dm.read, dm.write\",a.gz:1 b.gz:22,"

START_TEST(a_finding)
{
    vec_push(&r.findings, full_finding());
    assert_rows("findings", &r, FULL_ROW "revoke_access notify_user\n");
}
END_TEST

START_TEST(an_audited_finding_has_no_actions)
{
    struct finding f = full_finding();
    f.audit = true;
    vec_push(&r.findings, f);
    assert_rows("findings", &r, FULL_ROW "\n");
    assert_rows("actions", &r, "");
    assert_rows("overprivileged_apps", &r, "");
}
END_TEST

START_TEST(an_empty_finding)
{
    vec_push(&r.findings,
             (struct finding){
                 .first_seen = TIME_NONE, .fired_at = TIME_NONE, .last_seen = TIME_NONE, .value = NAN, .peak = NAN });
    assert_rows("findings", &r, "0000000000000000,,,,,,informational,0,,,,,,,,,,,,,0,,,,,,,,\n");
}
END_TEST

static void
fill_key(struct finding *f, int level, double risk, struct sv rule, struct sv key, int first, int fired)
{
    *f = (struct finding){
        .level = level, .risk = risk, .rule_id = rule, .group_key = key, .first_seen = at(first), .fired_at = at(fired)
    };
}

/* Names and values as group-by made them; the order is that of the column's text. */
static void
fill_group(struct finding *f, struct named_text *pair, struct sv value)
{
    *pair = (struct named_text){ SV("k"), value };
    f->group = pair;
    f->n_group = 1;
}

START_TEST(the_order_of_findings)
{
    enum { N = 9 };
    struct finding f[N];
    fill_key(&f[0], 4, 10, SV("z"), SV("z"), 9, 9);
    fill_key(&f[1], 3, 90, SV("z"), SV("z"), 9, 9);
    fill_key(&f[2], 3, 80.5, SV("a"), SV("z"), 9, 9);
    fill_key(&f[3], 3, 80.5, SV("ab"), SV("a"), 9, 9);
    fill_key(&f[4], 3, 80.5, SV("ab"), SV("a\x80"), 9, 9);
    fill_key(&f[5], 3, 80.5, SV("ab"), SV("b"), 1, 9);
    fill_key(&f[6], 3, 80.5, SV("ab"), SV("b"), 2, 3);
    fill_key(&f[7], 3, 80.5, SV("ab"), SV("b"), 2, 4);
    fill_key(&f[8], 0, 100, SV("a"), SV("a"), 0, 0);
    struct named_text pair[N];
    for (int i = 0; i < N; i++)
        fill_group(&f[i], &pair[i], f[i].group_key);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            const int c = finding_cmp(&f[i], &f[k]);
            ck_assert_int_eq((c > 0) - (c < 0), (i > k) - (i < k));
        }
}
END_TEST

/* "edge" before "one", though its key is longer; a ';' is shown as '\\;', which comes after "a" and before "b". */
START_TEST(groups_are_ordered_as_they_are_shown)
{
    static const char *const values[] = { "a", "a;", "aa", "edge", "one" };
    enum { N = 5 };
    struct named_text pair[N];
    struct finding f[N];
    for (int i = 0; i < N; i++) {
        fill_key(&f[i], 1, 1, SV("r"), SV("same"), 1, 1);
        fill_group(&f[i], &pair[i], sv_of(values[i]));
    }
    for (int i = 0; i + 1 < N; i++)
        ck_assert_int_lt(finding_cmp(&f[i], &f[i + 1]), 0);
}
END_TEST

/* ---- actions.def ---- */

START_TEST(the_actions)
{
    static const char *const names[] = { "log_out_session", "log_out_all_other_sessions",
                                         "change_password", "revoke_access",
                                         "suspend_app",     "reduce_scopes",
                                         "notify_user",     "review" };
    ck_assert_int_eq(ACTION_COUNT_, N_OF(names));
    for (int i = 0; i < N_OF(names); i++) {
        ck_assert_str_eq(action_infos[i].name, names[i]);
        ck_assert_int_eq(action_find(sv_of(names[i])), i);
        ck_assert_ptr_nonnull(action_infos[i].help);
    }
    ck_assert_int_eq(action_find(SV("review ")), ACTION_COUNT_);
    ck_assert_int_eq(action_find(SV("")), ACTION_COUNT_);
    ck_assert(action_infos[ACTION_REVOKE_ACCESS].reversible && !action_infos[ACTION_CHANGE_PASSWORD].reversible);
    ck_assert(action_infos[ACTION_SUSPEND_APP].requires_approval);
}
END_TEST

/* ---- plain rows ---- */

START_TEST(app_inventory)
{
    vec_push(&r.apps, (struct app_row){ .app_id = SV("a1"),
                                        .app_name = SV("App"),
                                        .protocol = SV("oauth2"),
                                        .level = SV("read"),
                                        .granted = SV("dm.read users.read"),
                                        .used = SV("users.read"),
                                        .unused = SV("dm.read"),
                                        .minimal = SV("base"),
                                        .can_view = SV("See your posts; See your messages"),
                                        .can_do = SV("Post"),
                                        .accounts = 2,
                                        .grants = 3,
                                        .revocations = 1,
                                        .uses = 40,
                                        .first_seen = at(0),
                                        .last_seen = at(5),
                                        .findings = 1,
                                        .risk = 73.456 });
    vec_push(&r.apps, (struct app_row){ .app_id = SV("a2"), .first_seen = TIME_NONE, .last_seen = TIME_NONE });
    assert_rows("app_inventory", &r,
                "a1,App,oauth2,read,See your posts; See your messages,Post,dm.read "
                "users.read,users.read,dm.read,base,2,3,1,40,2026-11-22T00:00:00Z,2026-11-22T00:00:05Z,1,73.46\n"
                "a2,,,,,,,,,,0,0,0,0,,,0,0\n");
}
END_TEST

START_TEST(session_inventory)
{
    vec_push(&r.sessions, (struct session_row){ .account_id = SV("u1"),
                                                .session_id = SV("s1"),
                                                .country = SV("DE"),
                                                .city = SV("Berlin"),
                                                .ip = SV("203.0.113.7"),
                                                .device = SV("d1"),
                                                .user_agent = SV("Mozilla/5.0 (X, Y)"),
                                                .login = at(0),
                                                .first_seen = at(0),
                                                .last_seen = at(9),
                                                .ended = TIME_NONE,
                                                .events = 7,
                                                .findings = 1,
                                                .action = SV("log_out_session") });
    vec_push(&r.sessions, (struct session_row){ .account_id = SV("u1"),
                                                .session_id = SV("s2"),
                                                .login = TIME_NONE,
                                                .first_seen = at(1),
                                                .last_seen = at(2),
                                                .ended = at(3),
                                                .events = 1 });
    assert_rows("session_inventory", &r,
                "u1,s1,DE,Berlin,203.0.113.7,d1,\"Mozilla/5.0 (X, "
                "Y)\",2026-11-22T00:00:00Z,2026-11-22T00:00:00Z,2026-11-22T00:00:09Z,yes,,7,1,log_out_session\n"
                "u1,s2,,,,,,,2026-11-22T00:00:01Z,2026-11-22T00:00:02Z,no,2026-11-22T00:00:03Z,1,0,\n");
}
END_TEST

START_TEST(rule_summary)
{
    vec_push(&r.rules, (struct rule_row){ .rule_id = SV("r1"),
                                          .rule_title = SV("One"),
                                          .kind = SV("event_count"),
                                          .level = 4,
                                          .hits = 10,
                                          .duplicate_hits = 1,
                                          .findings = 2,
                                          .suppressed = 7,
                                          .entities = 2,
                                          .skipped_group = 3,
                                          .skipped_value = 4,
                                          .skipped_time = 5,
                                          .regex_limit = 6,
                                          .muted = true });
    vec_push(&r.rules, (struct rule_row){ .rule_id = SV("r2"),
                                          .kind = SV("rule"),
                                          .skipped_reason = SV("unknown modifier 'contain'") });
    assert_rows("rule_summary", &r,
                "r1,One,event_count,critical,10,1,2,2,3,4,5,6,yes,,7\n"
                "r2,,rule,informational,0,0,0,0,0,0,0,0,no,unknown modifier 'contain',0\n");
}
END_TEST

START_TEST(input_health)
{
    vec_push(&r.health, (struct health_row){ .file = SV("a.log.gz"),
                                             .source = SV("native"),
                                             .format = SV("jsonl"),
                                             .compression = SV("gzip"),
                                             .bytes = 1000,
                                             .lines = 10,
                                             .blank = 1,
                                             .events = 7,
                                             .out_of_range = 2,
                                             .rejects = 2 });
    vec_push(&r.health, (struct health_row){ .file = SV("a.log.gz"), .reason = SV("not JSON"), .rejects = 2 });
    assert_rows("input_health", &r, "a.log.gz,native,jsonl,gzip,,1000,10,1,7,2,2\na.log.gz,,,,not JSON,0,0,0,0,0,2\n");
}
END_TEST

START_TEST(rejects)
{
    vec_push(&r.rejects, (struct reject_row){ .file = SV("a"),
                                              .line = 7,
                                              .offset = 1234,
                                              .reason = SV("bad escape"),
                                              .text = SV("{\"a\":\"\x1b[2J\xff\",\0") });
    r.rejects.v[0].text = sv_make("{\"a\":\x1b\xff,\0", 9);
    assert_rows("rejects", &r, "a,7,1234,bad escape,\"{\"\"a\"\":\\u{1b}\xef\xbf\xbd,\\u{0}\"\n");
    /* printable even where text is written raw */
    const struct table_style raw = { .format = TABLE_CSV, .csv_raw = true };
    char *text = written("rejects", &r, &raw);
    ck_assert_ptr_null(strchr(text, '\x1b'));
    ck_assert_ptr_nonnull(strstr(text, "\\u{1b}\xef\xbf\xbd,\\u{0}"));
    free(text);
}
END_TEST

START_TEST(hits)
{
    vec_push(&r.hits, (struct hit_row){ SV("r1"), SV("One"), SV("a"), 3, at(0) });
    vec_push(&r.hits, (struct hit_row){ SV("r1"), SV("One"), SV("a"), 4, TIME_NONE });
    assert_rows("hits", &r, "r1,One,a,3,2026-11-22T00:00:00Z\nr1,One,a,4,\n");
}
END_TEST

TCase *
out_report_tests(void)
{
    TCase *t = tcase_create("reports");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, keeps_the_contract, 0, N_OF(contract));
    tcase_add_test(t, the_registry_is_complete);
    tcase_add_test(t, a_finding);
    tcase_add_test(t, an_audited_finding_has_no_actions);
    tcase_add_test(t, an_empty_finding);
    tcase_add_test(t, the_order_of_findings);
    tcase_add_test(t, groups_are_ordered_as_they_are_shown);
    tcase_add_test(t, the_actions);
    tcase_add_test(t, app_inventory);
    tcase_add_test(t, session_inventory);
    tcase_add_test(t, rule_summary);
    tcase_add_test(t, input_health);
    tcase_add_test(t, rejects);
    tcase_add_test(t, hits);
    return t;
}
