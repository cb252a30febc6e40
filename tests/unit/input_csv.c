/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: quotes, line ends, columns, and quotes that nobody closed. */
#include "input_util.h"

#include <string.h>

static struct source_def csv_source_def;
static struct source_defs csv_source;

/* A plain source whose files are CSV. */
static const struct source_def *
csv_def(bool empty_is_absent, bool fold)
{
    csv_source_def = plain_source();
    csv_source_def.format = SV("csv");
    csv_source_def.empty_is_absent = empty_is_absent;
    csv_source_def.fold_case = fold;
    csv_source = (struct source_defs){ .v = &csv_source_def, .n = 1 };
    return &csv_source_def;
}

static void
transcribe_csv(struct setup s, struct sv text, struct buf *got)
{
    s.forced = csv_def(false, s.fold);
    s.defs = &csv_source;
    transcribe(&s, text, got);
}

#define T(text) text, sizeof text - 1

static const struct {
    const char *fields;
    const char *p;
    size_t n;
    const char *want;
} rows[] = {
    { "a b", T("a,b\n1,2\n"), "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n1,2"), "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\r\n1,2\r\n"), "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\r\n1,2\r"), "2: a=\"1\" b=\"2\"\n" },
    { "b", T("a,b,c\n1,2,3\n"), "2: b=\"2\"\n" },
    { "x", T("a,b\n1,2\n"), "2:\n" },
    { "a", T("a\nx\n\ny\n"), "2: a=\"x\"\n3: -\n4: a=\"y\"\n" },
    { "a b", T("a,b\n,\n"), "2: a=\"\" b=\"\"\n" },
    { "a b", T("a,b\n\"\",\"x\"\n"), "2: a=\"\" b=\"x\"\n" },
    { "a b", T("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n"), "2: a=\"x, y\" b=\"say \"hi\"\"\n" },
    { "a b", T("a,b\n\"\"\"\",\"\"\"\"\"\"\n"), "2: a=\"\"\" b=\"\"\"\"\n" },
    { "a b", T("a,b\n\"1\n2\r\n3\",4\n5,6\n"), "2: a=\"1\\x0a2\\x0d\\x0a3\" b=\"4\"\n5: a=\"5\" b=\"6\"\n" },
    { "a b", T("a,b\n1,\"2\"\r\n3,4\n"), "2: a=\"1\" b=\"2\"\n3: a=\"3\" b=\"4\"\n" },
    { "a b", T("a,b\n 1 , 2\n"), "2: a=\" 1 \" b=\" 2\"\n" },
    { "a b", T("a,b\n1\r2,3\n"), "2: a=\"1\\x0d2\" b=\"3\"\n" },
    { "a b", T("\n\na,b\n1,2\n"), "4: a=\"1\" b=\"2\"\n" },
    { "a b",
      T("\xef\xbb\xbf"
        "a,b\n1,2\n"),
      "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("\xef\xbb\xbf\"a\",b\n1,2\n"), "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n\xc3\xa4,\xe2\x82\xac\n"), "2: a=\"\xc3\xa4\" b=\"\xe2\x82\xac\"\n" },
    { "a b", T("a,b\n"), "" },
    { "a b", T("a,b"), "" },

    /* the header */
    { "a.b.c a.b", T("a.b.c,a.b\n1,2\n"), "2: a.b.c=\"1\" a.b=\"2\"\n" },
    { "a a.b", T("a,a.b\n1,2\n"), "2: a=\"1\" a.b=\"2\"\n" },
    { "a", T("a,b,a\n1,2,3\n"), "2: a=\"3\"\n" },
    { "ThreatName", T("x,Threat Name\n1,2\n"), "2: ThreatName=\"2\"\n" },
    { "ThreatName", T("ThreatName,Threat Name\n1,2\n"), "2: ThreatName=\"1\"\n" },
    { "ThreatName", T("Threat Name,ThreatName\n1,2\n"), "2: ThreatName=\"2\"\n" },
    { "ThreatName Threat_Name", T("Threat Name\n1\n"), "2: ThreatName=\"1\" Threat Name=\"1\"\n" },
    { "a b", T("a, b\n1,2\n"), "2: a=\"1\" b=\"2\"\n" },
    { "a b", T("\"a\",\"b\"\n1,2\n"), "2: a=\"1\" b=\"2\"\n" },
    { "a\"b", T("\"a\"\"b\"\n1\n"), "2: a\"b=\"1\"\n" },

    /* columns */
    { "a", T("a,b\n1\n1,2,3\n1,2\n"),
      "2@4: wrong number of CSV fields\n3@6: wrong number of CSV fields\n4: a=\"1\"\n" },
    { "a", T("a,b\n\"1,2\"\n1,2\n"), "2@4: wrong number of CSV fields\n3: a=\"1\"\n" },

    /* text */
    { "a", T("a,b\nx\0,1\n1,2\n"), "2@4: NUL byte\n3: a=\"1\"\n" },
    { "a", T("a,b\n\xff,1\n1,2\n"), "2@4: invalid UTF-8\n3: a=\"1\"\n" },

    /* quotes that are out of place */
    { "a b", T("a,b\nx\"y,1\n1,2\n"), "2@4: unclosed or misplaced CSV quote\n3: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n\"x\"y,1\n1,2\n"), "2@4: unclosed or misplaced CSV quote\n3: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n\"x\" ,1\n1,2\n"), "2@4: unclosed or misplaced CSV quote\n3: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n \"x\",1\n1,2\n"), "2@4: unclosed or misplaced CSV quote\n3: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n\"x\"\ry,1\n1,2\n"), "2@4: unclosed or misplaced CSV quote\n3: a=\"1\" b=\"2\"\n" },
    { "a b", T("a,b\n1,\"2\n3,4\n5,6\n"),
      "2@4: unclosed or misplaced CSV quote\n3: a=\"3\" b=\"4\"\n4: a=\"5\" b=\"6\"\n" },
    { "a b", T("a,b\n1,\"2\n3,4\n5,6"),
      "2@4: unclosed or misplaced CSV quote\n3: a=\"3\" b=\"4\"\n4: a=\"5\" b=\"6\"\n" },
    { "a b", T("a,b\n1,\""), "2@4: unclosed or misplaced CSV quote\n" },
    { "a b", T("a,b\n\"1\n1\",\"2\n3,4\n"),
      "2@4: unclosed or misplaced CSV quote\n4: a=\"3\" b=\"4\"\n" }, /* up to the line where it was opened */
    { "a b", T("a,b\n1,\"2\n3,\"4\"\n5,6\n"),
      "2@4: unclosed or misplaced CSV quote\n3: a=\"3\" b=\"4\"\n4: a=\"5\" b=\"6\"\n" },
};

START_TEST(test_row)
{
    struct buf got = BUF_INIT;
    const struct sv text = { rows[_i].p, rows[_i].n };
    for (size_t block = 1; block < 40; block = block < 20 ? block + 1 : block * 2) {
        transcribe_csv((struct setup){ .fields = rows[_i].fields, .limits = { .block = block } }, text, &got);
        check_text(rows[_i].p, &got, rows[_i].want);
    }
    transcribe_csv((struct setup){ .fields = rows[_i].fields }, text, &got);
    check_text(rows[_i].p, &got, rows[_i].want);
    buf_fini(&got);
}
END_TEST

START_TEST(test_options)
{
    struct buf got = BUF_INIT;
    const struct sv text = SV("Time,a b,b\n,x,\"\"\n");
    struct setup s = { .fields = "time ab b", .any = true };
    s.forced = csv_def(true, true);
    s.defs = &csv_source;
    transcribe(&s, text, &got);
    check_text("absent", &got, "2: *=[\"x\",\"\"] ab=\"x\" b=\"\"\n");
    s.forced = csv_def(false, false);
    s.defs = &csv_source;
    transcribe(&s, text, &got);
    check_text("present", &got, "2: *=[\"\",\"x\",\"\"] ab=\"x\" b=\"\"\n");
    buf_fini(&got);
}
END_TEST

/* A quote that opens and does not close within the limit costs one line, whatever the blocks; a field that is longer
 * than the limit and has no quote is too long. */
START_TEST(test_limit)
{
    struct buf text = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
    buf_puts(&text, "a,b\n1,\"open\n");
    for (int i = 0; i < 100; i++)
        buf_printf(&text, "%d,x\n", i);
    buf_puts(&text, "7,\"closed\"\n8,");
    for (int i = 0; i < 500; i++)
        buf_putc(&text, 'y');
    buf_puts(&text, "\n\"");
    for (int i = 0; i < 500; i++)
        buf_putc(&text, 'z');
    buf_puts(&text, "\",9\n9,9\n");
    buf_puts(&want, "2: unclosed or misplaced CSV quote\n");
    for (int i = 0; i < 100; i++)
        buf_printf(&want, "%d: a=\"%d\" b=\"x\"\n", i + 3, i);
    buf_puts(&want, "103: a=\"7\" b=\"closed\"\n104: line longer than the limit\n105: line longer than the limit\n"
                    "106: a=\"9\" b=\"9\"\n");
    static const size_t blocks[] = { 1, 2, 3, 10, 50, 99, 100, 101, 102, 103, 500, 100000 };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        transcribe_csv((struct setup){ .fields = "a b", .limits = { .line = 100, .block = blocks[i] } },
                       buf_view(&text), &got);
        /* Offsets have their own test. */
        struct buf plain = BUF_INIT;
        for (size_t k = 0, skip = 0; k < got.n; k++) {
            skip = got.p[k] == '@' ? 1 : got.p[k] == ':' || got.p[k] == '\n' ? 0 : skip;
            if (!skip)
                buf_putc(&plain, got.p[k]);
        }
        check_text("limit", &plain, buf_cstr(&want));
        buf_fini(&plain);
    }
    buf_fini(&text);
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

/* Exactly the limit is allowed, one more is not, with either line end. */
START_TEST(test_limit_edges)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    for (size_t n = 45; n <= 55; n++)
        for (int style = 0; style < 4; style++)
            for (size_t block = 1; block < 120; block += 7) {
                buf_reset(&text);
                buf_puts(&text, "a\n");
                buf_puts(&text, style & 1 ? "\"" : "");
                for (size_t i = style & 1 ? 2 : 0; i < n; i++)
                    buf_putc(&text, 'x');
                buf_puts(&text, style & 1 ? "\"" : "");
                buf_puts(&text, style & 2 ? "\r\n" : "\n");
                buf_puts(&text, "y\n");
                transcribe_csv((struct setup){ .fields = "b", .limits = { .line = 50, .block = block } },
                               buf_view(&text), &got);
                check_text("edges", &got, n <= 50 ? "2:\n3:\n" : "2@2: line longer than the limit\n3:\n");
            }
    buf_fini(&text);
    buf_fini(&got);
}
END_TEST

/* Cut anywhere, a CSV gives the records that are whole, and at most one reject; in a damaged stream the unfinished
 * last record is never an event. */
START_TEST(test_every_truncation)
{
    const char *text = "a,b\n1,2\n\"3\n3\",\"4\"\"\"\n5,6\n";
    const char *whole = "2: a=\"1\" b=\"2\"\n3: a=\"3\\x0a3\" b=\"4\"\"\n5: a=\"5\" b=\"6\"\n";
    struct buf got = BUF_INIT, gz = BUF_INIT;
    for (size_t n = 1; n <= strlen(text); n++) {
        buf_reset(&gz);
        gzip(sv_make(text, n), &gz);
        /* Without the trailer the stream is damaged, and all text is there. */
        transcribe_csv((struct setup){ .fields = "a b" }, sv_make(gz.p, gz.n - 8), &got);
        size_t events = 0;
        struct sv rest = buf_view(&got), line;
        while (sv_split(&rest, '\n', &line))
            if (line.n != 0 && sv_find_char(line, '@', 0) == line.n && line.p[0] != '!') {
                ck_assert_msg(sv_find(sv_of(whole), line, 0) < strlen(whole), "%zu: %.*s", n, SV_ARG(line));
                events++;
            }
        const size_t want = n >= 24 ? 3 : n >= 20 ? 2 : n >= 8 ? 1 : 0;
        ck_assert_msg(events == want, "%zu: %.*s", n, SV_ARG(buf_view(&got)));
    }
    buf_fini(&got);
    buf_fini(&gz);
}
END_TEST

START_TEST(test_cut_record)
{
    struct buf got = BUF_INIT, gz = BUF_INIT;
    gzip(SV("a,b\n1,2\n3,4"), &gz);
    transcribe_csv((struct setup){ .fields = "a b" }, sv_make(gz.p, gz.n - 8), &got);
    check_text("cut", &got, "2: a=\"1\" b=\"2\"\n3@8: CSV record ends too early\n! truncated gzip\n");
    transcribe_csv((struct setup){ .fields = "a b" }, buf_view(&gz), &got);
    check_text("whole", &got, "2: a=\"1\" b=\"2\"\n3: a=\"3\" b=\"4\"\n");
    buf_fini(&got);
    buf_fini(&gz);
}
END_TEST

/* Random bytes of CSV's alphabet: any size of blocks gives the same transcript. */
START_TEST(test_blocks_do_not_matter)
{
    static const char alphabet[] = "\"\"\",,\n\nab\r";
    struct rng rng = { (uint64_t)_i };
    struct buf text = BUF_INIT, a = BUF_INIT, b = BUF_INIT;
    for (int round = 0; round < 20; round++) {
        buf_reset(&text);
        buf_puts(&text, "x,y\n");
        for (uint32_t n = rng_below(&rng, 300); n != 0; n--)
            buf_putc(&text, alphabet[rng_below(&rng, sizeof alphabet - 1)]);
        struct setup s = { .fields = "x y", .show_offsets = true, .limits = { .line = 1 + rng_below(&rng, 60) } };
        transcribe_csv(s, buf_view(&text), &a);
        for (size_t block = 1; block < 400; block += 1 + rng_below(&rng, 20)) {
            s.limits.block = block;
            transcribe_csv(s, buf_view(&text), &b);
            check_text(buf_cstr(&text), &b, buf_cstr(&a));
        }
    }
    buf_fini(&text);
    buf_fini(&a);
    buf_fini(&b);
}
END_TEST

TCase *
csv_tests(void)
{
    TCase *t = tcase_create("csv");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(t, test_options);
    tcase_add_test(t, test_limit);
    tcase_add_test(t, test_limit_edges);
    tcase_add_test(t, test_every_truncation);
    tcase_add_test(t, test_cut_record);
    tcase_add_loop_test(t, test_blocks_do_not_matter, 1, 30);
    return t;
}
