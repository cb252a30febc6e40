/* SPDX-License-Identifier: Apache-2.0 */
/* Findings of correlations as hits of others. */
#include "agg_tests.h"

/* Three levels: each hit, per (user, app) -> per user -> all. The middle one is not reported. */
START_TEST(three_levels)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_rule(&w, "q");
    fields_add(w.fields, SV("value"));
    fields_add(w.fields, SV("events"));
    /* In the wrong order: the program sorts by level. */
    struct correlation *c = world_corr(&w, "c1", &fake_each, "r", "actor.user.uid oauth.app_uid");
    c->meta.entity_id = c->facts[FACT_ENTITY] = fields_add(w.fields, SV("oauth.app_uid"));
    c = world_corr(&w, "c2", &fake_group, "@c1", "actor.user.uid");
    c->reported = false;
    c = world_corr(&w, "c3", &fake_group, "@c2 q", "");
    c->meta.entity_id = c->facts[FACT_ENTITY] = fields_add(w.fields, SV("oauth.app_uid"));
    world_evidence(&w, c, "value events actor.user.uid oauth.app_uid src_endpoint.ip");
    world_start(&w, 2);
    world_event(&w, 0, 10, 1, 1, "actor.user.uid=u oauth.app_uid=a src_endpoint.ip=i", "r");
    world_event(&w, 1, 20, 1, 2, "actor.user.uid=u oauth.app_uid=b src_endpoint.ip=i", "r");
    world_event(&w, 0, 15, 1, 3, "actor.user.uid=w oauth.app_uid=b src_endpoint.ip=i", "r");
    world_event(&w, 0, 30, 1, 4, "", "q");
    const struct sv text = world_finish(&w, (unsigned)_i);
    ck_assert_uint_eq(w.results.findings.n, 4); /* 3 of c1, 1 of c3 */
    const struct finding *f = &w.results.findings.v[3];
    assert_sv(f->rule_id, "c3");
    ck_assert(f->first_seen == 15 && f->fired_at == 30);
    /* Each chained hit is an event of its own: w at 15, u at 20, and the hit of q. */
    ck_assert(f->event_count == 3);
    assert_sv(f->evidence[0].text, "0:,0:,1:");
    assert_sv(f->evidence[1].text, "1, 2"); /* value */
    assert_sv(f->evidence[3].text, "w, u");
    assert_sv(f->evidence[4].text, "b"); /* of w's inner finding; u's apps differ */
    assert_sv(f->evidence[5].text, "i"); /* carried for reports through both levels */
    ck_assert_uint_eq(f->n_samples, 3);
    assert_sv(f->samples[0], "a:3"); /* the place of the fired hit */
    assert_sv(f->samples[1], "a:2");
    assert_sv(f->samples[2], "a:4");
    ck_assert(sv_find(text, SV("c1 fake_each hits=3 dup=0 findings=3 entities=2"), 0) < text.n);
    ck_assert(sv_find(text, SV("c2 fake_group hits=3 dup=0 findings=0"), 0) < text.n);
    ck_assert(sv_find(text, SV("c3 fake_group hits=3 dup=0 findings=1"), 0) < text.n);
    world_fini(&w);
}
END_TEST

/* A group-by field that the inner one does not carry is missing, although the finding would show it as a fact. */
START_TEST(only_group_fields_are_carried)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "c1", &fake_each, "r", "k");
    world_corr(&w, "c2", &fake_group, "@c1", "actor.user.uid");
    world_corr(&w, "c3", &fake_group, "@c1", "k")->meta.entity_id = FIELD_NONE;
    world_start(&w, 1);
    world_event(&w, 0, 10, 1, 1, "k=1 actor.user.uid=u", "r");
    const struct sv text = world_finish(&w, 1);
    ck_assert(sv_find(text, SV("c2 fake_group hits=1 dup=0 findings=0 entities=0 no_group=1"), 0) < text.n);
    ck_assert(sv_find(text, SV("c3 fake_group hits=1 dup=0 findings=1 entities=1 no_group=0"), 0) < text.n);
    ck_assert_uint_eq(w.results.findings.n, 2);
    assert_sv(w.results.findings.v[1].account_id, "u"); /* shown, not matched */
    world_fini(&w);
}
END_TEST

/* A group-by field named `value` wins over the inner finding's value. */
START_TEST(group_field_named_value)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    fields_add(w.fields, SV("peak"));
    world_corr(&w, "c1", &fake_each, "r", "value");
    world_corr(&w, "c2", &fake_group, "@c1", "value peak");
    world_start(&w, 1);
    world_event(&w, 0, 10, 1, 1, "value=seven", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 2);
    assert_sv(w.results.findings.v[1].group[0].text, "seven");
    assert_sv(w.results.findings.v[1].group[1].text, "1");
    world_fini(&w);
}
END_TEST

/* Hits of one line in several inner groups: one time, one place, and the inner key decides. */
START_TEST(ties_by_inner_key)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "c1", &fake_each, "r", "k");
    struct correlation *c = world_corr(&w, "c2", &fake_group, "@c1", "");
    world_evidence(&w, c, "k");
    world_start(&w, 1);
    world_event(&w, 0, 10, 1, 1, "k=c,a,b uid=u", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 4);
    const struct finding *f = &w.results.findings.v[3];
    assert_sv(f->rule_id, "c2");
    assert_sv(f->evidence[1].text, "a, b, c");
    ck_assert(f->event_count == 3);
    ck_assert_uint_eq(f->n_samples, 3);
    world_fini(&w);
}
END_TEST

/* The whole inner key decides, not what the outer correlation keeps of the hit. */
START_TEST(ties_by_all_of_the_inner_key)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "c1", &fake_each, "r", "k v");
    world_corr(&w, "c2", &fake_group, "@c1", "");
    world_start(&w, 1);
    world_event(&w, 0, 10, 1, 1, "k=b,a v=y,x", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 5);
    assert_sv(w.results.findings.v[4].evidence[0].text, "0:x,0:y,0:x,0:y");
    world_fini(&w);
}
END_TEST

/* A finding and a hit of one line are two events, whichever comes first in `rules`. */
START_TEST(findings_are_their_own_events)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "c1", &fake_each, "r", "");
    world_corr(&w, "c2", &fake_group, _i == 0 ? "@c1 r" : "r @c1", "");
    world_start(&w, 1);
    world_event(&w, 0, 10, 1, 1, "uid=u", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 2);
    ck_assert(w.results.findings.v[1].event_count == 2);
    world_fini(&w);
}
END_TEST

TCase *
agg_chain_tests(void)
{
    TCase *t = tcase_create("chain");
    tcase_add_loop_test(t, three_levels, 1, 5);
    tcase_add_test(t, only_group_fields_are_carried);
    tcase_add_test(t, group_field_named_value);
    tcase_add_test(t, ties_by_inner_key);
    tcase_add_test(t, ties_by_all_of_the_inner_key);
    tcase_add_loop_test(t, findings_are_their_own_events, 0, 2);
    return t;
}
