/* SPDX-License-Identifier: Apache-2.0 */
/* Windows at their edges, by way of event_count: thresholds n-1, n, n+1, one microsecond early and late, where episodes
 * begin and end, events that enter whole, closed windows. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define THREE "0 0\n5 0\n10 0\n"

static const struct corr_case cases[] = {
    /* thresholds */
    { "n-1", "event_count", "timespan=10s gte=2", THREE, "0..10 @5 n=3 value=2 peak=3\n" },
    { "n", "event_count", "timespan=10s gte=3", THREE, "0..10 @10 n=3 value=3 peak=3\n" },
    { "n+1", "event_count", "timespan=10s gte=4", THREE, "" },
    { "gt n-1 is gte n", "event_count", "timespan=10s gt=2", THREE, "0..10 @10 n=3 value=3 peak=3\n" },
    { "a fraction means itself", "event_count", "timespan=10s gte=2.5", THREE, "0..10 @10 n=3 value=3 peak=3\n" },

    /* the window's edge */
    { "just inside", "event_count", "timespan=10s gte=2", "0 0\n10 0\n", "0..10 @10 n=2 value=2 peak=2\n" },
    { "a microsecond inside", "event_count", "timespan=10s gte=2", "0+1 0\n10 0\n",
      "0+1..10 @10 n=2 value=2 peak=2\n" },
    { "a microsecond late", "event_count", "timespan=10s gte=2", "0 0\n10+1 0\n", "" },
    { "0s holds equal times", "event_count", "timespan=0s gte=2", "5 0\n5 0\n5+1 0\n", "5..5 @5 n=2 value=2 peak=2\n" },
    { "order of arrival does not matter", "event_count", "timespan=10s gte=3", "10 0\n0 0\n5 0\n",
      "0..10 @10 n=3 value=3 peak=3\n" },

    /* episodes: the first true window began at 0, the last true hit is at 15, the union holds all five */
    { "one episode slides on", "event_count", "timespan=10s gte=3", "0 0\n5 0\n8 0\n12 0\n15 0\n30 0\n",
      "0..15 @8 n=5 value=3 peak=4\n" },
    { "a false hit ends it", "event_count", "timespan=10s gte=2", "0 0\n1 0\n20 0\n21 0\n",
      "0..1 @1 n=2 value=2 peak=2\n20..21 @21 n=2 value=2 peak=2\n" },
    { "true hits a span apart are one episode", "event_count", "timespan=10s gte=1", "0 0\n10 0\n20 0\n",
      "0..20 @0 n=3 value=1 peak=2\n" },
    { "true hits more than a span apart are cut", "event_count", "timespan=10s gte=1", "0 0\n10 0\n20+1 0\n",
      "0..10 @0 n=2 value=1 peak=2\n20+1..20+1 @20+1 n=1 value=1 peak=1\n" },
    { "the peak is not the last", "event_count", "timespan=2s gte=2", "0 0\n1 0\n2 0\n4 0\n",
      "0..4 @1 n=4 value=2 peak=3\n" },

    /* events enter whole */
    { "an event of two rules counts once", "event_count", "rules=2 timespan=10s gte=2", "0 01\n1 0\n",
      "0..1 @1 n=2 value=2 peak=2\n" },
    { "one event is never two", "event_count", "rules=2 timespan=10s gte=2", "0 01\n", "" },
    { "deliveries of an event count once", "event_count", "timespan=10s gte=2", "0 0 uid=a\n1 0 uid=a\n2 0 uid=b\n",
      "0..2 @2 n=2 value=2 peak=2\n" },
    { "the first delivery decides the time", "event_count", "timespan=10s gte=2", "0 0 uid=a\n8 0 uid=a\n11 0 uid=b\n",
      "" },
    { "equal lines without uid are different events", "event_count", "timespan=10s gte=2", "0 0\n0 0\n",
      "0..0 @0 n=2 value=2 peak=2\n" },
    { "an empty uid is none", "event_count", "timespan=10s gte=2", "0 0 uid=\n0 0 uid=\n",
      "0..0 @0 n=2 value=2 peak=2\n" },
    /* the other delivery, matched by the other rule, is older than the span and still in the second hit's window */
    { "a companion joins its event's window", "event_count", "rules=2 timespan=10s gte=2",
      "0 0 uid=a\n50 0\n50 1 uid=a\n", "0..50 @50 n=2 value=2 peak=2\n" },

    /* groups */
    { "groups are apart", "event_count", "group=u timespan=10s gte=2", "0 0 u=a\n1 0 u=b\n2 0 u=a\n",
      "0..2 @2 n=2 value=2 peak=2 u=a\n" },
    { "a list stands in each of its groups", "event_count", "group=u timespan=10s gte=2",
      "0 0 u=[a,b,a]\n1 0 u=[b,c]\n", "0..1 @1 n=2 value=2 peak=2 u=b\n" },
    { "two lists are a cross product", "event_count", "group=u,v timespan=10s gte=2",
      "0 0 u=[a,b] v=[x,y]\n1 0 u=b v=y\n", "0..1 @1 n=2 value=2 peak=2 u=b v=y\n" },
    { "no group, no hit", "event_count", "group=u timespan=10s gte=1", "0 0\n1 0 u=\n",
      "1..1 @1 n=1 value=1 peak=1 u=\n" },

    /* closed windows: 0-10, 11-21, 30-40 */
    { "closed windows follow each other", "event_count", "timespan=10s lt=3", "0 0\n5 0\n10 0\n11 0\n21 0\n30 0\n",
      "11..21 @21 n=2 value=2 peak=2\n30..30 @30 n=1 value=1 peak=1\n" },
    { "closed, inclusive", "event_count", "timespan=10s eq=2", "0 0\n10 0\n", "0..10 @10 n=2 value=2 peak=2\n" },
    { "closed, a microsecond late", "event_count", "timespan=10s eq=1", "0 0\n10+1 0\n",
      "0..0 @0 n=1 value=1 peak=1\n10+1..10+1 @10+1 n=1 value=1 peak=1\n" },
    { "a range is closed", "event_count", "timespan=10s gte=2 lte=2", THREE, "" },
    { "a range holds", "event_count", "timespan=10s gt=2 lt=4", THREE, "0..10 @10 n=3 value=3 peak=3\n" },
    { "neq", "event_count", "timespan=10s neq=3", THREE "20+1 0\n", "20+1..20+1 @20+1 n=1 value=1 peak=1\n" },
    { "zero hits never fire", "event_count", "timespan=10s lt=1", THREE, "" },
    { "lte n-1", "event_count", "timespan=10s lte=2", THREE, "" },
    { "lte n", "event_count", "timespan=10s lte=3", THREE, "0..10 @10 n=3 value=3 peak=3\n" },
};

START_TEST(window)
{
    corr_check(&cases[_i]);
}
END_TEST

Suite *
agg_corr_window_suite(void)
{
    Suite *s = suite_create("agg_corr_window");
    TCase *t = tcase_create("windows");
    tcase_add_loop_test(t, window, 0, (int)(sizeof cases / sizeof cases[0]));
    suite_add_tcase(s, t);
    return s;
}
