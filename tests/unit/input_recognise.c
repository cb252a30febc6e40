/* SPDX-License-Identifier: Apache-2.0 */
/* Which source a file is of, told by its content. */
#include "input_util.h"

#include <string.h>

static struct sv canonical_keys[] = { { "time", 4 }, { "action", 6 } };
static struct sv okta_keys[] = { { "uuid", 4 }, { "actor.id", 8 } };
static struct sv rich_keys[] = { { "time", 4 }, { "action", 6 }, { "rich", 4 } };
static struct sv log_keys[] = { { "EventTime", 9 }, { "User Name", 9 } };

static struct source_def list[] = {
    { .name = { "canonical", 9 }, .recognise = canonical_keys, .n_recognise = 2, .time_optional = true },
    { .name = { "okta", 4 },
      .format = { "jsonl", 5 },
      .recognise = okta_keys,
      .n_recognise = 2,
      .time_optional = true },
    { .name = { "rich", 4 }, .recognise = rich_keys, .n_recognise = 3, .time_optional = true },
    { .name = { "twin", 4 }, .recognise = canonical_keys, .n_recognise = 2, .time_optional = true },
    { .name = { "table", 5 }, .format = { "csv", 3 }, .recognise = log_keys, .n_recognise = 2, .time_optional = true },
    { .name = { "raw", 3 }, .time_optional = true },
};
static const struct source_defs defs = { .v = list, .n = sizeof list / sizeof *list };

#define T(text) text, sizeof text - 1
#define NONE -1

static const struct {
    const char *p;
    size_t n;
    int forced;         /* index, or NONE */
    int source;         /* index, or NONE */
    const char *format; /* or NULL */
    const char *told;   /* the transcript; fields: x */
} rows[] = {
    { T("{\"time\":1,\"action\":\"a\",\"x\":1}\n"), NONE, 0, "jsonl", "1: x=1\n" },
    { T("{\"time\":1,\"action\":\"a\",\"rich\":1}\n"), NONE, 2, "jsonl", "1:\n" },
    { T("{\"uuid\":1,\"actor\":{\"id\":2}}\n"), NONE, 1, "jsonl", "1:\n" },
    { T("{\"uuid\":1,\"actor.id\":2}\n"), NONE, 1, "jsonl", "1:\n" },
    { T("{\"uuid\":null,\"actor.id\":null}\n"), NONE, 1, "jsonl", "1:\n" },
    { T("{\"uuid\":1,\"actor\":3}\n"), NONE, NONE, NULL, "! source not recognised (keys: uuid, actor)\n" },
    { T("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}"), NONE, NONE, NULL,
      "! source not recognised (keys: a, b, c, d, e, f, g, h, ...)\n" },

    /* a broken or odd first line does not lose the file */
    { T("{\"time\":\n{\"time\":1,\"action\":2,\"x\":3}\n"), NONE, 0, "jsonl", "1@0: JSON ends too early\n2: x=3\n" },
    { T("# comment\n{\"time\":1,\"action\":2,\"x\":3}\n"), NONE, 0, "jsonl", "1@0: invalid JSON\n2: x=3\n" },
    { T("\0\0\0\n{\"time\":1,\"action\":2,\"x\":3}\n"), NONE, 0, "jsonl", "1@0: NUL byte\n2: x=3\n" },
    { T("{\"x\":1}\n{\"time\":1,\"action\":2,\"x\":3}\n"), NONE, 0, "jsonl", "1: x=1\n2: x=3\n" },
    { T("[1]\n\n{\"time\":1,\"action\":2}"), NONE, 0, "jsonl", "1@0: not a JSON object\n2: -\n3:\n" },
    { T("{\"time\":\n{\"act\n"), NONE, 0, "jsonl", "1@0: JSON ends too early\n2@9: JSON ends too early\n" },

    /* CSV */
    { T("time,action,x\n1,2,3\n"), NONE, 0, "csv", "2: x=\"3\"\n" },
    { T("x,action,time\n1,2,3\n"), NONE, 0, "csv", "2: x=\"1\"\n" },
    { T("EventTime,User Name\n1,2\n"), NONE, 4, "csv", "2:\n" },
    { T("EventTime,User\n1,2\n"), NONE, NONE, NULL, "! source not recognised (columns: EventTime, User)\n" },
    { T("uuid,actor.id\n1,2\n"), NONE, NONE, NULL, "! source not recognised (columns: uuid, actor.id)\n" },

    /* what is no log */
    { T("hello world\nhow are you\n"), NONE, NONE, NULL, "! format not recognised\n" },
    { T("\x7f"
        "ELF\0\0\0\0,\n{\n"),
      NONE, NONE, NULL, "! format not recognised\n" },
    { T("BZh91AY&SY\0\0"), NONE, NONE, NULL, "! format not recognised\n" },
    { T("\0"), NONE, NONE, NULL, "! format not recognised\n" },
    { T(""), NONE, NONE, NULL, "" },
    { T(" \n"), NONE, 0, "jsonl", "1: -\n" },

    /* forced */
    { T("{\"x\":1}\n"), 5, 5, "jsonl", "1: x=1\n" },
    { T("{\"time\":1,\"action\":\"a\",\"x\":1}\n"), 5, 5, "jsonl", "1: x=1\n" },
    { T("{\"x\"\n"), 5, 5, "jsonl", "1@0: JSON ends too early\n" },
    { T("y,x\n1,2\n"), 5, 5, "csv", "2: x=\"2\"\n" },
    { T("y,z\n1,2\n"), 5, NONE, NULL, "! format not recognised\n" },
    { T("y,z\n1,2\n"), 4, 4, "csv", "2:\n" },
    { T("nonsense\n"), 1, 1, "jsonl", "1@0: invalid JSON\n" },
    { T("\x7f"
        "ELF\0\0\0\0"),
      1, NONE, NULL, "! format not recognised\n" },
    { T("\x7f"
        "ELF\0\0\0\0"),
      5, NONE, NULL, "! format not recognised\n" },
    { T(""), 5, NONE, NULL, "" },
    { T("\n"), 5, 5, "jsonl", "1: -\n" },
};

START_TEST(test_row)
{
    struct buf got = BUF_INIT;
    const size_t blocks[] = { 1, 5, 64, 100000 };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        const struct setup s = { .fields = "x",
                                 .defs = &defs,
                                 .forced = rows[_i].forced != NONE ? &list[rows[_i].forced] : NULL,
                                 .limits = { .block = blocks[i] } };
        struct stream_info info;
        transcribe_info(&s, sv_make(rows[_i].p, rows[_i].n), &got, &info);
        check_text(rows[_i].p, &got, rows[_i].told);
        ck_assert_int_eq((int)info.source, rows[_i].source);
        if (rows[_i].format == NULL)
            ck_assert_ptr_null(info.format);
        else
            ck_assert_str_eq(info.format, rows[_i].format);
    }
    buf_fini(&got);
}
END_TEST

/* Broken lines before the first good one, more than any window holds. */
START_TEST(test_late)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    for (int i = 0; i < 20000; i++)
        buf_puts(&text, i % 2 != 0 ? "{\"broken\":\n" : "\n");
    buf_puts(&text, "{\"uuid\":1,\"actor\":{\"id\":2},\"x\":7}\n");
    const struct setup s = { .fields = "x", .defs = &defs };
    struct stream_info info;
    transcribe_info(&s, buf_view(&text), &got, &info);
    ck_assert_uint_eq(info.source, 1);
    ck_assert(sv_ends(buf_view(&got), SV("20000@109991: JSON ends too early\n20001: x=7\n")) ||
              sv_ends(buf_view(&got), SV("20001: x=7\n")));
    size_t lines = 0;
    for (size_t i = 0; i < got.n; i++)
        lines += got.p[i] == '\n';
    ck_assert_uint_eq(lines, 20001);

    /* A first line that is longer than everything. */
    buf_reset(&text);
    buf_puts(&text, "{\"a\":\"");
    for (int i = 0; i < 3000000; i++)
        buf_putc(&text, 'x');
    buf_puts(&text, "\"}\n{\"uuid\":1,\"actor\":{\"id\":2},\"x\":7}\n");
    transcribe_info(&s, buf_view(&text), &got, &info);
    check_text("late", &got, "1@0: line longer than the limit\n2: x=7\n");
    ck_assert_uint_eq(info.source, 1);

    /* Recognition fails late. */
    text.n = 3000009;
    buf_puts(&text, "{\"other\":1}\n");
    transcribe_info(&s, buf_view(&text), &got, &info);
    check_text("other", &got, "1@0: line longer than the limit\n! source not recognised (keys: other)\n");
    buf_fini(&text);
    buf_fini(&got);
}
END_TEST

/* A blank megabyte is not a format, and nothing is known of it before its first record. */
START_TEST(test_blank_start)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    for (int i = 0; i < 200000; i++)
        buf_putc(&text, '\n');
    buf_puts(&text, "{\"uuid\":1,\"actor\":{\"id\":2},\"x\":7}\n");
    const struct setup s = { .fields = "x", .defs = &defs };
    struct stream_info info;
    transcribe_info(&s, buf_view(&text), &got, &info);
    ck_assert_uint_eq(info.source, 1);
    ck_assert(sv_ends(buf_view(&got), SV("200000: -\n200001: x=7\n")));
    buf_fini(&text);
    buf_fini(&got);
}
END_TEST

START_TEST(test_tables)
{
    ck_assert_str_eq(format_name(0), "jsonl");
    ck_assert_str_eq(format_name(1), "csv");
    ck_assert_ptr_null(format_name(2));
    for (size_t i = 0; format_name(i) != NULL; i++)
        ck_assert(strlen(format_help(i)) > 10);
    for (size_t i = 0; i < REJECT_COUNT_; i++)
        ck_assert(strlen(reject_texts[i]) > 3);
    ck_assert_str_eq(compression_names[COMPRESSION_ZSTD], "zstd");
}
END_TEST

TCase *
recognise_tests(void)
{
    TCase *t = tcase_create("recognise");
    tcase_add_loop_test(t, test_row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(t, test_late);
    tcase_add_test(t, test_blank_start);
    tcase_add_test(t, test_tables);
    return t;
}
