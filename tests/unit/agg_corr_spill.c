/* SPDX-License-Identifier: Apache-2.0 */
/* Whole sweeps over groups on disk: of every type, the same random events give the same findings in memory and where
 * stores spill after one, three or twenty records and larger groups are giants (giant.h). Deliveries repeat, under
 * other rules too. */
#include <check.h>
#include <stdio.h>

#include "agg/corr.h"
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"
#include "base/buf.h"
#include "base_tests.h"

static const struct {
    const char *type;
    const char *keys;
} sweeps[] = {
    { "event_count", "timespan=10s gte=5 rules=3" },
    { "event_count", "timespan=10s gte=2 rules=2 group=u" },
    { "event_count", "timespan=10s lte=6 rules=3" },
    { "value_count", "timespan=10s gte=5 rules=3 condition.field=v" },
    { "value_count", "timespan=20s gte=4 rules=2 condition.field=v,u" },
    { "value_sum", "timespan=10s gte=20 rules=2 condition.field=x" },
    { "value_avg", "timespan=10s gte=5 rules=2 condition.field=x" },
    { "value_median", "timespan=10s gte=5 rules=3 condition.field=x" },
    { "value_percentile", "timespan=10s gte=8 rules=2 condition.field=x condition.percentile=90" },
    { "temporal", "timespan=3s gte=3 rules=3" },
    { "temporal", "timespan=3s expr=a-or-b rules=2" },
    { "temporal", "timespan=3s expr=a-and-not-b rules=2" },
    { "temporal_ordered", "timespan=5s rules=2" },
    { "temporal_ordered", "timespan=9s rules=3" },
    { "temporal_ordered", "timespan=9s rules=3 x-min-step=2s" },
    { "x-new-value", "timespan=10s field=v learning.hits=5 say=1" },
    { "x-travel", "timespan=1h group=u say=1" },
    { "x-unused-value", "timespan=5s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=2 say=1" },
    { "x-ratio", "timespan=10s of=0 per=1 rules=2 gte=0.5 say=1" },
    { "x-burst", "timespan=3s baseline=40s p-value=0.2 rules=2 say=1" },
    { "x-gap", "timespan=5s silent=3s rules=2 group=u say=1" },
    { "x-overlap", "timespan=20s of.rule=0 of.field=v in.rule=1 in.field=v rules=2 gte=0.3 say=1" },
    { "x-growth", "timespan=20s gte=0.2 rules=2" },
    { "x-silence", "timespan=1s of=0 awaited=2 rules=3 group=u" },
    { "x-alternation", "timespan=30s field=u gte=2 say=1" },
    { "x-concentration", "timespan=30s field=v by=u top=1 min=2 gte=0.5 rules=2 say=1" },
    { "x-synchrony", "timespan=60s field=v by=u within=2s weight=1 gte=2 rules=2 say=1" },
    { "x-departure", "timespan=3s rules=2 of=1 per=0 history.hits=2 history.min=1 say=1" },
    { "x-idle-value",
      "timespan=50s granted.rule=0 granted.field=v used.rule=1 used.field=v by=u max-share=0.9 min=1 rules=2 say=1" },
    { "x-idle-addition",
      "timespan=50s granted.rule=0 granted.field=v used.rule=1 used.field=v by=u max-share=0.9 min=1 "
      "learning.hits=3 rules=2 say=1" },
    { "x-odd-hour", "timespan=30s field=x learning.hits=3 gt=1 rules=2 say=1" },
    { "x-risk", "timespan=30s half-life=9s gte=60 rules=3 chained=1 group=u say=1" },
};

/* How many rules the correlation lists. */
static unsigned
rules_of(const char *keys)
{
    const char *rules = strstr(keys, "rules=");
    return rules != NULL ? (unsigned)(rules[6] - '0') : 1;
}

static void
put_event(struct buf *b, unsigned n_rules, uint64_t *seed)
{
    static const char *const places[] = { "52.5 13.4", "48.9 2.4", "40.7 -74.0", "-36.9 174.8" };
    static const char *const rules[] = { "0", "01", "1", "02", "012", "12", "2" }; /* of one, of two, of three */
    const char *place = places[next_random(seed) % N_OF(places)];
    double lat, longitude;
    sscanf(place, "%lf %lf", &lat, &longitude);
    buf_printf(b, "%u %s", (unsigned)(next_random(seed) % 120),
               rules[next_random(seed) % (n_rules == 3 ? 7 : 2 * n_rules - 1)]);
    buf_printf(b, " u=u%u", (unsigned)(next_random(seed) % 3));
    if (next_random(seed) % 5 != 0)
        buf_printf(b, " v=[v%u,v%u]", (unsigned)(next_random(seed) % 9), (unsigned)(next_random(seed) % 9));
    if (next_random(seed) % 5 != 0)
        buf_printf(b, " x=%u", (unsigned)(next_random(seed) % 10));
    if (next_random(seed) % 3 != 0)
        buf_printf(b, " uid=%u", (unsigned)(next_random(seed) % 60));
    buf_printf(b, " finding.risk=%u", (unsigned)(next_random(seed) % 100));
    buf_printf(b, " src_endpoint.location.lat=%.1f src_endpoint.location.long=%.1f\n", lat, longitude);
}

START_TEST(same_findings_from_disk)
{
    size_t findings = 0;
    for (uint64_t round = 1; round <= 6; round++) {
        uint64_t seed = round * UINT64_C(0x9e3779b97f4a7c15);
        struct buf hits = BUF_INIT;
        for (int i = 0; i < 150; i++)
            put_event(&hits, rules_of(sweeps[_i].keys), &seed);
        findings += corr_check_spilled(sweeps[_i].type, sweeps[_i].keys, buf_cstr(&hits));
        buf_fini(&hits);
    }
    /* Else it compares nothing. */
    ck_assert_msg(findings != 0, "%s %s: no findings", sweeps[_i].type, sweeps[_i].keys);
}
END_TEST

/* Many small groups, of which most find nothing: that is said of them before they are put together, and must be so
 * (corr_type.may_fire). Few values, few rules and no repeated deliveries. */
START_TEST(same_findings_of_small_groups)
{
    char keys[512];
    const bool is_grouped = strstr(sweeps[_i].keys, "group=") != NULL;
    snprintf(keys, sizeof keys, "%s%s", sweeps[_i].keys, is_grouped ? "" : " group=u");
    for (uint64_t round = 1; round <= 4; round++) {
        uint64_t seed = round * UINT64_C(0x9e3779b97f4a7c15);
        struct buf hits = BUF_INIT;
        for (int i = 0; i < 200; i++) {
            const unsigned u = (unsigned)(next_random(&seed) % 40);
            const unsigned pos = (unsigned)(next_random(&seed) % rules_of(keys));
            const unsigned v = u % 3 == 0 ? (unsigned)(next_random(&seed) % 3) : 0;
            buf_printf(&hits, "%u %u u=u%u v=v%u x=%u uid=e%d finding.risk=50", (unsigned)(next_random(&seed) % 60),
                       u % 4 == 0 ? 0 : pos, u, v, v, i);
            buf_puts(&hits, " src_endpoint.location.lat=1 src_endpoint.location.long=1\n");
        }
        corr_check_spilled(sweeps[_i].type, keys, buf_cstr(&hits));
        buf_fini(&hits);
    }
}
END_TEST

START_TEST(no_type_is_left_out)
{
    for (size_t i = 0; i < n_corr_types; i++) {
        int k = 0;
        while (k < N_OF(sweeps) && strcmp(sweeps[k].type, corr_types[i]->name) != 0)
            k++;
        ck_assert_msg(k < N_OF(sweeps), "%s", corr_types[i]->name);
    }
}
END_TEST

Suite *
agg_corr_spill_suite(void)
{
    Suite *s = suite_create("agg_corr_spill");
    TCase *t = tcase_create("spill");
    tcase_add_loop_test(t, same_findings_from_disk, 0, N_OF(sweeps));
    tcase_add_loop_test(t, same_findings_of_small_groups, 0, N_OF(sweeps));
    tcase_add_test(t, no_type_is_left_out);
    suite_add_tcase(s, t);
    return s;
}
