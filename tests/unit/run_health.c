/* SPDX-License-Identifier: Apache-2.0 */
/* What became of every line, and whether that was good enough; the same for any number of workers. */
#include "run_tests.h"

#include "base/timestamp.h"

/* Ten lines: six events at 1..6 s, two rejects of one reason and one of another, one blank. */
#define MIXED                                                                                                          \
    "{\"time\":1,\"action\":\"a\"}\n{\"time\":2,\"action\":\"a\"}\n\n{\"time\":3,\"action\":\"a\"\n"                   \
    "{\"time\":3,\"action\":\"a\"}\n{\"action\":\"a\"}\n{\"time\":4,\"action\":\"a\"}\n{\"time\":5,\"action\":\"a\"\n" \
    "{\"time\":5,\"action\":\"a\"}\n{\"time\":6,\"action\":\"a\"}\n"

/* Names and contents. */
static const char *const files[][2] = {
    { "z", "{\"time\":1,\"action\":\"a\"}\n" },
    { "m", MIXED },
    { "n", "" },
    { "bad", "{\"ts\":1}\n" },
};

/* Scans n files from `first` on. */
static enum err
scan(struct stage *s, int first, int n, struct results *r)
{
    struct input_file file[N_OF(files)];
    for (int i = 0; i < n; i++)
        file[i] = (struct input_file){ .name = sv_of(files[first + i][0]), .memory = sv_of(files[first + i][1]) };
    struct inputs *in = inputs_new_memory(file, (size_t)n);
    results_init(r);
    const enum err err = run_scan(s->plan, in, r, s->d);
    inputs_free(in);
    return err;
}

static void
assert_row(const struct health_row *row, const char *file, const char *reason, uint64_t lines, uint64_t blank,
           uint64_t events, uint64_t rejects)
{
    assert_sv(row->file, file);
    assert_sv(row->reason, reason);
    ck_assert_uint_eq(row->lines, lines);
    ck_assert_uint_eq(row->blank, blank);
    ck_assert_uint_eq(row->events, events);
    ck_assert_uint_eq(row->rejects, rejects);
    if (row->reason.n == 0)
        ck_assert_uint_eq(row->lines, row->blank + row->events + row->rejects);
}

START_TEST(rows_add_up)
{
    struct stage s;
    struct results r;

    stage_init(&s);
    s.options.n_workers = (unsigned)_i;
    s.options.limits.block = 64;
    s.options.max_rejects = 100;
    stage_plan(&s);
    ck_assert_int_eq(scan(&s, 0, 4, &r), ERR_INPUT); /* for `bad` */
    ck_assert_uint_eq(r.health.n, 7);
    assert_row(&r.health.v[0], "bad", "", 0, 0, 0, 0);
    assert_row(&r.health.v[1], "bad", "source not recognised (keys: ts)", 0, 0, 0, 0);
    assert_row(&r.health.v[2], "m", "", 10, 1, 6, 3);
    assert_row(&r.health.v[3], "m", "JSON ends too early", 0, 0, 0, 2);
    assert_row(&r.health.v[4], "m", "no time", 0, 0, 0, 1);
    assert_row(&r.health.v[5], "n", "", 0, 0, 0, 0);
    assert_row(&r.health.v[6], "z", "", 1, 0, 1, 0);
    assert_sv(r.health.v[2].source, "canonical");
    assert_sv(r.health.v[2].format, "jsonl");
    assert_sv(r.health.v[2].compression, "none");
    ck_assert_uint_eq(r.health.v[2].bytes, strlen(MIXED));

    ck_assert_uint_eq(r.rejects.n, 3);
    static const uint64_t lines[] = { 4, 6, 8 };
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(r.rejects.v[i].line, lines[i]);
        assert_sv(r.rejects.v[i].file, "m");
    }
    ck_assert_uint_eq(r.rejects.v[1].offset, (uint64_t)(strstr(MIXED, "{\"action\"") - MIXED));
    assert_sv(r.rejects.v[1].text, "{\"action\":\"a\"}");
    ck_assert_uint_eq(diags_warnings(s.d), 1);
    results_fini(&r);
    stage_fini(&s);
}
END_TEST

/* Three of ten lines are rejects. */
static const struct {
    uint64_t count;
    double share;
    enum err err;
} limits[] = {
    { 0, -1, ERR_INPUT },
    { 2, -1, ERR_INPUT },
    { 3, -1, ERR_OK },
    { 4, -1, ERR_OK },
    { UINT64_MAX, 0, ERR_INPUT },
    { UINT64_MAX, 0.29, ERR_INPUT },
    { UINT64_MAX, 0.3, ERR_OK },
    { UINT64_MAX, 0.31, ERR_OK },
    { UINT64_MAX, 1, ERR_OK },
};

START_TEST(rejects_up_to_the_limit_are_good_enough)
{
    struct stage s;
    struct results r;

    stage_init(&s);
    s.options.max_rejects = limits[_i].count;
    s.options.max_reject_share = limits[_i].share;
    stage_plan(&s);
    ck_assert_int_eq(scan(&s, 1, 1, &r), limits[_i].err);
    ck_assert_uint_eq(diags_warnings(s.d), limits[_i].err == ERR_OK ? 0 : 1);
    results_fini(&r);
    stage_fini(&s);
}
END_TEST

/* Columns: since, until (seconds; 0: open), events of m outside. */
static const int ranges[][3] = {
    { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 1 }, { 0, 6, 1 }, { 0, 7, 0 }, { 3, 5, 4 }, { 7, 0, 6 },
};

START_TEST(events_outside_the_range_are_counted_apart)
{
    struct stage s;
    struct results r;

    stage_init(&s);
    s.options.max_rejects = 100;
    s.options.since = ranges[_i][0] != 0 ? ranges[_i][0] * SECOND : TIME_NONE;
    s.options.until = ranges[_i][1] != 0 ? ranges[_i][1] * SECOND : TIME_NONE;
    stage_plan(&s);
    ck_assert_int_eq(scan(&s, 1, 1, &r), ERR_OK);
    ck_assert_uint_eq(r.health.v[0].events, 6);
    ck_assert_uint_eq(r.health.v[0].out_of_range, (uint64_t)ranges[_i][2]);
    results_fini(&r);
    stage_fini(&s);
}
END_TEST

START_TEST(a_plan_serves_several_runs)
{
    struct stage s;
    struct results r;

    stage_init(&s);
    s.options.max_rejects = 100;
    stage_plan(&s);
    for (int turn = 0; turn < 3; turn++) {
        ck_assert_int_eq(scan(&s, turn % 2, 1, &r), ERR_OK);
        ck_assert_uint_eq(r.health.v[0].events, turn % 2 == 0 ? 1 : 6);
        results_fini(&r);
    }
    stage_fini(&s);
}
END_TEST

TCase *
run_health_tests(void)
{
    TCase *t = tcase_create("health");
    tcase_add_loop_test(t, rows_add_up, 1, 5);
    tcase_add_loop_test(t, rejects_up_to_the_limit_are_good_enough, 0, N_OF(limits));
    tcase_add_loop_test(t, events_outside_the_range_are_counted_apart, 0, N_OF(ranges));
    tcase_add_test(t, a_plan_serves_several_runs);
    return t;
}
