/* SPDX-License-Identifier: Apache-2.0 */
/* Types that look at who does what, and at what a group never did before: x-growth, x-silence, x-alternation,
 * x-concentration, x-synchrony, x-departure, x-idle-value, x-idle-addition. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define GROWTH "timespan=10s "
#define SILENCE "rules=2 of=0 awaited=1 timespan=10s "
#define ALTERNATION "timespan=100s field=v "
#define CONCENTRATION "timespan=100s field=t by=a top=2 min=3 "
#define SYNCHRONY "timespan=1000s field=t by=a within=10s "
#define DEPARTURE "rules=2 of=1 per=0 timespan=10s history.hits=3 history.span=50s history.min=2 "
#define IDLE "rules=2 granted.rule=0 granted.field=s used.rule=1 used.field=v by=a timespan=100s max-share=0.5 min=3 "
#define ADDITION \
    "rules=2 granted.rule=0 granted.field=s used.rule=1 used.field=v by=a timespan=100s learning.hits=1 min=2 "

static const struct corr_case cases[] = {
    /* x-growth: two before, one within ten seconds */
    { "half as many again", "x-growth", GROWTH "gte=0.5 say=1", "0 0\n1 0\n20 0\n",
      "20..20 @20 n=1 value=0.5 peak=0.5 {new=1; before=2}\n" },
    { "growth, edge", "x-growth", GROWTH "gt=0.5", "0 0\n1 0\n20 0\n", "" },
    { "nothing before is undefined", "x-growth", GROWTH "gte=0", "0 0\n1 0\n", "" },
    { "the window's edge is inside", "x-growth", GROWTH "gte=1", "0 0\n10 0\n", "" },
    { "and a microsecond later outside", "x-growth", GROWTH "gte=1", "0 0\n10+1 0\n",
      "10+1..10+1 @10+1 n=1 value=1 peak=1\n" },
    { "min n-1", "x-growth", GROWTH "gte=1 min=2", "0 0\n20 0\n", "" },
    { "min n", "x-growth", GROWTH "gte=1 min=2", "0 0\n20 0\n21 0\n", "20..21 @21 n=2 value=2 peak=2\n" },
    { "min-before n-1", "x-growth", GROWTH "gte=1 min-before=2", "0 0\n20 0\n", "" },
    { "min-before n", "x-growth", GROWTH "gte=0.5 min-before=2", "0 0\n1 0\n20 0\n",
      "20..20 @20 n=1 value=0.5 peak=0.5\n" },
    { "values that are known are not new", "x-growth", GROWTH "gt=0 field=v", "0 0 v=a\n1 0 v=b\n20 0 v=a\n", "" },
    { "values, each once", "x-growth", GROWTH "gte=1 field=v", "0 0 v=a\n1 0 v=a\n20 0 v=b\n21 0 v=b\n",
      "20..21 @20 n=2 value=1 peak=1\n" },
    { "lists", "x-growth", GROWTH "gte=2 field=v", "0 0 v=a\n20 0 v=[a,b,c]\n", "20..20 @20 n=1 value=2 peak=2\n" },
    { "one event of two rules", "x-growth", GROWTH "rules=2 gte=0.5 say=1", "0 01\n1 01\n20 01\n",
      "20..20 @20 n=1 value=0.5 peak=0.5 {new=1; before=2}\n" },

    /* x-silence: value in days */
    { "granted, never heard of", "x-silence", SILENCE "now=86400 say=1", "0 0\n",
      "0..0 @0 n=1 value=1 peak=1 {last=never}\n" },
    { "a microsecond too early", "x-silence", SILENCE "now=10-1", "0 0\n", "" },
    { "just long enough", "x-silence", SILENCE "now=10", "0 0\n",
      "0..0 @0 n=1 value=0.00011574074074074075 peak=0.00011574074074074075\n" },
    { "heard of lately", "x-silence", SILENCE "now=20", "0 0\n15 1\n", "" },
    { "heard of long ago", "x-silence", SILENCE "now=43201 say=1", "0 0\n1 1\n",
      "0..1 @1 n=1 value=0.5 peak=0.5 {last=1970-01-01T00:00:01Z}\n" },
    { "heard of before it was opened", "x-silence", SILENCE "now=43201", "0 1\n1 0\n",
      "1..1 @1 n=1 value=0.5 peak=0.5\n" },
    { "never opened", "x-silence", SILENCE "now=100", "0 1\n", "" },
    { "no other group speaks", "x-silence", SILENCE "now=100 group=u min-groups=1", "0 0 u=a\n", "" },
    { "another one does", "x-silence", SILENCE "now=43201 group=u min-groups=1", "0 0 u=a\n1 1 u=a\n2 1 u=b\n",
      "0..1 @1 n=1 value=0.5 peak=0.5 u=a\n" },

    /* x-alternation: default gte 4 */
    { "to and fro", "x-alternation", ALTERNATION "say=1", "0 0 v=a\n1 0 v=b\n2 0 v=a\n3 0 v=b\n4 0 v=a\n",
      "0..4 @4 n=5 value=4 peak=4 {between=a; and=b}\n" },
    { "three changes", "x-alternation", ALTERNATION, "0 0 v=a\n1 0 v=b\n2 0 v=a\n3 0 v=b\n", "" },
    { "standing still is no change", "x-alternation", ALTERNATION "gte=2",
      "0 0 v=a\n1 0 v=a\n2 0 v=b\n3 0 v=b\n4 0 v=a\n", "0..4 @4 n=5 value=2 peak=2\n" },
    { "a third place ends the run", "x-alternation", ALTERNATION "gte=3",
      "0 0 v=a\n1 0 v=b\n2 0 v=a\n3 0 v=c\n4 0 v=a\n", "" },
    { "and begins another with what was before it", "x-alternation", ALTERNATION "gte=3",
      "0 0 v=a\n1 0 v=b\n2 0 v=c\n3 0 v=b\n4 0 v=c\n", "0..4 @4 n=5 value=3 peak=3\n" },
    { "a journey", "x-alternation", ALTERNATION "gte=2", "0 0 v=a\n1 0 v=b\n2 0 v=c\n3 0 v=d\n", "" },
    { "too slow", "x-alternation", "timespan=2s field=v gte=3", "0 0 v=a\n1 0 v=b\n2 0 v=a\n3 0 v=b\n4 0 v=a\n", "" },
    { "changes between hits of the window", "x-alternation", "timespan=2s field=v gte=2", "0 0 v=a\n1 0 v=b\n2 0 v=a\n",
      "0..2 @2 n=3 value=2 peak=2\n" },
    { "no value, or several", "x-alternation", ALTERNATION "gte=2", "0 0 v=a\n1 0 v=[b,c]\n2 0\n3 0 v=b\n4 0 v=a\n",
      "0..4 @4 n=3 value=2 peak=2\n" },

    /* x-concentration: of three actors, the second most chosen target */
    { "all choose the same two", "x-concentration", CONCENTRATION "gte=1 say=1",
      "0 0 a=1 t=x\n1 0 a=1 t=y\n2 0 a=2 t=[x,y]\n3 0 a=3 t=[y,x,z]\n",
      "0..3 @3 n=4 value=1 peak=1 {actors=3; targets=x, y}\n" },
    { "two of three", "x-concentration", CONCENTRATION "gte=0.6 say=1",
      "0 0 a=1 t=[x,y]\n1 0 a=2 t=[x,y]\n2 0 a=3 t=x\n",
      "0..2 @2 n=3 value=0.6666666666666666 peak=0.6666666666666666 {actors=3; targets=x, y}\n" },
    { "only one target in common", "x-concentration", CONCENTRATION "gte=0.5",
      "0 0 a=1 t=[x,u]\n1 0 a=2 t=[x,v]\n2 0 a=3 t=x\n", "" },
    { "choosing twice is choosing once", "x-concentration", CONCENTRATION "gte=0.6",
      "0 0 a=1 t=[x,y]\n1 0 a=1 t=[x,y]\n2 0 a=2 t=x\n3 0 a=3 t=x\n", "" },
    { "actors n-1", "x-concentration", CONCENTRATION "gte=0", "0 0 a=1 t=[x,y]\n1 0 a=2 t=[x,y]\n", "" },
    { "another window", "x-concentration", CONCENTRATION "gte=0.1",
      "0 0 a=1 t=[x,y]\n1 0 a=2 t=[x,y]\n100+1 0 a=3 t=[x,y]\n", "" },

    /* x-synchrony: default gte 3, weight 2 */
    { "three who share two links", "x-synchrony", SYNCHRONY "say=1",
      "0 0 a=1 t=x\n1 0 a=2 t=x\n2 0 a=3 t=x\n100 0 a=1 t=y\n101 0 a=2 t=y\n102 0 a=3 t=y\n",
      "0..102 @102 n=6 value=3 peak=3 {actors=1, 2, 3; values=x, y}\n" },
    { "pairs that touch", "x-synchrony", SYNCHRONY "say=1",
      "0 0 a=1 t=w\n1 0 a=2 t=w\n100 0 a=1 t=x\n101 0 a=2 t=x\n200 0 a=2 t=y\n201 0 a=3 t=y\n300 0 a=2 t=z\n301 0 a=3 "
      "t=z\n",
      "0..301 @301 n=8 value=3 peak=3 {actors=1, 2, 3; values=w, x, y, z}\n" },
    { "one link is a coincidence", "x-synchrony", SYNCHRONY, "0 0 a=1 t=x\n1 0 a=2 t=x\n2 0 a=3 t=x\n", "" },
    { "the same link twice is one", "x-synchrony", SYNCHRONY,
      "0 0 a=1 t=x\n1 0 a=2 t=x\n2 0 a=3 t=x\n100 0 a=1 t=x\n101 0 a=2 t=x\n102 0 a=3 t=x\n", "" },
    { "two are too few", "x-synchrony", SYNCHRONY, "0 0 a=1 t=x\n1 0 a=2 t=x\n100 0 a=1 t=y\n101 0 a=2 t=y\n", "" },
    { "at the moment's edge", "x-synchrony", SYNCHRONY "gte=2",
      "0 0 a=1 t=x\n10 0 a=2 t=x\n100 0 a=1 t=y\n110 0 a=2 t=y\n", "0..110 @110 n=4 value=2 peak=2\n" },
    { "behind it", "x-synchrony", SYNCHRONY "gte=2", "0 0 a=1 t=x\n10+1 0 a=2 t=x\n100 0 a=1 t=y\n110 0 a=2 t=y\n",
      "" },
    { "news", "x-synchrony", SYNCHRONY "gte=2 most=2",
      "0 0 a=1 t=x\n1 0 a=2 t=x\n2 0 a=3 t=x\n100 0 a=1 t=y\n101 0 a=2 t=y\n102 0 a=3 t=y\n", "" },
    { "not quite news", "x-synchrony", SYNCHRONY "gte=2 most=2",
      "0 0 a=1 t=x\n1 0 a=2 t=x\n100 0 a=1 t=y\n101 0 a=2 t=y\n", "0..101 @101 n=4 value=2 peak=2\n" },
    { "two groups are two findings", "x-synchrony", SYNCHRONY "gte=2 say=1",
      "0 0 a=1 t=x\n1 0 a=2 t=x\n2 0 a=3 t=u\n3 0 a=4 t=u\n100 0 a=1 t=y\n101 0 a=2 t=y\n102 0 a=3 t=v\n103 0 a=4 "
      "t=v\n",
      "0..101 @101 n=4 value=2 peak=2 {actors=1, 2; values=x, y}\n"
      "2..103 @103 n=4 value=2 peak=2 {actors=3, 4; values=u, v}\n" },
    { "what others share does not speak", "x-synchrony", SYNCHRONY "gte=2 say=1",
      "0 0 a=1 t=x\n1 0 a=2 t=x\n5 0 a=9 t=x\n100 0 a=1 t=y\n101 0 a=2 t=y\n200 0 a=1 t=q\n",
      "0..101 @101 n=4 value=2 peak=2 {actors=1, 2; values=x, y}\n" },

    /* x-departure: rule 0 every post, rule 1 the ads among them */
    { "never before", "x-departure", DEPARTURE "say=1", "0 0\n1 0\n20 01\n",
      "20..20 @20 n=1 value=1 peak=1 {history=2}\n" },
    { "it was done before", "x-departure", DEPARTURE, "0 0\n1 01\n20 01\n", "" },
    { "before that, but longer ago than the history has hits", "x-departure", DEPARTURE "say=1",
      "0 01\n1 0\n2 0\n3 0\n20 01\n", "20..20 @20 n=1 value=1 peak=1 {history=3}\n" },
    { "too little is known", "x-departure", DEPARTURE, "1 0\n20 01\n", "" },
    { "at the edge of the history", "x-departure", DEPARTURE, "0 0\n40 0\n60 01\n", "60..60 @60 n=1 value=1 peak=1\n" },
    { "older than the history", "x-departure", DEPARTURE, "0-1 0\n40 0\n60 01\n", "" },
    { "a bound", "x-departure", DEPARTURE "gte=2", "0 0\n1 0\n20 01\n21 01\n", "20..21 @21 n=2 value=2 peak=2\n" },
    { "what is in the window is no habit yet", "x-departure", DEPARTURE "gte=2", "0 0\n1 0\n20 01\n25 0\n30 01\n",
      "20..30 @30 n=3 value=2 peak=2\n" },
    { "one of three is the share", "x-departure", DEPARTURE "history.max-share=0.34", "0 0\n1 01\n2 0\n20 01\n",
      "20..20 @20 n=1 value=1 peak=1\n" },
    { "one of two is more", "x-departure", DEPARTURE "history.max-share=0.34", "0 0\n1 01\n20 01\n", "" },
    { "two of three are more", "x-departure", DEPARTURE "history.max-share=0.34", "0 01\n1 01\n2 0\n20 01\n", "" },

    /* x-idle-value: of three who are active, fewer than half use it */
    { "one of three uses it", "x-idle-value", IDLE "say=1 now=100",
      "0 0 s=[p,q]\n1 1 v=q a=1\n2 1 v=q a=2\n3 1 v=p a=3\n",
      "0..3 @3 n=1 value=1 peak=1 {granted=p, q; unused=p; minimal=q; active=3}\n" },
    { "two of three do", "x-idle-value", IDLE "now=100", "0 0 s=p\n1 1 v=p a=1\n2 1 v=p a=2\n3 1 a=3\n", "" },
    { "using twice is using once", "x-idle-value", IDLE "now=100",
      "0 0 s=p\n1 1 v=p a=1\n2 1 v=p a=1\n3 1 a=2\n4 1 a=3\n", "0..4 @4 n=1 value=1 peak=1\n" },
    { "two active are too few", "x-idle-value", IDLE "now=100", "0 0 s=p\n1 1 v=q a=1\n2 1 v=q a=2\n", "" },
    { "granted a microsecond too late", "x-idle-value", IDLE "now=100", "0+1 0 s=p\n1 1 a=1\n2 1 a=2\n3 1 a=3\n", "" },
    { "uses before the span do not count", "x-idle-value", IDLE "now=100",
      "0-1 1 v=p a=1\n0-1 1 v=p a=2\n0 0 s=p\n1 1 a=1\n2 1 a=2\n3 1 a=3\n", "0..3 @3 n=1 value=1 peak=1\n" },
    { "uses at its edge do", "x-idle-value", IDLE "now=100",
      "0 1 v=p a=1\n0 1 v=p a=2\n0 0 s=p\n1 1 a=1\n2 1 a=2\n3 1 a=3\n", "" },
    { "ignored", "x-idle-value", IDLE "ignore=p now=100", "0 0 s=p\n1 1 a=1\n2 1 a=2\n3 1 a=3\n", "" },

    /* x-idle-addition: default max-share 0.5; q is added, and of two who are served none uses it */
    { "none of two uses it", "x-idle-addition", ADDITION "say=1 now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 v=p a=2\n",
      "10..13 @13 n=2 value=1 peak=1 {granted=p, q; unused=q; active=2; used=0}\n" },
    { "one of two does", "x-idle-addition", ADDITION "now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 v=q a=1\n13 1 a=2\n", "" },
    { "one of three does", "x-idle-addition", ADDITION "say=1 now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=[2,3]\n12 1 v=q a=1\n13 1 a=2\n14 1 a=3\n",
      "10..14 @14 n=2 value=1 peak=1 {granted=p, q; unused=q; active=3; used=1}\n" },
    { "using twice is using once", "x-idle-addition", ADDITION "max-share=0.6 now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 v=q a=1\n13 1 v=q a=1\n14 1 a=2\n",
      "10..14 @14 n=2 value=1 peak=1\n" },
    { "the group is still learnt", "x-idle-addition", ADDITION "learning.hits=2 now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n", "" },
    { "nothing has to be learnt", "x-idle-addition", ADDITION "learning.hits=0 now=100",
      "0 0 s=p a=1\n1 0 s=p a=2\n2 1 a=1\n3 1 a=2\n", "0..3 @3 n=2 value=1 peak=1\n" },
    { "granted from the beginning", "x-idle-addition", ADDITION "now=110",
      "0 0 s=[p,q] a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n", "" },
    { "the window is open for a microsecond more", "x-idle-addition", ADDITION "now=110-1",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n", "" },
    { "its edge is inside", "x-idle-addition", ADDITION "now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n110 0 s=q a=2\n110 1 a=1\n110 1 a=2\n", "10..110 @110 n=2 value=1 peak=1\n" },
    { "granted a microsecond too late", "x-idle-addition", ADDITION,
      "0 0 s=p a=0\n10 0 s=q a=1\n110 1 a=1\n110+1 0 s=q a=2\n110+1 1 a=2\n", "" },
    { "used a microsecond too late", "x-idle-addition", ADDITION,
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n110+1 1 v=q a=1\n110+1 1 v=q a=2\n",
      "10..13 @13 n=2 value=1 peak=1\n" },
    { "one served is too few", "x-idle-addition", ADDITION "now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=0\n", "" },
    { "granting twice is granting once", "x-idle-addition", ADDITION "now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=1\n12 1 a=1\n13 1 a=1\n", "" },
    { "uses before one's own grant do not count", "x-idle-addition", ADDITION "say=1 now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 1 v=q a=2\n12 0 s=q a=2\n13 1 a=1\n14 1 a=2\n",
      "10..14 @14 n=2 value=1 peak=1 {granted=p, q; unused=q; active=2; used=0}\n" },
    { "two are added, one is used", "x-idle-addition", ADDITION "say=1 now=110",
      "0 0 s=p a=0\n10 0 s=[q,r] a=1\n11 0 s=[q,r] a=2\n12 1 v=r a=1\n13 1 v=r a=2\n",
      "10..13 @13 n=2 value=1 peak=1 {granted=p, q, r; unused=q; active=2; used=0}\n" },
    { "two are added, none is used", "x-idle-addition", ADDITION "gte=2 now=110",
      "0 0 s=p a=0\n10 0 s=[q,r] a=1\n11 0 s=[q,r] a=2\n12 1 a=1\n13 1 a=2\n", "10..13 @13 n=2 value=2 peak=2\n" },
    { "an added one is ignored", "x-idle-addition", ADDITION "ignore=q now=110",
      "0 0 s=p a=0\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n", "" },
    { "known, though nobody is said to have granted it", "x-idle-addition", ADDITION "now=110",
      "0 0 s=[p,q]\n10 0 s=q a=1\n11 0 s=q a=2\n12 1 a=1\n13 1 a=2\n", "" },
    { "groups do not know of each other", "x-idle-addition", ADDITION "group=u now=110",
      "0 0 u=x s=p a=0\n10 0 u=y s=q a=1\n11 0 u=x s=q a=2\n12 1 u=y a=1\n13 1 u=x a=2\n", "" },
};

START_TEST(crowd)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(bad_keys)
{
    ck_assert_uint_eq(corr_prepare_errors("x-concentration", "timespan=1s field=v by=a top=0 gte=1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-synchrony", "timespan=1s field=v by=a weight=0"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-synchrony", "timespan=1s field=v by=a most=1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-departure", "rules=2 of=1 per=0 timespan=1s history.hits=0 history.min=0"),
                      1);
    ck_assert_uint_eq(corr_prepare_errors("x-departure", "rules=2 of=1 per=0 timespan=1s history.hits=5"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-departure", "rules=2 of=1 per=0 timespan=1s history.max-share=1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-idle-value", IDLE "max-share=0"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-idle-addition", ADDITION "max-share=0"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-idle-addition", ADDITION "max-share=1.5"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-idle-addition", ADDITION "min=0"), 1);
}
END_TEST

START_TEST(unusable_hits_are_counted)
{
    static const struct corr_case by = { "", "x-concentration", CONCENTRATION "gte=1",
                                         "0 0 a=1\n1 0 t=x\n2 0 a=1 t=x\n", "" };
    static const struct corr_case field = { "", "x-alternation", ALTERNATION, "0 0\n1 0 v=[a,b]\n2 0 v=a\n", "" };
    ck_assert_uint_eq(corr_skipped(&by), 2);
    ck_assert_uint_eq(corr_skipped(&field), 2);
}
END_TEST

Suite *
agg_corr_crowd_suite(void)
{
    Suite *s = suite_create("agg_corr_crowd");
    TCase *t = tcase_create("crowd");
    tcase_add_loop_test(t, crowd, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, bad_keys);
    tcase_add_test(t, unusable_hits_are_counted);
    suite_add_tcase(s, t);
    return s;
}
