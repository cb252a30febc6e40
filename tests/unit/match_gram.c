/* SPDX-License-Identifier: Apache-2.0 */
/* The multi-pattern scan against a search for one literal after the other, and the hash tables against plain
 * comparison. */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "match/exact.h"
#include "match/gram.h"
#include "match/teddy.h"
#include "match/text.h"
#include "match_tests.h"

#define LITERALS 60
#define TEXTS 300
#define TEXT_MAX 90

static uint32_t
next(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % n;
}

/* Few different bytes, so that literals are found; among them some that folding could confuse. */
static struct sv
random_text(struct arena *arena, uint64_t *state, size_t min, size_t max, bool lower)
{
    static const char alphabet[] = "abABk[{@`\xc3\x84z";
    const size_t n = min + next(state, (uint32_t)(max - min + 1));
    char *p = mem_alloc(n + 1);
    for (size_t i = 0; i < n; i++) {
        p[i] = alphabet[next(state, sizeof alphabet - 1)];
        p[i] = lower ? text_lower(p[i]) : p[i];
    }
    const struct sv copy = arena_sv(arena, sv_make(p, n));
    mem_free(p);
    return copy;
}

static void
count(void *ctx, const struct gram_literal *lit)
{
    ((unsigned *)ctx)[lit->pred]++;
}

static bool
is_there(const struct gram_literal *lit, struct sv text)
{
    switch (lit->anchor) {
    case GRAM_START:
        return text_starts(text, lit->text, lit->cased);
    case GRAM_END:
        return text_ends(text, lit->text, lit->cased);
    case GRAM_ANYWHERE:
        break;
    }
    return text_find(text, lit->text, 0, lit->cased) <= text.n;
}

/* A text that often has a whole literal in it. */
static struct sv
text_with(struct arena *arena, uint64_t *state, const struct gram_literal *lit)
{
    const struct sv before = random_text(arena, state, 0, next(state, 2) * 20, false);
    const struct sv after = random_text(arena, state, 0, next(state, 2) * 20, false);
    const struct sv inner = lit[next(state, LITERALS)].text;
    /* Exactly as long as it is, so that a sanitizer sees who reads behind it. */
    struct sv all = { arena_alloc(arena, before.n + inner.n + after.n), before.n + inner.n + after.n };
    char *p = (char *)(uintptr_t)all.p;
    memcpy(p, before.p, before.n);
    memcpy(p + before.n, inner.p, inner.n);
    memcpy(p + before.n + inner.n, after.p, after.n);
    return all;
}

START_TEST(scan)
{
    uint64_t state = (uint64_t)_i * 77 + 5;
    struct arena arena;
    struct gram gram;
    struct gram_literal lit[LITERALS];
    arena_init(&arena);
    /* Without short ones the others are sampled in steps: _i decides the length of the shortest. */
    for (pred_id i = 0; i < LITERALS; i++) {
        const bool cased = next(&state, 4) == 0;
        lit[i] = (struct gram_literal){ .text = random_text(&arena, &state, GRAM_SIZE + (size_t)_i % 24, 40, !cased),
                                        .cased = cased,
                                        .anchor = (enum gram_anchor)next(&state, 3),
                                        .pred = i };
    }
    gram_build(&gram, &arena, lit, LITERALS, _i % 2 == 0);
    for (unsigned t = 0; t < TEXTS; t++) {
        unsigned found[LITERALS] = { 0 };
        const struct sv text =
            next(&state, 3) == 0 ? random_text(&arena, &state, 0, TEXT_MAX, false) : text_with(&arena, &state, lit);
        gram_scan(&gram, text, count, found);
        for (pred_id i = 0; i < LITERALS; i++)
            ck_assert_int_eq(found[i] != 0, is_there(&lit[i], text));
    }
    arena_fini(&arena);
}
END_TEST

/* Vector instructions, where the machine has them: texts of every length around their blocks, literals at every place
 * and over the borders; and both ways of searching say the same. */
START_TEST(by_vectors)
{
    uint64_t state = (uint64_t)_i * 131 + 9;
    struct arena arena;
    struct gram gram;
    struct gram_literal lit[LITERALS];
    const size_t n = 1 + (size_t)_i * 5 % LITERALS;
    arena_init(&arena);
    for (pred_id i = 0; i < n; i++) {
        const bool cased = next(&state, 4) == 0;
        const struct sv own = random_text(&arena, &state, 0, 9, !cased);
        lit[i] =
            (struct gram_literal){ .text = arena_printf(&arena, "%.*s%s", SV_ARG(own), i % 3 == 0 ? "abzk" : "{@`z"),
                                   .cased = cased,
                                   .anchor = GRAM_ANYWHERE,
                                   .pred = i };
    }
    gram_build(&gram, &arena, lit, n, true);
    ck_assert_int_eq(gram.use_teddy, teddy_is_supported());
    for (unsigned t = 0; t < TEXTS; t++) {
        unsigned by_teddy[LITERALS] = { 0 }, by_narrow[LITERALS] = { 0 }, by_gram[LITERALS] = { 0 };
        struct buf text = BUF_INIT;
        for (uint32_t more = next(&state, 4); more > 0; more--) {
            buf_sv(&text, random_text(&arena, &state, 0, 40, false));
            buf_sv(&text, lit[next(&state, (uint32_t)n)].text);
        }
        text.n -= text.n > 6 ? next(&state, 6) : 0;
        /* Memory of just this size: a sanitizer sees who reads behind it. */
        char *copy = mem_dup(text.n != 0 ? text.p : "", text.n);
        const struct sv exact = sv_make(copy, text.n);
        gram.use_teddy = teddy_is_supported();
        gram_scan(&gram, exact, count, by_teddy);
        const bool wide = gram.teddy.wide;
        gram.teddy.wide = false;
        gram_scan(&gram, exact, count, by_narrow);
        gram.teddy.wide = wide;
        gram.use_teddy = false;
        gram_scan(&gram, exact, count, by_gram);
        for (pred_id i = 0; i < n; i++) {
            ck_assert_int_eq(by_teddy[i] != 0, is_there(&lit[i], exact));
            ck_assert_int_eq(by_narrow[i] != 0, is_there(&lit[i], exact));
            ck_assert_int_eq(by_gram[i] != 0, is_there(&lit[i], exact));
        }
        mem_free(copy);
        buf_fini(&text);
    }
    arena_fini(&arena);
}
END_TEST

/* What it is for: a shared piece is one window. What it is not for: too many literals, or too different ones. */
START_TEST(windows)
{
    struct arena arena;
    struct teddy teddy;
    struct gram_literal lit[600];
    arena_init(&arena);
    for (pred_id i = 0; i < 600; i++)
        lit[i] = (struct gram_literal){ .text = arena_printf(&arena, "%c%c%cexception", 'a' + (int)i % 26,
                                                             'a' + (int)i / 26 % 26, 'a' + (int)i * 7 % 26),
                                        .pred = i };
    ck_assert(teddy_build(&teddy, &arena, lit, 100));
    ck_assert_uint_eq(teddy.n_windows, 1);
    ck_assert_uint_eq(teddy.n_tables, 1);
    ck_assert(!teddy_build(&teddy, &arena, lit, 600));
    for (pred_id i = 0; i < 300; i++)
        lit[i].text = arena_printf(&arena, "%c%c%c%c", 'a' + (int)i % 26, 'a' + (int)i / 26 % 26, 'a' + (int)i * 7 % 26,
                                   'a' + (int)i * 3 % 26);
    ck_assert(!teddy_build(&teddy, &arena, lit, 300));
    ck_assert(teddy_build(&teddy, &arena, lit, 60));
    ck_assert_uint_eq(teddy.n_windows, 60);
    for (pred_id i = 0; i < 60; i++)
        lit[i].anchor = GRAM_END;
    ck_assert(!teddy_build(&teddy, &arena, lit, 60));
    arena_fini(&arena);
}
END_TEST

/* Many literals that end (or start) alike must not all be compared: that is what makes a public rule base slow.
 * Counted are the entries that a text with the common end can reach. */
START_TEST(common_ends)
{
    struct arena arena;
    struct gram gram;
    struct gram_literal lit[500];
    arena_init(&arena);
    for (pred_id i = 0; i < 500; i++)
        lit[i] = (struct gram_literal){ .text = arena_printf(&arena, "\\%c%c%c%c.exe", 'a' + (int)i % 26,
                                                             'a' + (int)i / 26 % 26, 'a' + (int)i * 7 % 26,
                                                             'a' + (int)i * 3 % 26),
                                        .anchor = GRAM_END,
                                        .pred = i };
    gram_build(&gram, &arena, lit, 500, true);
    for (size_t b = 0; b < gram.end.n_entries; b++) {
        size_t same = 0;
        for (size_t k = 0; k < gram.end.n_entries; k++)
            same += gram.end.entry[k].gram == gram.end.entry[b].gram;
        ck_assert_uint_le(same, 4);
    }
    arena_fini(&arena);
}
END_TEST

START_TEST(lower)
{
    for (unsigned c = 0; c < 256; c++) {
        char in[8], want[8], got[8];
        for (int i = 0; i < 8; i++) {
            in[i] = (char)(i % 2 == 0 ? c : 255 - c);
            want[i] = text_lower(in[i]);
        }
        const uint64_t x = text_lower8(text_load8(in));
        memcpy(got, &x, sizeof got);
        ck_assert_mem_eq(got, want, 8);
    }
}
END_TEST

/* Every length up to several words, and every place of a difference. */
START_TEST(same)
{
    char text[40], rule[40];
    const size_t n = (size_t)_i;
    memset(text, 'Q', sizeof text);
    memset(rule, 'q', sizeof rule);
    ck_assert(text_same(text, rule, n, false));
    ck_assert(n == 0 || !text_same(text, rule, n, true));
    for (size_t i = 0; i < n; i++) {
        text[i] = 'r';
        ck_assert(!text_same(text, rule, n, false));
        text[i] = 'Q';
    }
}
END_TEST

TCase *
match_gram_tests(void)
{
    TCase *t = tcase_create("gram");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, scan, 0, 24);
    tcase_add_loop_test(t, by_vectors, 0, 60);
    tcase_add_test(t, windows);
    tcase_add_test(t, common_ends);
    tcase_add_test(t, lower);
    tcase_add_loop_test(t, same, 0, 40);
    return t;
}
