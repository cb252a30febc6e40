/* SPDX-License-Identifier: Apache-2.0 */
/* x-risk, by hand: with a half-life of 100 s a finding of 47 is worth 23.5 after 100 s, and
 *
 *     47 and 73                 1 - 0.53 * 0.27               = 0.8569
 *     47, faded to 23.5, and 73 1 - 0.765 * 0.27              = 0.79345
 *     21, 47 and 73             1 - 0.79 * 0.53 * 0.27        = 0.886951
 *     15, faded 1.01 times to 100 * 0.15 * 2^-1.01 = 7.44819371577777, and 73 = 0.75011012303260
 *     5, 21, 47, 73 and 99      1 - 0.95 * 0.79 * 0.53 * 0.27 * 0.01 = 0.9989260345 */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define RISK "chained=1 half-life=100s timespan=300s "
#define TWO RISK "rules=2 gte=50 "
#define R "finding.risk="
#define T " finding.title="

static const struct corr_case cases[] = {
    { "two rules", "x-risk", TWO "say=1", "0 0 " R "47" T "A\n0 1 " R "73" T "B\n",
      "0..0 @0 n=2 value=85.69 peak=85.69 {findings=A 47, B 73}\n" },
    { "one fades", "x-risk", TWO "say=1", "0 0 " R "47" T "A\n100 1 " R "73" T "B\n",
      "0..100 @100 n=2 value=79.345 peak=79.345 {findings=A 23.5, B 73}\n" },
    { "one rule alone", "x-risk", TWO, "0 1 " R "95\n1 1 " R "95\n", "" },
    { "one rule may be enough", "x-risk", TWO "min-rules=1", "0 1 " R "95\n", "0..0 @0 n=1 value=95 peak=95\n" },
    { "a rule speaks once", "x-risk", TWO, "0 0 " R "47\n0 0 " R "47\n0 1 " R "73\n",
      "0..0 @0 n=3 value=85.69 peak=85.69\n" },
    { "with its greatest finding", "x-risk", TWO, "0 0 " R "47\n0 0 " R "21\n0 1 " R "73\n",
      "0..0 @0 n=3 value=85.69 peak=85.69\n" },
    { "an old great one may be less than a young small one", "x-risk", TWO "say=1",
      "0 0 " R "47" T "old\n200 0 " R "21" T "young\n200 1 " R "73" T "B\n",
      "0..200 @200 n=3 value=78.67 peak=78.67 {findings=young 21, B 73}\n" },
    { "the second comes back when the first has left", "x-risk", TWO "say=1",
      "0 0 " R "80" T "old\n200 0 " R "15" T "young\n301 1 " R "73" T "B\n",
      "200..301 @301 n=2 value=75.011012303 peak=75.011012303 {findings=young 7.448, B 73}\n" },
    { "at the timespan's end", "x-risk", TWO "gte=73", "0 0 " R "80\n300 1 " R "73\n",
      "0..300 @300 n=2 value=75.7 peak=75.7\n" },
    { "a microsecond later", "x-risk", TWO, "0 0 " R "80\n300+1 1 " R "73\n", "" },
    { "three rules", "x-risk", RISK "rules=3 gte=88", "0 0 " R "21\n0 1 " R "47\n0 2 " R "73\n",
      "0..0 @0 n=3 value=88.6951 peak=88.6951\n" },
    { "below the bound", "x-risk", RISK "rules=3 gte=88.7", "0 0 " R "21\n0 1 " R "47\n0 2 " R "73\n", "" },
    { "too few rules", "x-risk", RISK "rules=3 min-rules=3 gte=1", "0 0 " R "47\n0 1 " R "73\n", "" },
    { "groups", "x-risk", TWO "group=u", "0 0 u=x " R "47\n0 1 u=y " R "73\n", "" },
    { "what is only watched has no risk", "x-risk", TWO, "0 0 " R "0\n0 1 " R "73\n", "" },
    { "no risk at all", "x-risk", TWO, "0 0\n0 0 " R "101\n0 0 " R "-1\n0 1 " R "73\n", "" },
};

START_TEST(risk)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(bad_keys)
{
    ck_assert_uint_eq(corr_prepare_errors("x-risk", TWO), 0);
    ck_assert_uint_eq(corr_prepare_errors("x-risk", "rules=2 timespan=1s gte=1"), 2); /* rules on single events */
    ck_assert_uint_eq(corr_prepare_errors("x-risk", "chained=1 half-life=0s timespan=1s gte=1"), 1);
}
END_TEST

Suite *
agg_corr_risk_suite(void)
{
    Suite *s = suite_create("agg_corr_risk");
    TCase *t = tcase_create("risk");
    tcase_add_loop_test(t, risk, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, bad_keys);
    suite_add_tcase(s, t);
    return s;
}
