/* SPDX-License-Identifier: Apache-2.0 */
/* Findings over several runs: what is new, what goes on, what is resolved. */
#include "base/timestamp.h"
#include "state_tests.h"

/* One finding of a run: "id rule entity". */
struct put {
    uint64_t id;
    const char *rule;
    const char *entity;
    enum state_status want;
};

static void
note(void *ctx, const struct state_finding *f)
{
    buf_printf(ctx, "%llu:%.*s ", (unsigned long long)f->id, SV_ARG(f->row));
}

/* Runs with these findings; returns what is resolved, "ID:ROW ...". */
static void
run_with(struct nest *n, const struct put *put, size_t n_put, struct buf *resolved)
{
    struct state_run run = { .started = 1, .finished = 2, .latest = TIME_NONE };
    ck_assert_int_eq(state_begin(n->s, n->d), ERR_OK);
    ck_assert_int_eq(state_put_run(n->s, &run, n->d), ERR_OK);
    run.finished = run.id * 100;
    for (size_t i = 0; i < n_put; i++) {
        struct state_finding f = { .id = put[i].id,
                                   .rule_id = sv_of(put[i].rule),
                                   .entity = sv_of(put[i].entity),
                                   .level = 3,
                                   .risk = 73,
                                   .first_seen = 5,
                                   .last_seen = TIME_NONE,
                                   .row = sv_of(put[i].entity) };
        ck_assert_int_eq(state_put_finding(n->s, &f, run.id, n->d), ERR_OK);
        ck_assert_msg(f.status == put[i].want, "run %d, finding %zu: %s, want %s", (int)run.id, i,
                      state_status_names[f.status], state_status_names[put[i].want]);
    }
    buf_reset(resolved);
    ck_assert_int_eq(state_resolve(n->s, run.id, note, resolved, n->d), ERR_OK);
    ck_assert_int_eq(state_commit(n->s, n->d), ERR_OK);
}

#define RUN(...)                                              \
    do {                                                      \
        const struct put put_[] = { __VA_ARGS__ };            \
        run_with(&n, put_, sizeof put_ / sizeof put_[0], &b); \
    } while (0)

START_TEST(statuses)
{
    struct nest n;
    struct buf b = BUF_INIT;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    RUN({ 1, "r", "app a", STATE_NEW }, { 2, "r", "app b", STATE_NEW }, { 9, "r", "app a", STATE_NEW });
    ck_assert_str_eq(buf_cstr(&b), "");
    /* The same finding; another episode of the same matter; another rule's. 9's matter goes on in 1 and 3. */
    RUN({ 1, "r", "app a", STATE_CONTINUING }, { 3, "r", "app a", STATE_CONTINUING }, { 4, "q", "app a", STATE_NEW });
    ck_assert_str_eq(buf_cstr(&b), "2:app b ");
    /* What was resolved and comes again under another id is new. */
    RUN({ 5, "r", "app b", STATE_NEW }, { 4, "q", "app a", STATE_CONTINUING });
    ck_assert_str_eq(buf_cstr(&b), "1:app a 3:app a ");
    run_with(&n, NULL, 0, &b);
    ck_assert_str_eq(buf_cstr(&b), "4:app a 5:app b ");
    run_with(&n, NULL, 0, &b);
    ck_assert_str_eq(buf_cstr(&b), "");
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

static void
show(void *ctx, const struct state_finding *f)
{
    buf_printf(ctx, "%llu %.*s %.*s %s runs %d-%d\n", (unsigned long long)f->id, SV_ARG(f->rule_id), SV_ARG(f->entity),
               state_status_names[f->status], (int)f->first_run, (int)f->last_run);
}

START_TEST(looking_back)
{
    struct nest n;
    struct buf b = BUF_INIT;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    RUN({ UINT64_MAX, "r", "app b", STATE_NEW }, { 1, "r", "app a", STATE_NEW });
    RUN({ 1, "r", "app a", STATE_CONTINUING });
    buf_reset(&b);
    ck_assert_int_eq(state_each_finding(n.s, show, &b, n.d), ERR_OK);
    ck_assert_str_eq(buf_cstr(&b), "1 r app a continuing runs 1-2\n18446744073709551615 r app b resolved runs 1-1\n");
    buf_reset(&b);
    ck_assert_int_eq(state_each_of_run(n.s, 2, show, &b, n.d), ERR_OK);
    ck_assert_str_eq(buf_cstr(&b), "1 r app a continuing runs 1-2\n");
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

START_TEST(pruning)
{
    struct nest n;
    struct buf b = BUF_INIT;
    uint64_t rows;
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    RUN({ 1, "r", "app a", STATE_NEW }, { 2, "r", "app b", STATE_NEW });
    RUN({ 2, "r", "app b", STATE_CONTINUING });
    RUN({ 2, "r", "app b", STATE_CONTINUING });
    /* Runs are all of time 2: the latest is kept, and what is open. */
    ck_assert_int_eq(state_prune(n.s, 2, &rows, n.d), ERR_OK);
    ck_assert_uint_eq(rows, 0);
    ck_assert_int_eq(state_prune(n.s, 3, &rows, n.d), ERR_OK);
    ck_assert_uint_eq(rows, 6); /* three rows of runs 1 and 2, finding 1, the two runs */
    buf_reset(&b);
    ck_assert_int_eq(state_each_finding(n.s, show, &b, n.d), ERR_OK);
    ck_assert_str_eq(buf_cstr(&b), "2 r app b continuing runs 1-3\n");
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

static void
show_known(void *ctx, const struct state_known *k)
{
    buf_printf(ctx, "%.*s %.*s '%.*s' '%.*s' %d %g\n", SV_ARG(k->entity_type), SV_ARG(k->entity_id), SV_ARG(k->rule_id),
               SV_ARG(k->title), k->level, k->risk);
}

START_TEST(known_entities)
{
    struct nest n;
    struct buf b = BUF_INIT;
    struct state_known k = { SV("app"), SV("a1"), SV("r"), SV("Odd"), 0, 5 };
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_known(n.s, &k, 1, n.d), ERR_OK);
    k.risk = 3; /* the greater one stays */
    k.level = 1;
    k.title = SV("Very odd");
    ck_assert_int_eq(state_put_known(n.s, &k, 2, n.d), ERR_OK);
    k = (struct state_known){ SV("app"), SV("a1"), SV(""), SV(""), 0, 0 };
    ck_assert_int_eq(state_put_known(n.s, &k, 2, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_each_known(n.s, show_known, &b, n.d), ERR_OK);
    ck_assert_str_eq(buf_cstr(&b), "app a1 '' '' 0 0\napp a1 'r' 'Very odd' 1 5\n");
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_clear_known(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    buf_reset(&b);
    ck_assert_int_eq(state_each_known(n.s, show_known, &b, n.d), ERR_OK);
    ck_assert_uint_eq(b.n, 0);
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

START_TEST(measures)
{
    struct nest n;
    struct buf b = BUF_INIT;
    struct state_sizes sizes;
    const struct state_input in = { SV("a.gz"), 100, 7, SV("d1"), 12, 11, 1 };
    nest_init(&n);
    ck_assert_int_eq(nest_open(&n), ERR_OK);
    RUN({ 1, "r", "app a", STATE_NEW }, { 2, "r", "app b", STATE_NEW });
    RUN({ 2, "r", "app b", STATE_CONTINUING });
    ck_assert_int_eq(state_begin(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_put_input(n.s, &in, n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 0, SV("12345"), n.d), ERR_OK);
    ck_assert_int_eq(state_put_carry(n.s, 9, SV("678"), n.d), ERR_OK);
    ck_assert_int_eq(state_commit(n.s, n.d), ERR_OK);
    ck_assert_int_eq(state_measure(n.s, &sizes, n.d), ERR_OK);
    ck_assert(sizes.runs == 2 && sizes.inputs == 1 && sizes.open == 1 && sizes.resolved == 1);
    ck_assert_uint_eq(sizes.carried_bytes, 8);
    ck_assert(state_has_run(n.s, 2) && !state_has_run(n.s, 3));
    buf_fini(&b);
    nest_fini(&n);
}
END_TEST

TCase *
state_history_tests(void)
{
    TCase *t = tcase_create("history");
    tcase_add_test(t, statuses);
    tcase_add_test(t, looking_back);
    tcase_add_test(t, pruning);
    tcase_add_test(t, known_entities);
    tcase_add_test(t, measures);
    return t;
}
