/* SPDX-License-Identifier: Apache-2.0 */
/* Runs, inputs and carried bytes come back as they were put, and not at all without a commit. */
#include "base/timestamp.h"
#include "state_tests.h"

static struct state_run
a_run(int64_t started)
{
    return (struct state_run){ .started = started,
                               .finished = started + 5,
                               .latest = TIME_NONE,
                               .cut = 4,
                               .program = SV("0.1"),
                               .rules = SV("r"),
                               .options = SV("o"),
                               .inputs = 1,
                               .events = 2,
                               .findings = 3 };
}

START_TEST(runs)
{
    struct nest n;
    struct state_run run = a_run(10), last;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_run(n.s, &run, n.d), ERR_OK);
    ck_assert_int_eq(run.id, 1);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    run.latest = 77;
    ck_assert_int_eq(state_put_run(n.s, &run, n.d), ERR_OK);
    ck_assert_int_eq(run.id, 2);
    state_close(n.s); /* without a commit */
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert(state_last_run(n.s, &last));
    ck_assert_int_eq(last.id, 1);
    ck_assert_int_eq(last.started, 10);
    ck_assert_int_eq(last.finished, 15);
    ck_assert_int_eq(last.latest, TIME_NONE);
    ck_assert_int_eq(last.cut, 4);
    ck_assert(sv_eq(last.program, SV("0.1")) && sv_eq(last.rules, SV("r")) && sv_eq(last.options, SV("o")));
    ck_assert(last.inputs == 1 && last.events == 2 && last.findings == 3);
    nest_fini(&n);
}
END_TEST

START_TEST(inputs)
{
    struct nest n;
    struct state_input in, a = { SV("logs/a.gz"), 100, 7, SV("d1"), 12, 11, 1 };
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_input(n.s, &a, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert(!state_find_path(n.s, SV("a.gz"), &in));
    ck_assert(!state_find_digest(n.s, SV("d2"), &in));
    ck_assert(state_find_digest(n.s, SV("d1"), &in));
    ck_assert(sv_eq(in.path, SV("logs/a.gz")));
    ck_assert(state_find_path(n.s, SV("logs/a.gz"), &in));
    ck_assert(in.size == 100 && in.mtime == 7 && in.events == 12 && in.last_line == 11 && in.run == 1 &&
              sv_eq(in.digest, SV("d1")));
    /* Read on: the same path with more in it. */
    a.size = 200;
    a.digest = SV("d3");
    a.run = 2;
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_input(n.s, &a, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert(!state_find_digest(n.s, SV("d1"), &in));
    ck_assert(state_find_path(n.s, SV("logs/a.gz"), &in));
    ck_assert(in.size == 200 && in.run == 2);
    ck_assert(state_has_size(n.s, 200) && !state_has_size(n.s, 100));
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_clear_inputs(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert(!state_find_path(n.s, SV("logs/a.gz"), &in) && !state_has_size(n.s, 200));
    nest_fini(&n);
}
END_TEST

static bool
collect(void *ctx, unsigned part, struct sv piece)
{
    buf_printf(ctx, "%u:", part);
    buf_sv(ctx, piece);
    buf_putc(ctx, ' ');
    return true;
}

static bool
refuse(void *ctx, unsigned part, struct sv piece)
{
    (void)part;
    (void)piece;
    ++*(int *)ctx;
    return false;
}

START_TEST(carry)
{
    struct nest n;
    struct buf b = BUF_INIT;
    int calls = 0;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 7, SV("x"), n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 3, sv_make("a\0b", 3), n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 7, SV("y"), n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 7, SV(""), n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_each_carry(n.s, collect, &b, n.d), ERR_OK);
    ck_assert(sv_eq(buf_view(&b), sv_make("3:a\0b 7:x 7:y 7: ", 17)));
    ck_assert_int_eq(state_each_carry(n.s, refuse, &calls, n.d), ERR_OUTPUT);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_clear_carry(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 1, SV("z"), n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    buf_reset(&b);
    ck_assert_int_eq(state_each_carry(n.s, collect, &b, n.d), ERR_OK);
    ck_assert(sv_eq(buf_view(&b), SV("1:z ")));
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

TCase *
state_ledger_tests(void)
{
    TCase *t = tcase_create("ledger");
    tcase_add_test(t, runs);
    tcase_add_test(t, inputs);
    tcase_add_test(t, carry);
    return t;
}
