/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that carry: what each night reports, by hand, and how much is carried. */
#include <check.h>
#include <string.h>

#include "agg_corr_suites.h"
#include "agg_night.h"
#include "base/timestamp.h"
#include "base_tests.h"

struct told {
    const char *name, *type, *keys;
    int lateness; /* seconds */
    const char *hits[4];
    const char *findings[4];
};

static const struct told told[] = {
    { "an episode that goes on is told again, whole",
      "event_count",
      "timespan=10s gte=2",
      100,
      { "0 0\n5 0\n", "8 0\n", "30 0\n" },
      { "0..5 @5 n=2 value=2 peak=2\n", "0..8 @5 n=3 value=2 peak=3\n", "" } },
    { "also when all of it is older than the cut",
      "event_count",
      "timespan=10s gte=2",
      1,
      { "0 0\n5 0\n14 0\n", "23 0\n", "50 0\n" },
      { "0..14 @5 n=3 value=2 peak=2\n", "0..23 @5 n=4 value=2 peak=2\n", "" } },
    { "a microsecond too late for it",
      "event_count",
      "timespan=10s gte=2",
      1,
      { "0 0\n5 0\n", "15+1 0\n16 0\n" },
      { "0..5 @5 n=2 value=2 peak=2\n", "15+1..16 @16 n=2 value=2 peak=2\n" } },
    { "a late event fills a gap",
      "event_count",
      "timespan=10s gte=3",
      20,
      { "0 0\n8 0\n", "5 0\n" },
      { "", "0..8 @8 n=3 value=3 peak=3\n" } },
    { "and one at the cut",
      "event_count",
      "timespan=10s gte=3",
      8,
      { "-1 0\n8 0\n", "0 0\n" },
      { "", "-1..8 @8 n=3 value=3 peak=3\n" } },
    { "of a group of which nothing came the hit that the earliest window begins with is kept",
      "event_count",
      "timespan=10s gte=3",
      1,
      { "-5 0\n0 0\n11 3\n", "10 0\n10 0\n" },
      { "", "0..10 @10 n=3 value=3 peak=3\n" } },
    { "a second delivery is nothing new",
      "event_count",
      "timespan=10s gte=2",
      100,
      { "0 0 uid=a\n5 0 uid=b\n", "5 0 uid=b\n", "5 0 uid=b\n" },
      { "0..5 @5 n=2 value=2 peak=2\n", "", "" } },
    { "a hit of another rule is",
      "event_count",
      "timespan=10s gte=2 rules=2",
      100,
      { "0 0 uid=a\n5 0 uid=b\n", "5 1 uid=b\n" },
      { "0..5 @5 n=2 value=2 peak=2\n", "0..5 @5 n=2 value=2 peak=2\n" } },
    { "a closed window waits for its end",
      "event_count",
      "timespan=10s lte=2",
      100,
      { "0 0\n", "10 3\n", "10+1 3\n", "11 3\n" },
      { "", "", "0..0 @0 n=1 value=1 peak=1\n", "" } },
    { "the window of a rule on single events does not",
      "rule",
      "timespan=10s",
      1,
      { "0 0\n", "5 0\n", "11 0\n", "21+1 0\n" },
      { "0..0 @0 n=1 value=1 peak=1\n", "0..5 @5 n=2 value=2 peak=2\n", "11..11 @11 n=1 value=1 peak=1\n",
        "21+1..21+1 @21+1 n=1 value=1 peak=1\n" } },
    { "what is learnt is not forgotten",
      "x-new-value",
      "timespan=10s field=v learning.hits=3",
      1,
      { "0 0 v=a\n1 0 v=a\n", "100 0 v=b\n", "200 0 v=c\n", "300 0 v=c\n" },
      { "", "", "200..200 @200 n=1 value=1 peak=1\n", "300..300 @300 n=1 value=1 peak=1\n" } },
    { "nor since when",
      "x-new-value",
      "timespan=10s field=v learning.span=200s",
      1,
      { "0 0 v=a\n", "100 0 v=b\n", "200 0 v=c\n" },
      { "", "", "200..200 @200 n=1 value=1 peak=1\n" } },
    { "a value seen within the look-back is not new",
      "x-new-value",
      "timespan=100s field=v",
      1,
      { "0 0 v=a\n", "99 0 v=b\n", "100 0 v=a\n", "200+1 0 v=b\n" },
      { "0..0 @0 n=1 value=1 peak=1\n", "99..99 @99 n=1 value=1 peak=1\n", "",
        "200+1..200+1 @200+1 n=1 value=1 peak=1\n" } },
    { "silence is told every night",
      "x-silence",
      "timespan=86400s of=0 awaited=1 rules=2",
      1,
      { "0 0\n", "86400 3\n", "172800 3\n", "172801 1\n" },
      { "", "0..0 @0 n=1 value=1 peak=1\n", "0..0 @0 n=1 value=2 peak=2\n", "" } },
    { "the last hit of all, whatever it is, ends a silence's account",
      "x-silence",
      "timespan=86400s of=0 awaited=1 rules=3",
      1,
      { "0 0\n5 2\n", "86400 3\n", "172800 3\n" },
      { "", "0..5 @5 n=1 value=1 peak=1\n", "0..5 @5 n=1 value=2 peak=2\n" } },
    { "and that of values that are not used",
      "x-unused-value",
      "timespan=10s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=3",
      1,
      { "0 0 v=a\n5 2\n", "100 3\n", "200 3\n" },
      { "", "0..5 @5 n=1 value=1 peak=1\n", "0..5 @5 n=1 value=1 peak=1\n" } },
    { "also if something else was new in the group before they were due",
      "x-unused-value",
      "timespan=86400s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=2",
      100000,
      { "0 0 v=a\n", "1000 2\n", "86400 3\n", "172800 3\n" },
      { "", "", "0..0 @0 n=1 value=1 peak=1\n", "0..0 @0 n=1 value=1 peak=1\n" } },
    { "as many uses as it takes",
      "x-unused-value",
      "timespan=10s granted.rule=0 granted.field=v used.rule=1 used.field=v rules=2 min-uses=2",
      1,
      { "0 0 v=[a,b]\n1 1 v=b\n2 1 v=b\n", "100 3\n", "200 3\n", "300 3\n" },
      { "", "0..2 @2 n=1 value=1 peak=1\n", "0..2 @2 n=1 value=1 peak=1\n", "0..2 @2 n=1 value=1 peak=1\n" } },
    { "who was silent wakes",
      "x-gap",
      "silent=100s timespan=10s gte=2",
      1,
      { "0 0\n", "100 0\n", "105 0\n", "111 0\n" },
      { "", "", "100..105 @105 n=2 value=2 peak=2\n", "" } },
};

static void
print_night(struct play *p, int night, struct buf *out)
{
    struct buf all = BUF_INIT;
    night_run(p, night, false, 0, &all);
    struct sv rest = buf_view(&all), line;
    while (rest.n != 0 && sv_split(&rest, '\n', &line)) {
        const size_t dots = sv_find(line, SV(".."), 0);
        size_t from = dots;
        while (from > 0 && line.p[from - 1] != ' ')
            from--;
        if (line.n != 0)
            buf_printf(out, "%.*s\n", SV_ARG(sv_from(line, from)));
    }
    buf_fini(&all);
}

static int64_t
latest_of(struct sv lines, int64_t latest)
{
    struct sv line;
    while (lines.n != 0 && sv_split(&lines, '\n', &line)) {
        const int64_t time = line.n != 0 ? bench_time(line) : TIME_NONE;
        latest = time > latest ? time : latest;
    }
    return latest;
}

static void
check_told(const struct told *x, const struct night_case *c)
{
    struct story s = { .lateness = x->lateness * SECOND };
    struct play p;
    night_open(&p, c, &s);
    for (int night = 0; night < 4 && x->hits[night] != NULL; night++) {
        struct buf got = BUF_INIT;
        struct night_file *f = &s.night[night];
        buf_puts(&f->lines, x->hits[night]);
        f->latest = latest_of(buf_view(&f->lines), night != 0 ? s.night[night - 1].latest : TIME_NONE);
        s.n_nights++;
        print_night(&p, night, &got);
        ck_assert_msg(strcmp(buf_cstr(&got), x->findings[night]) == 0, "%s, night %d\n--- expected\n%s--- got\n%s",
                      x->name, night, x->findings[night], buf_cstr(&got));
        buf_fini(&got);
    }
    night_close(&p);
    night_end_story(&s);
}

/* By themselves, and on shelves. */
START_TEST(told_by_hand)
{
    const struct night_case c = { .type = told[_i / 2].type, .keys = told[_i / 2].keys, .clustered = _i % 2 != 0 };
    check_told(&told[_i / 2], &c);
}
END_TEST

/* A finding that comes with time alone is older than the cut, and than what the outer correlation has judged. */
START_TEST(told_of_silence)
{
    static const struct told x = { "silence beside a hit",
                                   "x-silence",
                                   "timespan=86400s of=0 awaited=1 rules=2 group=u",
                                   1,
                                   { "0 0 u=a\n0 1 u=a\n20 3\n", "86400 3\n" },
                                   { "", "0..0 @0 n=1 value=1 peak=1 u=a\n0..0 @0 n=2 value=2 peak=2 u=a\n" } };
    const struct night_case c = { .type = x.type,
                                  .keys = x.keys,
                                  .second = ABOVE,
                                  .type2 = "event_count",
                                  .keys2 = "timespan=90s gte=2 rules=2 group=u",
                                  .unit = 1 };
    check_told(&x, &c);
}
END_TEST

/* Two groups with one entry_key (entry.h), found by trying. Their chapters are told apart, whichever of them are
 * there. */
START_TEST(keys_that_clash)
{
    static const struct told x = {
        "keys that clash",
        "event_count",
        "timespan=100s gte=3 group=u",
        1,
        { "0 0 u=u15259920\n1 0 u=u44572961\n2 0 u=u44572961\n", "10 0 u=u44572961\n", "20 0 u=u15259920\n",
          "30 0 u=u15259920\n31 0 u=u44572961\n" },
        { "", "1..10 @10 n=3 value=3 peak=3 u=u44572961\n", "",
          "0..30 @30 n=3 value=3 peak=3 u=u15259920\n1..31 @10 n=4 value=3 peak=4 u=u44572961\n" },
    };
    const struct night_case c = { .type = x.type, .keys = x.keys, .clustered = true };
    const uint64_t a = record_hash(0, SV("\x09u15259920")), b = record_hash(0, SV("\x09u44572961"));
    ck_assert(a != b && entry_key(0, a) == entry_key(0, b) && hash_partition(a) == hash_partition(b));
    check_told(&x, &c);
}
END_TEST

/* ---- shelves that another process has made up ---- */

/* A chapter of the group u=a (packed "\2\1a") of cluster 0, with a right checksum; it wakes at once. The cluster has a
 * value_count of a field, whose payloads are lists of texts, and the companion, which has none. */
struct forged {
    const char *what;
    size_t n;
    const char *bytes;
    bool is_one_of_records; /* where it is taken apart into records, it does no harm */
};

#define HEAD "\0\2\1a\0\0\1\0"             /* cluster, key, wake, due, one file */
#define ONE "\0\1\0\0\0\0\0"               /* no pasts, one bundle: all but its hits */
#define HIT(payload) "\1\0\0" payload "\0" /* one hit of correlation 0 and rule 0 */
#define LIST "\3\1\1v"                     /* of one value */
#define NEVER "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1"
#define BYTES(text) sizeof(text) - 1, text

static const struct forged good = { "good", BYTES(HEAD ONE HIT(LIST)), false };

static const struct forged forged[] = {
    { "a payload of another type", BYTES(HEAD ONE HIT("\2\5v")), false },
    { "a rule that the correlation does not list", BYTES(HEAD ONE "\1\0\7" LIST "\0"), false },
    { "a hit of another cluster", BYTES(HEAD ONE "\1\x0c\0\0\0"), false },
    { "a time that nothing has", BYTES(HEAD "\0\1\0" NEVER "\0\0\0" HIT(LIST)), false },
    { "bundles that are not in order", BYTES(HEAD "\0\2\0\4\0\0\0" HIT(LIST) "\3\1\0" HIT(LIST)), true },
    { "bytes behind the last bundle", BYTES(HEAD ONE HIT(LIST) "\0"), false },
    { "no bundles", BYTES(HEAD "\0\0"), true },
    { "a past of another cluster", BYTES(HEAD "\1\3\6\0\1\1\0\0\0\1\0\0\0\0\0" HIT(LIST)), false },
    { "a past that says nothing", BYTES(HEAD "\1\0\0\1\0\0\0\0\0" HIT(LIST)), false },
    { "a cluster that does not exist", BYTES("\5\2\1a\0\0\1\0" ONE HIT(LIST)), true },
    { "a group of another partition", BYTES("\0\2\1b\0\0\1\0" ONE HIT(LIST)), true },
    { "a file that does not exist", BYTES("\0\2\1a\0\0\1\1" ONE HIT(LIST)), false },
    { "the same, where it sleeps", BYTES("\0\2\1a" NEVER NEVER "\1\1" ONE HIT(LIST)), false },
};

static void
forge(struct play *p, const struct forged *x)
{
    struct shelf_writer w = { .shelves = NULL };
    struct shelves s;
    const unsigned partition = hash_partition(record_hash(0, SV("\1a")));
    shelves_init(&s);
    memset(p->made, 0, sizeof p->made);
    s.out[partition] = (struct shelf_file){ .fd = fileno(p->shelf[0]) };
    shelf_begin(&w, &s, partition);
    shelf_put(&w, 0, sv_make(x->bytes, x->n));
    shelf_end(&w);
    shelf_writer_fini(&w);
    p->made[partition] = s.out[partition];
    ck_assert(!shelves_failed(&s));
    shelves_fini(&s);
}

static void
play_forged(const struct forged *x, bool is_damaged, bool forgets_layout, struct buf *out)
{
    const struct night_case c = { .type = "value_count",
                                  .keys = "timespan=100s gte=2 group=u condition.field=v",
                                  .clustered = true,
                                  .two_clusters = true };
    struct story s = { .lateness = 1 * SECOND, .n_nights = 2 };
    struct play p;
    buf_puts(&s.night[0].lines, "0 0 u=b v=x\n");
    buf_puts(&s.night[1].lines, "10 0 u=b v=x\n11 0 u=a v=y\n");
    s.night[1].latest = 11 * SECOND;
    night_open(&p, &c, &s);
    night_run(&p, 0, false, 0, out);
    ck_assert_uint_eq(out->n, 0);
    forge(&p, x);
    p.is_damaged = is_damaged;
    p.forgets_layout = forgets_layout;
    night_run(&p, 1, false, 0, out);
    if (is_damaged)
        ck_assert_msg(out->n == 0 && diags_errors(p.b.d) != 0, "%s", x->what);
    night_close(&p);
    night_end_story(&s);
}

START_TEST(forged_shelves)
{
    struct buf out = BUF_INIT;
    play_forged(&good, false, _i % 2 != 0, &out);
    ck_assert_msg(strstr(buf_cstr(&out), "0..11 @11 n=2 value=2") != NULL, "%s", buf_cstr(&out));
    buf_reset(&out);
    if (_i % 2 == 0 || !forged[_i / 2].is_one_of_records)
        play_forged(&forged[_i / 2], true, _i % 2 != 0, &out);
    buf_fini(&out);
}
END_TEST

/* ---- how much is carried ---- */

/* A hit every second of rule 0, of an hour's night in a hundred, and now and then one of rule 1; two hours late is too
 * late. So the time that may still change has 48 hits, and `most` is that, and what the type needs beside it. */
static const struct {
    const char *type, *keys;
    uint64_t most;
} bounds[] = {
    { "event_count", "timespan=10s gte=1000", 60 },
    { "event_count", "timespan=100s lte=1", 150 },
    { "rule", "timespan=100s", 150 },
    { "value_count", "timespan=30s gte=1000 condition.field=v", 80 },
    { "temporal", "timespan=10s rules=2 gte=3", 65 },
    { "temporal_ordered", "timespan=10s rules=3", 65 },
    { "x-new-value", "timespan=30s field=v learning.hits=5", 80 },
    { "x-odd-hour", "timespan=30s field=x", 80 },
    { "x-ratio", "timespan=10s of=1 per=0 rules=2 gte=2", 65 },
    { "x-burst", "timespan=3s baseline=40s min=1000", 95 },
    { "x-gap", "timespan=10s silent=50s", 51 },
    { "x-overlap", "timespan=20s of.rule=0 of.field=v in.rule=1 in.field=v rules=2 gt=1", 80 },
    { "x-growth", "timespan=10s gte=1000", 60 },
    { "x-growth", "timespan=10s gte=1000 field=v", 70 },       /* ten values */
    { "x-silence", "timespan=1s of=1 awaited=0 rules=2", 60 }, /* of rule 1 there are three */
    { "x-alternation", "timespan=10s field=v gte=1000", 60 },
    { "x-concentration", "timespan=30s field=v by=u gte=2", 80 },
    { "x-synchrony", "timespan=30s field=v by=u", 80 },
    { "x-departure", "timespan=3s rules=2 of=1 per=0 history.span=20s gte=9", 80 },
    { "x-unused-value", "timespan=9s granted.rule=1 granted.field=v used.rule=0 used.field=v rules=2 min-uses=7", 75 },
    { "x-idle-value", "timespan=60s granted.rule=1 granted.field=v used.rule=0 used.field=v by=u rules=2", 66 },
};

static void
write_steadily(struct story *s, int night)
{
    struct night_file *f = &s->night[night];
    for (int i = 0; i < 24; i++) {
        const int second = night * 24 + i;
        buf_printf(&f->lines, "%d 0%s v=v%d u=u%d x=%d\n", second, night < 3 && i == 5 ? "1" : "", second % 10,
                   second % 4, second % 24);
        f->latest = second * SECOND;
    }
}

START_TEST(stays_small)
{
    const struct night_case c = { .type = bounds[_i].type, .keys = bounds[_i].keys };
    struct story s = { .n_nights = NIGHTS_MAX, .lateness = 48 * SECOND };
    struct play p;
    uint64_t most = 0;
    night_open(&p, &c, &s);
    for (int night = 0; night < NIGHTS_MAX; night++) {
        struct buf out = BUF_INIT;
        write_steadily(&s, night);
        night_run(&p, night, false, 0, &out);
        most = p.n_carried > most ? p.n_carried : most;
        buf_fini(&out);
    }
    ck_assert_msg(most >= 48 && most <= bounds[_i].most, "%s %s: %llu records are carried", c.type, c.keys,
                  (unsigned long long)most);
    night_close(&p);
    night_end_story(&s);
}
END_TEST

/* Every night another account comes, has a hit a second for 24 seconds, and is never seen again. Two nights late is too
 * late. Of those that are quiet nothing is carried once it is too old, and a quarter of the look-back: `nights` are so
 * many of them at once, each with hits for the first and its companion; and `pasts` are what is left of a group. */
static const struct {
    const char *type, *keys;
    uint64_t nights, pasts;
    const char *type2, *keys2; /* instead of the companion */
} quiet[] = {
    { "event_count", "timespan=10s gte=1000 group=u", 4, 0, NULL, NULL },
    { "event_count", "timespan=10s gte=3 group=u", 4, 0, NULL, NULL },
    { "event_count", "timespan=70s gte=1000 group=u", 7, 0, NULL, NULL },
    { "event_count", "timespan=70s gte=3 group=u", 7, 0, NULL, NULL },
    { "event_count", "timespan=20s lte=1000 group=u", 4, 0, NULL, NULL },
    { "value_count", "timespan=30s gte=3 group=u condition.field=v", 5, 0, NULL, NULL },
    { "temporal_ordered", "timespan=5s rules=2 group=u", 4, 0, NULL, NULL },
    { "x-new-value", "timespan=30s field=v group=u", 5, 1, NULL, NULL },
    { "x-gap", "timespan=20s silent=30s group=u gte=2", 4, 1, NULL, NULL },
    { "x-alternation", "timespan=10s field=v gte=2 group=u", 4, 0, NULL, NULL },
    { "x-gap", "timespan=20s silent=30s group=u rules=2 gte=2", 5, 2, "event_count", "timespan=20s lte=9 group=u" },
    { "x-gap", "timespan=20s silent=30s group=u rules=2 gte=99", 5, 2, "x-gap",
      "timespan=20s silent=9s group=u gte=99" },
};

START_TEST(lets_go)
{
    const struct night_case c = { .type = quiet[_i].type,
                                  .keys = quiet[_i].keys,
                                  .second = quiet[_i].type2 != NULL ? BESIDE : NONE,
                                  .type2 = quiet[_i].type2,
                                  .keys2 = quiet[_i].keys2,
                                  .clustered = quiet[_i].type2 == NULL };
    const uint64_t bound = quiet[_i].nights * 48 + quiet[_i].pasts * NIGHTS_MAX;
    struct story s = { .n_nights = NIGHTS_MAX, .lateness = 48 * SECOND };
    struct play p;
    night_open(&p, &c, &s);
    for (int night = 0; night < NIGHTS_MAX; night++) {
        struct buf out = BUF_INIT;
        for (int i = 0; i < 24; i++)
            buf_printf(&s.night[night].lines, "%d 0%s u=u%d v=v%d\n", night * 24 + i, i == 5 ? "1" : "", night, i % 5);
        s.night[night].latest = (night * 24 + 23) * SECOND;
        night_run(&p, night, false, 0, &out);
        buf_fini(&out);
    }
    ck_assert_msg(p.n_carried > 48 && p.n_carried <= bound, "%s %s: %llu records are carried", c.type, c.keys,
                  (unsigned long long)p.n_carried);
    night_close(&p);
    night_end_story(&s);
}
END_TEST

Suite *
agg_night_told_suite(void)
{
    Suite *s = suite_create("agg_night_told");
    TCase *t = tcase_create("told");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, told_by_hand, 0, 2 * N_OF(told));
    tcase_add_test(t, told_of_silence);
    tcase_add_test(t, keys_that_clash);
    tcase_add_loop_test(t, forged_shelves, 0, 2 * N_OF(forged));
    tcase_add_loop_test(t, stays_small, 0, N_OF(bounds));
    tcase_add_loop_test(t, lets_go, 0, N_OF(quiet));
    suite_add_tcase(s, t);
    return s;
}
