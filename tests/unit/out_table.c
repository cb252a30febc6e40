/* SPDX-License-Identifier: Apache-2.0 */
/* Quoting, spreadsheet and terminal safety, and the three dresses. */
#include "out_tests.h"

#include <csv.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/timestamp.h"

static const struct column all_types[] = {
    { "text", COLUMN_TEXT, "" }, { "count", COLUMN_COUNT, "" }, { "number", COLUMN_NUMBER, "" },
    { "time", COLUMN_TIME, "" }, { "bool", COLUMN_BOOL, "" },
};

static const struct column two_texts[] = { { "a", COLUMN_TEXT, "" }, { "b", COLUMN_TEXT, "" } };

struct output {
    FILE *to;
    char *text;
    size_t n;
};

static struct table *
start(struct output *o, const struct table_style *style, const struct column *columns, size_t n)
{
    o->to = open_memstream(&o->text, &o->n);
    ck_assert_ptr_nonnull(o->to);
    return table_new(style, o->to, columns, n);
}

static void
assert_output(struct output *o, struct table *t, const char *want)
{
    ck_assert_int_eq(table_finish(t, NULL), ERR_OK);
    fclose(o->to);
    ck_assert_str_eq(o->text, want);
    free(o->text);
}

static void
put_all(struct table *t)
{
    table_text(t, SV("a,\"b\""));
    table_count(t, UINT64_MAX);
    table_number(t, -0.25);
    table_time(t, at(1) + 5);
    table_bool(t, true);
    table_end_row(t);
    table_text(t, SV_NONE);
    table_count(t, 0);
    table_number(t, NAN);
    table_time(t, TIME_NONE);
    table_bool(t, false);
    table_end_row(t);
}

static const struct {
    struct table_style style;
    const char *text;
} dresses[] = {
    { { .format = TABLE_CSV },
      "text,count,number,time,bool\n"
      "\"a,\"\"b\"\"\",18446744073709551615,-0.25,2026-11-22T00:00:01.000005Z,yes\n"
      ",0,,,no\n" },
    { { .format = TABLE_CSV, .csv_crlf = true },
      "text,count,number,time,bool\r\n"
      "\"a,\"\"b\"\"\",18446744073709551615,-0.25,2026-11-22T00:00:01.000005Z,yes\r\n"
      ",0,,,no\r\n" },
    { { .format = TABLE_JSONL },
      "{\"text\":\"a,\\\"b\\\"\",\"count\":18446744073709551615,\"number\":-0.25,\"time\":\"2026-11-22T00:00:01."
      "000005Z\",\"bool\":true}\n"
      "{\"text\":\"\",\"count\":0,\"number\":null,\"time\":null,\"bool\":false}\n" },
    { { .format = TABLE_TERMINAL },
      "text                  count  number  time                         bool\n"
      "a,\"b\"  18446744073709551615   -0.25  2026-11-22T00:00:01.000005Z  yes\n"
      "                          0                                       no\n" },
};

START_TEST(all_dresses)
{
    struct output o;
    struct table *t = start(&o, &dresses[_i].style, all_types, 5);
    put_all(t);
    assert_output(&o, t, dresses[_i].text);
}
END_TEST

static const char *const headings[] = { "text,count,number,time,bool\n", "", "text  count  number  time  bool\n" };

START_TEST(no_rows)
{
    const struct table_style style = { .format = (enum table_format)_i };
    struct output o;
    struct table *t = start(&o, &style, all_types, 5);
    assert_output(&o, t, headings[_i]);
}
END_TEST

/* What a text becomes: safe CSV, raw CSV, JSON. NULL: the text itself. */
static const struct {
    const char *text, *safe, *raw, *json;
} texts[] = {
    { "plain", NULL, NULL, "\"plain\"" },
    { "a,b", "\"a,b\"", "\"a,b\"", "\"a,b\"" },
    { "say \"x\"", "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\"", "\"say \\\"x\\\"\"" },
    { "\"", "\"\"\"\"", "\"\"\"\"", "\"\\\"\"" },
    { " a", "\" a\"", "\" a\"", "\" a\"" },
    { "a ", "\"a \"", "\"a \"", "\"a \"" },
    { "a\\b", NULL, NULL, "\"a\\\\b\"" },
    /* formulas, whatever stands before them */
    { "=1+1", "'=1+1", NULL, "\"=1+1\"" },
    { "+1", "'+1", NULL, "\"+1\"" },
    { "-1", "'-1", NULL, "\"-1\"" },
    { "@SUM(A1)", "'@SUM(A1)", NULL, "\"@SUM(A1)\"" },
    { "=1,2", "\"'=1,2\"", "\"=1,2\"", "\"=1,2\"" },
    { "  =x", "'  =x", "\"  =x\"", "\"  =x\"" },
    { "\xc2\xa0=x", "'\xc2\xa0=x", NULL, "\"\xc2\xa0=x\"" },
    { " \xc2\xa0 @x", "' \xc2\xa0 @x", "\" \xc2\xa0 @x\"", "\" \xc2\xa0 @x\"" },
    { "\xe2\x80\x8b=x", "'\xe2\x80\x8b=x", NULL, "\"\xe2\x80\x8b=x\"" }, /* zero width */
    { "\xef\xbb\xbf=x", "'\xef\xbb\xbf=x", NULL, "\"\xef\xbb\xbf=x\"" }, /* byte order mark */
    { "\xef\xbc\x9dx", "'\xef\xbc\x9dx", NULL, "\"\xef\xbc\x9dx\"" },    /* full width = + - @ */
    { "\xef\xbc\x8bx", "'\xef\xbc\x8bx", NULL, "\"\xef\xbc\x8bx\"" },
    { "\xef\xbc\x8dx", "'\xef\xbc\x8dx", NULL, "\"\xef\xbc\x8dx\"" },
    { "\xef\xbc\xa0x", "'\xef\xbc\xa0x", NULL, "\"\xef\xbc\xa0x\"" },
    { "\tx", "'\\u{9}x", "\"\tx\"", "\"\\tx\"" },
    { "\rx", "'\\u{d}x", "\"\rx\"", "\"\\rx\"" },
    { "a\n=x", "a\\u{a}'=x", "\"a\n=x\"", "\"a\\n=x\"" },
    { "a\r\n  +x", "a\\u{d}\\u{a}'  +x", "\"a\r\n  +x\"", "\"a\\r\\n  +x\"" },
    { "\n=x", "\\u{a}'=x", "\"\n=x\"", "\"\\n=x\"" },
    { "a=b", NULL, NULL, "\"a=b\"" },
    { "a-1", NULL, NULL, "\"a-1\"" },
    { "'=x", NULL, NULL, "\"'=x\"" },
    { "  ", "\"  \"", "\"  \"", "\"  \"" },
    /* what a terminal would obey, and what reverses text */
    { "a\x1b[31mb", "a\\u{1b}[31mb", NULL, "\"a\\u001b[31mb\"" },
    { "a\x7f\xc2\x9b", "a\\u{7f}\\u{9b}", NULL, "\"a\\u007f\\u009b\"" },
    { "\xe2\x80\xaegpj.exe", "\\u{202e}gpj.exe", NULL, "\"\\u202egpj.exe\"" },
    { "\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}", NULL, "\"\\u2066x\\u2069\"" },
    { "a\tb", "a\\u{9}b", NULL, "\"a\\tb\"" },
    { "a\nb", "a\\u{a}b", "\"a\nb\"", "\"a\\nb\"" },
    /* ill-formed UTF-8 */
    { "a\xff"
      "b",
      "a\xef\xbf\xbd"
      "b",
      NULL,
      "\"a\xef\xbf\xbd"
      "b\"" },
    { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", NULL, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", NULL, NULL, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
};

static void
check_text(const struct table_style *style, const char *text, const char *form, const char *want)
{
    char wanted[200];
    snprintf(wanted, sizeof wanted, form, want, want);
    struct output o;
    struct table *t = start(&o, style, two_texts, 2);
    table_text(t, sv_of(text));
    table_text(t, sv_of(text));
    table_end_row(t);
    assert_output(&o, t, wanted);
}

START_TEST(text_cells)
{
    const char *text = texts[_i].text;
    const struct table_style safe = { .format = TABLE_CSV };
    const struct table_style raw = { .format = TABLE_CSV, .csv_raw = true };
    const struct table_style json = { .format = TABLE_JSONL };
    check_text(&safe, text, "a,b\n%s,%s\n", texts[_i].safe != NULL ? texts[_i].safe : text);
    check_text(&raw, text, "a,b\n%s,%s\n", texts[_i].raw != NULL ? texts[_i].raw : text);
    check_text(&json, text, "{\"a\":%s,\"b\":%s}\n", texts[_i].json);
}
END_TEST

/* Numbers keep their sign: only text is made safe. */
START_TEST(numbers_are_not_text)
{
    static const struct column columns[] = { { "x", COLUMN_NUMBER, "" } };
    const struct table_style style = { .format = TABLE_CSV };
    struct output o;
    struct table *t = start(&o, &style, columns, 1);
    table_number(t, -5);
    table_end_row(t);
    table_number(t, NAN);
    table_end_row(t);
    assert_output(&o, t, "x\n-5\n\"\"\n");
}
END_TEST

/* ---- what libcsv reads back is what was written ---- */

struct parsed {
    struct buf fields; /* each followed by \1 */
    size_t rows;
};

static void
on_field(void *p, size_t n, void *data)
{
    struct parsed *got = data;
    buf_put(&got->fields, p, n);
    buf_putc(&got->fields, '\1');
}

static void
on_row(int c, void *data)
{
    (void)c;
    ((struct parsed *)data)->rows++;
}

START_TEST(libcsv_reads_it_back)
{
    static const char pieces[] = "a,\"\n\r \t=;\xc3\xa4\xff";
    const struct table_style style = { .format = TABLE_CSV, .csv_raw = true, .csv_crlf = _i == 1 };
    enum { ROWS = 2000 };
    struct buf want = BUF_INIT;
    uint64_t seed = 3;
    struct output o;
    struct table *t = start(&o, &style, two_texts, 2);
    buf_puts(&want, "a\1b\1");
    for (int row = 0; row < ROWS; row++) {
        for (int i = 0; i < 2; i++) {
            char text[8];
            const size_t n = next_random(&seed) % 8;
            for (size_t k = 0; k < n; k++)
                text[k] = pieces[next_random(&seed) % (sizeof pieces - 1)];
            table_text(t, sv_make(text, n));
            buf_put(&want, text, n);
            buf_putc(&want, '\1');
        }
        table_end_row(t);
    }
    ck_assert_int_eq(table_finish(t, NULL), ERR_OK);
    fclose(o.to);
    struct csv_parser parser;
    struct parsed got = { BUF_INIT, 0 };
    ck_assert_int_eq(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
    ck_assert_uint_eq(csv_parse(&parser, o.text, o.n, on_field, on_row, &got), o.n);
    ck_assert_int_eq(csv_fini(&parser, on_field, on_row, &got), 0);
    csv_free(&parser);
    ck_assert_uint_eq(got.rows, ROWS + 1);
    ck_assert_uint_eq(got.fields.n, want.n);
    ck_assert_mem_eq(got.fields.p, want.p, want.n);
    buf_fini(&got.fields);
    buf_fini(&want);
    free(o.text);
}
END_TEST

/* ---- the terminal ---- */

static const struct {
    unsigned width;
    const char *text;
} screens[] = {
    { 0, "a                             b\n"
         "short                         x\n"
         "a much longer name of an app  \xe6\x97\xa5\xe6\x9c\xac\n" },
    { 34, "a                             b\n"
          "short                         x\n"
          "a much longer name of an app  \xe6\x97\xa5\xe6\x9c\xac\n" },
    { 33, "a                            b\n"
          "short                        x\n"
          "a much longer name of an a\xe2\x80\xa6  \xe6\x97\xa5\xe6\x9c\xac\n" },
    { 20, "a               b\n"
          "short           x\n"
          "a much longer\xe2\x80\xa6  \xe6\x97\xa5\xe6\x9c\xac\n" },
    /* never below eight columns */
    { 5, "a         b\n"
         "short     x\n"
         "a much \xe2\x80\xa6  \xe6\x97\xa5\xe6\x9c\xac\n" },
};

START_TEST(cuts_politely)
{
    const struct table_style style = { .format = TABLE_TERMINAL, .width = screens[_i].width };
    struct output o;
    struct table *t = start(&o, &style, two_texts, 2);
    table_text(t, SV("short"));
    table_text(t, SV("x"));
    table_end_row(t);
    table_text(t, SV("a much longer name of an app"));
    table_text(t, SV("\xe6\x97\xa5\xe6\x9c\xac"));
    table_end_row(t);
    ck_assert_int_eq(table_finish(t, NULL), ERR_OK);
    fclose(o.to);
    ck_assert_str_eq(o.text, screens[_i].text);
    free(o.text);
}
END_TEST

/* All columns where they fit; where they do not, the brief ones. */
START_TEST(narrow_screens_are_brief)
{
    static const struct {
        unsigned width;
        const char *text;
    } brief[] = {
        { 9, "a       b\nlonger  y\n" },
        { 8, "b\ny\n" },
    };
    for (size_t i = 0; i < 2; i++) {
        const struct table_style style = { .format = TABLE_TERMINAL, .width = brief[i].width, .brief = "other b" };
        struct output o;
        struct table *t = start(&o, &style, two_texts, 2);
        table_text(t, SV("longer"));
        table_text(t, SV("y"));
        table_end_row(t);
        ck_assert_int_eq(table_finish(t, NULL), ERR_OK);
        fclose(o.to);
        ck_assert_str_eq(o.text, brief[i].text);
        free(o.text);
    }
}
END_TEST

START_TEST(wide_characters_are_not_halved)
{
    static const struct column one[] = { { "a", COLUMN_TEXT, "" } };
    const struct table_style style = { .format = TABLE_TERMINAL, .width = 8 };
    struct output o;
    struct table *t = start(&o, &style, one, 1);
    table_text(t, SV("\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"));
    table_end_row(t);
    table_text(t, SV("\x1b[2J"));
    table_end_row(t);
    assert_output(&o, t, "a\n\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe2\x80\xa6\n\\u{1b}[\xe2\x80\xa6\n");
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    const struct table_style style = { .format = (enum table_format)_i };
    struct diags *d = diags_new();
    FILE *to = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(to);
    struct table *t = table_new(&style, to, two_texts, 2);
    for (int i = 0; i < 5000; i++) {
        table_text(t, SV("some text"));
        table_text(t, SV("more text"));
        table_end_row(t);
    }
    ck_assert_int_eq(table_finish(t, d), ERR_OUTPUT);
    ck_assert_uint_eq(diags_errors(d), 1);
    assert_sv(diags_get(d, 0)->message, "cannot write the report: No space left on device");
    diags_free(d);
    fclose(to);
}
END_TEST

TCase *
out_table_tests(void)
{
    TCase *t = tcase_create("table");
    tcase_add_loop_test(t, all_dresses, 0, N_OF(dresses));
    tcase_add_loop_test(t, no_rows, 0, N_OF(headings));
    tcase_add_loop_test(t, text_cells, 0, N_OF(texts));
    tcase_add_test(t, numbers_are_not_text);
    tcase_add_loop_test(t, libcsv_reads_it_back, 0, 2);
    tcase_add_loop_test(t, cuts_politely, 0, N_OF(screens));
    tcase_add_test(t, narrow_screens_are_brief);
    tcase_add_test(t, wide_characters_are_not_halved);
    tcase_add_loop_test(t, a_full_disk_is_told, 0, 3);
    return t;
}
