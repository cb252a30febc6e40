/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: order, repeated deliveries, events, companions, cross products, missing fields. */
#include <stdio.h>
#include <stdlib.h>

#include "agg/episode.h"
#include "agg/group.h"
#include "agg_tests.h"

/* Says every hit of the group as pos@line#event, and its companions in brackets; walks twice, to test the rewind. */
static void
sweep_names(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit h;
    struct buf said = BUF_INIT;
    size_t first_walk = 0;
    size_t n = 0;
    (void)c;
    while (group_next(g, &h))
        first_walk++;
    group_rewind(g);
    episode_init(&e, s);
    while (group_next(g, &h)) {
        const struct hit *companion;
        const size_t n_companions = group_companions(g, &h, &companion);
        buf_printf(&said, "%s%u@%llu#%llu", n++ != 0 ? " " : "", (unsigned)h.pos, (unsigned long long)h.at.line,
                   (unsigned long long)h.event);
        for (size_t i = 0; i < n_companions; i++)
            buf_printf(&said, "[%u@%llu#%llu]", (unsigned)companion[i].pos, (unsigned long long)companion[i].at.line,
                       (unsigned long long)companion[i].event);
        e.fired = h;
        episode_add(&e, &h);
    }
    ck_assert_uint_eq(n, first_walk);
    episode_say(&e, SV("names"), buf_view(&said));
    buf_fini(&said);
    sweep_fire(s, &e);
}

static const struct corr_type names = { .name = "names", .help = "", .metric = "names", .sweep = sweep_names };

struct one_event {
    int64_t time;
    uint64_t line;
    const char *values;
    const char *rules;
};

static const struct group_case {
    struct one_event event[8];
    const char *names; /* of the one group */
    uint64_t events;
    uint64_t duplicates; /* of rules r, q */
    uint64_t q_duplicates;
} cases[] = {
    { { { 5, 1, "", "r" } }, "0@1#0", 1, 0, 0 },
    { { { 5, 2, "", "r" }, { 5, 1, "", "r" }, { 4, 9, "", "r" } }, "0@9#0 0@1#1 0@2#2", 3, 0, 0 },
    /* one line, two rules: one event */
    { { { 5, 1, "", "r q" }, { 5, 2, "", "q" } }, "0@1#0 1@1#0 1@2#1", 2, 0, 0 },
    /* without uid, equal lines are different events; an empty uid is none */
    { { { 5, 1, "uid=", "r" }, { 5, 2, "uid=", "r" } }, "0@1#0 0@2#1", 2, 0, 0 },
    /* the first in order stays, whatever the order of arrival, and whatever the time */
    { { { 7, 3, "uid=u", "r" }, { 5, 2, "uid=u", "r" }, { 6, 1, "uid=u", "r" } }, "0@2#0", 1, 2, 0 },
    /* a delivery that another rule matched is a companion, in both directions */
    { { { 5, 1, "uid=u", "r" }, { 6, 2, "uid=x", "r" }, { 9, 3, "uid=u", "q" } },
      "0@1#0[1@3#0] 0@2#1 1@3#0[0@1#0]",
      2,
      0,
      0 },
    /* both rules, both deliveries: the second delivery is nothing but duplicates */
    { { { 5, 1, "uid=u", "r q" }, { 6, 2, "uid=u", "r q" } }, "0@1#0 1@1#0", 1, 1, 1 },
    /* the second delivery brings one new rule */
    { { { 5, 1, "uid=u", "q" }, { 6, 2, "uid=u", "r q" }, { 7, 3, "uid=v", "r" } },
      "1@1#0[0@2#0] 0@2#0[1@1#0] 0@3#1",
      2,
      0,
      1 },
};

START_TEST(hits_of_a_group)
{
    const struct group_case *c = &cases[_i];
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_rule(&w, "q");
    world_corr(&w, "x", &names, "r q", "");
    world_start(&w, 2);
    for (size_t i = 0; i < 8 && c->event[i].rules != NULL; i++)
        world_event(&w, i % 2, c->event[i].time, 1, c->event[i].line, c->event[i].values, c->event[i].rules);
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 1);
    const struct finding *f = &w.results.findings.v[0];
    ck_assert_uint_eq(f->n_evidence, 1);
    assert_sv(f->evidence[0].text, c->names);
    ck_assert(f->event_count == c->events);
    ck_assert(w.results.rules.v[0].duplicate_hits == c->q_duplicates); /* q, r, x */
    ck_assert(w.results.rules.v[1].duplicate_hits == c->duplicates);
    ck_assert(w.results.rules.v[2].duplicate_hits == c->duplicates + c->q_duplicates);
    world_fini(&w);
}
END_TEST

/* Groups in which hits of one event meet, groups= what the findings' group columns say, in order. */
static const struct cross_case {
    const char *values;
    const char *groups;
    uint64_t skipped;
    bool keep;
} crosses[] = {
    { "a=1 b=2", "1+2", 0, false },
    { "a=1,2 b=x", "1+x 2+x", 0, false },
    { "a=1,2 b=x,y", "1+x 1+y 2+x 2+y", 0, false },
    { "a=1,2,1,1 b=x,x", "1+x 2+x", 0, false },
    { "a=1", "", 1, false },
    { "a=, b=x", "", 1, false },  /* an empty list */
    { "a= b=x", "+x", 0, false }, /* "" is present */
    { "a=1", "1+", 0, true },
    { "", "+", 0, true },
};

static int
compare_group(const void *x, const void *y)
{
    const struct finding *a = x;
    const struct finding *b = y;
    const int c = sv_cmp(a->group[0].text, b->group[0].text);
    return c != 0 ? c : sv_cmp(a->group[1].text, b->group[1].text);
}

START_TEST(cross_products)
{
    const struct cross_case *c = &crosses[_i];
    struct world w;
    struct buf got = BUF_INIT;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &fake_group, "r", "a b")->meta.keep_missing_group = c->keep;
    world_start(&w, 1);
    world_event(&w, 0, 5, 1, 1, c->values, "r");
    world_finish(&w, 1);
    if (w.results.findings.n > 1)
        qsort(w.results.findings.v, w.results.findings.n, sizeof *w.results.findings.v, compare_group);
    for (size_t i = 0; i < w.results.findings.n; i++)
        assert_sv(w.results.findings.v[i].evidence[0].text, "0:"); /* once in each group */
    for (size_t i = 0; i < w.results.findings.n; i++)
        buf_printf(&got, "%s%.*s+%.*s", i != 0 ? " " : "", SV_ARG(w.results.findings.v[i].group[0].text),
                   SV_ARG(w.results.findings.v[i].group[1].text));
    assert_sv(buf_view(&got), c->groups);
    ck_assert(w.results.rules.v[1].skipped_group == c->skipped);
    ck_assert(w.results.rules.v[1].hits == 1);
    buf_fini(&got);
    world_fini(&w);
}
END_TEST

/* A line that asks for 80,000 groups is skipped and counted. */
START_TEST(too_many_groups)
{
    struct world w;
    struct sv *text = mem_zalloc(40000, sizeof *text);
    char(*bytes)[8] = mem_zalloc(40000, sizeof *bytes);
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &fake_group, "r", "a b");
    world_start(&w, 1);
    for (int i = 0; i < 40000; i++)
        text[i] = sv_make(bytes[i], (size_t)snprintf(bytes[i], sizeof bytes[i], "%d", i));
    event_set_texts(&w.event, fields_find(w.fields, SV("a")), text, 40000);
    event_set_texts(&w.event, fields_find(w.fields, SV("b")), text, 2);
    w.event.time = 1;
    agg_hits(w.local[0], &(uint32_t){ 0 }, 1, &w.event);
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 0);
    ck_assert(w.results.rules.v[1].skipped_group == 1);
    mem_free(text);
    mem_free(bytes);
    world_fini(&w);
}
END_TEST

/* A repeated delivery is counted once, not once per group. */
START_TEST(duplicates_over_groups)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &fake_group, "r", "a");
    world_start(&w, 1);
    world_event(&w, 0, 5, 1, 1, "uid=u a=1,2,3", "r");
    world_event(&w, 0, 5, 1, 2, "uid=u a=1,2,3", "r");
    world_finish(&w, 1);
    ck_assert_uint_eq(w.results.findings.n, 3);
    ck_assert(w.results.rules.v[0].duplicate_hits == 1);
    ck_assert(w.results.rules.v[1].duplicate_hits == 1);
    world_fini(&w);
}
END_TEST

/* What `record` says of a hit, and hits without a time. */
START_TEST(skipped_hits)
{
    struct world w;
    world_init(&w);
    world_rule(&w, "r");
    world_corr(&w, "x", &fake_group, "r", "");
    world_start(&w, 1);
    world_event(&w, 0, 5, 1, 1, "v=useless", "r");
    world_event(&w, 0, 5, 1, 2, "v=odd", "r");
    world_event(&w, 0, INT64_MIN, 1, 3, "v=fine", "r");
    world_event(&w, 0, 5, 1, 4, "v=fine", "r");
    agg_regex_limit(w.local[0], 0, 2);
    world_finish(&w, 1);
    const struct rule_row *row = &w.results.rules.v[1];
    ck_assert_uint_eq(w.results.findings.n, 1);
    assert_sv(w.results.findings.v[0].evidence[0].text, "0:odd,0:fine");
    ck_assert(row->hits == 4 && row->skipped_value == 2 && row->skipped_time == 1 && row->skipped_group == 0);
    ck_assert(w.results.rules.v[0].regex_limit == 2 && w.results.rules.v[0].hits == 4);
    world_fini(&w);
}
END_TEST

TCase *
agg_group_tests(void)
{
    TCase *t = tcase_create("group");
    tcase_add_loop_test(t, hits_of_a_group, 0, N_OF(cases));
    tcase_add_loop_test(t, cross_products, 0, N_OF(crosses));
    tcase_add_test(t, too_many_groups);
    tcase_add_test(t, duplicates_over_groups);
    tcase_add_test(t, skipped_hits);
    return t;
}
