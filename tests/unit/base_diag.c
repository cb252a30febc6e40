/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule author reads, byte for byte. */
#include "base_tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

static char *
printed(const struct diags *d)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    ck_assert_ptr_nonnull(to);
    diags_print(d, to);
    fclose(to);
    return text;
}

static void
assert_printed(struct diags *d, const char *want)
{
    char *got = printed(d);
    ck_assert_str_eq(got, want);
    free(got);
    diags_free(d);
}

#define RULE                \
    "title: SSH guessing\n" \
    "detection:\n"          \
    "    sel:\n"            \
    "      user.name|contain: root\n"

START_TEST(the_example)
{
    struct diags *d = diags_new();
    const struct text_file *f = diags_add_text(d, SV("rules/ssh.yml"), SV(RULE));
    const size_t at = sv_find(text_file_content(f), SV("contain:"), 0);
    diag_push(d, "reading rule '%s'", "SSH guessing");
    diag_push(d, "reading selection '%s' of rule '%s'", "sel", "SSH guessing");
    diag_error(d, (struct span){ f, at, 7 }, "unknown modifier '%s' (did you mean '%s'?)", "contain", "contains");
    diag_pop(d);
    diag_pop(d);
    assert_printed(d, "rules/ssh.yml:4:17: error: unknown modifier 'contain' (did you mean 'contains'?)\n"
                      "    4 |       user.name|contain: root\n"
                      "      |                 ^~~~~~~\n"
                      "   while reading selection 'sel' of rule 'SSH guessing'\n");
}
END_TEST

static const struct {
    const char *content;
    size_t at, n;
    const char *printed;
} quotes[] = {
    { "abc\n", 1, 1, "f:1:2: warning: m\n    1 | abc\n      |  ^\n" },
    { "abc\n", 0, 0, "f:1:1: warning: m\n    1 | abc\n      | ^\n" },
    /* a place at the end of the line, of the text, beyond it */
    { "abc\n", 3, 1, "f:1:4: warning: m\n    1 | abc\n      |    ^\n" },
    { "abc", 3, 5, "f:1:4: warning: m\n    1 | abc\n      |    ^\n" },
    { "abc", 99, 5, "f:1:4: warning: m\n    1 | abc\n      |    ^\n" },
    { "abc\n", 4, 0, "f:2:1: warning: m\n    2 | \n      | ^\n" },
    /* longer than the line: marked up to its end */
    { "ab cd\nef\n", 3, 6, "f:1:4: warning: m\n    1 | ab cd\n      |    ^~\n" },
    /* tabs stand below tabs */
    { "\ta\tbcd\n", 3, 3, "f:1:4: warning: m\n    1 | \ta\tbcd\n      | \t \t^~~\n" },
    { "a\tb\n", 1, 2, "f:1:2: warning: m\n    1 | a\tb\n      |  ^~\n" },
    /* columns are characters, not bytes */
    { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80xy\n", 9, 2,
      "f:1:4: warning: m\n    1 | \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80xy\n      |    ^~\n" },
    { "\xc3\xa4\xc3\xb6x\n", 0, 4, "f:1:1: warning: m\n    1 | \xc3\xa4\xc3\xb6x\n      | ^~\n" },
    /* what a terminal would obey is made visible, and the caret knows how wide it became */
    { "a\x1b[31mb\n", 6, 1, "f:1:7: warning: m\n    1 | a\\u{1b}[31mb\n      |            ^\n" },
    { "a\x1b"
      "b\n",
      1, 2, "f:1:2: warning: m\n    1 | a\\u{1b}b\n      |  ^~~~~~~\n" },
    { "a\xff"
      "b\n",
      2, 1,
      "f:1:3: warning: m\n    1 | a\xef\xbf\xbd"
      "b\n      |   ^\n" },
    { "x\r\nabc\r\n", 5, 1, "f:2:3: warning: m\n    2 | abc\n      |   ^\n" },
    /* nothing to quote */
    { "", 0, 0, "f:1:1: warning: m\n" },
};

START_TEST(quoting)
{
    struct diags *d = diags_new();
    const struct text_file *f = diags_add_text(d, SV("f"), sv_of(quotes[_i].content));
    diag_warning(d, (struct span){ f, quotes[_i].at, quotes[_i].n }, "m");
    assert_printed(d, quotes[_i].printed);
}
END_TEST

START_TEST(long_lines_are_cut)
{
    struct diags *d = diags_new();
    char content[1001];
    memset(content, 'x', 1000);
    content[1000] = '\n';
    content[500] = '!';
    const struct text_file *f = diags_add_text(d, SV("f"), sv_make(content, sizeof content));
    diag_error(d, (struct span){ f, 500, 1 }, "m");
    char want[1000];
    char x[101];
    memset(x, 'x', 100);
    x[100] = '\0';
    snprintf(want, sizeof want, "f:1:501: error: m\n    1 | ...%.60s!%.99s...\n      | %63s^\n", x, x, "");
    assert_printed(d, want);
}
END_TEST

START_TEST(hostile_names_and_messages)
{
    struct diags *d = diags_new();
    const struct text_file *f = diags_add_text(d, SV("a\nb"), SV(""));
    diag_push(d, "reading '%s'", "\xe2\x80\xae");
    diag_note(d, (struct span){ f, 0, 0 }, "value '%s'", "\x1b[2J");
    diag_error(d, SPAN_NONE, "no place");
    diag_pop(d);
    assert_printed(d, "a\\u{a}b:1:1: note: value '\\u{1b}[2J'\n   while reading '\\u{202e}'\n"
                      "authsift: error: no place\n   while reading '\\u{202e}'\n");
}
END_TEST

START_TEST(counts)
{
    struct diags *d = diags_new();
    diag_error(d, SPAN_NONE, "1");
    diag_warning(d, SPAN_NONE, "2");
    diag_note(d, SPAN_NONE, "3");
    diag_error(d, SPAN_NONE, "4");
    ck_assert_uint_eq(diags_errors(d), 2);
    ck_assert_uint_eq(diags_warnings(d), 1);
    ck_assert_uint_eq(diags_count(d), 4);
    ck_assert_uint_eq(diags_errors_since(d, 1), 1);
    ck_assert_uint_eq(diags_errors_since(d, 4), 0);
    assert_sv(diags_get(d, 3)->message, "4");
    diags_free(d);
    diags_free(NULL);
}
END_TEST

START_TEST(sorts)
{
    struct diags *d = diags_new();
    const struct text_file *b = diags_add_text(d, SV("b"), SV(""));
    const struct text_file *a = diags_add_text(d, SV("a"), SV("12345"));
    diag_warning(d, (struct span){ a, 3, 0 }, "4");
    diag_error(d, (struct span){ b, 0, 0 }, "7");
    diag_error(d, (struct span){ a, 3, 0 }, "2");
    diag_error(d, (struct span){ a, 3, 0 }, "3");
    diag_note(d, (struct span){ a, 3, 1 }, "5");
    diag_error(d, (struct span){ a, 4, 0 }, "6");
    diag_note(d, SPAN_NONE, "1");
    diags_sort(d);
    for (size_t i = 0; i < diags_count(d); i++)
        ck_assert_int_eq(diags_get(d, i)->message.p[0], (int)('1' + i));
    diags_free(d);
}
END_TEST

START_TEST(places)
{
    struct diags *d = diags_new();
    const struct text_file *f = diags_add_text(d, SV("f"), SV("a\n\nbc\n"));
    static const size_t want[][2] = { { 1, 1 }, { 1, 2 }, { 2, 1 }, { 3, 1 }, { 3, 2 }, { 3, 3 }, { 4, 1 } };
    for (size_t at = 0; at < 7; at++) {
        size_t line, column;
        text_file_locate(f, at, &line, &column);
        ck_assert_uint_eq(line, want[at][0]);
        ck_assert_uint_eq(column, want[at][1]);
    }
    assert_sv(text_file_name(f), "f");
    diags_free(d);
}
END_TEST

static struct sv
modifier(const void *ctx, size_t i)
{
    return sv_of(((const char *const *)ctx)[i]);
}

static const struct {
    const char *word, *nearest;
} guesses[] = {
    { "contain", "contains" },
    { "startwith", "startswith" },
    { "re2", "re" },
    { "ra", "re" },
    { "xy", "" },
    { "cird", "cidr" },
    { "Cidr", "cidr" },
    { "endswidth", "endswith" },
    { "completely", "" },
    { "", "" },
    { "gr", "gt" },
};

START_TEST(nearest)
{
    static const char *const names[] = { "contains", "startswith", "endswith", "re", "cidr", "gt", "gte" };
    assert_sv(diag_nearest(sv_of(guesses[_i].word), 7, modifier, names), guesses[_i].nearest);
}
END_TEST

TCase *
base_diag_tests(void)
{
    TCase *t = tcase_create("diag");
    tcase_add_test(t, the_example);
    tcase_add_loop_test(t, quoting, 0, N_OF(quotes));
    tcase_add_test(t, long_lines_are_cut);
    tcase_add_test(t, hostile_names_and_messages);
    tcase_add_test(t, counts);
    tcase_add_test(t, sorts);
    tcase_add_test(t, places);
    tcase_add_loop_test(t, nearest, 0, N_OF(guesses));
    return t;
}
