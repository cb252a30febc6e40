/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcards and escapes: the table of sigma-profile.md 3, and patterns as regular expressions. */
#include "lang/pattern.h"

#include "lang_rules.h"
#include "lang_suites.h"

/* Wildcards as <*>, <?> and <->. */
static const char *
shown(struct buf *b, const struct pattern *p)
{
    buf_reset(b);
    for (size_t i = 0; i < p->n; i++) {
        const struct glob_token *t = &p->token[i];
        if (t->kind == GLOB_TEXT)
            buf_sv(b, t->text);
        else
            buf_puts(b, t->kind == GLOB_ANY ? "<*>" : t->kind == GLOB_ONE ? "<?>" : "<->");
    }
    return buf_cstr(b);
}

static const struct {
    const char *written;
    const char *want;
    const char *regex;
} patterns[] = {
    { "", "", "\\A\\z" },
    { "abc", "abc", "\\Aabc\\z" },
    { "a\\b", "a\\b", "\\Aa\\\\b\\z" },
    { "a\\\\b", "a\\b", "\\Aa\\\\b\\z" },
    { "a\\*b", "a*b", "\\Aa\\*b\\z" },
    { "a\\?b", "a?b", "\\Aa\\?b\\z" },
    { "a\\\\*b", "a\\<*>b", "\\Aa\\\\.*b\\z" },
    { "a\\\\\\*b", "a\\*b", "\\Aa\\\\\\*b\\z" },
    { "a\\\\\\b", "a\\\\b", "\\Aa\\\\\\\\b\\z" },
    { "a\\\\\\\\b", "a\\\\b", "\\Aa\\\\\\\\b\\z" },
    { "x\\", "x\\", "\\Ax\\\\\\z" },
    { "x\\\\", "x\\", "\\Ax\\\\\\z" },
    { "\\\\srv\\share\\*", "\\srv\\share*", "\\A\\\\srv\\\\share\\*\\z" },
    { "\\\\\\\\srv\\share\\\\*", "\\\\srv\\share\\<*>", "\\A\\\\\\\\srv\\\\share\\\\" },
    { "**", "<*>", "" },
    { "*", "<*>", "" },
    { "a**b", "a<*>b", "\\Aa.*b\\z" },
    { "a*?b", "a<*><?>b", "\\Aa.*.b\\z" },
    { "?", "<?>", "\\A.\\z" },
    { "*abc", "<*>abc", "abc\\z" },
    { "abc*", "abc<*>", "\\Aabc" },
    { "*a.b(c)*", "<*>a.b(c)<*>", "a\\.b\\(c\\)" },
    { "\\n", "\\n", "\\A\\\\n\\z" },
    { "gr\xc3\xbc\xc3\x9f*e", "gr\xc3\xbc\xc3\x9f<*>e", "\\Agr\xc3\xbc\xc3\x9f.*e\\z" },
};

START_TEST(parse)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    const struct pattern p = pattern_parse(&a, sv_of(patterns[_i].written));
    ck_assert_str_eq(shown(&b, &p), patterns[_i].want);
    ck_assert_str_eq(pattern_regex(&p, &a).p, patterns[_i].regex);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

static const struct {
    const char *written;
    bool start, end;
    const char *want;
} opens[] = {
    { "a", true, true, "<*>a<*>" },   { "a", true, false, "<*>a" },     { "a", false, true, "a<*>" },
    { "*a", true, true, "<*>a<*>" },  { "*a*", true, true, "<*>a<*>" }, { "", true, true, "<*>" },
    { "a\\*", false, true, "a*<*>" }, { "?", true, false, "<*><?>" },
};

START_TEST(open)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    const struct pattern p = pattern_parse(&a, sv_of(opens[_i].written));
    const struct pattern opened = pattern_open(&p, &a, opens[_i].start, opens[_i].end);
    ck_assert_str_eq(shown(&b, &opened), opens[_i].want);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

START_TEST(literal)
{
    struct arena a = ARENA_INIT;
    struct sv text;
    const struct pattern plain = pattern_parse(&a, SV("a\\*b"));
    const struct pattern wild = pattern_parse(&a, SV("a*b"));
    const struct pattern empty = pattern_parse(&a, SV(""));
    ck_assert(pattern_literal(&plain, &text) && sv_eq(text, SV("a*b")));
    ck_assert(pattern_literal(&empty, &text) && text.n == 0);
    ck_assert(!pattern_literal(&wild, &text));
    arena_fini(&a);
}
END_TEST

Suite *
lang_pattern_suite(void)
{
    Suite *s = suite_create("lang pattern");
    TCase *t = tcase_create("pattern");
    tcase_add_loop_test(t, parse, 0, N_OF(patterns));
    tcase_add_loop_test(t, open, 0, N_OF(opens));
    tcase_add_test(t, literal);
    suite_add_tcase(s, t);
    return s;
}
