/* SPDX-License-Identifier: Apache-2.0 */
/* The table of borders: asked from both sides. */
#include "event_tests.h"

#include "event/borders.h"

static struct sv
code(char text[2], int i)
{
    text[0] = (char)('A' + i / 26);
    text[1] = (char)('A' + i % 26);
    return sv_make(text, 2);
}

START_TEST(neighbours)
{
    struct sv of[BORDERS_MAX];
    ck_assert_uint_eq(borders_of(SV("pt"), of), 1);
    assert_sv(of[0], "ES");
    ck_assert_uint_eq(borders_of(SV("CH"), of), 5);
    assert_sv(of[0], "AT");
    assert_sv(of[4], "LI");
    ck_assert_uint_eq(borders_of(SV("JP"), of), 0);
    ck_assert_uint_eq(borders_of(SV("ZZ"), of), 0);
    ck_assert_uint_eq(borders_of(SV("Portugal"), of), 0);
    ck_assert_uint_eq(borders_of(SV(""), of), 0);
}
END_TEST

/* For all pairs of two letters: the list and the question agree, from both sides; nobody borders himself. */
START_TEST(both_sides_agree)
{
    char a[2], b[2];
    size_t pairs = 0;
    for (int i = 0; i < 26 * 26; i++) {
        struct sv of[BORDERS_MAX];
        const struct sv one = code(a, i);
        const size_t n = borders_of(one, of);
        size_t seen = 0;
        ck_assert_uint_lt(n, BORDERS_MAX);
        for (int k = 0; k < 26 * 26; k++) {
            const struct sv two = code(b, k);
            ck_assert(borders_between(one, two) == borders_between(two, one));
            if (!borders_between(one, two))
                continue;
            ck_assert_int_ne(i, k);
            ck_assert_uint_lt(seen, n);
            ck_assert(sv_eq(of[seen++], two));
        }
        ck_assert_uint_eq(seen, n);
        pairs += n;
    }
    ck_assert_uint_gt(pairs, 600);
}
END_TEST

TCase *
event_border_tests(void)
{
    TCase *t = tcase_create("borders");
    tcase_add_test(t, neighbours);
    tcase_add_test(t, both_sides_agree);
    return t;
}
