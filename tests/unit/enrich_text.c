/* SPDX-License-Identifier: Apache-2.0 */
/* Words and sketches: what a copy may change, and that the keys keep what sketch.h promises. */
#include "enrich_tests.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "enrich/sketch.h"
#include "enrich/words.h"

/* ---- words ---- */

struct words_case {
    const char *text;
    const char *want;
};

static const struct words_case splits[] = {
    { "", "" },
    { "Hello, WORLD!", "hello world" },
    { "don't  stop\n\tnow", "dont stop now" },
    { "see https://t.co/Abc?x=1 now", "see now" },
    { "https://t.co/a", "" },
    { "(https://t.co/a) ok", "ok" },
    { "hi @bob_7, and@x", "hi and" },
    { "#Deal #2026", "deal 0" },
    { "$9.99 or 1,000,000 x2", "0 or 0 x0" },
    { "a_b-c", "a_b c" },
    { "\xC3\x84rger \xC3\xA9t\xC3\xA9", "arger ete" },
    { "\xEF\xBC\xA6\xEF\xBD\x92\xEF\xBD\x85\xEF\xBD\x85", "free" }, /* full width */
    { "fr\xE2\x80\x8B"
      "ee",
      "free" }, /* a zero-width space */
    { "it\xE2\x80\x99s", "its" },
    { "\xF0\x9F\x94\xA5hot\xF0\x9F\x94\xA5", "hot" },            /* emoji */
    { "\xE5\xBA\x83\xE5\x91\x8A", "\xE5\xBA\x83 \xE5\x91\x8A" }, /* Han */
    { "\xFF\xFE", "" },                                          /* no UTF-8 */
    { "ok \xC3", "" },
};

START_TEST(splits_words)
{
    struct arena arena = ARENA_INIT;
    struct words w;
    words_split(sv_of(splits[_i].text), &arena, &w);
    ck_assert_msg(sv_eq(w.text, sv_of(splits[_i].want)), "'%s': got '%.*s', want '%s'", splits[_i].text, SV_ARG(w.text),
                  splits[_i].want);
    size_t blanks = 0;
    for (size_t i = 0; i < w.text.n; i++)
        blanks += w.text.p[i] == ' ';
    ck_assert_uint_eq(w.n, w.text.n == 0 ? 0 : blanks + 1);
    arena_fini(&arena);
}
END_TEST

/* Hostile sizes: what does not fit is left out, in bounded memory. */
START_TEST(hostile_texts)
{
    struct arena arena = ARENA_INIT;
    struct words w;
    const size_t n = 1 << 20;
    char *text = malloc(n);
    memset(text, 'a', n);
    words_split(sv_make(text, n), &arena, &w);
    ck_assert_uint_eq(w.n, 1);
    ck_assert_uint_eq(w.text.n, WORDS_TEXT_MAX);
    for (size_t i = 0; i < n; i += 2)
        text[i] = ' ';
    words_split(sv_make(text, n), &arena, &w);
    ck_assert_uint_eq(w.n, WORDS_MAX);
    for (size_t i = 0; i + 2 < n; i += 3)
        memcpy(text + i, "\xE5\xBA\x83", 3);
    words_split(sv_make(text, n / 3 * 3), &arena, &w);
    ck_assert_uint_eq(w.n, WORDS_MAX);
    for (size_t i = 0; i < n; i++)
        text[i] = "http://"[i % 7];
    words_split(sv_make(text, n), &arena, &w);
    ck_assert_uint_le(w.n, WORDS_MAX);
    free(text);
    arena_fini(&arena);
}
END_TEST

/* ---- SimHash ---- */

/* By hand, with words whose "hashes" are small numbers: 0b0110, 0b0011, 0b0111. Bit 0 is in two of three, bit 1 in all,
 * bit 2 in two of three, bit 3 in none. Of two words a bit that only one has ends in a draw, which is 0. */
START_TEST(simhash_by_hand)
{
    const uint64_t hash[] = { 6, 3, 7 };
    ck_assert_uint_eq(sketch_simhash(hash, 3), 7);
    ck_assert_uint_eq(sketch_simhash(hash, 2), 2);
    ck_assert_uint_eq(sketch_simhash(hash, 1), 6);
    ck_assert_uint_eq(sketch_simhash(hash, 0), 0);
}
END_TEST

static bool
share_key(uint64_t a, uint64_t b)
{
    uint32_t x[SKETCH_KEYS], y[SKETCH_KEYS];
    sketch_simhash_keys(a, x);
    sketch_simhash_keys(b, y);
    for (int i = 0; i < SKETCH_KEYS; i++)
        if (x[i] == y[i])
            return true;
    return false;
}

/* All 43,744 ways to change one, two or three of 64 bits. */
START_TEST(distance_three_shares_a_key)
{
    const uint64_t base[] = { 0, UINT64_MAX, UINT64_C(0x0123456789abcdef) };
    for (int s = 0; s < N_OF(base); s++) {
        for (unsigned i = 0; i < 64; i++)
            for (unsigned k = i; k < 64; k++)
                for (unsigned m = k; m < 64; m++) {
                    const uint64_t flip = UINT64_C(1) << i | UINT64_C(1) << k | UINT64_C(1) << m;
                    ck_assert(share_key(base[s], base[s] ^ flip));
                }
    }
    /* A bit in each of four blocks spoils every pair: the promise ends at three. */
    ck_assert(!share_key(0, UINT64_C(1) | UINT64_C(1) << 13 | UINT64_C(1) << 26 | UINT64_C(1) << 39));
}
END_TEST

START_TEST(keys_of_pairs_differ)
{
    uint32_t key[SKETCH_KEYS];
    sketch_simhash_keys(0, key);
    for (uint32_t i = 0; i < SKETCH_KEYS; i++)
        ck_assert_uint_eq(key[i] >> 26, i);
}
END_TEST

/* ---- MinHash ---- */

/* Two sets of words whose Jaccard likeness is `common` / (2 * 100 - common) * 100: 100 words each. */
static double
share_of_pairs(const struct sketch_orders *o, int common)
{
    enum { WORDS = 100, TRIALS = 2000 };
    int shared = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        uint64_t a[WORDS], b[WORDS], x[SKETCH_KEYS], y[SKETCH_KEYS];
        for (int i = 0; i < WORDS; i++) {
            const int id[2] = { trial * 1000 + i, trial * 1000 + (i < common ? i : 500 + i) };
            a[i] = hash64(sv_make((const char *)&id[0], sizeof id[0]));
            b[i] = hash64(sv_make((const char *)&id[1], sizeof id[1]));
        }
        sketch_minhash_keys(o, a, WORDS, x);
        sketch_minhash_keys(o, b, WORDS, y);
        bool any = false;
        for (int i = 0; i < SKETCH_KEYS; i++)
            any = any || x[i] == y[i];
        shared += any;
    }
    return (double)shared / TRIALS;
}

/* 1 - (1 - J^5)^10; four standard errors of 2,000 trials are at most 0.045. */
START_TEST(minhash_keeps_its_promise)
{
    static const int common[] = { 100, 95, 89, 67, 46, 0 };
    struct sketch_orders o;
    sketch_orders_init(&o);
    const double j = (double)common[_i] / (200 - common[_i]);
    const double want = 1 - pow(1 - pow(j, 5), 10);
    const double got = share_of_pairs(&o, common[_i]);
    ck_assert_msg(fabs(got - want) <= 0.045, "J %.3f: %.3f of the pairs share a key, not %.3f", j, got, want);
}
END_TEST

START_TEST(distinct_sorts_and_drops)
{
    uint64_t few[] = { 3, 1, 3, 2, 1 };
    ck_assert_uint_eq(sketch_distinct(few, 5), 3);
    ck_assert(few[0] == 1 && few[1] == 2 && few[2] == 3);
    uint64_t many[200];
    for (uint64_t i = 0; i < 200; i++)
        many[i] = 99 - i % 100;
    ck_assert_uint_eq(sketch_distinct(many, 200), 100);
    for (uint64_t i = 0; i < 100; i++)
        ck_assert_uint_eq(many[i], i);
    ck_assert_uint_eq(sketch_distinct(many, 0), 0);
}
END_TEST

TCase *
enrich_text_tests(void)
{
    TCase *t = tcase_create("text");
    tcase_add_loop_test(t, splits_words, 0, N_OF(splits));
    tcase_add_test(t, hostile_texts);
    tcase_add_test(t, simhash_by_hand);
    tcase_add_test(t, distance_three_shares_a_key);
    tcase_add_test(t, keys_of_pairs_differ);
    tcase_add_loop_test(t, minhash_keeps_its_promise, 0, 6);
    tcase_add_test(t, distinct_sorts_and_drops);
    return t;
}
