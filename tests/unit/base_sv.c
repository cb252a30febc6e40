/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include "base/buf.h"

static const struct {
    const char *a, *b;
    int sign;
} compared[] = {
    { "", "", 0 },    { "a", "a", 0 }, { "a", "b", -1 },         { "b", "a", 1 },        { "a", "ab", -1 },
    { "ab", "a", 1 }, { "", "a", -1 }, { "a\x7f", "a\x80", -1 }, { "\xc3\xa4", "z", 1 },
};

START_TEST(compare)
{
    const int c = sv_cmp(sv_of(compared[_i].a), sv_of(compared[_i].b));
    ck_assert_int_eq((c > 0) - (c < 0), compared[_i].sign);
    ck_assert_int_eq(sv_eq(sv_of(compared[_i].a), sv_of(compared[_i].b)), compared[_i].sign == 0);
}
END_TEST

START_TEST(fold)
{
    ck_assert(sv_eq_fold(SV("AbC[{"), SV("aBc[{")));
    ck_assert(!sv_eq_fold(SV("["), SV("{")));
    ck_assert(!sv_eq_fold(SV("@"), SV("`")));
    ck_assert(!sv_eq_fold(SV("\xc3\x84"), SV("\xc3\xa4")));
    ck_assert(!sv_eq_fold(SV("a"), SV("ab")));
}
END_TEST

START_TEST(starts_and_ends)
{
    ck_assert(sv_starts(SV("abc"), SV("ab")));
    ck_assert(sv_starts(SV("abc"), SV("")));
    ck_assert(sv_starts(SV_NONE, SV("")));
    ck_assert(!sv_starts(SV("ab"), SV("abc")));
    ck_assert(sv_ends(SV("abc"), SV("bc")));
    ck_assert(sv_ends(SV("abc"), SV("")));
    ck_assert(!sv_ends(SV("bc"), SV("abc")));
}
END_TEST

static const struct {
    const char *text, *needle;
    size_t start, at;
} searches[] = {
    { "abcabc", "bc", 0, 1 }, { "abcabc", "bc", 2, 4 }, { "abcabc", "bc", 5, 6 }, { "aaab", "aab", 0, 1 },
    { "abc", "", 2, 2 },      { "abc", "", 3, 3 },      { "abc", "c", 2, 2 },     { "abc", "abcd", 0, 3 },
    { "", "a", 0, 0 },        { "abc", "x", 9, 3 },
};

START_TEST(search)
{
    ck_assert_uint_eq(sv_find(sv_of(searches[_i].text), sv_of(searches[_i].needle), searches[_i].start),
                      searches[_i].at);
}
END_TEST

START_TEST(cut)
{
    assert_sv(sv_trim(SV(" \t\r\n a b \n")), "a b");
    assert_sv(sv_trim(SV("  ")), "");
    assert_sv(sv_from(SV("abc"), 1), "bc");
    assert_sv(sv_from(SV("abc"), 9), "");
    ck_assert_ptr_null(sv_from(SV_NONE, 1).p);
    ck_assert_uint_eq(sv_find_char(SV("abca"), 'a', 1), 3);
    ck_assert_uint_eq(sv_find_char(SV("abc"), 'a', 1), 3);
}
END_TEST

static const struct {
    const char *text;
    const char *pieces; /* each followed by '|' */
} splits[] = { { "a,,b", "a||b|" }, { "", "|" }, { "a", "a|" }, { ",", "||" }, { "a,", "a||" }, { ",a", "|a|" } };

START_TEST(split)
{
    struct sv rest = sv_of(splits[_i].text);
    struct sv piece;
    struct buf got = BUF_INIT;
    while (sv_split(&rest, ',', &piece)) {
        buf_sv(&got, piece);
        buf_putc(&got, '|');
    }
    assert_sv(buf_view(&got), splits[_i].pieces);
    buf_fini(&got);
    ck_assert_ptr_null(rest.p);
    ck_assert(!sv_split(&rest, ',', &piece));
}
END_TEST

static const struct {
    const char *a, *b;
    unsigned limit, distance;
} distances[] = {
    { "contain", "contains", 2, 1 },
    { "contains", "contains", 2, 0 },
    { "CONTAINS", "contains", 2, 0 },
    { "cotnains", "contains", 2, 1 },
    { "ca", "abc", 5, 3 },
    { "kitten", "sitting", 5, 3 },
    { "kitten", "sitting", 2, 3 },
    { "", "abc", 5, 3 },
    { "abc", "", 2, 3 },
    { "ab", "ba", 1, 1 },
    { "abcd", "badc", 2, 2 },
    { "axcd", "badc", 1, 2 },
};

START_TEST(distance)
{
    ck_assert_uint_eq(sv_distance(sv_of(distances[_i].a), sv_of(distances[_i].b), distances[_i].limit),
                      distances[_i].distance);
    ck_assert_uint_eq(sv_distance(sv_of(distances[_i].b), sv_of(distances[_i].a), distances[_i].limit),
                      distances[_i].distance);
}
END_TEST

START_TEST(distance_of_long_texts)
{
    char a[200];
    memset(a, 'a', sizeof a);
    ck_assert_uint_eq(sv_distance(sv_make(a, 128), sv_make(a, 127), 2), 1);
    ck_assert_uint_eq(sv_distance(sv_make(a, 200), sv_make(a, 200), 2), 3);
}
END_TEST

TCase *
base_sv_tests(void)
{
    TCase *t = tcase_create("sv");
    tcase_add_loop_test(t, compare, 0, N_OF(compared));
    tcase_add_test(t, fold);
    tcase_add_test(t, starts_and_ends);
    tcase_add_loop_test(t, search, 0, N_OF(searches));
    tcase_add_test(t, cut);
    tcase_add_loop_test(t, split, 0, N_OF(splits));
    tcase_add_loop_test(t, distance, 0, N_OF(distances));
    tcase_add_test(t, distance_of_long_texts);
    return t;
}
