/* SPDX-License-Identifier: Apache-2.0 */
/* From hits to findings: single-event rules, what a finding shows, ids, counters, threads and order. */
#include <stdio.h>
#include <stdlib.h>

#include "agg/episode.h"
#include "agg/group.h"
#include "agg/sweep.h"
#include "agg_tests.h"
#include "base/timestamp.h"

/* ---- single-event rules ---- */

struct dated_hit {
    int64_t time;
    const char *values;
};

static const struct single_case {
    struct dated_hit hit[6];
    const char *windows; /* first-fired:count of each finding, sorted by entity, first_seen */
} singles[] = {
    { { { 0, "e=x" } }, "x 0-0:1" },
    { { { 0, "e=x" }, { DAY, "e=x" } }, "x 0-86400000000:2" },
    { { { 0, "e=x" }, { DAY + 1, "e=x" } }, "x 0-0:1 x 86400000001-86400000001:1" },
    { { { 5, "e=y" }, { 6, "e=x" }, { 4, "e=x" } }, "x 4-6:2 y 5-5:1" },
    { { { 5, "" }, { 6, "" }, { 7, "e=x" } }, " 5-6:2 x 7-7:1" },
    { { { INT64_MIN, "e=x" }, { INT64_MIN, "e=x" }, { INT64_MAX, "e=x" } },
      "x -9223372036854775808--9223372036854775808:2 x 9223372036854775807-9223372036854775807:1" },
    { { { 5, "e=x uid=u" }, { 6, "e=x uid=u" }, { 6, "e=x uid=v" } }, "x 5-6:2" },
    { { { 5, "e=x,y" } }, "x 5-5:1 y 5-5:1" },
};

static int
compare_entity(const void *x, const void *y)
{
    const struct finding *a = x;
    const struct finding *b = y;
    const int c = sv_cmp(a->group_key, b->group_key);
    return c != 0 ? c : (a->first_seen > b->first_seen) - (a->first_seen < b->first_seen);
}

START_TEST(single_rules)
{
    const struct single_case *c = &singles[_i];
    struct world w;
    struct buf got = BUF_INIT;
    world_init(&w);
    world_single(&w, world_rule(&w, "r"), "e");
    world_start(&w, 1);
    for (size_t i = 0; i < 6 && c->hit[i].values != NULL; i++)
        world_event(&w, 0, c->hit[i].time, 1, i + 1, c->hit[i].values, "r");
    world_finish(&w, 1);
    qsort(w.results.findings.v, w.results.findings.n, sizeof *w.results.findings.v, compare_entity);
    for (size_t i = 0; i < w.results.findings.n; i++) {
        const struct finding *f = &w.results.findings.v[i];
        const struct sv entity = sv_from(f->group_key, 1);
        ck_assert(f->last_seen == f->fired_at);
        ck_assert(f->value == (double)f->event_count && f->peak == f->value);
        ck_assert_uint_eq(f->n_group, 0);
        ck_assert(sv_eq(f->entity_id, entity));
        buf_printf(&got, "%s%.*s %lld-%lld:%llu", i != 0 ? " " : "", SV_ARG(entity), (long long)f->first_seen,
                   (long long)f->fired_at, (unsigned long long)f->event_count);
    }
    assert_sv(buf_view(&got), c->windows);
    ck_assert_uint_eq(w.results.rules.n, 1); /* the internal correlation has no row of its own */
    ck_assert(w.results.rules.v[0].findings == w.results.findings.n);
    assert_sv(w.results.rules.v[0].kind, "rule");
    buf_fini(&got);
    world_fini(&w);
}
END_TEST

/* ---- what a finding shows ---- */

START_TEST(shared_facts_and_fallback)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    struct correlation *c = world_corr(&w, "x", &fake_group, "r", "oauth.app_uid k");
    c->meta.entity_id = c->facts[FACT_ENTITY] = fields_add(w.fields, SV("k"));
    world_start(&w, 1);
    world_event(&w, 0, 1, 1, 1, "k=1,2 oauth.app_uid=app actor.user.uid=u1 actor.session.uid=s", "r");
    world_event(&w, 0, 2, 1, 2, "k=2 oauth.app_uid=app actor.user.uid=u2 actor.session.uid=s", "r");
    world_event(&w, 0, 3, 1, 3, "k=3 oauth.app_uid=app actor.user.uid=u2 actor.session.uid=s", "r");
    world_event(&w, 0, 4, 1, 4, "k=3 oauth.app_uid=app actor.session.uid=s", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 3);
    const struct finding *f = w.results.findings.v;
    assert_sv(f[0].account_id, "u1");
    assert_sv(f[0].entity_id, "1");
    assert_sv(f[1].account_id, ""); /* two accounts */
    assert_sv(f[1].entity_id, "2"); /* the events' first texts differ, the group knows */
    assert_sv(f[2].account_id, "u2"); /* the hit that has none says nothing against it */
    for (size_t i = 0; i < 3; i++) {
        assert_sv(f[i].app_id, "app");
        assert_sv(f[i].session_id, i == 1 ? "" : "s"); /* of two accounts: nobody's */
        assert_sv(f[i].src_ip, "");
        assert_sv(f[i].group[0].name, "oauth.app_uid");
        assert_sv(f[i].group[1].name, "k");
    }
    world_fini(&w);
}
END_TEST

/* Each hit with the one before it, like a journey; what aims at the finding is the fired hit's alone. */
static void
sweep_pairs(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit before;
    struct hit h;
    (void)c;
    episode_init(&e, s);
    for (bool has = group_next(g, &before); has && group_next(g, &h); before = h) {
        episode_add(&e, &h);
        episode_add(&e, &before);
        e.fired = h;
        e.facts_of_fired = true;
        e.first_seen = before.time;
        e.fired_at = e.last_seen = h.time;
        sweep_fire(s, &e);
    }
}

static const struct corr_type pairs = { .name = "pairs", .help = "", .metric = "m", .sweep = sweep_pairs };

START_TEST(facts_of_the_fired_hit)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &pairs, "r", "");
    world_start(&w, 1);
    world_event(&w, 0, 1, 1, 1, "actor.user.uid=u actor.session.uid=s1", "r");
    world_event(&w, 0, 2, 1, 2, "actor.user.uid=u actor.session.uid=s2", "r");
    world_event(&w, 0, 3, 1, 3, "", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 2);
    const struct finding *f = w.results.findings.v;
    assert_sv(f[0].session_id, "s2");
    ck_assert_uint_eq(f[0].n_targets, 1);
    assert_sv(f[0].targets[0].session, "s2");
    ck_assert(f[0].event_count == 2);
    ck_assert_uint_eq(f[0].n_samples, 2);
    assert_sv(f[0].samples[0], "a:1");
    assert_sv(f[1].session_id, "");
    ck_assert_uint_eq(f[1].n_targets, 0);
    world_fini(&w);
}
END_TEST

/* First four and the last; evidence: first five and how many more; targets: the blast radius (2) and one. */
static const struct shown_case {
    unsigned events;
    const char *samples;
    const char *evidence;
    size_t targets;
} shown[] = {
    { 1, "a:1", "v0", 1 },
    { 3, "a:1 a:2 a:3", "v0, v1, v2", 3 },
    { 4, "a:1 a:2 a:3 a:4", "v0, v1, v2, v3", 3 },
    { 5, "a:1 a:2 a:3 a:4 a:5", "v0, v1, v2, v3, v4", 3 },
    { 6, "a:1 a:2 a:3 a:4 a:6", "v0, v1, v2, v3, v4 +1", 3 },
    { 999, "a:1 a:2 a:3 a:4 a:999", "v0, v1, v2, v3, v4 +994", 3 },
    { 1000, "a:1 a:2 a:3 a:4 a:1000", "v0, v1, v2, v3, v4 +995 or more", 3 },
    { 1500, "a:1 a:2 a:3 a:4 a:1500", "v0, v1, v2, v3, v4 +995 or more", 3 },
};

START_TEST(samples_evidence_targets)
{
    const struct shown_case *c = &shown[_i];
    struct world w;
    struct buf got = BUF_INIT;
    char values[64];
    world_init(&w);
    world_rule(&w, "r");
    world_rule(&w, "q");
    world_evidence(&w, world_corr(&w, "x", &fake_group, "r q", ""), "e empty");
    world_start(&w, 3);
    for (unsigned i = c->events; i-- > 0;) {
        snprintf(values, sizeof values, "e=v%u actor.user.uid=u%u", i, i);
        world_event(&w, i % 3, i, 1, i + 1, values, i % 2 == 0 ? "r q" : "q");
        world_event(&w, i % 3, i, 1, i + 1, values, ""); /* matched by nothing */
    }
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 1);
    const struct finding *f = &w.results.findings.v[0];
    for (size_t i = 0; i < f->n_samples; i++)
        buf_printf(&got, "%s%.*s", i != 0 ? " " : "", SV_ARG(f->samples[i]));
    assert_sv(buf_view(&got), c->samples);
    ck_assert(f->event_count == c->events);
    ck_assert_uint_eq(f->n_evidence, 2); /* the type's own, and e */
    assert_sv(f->evidence[0].name, "hits");
    assert_sv(f->evidence[1].name, "e");
    assert_sv(f->evidence[1].text, c->evidence);
    ck_assert_uint_eq(f->n_targets, c->targets);
    for (size_t i = 0; i < f->n_targets; i++) {
        snprintf(values, sizeof values, "u%u", (unsigned)i);
        assert_sv(f->targets[i].account, values);
    }
    buf_fini(&got);
    world_fini(&w);
}
END_TEST

/* The order of episode_add must not matter. Every third event is left out, events stand at several places, positions
 * repeat. */
static void
add_all(struct group *g, struct sweep *s, size_t step, size_t start)
{
    struct episode e;
    struct hit all[400];
    size_t n = 0;
    episode_init(&e, s);
    while (n < 400 && group_next(g, &all[n]))
        n++;
    for (size_t i = 0; i < n; i++) {
        const struct hit *h = &all[(i * step + start) % n];
        if (h->event % 3 != 1)
            episode_add(&e, h);
    }
    e.fired = all[n - 1];
    e.first_seen = all[0].time;
    e.fired_at = e.last_seen = all[n - 1].time;
    sweep_fire(s, &e);
}

static void
sweep_forwards(const struct correlation *c, struct group *g, struct sweep *s)
{
    (void)c;
    add_all(g, s, 1, 0);
}

static void
sweep_backwards(const struct correlation *c, struct group *g, struct sweep *s)
{
    (void)c;
    add_all(g, s, 399, 399);
}

static void
sweep_scattered(const struct correlation *c, struct group *g, struct sweep *s)
{
    (void)c;
    add_all(g, s, 7, 3);
}

static const struct corr_type orders[] = {
    { .name = "order", .help = "", .metric = "hits", .sweep = sweep_forwards },
    { .name = "order", .help = "", .metric = "hits", .sweep = sweep_backwards },
    { .name = "order", .help = "", .metric = "hits", .sweep = sweep_scattered },
};

static void
episode_in_order(struct world *w, const struct corr_type *type)
{
    world_init(w);
    world_rule(w, "r");
    world_rule(w, "q");
    world_evidence(w, world_corr(w, "x", type, "r q", ""), "e");
    world_start(w, 1);
    for (unsigned i = 0; i < 400; i++) {
        char values[64];
        snprintf(values, sizeof values, "e=v%u actor.user.uid=u%u uid=%u", i * i % 97, i % 5, i % 200);
        world_event(w, 0, i / 3, i % 3, i + 1, values, i < 200 ? "r" : "q");
    }
}

START_TEST(any_order_of_adding)
{
    struct world a;
    struct world b;
    episode_in_order(&a, &orders[0]);
    episode_in_order(&b, &orders[_i]);
    const struct sv want = world_finish(&a, 1);
    const struct sv got = world_finish(&b, 1);
    ck_assert_msg(sv_eq(want, got), "%.*s\n%.*s", SV_ARG(want), SV_ARG(got));
    ck_assert(a.results.findings.v[0].event_count == 133); /* 200 events, 67 of them left out */
    world_fini(&a);
    world_fini(&b);
}
END_TEST

/* A softened finding has its own level, and at most the risk of that level. */
static void
sweep_soft(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit h;
    (void)c;
    episode_init(&e, s);
    ck_assert_int_eq(e.level, -1);
    while (group_next(g, &h)) {
        e.level = h.time == 1 ? LEVEL_INFORMATIONAL : -1;
        e.event_count = 7;
        e.first_seen = e.fired_at = e.last_seen = h.time;
        e.fired = h;
        episode_add(&e, &h);
        sweep_fire(s, &e);
        ck_assert_int_eq(e.level, -1);
        ck_assert(e.event_count == 0);
    }
}

static const struct corr_type soft = { .name = "soft", .help = "", .metric = "m", .sweep = sweep_soft };

START_TEST(softened_findings)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &soft, "r", "")->meta.audit = true;
    world_start(&w, 1);
    world_event(&w, 0, 1, 1, 1, "", "r");
    world_event(&w, 0, 2, 1, 2, "", "r");
    world_finish(&w, 1);
    const struct finding *f = w.results.findings.v;
    ck_assert_uint_eq(w.results.findings.n, 2);
    ck_assert(f[0].level == LEVEL_HIGH && f[0].risk == 50 && f[0].first_seen == 2);
    ck_assert(f[1].level == LEVEL_INFORMATIONAL && f[1].risk == 5 && f[1].first_seen == 1);
    ck_assert(f[0].audit && f[1].audit && f[0].event_count == 7);
    ck_assert(w.results.rules.v[1].muted && !w.results.rules.v[0].muted);
    world_fini(&w);
}
END_TEST

/* ---- ids ---- */

START_TEST(finding_ids)
{
    struct buf b = BUF_INIT;
    const uint64_t id = finding_hash(SV("rule"), 2, SV("\1a\2bc"), 1, 2, &b);
    ck_assert(id == UINT64_C(0x75c947dc43a198da));
    /* Lengths keep the pieces apart. */
    ck_assert(id != finding_hash(SV("rule"), 2, SV("\2ab\1c"), 1, 2, &b));
    ck_assert(id != finding_hash(SV("rule"), 2, SV("\1a\2bc"), 2, 1, &b));
    ck_assert(id != finding_hash(SV("rul"), 2, SV("\1a\2bc"), 1, 2, &b));
    buf_fini(&b);
}
END_TEST

/* ---- counters ---- */

START_TEST(rule_rows)
{
    struct world w;
    world_init(&w);
    const uint32_t r = world_rule(&w, "r");
    world_rule(&w, "idle");
    world_corr(&w, "a-corr", &fake_group, "r", "k");
    world_single(&w, r, "e");
    vec_push(&w.program->skipped, (struct skipped_rule){ SV("f.yml"), SV("bad"), SV("Bad"), SV("why") });
    w.plan.want_hits = true;
    world_start(&w, 2);
    world_event(&w, 0, 1, 0, 9, "e=1 k=1 uid=u", "r");
    world_event(&w, 1, 2, 1, 1, "e=1 k=2 uid=u", "r"); /* repeated for the entity, not for k */
    world_event(&w, 1, 3, 1, 2, "e=2", "r");
    const struct sv text = world_finish(&w, 2);
    const size_t at = sv_find(text, SV("a-corr fake_group hits="), 0);
    assert_sv(sv_from(text, at),
              "a-corr fake_group hits=3 dup=0 findings=2 entities=2 no_group=1 no_value=0 no_time=0 limit=0\n"
              "bad rule hits=0 dup=0 findings=0 entities=0 no_group=0 no_value=0 no_time=0 limit=0 skipped: why\n"
              "idle rule hits=0 dup=0 findings=0 entities=0 no_group=0 no_value=0 no_time=0 limit=0\n"
              "r rule hits=3 dup=1 findings=2 entities=2 no_group=0 no_value=0 no_time=0 limit=0\n"
              "hit r a:1\nhit r a:2\nhit r c:9\n");
    world_fini(&w);
}
END_TEST

START_TEST(bounds)
{
    struct correlation c = { .n_bounds = 2, .bounds = { { CMP_GT, 1 }, { CMP_LTE, 2.5 } } };
    ck_assert(!corr_bounds_hold(&c, 1) && corr_bounds_hold(&c, 1.5) && corr_bounds_hold(&c, 2.5));
    ck_assert(!corr_bounds_hold(&c, 2.6));
    const double nan = strtod("nan", NULL);
    for (int i = CMP_EQ; i <= CMP_NEQ; i++) {
        c = (struct correlation){ .n_bounds = 1, .bounds = { { (enum compare)i, 5 } } };
        ck_assert(corr_bounds_hold(&c, 4) == (i == CMP_LT || i == CMP_LTE || i == CMP_NEQ));
        ck_assert(corr_bounds_hold(&c, 5) == (i == CMP_EQ || i == CMP_LTE || i == CMP_GTE));
        ck_assert(corr_bounds_hold(&c, 6) == (i == CMP_GT || i == CMP_GTE || i == CMP_NEQ));
        ck_assert(!corr_bounds_hold(&c, nan));
    }
    c.n_bounds = 0;
    ck_assert(!corr_bounds_hold(&c, nan) && corr_bounds_hold(&c, 0));
}
END_TEST

/* ---- survey ---- */

static void
survey_groups(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct hit h;
    (void)c;
    if (group_next(g, &h))
        ++*sweep_survey(s);
}

static void
sweep_surveyed(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    (void)c;
    episode_init(&e, s);
    ck_assert(group_next(g, &e.fired));
    episode_add(&e, &e.fired);
    e.value = (double)*sweep_survey(s);
    e.first_seen = e.fired_at = e.last_seen = sweep_now(s);
    sweep_fire(s, &e);
}

static const struct corr_type surveyed = {
    .name = "surveyed", .help = "", .metric = "groups", .sweep = sweep_surveyed, .survey = survey_groups
};

START_TEST(survey_before_sweep)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &surveyed, "r", "k");
    world_corr(&w, "y", &surveyed, "r", "");
    world_start(&w, 2);
    for (unsigned i = 0; i < 200; i++) {
        char values[32];
        snprintf(values, sizeof values, "k=%u uid=%u", i % 150, i % 190);
        world_event(&w, i % 2, i, 1, i + 1, values, "r");
    }
    world_event(&w, 1, 5000, 1, 999, "", ""); /* the greatest time is of any event */
    world_finish(&w, (unsigned)_i);
    ck_assert_uint_eq(w.results.findings.n, 151);
    for (size_t i = 0; i < 151; i++) {
        const struct finding *f = &w.results.findings.v[i];
        ck_assert(f->value == (sv_eq(f->rule_id, SV("x")) ? 150 : 1));
        ck_assert(f->first_seen == 5000);
    }
    ck_assert(w.results.rules.v[2].duplicate_hits == 10); /* y: surveyed and swept, counted once */
    world_fini(&w);
}
END_TEST

/* ---- threads, order ---- */

/* The same events in another order, on other workers, swept by other threads. */
static struct sv
scrambled_run(struct world *w, unsigned seed, size_t n_locals, unsigned n_threads)
{
    enum { EVENTS = 3000 };
    unsigned order[EVENTS];
    uint64_t random = seed + 1;
    world_init(w);
    const uint32_t r = world_rule(w, "r");
    world_rule(w, "q");
    world_single(w, r, "actor.user.uid");
    world_evidence(w, world_corr(w, "g", &fake_group, "r q", "k"), "e");
    world_corr(w, "all", &fake_group, "q r", "");
    world_corr(w, "inner", &fake_each, "r", "k actor.user.uid");
    world_corr(w, "outer", &fake_group, "@inner q", "k");
    w->plan.want_hits = true;
    w->plan.want_inventory = true;
    agg_plan_fields(&w->plan, w->fields);
    world_start(w, n_locals);
    for (unsigned i = 0; i < EVENTS; i++)
        order[i] = i;
    for (unsigned i = EVENTS; seed != 0 && i > 1; i--) {
        const unsigned j = (unsigned)(next_random(&random) % i);
        const unsigned swap = order[j];
        order[j] = order[i - 1];
        order[i - 1] = swap;
    }
    for (unsigned i = 0; i < EVENTS; i++) {
        const unsigned k = order[i];
        char values[200];
        snprintf(values, sizeof values,
                 "k=%u,x%u uid=%u actor.user.uid=u%u actor.session.uid=s%u oauth.app_uid=a%u oauth.app_name=n%u e=%u "
                 "v=%u action=%s",
                 k % 37, k % 11, k * 7 % 2800, k % 53, k % 101, k % 7, k, k * k % 91, k % 5,
                 k % 9 == 0 ? "session.start" : "post.create");
        world_event(w, k % n_locals, k / 4, k % 3, k / 3 + 1, values, k % 3 == 0 ? "r q" : k % 3 == 1 ? "r" : "q");
    }
    return world_finish(w, n_threads);
}

static const struct run {
    unsigned seed;
    size_t n_locals;
    unsigned n_threads;
} runs[] = { { 0, 1, 4 }, { 1, 1, 1 }, { 2, 4, 1 }, { 3, 4, 4 }, { 4, 3, 2 } };

START_TEST(same_bytes)
{
    struct world a;
    struct world b;
    const struct sv want = scrambled_run(&a, 0, 1, 1);
    const struct sv got = scrambled_run(&b, runs[_i].seed, runs[_i].n_locals, runs[_i].n_threads);
    ck_assert_uint_gt(a.results.findings.n, 100);
    ck_assert_uint_gt(a.results.apps.n, 5);
    ck_assert_uint_gt(a.results.sessions.n, 100);
    ck_assert(sv_eq(want, got));
    world_fini(&a);
    world_fini(&b);
}
END_TEST

TCase *
agg_finish_tests(void)
{
    TCase *t = tcase_create("finish");
    tcase_add_loop_test(t, single_rules, 0, N_OF(singles));
    tcase_add_test(t, shared_facts_and_fallback);
    tcase_add_test(t, facts_of_the_fired_hit);
    tcase_add_loop_test(t, samples_evidence_targets, 0, N_OF(shown));
    tcase_add_loop_test(t, any_order_of_adding, 1, N_OF(orders));
    tcase_add_test(t, softened_findings);
    tcase_add_test(t, finding_ids);
    tcase_add_test(t, rule_rows);
    tcase_add_test(t, bounds);
    tcase_add_loop_test(t, survey_before_sweep, 1, 5);
    tcase_add_loop_test(t, same_bytes, 0, N_OF(runs));
    return t;
}
