/* SPDX-License-Identifier: Apache-2.0 */
/* Correlation types under test: a type, its keys, a few hits, and the findings that they have to give, all as text. The
 * hits go the whole way through agg.h (record, sort, sweep), so what is tested is what runs.
 *
 *   keys      "timespan=10s gte=3 group=u condition.field=x rules=2 granted.rule=1": the type's parameters by name, and
 *             timespan, group, the bounds gt gte lt lte eq neq, rules (how many inputs, default 1), expr (temporal: one
 *             of the expressions of agg_corr_harness.c), chained (to `prepare` the inputs are correlations; the fields
 *             of their findings stand in the hits), say (findings show their evidence), now (time of one more
 *             event that no rule matches)
 *   hits      one event per line: "TIME RULES FIELD=VALUE ...". TIME is seconds with an optional offset in
 *             microseconds, "10", "10+1", "10-1"; RULES are the positions of the rules that match, "0", "02"; a value
 *             may be a list, "[a,b]". The events are lines 1, 2, ... of one file.
 *   findings  one per line, in time order: "FIRST..LAST @FIRED n=COUNT value=VALUE peak=PEAK", then the group, then
 *             "low" where the level was lowered, then the evidence in braces
 */
#ifndef AUTHSIFT_TESTS_UNIT_AGG_CORR_HARNESS_H
#define AUTHSIFT_TESTS_UNIT_AGG_CORR_HARNESS_H

#include <stddef.h>

struct corr_case {
    const char *name;
    const char *type;
    const char *keys;
    const char *hits;
    const char *findings;
};

/* Runs it and fails the test with both texts if they differ. */
void corr_check(const struct corr_case *c);

/* Do groups on disk, and groups whose hits are bundled with those of another correlation, give the findings that the
 * same groups give in memory? Returns how many there are. */
size_t corr_check_spilled(const char *type, const char *keys, const char *hits);

/* Errors that the type's `prepare` reports for these keys. */
size_t corr_prepare_errors(const char *type, const char *keys);

/* Sum over the rules of what was skipped as unusable. */
size_t corr_skipped(const struct corr_case *c);

#endif
