/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as bytes: what is read is what was written, and what is cut off anywhere is bad, not something else. */
#include "out_tests.h"

#include "out/pack.h"

#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }

static const enum action_id actions[] = { ACTION_REVOKE_ACCESS, ACTION_LOG_OUT_SESSION };
static struct named_text group[] = { { TEXT("a"), TEXT("1; 2") }, { TEXT("b"), TEXT("") } };
static struct named_text evidence[] = { { TEXT("km"), TEXT("17.5") } };
static struct target targets[] = { { TEXT("u1"), TEXT("app"), TEXT("s") }, { TEXT(""), TEXT("app"), TEXT("") } };

static struct finding
example(void)
{
    return (struct finding){
        .id = UINT64_C(0xfedcba9876543210),
        .rule_id = SV("rule"),
        .rule_title = SV("Title"),
        .rule_author = SV("x"),
        .family = SV("session"),
        .report = SV("session_anomalies"),
        .level = 3,
        .risk = 73.25,
        .entity_type = SV("account"),
        .entity_id = SV("u1"),
        .entity_name = SV("Alice \xff"),
        .account_id = SV("u1"),
        .app_id = SV("app"),
        .app_name = SV("App"),
        .session_id = SV("s"),
        .src_ip = SV("192.0.2.1"),
        .src_country = SV("DE"),
        .first_seen = INT64_MIN,
        .fired_at = -1,
        .last_seen = INT64_MAX,
        .event_count = UINT64_MAX,
        .metric = SV("km/h"),
        .value = 0.1,
        .peak = -1e300,
        .threshold = SV("gt 900"),
        .group = group,
        .n_group = 2,
        .group_key = SV("\1"
                        "1\0"),
        .evidence = evidence,
        .n_evidence = 1,
        .samples = { SV("a:1"), SV("b:2") },
        .n_samples = 2,
        .actions = actions,
        .n_actions = 2,
        .targets = targets,
        .n_targets = 2,
        .audit = true,
        .status = SV("new"),
    };
}

static void
assert_same(struct sv a, struct sv b)
{
    ck_assert_uint_eq(a.n, b.n);
    ck_assert(a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

START_TEST(a_finding_comes_back)
{
    const struct finding f = example();
    struct finding g;
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct buf again = BUF_INIT;
    pack_finding(&b, &f);
    struct reader r = reader_of(buf_view(&b));
    pack_get_finding(&r, &a, &g);
    ck_assert(!r.bad && r.p == r.end);
    ck_assert_uint_eq(g.id, f.id);
    assert_same(g.entity_name, f.entity_name);
    assert_same(g.group_key, f.group_key);
    ck_assert_int_eq(g.first_seen, INT64_MIN);
    ck_assert_int_eq(g.last_seen, INT64_MAX);
    ck_assert(g.value == f.value && g.peak == f.peak && g.risk == f.risk);
    assert_same(g.group[0].text, SV("1; 2"));
    assert_same(g.samples[1], SV("b:2"));
    ck_assert_int_eq(g.actions[1], ACTION_LOG_OUT_SESSION);
    assert_same(g.targets[1].app, SV("app"));
    ck_assert(g.audit);
    /* All of it: the bytes that it gives are the same again. */
    pack_finding(&again, &g);
    assert_same(buf_view(&again), buf_view(&b));
    buf_fini(&again);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

START_TEST(a_cut_finding_is_bad)
{
    const struct finding f = example();
    struct buf b = BUF_INIT;
    pack_finding(&b, &f);
    for (size_t n = 0; n < b.n; n++) {
        struct finding g;
        struct arena a = ARENA_INIT;
        char *copy = mem_dup(b.p, n); /* so that a sanitizer sees a read behind it */
        struct reader r = reader_of(sv_make(copy, n));
        pack_get_finding(&r, &a, &g);
        ck_assert_msg(r.bad, "cut at %zu of %zu", n, b.n);
        mem_free(copy);
        arena_fini(&a);
    }
    buf_fini(&b);
}
END_TEST

/* Numbers of things that cannot be there: no memory is asked for, and the reader is bad. */
START_TEST(lies_about_numbers_are_bad)
{
    const struct finding f = example();
    struct buf b = BUF_INIT;
    pack_finding(&b, &f);
    for (size_t i = 0; i < b.n; i++) {
        struct finding g;
        struct arena a = ARENA_INIT;
        char *copy = mem_dup(b.p, b.n);
        copy[i] = '\x7f';
        struct reader r = reader_of(sv_make(copy, b.n));
        pack_get_finding(&r, &a, &g);
        ck_assert_uint_lt(arena_size(&a), (size_t)1 << 20);
        mem_free(copy);
        arena_fini(&a);
    }
    buf_fini(&b);
}
END_TEST

START_TEST(unknown_actions_and_levels_are_bad)
{
    struct finding f = example();
    struct finding g;
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    pack_finding(&b, &f);
    const struct sv name = SV("revoke_access");
    for (size_t i = 0; i + name.n <= b.n; i++)
        if (memcmp(b.p + i, name.p, name.n) == 0)
            b.p[i] = 'R';
    struct reader r = reader_of(buf_view(&b));
    pack_get_finding(&r, &a, &g);
    ck_assert(r.bad);

    f.level = 5;
    buf_reset(&b);
    pack_finding(&b, &f);
    r = reader_of(buf_view(&b));
    pack_get_finding(&r, &a, &g);
    ck_assert(r.bad);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

START_TEST(rejects_and_health_come_back)
{
    const struct reject_row reject = { SV("log"), 7, 1234, SV("broken JSON"), SV("{\"a\"") };
    const struct health_row health = { SV("log"), SV("canonical"), SV("jsonl"), SV("gzip"), SV(""), 1, 2, 3, 4, 5, 6 };
    struct reject_row reject2;
    struct health_row health2;
    struct buf b = BUF_INIT;
    struct buf again = BUF_INIT;
    pack_reject(&b, &reject);
    pack_health(&b, &health);
    struct reader r = reader_of(buf_view(&b));
    pack_get_reject(&r, &reject2);
    pack_get_health(&r, &health2);
    ck_assert(!r.bad && r.p == r.end);
    ck_assert_uint_eq(reject2.line, 7);
    ck_assert_uint_eq(reject2.offset, 1234);
    ck_assert_uint_eq(health2.bytes, 1);
    ck_assert_uint_eq(health2.rejects, 6);
    pack_reject(&again, &reject2);
    pack_health(&again, &health2);
    assert_same(buf_view(&again), buf_view(&b));
    buf_fini(&again);
    buf_fini(&b);
}
END_TEST

TCase *
out_pack_tests(void)
{
    TCase *t = tcase_create("pack");
    tcase_add_test(t, a_finding_comes_back);
    tcase_add_test(t, a_cut_finding_is_bad);
    tcase_add_test(t, lies_about_numbers_are_bad);
    tcase_add_test(t, unknown_actions_and_levels_are_bad);
    tcase_add_test(t, rejects_and_health_come_back);
    return t;
}
