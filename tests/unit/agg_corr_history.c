/* SPDX-License-Identifier: Apache-2.0 */
/* Types that remember: x-new-value, x-unused-value, x-gap, x-odd-hour. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define NEW "field=v timespan=10s "
#define UNUSED "rules=2 granted.rule=0 granted.field=s used.rule=1 used.field=v timespan=100s "
#define GAP "silent=100s timespan=10s "
#define ODD "field=v timespan=10s learning.hits=2 "

static const struct corr_case cases[] = {
    /* x-new-value */
    { "every first value is new", "x-new-value", NEW "say=1", "0 0 v=a\n1 0 v=a\n2 0 v=b\n",
      "0..0 @0 n=1 value=1 peak=1 {new=a}\n2..2 @2 n=1 value=1 peak=1 {new=b}\n" },
    { "seen at the look-back's end", "x-new-value", NEW, "0 0 v=a\n10 0 v=a\n", "0..0 @0 n=1 value=1 peak=1\n" },
    { "new again a microsecond later", "x-new-value", NEW, "0 0 v=a\n10+1 0 v=a\n",
      "0..0 @0 n=1 value=1 peak=1\n10+1..10+1 @10+1 n=1 value=1 peak=1\n" },
    { "members of a list, each once", "x-new-value", NEW "say=1", "0 0 v=[a,b]\n1 0 v=[c,b,c,d]\n",
      "0..0 @0 n=1 value=2 peak=2 {new=a, b}\n1..1 @1 n=1 value=2 peak=2 {new=c, d}\n" },
    { "a repeated member is forgotten too", "x-new-value", NEW, "0 0 v=[a,a]\n20 0 v=a\n",
      "0..0 @0 n=1 value=1 peak=1\n20..20 @20 n=1 value=1 peak=1\n" },
    { "a bound", "x-new-value", NEW "gte=2", "0 0 v=[a,b]\n1 0 v=[b,c]\n", "0..0 @0 n=1 value=2 peak=2\n" },
    { "among limits what fires", "x-new-value", NEW "among=b,c say=1", "0 0 v=a\n1 0 v=[b,d]\n",
      "1..1 @1 n=1 value=1 peak=1 {new=b}\n" },
    /* learning: N earlier hits, or S of age; silent while both are wanting */
    { "n-1 earlier hits", "x-new-value", NEW "learning.hits=2", "0 0 v=a\n1 0 v=b\n", "" },
    { "n earlier hits", "x-new-value", NEW "learning.hits=2", "0 0 v=a\n1 0 v=b\n2 0 v=c\n",
      "2..2 @2 n=1 value=1 peak=1\n" },
    { "a hit without the field is history", "x-new-value", NEW "learning.hits=2", "0 0\n1 0\n2 0 v=c\n",
      "2..2 @2 n=1 value=1 peak=1\n" },
    { "too young", "x-new-value", NEW "learning.span=5s", "0 0 v=a\n5-1 0 v=b\n", "" },
    { "old enough", "x-new-value", NEW "learning.span=5s", "0 0 v=a\n5 0 v=b\n", "5..5 @5 n=1 value=1 peak=1\n" },
    { "either is enough", "x-new-value", NEW "learning.hits=5 learning.span=5s", "0 0 v=a\n5 0 v=b\n",
      "5..5 @5 n=1 value=1 peak=1\n" },
    { "the other is enough", "x-new-value", NEW "learning.hits=1 learning.span=5s", "0 0 v=a\n1 0 v=b\n",
      "1..1 @1 n=1 value=1 peak=1\n" },
    { "every true hit is a finding", "x-new-value", NEW "group=u", "0 0 u=x v=a\n0 0 u=y v=a\n",
      "0..0 @0 n=1 value=1 peak=1 u=x\n0..0 @0 n=1 value=1 peak=1 u=y\n" },

    /* x-unused-value */
    { "granted, never used", "x-unused-value", UNUSED "say=1 now=100", "0 0 s=[a,b,c]\n1 1 v=b\n",
      "0..1 @1 n=1 value=2 peak=2 {granted=a, b, c; used=b; unused=a, c; minimal=b}\n" },
    { "a microsecond too early", "x-unused-value", UNUSED "now=100-1", "0 0 s=[a,b,c]\n1 1 v=b\n", "" },
    { "the last grant counts", "x-unused-value", UNUSED "now=100", "0 0 s=a\n1 0 s=a\n", "" },
    { "and the earliest is shown", "x-unused-value", UNUSED "now=101", "0 0 s=a\n1 0 s=a\n",
      "0..1 @1 n=2 value=1 peak=1\n" },
    { "use before the last grant is none", "x-unused-value", UNUSED "now=105", "0 0 s=a\n1 1 v=a\n5 0 s=a\n",
      "0..5 @5 n=2 value=1 peak=1\n" },
    { "use at the grant's time is one", "x-unused-value", UNUSED "now=105", "5 1 v=a\n5 0 s=a\n", "" },
    { "ignored values", "x-unused-value", UNUSED "ignore=a say=1 now=100", "0 0 s=[a,b]\n",
      "0..0 @0 n=1 value=1 peak=1 {granted=b; used=; unused=b; minimal=}\n" },
    { "a bound", "x-unused-value", UNUSED "gte=2 now=100", "0 0 s=[a,b]\n1 1 v=b\n", "" },
    { "min-uses n-1", "x-unused-value", UNUSED "min-uses=2 now=200", "0 0 s=[a,b]\n1 1 v=b\n", "" },
    { "min-uses n", "x-unused-value", UNUSED "min-uses=2 now=200", "0 0 s=[a,b]\n1 1 v=b\n2 1 v=b\n",
      "0..2 @2 n=1 value=1 peak=1\n" },
    { "uses before the grant prove nothing", "x-unused-value", UNUSED "min-uses=2 now=200",
      "0 1 v=b\n1 0 s=[a,b]\n2 1 v=b\n", "" },
    { "min-groups n-1", "x-unused-value", UNUSED "group=u min-groups=2 now=200",
      "0 0 u=x s=a\n1 1 u=x v=b\n2 0 u=y s=a\n", "" },
    { "min-groups n", "x-unused-value", UNUSED "group=u min-groups=2 now=200",
      "0 0 u=x s=a\n1 1 u=x v=b\n2 1 u=y v=b\n", "0..1 @1 n=1 value=1 peak=1 u=x\n" },
    /* (3 + 1) / (3 + 1 + 4): a and c are unused */
    { "weighted share", "x-unused-value", UNUSED "measure=weighted-share weights=a:3,b:4 gte=0.5 now=100",
      "0 0 s=[a,b,c]\n1 1 v=b\n", "0..1 @1 n=1 value=0.5 peak=0.5\n" },
    { "weighted share, edge", "x-unused-value", UNUSED "measure=weighted-share weights=a:3,b:4 gt=0.5 now=100",
      "0 0 s=[a,b,c]\n1 1 v=b\n", "" },
    /* By the weights of the catalogue: posting 6, likes 3, messages 8, follows 5, e-mail 5; posting and likes are used:
     * 18 of 27 */
    { "weighted share of a real grant", "x-unused-value",
      UNUSED "measure=weighted-share weights=tw:6,lw:3,dr:8,fw:5,em:5 gte=0.5 now=100",
      "0 0 s=[tw,lw,dr,fw,em]\n1 1 v=tw\n2 1 v=lw\n",
      "0..2 @2 n=1 value=0.6666666666666666 peak=0.6666666666666666\n" },
    { "nothing granted weighs anything", "x-unused-value", UNUSED "measure=weighted-share weights=a:0 gte=0 now=100",
      "0 0 s=a\n", "" },

    /* x-gap */
    { "the first hit does not wake", "x-gap", GAP, "0 0\n1 0\n", "" },
    { "silent long enough", "x-gap", GAP "say=1", "0 0\n100 0\n",
      "100..100 @100 n=1 value=1 peak=1 {silent_hours=0.027777777777777776}\n" },
    { "a microsecond short", "x-gap", GAP, "0 0\n100-1 0\n", "" },
    { "what follows within the timespan", "x-gap", GAP "gte=2", "0 0\n100 0\n105 0\n110 0\n110+1 0\n",
      "100..110 @105 n=3 value=2 peak=3\n" },
    { "n+1", "x-gap", GAP "gte=3", "0 0\n100 0\n110 0\n110+1 0\n", "" },
    { "the next waking hit ends the window", "x-gap", "silent=5s timespan=20s gte=2", "0 0\n10 0\n12 0\n17 0\n",
      "10..12 @12 n=2 value=2 peak=2\n" },
    { "others are judged at the end", "x-gap", GAP "lte=2", "0 0\n100 0\n105 0\n300 0\n301 0\n302 0\n",
      "100..105 @105 n=2 value=2 peak=2\n" },
    { "distinct events", "x-gap", GAP "rules=2 gte=2", "0 0\n100 01\n", "" },

    /* x-odd-hour. 8 and 10 are 15 degrees to either side of 9, so R = cos 15 degrees = 0.9659258262890683, and the
     * spread sqrt(-2 ln R) = 0.2633176... is 1.0058013608769886 h; by 40 digits of an arbitrary precision library */
    { "six hours from the mean", "x-odd-hour", ODD "say=1", "0 0 v=8\n1 0 v=10\n2 0 v=3\n",
      "2..2 @2 n=1 value=5.965392605 peak=5.965392605 "
      "{hour=3; usual_hour=9; spread_hours=1.006; history=2}\n" },
    { "3.48 spreads are odd", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=10\n2 0 v=12.5\n",
      "2..2 @2 n=1 value=3.479812353 peak=3.479812353\n" },
    { "2.98 spreads are not", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=10\n2 0 v=12\n", "" },
    { "midnight lies between 23 and 1", "x-odd-hour", ODD "say=1", "0 0 v=23\n1 0 v=1\n2 0 v=3.5\n",
      "2..2 @2 n=1 value=3.479812353 peak=3.479812353 "
      "{hour=3.5; usual_hour=0; spread_hours=1.006; history=2}\n" },
    { "noon does not", "x-odd-hour", ODD "gt=11", "0 0 v=23\n1 0 v=1\n2 0 v=12\n",
      "2..2 @2 n=1 value=11.930785209 peak=11.930785209\n" },
    { "opposite hours have no mean", "x-odd-hour", ODD, "0 0 v=6\n1 0 v=18\n2 0 v=0\n", "" },
    { "no habit is that exact", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=8\n2 0 v=11\n", "" },
    { "unless the rule says so", "x-odd-hour", ODD "spread=0.5", "0 0 v=8\n1 0 v=8\n2 0 v=9.75\n",
      "2..2 @2 n=1 value=3.5 peak=3.5\n" },
    { "too short a history", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=20\n", "" },
    { "at the look-back's end", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=8\n10 0 v=20\n",
      "10..10 @10 n=1 value=12 peak=12\n" },
    { "a microsecond later", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=8\n10+1 0 v=20\n", "" },
    { "what has left is forgotten", "x-odd-hour", ODD "say=1", "0 0 v=20\n5 0 v=8\n6 0 v=8\n11 0 v=12\n",
      "11..11 @11 n=1 value=4 peak=4 {hour=12; usual_hour=8; spread_hours=1; history=2}\n" },
    { "no hour, and none of the day", "x-odd-hour", ODD, "0 0 v=8\n1 0 v=24\n1 0\n1 0 v=-1\n2 0 v=20\n", "" },
};

START_TEST(history)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(bad_keys)
{
    ck_assert_uint_eq(corr_prepare_errors("x-unused-value", UNUSED "weights=a:1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-unused-value", UNUSED "measure=weighted-share weights=a:-1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-gap", "silent=0s timespan=1s"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-odd-hour", ODD "spread=0"), 1);
}
END_TEST

Suite *
agg_corr_history_suite(void)
{
    Suite *s = suite_create("agg_corr_history");
    TCase *t = tcase_create("history");
    tcase_add_loop_test(t, history, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, bad_keys);
    suite_add_tcase(s, t);
    return s;
}
