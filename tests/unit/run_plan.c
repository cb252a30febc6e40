/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules a source's events are shown to: all but those that name a part of the logsource that the source names
 * otherwise (sigma-profile.md 6). */
#include "run_tests.h"

/* Rule and source: category, product, service; NULL is not named. */
static const struct {
    const char *rule[3];
    const char *source[3];
    bool fits;
} pairs[] = {
    { { NULL, "p", NULL }, { NULL, NULL, NULL }, true },
    { { "c", "p", "s" }, { NULL, NULL, NULL }, true },
    { { NULL, NULL, NULL }, { "c", "p", "s" }, true },
    { { "c", "p", "s" }, { "c", "p", "s" }, true },
    { { "c", NULL, NULL }, { NULL, "p", "s" }, true },
    { { "x", "p", "s" }, { "c", "p", "s" }, false },
    { { "c", "x", "s" }, { "c", "p", "s" }, false },
    { { "c", "p", "x" }, { "c", "p", "s" }, false },
    { { NULL, "x", NULL }, { NULL, "p", NULL }, false },
    { { NULL, "p", "x" }, { NULL, "p", NULL }, true },
    { { "p", NULL, NULL }, { NULL, "p", NULL }, true },
    { { NULL, "P", NULL }, { NULL, "p", NULL }, false },
};

static struct sv
text_or_none(const char *text)
{
    return text != NULL ? sv_of(text) : SV_NONE;
}

START_TEST(rules_are_left_out_on_conflict_only)
{
    struct stage s;
    struct source_def mine = { .name = SV("mine") };
    struct arena arena = ARENA_INIT;
    struct event ev;
    const uint32_t *matched;

    stage_init(&s);
    stage_rule(&s, "r", pairs[_i].rule[0], pairs[_i].rule[1], pairs[_i].rule[2]);
    stage_rule(&s, "every", NULL, NULL, NULL);
    mine.logsource = (struct logsource){ text_or_none(pairs[_i].source[0]), text_or_none(pairs[_i].source[1]),
                                         text_or_none(pairs[_i].source[2]) };
    s.sources.v = &mine;
    s.sources.n = 1;
    stage_plan(&s);

    event_init(&ev, fields_count(s.fields), &arena, NULL);
    struct match_scratch *scratch = match_scratch_new(s.program);
    const size_t n = matcher_run(s.plan->matchers[0], scratch, &ev, &matched);
    ck_assert_uint_eq(n, pairs[_i].fits ? 2 : 1);
    ck_assert_uint_eq(matched[n - 1], 1);
    match_scratch_free(scratch);
    event_fini(&ev);
    arena_fini(&arena);
    stage_fini(&s);
}
END_TEST

/* Sources and inventories name fields of their own; the plan has to know them before it freezes. */
START_TEST(fields_are_complete)
{
    for (int inventory = 0; inventory < 2; inventory++) {
        struct stage s;
        stage_init(&s);
        s.options.want_inventory = inventory != 0;
        stage_plan(&s);
        ck_assert_uint_ne(fields_find(s.fields, SV("time")), FIELD_NONE);
        ck_assert_uint_ne(fields_find(s.fields, SV("action")), FIELD_NONE);
        ck_assert_int_eq(fields_find(s.fields, SV("oauth.app_uid")) != FIELD_NONE, inventory != 0);
        stage_fini(&s);
    }
}
END_TEST

TCase *
run_plan_tests(void)
{
    TCase *t = tcase_create("plan");
    tcase_add_loop_test(t, rules_are_left_out_on_conflict_only, 0, N_OF(pairs));
    tcase_add_test(t, fields_are_complete);
    return t;
}
