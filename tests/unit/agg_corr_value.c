/* SPDX-License-Identifier: Apache-2.0 */
/* value_count and the types over numbers. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define FIELD_V "condition.field=v "
#define FIELD_X "condition.field=x "

static const struct corr_case cases[] = {
    /* value_count */
    { "distinct values", "value_count", FIELD_V "timespan=10s gte=2", "0 0 v=a\n1 0 v=a\n2 0 v=b\n",
      "0..2 @2 n=3 value=2 peak=2\n" },
    { "n+1", "value_count", FIELD_V "timespan=10s gte=3", "0 0 v=a\n1 0 v=a\n2 0 v=b\n", "" },
    { "values leave with their hits", "value_count", FIELD_V "timespan=10s gte=2", "0 0 v=a\n5 0 v=b\n12 0 v=b\n",
      "0..5 @5 n=2 value=2 peak=2\n" },
    { "text, not number", "value_count", FIELD_V "timespan=10s gte=2", "0 0 v=5\n1 0 v=5.0\n",
      "0..1 @1 n=2 value=2 peak=2\n" },
    { "members of lists", "value_count", FIELD_V "timespan=10s gte=3", "0 0 v=[a,b]\n1 0 v=[b,c]\n",
      "0..1 @1 n=2 value=3 peak=3\n" },
    { "without a value still a hit", "value_count", FIELD_V "timespan=10s gte=2", "0 0 v=a\n4 0\n5 0 v=b\n9 0\n",
      "0..9 @5 n=4 value=2 peak=2\n" },
    { "no values is 0", "value_count", FIELD_V "timespan=10s eq=0", "0 0\n4 0\n", "0..4 @4 n=2 value=0 peak=0\n" },
    { "tuples", "value_count", "condition.field=v,w timespan=10s gte=3",
      "0 0 v=a w=x\n1 0 v=a w=x\n2 0 v=a w=y\n3 0 v=b w=x\n", "0..3 @3 n=4 value=3 peak=3\n" },
    { "tuples do not run together", "value_count", "condition.field=v,w timespan=10s gte=2",
      "0 0 v=ab w=c\n1 0 v=a w=bc\n", "0..1 @1 n=2 value=2 peak=2\n" },
    { "tuples of lists", "value_count", "condition.field=v,w timespan=10s gte=4", "0 0 v=[a,b] w=[x,y]\n",
      "0..0 @0 n=1 value=4 peak=4\n" },
    { "a part missing, a tuple missing", "value_count", "condition.field=v,w timespan=10s gte=1", "0 0 v=a\n1 0 w=x\n",
      "" },

    /* sums */
    { "sum", "value_sum", FIELD_X "timespan=10s gte=6", "0 0 x=1\n1 0 x=2\n2 0 x=3\n", "0..2 @2 n=3 value=6 peak=6\n" },
    { "sum, edge", "value_sum", FIELD_X "timespan=10s gt=6", "0 0 x=1\n1 0 x=2\n2 0 x=3\n", "" },
    { "sum of a list", "value_sum", FIELD_X "timespan=10s gte=6", "0 0 x=[1,2,3]\n", "0..0 @0 n=1 value=6 peak=6\n" },
    { "an event adds once", "value_sum", FIELD_X "rules=2 timespan=10s gte=2", "0 01 x=2\n",
      "0..0 @0 n=1 value=2 peak=2\n" },
    { "an event does not add twice", "value_sum", FIELD_X "rules=2 timespan=10s gt=2", "0 01 x=2\n", "" },
    { "what is no number is skipped", "value_sum", FIELD_X "timespan=10s gte=1",
      "0 0 x=1x\n1 0 x=+1\n2 0 x=01\n3 0\n4 0 x=1e999\n", "" },
    /* the large number would have swallowed the others, and leaves */
    { "sum, exactly", "value_sum", FIELD_X "timespan=10s gte=0.875",
      "0 0 x=-1e16\n1 0 x=0.5\n2 0 x=0.25\n10+1 0 x=0.125\n", "1..10+1 @10+1 n=3 value=0.875 peak=0.875\n" },
    /* of 0.1 + 0.2 + 0.3 in doubles, once rounded */
    { "sum, rounded once", "value_sum", FIELD_X "timespan=10s gte=0.6", "0 0 x=0.1\n1 0 x=0.2\n2 0 x=0.3\n",
      "0..2 @2 n=3 value=0.6 peak=0.6\n" },
    { "negative peak", "value_sum", FIELD_X "timespan=10s gte=-5", "0 0 x=-1\n1 0 x=-2\n2 0 x=-9\n",
      "0..1 @0 n=2 value=-1 peak=-1\n" },

    /* averages */
    { "avg", "value_avg", FIELD_X "timespan=10s gte=2", "0 0 x=1\n1 0 x=3\n2 0 x=y\n", "0..2 @1 n=3 value=2 peak=2\n" },
    { "avg over members", "value_avg", FIELD_X "timespan=10s lt=2.1", "0 0 x=[1,2]\n1 0 x=3\n",
      "0..1 @1 n=2 value=2 peak=2\n" },
    { "undefined satisfies nothing", "value_avg", FIELD_X "timespan=10s neq=1", "0 0 x=y\n", "" },

    /* medians and percentiles */
    { "median of three", "value_median", FIELD_X "timespan=10s eq=2", "0 0 x=9\n1 0 x=1\n2 0 x=2\n",
      "0..2 @2 n=3 value=2 peak=2\n" },
    { "median of four", "value_median", FIELD_X "timespan=10s eq=2.5", "0 0 x=9\n1 0 x=1\n2 0 x=2\n3 0 x=3\n",
      "0..3 @3 n=4 value=2.5 peak=2.5\n" },
    { "median slides", "value_median", FIELD_X "timespan=2s gte=5", "0 0 x=9\n1 0 x=1\n2 0 x=2\n3 0 x=8\n4 0 x=8\n",
      "0..1 @0 n=2 value=9 peak=9\n2..4 @4 n=3 value=8 peak=8\n" },
    /* h = 0.9 * 4 = 3.6: 40 + 0.6 * (100 - 40) */
    { "percentile 90", "value_percentile", FIELD_X "condition.percentile=90 timespan=10s eq=76",
      "0 0 x=10\n1 0 x=20\n2 0 x=30\n3 0 x=40\n4 0 x=100\n", "0..4 @4 n=5 value=76 peak=76\n" },
    { "percentile 0", "value_percentile", FIELD_X "condition.percentile=0 timespan=10s lte=10", "0 0 x=[30,10,20]\n",
      "0..0 @0 n=1 value=10 peak=10\n" },
    { "percentile 100", "value_percentile", FIELD_X "condition.percentile=100 timespan=10s gte=30",
      "0 0 x=[30,10,20]\n", "0..0 @0 n=1 value=30 peak=30\n" },
    { "-0 is 0", "value_median", FIELD_X "timespan=10s gte=0", "0 0 x=-0.0\n", "0..0 @0 n=1 value=0 peak=0\n" },
};

START_TEST(value)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(skipped)
{
    /* the fourth has no value at all, the last a list with one that is none */
    static const struct corr_case c = { "skipped", "value_sum", FIELD_X "timespan=10s gte=1",
                                        "0 0 x=1x\n1 0 x=1\n2 0 x=1e999\n3 0\n4 0 x=[1,y,2]\n", "" };
    ck_assert_uint_eq(corr_skipped(&c), 4);
}
END_TEST

START_TEST(percentile_range)
{
    ck_assert_uint_eq(corr_prepare_errors("value_percentile", FIELD_X "timespan=1s gte=1 condition.percentile=101"), 1);
    ck_assert_uint_eq(corr_prepare_errors("value_percentile", FIELD_X "timespan=1s gte=1 condition.percentile=-1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("value_percentile", FIELD_X "timespan=1s gte=1 condition.percentile=100"), 0);
}
END_TEST

Suite *
agg_corr_value_suite(void)
{
    Suite *s = suite_create("agg_corr_value");
    TCase *t = tcase_create("values");
    tcase_add_loop_test(t, value, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, skipped);
    tcase_add_test(t, percentile_range);
    suite_add_tcase(s, t);
    return s;
}
