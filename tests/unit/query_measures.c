/* SPDX-License-Identifier: Apache-2.0 */
/* The law of all measures: however events are cut into parts, in whatever order the parts are merged, the result is
 * that of all events at once, to the last bit. One loop over the rows of measures.def. */
#include "query_tests.h"

#include <stdio.h>

#include "base/timestamp.h"
#include "event/event.h"
#include "query/measure.h"

enum { EVENTS = 300, PARTS = 7 };

struct world {
    struct arena scratch;
    struct event ev;
    field_id field;
    struct measure m;
    uint64_t seed;
};

static void
world_init(struct world *w, enum measure_kind kind)
{
    *w = (struct world){ .field = 1, .seed = 11 };
    event_init(&w->ev, 2, &w->scratch, NULL);
    w->m = (struct measure){ .kind = kind, .of = { .kind = ASKED_FIELD, .title = SV("x"), .field = w->field } };
    (void)measures_lay_out(&w->m, 1);
}

static void
world_fini(struct world *w)
{
    event_fini(&w->ev);
    arena_fini(&w->scratch);
}

/* Event i: numbers of all sizes, numbers as text, words, nothing; some at one time. */
static void
make_event(struct world *w, unsigned i)
{
    static const double numbers[] = { 1, -1, 0.1, 1e16, -1e16, 1e300, -1e300, 9007199254740993.0, 0.5, 3 };
    arena_reset(&w->scratch);
    event_reset(&w->ev);
    w->ev.time = (int64_t)(i / 3) * SECOND;
    w->ev.at = (struct place){ i % 2, i };
    char text[24];
    switch (i % 8) {
    case 0:
        break;
    case 1:
        snprintf(text, sizeof text, "%u", i);
        event_set_text(&w->ev, w->field, arena_sv(&w->scratch, sv_of(text)));
        break;
    case 2:
        snprintf(text, sizeof text, "word %u", i % 40);
        event_set_text(&w->ev, w->field, arena_sv(&w->scratch, sv_of(text)));
        break;
    default:
        event_set_number(&w->ev, w->field, numbers[(i * 7) % 10]);
    }
}

static void
assert_same(const struct measure *m, const void *a, const void *b)
{
    struct arena arena = ARENA_INIT;
    const struct datum x = measure_result(m, a, &arena);
    const struct datum y = measure_result(m, b, &arena);
    ck_assert_int_eq(x.kind, y.kind);
    ck_assert_msg(sv_eq(x.text, y.text), "%s: %.*s and %.*s", measure_names[m->kind], SV_ARG(x.text), SV_ARG(y.text));
    if (measure_has_numbers(m))
        ck_assert_uint_eq(measure_members(m, a), measure_members(m, b));
    arena_fini(&arena);
}

/* Merges the parts in the order `first`, `first` + step, ... */
static void
merge_parts(struct world *w, struct buf *part, unsigned first, unsigned step, void *tally, struct pool *pool)
{
    for (unsigned i = 0; i < PARTS; i++) {
        struct reader r = reader_of(buf_view(&part[(first + i * step) % PARTS]));
        measure_merge(&w->m, tally, &r, pool);
        ck_assert(!r.bad && r.p == r.end);
    }
}

START_TEST(merging)
{
    struct world w;
    struct pool pool = { ARENA_INIT, 0 };
    uint64_t whole[16] = { 0 };
    uint64_t tally[PARTS][16] = { { 0 } };
    struct buf part[PARTS] = { { NULL, 0, 0 } };
    world_init(&w, (enum measure_kind)_i);
    for (unsigned i = 0; i < EVENTS; i++) {
        make_event(&w, i);
        measure_add(&w.m, whole, &w.ev, NULL, &pool);
        measure_add(&w.m, tally[next_random(&w.seed) % PARTS], &w.ev, NULL, &pool);
    }
    for (unsigned i = 0; i < PARTS; i++)
        measure_put(&w.m, tally[i], &part[i]);
    for (unsigned first = 0; first < PARTS; first++) {
        uint64_t merged[16] = { 0 };
        merge_parts(&w, part, first, 1 + first % (PARTS - 1), merged, &pool);
        assert_same(&w.m, merged, whole);
    }
    for (unsigned i = 0; i < PARTS; i++)
        buf_fini(&part[i]);
    arena_fini(&pool.arena);
    world_fini(&w);
}
END_TEST

/* Nothing merged into something changes nothing. */
START_TEST(identity)
{
    struct world w;
    struct pool pool = { ARENA_INIT, 0 };
    uint64_t whole[16] = { 0 }, empty[16] = { 0 };
    struct buf b = BUF_INIT;
    world_init(&w, (enum measure_kind)_i);
    for (unsigned i = 0; i < 20; i++) {
        make_event(&w, i);
        measure_add(&w.m, whole, &w.ev, NULL, &pool);
    }
    measure_put(&w.m, whole, &b);
    struct reader r = reader_of(buf_view(&b));
    uint64_t again[16] = { 0 };
    measure_merge(&w.m, again, &r, &pool);
    buf_reset(&b);
    measure_put(&w.m, empty, &b);
    r = reader_of(buf_view(&b));
    measure_merge(&w.m, again, &r, &pool);
    assert_same(&w.m, again, whole);
    buf_fini(&b);
    arena_fini(&pool.arena);
    world_fini(&w);
}
END_TEST

static struct datum
result(struct world *w, const void *tally, struct arena *a)
{
    return measure_result(&w->m, tally, a);
}

/* The sum rounded once: 1e16 and -1e16 leave what is small untouched, whatever lies between. */
START_TEST(sums_are_exact)
{
    static const double numbers[] = { 1e16, 1, 0.25, -1e16, 9007199254740993.0, 1e300, -1e300, -9007199254740992.0 };
    struct world w;
    struct pool pool = { ARENA_INIT, 0 };
    uint64_t tally[16] = { 0 };
    world_init(&w, MEASURE_SUM);
    for (unsigned i = 0; i < 8; i++) {
        arena_reset(&w.scratch);
        event_reset(&w.ev);
        event_set_number(&w.ev, w.field, numbers[i]);
        measure_add(&w.m, tally, &w.ev, NULL, &pool);
    }
    const struct datum got = result(&w, tally, &pool.arena);
    assert_sv(got.text, "1.25");
    arena_fini(&pool.arena);
    world_fini(&w);
}
END_TEST

/* Sums of whole numbers beyond 64 bits. */
START_TEST(sums_do_not_overflow)
{
    struct world w;
    struct pool pool = { ARENA_INIT, 0 };
    uint64_t tally[16] = { 0 };
    struct buf b = BUF_INIT;
    world_init(&w, MEASURE_SUM);
    for (unsigned i = 0; i < 4096; i++) {
        arena_reset(&w.scratch);
        event_reset(&w.ev);
        event_set_number(&w.ev, w.field, 4503599627370496.0); /* 2^52: 2^64 in all */
        measure_add(&w.m, tally, &w.ev, NULL, &pool);
    }
    measure_put(&w.m, tally, &b);
    struct reader r = reader_of(buf_view(&b));
    measure_merge(&w.m, tally, &r, &pool);
    ck_assert(result(&w, tally, &pool.arena).number == 36893488147419103232.0);
    buf_fini(&b);
    arena_fini(&pool.arena);
    world_fini(&w);
}
END_TEST

TCase *
query_measure_tests(void)
{
    TCase *t = tcase_create("measures");
    tcase_add_loop_test(t, merging, 0, MEASURE_KINDS_);
    tcase_add_loop_test(t, identity, 0, MEASURE_KINDS_);
    tcase_add_test(t, sums_are_exact);
    tcase_add_test(t, sums_do_not_overflow);
    return t;
}
