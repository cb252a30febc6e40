/* SPDX-License-Identifier: Apache-2.0 */
/* tests_doc.c: events as JSON lines, repetition, expectations, and what is said about wrong tests. */
#include <check.h>

#include "lang_docs.h"

#define N_ROWS(t) (int)(sizeof(t) / sizeof *(t))

static void
ck_sv(struct sv got, const char *want)
{
    ck_assert_msg(sv_eq(got, sv_of(want)), "got '%.*s', want '%s'", SV_ARG(got), want);
}

static void
load(struct docs *x, const char *text)
{
    docs_load(x, text);
    for (size_t i = 0; i < x->l.units.n; i++)
        tests_compile(&x->l, &x->l.units.v[i], &x->tests);
}

/* ---- one event ---- */

static const struct {
    const char *event; /* one member of `events`, flow style */
    const char *line;
} events[] = {
    { "{}", "{}" },
    { "{a: b}", "{\"a\":\"b\"}" },
    { "{time: 2026-11-22T03:00:00Z, action: app.authorize}",
      "{\"time\":\"2026-11-22T03:00:00Z\",\"action\":\"app.authorize\"}" },
    { "{actor: {user: {uid: '17', name: x}}}", "{\"actor\":{\"user\":{\"uid\":\"17\",\"name\":\"x\"}}}" },
    { "{actor.user.uid: '17'}", "{\"actor.user.uid\":\"17\"}" },
    { "{n: 5, m: 5.0, e: -1e3, z: 00000429}", "{\"n\":5,\"m\":5.0,\"e\":-1e3,\"z\":\"00000429\"}" },
    { "{t: true, T: TRUE, y: yes, q: 'true', nil: null, tilde: ~}",
      "{\"t\":true,\"T\":true,\"y\":\"yes\",\"q\":\"true\",\"nil\":null,\"tilde\":null}" },
    { "{l: [a, 1, [b, null]], e: [], m: {}}", "{\"l\":[\"a\",1,[\"b\",null]],\"e\":[],\"m\":{}}" },
    { "{d: \"\\x7f\", s: \"q\\\" b\\\\ n\\n t\\t u\\u00e9 z\\0\"}",
      "{\"d\":\"\\u007f\",\"s\":\"q\\\" b\\\\ n\\u000a t\\u0009 u\xc3\xa9 z\\u0000\"}" },
    { "{'a\"b': 1}", "{\"a\\\"b\":1}" },
    { "{s: 'number {n}'}", "{\"s\":\"number {n}\"}" }, /* not repeated: plain text */
    { "'not json {'", "not json {" },
    { "''", "" },
};

START_TEST(event)
{
    struct docs x;
    char text[256];
    snprintf(text, sizeof text, "title: T\nx-authsift: {tests: [{name: one, findings: 0, events: [%s]}]}",
             events[_i].event);
    load(&x, text);
    ck_assert_str_eq(docs_messages(&x), "");
    ck_assert_uint_eq(x.tests.v.n, 1);
    ck_assert_uint_eq(x.tests.v.v[0].n_events, 1);
    ck_sv(x.tests.v.v[0].events[0], events[_i].line);
    docs_free(&x);
}
END_TEST

/* ---- repetition ---- */

static const struct {
    const char *event;
    size_t n;
    const char *first, *last;
} repeats[] = {
    { "{uid: 'e{n}', x-repeat: 1}", 1, "{\"uid\":\"e1\"}", "{\"uid\":\"e1\"}" },
    { "{uid: 'e{n}-{n}', k: 'n', x-repeat: 12}", 12, "{\"uid\":\"e1-1\",\"k\":\"n\"}",
      "{\"uid\":\"e12-12\",\"k\":\"n\"}" },
    { "{x-repeat: 2, a: {b: ['{n}', '{m}']}}", 2, "{\"a\":{\"b\":[\"1\",\"{m}\"]}}",
      "{\"a\":{\"b\":[\"2\",\"{m}\"]}}" },
    { "{time: '2026-11-22T23:59:59.5Z', x-repeat: 3, x-step: 30s}", 3, "{\"time\":\"2026-11-22T23:59:59.500000Z\"}",
      "{\"time\":\"2026-11-23T00:00:59.500000Z\"}" },
    { "{time: '2026-11-22T01:00:00+01:00', x-repeat: 2, x-step: 1d}", 2, "{\"time\":\"2026-11-22T00:00:00Z\"}",
      "{\"time\":\"2026-11-23T00:00:00Z\"}" },
    { "{time: '2026-11-22T01:00:00+01:00', x-repeat: 2}", 2, "{\"time\":\"2026-11-22T01:00:00+01:00\"}",
      "{\"time\":\"2026-11-22T01:00:00+01:00\"}" },
    { "{time: 5, x-repeat: 2, x-step: 0s}", 2, "{\"time\":5}", "{\"time\":5}" },
    { "{a: '{n}', x-repeat: 100000}", 100000, "{\"a\":\"1\"}", "{\"a\":\"100000\"}" },
};

START_TEST(repeat)
{
    struct docs x;
    char text[256];
    snprintf(text, sizeof text, "title: T\nx-authsift: {tests: [{name: one, findings: 0, events: [%s]}]}",
             repeats[_i].event);
    load(&x, text);
    ck_assert_str_eq(docs_messages(&x), "");
    const struct rule_test *t = &x.tests.v.v[0];
    ck_assert_uint_eq(t->n_events, repeats[_i].n);
    ck_sv(t->events[0], repeats[_i].first);
    ck_sv(t->events[t->n_events - 1], repeats[_i].last);
    docs_free(&x);
}
END_TEST

/* The example of tests_doc.c, which the manual quotes. */
START_TEST(example)
{
    struct docs x;
    load(&x, "title: T\nx-authsift:\n  tests:\n"
             "    - name: twenty failures are too many\n      events:\n"
             "        - time: 2026-11-22T03:00:00Z\n          uid: e{n}\n          action: session.start\n"
             "          outcome: failure\n          actor: {user: {uid: \"17\"}}\n"
             "          src_endpoint.ip: 203.0.113.7\n          x-repeat: 20\n          x-step: 30s\n"
             "      findings: 1\n");
    ck_assert_str_eq(docs_messages(&x), "");
    const struct rule_test *t = &x.tests.v.v[0];
    ck_sv(t->name, "twenty failures are too many");
    ck_assert_uint_eq(t->n_events, 20);
    ck_assert_uint_eq(t->findings, 1);
    ck_sv(t->events[19], "{\"time\":\"2026-11-22T03:09:30Z\",\"uid\":\"e20\",\"action\":\"session.start\","
                         "\"outcome\":\"failure\",\"actor\":{\"user\":{\"uid\":\"17\"}},"
                         "\"src_endpoint.ip\":\"203.0.113.7\"}");
    docs_free(&x);
}
END_TEST

/* ---- expectations ---- */

START_TEST(numbers)
{
    struct docs x;
    load(&x, "title: T\nid: i-1\nname: n\nx-authsift:\n  tests:\n"
             "    - {name: none, events: [], findings: 0}\n"
             "    - {name: some, events: [{a: 1}, {a: 2}], findings: 7}\n"
             "---\ntitle: U\nname: u\nx-authsift: {tests: [{name: other, events: [], findings: 1}]}\n");
    ck_assert_str_eq(docs_messages(&x), "");
    ck_assert_uint_eq(x.tests.v.n, 3);
    const struct rule_test *t = x.tests.v.v;
    ck_sv(t[0].rule_id, "i-1");
    ck_sv(t[0].name, "none");
    ck_sv(t[1].name, "some");
    ck_assert_uint_eq(t[1].n_events, 2);
    ck_sv(t[1].events[1], "{\"a\":2}");
    ck_assert_uint_eq(t[1].findings, 7);
    ck_assert_uint_eq(t[1].n_rows, 0);
    ck_sv(t[2].rule_id, "u");
    docs_free(&x);
}
END_TEST

START_TEST(rows)
{
    struct docs x;
    load(&x, "title: T\nx-authsift:\n  tests:\n    - name: one\n      events: []\n      findings:\n"
             "        - {entity_id: a77, event_count: 20}\n        - {}\n        - {value: '0.5', evidence: null}\n");
    ck_assert_str_eq(docs_messages(&x), "");
    const struct rule_test *t = &x.tests.v.v[0];
    ck_assert_uint_eq(t->findings, 3);
    ck_assert_uint_eq(t->n_rows, 3);
    ck_assert_uint_eq(t->n_expect, 4);
    ck_sv(t->expect[1].column, "event_count");
    ck_sv(t->expect[1].text, "20");
    ck_assert_uint_eq(t->expect[1].row, 0);
    ck_sv(t->expect[2].text, "0.5");
    ck_assert_uint_eq(t->expect[2].row, 2);
    ck_sv(t->expect[3].text, "");
    docs_free(&x);
}
END_TEST

/* ---- wrong ones ---- */

#define TESTS "title: T\nx-authsift:\n  tests:\n"
#define ONE TESTS "    - name: one\n      findings: 1\n"

static const struct {
    const char *text;
    const char *messages;
} wrong[] = {
    { "title: T\nx-authsift:\n  tests: {a: b}\n", "3:10: error: 'tests' has to be a list, not a mapping\n" },
    { TESTS "    - one\n", "4:7: error: a test has to be a mapping, not a string\n" },
    { TESTS "    - {events: [], findings: 1}\n", "4:7: error: a test needs a 'name'\n" },
    { TESTS "    - {name: one, findings: 1}\n", "4:14: error: a test needs 'events'\n" },
    { TESTS "    - {name: one, events: []}\n", "4:14: error: a test needs 'findings', how many or which\n" },
    { TESTS "    - {name: one, event: [], findings: 1}\n",
      "4:19: error: unknown key 'event' in a test (did you mean 'events'?)\n4:14: error: a test needs 'events'\n" },
    { TESTS "    - {name: [one], events: [], findings: 1}\n", "4:14: error: 'name' has to be a string, not a list\n" },
    { ONE "      events: {a: b}\n", "6:15: error: 'events' has to be a list, not a mapping\n" },
    { ONE "      events: [5]\n",
      "6:16: error: an event has to be a mapping, or a string with a whole line, not a number\n" },
    { ONE "      events: [[{a: b}]]\n",
      "6:16: error: an event has to be a mapping, or a string with a whole line, not a list\n" },
    { ONE "      events: [\"a\\nb\"]\n",
      "6:16: error: an event that is a string is one line: it cannot hold a line end\n" },
    { ONE "      events: [{x-repeat: 0}]\n", "6:27: error: 'x-repeat' has to be a whole number from 1 to 100000\n" },
    { ONE "      events: [{x-repeat: 100001}]\n",
      "6:27: error: 'x-repeat' has to be a whole number from 1 to 100000\n" },
    { ONE "      events: [{x-repeat: 1.5}]\n", "6:27: error: 'x-repeat' has to be a whole number from 1 to 100000\n" },
    { ONE "      events: [{x-repeat: many}]\n", "6:27: error: 'x-repeat' has to be a number, not a string\n" },
    { ONE "      events: [{x-step: 5s}]\n", "6:25: error: 'x-step' needs 'x-repeat' beside it\n" },
    { ONE "      events: [{x-repeat: 2, x-step: 5}]\n",
      "6:38: error: 'x-step' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
    { ONE "      events: [{x-repeat: 2, x-step: 5s}]\n",
      "6:38: error: 'x-step' needs a 'time' in RFC 3339, like 2026-11-22T03:00:00Z\n" },
    { ONE "      events: [{time: 1700000000, x-repeat: 2, x-step: 5s}]\n",
      "6:23: error: 'x-step' needs a 'time' in RFC 3339, like 2026-11-22T03:00:00Z\n" },
    { ONE "      events: [{time: '2026-11-22T03:00:00Z', x-repeat: 9000, x-step: 1y}]\n",
      "6:71: error: 'x-step' leads beyond the year 9999\n" },
    { TESTS "    - {name: one, events: [], findings: -1}\n",
      "4:41: error: 'findings' has to be a whole number from 0 to 4294967295\n" },
    { TESTS "    - {name: one, events: [], findings: {value: 1}}\n",
      "4:41: error: 'findings' has to be a number or a list of mappings, not a mapping\n" },
    { TESTS "    - {name: one, events: [], findings: [value]}\n",
      "4:42: error: an expected finding has to be a mapping from columns to texts, not a string\n" },
    { TESTS "    - {name: one, events: [], findings: [{value: [1]}]}\n",
      "4:50: error: column 'value' has to be a text, not a list\n" },
};

START_TEST(messages)
{
    struct docs x;
    load(&x, wrong[_i].text);
    ck_assert_str_eq(docs_messages(&x), wrong[_i].messages);
    ck_assert(x.l.units.v[0].bad);
    docs_free(&x);
}
END_TEST

/* Few bytes of YAML must not become many of memory. */
START_TEST(too_large)
{
    struct docs x;
    struct buf text = BUF_INIT;
    buf_puts(&text, ONE "      events:\n        - x-repeat: 100000\n          s: ");
    for (int i = 0; i < 10000; i++)
        buf_putc(&text, 'x');
    load(&x, buf_cstr(&text));
    ck_assert_str_eq(docs_messages(&x), "7:11: error: the events of all tests are larger than 128 MiB\n");
    docs_free(&x);
    buf_fini(&text);
}
END_TEST

START_TEST(too_long)
{
    struct docs x;
    struct buf text = BUF_INIT;
    buf_puts(&text, ONE "      events:\n        - a: &a ");
    for (int i = 0; i < 1000; i++)
        buf_puts(&text, "0123456789");
    buf_puts(&text, "\n          b: [");
    for (int i = 0; i < 600; i++)
        buf_puts(&text, "*a ,");
    buf_puts(&text, "]\n");
    load(&x, buf_cstr(&text));
    ck_assert_str_eq(docs_messages(&x), "7:11: error: an event of more than 4 MiB\n");
    docs_free(&x);
    buf_fini(&text);
}
END_TEST

Suite *lang_tests_doc_suite(void);

Suite *
lang_tests_doc_suite(void)
{
    Suite *s = suite_create("lang/tests_doc");
    TCase *t = tcase_create("tests");
    tcase_add_loop_test(t, event, 0, N_ROWS(events));
    tcase_add_loop_test(t, repeat, 0, N_ROWS(repeats));
    tcase_add_test(t, example);
    tcase_add_test(t, numbers);
    tcase_add_test(t, rows);
    tcase_add_loop_test(t, messages, 0, N_ROWS(wrong));
    suite_add_tcase(s, t);
    t = tcase_create("limits");
    tcase_set_timeout(t, 60); /* a hundred megabytes, under sanitizers */
    tcase_add_test(t, too_large);
    tcase_add_test(t, too_long);
    suite_add_tcase(s, t);
    return s;
}
