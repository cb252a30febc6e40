/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/run, and the plan that they share: the built-in sources, and one rule for each logsource that
 * a test names. */
#ifndef AUTHSIFT_TESTS_RUN_H
#define AUTHSIFT_TESTS_RUN_H

#include "base_tests.h"

#include "run/run.h"

struct stage {
    struct fields *fields;
    struct program *program;
    struct source_defs sources;
    struct run_options options;
    struct plan *plan;
    struct diags *d;
    char datadir[4096];
};

/* Until stage_plan rules and options may be changed. */
void stage_init(struct stage *s);
void stage_fini(struct stage *s);

/* A rule that matches every event, if its logsource (texts or NULL) lets it. */
void stage_rule(struct stage *s, const char *title, const char *category, const char *product, const char *service);

void stage_plan(struct stage *s);

TCase *run_tap_tests(void);
TCase *run_plan_tests(void);
TCase *run_health_tests(void);
TCase *run_partial_tests(void);

#endif
