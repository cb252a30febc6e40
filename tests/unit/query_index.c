/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of indexes that cases cannot see: what page 0 says comes back, a filter never says no to what is in it and
 * hardly ever maybe to what is not, and dates in names. */
#include "query_tests.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/timestamp.h"
#include "query/index_format.h"
#include "query/namedate.h"

START_TEST(head)
{
    unsigned char page[INDEX_PAGE];
    struct index_head got;
    struct index_head h = {
        .size = UINT64_MAX,
        .seconds = -1,
        .nanoseconds = 999999999,
        .edges = 1,
        .definitions = 2,
        .counts = { 3, 4, 5, 6 },
        .timeless = 7,
        .first = INT64_MIN + 1,
        .last = INT64_MAX,
    };
    for (int i = 0; i < INDEX_FIELDS_N; i++)
        h.field[i] = (struct index_field){ (uint64_t)i << 40, UINT32_MAX - (uint32_t)i, (uint32_t)i };
    index_head_put(&h, page);
    ck_assert(index_head_get(page, &got));
    ck_assert_uint_eq(got.size, h.size);
    ck_assert_int_eq(got.seconds, h.seconds);
    ck_assert_uint_eq(got.nanoseconds, h.nanoseconds);
    ck_assert_uint_eq(got.counts.rejects, 6);
    ck_assert_uint_eq(got.timeless, 7);
    ck_assert_int_eq(got.first, h.first);
    ck_assert_int_eq(got.last, h.last);
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        ck_assert_uint_eq(got.field[i].values, h.field[i].values);
        ck_assert_uint_eq(got.field[i].first_page, h.field[i].first_page);
        ck_assert_uint_eq(got.field[i].pages, h.field[i].pages);
    }
    for (size_t i = 0; i < INDEX_PAGE; i += 97) {
        page[i] ^= 1;
        ck_assert_msg(!index_head_get(page, &got), "byte %zu", i);
        page[i] ^= 1;
    }
}
END_TEST

static uint64_t
value_hash(uint64_t i)
{
    char text[32];
    const int n = snprintf(text, sizeof text, "User-%llu", (unsigned long long)i);
    return index_hash(sv_make(text, (size_t)n));
}

static bool
has_bits(const unsigned char *block, uint64_t hash)
{
    unsigned bit[8];
    index_bits(hash, bit);
    for (int i = 0; i < 8; i++)
        if ((block[bit[i] / 8] >> bit[i] % 8 & 1) == 0)
            return false;
    return true;
}

static void
set_bits(unsigned char *block, uint64_t hash)
{
    unsigned bit[8];
    index_bits(hash, bit);
    for (int i = 0; i < 8; i++)
        block[bit[i] / 8] = (unsigned char)(block[bit[i] / 8] | 1u << bit[i] % 8);
}

START_TEST(filters)
{
    const uint64_t n = 200000, blocks = n * 20 / 512;
    unsigned char *filter = mem_zalloc(blocks, 64);
    size_t wrong = 0;
    for (uint64_t i = 0; i < n; i++)
        set_bits(filter + index_block(value_hash(i), blocks) * 64, value_hash(i));
    for (uint64_t i = 0; i < n; i++)
        ck_assert(has_bits(filter + index_block(value_hash(i), blocks) * 64, value_hash(i)));
    for (uint64_t i = n; i < 2 * n; i++)
        wrong += has_bits(filter + index_block(value_hash(i), blocks) * 64, value_hash(i));
    ck_assert_msg(wrong < n / 2000, "%zu of %zu", wrong, (size_t)n);
    mem_free(filter);
}
END_TEST

/* Letters fold as rules compare them; numbers are found whatever they look like. */
START_TEST(hashes)
{
    ck_assert_uint_eq(index_hash(SV("Abc-9Z")), index_hash(SV("aBC-9z")));
    ck_assert_uint_ne(index_hash(SV("abc")), index_hash(SV("abd")));
    ck_assert_uint_ne(index_hash(SV("a[")), index_hash(SV("a{")));
    ck_assert_uint_eq(index_hash_number(-0.0), index_hash_number(0));
    ck_assert_uint_ne(index_hash_number(17), index_hash(SV("17")));
}
END_TEST

static const struct {
    const char *pattern;
    const char *path;
    const char *from; /* NULL: no date */
    const char *to;
} names[] = {
    { "%Y-%m-%d", "logs/app-2026-02-28.jsonl.gz", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z" },
    { "%Y-%m-%d+90m", "2026-02-28", "2026-02-27T22:30:00Z", "2026-03-01T01:30:00Z" },
    { "%Y%m%d%H", "a/2026022823.log", "2026-02-28T23:00:00Z", "2026-03-01T00:00:00Z" },
    { "%Y%m", "x-202612.csv", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z" },
    { "%Y%m", "x-202601.csv", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z" },
    { "y%Y", "y2024", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z" },
    { "%Y-%m-%d", "2026-02-28/app.jsonl", NULL, NULL },
    { "%Y-%m-%d", "app-2026-02-30.jsonl", NULL, NULL },
    { "%Y-%m-%d", "app-2026-02-3", NULL, NULL },
    { "%Y-%m-%d", "9-2026-13-01-2026-03-01", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z" },
};

START_TEST(dates)
{
    struct namedate n;
    int64_t from, to;
    char text[TIME_TEXT_MAX];
    ck_assert(namedate_parse(sv_of(names[_i].pattern), &n));
    ck_assert_int_eq(namedate_range(&n, sv_of(names[_i].path), &from, &to), names[_i].from != NULL);
    if (names[_i].from == NULL)
        return;
    time_format(from, text);
    ck_assert_str_eq(text, names[_i].from);
    time_format(to, text);
    ck_assert_str_eq(text, names[_i].to);
}
END_TEST

START_TEST(no_patterns)
{
    static const char *const bad[] = { "", "x", "%m", "%Y-%d", "%Y%m%H", "%Y%", "%Y%j", "%Y+", "%Y+1x" };
    struct namedate n;
    ck_assert_msg(!namedate_parse(sv_of(bad[_i]), &n), "%s", bad[_i]);
}
END_TEST

TCase *
query_index_tests(void)
{
    TCase *t = tcase_create("index");
    tcase_add_test(t, head);
    tcase_add_test(t, filters);
    tcase_add_test(t, hashes);
    tcase_add_loop_test(t, dates, 0, N_OF(names));
    tcase_add_loop_test(t, no_patterns, 0, 9);
    return t;
}
