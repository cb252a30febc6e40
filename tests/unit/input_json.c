/* SPDX-License-Identifier: Apache-2.0 */
/* What is JSON and what is not, and what a mistake is called. Each text is one line of a file. */
#include "input_util.h"

#include <string.h>

#include "base/mem.h"

#define T(text) text, sizeof text - 1

static const struct {
    const char *p;
    size_t n;
    const char *why; /* NULL: accepted */
} texts[] = {
    /* accepted */
    { T("{}"), NULL },
    { T(" \t{ \t} \r"), NULL },
    { T("{\"\":0}"), NULL },
    { T("{\"a\":[]}"), NULL },
    { T("{\"a\":[ ]}"), NULL },
    { T("{\"a\":[[],[[]]]}"), NULL },
    { T("{\"a\":{}}"), NULL },
    { T("{\"a\":[1,\"x\",null,true,false,{}]}"), NULL },
    { T("{ \"a\" : 1 , \"b\" : 2 }"), NULL },
    { T("{\"a\":0,\"b\":-0,\"c\":10,\"d\":-10.5,\"e\":0.0001}"), NULL },
    { T("{\"a\":1e5,\"b\":1E+5,\"c\":1.5e-5,\"d\":0e0,\"e\":-0.0E-0}"), NULL },
    { T("{\"a\":123456789012345678901234567890.1234567890e1234567}"), NULL },
    { T("{\"a\":12345678,\"b\":1234567890123456,\"c\":-12345678901234567,\"d\":1760000000000000.25,\"e\":12345678}"),
      NULL },
    { T("{\"a\":1 }"), NULL },
    { T("{\"a\":\"\"}"), NULL },
    { T("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"), NULL },
    { T("{\"a\":\"\\u0041\\u00e9\\uFFFF\\u0000\\uabCD\"}"), NULL },
    { T("{\"a\":\"\\ud83d\\ude00\"}"), NULL },
    { T("{\"a\":\"\\uDBFF\\uDFFF\\ud800\\udc00\"}"), NULL },
    { T("{\"a\":\"\x7f\"}"), NULL },
    { T("{\"a\":\"\xc2\x80\xdf\xbf\"}"), NULL },
    { T("{\"a\":\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"}"), NULL },
    { T("{\"a\":\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"}"), NULL },
    { T("{\"\xe2\x82\xac\":\"\xe2\x82\xac\"}"), NULL },
    { T("{\"a\":\"{}[],:\"}"), NULL },
    { T("{\"a\":1,\"a\":2}"), NULL },
    { T("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\"}"), NULL },

    /* not an object */
    { T("[]"), "not a JSON object" },
    { T("[{\"a\":1}]"), "not a JSON object" },
    { T("\"a\""), "not a JSON object" },
    { T("1"), "not a JSON object" },
    { T("-1"), "not a JSON object" },
    { T("null"), "not a JSON object" },
    { T("true"), "not a JSON object" },
    { T("false"), "not a JSON object" },

    /* structure */
    { T("hello"), "invalid JSON" },
    { T("}"), "invalid JSON" },
    { T(":"), "invalid JSON" },
    { T("{a:1}"), "invalid JSON" },
    { T("{'a':1}"), "invalid JSON" },
    { T("{1:1}"), "invalid JSON" },
    { T("{null:1}"), "invalid JSON" },
    { T("{\"a\"}"), "invalid JSON" },
    { T("{\"a\" 1}"), "invalid JSON" },
    { T("{\"a\"::1}"), "invalid JSON" },
    { T("{\"a\":}"), "invalid JSON" },
    { T("{\"a\":,}"), "invalid JSON" },
    { T("{\"a\":1,}"), "invalid JSON" },
    { T("{,}"), "invalid JSON" },
    { T("{,\"a\":1}"), "invalid JSON" },
    { T("{\"a\":1,,\"b\":2}"), "invalid JSON" },
    { T("{\"a\":1 \"b\":2}"), "invalid JSON" },
    { T("{\"a\":1;\"b\":2}"), "invalid JSON" },
    { T("{\"a\":[1,]}"), "invalid JSON" },
    { T("{\"a\":[,1]}"), "invalid JSON" },
    { T("{\"a\":[1 2]}"), "invalid JSON" },
    { T("{\"a\":[1}"), "invalid JSON" },
    { T("{\"a\":[1:2]}"), "invalid JSON" },
    { T("{\"a\":1]"), "invalid JSON" },
    { T("{\"a\":[}]"), "invalid JSON" },
    { T("{\"a\":{]}"), "invalid JSON" },
    { T("{\"a\":{\"b\"}}"), "invalid JSON" },
    { T("{/* c */\"a\":1}"), "invalid JSON" },
    { T("{\"a\":1}\f"), "text after the JSON object" },
    { T("{\"a\":\v1}"), "invalid JSON" },
    { T("{\"a\":\xc2\xa0"
        "1}"),
      "invalid JSON" },
    { T("\xef\xbb\xbf{\"b\":2}\n\xef\xbb\xbf{}"), NULL }, /* a byte order mark, but only at the start of a file */

    /* literals */
    { T("{\"a\":True}"), "invalid JSON" },
    { T("{\"a\":tru}"), "invalid JSON" },
    { T("{\"a\":truee}"), "invalid JSON" },
    { T("{\"a\":nul}"), "invalid JSON" },
    { T("{\"a\":nullx}"), "invalid JSON" },
    { T("{\"a\":NaN}"), "invalid JSON" },
    { T("{\"a\":Infinity}"), "invalid JSON" },
    { T("{\"a\":undefined}"), "invalid JSON" },

    /* numbers */
    { T("{\"a\":01}"), "invalid JSON number" },
    { T("{\"a\":-01}"), "invalid JSON number" },
    { T("{\"a\":00}"), "invalid JSON number" },
    { T("{\"a\":+1}"), "invalid JSON number" },
    { T("{\"a\":-}"), "invalid JSON number" },
    { T("{\"a\":--1}"), "invalid JSON number" },
    { T("{\"a\":.5}"), "invalid JSON number" },
    { T("{\"a\":-.5}"), "invalid JSON number" },
    { T("{\"a\":1.}"), "invalid JSON number" },
    { T("{\"a\":1.e5}"), "invalid JSON number" },
    { T("{\"a\":1.5.5}"), "invalid JSON number" },
    { T("{\"a\":1e}"), "invalid JSON number" },
    { T("{\"a\":1e+}"), "invalid JSON number" },
    { T("{\"a\":1e5.5}"), "invalid JSON number" },
    { T("{\"a\":1ee5}"), "invalid JSON number" },
    { T("{\"a\":0x10}"), "invalid JSON number" },
    { T("{\"a\":1_000}"), "invalid JSON number" },
    { T("{\"a\":12abc}"), "invalid JSON number" },
    { T("{\"a\":-Infinity}"), "invalid JSON number" },
    { T("{\"a\":[1,02]}"), "invalid JSON number" },

    /* strings */
    { T("{\"a\":\"\t\"}"), "invalid JSON string" },
    { T("{\"a\":\"\x01\"}"), "invalid JSON string" },
    { T("{\"a\":\"\x1f\"}"), "invalid JSON string" },
    { T("{\"a\":\"abcdefg\x1fhijk\"}"), "invalid JSON string" },
    { T("{\"a\":\"\r\"}"), "invalid JSON string" },
    { T("{\"\t\":1}"), "invalid JSON string" },
    { T("{\"a\":\"\\x41\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\'\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\0\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\ \"}"), "invalid JSON string" },
    { T("{\"a\":\"\\U0041\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\u004\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\u00g1\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\u 041\"}"), "invalid JSON string" },
    { T("{\"a\":\"\\ud83d\\u00\"}"), "invalid JSON string" },
    { T("{\"\\x\":1}"), "invalid JSON string" },

    /* surrogates */
    { T("{\"a\":\"\\ud83d\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ude00\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ude00\\ud83d\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ud83dx\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ud83d\\n\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ud83d\\ud83d\"}"), "lone surrogate in a JSON string" },
    { T("{\"a\":\"\\ud83d\\u0041\"}"), "lone surrogate in a JSON string" },
    { T("{\"\\ud83d\":1}"), "lone surrogate in a JSON string" },

    /* UTF-8 */
    { T("{\"a\":\"\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xbf\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xc0\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xc1\xbf\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xc3\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xc3\x28\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xe0\x9f\xbf\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xe2\x82\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xed\xa0\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xf0\x8f\xbf\xbf\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xf0\x90\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xf4\x90\x80\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xf5\x80\x80\x80\"}"), "invalid UTF-8" },
    { T("{\"a\":\"\xff\xfe\"}"), "invalid UTF-8" },
    { T("{\"a\":\"abcdefgh\xe2\x82\xac\xe2\x82\"}"), "invalid UTF-8" },
    { T("{\"\xff\":1}"), "invalid UTF-8" },
    { T("{\"a\":\xff}"), "invalid UTF-8" },

    /* NUL */
    { T("{\"a\":\"\0\"}"), "NUL byte" },
    { T("{\"a\":\"abcdefghijk\0\"}"), "NUL byte" },
    { T("{\"a\0\":1}"), "NUL byte" },
    { T("{\"a\":\0}"), "NUL byte" },
    { T("{\"a\":1\0}"), "NUL byte" },
    { T("{\0\"a\":1}"), "NUL byte" },
    { T("{\"a\":\"\\\0\"}"), "NUL byte" },
    { T("{\"a\":1}\0"), "NUL byte" },

    /* behind the object */
    { T("{} {}"), "text after the JSON object" },
    { T("{}}"), "text after the JSON object" },
    { T("{},"), "text after the JSON object" },
    { T("{}x"), "text after the JSON object" },
    { T("{\"a\":1}{\"a\":1}"), "text after the JSON object" },

    /* cut */
    { T("{"), "JSON ends too early" },
    { T("{ "), "JSON ends too early" },
    { T("{\""), "JSON ends too early" },
    { T("{\"a"), "JSON ends too early" },
    { T("{\"a\""), "JSON ends too early" },
    { T("{\"a\":"), "JSON ends too early" },
    { T("{\"a\":1"), "JSON ends too early" },
    { T("{\"a\":-"), "JSON ends too early" },
    { T("{\"a\":1."), "JSON ends too early" },
    { T("{\"a\":1e"), "JSON ends too early" },
    { T("{\"a\":t"), "JSON ends too early" },
    { T("{\"a\":nul"), "JSON ends too early" },
    { T("{\"a\":\"x"), "JSON ends too early" },
    { T("{\"a\":\"x\\"), "JSON ends too early" },
    { T("{\"a\":\"x\\u"), "JSON ends too early" },
    { T("{\"a\":\"x\\u00"), "JSON ends too early" },
    { T("{\"a\":\"x\\ud83d"), "JSON ends too early" },
    { T("{\"a\":\"x\\ud83d\\"), "JSON ends too early" },
    { T("{\"a\":\"x\\ud83d\\ude"), "JSON ends too early" },
    { T("{\"a\":\"\xe2\x82"), "JSON ends too early" },
    { T("{\"a\":\"\xf0"), "JSON ends too early" },
    { T("{\"a\":[1,"), "JSON ends too early" },
    { T("{\"a\":[1"), "JSON ends too early" },
    { T("{\"a\":{"), "JSON ends too early" },
    { T("{\"a\":1,"), "JSON ends too early" },
};
#define N_TEXTS ((int)(sizeof texts / sizeof *texts))

static void
check_last_line(struct sv content, const char *fields, bool any, const char *why, int i)
{
    struct buf got = BUF_INIT;
    const struct setup s = { .fields = fields, .any = any };
    transcribe(&s, content, &got);
    /* The last line of the transcript, behind its place. */
    const struct sv all = sv_trim(buf_view(&got));
    size_t start = all.n;
    while (start > 0 && all.p[start - 1] != '\n')
        start--;
    const struct sv last = sv_from(all, start);
    const struct sv told = sv_trim(sv_from(last, sv_find_char(last, ':', 0) + 1));
    if (why != NULL)
        ck_assert_msg(sv_eq(told, sv_of(why)), "text %d: got '%.*s', want '%s'", i, SV_ARG(told), why);
    else
        ck_assert_msg(sv_find_char(last, '@', 0) == last.n || told.n == 0 || told.p[told.n - 1] == ']',
                      "text %d: '%.*s'", i, SV_ARG(told));
    buf_fini(&got);
}

/* A first good line makes the format sure. With and without a line end, with and without projection. */
START_TEST(test_text)
{
    struct buf content = BUF_INIT;
    const bool own_start = (unsigned char)texts[_i].p[0] == 0xef;
    for (int round = 0; round < 6; round++) {
        buf_reset(&content);
        buf_puts(&content, own_start ? "" : "{\"first\":1}\n");
        buf_put(&content, texts[_i].p, texts[_i].n);
        if (own_start) {
            struct buf got = BUF_INIT;
            transcribe(&(struct setup){ .fields = "b" }, buf_view(&content), &got);
            check_text("byte order mark", &got, "1: b=2\n2@11: invalid JSON\n");
            buf_fini(&got);
            continue;
        }
        buf_puts(&content, round % 3 == 1 ? "\n" : round % 3 == 2 ? "\r\n" : "");
        check_last_line(buf_view(&content), round < 3 ? NULL : "a a.b b c", round >= 3, texts[_i].why, _i);
        check_last_line(buf_view(&content), "a", false, texts[_i].why, _i);
    }
    buf_fini(&content);
}
END_TEST

/* Every prefix of a valid document is cut, nothing else. */
START_TEST(test_prefixes)
{
    const char *whole =
        "{\"a\":[1,-2.5e+10,{\"b\":\"x\\u00e9\\ud83d\\ude00\\n\"},true,null,false],\"\xe2\x82\xac\":{}}";
    const char *prefix = "{\"first\":1}\n";
    struct buf content = BUF_INIT;
    for (size_t n = 1; n <= strlen(whole); n++) {
        buf_reset(&content);
        buf_puts(&content, prefix);
        buf_put(&content, whole, n);
        check_last_line(buf_view(&content), "a a.b", false, n < strlen(whole) ? "JSON ends too early" : NULL, (int)n);
    }
    buf_fini(&content);
}
END_TEST

static void
nested(struct buf *b, char open, unsigned depth)
{
    buf_puts(b, "{\"first\":1}\n{\"a\":");
    for (unsigned i = 1; i < depth; i++)
        buf_puts(b, open == '[' ? "[" : "{\"a\":");
    buf_puts(b, "1");
    for (unsigned i = 1; i < depth; i++)
        buf_putc(b, open == '[' ? ']' : '}');
    buf_puts(b, "}\n");
}

START_TEST(test_depth)
{
    static const struct {
        unsigned depth, limit;
        const char *why;
    } rows[] = {
        { 64, 0, NULL },
        { 65, 0, "JSON nested too deeply" },
        { 10000, 0, "JSON nested too deeply" },
        { 1, 1, NULL },
        { 2, 1, "JSON nested too deeply" },
        { 1000, 1000, NULL },
        { 1001, 1000, "JSON nested too deeply" },
        { 5000, 100000, "JSON nested too deeply" }, /* the stack has a say */
    };
    struct buf content = BUF_INIT, got = BUF_INIT;
    for (size_t i = 0; i < 4 * sizeof rows / sizeof *rows; i++) {
        buf_reset(&content);
        nested(&content, i % 2 != 0 ? '[' : '{', rows[i / 4].depth);
        const struct setup s = { .fields = i % 4 < 2 ? "x" : "a a.a a.a.a.a",
                                 .limits = { .depth = rows[i / 4].limit } };
        transcribe(&s, buf_view(&content), &got);
        const bool rejected = sv_find(buf_view(&got), sv_of("JSON nested too deeply"), 0) < got.n;
        ck_assert_int_eq(rejected, rows[i / 4].why != NULL);
    }
    buf_fini(&content);
    buf_fini(&got);
}
END_TEST

START_TEST(test_values)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "{\"a\":\"x\"}", "1: a=\"x\"\n" },
        { "{\"a\":\"\"}", "1: a=\"\"\n" },
        { "{\"a\":null}", "1: a=null\n" },
        { "{\"a\":true}", "1: a=true\n" },
        { "{\"a\":false}", "1: a=false\n" },
        { "{\"a\":-1.50e+3}", "1: a=-1.50e+3\n" },
        { "{\"a\":{}}", "1: a={}\n" },
        { "{\"a\":{\"b\":1}}", "1: a={}\n" },
        { "{\"a\":[]}", "1: a=[]\n" },
        { "{\"a\":[1,\"x\",null,{\"b\":1},[2,[3,[]]]]}", "1: a=[1,\"x\",null,{},2,3]\n" },
        { "{\"a\":\"\\u0041\\n\\\"\\ud83d\\ude00\"}", "1: a=\"A\\x0a\"\xf0\x9f\x98\x80\"\n" },
        { "{\"a\":[\"\\u0041\",\"b\"]}", "1: a=[\"A\",\"b\"]\n" },
        { "{\"b\":1}", "1:\n" },
        { "{}", "1:\n" },
    };
    struct buf got = BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        transcribe(&(struct setup){ .fields = "a" }, sv_of(rows[i].text), &got);
        check_text(rows[i].text, &got, rows[i].want);
    }
    buf_fini(&got);
}
END_TEST

TCase *
json_tests(void)
{
    TCase *t = tcase_create("json");
    tcase_add_loop_test(t, test_text, 0, N_TEXTS);
    tcase_add_test(t, test_prefixes);
    tcase_add_test(t, test_depth);
    tcase_add_test(t, test_values);
    return t;
}
