/* SPDX-License-Identifier: Apache-2.0 */
/* Required literals: what is found in patterns that rules have, and that no promise is too much: every text of a
 * generated set in which PCRE2 finds a pattern holds one of its literals. */
#include "ir/literal.h"

#include <string.h>

#include "base/buf.h"
#include "ir_tests.h"

static const struct {
    const char *pattern;
    unsigned flags;
    const char *literals; /* separated by blanks, "-" for none; "i " before them if folded */
} required[] = {
    { "followers", 0, "followers" },
    { "Followers", REGEX_FOLD, "i follower" },
    { "(?i)get.?Followers", 0, "i follower" },
    { "kiosk", REGEX_FOLD, "i io" },
    { "k\xc3\xb6ln am rhein", 0, "k\xc3\xb6ln_am_rhein" },
    { "k\xc3\xb6ln am rhein", REGEX_FOLD, "i ln_am_rhein" },
    { "^app\\.(authorize|revoke)$", 0, "authorize revoke" },
    { "app\\.long\\.(a|b)$", 0, "app.long." },
    { "foo|bar", 0, "foo bar" },
    { "foo|b*", 0, "-" },
    { "(foo|)bar", 0, "bar" },
    { "(foo|bar)?", 0, "-" },
    { "(foo|bar){0,2}x", 0, "x" },
    { "(foo|bar){2}x", 0, "foo bar" },
    { "abc*", 0, "ab" },
    { "abc?d", 0, "ab" },
    { "abc+d", 0, "abc" },
    { "abc{0}d", 0, "ab" },
    { "abc{1,3}d", 0, "abc" },
    { "abc{,3}d", 0, "-" },
    { "abc\xc3\xa9?d", 0, "abc" },
    { "a.bc", 0, "bc" },
    { "a[.]b", 0, "a.b" },
    { "a[xy]bc[^]]d", 0, "bc" },
    { "a[]x]bcd", 0, "bcd" },
    { "a[[:alpha:]x]bcd", 0, "bcd" },
    { "a[[:]bcd", 0, "-" },
    { "\\d{3}abc\\b", 0, "abc" },
    { "\\x41\\x42c", 0, "ABc" },
    { "\\x{41}bc", 0, "-" },
    { "\\tab\\/c", 0, "\tab/c" },
    { "\\Qa.b*\\Ec", 0, "a.b*c" },
    { "\\Qab\\E?c", 0, "a" },
    { "ab\\Q\\E?c", 0, "-" },
    { "(?:abc)(?<n>de)(?'m'f)(?>g)", 0, "abc" },
    { "(?=abc)d", 0, "d" },
    { "(?!abc)d", 0, "d" },
    { "(?<!abc)de", 0, "de" },
    { "(?x) a b c", 0, "-" },
    { "(?x:a b)cd", 0, "-" },
    { "(?s-m:ab)c", 0, "ab" },
    { "(a)(?(1)bcd|efg)", 0, "-" },
    { "abc(?#comment)d", 0, "-" },
    { "abc(*ACCEPT)def", 0, "-" },
    { "(*UTF)abc", 0, "-" },
    { "(abc)\\1", 0, "-" },
    { "(?R)?abc", 0, "-" },
    { "abc\\Kdef", 0, "-" },
    { "\\p{L}abc\\pNd", 0, "abc" },
    { "a\\N{U+41}b", 0, "-" },
    { ".*", 0, "-" },
    { "", 0, "-" },
    { "a.b", REGEX_LITERAL, "a.b" },
    { "a\\Eb", REGEX_LITERAL, "a\\Eb" },
    { "Sa.b", REGEX_LITERAL | REGEX_FOLD, "i a.b" },
    { "((((((((((((((((((((((((((((((((((abc))))))))))))))))))))))))))))))))))", 0, "-" },
    { "0123456789012345678901234567890123456789012345678901234567", 0,
      "012345678901234567890123456789012345678901234567" },
    { "a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q", 0, "-" },
};

START_TEST(found)
{
    struct sv error;
    size_t at;
    struct literal_set set;
    struct buf text = BUF_INIT;
    struct regex *r = regex_new(sv_of(required[_i].pattern), required[_i].flags, &error, &at);
    ck_assert_msg(r != NULL, "%s: %.*s", required[_i].pattern, SV_ARG(error));
    literal_required(r, &set);
    if (set.n == 0)
        buf_putc(&text, '-');
    else if (set.folded)
        buf_putc(&text, 'i');
    for (size_t i = 0; i < set.n; i++) {
        buf_puts(&text, text.n != 0 ? " " : "");
        for (size_t k = 0; k < set.v[i].n; k++)
            buf_putc(&text, set.v[i].p[k] == ' ' ? '_' : set.v[i].p[k]);
    }
    ck_assert_str_eq(buf_cstr(&text), required[_i].literals);
    buf_fini(&text);
    regex_free(r);
}
END_TEST

/* Random patterns over a few letters, from pieces with every kind of syntax, against random texts. */
static uint32_t
next(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % n;
}

static const char *const pieces[] = {
    "a",        "b",         "k",      "s",         "ab",   "B",         "A",      "\xc3\xa9", "a?",
    "b*",       "(ab|b)",    "(a|)",   "(?:ak|b)+", "[ab]", "[b]",       "[^a]",   "[]a]",     ".",
    "\\Qab\\E", "\\Qa\\E?",  "\\x61",  "|",         "^",    "\\b",       "(?i)",   "(?i:b)",   "(?=a)",
    "(?!b)",    "a{2}",      "b{0,1}", "(ba){1,2}", "\\w",  "(?<n>ab)?", "(?>a+)", "\\A",      "[[:alpha:]]",
    "(?-i)",    "(a(b|k)s)", "\\pL",   "{",         "\\E",  "\\Q\\E",    "#",      " ",
};

static void
make_pattern(uint64_t *state, struct buf *out)
{
    buf_reset(out);
    for (uint32_t n = 1 + next(state, 5); n > 0; n--)
        buf_puts(out, pieces[next(state, (uint32_t)N_OF(pieces))]);
}

static size_t
make_text(uint64_t *state, char *out)
{
    static const char *const letters[] = { "a",        "b", "A", "B", "k", "s", "K", "\xc3\xa9", "\xe2\x84\xaa",
                                           "\xc5\xbf", " ", "{", "\n" };
    size_t n = 0;
    for (uint32_t k = next(state, 9); k > 0; k--) {
        const char *letter = letters[next(state, (uint32_t)N_OF(letters))];
        memcpy(out + n, letter, strlen(letter));
        n += strlen(letter);
    }
    return n;
}

static bool
holds_one(const struct literal_set *set, struct sv text)
{
    for (size_t i = 0; i < set->n; i++)
        for (size_t at = 0; at + set->v[i].n <= text.n; at++) {
            const struct sv here = sv_make(text.p + at, set->v[i].n), want = sv_make(set->v[i].p, set->v[i].n);
            if (set->folded ? sv_eq_fold(here, want) : sv_eq(here, want))
                return true;
        }
    return false;
}

START_TEST(never_too_much)
{
    uint64_t state = (uint64_t)_i + 1;
    struct regex_scratch *s = regex_scratch_new();
    struct buf pattern = BUF_INIT;
    unsigned checked = 0;
    for (int round = 0; round < 500; round++) {
        char text[100];
        struct sv error;
        size_t at;
        struct literal_set set;
        make_pattern(&state, &pattern);
        struct regex *r = regex_new(buf_view(&pattern), next(&state, 4) == 0 ? REGEX_FOLD : 0, &error, &at);
        if (r == NULL)
            continue;
        literal_required(r, &set);
        for (int k = 0; set.n != 0 && k < 60; k++) {
            const struct sv subject = sv_make(text, make_text(&state, text));
            if (regex_search(r, subject, s) != REGEX_YES)
                continue;
            checked++;
            ck_assert_msg(holds_one(&set, subject), "/%s/ is in '%.*s'", buf_cstr(&pattern), SV_ARG(subject));
        }
        regex_free(r);
    }
    ck_assert_uint_gt(checked, 100);
    buf_fini(&pattern);
    regex_scratch_free(s);
}
END_TEST

TCase *
ir_literal_tests(void)
{
    TCase *t = tcase_create("literal");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, found, 0, N_OF(required));
    tcase_add_loop_test(t, never_too_much, 0, 8);
    return t;
}
