/* SPDX-License-Identifier: Apache-2.0 */
/* What of PCRE2 rules see: syntax, flags, errors with their place, limits, and one regex in many threads. */
#include "ir/regex.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"
#include "ir_tests.h"

static const struct {
    const char *pattern;
    unsigned flags;
    const char *subject;
    enum regex_result result;
} searches[] = {
    { "b", 0, "abc", REGEX_YES },
    { "^b", 0, "abc", REGEX_NO },
    { "B", 0, "abc", REGEX_NO },
    { "B", REGEX_FOLD, "abc", REGEX_YES },
    { "(?i)B", 0, "abc", REGEX_YES },
    { "", 0, "", REGEX_YES },
    { "a", 0, "", REGEX_NO },
    { "^$", 0, "", REGEX_YES },
    { "\xc3\x84", REGEX_FOLD, "\xc3\xa4", REGEX_YES },
    { "\xce\xa3", REGEX_FOLD, "\xcf\x82", REGEX_YES },       /* SIGMA, final sigma: simple folding */
    { "STRASSE", REGEX_FOLD, "stra\xc3\x9f" "e", REGEX_NO }, /* not full folding */
    { "^.$", 0, "\xe2\x82\xac", REGEX_YES },                 /* characters, not bytes */
    { "^.{3}$", 0, "\xe2\x82\xac", REGEX_NO },
    { "\\w", 0, "\xc3\xa4", REGEX_NO },                      /* ASCII */
    { "\\d", 0, "\xd9\xa1", REGEX_NO },
    { "\\s", 0, "\xc2\xa0", REGEX_NO },
    { "\\w\\d\\s", 0, "a1 ", REGEX_YES },
    { "\\p{Lu}", 0, "\xc3\x84", REGEX_YES },
    { "^b", 0, "a\nb", REGEX_NO },
    { "^b$", REGEX_MULTILINE, "a\nb\nc", REGEX_YES },
    { "a.b", 0, "a\nb", REGEX_NO },
    { "a.b", 0, "a\rb", REGEX_YES },
    { "a.b", REGEX_DOTALL, "a\nb", REGEX_YES },
    { "a.b", REGEX_LITERAL, "axb", REGEX_NO },
    { "a.b", REGEX_LITERAL, "xa.bx", REGEX_YES },
    { "A.B", REGEX_LITERAL | REGEX_FOLD | REGEX_MULTILINE | REGEX_DOTALL, "xa.bx", REGEX_YES },
    { "(?<=a)b(?!c)", 0, "abcab", REGEX_YES },
    { "(a|b)\\1", 0, "abba", REGEX_YES },
    { "(?:a*a*a*a*)[bc]", 0, "aaaa", REGEX_NO },
    { "ab", 0, "\xff" "ab", REGEX_NO },                      /* an ill-formed value matches nothing and harms nothing */
    { "^\\W$", 0, "\xc3\xa9", REGEX_YES },
    { "^.ab", 0, "\xff" "ab", REGEX_NO },
    { "\xe2\x82\xac", 0, "\xe2\x82", REGEX_NO },
};

START_TEST(search)
{
    struct sv error;
    size_t at;
    struct regex *r = regex_new(sv_of(searches[_i].pattern), searches[_i].flags, &error, &at);
    struct regex_scratch *s = regex_scratch_new();
    ck_assert_ptr_nonnull(r);
    /* Without a NUL behind it: the sanitizer sees who reads on. */
    const size_t n = strlen(searches[_i].subject);
    char *subject = mem_alloc(n);
    memcpy(subject, searches[_i].subject, n);
    ck_assert_int_eq(regex_search(r, sv_make(subject, n), s), searches[_i].result);
    ck_assert_int_eq(regex_search(r, sv_make(subject, n), s), searches[_i].result);
    ck_assert(sv_eq(regex_pattern(r), sv_of(searches[_i].pattern)));
    ck_assert_uint_eq(regex_flags(r), searches[_i].flags);
    mem_free(subject);
    regex_scratch_free(s);
    regex_free(r);
}
END_TEST

START_TEST(nothing)
{
    struct sv error;
    size_t at;
    struct regex *r = regex_new(SV_NONE, 0, &error, &at);
    struct regex_scratch *s = regex_scratch_new();
    ck_assert_int_eq(regex_search(r, SV_NONE, s), REGEX_YES);
    regex_scratch_free(s);
    regex_free(r);
    regex_free(NULL);
    regex_scratch_free(NULL);
}
END_TEST

static const struct {
    const char *pattern;
    size_t at;
    const char *error;
} mistakes[] = {
    { "a(b", 3, "missing closing parenthesis" },
    { "ab)c", 2, "unmatched closing parenthesis" },
    { "[a-", 3, "missing terminating ] for character class" },
    { "ab*+*", 4, "quantifier does not follow a repeatable item" },
    { "\xff", 0, "UTF-8 error: illegal byte (0xfe or 0xff)" },
    { "a\\C", 3, "using \\C is disabled by the application" },
};

START_TEST(mistake)
{
    struct sv error = SV_NONE;
    size_t at = SIZE_MAX;
    ck_assert_ptr_null(regex_new(sv_of(mistakes[_i].pattern), 0, &error, &at));
    ck_assert_msg(sv_eq(error, sv_of(mistakes[_i].error)), "%.*s", SV_ARG(error));
    ck_assert_uint_eq(at, mistakes[_i].at);
}
END_TEST

/* It ends, and says that it gave up. */
static const char *const endless[] = { "(?:a*a*a*a*)[bc]", "(a|a)*[bc]", "(a+)+[bc]", "(?:a|b|ab)*[cd]$",
                                       "(.*)(.*)(.*)(.*)[bc]" };

START_TEST(limits)
{
    static char subject[100000];
    struct sv error;
    size_t at;
    struct regex *r = regex_new(sv_of(endless[_i]), 0, &error, &at);
    struct regex_scratch *s = regex_scratch_new();
    memset(subject, 'a', sizeof subject);
    ck_assert_int_eq(regex_search(r, sv_make(subject, sizeof subject), s), REGEX_LIMIT);
    /* And the next search has its own limit. */
    ck_assert_int_eq(regex_search(r, SV("x"), s), REGEX_NO);
    regex_scratch_free(s);
    regex_free(r);
}
END_TEST

/* A long value is no reason to give up. */
START_TEST(long_subject)
{
    struct sv error;
    size_t at;
    const size_t n = 1 << 20;
    char *subject = mem_alloc(n);
    memset(subject, 'a', n);
    memcpy(subject + n - 3, "xyz", 3);
    struct regex *r = regex_new(SV("a.*x(y|q)+z"), 0, &error, &at);
    struct regex_scratch *s = regex_scratch_new();
    ck_assert_int_eq(regex_search(r, sv_make(subject, n), s), REGEX_YES);
    regex_scratch_free(s);
    regex_free(r);
    mem_free(subject);
}
END_TEST

static void *
search_often(void *arg)
{
    struct regex *const *r = arg;
    struct regex_scratch *s = regex_scratch_new();
    size_t found = 0;
    for (int i = 0; i < 2000; i++)
        found += regex_search(r[i % 20], SV("get followers fast"), s) == REGEX_YES;
    regex_scratch_free(s);
    return (void *)(uintptr_t)found;
}

/* All threads want the same regexes translated at once. Of use under ThreadSanitizer. */
START_TEST(threads)
{
    struct regex *r[20];
    pthread_t thread[4];
    struct sv error;
    size_t at;
    for (int i = 0; i < 20; i++)
        r[i] = regex_new(i % 2 == 0 ? SV("f[o]l+owers") : SV("f[x]l+owers"), 0, &error, &at);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, search_often, r), 0);
    for (int i = 0; i < 4; i++) {
        void *found;
        pthread_join(thread[i], &found);
        ck_assert_uint_eq((uintptr_t)found, 1000);
    }
    for (int i = 0; i < 20; i++)
        regex_free(r[i]);
}
END_TEST

TCase *
ir_regex_tests(void)
{
    TCase *t = tcase_create("regex");
    tcase_set_timeout(t, 30);
    tcase_add_loop_test(t, search, 0, N_OF(searches));
    tcase_add_test(t, nothing);
    tcase_add_loop_test(t, mistake, 0, N_OF(mistakes));
    tcase_add_loop_test(t, limits, 0, N_OF(endless));
    tcase_add_test(t, long_subject);
    tcase_add_test(t, threads);
    return t;
}
