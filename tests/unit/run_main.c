/* SPDX-License-Identifier: Apache-2.0 */
#include "run_tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "lang/lang.h"

void
stage_init(struct stage *s)
{
    const char *top = getenv("top_srcdir");
    *s = (struct stage){ .fields = fields_new(), .d = diags_new() };
    snprintf(s->datadir, sizeof s->datadir, "%s/data", top != NULL ? top : ".");
    s->program = program_new(s->fields);
    s->options = (struct run_options){
        .n_workers = 1,
        .since = TIME_NONE,
        .until = TIME_NONE,
        .max_reject_share = -1,
        .blast_radius = 500,
        .limits = INPUT_LIMITS_DEFAULT,
        .enrich = { .datadir = s->datadir },
    };
    arena_init(&s->sources.arena);
    ck_assert_int_eq(lang_load_sources(NULL, 0, &s->sources, s->d), ERR_OK);
}

void
stage_fini(struct stage *s)
{
    plan_free(s->plan);
    program_free(s->program);
    fields_free(s->fields);
    arena_fini(&s->sources.arena);
    diags_free(s->d);
}

static struct sv
text_or_none(const char *text)
{
    return text != NULL ? sv_of(text) : SV_NONE;
}

void
stage_rule(struct stage *s, const char *title, const char *category, const char *product, const char *service)
{
    const struct rule rule = {
        .meta = { .id = sv_of(title),
                  .title = sv_of(title),
                  .entity_id = FIELD_NONE,
                  .entity_name = FIELD_NONE,
                  .dedup = DAY },
        .logsource = { text_or_none(category), text_or_none(product), text_or_none(service) },
        .condition = expr_const(s->program, true),
    };
    vec_push(&s->program->rules, rule);
}

void
stage_plan(struct stage *s)
{
    program_freeze(s->program);
    s->plan = plan_new(&s->options, s->program, &s->sources, s->fields, s->d);
    ck_assert_ptr_nonnull(s->plan);
}

int
main(void)
{
    Suite *suite = suite_create("run");
    suite_add_tcase(suite, run_tap_tests());
    suite_add_tcase(suite, run_plan_tests());
    suite_add_tcase(suite, run_health_tests());
    suite_add_tcase(suite, run_partial_tests());
    SRunner *r = srunner_create(suite);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
