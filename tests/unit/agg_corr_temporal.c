/* SPDX-License-Identifier: Apache-2.0 */
/* temporal and temporal_ordered. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

static const struct corr_case cases[] = {
    /* temporal */
    { "all rules", "temporal", "rules=2 timespan=10s", "0 1\n10 0\n", "0..10 @10 n=2 value=2 peak=2\n" },
    { "late", "temporal", "rules=2 timespan=10s", "0 1\n10+1 0\n", "" },
    { "one event can be all rules", "temporal", "rules=2 timespan=10s", "0 01\n", "0..0 @0 n=1 value=2 peak=2\n" },
    { "n-1 of 3", "temporal", "rules=3 timespan=10s gte=2", "0 0\n1 2\n2 0\n", "0..2 @1 n=3 value=2 peak=2\n" },
    { "at most one", "temporal", "rules=2 timespan=10s lte=1", "0 0\n1 0\n20 0\n21 1\n",
      "0..1 @1 n=2 value=1 peak=1\n" },
    { "and", "temporal", "rules=2 timespan=10s expr=a-and-b", "0 0\n1 0\n2 1\n", "0..2 @2 n=3 value=2 peak=2\n" },
    { "or", "temporal", "rules=3 timespan=10s expr=a-or-b", "0 2\n1 1\n", "0..1 @1 n=2 value=2 peak=2\n" },
    { "not judges closed windows", "temporal", "rules=2 timespan=10s expr=a-and-not-b", "0 0\n5 1\n20 0\n25 0\n",
      "20..25 @25 n=2 value=1 peak=1\n" },
    /* either delivery's window holds the whole event; they are too far apart to be one episode */
    { "a companion's rule counts", "temporal", "rules=2 timespan=10s", "0 0 uid=a\n50 1 uid=a\n",
      "0..0 @0 n=1 value=2 peak=2\n0..50 @50 n=1 value=2 peak=2\n" },

    /* temporal_ordered */
    { "in order", "temporal_ordered", "rules=3 timespan=10s", "0 0\n5 1\n10 2\n", "0..10 @10 n=3 value=3 peak=3\n" },
    { "a microsecond late", "temporal_ordered", "rules=3 timespan=10s", "0 0\n5 1\n10+1 2\n", "" },
    { "out of order", "temporal_ordered", "rules=3 timespan=10s", "0 1\n5 0\n10 2\n", "" },
    { "equal times either way round", "temporal_ordered", "rules=3 timespan=10s", "5 2\n5 1\n5 0\n",
      "5..5 @5 n=3 value=3 peak=3\n" },
    { "a microsecond decides", "temporal_ordered", "rules=2 timespan=10s", "5 1\n5+1 0\n", "" },
    { "the latest start counts", "temporal_ordered", "rules=2 timespan=10s", "0 0\n8 0\n15 1\n",
      "8..15 @15 n=2 value=2 peak=2\n" },
    /* the first r1 makes the first chain, the window is still all hits of the span */
    { "the window is more than the chain", "temporal_ordered", "rules=2 timespan=10s", "0 1\n1 0\n2 1\n3 0\n",
      "0..2 @2 n=3 value=2 peak=2\n" },
    { "only the last rule is judged", "temporal_ordered", "rules=2 timespan=10s", "0 0\n1 1\n2 0\n3 0\n4 1\n",
      "0..4 @1 n=5 value=2 peak=2\n" },
    { "a last hit without the others ends it", "temporal_ordered", "rules=2 timespan=10s",
      "0 0\n1 1\n12 1\n13 0\n14 1\n", "0..1 @1 n=2 value=2 peak=2\n12..14 @14 n=3 value=2 peak=2\n" },
    { "judged hits more than a span apart", "temporal_ordered", "rules=2 timespan=10s", "0 0\n1 1\n11 0\n11+1 1\n",
      "0..1 @1 n=2 value=2 peak=2\n11..11+1 @11+1 n=2 value=2 peak=2\n" },
    { "a hit after i at its time is in", "temporal_ordered", "rules=2 timespan=10s", "0 0\n5 1\n5 0\n",
      "0..5 @5 n=3 value=2 peak=2\n" },
    { "one event is both, either way", "temporal_ordered", "rules=2 timespan=10s", "0 01\n",
      "0..0 @0 n=1 value=2 peak=2\n" },
    { "an old delivery begins the chain", "temporal_ordered", "rules=3 timespan=10s", "0 0 uid=a\n50 1\n55 2 uid=a\n",
      "0..55 @55 n=2 value=3 peak=3\n" },
    { "but the middle has to be there", "temporal_ordered", "rules=3 timespan=10s", "0 0 uid=a\n40 1\n55 2 uid=a\n",
      "" },
    { "one rule", "temporal_ordered", "rules=1 timespan=10s", "0 0\n", "0..0 @0 n=1 value=1 peak=1\n" },

    /* steps of a least length */
    { "a step of just that length", "temporal_ordered", "rules=2 timespan=10s x-min-step=4s", "0 0\n4 1\n",
      "0..4 @4 n=2 value=2 peak=2\n" },
    { "a microsecond short", "temporal_ordered", "rules=2 timespan=10s x-min-step=4s", "0+1 0\n4 1\n", "" },
    { "steps go forward", "temporal_ordered", "rules=2 timespan=10s x-min-step=4s", "0 1\n4 0\n", "" },
    { "the first is long ago, the second just now", "temporal_ordered", "rules=2 timespan=10s x-min-step=4s",
      "0 0\n4 0\n5 1\n7 1\n8 1\n", "0..8 @5 n=5 value=2 peak=2\n" },
    { "a hit within the step begins no episode", "temporal_ordered", "rules=2 timespan=10s x-min-step=4s",
      "0 0\n3 1\n4 1\n14+1 1\n", "0..4 @4 n=3 value=2 peak=2\n" },
    { "each step is", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s", "0 0\n4 1\n8 2\n",
      "0..8 @8 n=3 value=3 peak=3\n" },
    { "the first one is not", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s", "0 0\n3 1\n8 2\n", "" },
    { "the last one is not", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s", "0 0\n5 1\n8 2\n", "" },
    /* 0 and 4 and 8, though 3 is nearer to 8 than 0 is, and 5 nearer to 4's end */
    { "a chain among near misses", "temporal_ordered", "rules=3 timespan=8s x-min-step=4s",
      "0 0\n3 0\n4 1\n5 1\n6 0\n8 2\n", "0..8 @8 n=6 value=3 peak=3\n" },
    { "the chain that is left is too long", "temporal_ordered", "rules=3 timespan=8s x-min-step=4s",
      "0 0\n4+1 1\n8+1 2\n", "" },
    { "one event is not two steps", "temporal_ordered", "rules=2 timespan=10s x-min-step=1s", "0 01\n5 01\n",
      "0..5 @5 n=2 value=2 peak=2\n" },
    { "an old delivery begins a chain with steps", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s",
      "0 0 uid=a\n50 1\n54 2 uid=a\n", "0..54 @54 n=2 value=3 peak=3\n" },
    { "and the next step is long enough", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s",
      "43 0 uid=a\n46+1 1\n54 2 uid=a\n", "" },
    { "the steps of two old deliveries", "temporal_ordered", "rules=3 timespan=10s x-min-step=4s",
      "0 0 uid=a\n3 1 uid=a\n54 2 uid=a\n", "" },
};

START_TEST(temporal)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(steps_fit_into_the_span)
{
    ck_assert_uint_eq(corr_prepare_errors("temporal_ordered", "rules=3 timespan=10s x-min-step=5s"), 0);
    ck_assert_uint_eq(corr_prepare_errors("temporal_ordered", "rules=3 timespan=10s x-min-step=6s"), 1);
    ck_assert_uint_eq(corr_prepare_errors("temporal_ordered", "rules=3 timespan=0s x-min-step=0s"), 0);
}
END_TEST

Suite *
agg_corr_temporal_suite(void)
{
    Suite *s = suite_create("agg_corr_temporal");
    TCase *t = tcase_create("temporal");
    tcase_add_loop_test(t, temporal, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, steps_fit_into_the_span);
    suite_add_tcase(s, t);
    return s;
}
