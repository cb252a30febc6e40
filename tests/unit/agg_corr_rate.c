/* SPDX-License-Identifier: Apache-2.0 */
/* Types that compare: x-ratio, x-burst, x-overlap. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define RATIO "rules=2 of=1 per=0 timespan=10s "
#define BURST "timespan=10s baseline=100s p-value=0.01 "
#define OVERLAP "rules=2 of.rule=0 of.field=v in.rule=1 in.field=w timespan=10s "
#define FIVE "100 0\n101 0\n102 0\n103 0\n104 0\n"

static const struct corr_case cases[] = {
    /* x-ratio: rule 0 matches every event, rule 1 some of them */
    { "share", "x-ratio", RATIO "gte=0.5 say=1", "0 0\n1 01\n", "0..1 @1 n=2 value=0.5 peak=0.5 {of=1; per=2}\n" },
    { "share, edge", "x-ratio", RATIO "gt=0.5", "0 0\n1 01\n", "" },
    { "min n-1", "x-ratio", RATIO "min=3 gte=0.5", "0 01\n1 01\n", "" },
    { "min n", "x-ratio", RATIO "min=3 gte=0.5", "0 01\n1 01\n2 0\n",
      "0..2 @2 n=3 value=0.6666666666666666 peak=0.6666666666666666\n" },
    { "nothing of the whole is undefined", "x-ratio", RATIO "gte=0", "0 1\n", "" },
    { "the part may be larger", "x-ratio", RATIO "gte=2", "0 0\n1 1\n2 1\n", "0..2 @2 n=3 value=2 peak=2\n" },
    { "an upper bound closes", "x-ratio", RATIO "lt=0.5", "0 01\n1 0\n2 0\n",
      "0..2 @2 n=3 value=0.3333333333333333 peak=0.3333333333333333\n" },
    { "deliveries", "x-ratio", RATIO "gte=1", "0 0 uid=a\n1 0 uid=b\n2 1 uid=a\n3 1 uid=b\n",
      "0..0 @0 n=1 value=1 peak=1\n0..3 @3 n=2 value=1 peak=1\n" },
    /* P[X >= 2 | 2, 0.01] = 1e-4 */
    { "binomial", "x-ratio", RATIO "test=binomial p0=0.01 p-value=0.00011 say=1", "0 01\n1 01\n",
      "0..1 @1 n=2 value=1 peak=1 {of=2; per=2; p_value=0.00010000000000000009}\n" },
    { "binomial, not unlikely enough", "x-ratio", RATIO "test=binomial p0=0.01 p-value=0.00009", "0 01\n1 01\n", "" },
    { "binomial default 1e-6", "x-ratio", RATIO "test=binomial p0=0.01", "0 01\n1 01\n2 01\n3 01\n",
      "0..3 @3 n=4 value=1 peak=1\n" },
    /* of one in one, Wilson's lower bound at 97.5 % is 0.2065 */
    { "wilson", "x-ratio", RATIO "test=wilson p0=0.2065", "0 01\n", "0..0 @0 n=1 value=1 peak=1\n" },
    { "wilson, below", "x-ratio", RATIO "test=wilson p0=0.2066", "0 01\n", "" },
    { "tests judge trailing windows", "x-ratio", RATIO "test=wilson p0=0.2065", "0 01\n5 0\n6 0\n7 01\n",
      "0..0 @0 n=1 value=1 peak=1\n" },

    /* x-burst. Without a base line lambda is 1: P[X >= 4] = 0.0190, P[X >= 5] = 0.00366 */
    { "floor", "x-burst", BURST "say=1", FIVE,
      "100..104 @104 n=5 value=5 peak=5 {lambda=1; p_value=0.0036598468273437127}\n" },
    { "k-1", "x-burst", BURST, "100 0\n101 0\n102 0\n103 0\n", "" },
    { "min", "x-burst", BURST "min=6", FIVE, "" },
    /* 30 events in the base line are 3 in 10 s: P[X >= 5 | 3] = 0.185 */
    { "a base line", "x-burst", BURST,
      "3 0\n6 0\n9 0\n12 0\n15 0\n18 0\n21 0\n24 0\n27 0\n30 0\n33 0\n36 0\n39 0\n42 0\n45 0\n48 0\n51 0\n54 0\n"
      "57 0\n60 0\n63 0\n66 0\n"
      "69 0\n72 0\n75 0\n78 0\n81 0\n84 0\n87 0\n90 0\n" FIVE,
      "" },
    { "learning", "x-burst", BURST "learning.span=5s", FIVE, "" },
    { "learnt", "x-burst", BURST "learning.span=4s", FIVE, "100..104 @104 n=5 value=5 peak=5\n" },
    { "distinct n-1", "x-burst", BURST "min-distinct.field=v min-distinct.count=3",
      "0 0 v=a\n1 0 v=a\n2 0 v=b\n3 0\n4 0 v=b\n", "" },
    { "distinct n", "x-burst", BURST "min-distinct.field=v min-distinct.count=2",
      "0 0 v=a\n1 0 v=a\n2 0 v=b\n3 0\n4 0 v=b\n", "0..4 @4 n=5 value=5 peak=5\n" },

    /* x-overlap */
    { "share of events", "x-overlap", OVERLAP "gte=0.5 say=1", "0 0 v=a\n1 0 v=b\n2 1 w=[a,c]\n",
      "0..2 @2 n=3 value=0.5 peak=0.5 {of=2; among=1}\n" },
    { "share, edge", "x-overlap", OVERLAP "gt=0.5", "0 0 v=a\n1 0 v=b\n2 1 w=[a,c]\n", "" },
    { "without the field it counts as none", "x-overlap", OVERLAP "gte=0.5", "0 0 v=a\n1 0\n2 0\n3 1 w=a\n", "" },
    { "another window", "x-overlap", OVERLAP "gt=0", "0 0 v=a\n10+1 1 w=a\n", "" },
    { "at the window's end", "x-overlap", OVERLAP "gt=0", "0 0 v=a\n10 1 w=a\n", "0..10 @10 n=2 value=1 peak=1\n" },
    { "another group", "x-overlap", OVERLAP "group=u gt=0", "0 0 u=x v=a\n1 1 u=y w=a\n", "" },
    { "min n-1", "x-overlap", OVERLAP "min=2 gt=0", "0 0 v=a\n1 1 w=a\n", "" },
    { "min n", "x-overlap", OVERLAP "min=2 gt=0", "0 0 v=a\n0 0 v=a\n1 1 w=a\n", "0..1 @1 n=3 value=1 peak=1\n" },
    { "no events of `of`", "x-overlap", OVERLAP "gte=0", "0 1 w=a\n", "" },
    { "lower bounds close too", "x-overlap", OVERLAP "gte=1", "0 0 v=a\n1 1 w=a\n2 0 v=b\n", "" },
};

START_TEST(rate)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(bad_keys)
{
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "gte=1 p0=0.1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "gte=1 p-value=0.1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "test=binomial"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "test=binomial p0=0.1 gte=1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "test=wilson p0=2"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-ratio", RATIO "test=wilson p0=0.2 p-value=1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-burst", "timespan=1s baseline=0s"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-burst", "timespan=1s baseline=1s p-value=0"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-burst", "timespan=1s baseline=1s floor=-1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-burst", "timespan=1s baseline=1s min-distinct.count=1"), 1);
}
END_TEST

Suite *
agg_corr_rate_suite(void)
{
    Suite *s = suite_create("agg_corr_rate");
    TCase *t = tcase_create("rates");
    tcase_add_loop_test(t, rate, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, bad_keys);
    suite_add_tcase(s, t);
    return s;
}
