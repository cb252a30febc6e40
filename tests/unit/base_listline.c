/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of lists: value, reason, last day. */
#include "base_tests.h"

#include "base/listline.h"
#include "base/timestamp.h"

struct line_case {
    const char *line;
    const char *value, *reason; /* value NULL: an error, and reason is what is wrong */
    const char *over;           /* from when on it does not count; NULL: never */
};

static const struct line_case lines[] = {
    { "", "", "", NULL },
    { "  # comment", "", "", NULL },
    { "#tag", "", "", NULL },
    { " value ", "value", "", NULL },
    { "two words # why", "two words", "why", NULL },
    { "a\t#\twhy", "a", "why", NULL },
    { "a #", "a", "", NULL },
    { "C# tools", "C# tools", "", NULL },
    { "a #tag", "a #tag", "", NULL },
    { "a # b # c", "a", "b # c", NULL },
    { "a # until 2027-01-31: trial", "a", "trial", "2027-02-01T00:00:00Z" },
    { "a # until 2027-01-31 : trial: two", "a", "trial: two", "2027-02-01T00:00:00Z" },
    { "a # until 2024-02-29", "a", "", "2024-03-01T00:00:00Z" },
    { "a # until: 2027-01-31", NULL, "", NULL },
    { "a # untilled field", "a", "untilled field", NULL },
    { "a # until", NULL, "", NULL },
    { "a # until:", NULL, "", NULL },
    { "a # until 2027-02-30: x", NULL, "2027-02-30", NULL },
    { "a # until 2027-1-31", NULL, "2027-1-31", NULL },
    { "a # until 1799000000", NULL, "1799000000", NULL },
    { "a # until 2027-01-31 trial", NULL, "2027-01-31 trial", NULL },
    { "a # until tomorrow", NULL, "tomorrow", NULL },
};

START_TEST(reads_lines)
{
    const struct line_case *t = &lines[_i];
    struct listline l;
    struct sv bad;
    int64_t over;

    ck_assert_msg(listline_parse(sv_of(t->line), &l, &bad) == (t->value != NULL), "'%s'", t->line);
    if (t->value == NULL) {
        ck_assert(sv_eq(bad, sv_of(t->reason)));
        return;
    }
    ck_assert_msg(sv_eq(l.value, sv_of(t->value)), "'%s': value '%.*s'", t->line, SV_ARG(l.value));
    ck_assert_msg(sv_eq(l.reason, sv_of(t->reason)), "'%s': reason '%.*s'", t->line, SV_ARG(l.reason));
    if (t->over == NULL) {
        ck_assert(!listline_is_over(&l, INT64_MAX));
        return;
    }
    ck_assert(time_parse(sv_of(t->over), &over));
    ck_assert(!listline_is_over(&l, over - 1));
    ck_assert(listline_is_over(&l, over));
}
END_TEST

TCase *
base_listline_tests(void)
{
    TCase *t = tcase_create("listline");
    tcase_add_loop_test(t, reads_lines, 0, N_OF(lines));
    return t;
}
