/* SPDX-License-Identifier: Apache-2.0 */
/* Records: hash, order, facts. */
#include "agg/record.h"

#include "agg_tests.h"
#include "base/codec.h"

START_TEST(hashes)
{
    /* They decide the partition, so partial results of other machines hold to them: a format. */
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
    tcase_add_test(t, hashes);
    tcase_add_loop_test(t, total_order, 0, N_OF(ordered));
    tcase_add_test(t, facts);
    return t;
}
