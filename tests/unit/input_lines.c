/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, their numbers and offsets, blocks of any size, and lines longer than any memory. */
#include "input_util.h"

#include <string.h>

#include "input/format.h"

static const char mixed[] =
    "{\"a\":1}\n"
    "\n"
    "{\"a\":\"two\"}\r\n"
    " \t\r\n"
    "nonsense\n"
    "{\"a\":[1,2,\n"
    "{\"a\":\"\xc3\xa9\"}\n"
    "{\"a\":\"a rather long line, longer than most of the blocks that are tried here, by far: 64\"}\n"
    "\n\n"
    "{\"a\":7}";

static const char mixed_told[] =
    "1@0: a=1\n"
    "2@8: -\n"
    "3@9: a=\"two\"\n"
    "4@22: -\n"
    "5@26: invalid JSON\n"
    "6@35: JSON ends too early\n"
    "7@46: a=\"\xc3\xa9\"\n"
    "8@57: a=\"a rather long line, longer than most of the blocks that are tried here, by far: 64\"\n"
    "9@148: -\n"
    "10@149: -\n"
    "11@150: a=7\n";

/* Whatever the size of blocks, the same records with the same places. */
START_TEST(test_block_sizes)
{
    struct buf got = BUF_INIT;
    const struct setup s = { .fields = "a", .show_offsets = true, .limits = { .block = (size_t)_i } };
    transcribe(&s, SV(mixed), &got);
    check_text("mixed", &got, mixed_told);
    buf_fini(&got);
}
END_TEST

static void
fill(struct buf *b, char c, size_t n)
{
    buf_grow(b, n);
    memset(b->p + b->n, c, n);
    b->n += n;
}

/* A line of n bytes between two short ones. */
static void
long_line(struct buf *b, size_t n, const char *end)
{
    buf_reset(b);
    buf_puts(b, "{\"a\":1}\n{\"a\":\"");
    fill(b, 'x', n - 8);
    buf_puts(b, "\"}");
    buf_puts(b, end);
    buf_puts(b, "{\"b\":2}");
}

START_TEST(test_limit)
{
    static const struct {
        size_t n;
        const char *end;
        bool too_long;
    } cases[] = {
        { 99, "\n", false },   { 100, "\n", false }, { 100, "\r\n", false }, { 101, "\n", true },
        { 101, "\r\n", true }, { 102, "\n", true },  { 103, "\r\n", true },  { 5000, "\n", true },
    };
    static const size_t blocks[] = { 1, 7, 64, 100, 101, 102, 103, 104, 1000, 100000 };
    struct buf text = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        long_line(&text, cases[c].n, cases[c].end);
        buf_reset(&want);
        buf_puts(&want, "1@0: a=1\n2@8: line longer than the limit\n");
        buf_printf(&want, "3@%zu: b=2\n", 8 + cases[c].n + strlen(cases[c].end));
        for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
            const struct setup s = { .fields = "a b",
                                     .show_offsets = true,
                                     .limits = { .line = 100, .block = blocks[b] } };
            transcribe(&s, buf_view(&text), &got);
            if (cases[c].too_long)
                check_text("too long", &got, buf_cstr(&want));
            else
                ck_assert(sv_find(buf_view(&got), SV("longer"), 0) == got.n);
        }
    }
    buf_fini(&text);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

/* The last line, first line, and several in a row may be too long. */
START_TEST(test_many_long)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    buf_puts(&text, "{\"a\":\"");
    fill(&text, 'x', 300000);
    buf_puts(&text, "\"}\n{");
    fill(&text, 'y', 70000);
    buf_puts(&text, "\n{\"a\":5}\n");
    fill(&text, 'z', 1000);
    static const size_t blocks[] = { 1, 64, 999, 4096, 262144 };
    for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++) {
        const struct setup s = { .fields = "a", .limits = { .line = 500, .block = blocks[b] } };
        struct stream_info info;
        transcribe_info(&s, buf_view(&text), &got, &info);
        check_text("many", &got,
                   "1@0: line longer than the limit\n2@300009: line longer than the limit\n3: a=5\n"
                   "4@370019: line longer than the limit\n");
        ck_assert_uint_eq(info.bytes, text.n);
    }
    buf_fini(&text);
    buf_fini(&got);
}
END_TEST

/* What is shown of a line that is too long does not depend on who found it so. */
START_TEST(test_long_text)
{
    struct buf text = BUF_INIT;
    long_line(&text, 5000, "\n");
    static const size_t blocks[] = { 10, 100000 };
    for (size_t i = 0; i < 2; i++) {
        struct source_def def = plain_source();
        const struct source_defs defs = { .v = &def, .n = 1 };
        struct fields *fields = fields_new();
        const struct input_limits limits = { .line = 1000, .depth = 64, .block = blocks[i] };
        struct projections *p = projections_new(&defs, &def, fields, &limits);
        const struct input_file file = { .name = SV("x"), .memory = buf_view(&text) };
        struct inputs *in = inputs_new_memory(&file, 1);
        struct stream *s = stream_open(in, 0, p);
        struct parser *ps = parser_new(p);
        struct arena scratch = ARENA_INIT;
        struct event ev;
        event_init(&ev, fields_count(fields), &scratch, NULL);
        struct block b;
        block_init(&b);
        size_t rejects = 0;
        while (stream_next(s, &b)) {
            struct reject r;
            enum record_kind kind;
            parser_start(ps, &b);
            while ((kind = parser_next(ps, &ev, &r)) != RECORD_END) {
                if (kind != RECORD_REJECT)
                    continue;
                rejects++;
                ck_assert_uint_eq(r.text.n, 256);
                ck_assert(sv_starts(r.text, SV("{\"a\":\"xxx")));
            }
        }
        ck_assert_uint_eq(rejects, 1);
        block_fini(&b);
        event_fini(&ev);
        arena_fini(&scratch);
        parser_free(ps);
        stream_close(s);
        inputs_free(in);
        projections_free(p);
        fields_free(fields);
    }
    buf_fini(&text);
}
END_TEST

START_TEST(test_small_files)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },
        { "\n", "1@0: -\n" },
        { "\n\n \n", "1@0: -\n2@1: -\n3@2: -\n" },
        { "  ", "1@0: -\n" },
        { "\xef\xbb\xbf", "" },
        { "\xef\xbb\xbf{\"a\":1}", "1@3: a=1\n" },
        { "\xef\xbb\xbf\n{\"a\":1}\n", "1@3: -\n2@4: a=1\n" },
        { "{\"a\":1}", "1@0: a=1\n" },
        { "{\"a\":1}\r\n", "1@0: a=1\n" },
        { "{\"a\":1}\n", "1@0: a=1\n" },
        { "{", "1@0: JSON ends too early\n" },
        { "\r\n\r\n{\"a\":1}", "1@0: -\n2@2: -\n3@4: a=1\n" },
    };
    struct buf got = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t block = 1; block < 9; block++) {
            transcribe(&(struct setup){ .fields = "a", .show_offsets = true, .limits = { .block = block } },
                       sv_of(rows[i].text), &got);
            check_text(rows[i].text, &got, rows[i].want);
        }
    }
    buf_fini(&got);
}
END_TEST

START_TEST(test_count_lines)
{
    struct rng rng = { 7 };
    struct buf text = BUF_INIT;
    for (int round = 0; round < 50; round++) {
        buf_reset(&text);
        const size_t n = rng_below(&rng, 10000);
        const uint32_t every = 1 + rng_below(&rng, 20);
        size_t want = 0;
        for (size_t i = 0; i < n; i++) {
            const bool end = rng_below(&rng, every) == 0;
            want += end;
            buf_putc(&text, end ? '\n' : (char)rng_below(&rng, 256));
            want += !end && text.p[i] == '\n';
        }
        ck_assert_uint_eq(cut_count_lines(buf_view(&text)), want);
    }
    buf_fini(&text);
}
END_TEST

START_TEST(test_info)
{
    struct buf got = BUF_INIT;
    struct stream_info info;
    transcribe_info(&(struct setup){ .fields = "a" }, SV("{\"a\":1}\n{}"), &got, &info);
    ck_assert_int_eq(info.compression, COMPRESSION_NONE);
    ck_assert_str_eq(info.format, "jsonl");
    ck_assert_uint_eq(info.source, 0);
    ck_assert_uint_eq(info.bytes, 10);
    ck_assert_uint_eq(info.bytes_in, 10);
    ck_assert_uint_eq(strlen(info.digest), 32);
    transcribe_info(&(struct setup){ .fields = "a" }, SV(""), &got, &info);
    ck_assert_ptr_null(info.format);
    ck_assert_uint_eq(info.source, UINT32_MAX);
    buf_fini(&got);
}
END_TEST

TCase *
line_tests(void)
{
    TCase *t = tcase_create("lines");
    tcase_add_loop_test(t, test_block_sizes, 1, 65);
    tcase_add_test(t, test_limit);
    tcase_add_test(t, test_many_long);
    tcase_add_test(t, test_long_text);
    tcase_add_test(t, test_small_files);
    tcase_add_test(t, test_count_lines);
    tcase_add_test(t, test_info);
    return t;
}
