/* SPDX-License-Identifier: Apache-2.0 */
/* The four family reports: which findings they take, whom a row is about, and their columns. */
#include "out_tests.h"

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

static struct finding
finding(uint64_t id, struct sv family, struct sv title, int level, double risk)
{
    return (struct finding){ .id = id,
                             .rule_id = title,
                             .rule_title = title,
                             .family = family,
                             .level = level,
                             .risk = risk,
                             .metric = SV("event_count"),
                             .first_seen = at(10),
                             .fired_at = at(20),
                             .last_seen = at(30),
                             .peak = 1 };
}

static struct named_text
pair(const char *name, const char *text)
{
    return (struct named_text){ sv_of(name), sv_of(text) };
}

START_TEST(overprivileged_from_the_inventory)
{
    static struct target targets[] = { { { "u1", 2 }, { "a1", 2 }, { "", 0 } },
                                       { { "u2", 2 }, { "a1", 2 }, { "", 0 } } };
    static const enum action_id actions[] = { ACTION_REVIEW, ACTION_REDUCE_SCOPES };
    vec_push(&r.apps, (struct app_row){ .app_id = SV("a0") });
    vec_push(&r.apps, (struct app_row){ .app_id = SV("a1"),
                                        .app_name = SV("New name"),
                                        .protocol = SV("oauth2"),
                                        .granted = SV("dm.read dm.write"),
                                        .unused = SV("dm.read dm.write"),
                                        .minimal = SV("base"),
                                        .can_view = SV("See"),
                                        .can_do = SV("Do"),
                                        .accounts = 9 });
    struct finding f = finding(0x11, SV("privilege"), SV("Level too high"), 4, 50);
    f.entity_type = SV("app");
    f.entity_id = SV("a1");
    f.entity_name = SV("Old name");
    f.targets = targets;
    f.n_targets = 2;
    f.actions = actions;
    f.n_actions = 2;
    f.metric = SV("unused");
    f.peak = 2;
    vec_push(&r.findings, f);
    f = finding(0x12, SV("privilege"), SV("Unused scopes"), 2, 60);
    f.app_id = SV("a1");
    f.account_id = SV("u3");
    f.first_seen = at(5);
    f.metric = SV("share(oauth.scopes)");
    f.peak = 0.75;
    vec_push(&r.findings, f);
    vec_push(&r.findings, finding(0x13, SV("password"), SV("Other family"), 4, 99));
    assert_rows("overprivileged_apps", &r,
                "a1,New name,80,critical,oauth2,,dm.read dm.write,,dm.read dm.write,base,See,Do,9,3,2,Level too high; "
                "Unused scopes,unused=2; share(oauth.scopes)=0.75,"
                "2026-11-22T00:00:05Z,2026-11-22T00:00:30Z,reduce_scopes review,0000000000000011 0000000000000012\n");
}
END_TEST

START_TEST(overprivileged_from_evidence)
{
    struct named_text evidence[] = { pair("granted", "dm.read, dm.write"), pair("used", "users.read"),
                                     pair("unused", "dm.read, dm.write"), pair("minimal", "base"),
                                     pair("oauth.protocol", "oauth2") };
    struct finding f = finding(0x11, SV("privilege"), SV("T"), 3, 73);
    f.app_id = SV("a1");
    f.app_name = SV("App");
    f.evidence = evidence;
    f.n_evidence = 5;
    vec_push(&r.findings, f);
    assert_rows(
        "overprivileged_apps", &r,
        "a1,App,73,high,oauth2,,\"dm.read, dm.write\",users.read,\"dm.read, "
        "dm.write\",base,,,0,0,1,T,event_count=1,2026-11-22T00:00:10Z,2026-11-22T00:00:30Z,,0000000000000011\n");
}
END_TEST

/* A finding about an address: a row for each app that took part; and one that names no app is not lost. */
START_TEST(password_apps_by_target)
{
    static struct target targets[] = { { { "u1", 2 }, { "b", 1 }, { "", 0 } },
                                       { { "u2", 2 }, { "a", 1 }, { "", 0 } },
                                       { { "u3", 2 }, { "b", 1 }, { "", 0 } },
                                       { { "u4", 2 }, { "", 0 }, { "", 0 } } };
    struct named_text evidence[] = { pair("ip.net", "203.0.113.0/24, 198.51.100.0/24 +7"),
                                     pair("oauth.grant_type", "password"), pair("src_endpoint.ip_class", "hosting"),
                                     pair("name.bait", "followers, fast") };
    struct named_text group[] = { pair("ip.net", "203.0.113.0/24") };
    struct finding f = finding(0x21, SV("password"), SV("Assembly line"), 4, 99);
    f.entity_type = SV("ip");
    f.entity_id = SV("203.0.113.7");
    f.targets = targets;
    f.n_targets = 4;
    f.evidence = evidence;
    f.n_evidence = 4;
    f.group = group;
    f.n_group = 1;
    f.metric = SV("value_count(actor.user.uid)");
    f.peak = 41;
    vec_push(&r.findings, f);
    vec_push(&r.findings, finding(0x22, SV("password"), SV("No app at all"), 0, 5));
#define SEEN "2026-11-22T00:00:10Z,2026-11-22T00:00:30Z,,"
#define NETS "41,password,\"203.0.113.0/24, 198.51.100.0/24, ...\",hosting,\"followers, fast\""
    assert_rows("password_apps", &r,
                ",,5,informational,,,,,,0,1,No app at all,event_count=1," SEEN "0000000000000022\n"
                "a,,99,critical," NETS ",1,1,Assembly line,value_count(actor.user.uid)=41," SEEN "0000000000000021\n"
                "b,,99,critical," NETS ",2,1,Assembly line,value_count(actor.user.uid)=41," SEEN "0000000000000021\n");
}
END_TEST

START_TEST(affiliate_apps)
{
    struct named_text evidence[] = { pair("url.publisher", "amazon:x-20, amazon:y-20"), pair("url.network", "amazon"),
                                     pair("url.shortener", "bit.ly") };
    struct named_text group[] = { pair("url.publisher", "amazon:x-20") };
    struct finding f = finding(0x31, SV("affiliate"), SV("Share"), 3, 73);
    f.app_id = SV("a1");
    f.metric = SV("share");
    f.peak = 0.25;
    f.evidence = evidence;
    f.n_evidence = 3;
    vec_push(&r.findings, f);
    f.id = 0x32;
    f.peak = 0.5;
    f.n_evidence = 0;
    f.group = group;
    f.n_group = 1;
    vec_push(&r.findings, f);
    assert_rows("affiliate_apps", &r,
                "a1,,92.71,high,0.5,\"amazon:x-20, amazon:y-20\",amazon,,bit.ly,0,2,Share,share=0.5," SEEN
                "0000000000000031 0000000000000032\n");
}
END_TEST

START_TEST(session_anomalies)
{
    struct named_text soft[] = { pair("from", "A"),           pair("to", "B"),
                                 pair("km", "9000"),          pair("hours", "1"),
                                 pair("km_per_hour", "9000"), pair("softened", "vpn") };
    struct named_text hard[] = { pair("from", "DE Berlin"), pair("to", "BR Rio"), pair("km", "9990.5"),
                                 pair("hours", "2"), pair("km_per_hour", "4995.25") };
    struct named_text fresh[] = { pair("new", "BR") };
    static const enum action_id actions[] = { ACTION_LOG_OUT_SESSION, ACTION_CHANGE_PASSWORD };
    struct finding f = finding(0x41, SV("session"), SV("New country"), 3, 80);
    f.entity_type = SV("account");
    f.entity_id = f.account_id = SV("u1");
    f.session_id = SV("s1");
    f.src_ip = SV("203.0.113.7");
    f.src_country = SV("BR");
    f.evidence = fresh;
    f.n_evidence = 1;
    f.actions = actions;
    f.n_actions = 2;
    vec_push(&r.findings, f);
    f.id = 0x42;
    f.rule_title = SV("Travel");
    f.evidence = soft;
    f.n_evidence = 6;
    vec_push(&r.findings, f);
    f.id = 0x43;
    f.evidence = hard;
    f.n_evidence = 5;
    f.src_ip = SV("198.51.100.1");
    vec_push(&r.findings, f);
    f = finding(0x44, SV("session"), SV("Travel"), 0, 5);
    f.account_id = SV("u0");
    f.evidence = soft;
    f.n_evidence = 6;
    vec_push(&r.findings, f);
    assert_rows("session_anomalies", &r,
                "u0,,5,informational,A,B,9000,1,9000,vpn,,,,1,Travel," SEEN "0000000000000044\n"
                "u1,s1,99.2,high,DE Berlin,BR Rio,9990.5,2,4995.25,,BR,\"203.0.113.7, 198.51.100.1\",BR,3,New country; "
                "Travel,2026-11-22T00:00:10Z,2026-11-22T00:00:30Z,"
                "log_out_session change_password,0000000000000041 0000000000000042 0000000000000043\n");
}
END_TEST

/* x-authsift: {report} wins over the family. */
START_TEST(a_named_report_wins)
{
    struct finding f = finding(0x51, SV("chain"), SV("T"), 1, 21);
    f.report = SV("affiliate_apps");
    f.app_id = SV("a");
    vec_push(&r.findings, f);
    f.family = SV("password");
    f.id = 0x52;
    vec_push(&r.findings, f);
    assert_rows("affiliate_apps", &r,
                "a,,37.59,low,,,,,,0,2,T,event_count=1," SEEN "0000000000000051 0000000000000052\n");
    assert_rows("password_apps", &r, "");
}
END_TEST

/* How evidence lists say that there is more, and texts that only look so. */
static const struct {
    const char *list, *cell;
} lists[] = {
    { "a", "a" },
    { "a, b", "\"a, b\"" },
    { "a, b +12", "\"a, b, ...\"" },
    { "a, b +995 or more", "\"a, b, ...\"" },
    { "a, b and 3 more", "\"a, b, ...\"" },
    { "a +x", "a +x" },
    { "+5", "'+5" },
    { "more", "more" },
    { "one more", "one more" },
    { "a and many more", "a and many more" },
    { "C++ +1", "\"C++, ...\"" },
    { "a, a", "a" },
    { "5", "5" },
    { "", "" },
};

START_TEST(lists_of_evidence)
{
    struct named_text evidence[] = { pair("url.network", lists[_i].list) };
    struct finding f = finding(0x61, SV("affiliate"), SV("T"), 1, 21);
    f.app_id = SV("a");
    f.evidence = evidence;
    f.n_evidence = 1;
    vec_push(&r.findings, f);
    char want[200];
    snprintf(want, sizeof want, "a,,21,low,,,%s,,,0,1,T,event_count=1," SEEN "0000000000000061\n", lists[_i].cell);
    assert_rows("affiliate_apps", &r, want);
}
END_TEST

TCase *
out_family_tests(void)
{
    TCase *t = tcase_create("families");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, overprivileged_from_the_inventory);
    tcase_add_test(t, overprivileged_from_evidence);
    tcase_add_test(t, password_apps_by_target);
    tcase_add_test(t, affiliate_apps);
    tcase_add_test(t, session_anomalies);
    tcase_add_test(t, a_named_report_wins);
    tcase_add_loop_test(t, lists_of_evidence, 0, N_OF(lists));
    return t;
}
