/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that carry, against runs that need not: random events, some of which come a night or two late, some of them
 * twice, are played night by night, each run with what the one before it left; and for each night once more all at
 * once. Both have to report the same. So whatever is not carried was not needed.
 *
 * AUTHSIFT_NIGHT_SEEDS plays more of them than `make check` does. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agg/corr.h"
#include "agg_corr_suites.h"
#include "agg_night.h"
#include "base/timestamp.h"
#include "base_tests.h"

#define NIGHTS_MOST 7
#define SEEDS 16

/* ---- stories ---- */

struct pending {
    int night;
    int64_t time;
    struct buf text;
};

/* Of the keys of the last two the hash's bits in the entry_key of cluster 0 are equal (agg_night_told.c). */
static const char *const users[2][3] = { { "u0", "u1", "u2" }, { "u0", "u15259920", "u44572961" } };

struct author {
    uint64_t seed;
    const char *const *users;
    unsigned n_rules;
    unsigned unit;    /* seconds */
    unsigned quantum; /* units: times are multiples of it, so that many are equal or a span apart */
    VEC(struct pending) pending;
    unsigned n_events;
};

static unsigned
pick(struct author *a, unsigned n)
{
    return (unsigned)(next_random(&a->seed) % n);
}

static void
put_rules(struct author *a, struct buf *b)
{
    static const char *const rules[] = { "0", "01", "1", "02", "012", "12", "2" }; /* of one, of two, of three */
    buf_printf(b, " %s", rules[pick(a, a->n_rules >= 3 ? 7 : 2 * a->n_rules - 1)]);
}

static void
put_fields(struct author *a, struct buf *b)
{
    static const char *const places[] = { "52.5 13.4", "48.9 2.4", "40.7 -74.0", "-36.9 174.8" };
    double lat, longitude;
    sscanf(places[pick(a, N_OF(places))], "%lf %lf", &lat, &longitude);
    buf_printf(b, " u=%s", a->users[pick(a, 3)]);
    if (pick(a, 5) != 0)
        buf_printf(b, " v=[v%u,v%u]", pick(a, 9), pick(a, 9));
    buf_printf(b, " w=w%u", pick(a, 3));
    if (pick(a, 5) != 0)
        buf_printf(b, " x=%u", pick(a, 10));
    buf_printf(b, " finding.risk=%u", pick(a, 100));
    if (pick(a, 3) != 0)
        buf_printf(b, " uid=%u", a->n_events);
    buf_printf(b, " src_endpoint.location.lat=%.1f src_endpoint.location.long=%.1f\n", lat, longitude);
}

/* "10", "10+1" or "10-1": seconds and microseconds from them. */
static void
put_time(struct buf *b, int64_t time)
{
    const int64_t second = (time + SECOND / 2) / SECOND; /* no time is earlier than -1 us */
    const int64_t offset = time - second * SECOND;
    buf_printf(b, "%lld", (long long)second);
    if (offset != 0)
        buf_printf(b, "%+lld", (long long)offset);
}

/* An event of that time, delivered that night or later, once or twice. */
static void
write_event(struct author *a, int night, int64_t time)
{
    struct buf fields = BUF_INIT;
    a->n_events++;
    put_fields(a, &fields);
    int at = night + (pick(a, 4) == 0 ? 1 + (int)pick(a, 2) : 0);
    for (unsigned n = pick(a, 6) == 0 ? 2 : 1; n > 0; n--) {
        struct pending x = { .night = at, .time = time, .text = BUF_INIT };
        put_time(&x.text, time);
        put_rules(a, &x.text);
        buf_sv(&x.text, buf_view(&fields));
        vec_push(&a->pending, x);
        at += (int)pick(a, 3);
    }
    buf_fini(&fields);
}

/* Units from..from+n, sometimes a microsecond more or less. */
static int64_t
pick_time(struct author *a, unsigned from, unsigned n)
{
    const unsigned units = (from + pick(a, n)) / a->quantum * a->quantum;
    const unsigned offset = pick(a, 8);
    return (int64_t)units * a->unit * SECOND + (offset == 0) - (offset == 1);
}

/* What is older than the cut of the night before is no event of the run. */
static void
deliver(struct author *a, struct story *s, int night)
{
    struct night_file *file = &s->night[night];
    const int64_t before = night != 0 ? s->night[night - 1].latest : TIME_NONE;
    file->latest = before;
    for (size_t i = 0; i < a->pending.n; i++) {
        const struct pending *x = &a->pending.v[i];
        if (x->night != night || (before != TIME_NONE && x->time < before - s->lateness))
            continue;
        buf_sv(&file->lines, buf_view(&x->text));
        if (x->time > file->latest)
            file->latest = x->time;
    }
}

/* Now and then the oldest time that is not too late. */
static void
write_late(struct author *a, const struct story *s, int night)
{
    const int64_t before = night != 0 ? s->night[night - 1].latest : TIME_NONE;
    if (before > s->lateness && pick(a, 2) == 0)
        write_event(a, night, before - s->lateness);
}

static void
write_story(struct story *s, unsigned n_rules, unsigned unit, uint64_t seed)
{
    struct author a = { .seed = seed * UINT64_C(0x9e3779b97f4a7c15),
                        .users = users[seed / 1000 % 2],
                        .n_rules = n_rules,
                        .unit = unit != 0 ? unit : 1 };
    memset(s, 0, sizeof *s);
    s->n_nights = 2 + (int)pick(&a, NIGHTS_MOST - 1);
    a.quantum = pick(&a, 2) == 0 ? 1 : 1 + pick(&a, 6);
    const unsigned length = 15 + pick(&a, 40), most = 5 + pick(&a, 40);
    const unsigned lateness = pick(&a, pick(&a, 2) == 0 ? 10 : 2 * length);
    s->lateness = (int64_t)(lateness / a.quantum * a.quantum) * a.unit * SECOND;
    for (int night = 0; night < s->n_nights; night++) {
        for (unsigned n = 1 + pick(&a, most); n > 0; n--)
            write_event(&a, night, pick_time(&a, (unsigned)night * length, length));
        write_late(&a, s, night);
        deliver(&a, s, night);
    }
    for (size_t i = 0; i < a.pending.n; i++)
        buf_fini(&a.pending.v[i].text);
    vec_fini(&a.pending);
}

/* ---- the comparison ---- */

static unsigned
rules_of(const char *keys)
{
    const char *rules = keys != NULL ? strstr(keys, "rules=") : NULL;
    return rules != NULL ? (unsigned)(rules[6] - '0') : 1;
}

static unsigned
most_rules(const struct night_case *c)
{
    const unsigned a = rules_of(c->keys), b = rules_of(c->keys2);
    return a > b ? a : b;
}

/* Returns how many bytes of findings were compared. */
static size_t
check_story(const struct night_case *c, const struct story *s, uint64_t seed, uint64_t spill)
{
    struct play nightly, whole;
    struct night_case clustered = *c;
    size_t n = 0;
    clustered.clustered = seed % 4 != 0;
    clustered.two_clusters = seed % 3 != 1;
    night_open(&nightly, &clustered, s);
    night_open(&whole, &clustered, s);
    for (int night = 0; night < s->n_nights; night++) {
        struct buf got = BUF_INIT, wanted = BUF_INIT;
        nightly.forgets_layout = seed % 5 == 0 && night % 2 == 1;
        night_run(&nightly, night, false, night % 3 != 1 ? spill : 0, &got);
        night_run(&whole, night, true, 0, &wanted);
        ck_assert_msg(strcmp(buf_cstr(&got), buf_cstr(&wanted)) == 0,
                      "%s %s / %s %s, seed %llu, spill %llu, night %d\n--- at once\n%s--- night by night\n%s", c->type,
                      c->keys, c->second != NONE ? c->type2 : "", c->second != NONE ? c->keys2 : "",
                      (unsigned long long)seed, (unsigned long long)spill, night, buf_cstr(&wanted), buf_cstr(&got));
        n += got.n;
        buf_fini(&got);
        buf_fini(&wanted);
    }
    night_close(&nightly);
    night_close(&whole);
    return n;
}

static uint64_t
n_seeds(void)
{
    const char *more = getenv("AUTHSIFT_NIGHT_SEEDS");
    return more != NULL ? strtoull(more, NULL, 10) : SEEDS;
}

#define PAIR(type_1, keys_1, how, type_2, keys_2)                                       \
    {                                                                                   \
        .type = type_1, .keys = keys_1, .second = how, .type2 = type_2, .keys2 = keys_2 \
    }

static const struct night_case cases[] = {
    { .type = "event_count", .keys = "timespan=10s gte=3 rules=2" },
    { .type = "event_count", .keys = "timespan=10s gte=1 rules=2 group=u" },
    { .type = "event_count", .keys = "timespan=30s gte=4 rules=3 group=u" },
    { .type = "event_count", .keys = "timespan=0s gte=2 rules=2" },
    { .type = "event_count", .keys = "timespan=10s lte=4 rules=3" },
    { .type = "event_count", .keys = "timespan=25s eq=3 rules=2 group=u" },
    { .type = "value_count", .keys = "timespan=10s gte=4 rules=3 condition.field=v" },
    { .type = "value_count", .keys = "timespan=20s gte=4 rules=2 condition.field=v,u group=w" },
    { .type = "value_sum", .keys = "timespan=10s gte=20 rules=2 condition.field=x" },
    { .type = "value_avg", .keys = "timespan=10s gte=5 rules=2 condition.field=x" },
    { .type = "value_avg", .keys = "timespan=1s gte=5 rules=2 condition.field=x" },
    { .type = "value_median", .keys = "timespan=10s gte=5 rules=3 condition.field=x group=u" },
    { .type = "value_percentile", .keys = "timespan=10s gte=8 rules=2 condition.field=x condition.percentile=90" },
    { .type = "temporal", .keys = "timespan=3s gte=3 rules=3" },
    { .type = "temporal", .keys = "timespan=3s expr=a-or-b rules=2 group=u" },
    { .type = "temporal", .keys = "timespan=3s expr=a-and-not-b rules=2 group=w" },
    { .type = "temporal_ordered", .keys = "timespan=5s rules=2 group=u" },
    { .type = "temporal_ordered", .keys = "timespan=9s rules=3" },
    { .type = "x-new-value", .keys = "timespan=10s field=v learning.hits=5 say=1" },
    { .type = "x-new-value", .keys = "timespan=40s field=v learning.hits=5 learning.span=50s say=1 group=u" },
    { .type = "x-new-value", .keys = "timespan=10s field=v learning.hits=5 rules=2 say=1 group=u" },
    { .type = "x-new-value", .keys = "timespan=20s field=w learning.hits=9 learning.span=30s rules=3 say=1 group=u" },
    { .type = "x-travel", .keys = "timespan=1h group=u say=1" },
    { .type = "x-travel", .keys = "timespan=5d group=u say=1 speed=30", .unit = 43200 },
    { .type = "x-travel", .keys = "timespan=40d group=w say=1 speed=20 anchors=2", .unit = 43200 },
    { .type = "x-unused-value",
      .keys = "timespan=5s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=2 say=1" },
    { .type = "x-unused-value",
      .keys = "timespan=9s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=3 say=1 group=u min-uses=5" },
    { .type = "x-ratio", .keys = "timespan=10s of=0 per=1 rules=2 gte=0.5 say=1" },
    { .type = "x-ratio", .keys = "timespan=10s of=0 per=1 rules=2 lte=0.5 say=1 group=u" },
    { .type = "x-burst", .keys = "timespan=3s baseline=40s p-value=0.2 rules=2 say=1" },
    { .type = "x-burst", .keys = "timespan=3s baseline=20s p-value=0.2 rules=2 say=1 group=u learning.span=30s" },
    { .type = "x-burst", .keys = "timespan=6s baseline=18s p-value=0.9 floor=0.1 rules=2 say=1 group=u" },
    { .type = "x-gap", .keys = "timespan=5s silent=3s rules=2 group=u say=1" },
    { .type = "x-gap", .keys = "timespan=20s silent=8s rules=2 group=u say=1 gte=2" },
    { .type = "x-gap", .keys = "timespan=20s silent=4s rules=2 group=u say=1 lte=3" },
    { .type = "x-overlap", .keys = "timespan=20s of.rule=0 of.field=v in.rule=1 in.field=v rules=2 gte=0.3 say=1" },
    { .type = "x-growth", .keys = "timespan=20s gte=0.2 rules=2 say=1" },
    { .type = "x-growth", .keys = "timespan=20s gte=0.1 rules=2 say=1 field=v group=u" },
    { .type = "x-silence", .keys = "timespan=1s of=0 awaited=2 rules=3 group=u say=1" },
    { .type = "x-silence", .keys = "timespan=9s of=0 awaited=1 rules=2 group=u say=1 min-groups=2" },
    { .type = "x-alternation", .keys = "timespan=30s field=u gte=2 say=1" },
    { .type = "x-alternation", .keys = "timespan=9s field=w gte=3 say=1" },
    { .type = "x-concentration", .keys = "timespan=30s field=v by=u top=1 min=2 gte=0.5 rules=2 say=1" },
    { .type = "x-synchrony", .keys = "timespan=60s field=v by=u within=2s weight=1 gte=2 rules=2 say=1" },
    { .type = "x-synchrony", .keys = "timespan=15s field=w by=u within=1s weight=1 gte=2 rules=2 say=1" },
    { .type = "x-departure", .keys = "timespan=3s rules=2 of=1 per=0 history.hits=2 history.min=1 say=1" },
    { .type = "x-departure",
      .keys = "timespan=9s rules=2 of=1 per=0 history.hits=5 history.min=2 history.span=20s say=1 group=u" },
    { .type = "x-departure",
      .keys = "timespan=6s rules=2 of=1 per=0 history.hits=50 history.min=2 history.span=18s say=1 group=u" },
    { .type = "x-idle-value",
      .keys = "timespan=50s granted.rule=0 granted.field=v used.rule=1 used.field=v by=u max-share=0.9 min=1 rules=2 "
              "say=1" },
    { .type = "x-idle-addition",
      .keys = "timespan=20s granted.rule=0 granted.field=v used.rule=1 used.field=v by=u learning.hits=2 max-share=0.9 "
              "min=1 rules=2 say=1" },
    { .type = "x-idle-addition",
      .keys = "timespan=30s granted.rule=0 granted.field=w used.rule=1 used.field=v by=u learning.hits=2 max-share=1 "
              "min=2 rules=3 say=1" },
    { .type = "x-odd-hour", .keys = "timespan=30s field=x learning.hits=3 gt=1 rules=2 say=1" },
    { .type = "x-risk", .keys = "timespan=30s half-life=9s gte=60 rules=3 chained=1 group=u say=1" },
    { .type = "rule", .keys = "timespan=9s rules=1 group=u" },
    { .type = "rule", .keys = "timespan=40s rules=1" },
    /* records shared by a family */
    PAIR("event_count", "timespan=5s gte=2 rules=2 group=u", BESIDE, "x-new-value",
         "timespan=30s field=v learning.hits=5 rules=2 group=u say=1"),
    PAIR("event_count", "timespan=5s gte=2 rules=2 group=u", BESIDE, "event_count",
         "timespan=60s gte=9 rules=2 group=u"),
    PAIR("event_count", "timespan=20s lte=3 rules=2 group=u", BESIDE, "value_count",
         "timespan=8s gte=3 rules=2 group=u condition.field=v"),
    /* an inner one of each kind of finality below the usual outer ones */
    PAIR("event_count", "timespan=5s gte=2 rules=2 group=u", ABOVE, "event_count", "timespan=40s gte=2 group=u"),
    PAIR("event_count", "timespan=10s gte=2 rules=2 group=u,w", ABOVE, "temporal",
         "timespan=20s gte=2 group=u rules=2"),
    PAIR("event_count", "timespan=8s gte=1 rules=2 group=u", ABOVE, "value_count",
         "timespan=30s gte=2 condition.field=u"),
    PAIR("event_count", "timespan=12s gte=2 rules=2 group=u", ABOVE, "event_count", "timespan=40s gte=2 group=events"),
    PAIR("event_count", "timespan=12s lte=3 rules=2 group=u", ABOVE, "event_count", "timespan=30s gte=3"),
    PAIR("event_count", "timespan=12s lte=3 rules=2 group=u", ABOVE, "event_count", "timespan=30s lte=3 rules=2"),
    PAIR("event_count", "timespan=6s gte=2 rules=2 group=u", ABOVE, "value_sum",
         "timespan=30s gte=12 condition.field=events"),
    PAIR("event_count", "timespan=6s gte=2 rules=2 group=u", ABOVE, "temporal_ordered", "timespan=30s rules=2"),
    PAIR("x-gap", "timespan=12s silent=3s gte=2 group=u", ABOVE, "event_count", "timespan=30s gte=2 rules=2"),
    PAIR("x-gap", "timespan=12s silent=3s lte=2 group=u", ABOVE, "event_count", "timespan=30s gte=2 rules=2"),
    PAIR("x-new-value", "timespan=20s field=v learning.hits=3 group=u", ABOVE, "event_count", "timespan=20s gte=2"),
    PAIR("x-synchrony", "timespan=15s field=w by=u within=1s weight=1 gte=2 rules=2", ABOVE, "event_count",
         "timespan=50s gte=2"),
    PAIR("x-unused-value", "timespan=9s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=2 group=u", ABOVE,
         "event_count", "timespan=60s gte=2"),
    PAIR("event_count", "timespan=6s gte=2 rules=2 group=u", ABOVE, "x-new-value", "timespan=40s field=u"),
    PAIR("value_avg", "timespan=2s gte=5 rules=2 condition.field=x", ABOVE, "event_count", "timespan=40s gte=2"),
    PAIR("x-alternation", "timespan=12s field=u gte=2 rules=2", ABOVE, "event_count", "timespan=60s gte=2"),
    PAIR("x-silence", "timespan=30s of=0 awaited=1 rules=2 group=u", ABOVE, "event_count", "timespan=90s gte=2"),
    PAIR("x-silence", "timespan=30s of=0 awaited=1 rules=2 group=u", ABOVE, "event_count",
         "timespan=90s gte=3 rules=2 group=u"),
    PAIR("event_count", "timespan=6s gte=2 rules=2 group=u", ABOVE, "x-gap", "timespan=30s silent=10s"),
};

START_TEST(night_by_night)
{
    const struct night_case *c = &cases[_i];
    size_t n = 0;
    for (uint64_t seed = 1; seed <= n_seeds(); seed++) {
        struct story s;
        write_story(&s, seed % 2 != 0 ? 3 : most_rules(c), c->unit, seed * 1000 + (uint64_t)_i);
        n += check_story(c, &s, seed, seed % 3 == 0 ? 1 + seed % 7 : 0);
        night_end_story(&s);
    }
    /* Else it compares nothing. */
    ck_assert_msg(n != 0, "%s %s: no findings", c->type, c->keys);
}
END_TEST

START_TEST(no_type_is_left_out)
{
    for (size_t i = 0; i < n_corr_types; i++) {
        int k = 0;
        while (k < N_OF(cases) && strcmp(cases[k].type, corr_types[i]->name) != 0)
            k++;
        ck_assert_msg(k < N_OF(cases), "%s", corr_types[i]->name);
    }
}
END_TEST

Suite *
agg_night_random_suite(void)
{
    Suite *s = suite_create("agg_night_random");
    TCase *t = tcase_create("nights");
    tcase_set_timeout(t, 600);
    tcase_add_loop_test(t, night_by_night, 0, N_OF(cases));
    tcase_add_test(t, no_type_is_left_out);
    suite_add_tcase(s, t);
    return s;
}
