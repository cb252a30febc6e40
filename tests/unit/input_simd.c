/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of simd.c that this machine has gives the same results, and a line gives the same whether its shape is
 * known or not. What is right is said by the other tests of JSON; here the same lines are walked in different ways:
 *
 *   alone     by the portable row, in a state that has seen no other line: no shape is known
 *   in turn   by each row, in a state that has seen all lines before it
 *
 * Lines are made from a few templates, as logs are, with values in them that are often what breaks something, and some
 * of them are damaged. */
#include "input_util.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "input/format.h"
#include "input/json.h"
#include "input/json_state.h"
#include "input/simd.h"
#include "input/trie.h"

START_TEST(test_rows)
{
    const struct simd *row;
    const struct simd *last = NULL;
    ck_assert_ptr_eq(simd_available(0), simd_find(SV("portable")));
    for (size_t i = 0; (row = simd_available(i)) != NULL; i++) {
        ck_assert(row->is_available());
        ck_assert_ptr_eq(simd_find(sv_of(row->name)), row);
        last = row;
    }
    ck_assert_ptr_eq(simd_best(), last);
    ck_assert_ptr_null(simd_find(SV("avx9")));
    ck_assert_ptr_null(simd_find(SV("")));
    ck_assert_ptr_null(simd_find(SV("Portable")));
}
END_TEST

START_TEST(test_count_lines)
{
    struct rng rng = { 11 };
    const struct simd *row;
    for (int round = 0; round < 100; round++) {
        const size_t n = rng_below(&rng, round < 50 ? 200 : 20000);
        const uint32_t every = 1 + rng_below(&rng, 20);
        char *text = mem_alloc(n);
        size_t want = 0;
        for (size_t i = 0; i < n; i++) {
            text[i] = rng_below(&rng, every) == 0 ? '\n' : (char)rng_below(&rng, 256);
            want += text[i] == '\n';
        }
        for (size_t i = 0; (row = simd_available(i)) != NULL; i++)
            ck_assert_msg(row->count_lines(text, n) == want, "%s, %zu bytes", row->name, n);
        ck_assert_uint_eq(cut_count_lines(sv_make(text, n)), want);
        mem_free(text);
    }
    /* A counter of bytes overflows after 255 of them. */
    char *text = mem_alloc(100000);
    memset(text, '\n', 100000);
    for (size_t i = 0; (row = simd_available(i)) != NULL; i++)
        ck_assert_uint_eq(row->count_lines(text, 100000), 100000);
    mem_free(text);
}
END_TEST

/* ---- walks ---- */

struct walker {
    struct json *j;
    struct trie *trie;
    struct value *slots;
    uint64_t *found;
    struct arena scratch;
};

static struct walker
walker_open(const char *paths, bool fold, unsigned depth, const struct simd *simd)
{
    struct input_limits limits = INPUT_LIMITS_DEFAULT;
    limits.simd = simd;
    limits.depth = depth;
    struct walker w = { .j = json_new(&limits), .trie = trie_new(fold), .scratch = ARENA_INIT };
    struct sv rest = sv_of(paths), path;
    while (sv_split(&rest, ' ', &path))
        trie_add(w.trie, path);
    trie_freeze(w.trie);
    w.slots = mem_zalloc(w.trie->n_slots + 1, sizeof *w.slots);
    w.found = mem_zalloc(found_words(w.trie->n_slots) + 1, sizeof *w.found);
    return w;
}

static void
walker_close(struct walker *w)
{
    json_free(w->j);
    trie_free(w->trie);
    mem_free(w->slots);
    mem_free(w->found);
    arena_fini(&w->scratch);
}

/* Everything that a walk answers, as text. Ranks are told too: mapping does not read them, lists do. */
static void
walker_take(struct walker *w, struct sv record, bool any, struct buf *out)
{
    const size_t n = w->trie->n_slots;
    struct value all = { 0 };
    enum reject_id why;
    arena_reset(&w->scratch);
    const struct extraction x = { .record = record,
                                  .trie = w->trie,
                                  .slots = w->slots,
                                  .found = w->found,
                                  .any = any ? &all : NULL,
                                  .scratch = &w->scratch };
    const enum record_kind kind = json_walk(w->j, &x, &why);
    buf_reset(out);
    buf_printf(out, "%d %s", (int)kind, kind == RECORD_REJECT ? reject_texts[why] : "");
    for (size_t i = 0; i < n && kind == RECORD_EVENT; i++) {
        if (w->slots[i].kind == VALUE_UNSET)
            continue;
        ck_assert((w->found[i / 64] >> i % 64 & 1) != 0);
        buf_printf(out, " %zu:%u=", i, w->slots[i].rank);
        show_value(out, &w->slots[i], &w->scratch);
    }
    if (any && kind == RECORD_EVENT) {
        buf_puts(out, " *=");
        show_value(out, &all, &w->scratch);
    }
    memset(w->slots, 0, n * sizeof *w->slots);
    memset(w->found, 0, found_words(n) * sizeof *w->found);
}

/* ---- lines ---- */

static const char *const templates[] = {
    "{\"time\":\"?\",\"uid\":\"?\",\"a\":\"?\"}",
    "{\"time\":\"?\",\"uid\":\"?\",\"a\":{\"b\":\"?\",\"c\":#}}",
    "{\"time\":\"?\",\"uid\":\"?\",\"a\":{\"b\":\"?\",\"c\":#,\"d\":#},\"x\":!}",
    "{\"time\": #, \"a\": {\"b\": !, \"c\": [!, !]}, \"a.b\": !}",
    "{\"time\":\"?\",\"a\":[{\"b\":!},{\"b\":!,\"c\":!},#,\"?\"],\"d\":{}}",
    "{\"a\":{\"a\":{\"a\":{\"a\":!}}},\"x\":{\"y\":{\"z\":#}},\"b\":!}",
    "{\"src_endpoint\":{\"location\":{\"horizontal_accuracy_of_it\":#,\"lat\":#,\"long\":#}},"
    "\"http_request\":{\"user_agent\":\"?\"},\"a_key_that_is_longer_than_any_vector_that_compares_it_0123456789\":!}",
    " { \"a\" : ! , \"b c\" : ! , \"\" : # }  ",
    "{\"a\":!,\"a\":!}",
    "{\"a b\":!,\"ab\":!,\"A\":!,\"B\":{\"c\":!}}",
    "{\"\\u0061\":!,\"x\":!,\"b\":{\"c\":\"?\"}}",
    "{\"\xc3\xa9\":\"?\",\"time\":!}",
    "{}",
    "{\"a\":\"\",\"x\":\"\",\"b\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\","
    "\"\":\"?\",\"\":#}",
    "{\"d\":[[],[!],[[!]]],\"c\":[]}",
    "{\"a\":\r!}\r",
    "{\"a\":!}",
};

static void
random_text(struct rng *r, struct buf *out)
{
    static const char *const bits[] = {
        "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "{", "}", ",", ":", " ", "\\\\"
    };
    static const char *const bad[] = { "\t", "\x01", "\\x", "\\ud83d", "\xc3", "\xff", "\x80", "\xed\xa0\x80" };
    const uint32_t n = rng_below(r, 4) == 0 ? rng_below(r, 150) : rng_below(r, 20);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t what = rng_below(r, 200);
        if (what < 8)
            buf_puts(out, bits[rng_below(r, sizeof bits / sizeof *bits)]);
        else if (what == 8 && rng_below(r, 4) == 0)
            buf_puts(out, bad[rng_below(r, sizeof bad / sizeof *bad)]);
        else
            buf_putc(out, (char)('a' + rng_below(r, 26)));
    }
}

static void
random_number(struct rng *r, struct buf *out)
{
    static const char *const odd[] = { "0",
                                       "-0",
                                       "00",
                                       "-",
                                       "1.",
                                       "1.5e3",
                                       ".5",
                                       "1e5",
                                       "1E-05",
                                       "+1",
                                       "1x",
                                       "0.0",
                                       "-0.5",
                                       "0123",
                                       "1234567",
                                       "12345678",
                                       "1.234567",
                                       "1.2345678",
                                       "123456789012345678901234567890",
                                       "1.1.1",
                                       "-12.50",
                                       "1e" };
    if (rng_below(r, 3) == 0)
        buf_puts(out, odd[rng_below(r, sizeof odd / sizeof *odd)]);
    else
        buf_printf(out, "%s%u.%u", rng_below(r, 2) == 0 ? "-" : "", rng_below(r, 200), rng_below(r, 100));
}

static void
random_value(struct rng *r, struct buf *out)
{
    static const char *const words[] = { "true",  "false",     "null", "{}",  "[]",
                                         "[1,2]", "{\"b\":1}", "\"\"", "tru", "nulL" };
    switch (rng_below(r, 3)) {
    case 0:
        buf_puts(out, words[rng_below(r, sizeof words / sizeof *words)]);
        break;
    case 1:
        random_number(r, out);
        break;
    default:
        buf_putc(out, '"');
        random_text(r, out);
        buf_putc(out, '"');
        break;
    }
}

static void
damage(struct rng *r, struct buf *b)
{
    static const char bytes[] = "\"\\{}[],: 0-.etfn\t\x01\x80\xc3\xff\r";
    if (b->n == 0)
        return;
    const size_t at = rng_below(r, (uint32_t)b->n);
    switch (rng_below(r, 5)) {
    case 0:
        b->p[at] = rng_below(r, 20) == 0 ? '\0' : bytes[rng_below(r, sizeof bytes - 1)];
        break;
    case 1:
        memmove(b->p + at, b->p + at + 1, b->n - at - 1);
        b->n--;
        break;
    case 2:
        b->n = at;
        break;
    case 3:
        buf_putc(b, bytes[rng_below(r, sizeof bytes - 1)]);
        break;
    default:
        b->p[at] = (char)(b->p[at] ^ 1 << rng_below(r, 8));
        break;
    }
    for (size_t i = 0; i < b->n; i++)
        if (b->p[i] == '\n')
            b->p[i] = ' ';
}

static void
random_line(struct rng *r, struct buf *line)
{
    buf_reset(line);
    for (const char *p = templates[rng_below(r, sizeof templates / sizeof *templates)]; *p != '\0'; p++) {
        if (*p == '?')
            random_text(r, line);
        else if (*p == '#')
            random_number(r, line);
        else if (*p == '!')
            random_value(r, line);
        else
            buf_putc(line, *p);
    }
    if (rng_below(r, 6) == 0)
        damage(r, line);
}

/* The line with what stands behind every record, in memory that ends there, so that a sanitizer sees who reads on. */
static struct sv
as_record(const struct buf *line, bool last, char **memory)
{
    const size_t n = line->n + (last ? 0 : 1);
    *memory = mem_zalloc(n + INPUT_PAD, 1);
    if (line->n != 0)
        memcpy(*memory, line->p, line->n);
    if (!last)
        (*memory)[line->n] = '\n';
    return sv_make(*memory, line->n);
}

static const char *const paths[] = {
    "a",
    "time uid a.b a.c",
    "a a.b x",
    "time a.b.c a.b a",
    "a.a.a a.a.a.a b",
    "b.c B.c ab A",
    "http_request.user_agent src_endpoint.location.lat",
    "d c b a x x.y.z time uid",
    "nothing",
};

enum { N_PATHS = sizeof paths / sizeof *paths, ROWS_MAX = 8 };

static void
compare_rows(struct rng *r, const char *wanted, bool fold, unsigned depth, int lines)
{
    struct walker in_turn[ROWS_MAX];
    struct buf line = BUF_INIT, want = BUF_INIT, got = BUF_INIT;
    const struct simd *row;
    size_t n_rows = 0;
    for (; n_rows < ROWS_MAX && (row = simd_available(n_rows)) != NULL; n_rows++)
        in_turn[n_rows] = walker_open(wanted, fold, depth, row);
    for (int i = 0; i < lines; i++) {
        char *memory;
        random_line(r, &line);
        const struct sv record = as_record(&line, rng_below(r, 4) == 0, &memory);
        const bool any = rng_below(r, 16) == 0;
        struct walker alone = walker_open(wanted, fold, depth, simd_available(0));
        walker_take(&alone, record, any, &want);
        for (size_t k = 0; k < n_rows; k++) {
            walker_take(&in_turn[k], record, any, &got);
            ck_assert_msg(sv_eq(buf_view(&got), buf_view(&want)), "%s, line %d, paths %s\n%.*s\ngot  %.*s\nwant %.*s",
                          simd_available(k)->name, i, wanted, SV_ARG(record), SV_ARG(buf_view(&got)),
                          SV_ARG(buf_view(&want)));
        }
        walker_close(&alone);
        mem_free(memory);
    }
    for (size_t k = 0; k < n_rows; k++)
        walker_close(&in_turn[k]);
    buf_fini(&line);
    buf_fini(&want);
    buf_fini(&got);
}

START_TEST(test_walks)
{
    struct rng r = { (uint64_t)_i * 7919 + 1 };
    compare_rows(&r, paths[_i % N_PATHS], _i % 5 == 4, _i % 7 == 6 ? 3 : 64, 1500);
}
END_TEST

/* A line that does not fit its shape is walked as ever, so a mistake in fitting would only show in the time. Here each
 * kind of value is met by its shape, from the second line on. */
START_TEST(test_hits)
{
    static const char *const lines[] = {
        "{\"a\":\"%u\",\"x\":%u,\"b\":{\"c\":true}}",
        "{\"a\":[\"v%u\",[\"w\"]],\"x\":\"%u\",\"d\":[{\"e\":\"f\"}],\"b\":{\"c\":\"g\"}}",
        "{\"a\":\"\",\"x\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"\",\"\":\"%u\",\"\":%u}",
        "{\"a\":{\"k\":\"%u\"},\"x\":\"\\u00e9 \xe2\x82\xac \\\" %u\",\"b\":null}",
        "{\"a_key_that_is_longer_than_any_vector_that_compares_it_0123456789\":\"%u\",\"a\":-%u.5}",
    };
    const struct simd *row;
    struct buf line = BUF_INIT, got = BUF_INIT;
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
        for (size_t r = 0; (row = simd_available(r)) != NULL; r++) {
            struct walker w = walker_open("a x b.c", false, 64, row);
            for (unsigned i = 0; i < 100; i++) {
                char *memory;
                buf_reset(&line);
                buf_printf(&line, lines[k], i * 7919, i);
                walker_take(&w, as_record(&line, false, &memory), false, &got);
                mem_free(memory);
                ck_assert_msg(sv_starts(buf_view(&got), SV("0 ")), "%s: %.*s", row->name, SV_ARG(buf_view(&got)));
                ck_assert_msg(w.j->shapes[0].credit == (i == 0 ? SHAPE_CREDIT - 1 : SHAPE_CREDIT), "%s, line %u of %zu",
                              row->name, i, k);
            }
            walker_close(&w);
        }
    }
    buf_fini(&line);
    buf_fini(&got);
}
END_TEST

/* Keys that are data: no two lines are alike. Shapes come to rest, are forgotten, and tried again. */
START_TEST(test_no_shape)
{
    struct walker w = walker_open("a.b x", false, 64, NULL);
    struct buf line = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    for (unsigned i = 0; i < 30000; i++) {
        char *memory;
        buf_reset(&line);
        buf_printf(&line, "{\"x\":%u,\"k%u\":{\"k%u\":\"v\"},\"a\":{\"b\":\"%u\"}}", i, i * 7919u, i % 100, i);
        const struct sv record = as_record(&line, false, &memory);
        walker_take(&w, record, false, &got);
        buf_reset(&want);
        buf_printf(&want, "=\"%u\"", i);
        ck_assert(sv_find(buf_view(&got), buf_view(&want), 0) < got.n);
        mem_free(memory);
    }
    walker_close(&w);
    buf_fini(&line);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

/* One state, more sources than it keeps shapes for. */
START_TEST(test_sources)
{
    struct rng r = { 5 };
    struct walker w[12], alone;
    struct buf line = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    for (size_t i = 0; i < 12; i++)
        w[i] = walker_open(paths[i % N_PATHS], i >= N_PATHS, 64, NULL);
    for (int i = 0; i < 3000; i++) {
        char *memory;
        const size_t k = rng_below(&r, i % 2 == 0 ? 12 : 3);
        random_line(&r, &line);
        const struct sv record = as_record(&line, false, &memory);
        alone = walker_open(paths[k % N_PATHS], k >= N_PATHS, 64, NULL);
        walker_take(&alone, record, false, &want);
        walker_close(&alone);
        struct json *own = w[k].j;
        w[k].j = w[0].j;
        walker_take(&w[k], record, false, &got);
        w[k].j = k == 0 ? w[0].j : own;
        ck_assert_msg(sv_eq(buf_view(&got), buf_view(&want)), "%.*s\ngot  %.*s\nwant %.*s", SV_ARG(record),
                      SV_ARG(buf_view(&got)), SV_ARG(buf_view(&want)));
        mem_free(memory);
    }
    for (size_t i = 12; i-- > 0;)
        walker_close(&w[i]);
    buf_fini(&line);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

/* Lines with more values, or longer pieces, than a shape has. */
START_TEST(test_bounds)
{
    struct walker w = walker_open("a b", false, 64, NULL);
    struct buf line = BUF_INIT, got = BUF_INIT, first = BUF_INIT;
    for (size_t values = 1000; values < 1100; values += 11) {
        for (int round = 0; round < 3; round++) {
            char *memory;
            buf_reset(&line);
            buf_puts(&line, "{\"a\":1");
            for (size_t i = 0; i < values; i++)
                buf_printf(&line, ",\"k%zu\":%d", i, round);
            buf_printf(&line, ",\"long\":{%*s},\"b\":2}", values % 2 != 0 ? 5000 : 50, "");
            const struct sv record = as_record(&line, true, &memory);
            walker_take(&w, record, false, round == 0 ? &first : &got);
            if (round != 0)
                ck_assert(sv_eq(buf_view(&first), buf_view(&got)));
            ck_assert(sv_find(buf_view(&first), SV("=2"), 0) < first.n);
            mem_free(memory);
        }
    }
    walker_close(&w);
    buf_fini(&line);
    buf_fini(&got);
    buf_fini(&first);
}
END_TEST

TCase *
simd_tests(void)
{
    TCase *t = tcase_create("simd");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_rows);
    tcase_add_test(t, test_count_lines);
    tcase_add_loop_test(t, test_walks, 0, 27);
    tcase_add_test(t, test_hits);
    tcase_add_test(t, test_no_shape);
    tcase_add_test(t, test_sources);
    tcase_add_test(t, test_bounds);
    return t;
}
