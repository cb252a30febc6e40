/* SPDX-License-Identifier: Apache-2.0 */
/* Records: bytes and back, hostile bytes, order. */
#include "agg/record.h"

#include "agg_tests.h"
#include "base/codec.h"
#include "base/map.h"

static const struct record samples[] = {
    { .corr = 0, .time = 0 },
    { .corr = 1, .time = INT64_MIN, .at = { 7, 1 }, .pos = 3, .flags = RECORD_PRIMARY },
    { .corr = UINT32_MAX,
      .hash = UINT64_MAX,
      .time = INT64_MAX,
      .at = { UINT32_MAX, UINT64_MAX },
      .pos = UINT32_MAX,
      .flags = 3 },
    { .corr = 5,
      .time = -1,
      .key = { "\0\xff\n", 3 },
      .tie = { "\x80", 1 },
      .uid = { "u", 1 },
      .facts = { "\0\0", 2 },
      .payload = { "\0", 1 } },
};

static void
assert_same(const struct record *a, const struct record *b)
{
    ck_assert_uint_eq(a->corr, b->corr);
    ck_assert(a->hash == b->hash);
    ck_assert(a->time == b->time);
    ck_assert_uint_eq(a->at.file, b->at.file);
    ck_assert(a->at.line == b->at.line);
    ck_assert_uint_eq(a->pos, b->pos);
    ck_assert_uint_eq(a->flags, b->flags);
    ck_assert(sv_eq(a->key, b->key) && sv_eq(a->tie, b->tie) && sv_eq(a->uid, b->uid));
    ck_assert(sv_eq(a->facts, b->facts) && sv_eq(a->payload, b->payload));
}

START_TEST(round_trip)
{
    const struct record *in = &samples[_i];
    struct buf b = BUF_INIT;
    struct record out;
    buf_puts(&b, "before");
    record_put(&b, in);
    const size_t n = b.n - 6;
    buf_puts(&b, "behind");
    ck_assert_uint_eq(record_length(b.p + 6, b.n - 6), n);
    ck_assert(record_get(b.p + 6, n, &out));
    assert_same(in, &out);
    buf_fini(&b);
}
END_TEST

/* Cut anywhere, a record is refused. With any one byte changed it is refused or read within its bounds (the
 * sanitizers watch). */
START_TEST(hostile_bytes)
{
    struct buf b = BUF_INIT;
    struct record out;
    record_put(&b, &samples[_i]);
    for (size_t n = 0; n < b.n; n++) {
        char *cut = mem_dup(b.p, n);
        ck_assert(!record_get(cut, n, &out));
        mem_free(cut);
    }
    for (size_t i = 0; i < b.n; i++) {
        for (unsigned x = 1; x < 256; x += 7) {
            char *copy = mem_dup(b.p, b.n);
            copy[i] = (char)(copy[i] ^ (char)x);
            if (record_get(copy, b.n, &out))
                ck_assert(out.payload.p + out.payload.n <= copy + b.n);
            mem_free(copy);
        }
    }
    buf_fini(&b);
}
END_TEST

/* The layout is a format. */
START_TEST(golden_bytes)
{
    static const unsigned char want[] = { 38, 0,  0, 0,    2,    0,    0,    0,    8,    7,    6,    5,  4,
                                          3,  2,  1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,  0x80,
                                          1,  13, 2, 1,    'k',  0,    1,    'u',  1,    0,    1,    'p' };
    const struct record r = { .corr = 2,
                              .hash = UINT64_C(0x0102030405060708),
                              .time = -1,
                              .at = { 1, 128 },
                              .pos = 3,
                              .flags = 1,
                              .key = { "\1k", 2 },
                              .uid = { "u", 1 },
                              .facts = { "\0", 1 },
                              .payload = { "p", 1 } };
    struct buf b = BUF_INIT;
    record_put(&b, &r);
    ck_assert_uint_eq(b.n, sizeof want);
    ck_assert_mem_eq(b.p, want, sizeof want);
    buf_fini(&b);
    ck_assert(record_hash(0, SV("\1k")) == record_hash(0, SV("\1k")));
    ck_assert(record_hash(0, SV("\1k")) != record_hash(1, SV("\1k")));
    ck_assert(record_hash(0, SV_NONE) == UINT64_C(0x3abad9917f5166e0));
}
END_TEST

/* Each row is less than the next one. */
static const struct record ordered[] = {
    { .corr = 0, .hash = 9, .key = { "b", 1 }, .time = 9 },
    { .corr = 1, .hash = 1, .key = { "b", 1 }, .time = 9 },
    { .corr = 1, .hash = 2, .key = { "a", 1 }, .time = 9 },
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = -9, .at = { 0, 9 } },
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 1, 9 } }, /* file "a" */
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 2, 1 } },
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 2, 2 }, .pos = 9 },
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 0, 1 }, .pos = 1, .tie = { "z", 1 } }, /* file "c" */
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 0, 1 }, .pos = 2 },
    { .corr = 1, .hash = 2, .key = { "b", 1 }, .time = 0, .at = { 0, 1 }, .pos = 2, .tie = { "a", 1 } },
    { .corr = 1,
      .hash = 2,
      .key = { "b", 1 },
      .time = 0,
      .at = { 0, 1 },
      .pos = 2,
      .tie = { "a", 1 },
      .payload = { "x", 1 } },
};

START_TEST(total_order)
{
    struct world w;
    const int n = N_OF(ordered);
    world_init(&w);
    for (int j = 0; j < n; j++) {
        const int c = record_cmp(&ordered[_i], &ordered[j], &w.origins);
        ck_assert_int_eq((c > 0) - (c < 0), (_i > j) - (_i < j));
    }
    world_fini(&w);
}
END_TEST

START_TEST(facts)
{
    struct buf b = BUF_INIT;
    const struct sv empty = SV("");
    const struct sv text = SV("t");
    struct sv out;
    facts_put(&b, NULL);
    facts_put(&b, &empty);
    facts_put(&b, &text);
    struct reader r = reader_of(buf_view(&b));
    ck_assert(!facts_get(&r, &out));
    ck_assert(facts_get(&r, &out) && out.n == 0);
    ck_assert(facts_get(&r, &out) && sv_eq(out, text));
    ck_assert(!facts_get(&r, &out));
    r = reader_of(SV("\xff\xff\x01x")); /* longer than what is there */
    ck_assert(!facts_get(&r, &out) && r.bad);
    buf_fini(&b);
}
END_TEST

TCase *
agg_record_tests(void)
{
    TCase *t = tcase_create("record");
    tcase_add_loop_test(t, round_trip, 0, N_OF(samples));
    tcase_add_loop_test(t, hostile_bytes, 0, N_OF(samples));
    tcase_add_test(t, golden_bytes);
    tcase_add_loop_test(t, total_order, 0, N_OF(ordered));
    tcase_add_test(t, facts);
    return t;
}
