/* SPDX-License-Identifier: Apache-2.0 */
#include "event_tests.h"

#include <math.h>

#include "event/event.h"

enum { N_FIELDS = 6 };

static struct arena scratch;
static struct event ev;

static void
setup(void)
{
    arena_init(&scratch);
    event_init(&ev, N_FIELDS, &scratch, NULL);
}

static void
teardown(void)
{
    event_fini(&ev);
    arena_fini(&scratch);
}

static struct value
string(const char *z, uint8_t flags)
{
    return (struct value){ .p = z, .n = (uint32_t)strlen(z), .kind = VALUE_STRING, .flags = flags };
}

static const struct {
    const char *escaped, *text;
} escapes[] = {
    { "plain", "plain" },
    { "", "" },
    { "\\\"\\\\\\/", "\"\\/" },
    { "\\b\\f\\n\\r\\t", "\b\f\n\r\t" },
    { "a\\u0041b", "aAb" },
    { "\\u00e4", "\xc3\xa4" },
    { "\\u20AC", "\xe2\x82\xac" },
    { "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
    { "\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf" },
    { "x\\\\u0041", "x\\u0041" },
    { "\\u003d\\u003D", "==" },
    /* what a format must refuse does no harm */
    { "\\ud800", "\xef\xbf\xbd" },
    { "\\ude00x", "\xef\xbf\xbdx" },
    { "\\ud83d\\u0041", "\xef\xbf\xbd"
                        "A" },
    { "\\ud83d\\n", "\xef\xbf\xbd\n" },
    { "123456789012\\", "123456789012" },
    { "1234567890123\\u", "1234567890123\xef\xbf\xbd" },
    { "123456789012345678901234567\\u12", "123456789012345678901234567\xef\xbf\xbd" },
};

START_TEST(escapes_are_decoded)
{
    struct value v = string(escapes[_i].escaped, VALUE_ESCAPED);
    value_decode(&v, &scratch);
    assert_sv(sv_make(v.p, v.n), escapes[_i].text);
    ck_assert_uint_eq(v.flags & VALUE_ESCAPED, 0);
    value_decode(&v, &scratch); /* a second time changes nothing */
    assert_sv(sv_make(v.p, v.n), escapes[_i].text);
}
END_TEST

START_TEST(nul_survives)
{
    struct value v = string("a\\u0000b", VALUE_ESCAPED);
    value_decode(&v, &scratch);
    ck_assert_uint_eq(v.n, 3);
    ck_assert_mem_eq(v.p, "a\0b", 3);
}
END_TEST

START_TEST(without_escapes_nothing_is_copied)
{
    const char *text = "a\\n";
    struct value v = string(text, 0);
    value_decode(&v, &scratch);
    ck_assert_ptr_eq(v.p, text);
}
END_TEST

START_TEST(texts)
{
    struct sv text = SV_NONE;
    struct value v = { .p = "", .kind = VALUE_TRUE };
    ck_assert(value_text(&v, &scratch, &text));
    assert_sv(text, "true");
    v.kind = VALUE_FALSE;
    ck_assert(value_text(&v, &scratch, &text));
    assert_sv(text, "false");
    v = (struct value){ .p = "5.0", .n = 3, .kind = VALUE_NUMBER };
    ck_assert(value_text(&v, &scratch, &text));
    assert_sv(text, "5.0");
    static const uint8_t none[] = { VALUE_UNSET, VALUE_ABSENT, VALUE_NULL, VALUE_OBJECT, VALUE_LIST };
    for (int i = 0; i < N_OF(none); i++) {
        v = (struct value){ .p = "", .kind = none[i] };
        ck_assert(!value_text(&v, &scratch, &text));
    }
}
END_TEST

START_TEST(numbers)
{
    double x = 0;
    struct value v = { .p = "-1.5e3", .n = 6, .kind = VALUE_NUMBER };
    ck_assert(value_number(&v, &scratch, &x));
    ck_assert(x == -1500);
    v = string("\\u0034\\u0032", VALUE_ESCAPED);
    ck_assert(value_number(&v, &scratch, &x));
    ck_assert(x == 42);
    v = string("42 ", 0);
    ck_assert(!value_number(&v, &scratch, &x));
    v.kind = VALUE_TRUE;
    ck_assert(!value_number(&v, &scratch, &x));
    v.kind = VALUE_NULL;
    ck_assert(!value_number(&v, &scratch, &x));
}
END_TEST

START_TEST(members)
{
    struct value list[] = {
        { .p = "", .kind = VALUE_NULL },
        { .p = "", .kind = VALUE_OBJECT },
        string("x\\n", VALUE_ESCAPED),
        string("y", 0),
    };
    ev.v[1] = (struct value){ .members = list, .n = 4, .kind = VALUE_LIST };
    size_t n;
    ck_assert_ptr_eq(value_members(event_value(&ev, 1), &n), list);
    ck_assert_uint_eq(n, 4);
    struct sv text;
    ck_assert(event_text(&ev, 1, &text));
    assert_sv(text, "x\n");
    ev.v[1].n = 2;
    ck_assert(!event_text(&ev, 1, &text));
    ev.v[1].n = 0;
    ck_assert(!event_text(&ev, 1, &text));
    ck_assert(!event_text(&ev, 2, &text));
    (void)value_members(event_value(&ev, 2), &n);
    ck_assert_uint_eq(n, 0);
    ev.v[3].kind = VALUE_NULL;
    (void)value_members(event_value(&ev, 3), &n);
    ck_assert_uint_eq(n, 1);
}
END_TEST

START_TEST(setters)
{
    struct sv text;
    event_set_text(&ev, 1, SV("abc"));
    ck_assert(event_text(&ev, 1, &text));
    assert_sv(text, "abc");
    event_set_text(&ev, 1, SV_NONE);
    ck_assert(event_text(&ev, 1, &text));
    ck_assert_uint_eq(text.n, 0);
    event_set_number(&ev, 2, 0.25);
    ck_assert_int_eq(ev.v[2].kind, VALUE_NUMBER);
    ck_assert(event_text(&ev, 2, &text));
    assert_sv(text, "0.25");
    event_set_number(&ev, 2, NAN);
    ck_assert_int_eq(ev.v[2].kind, VALUE_ABSENT);
    event_set_bool(&ev, 3, true);
    ck_assert(event_text(&ev, 3, &text));
    assert_sv(text, "true");
    const struct sv list[] = { SV("a"), SV("b") };
    event_set_texts(&ev, 4, list, 2);
    ck_assert_int_eq(ev.v[4].kind, VALUE_LIST);
    size_t n;
    struct value *member = value_members(&ev.v[4], &n);
    ck_assert_uint_eq(n, 2);
    ck_assert(value_text(&member[1], &scratch, &text));
    assert_sv(text, "b");
    event_set_texts(&ev, 4, list, 1);
    ck_assert_int_eq(ev.v[4].kind, VALUE_STRING);
    event_set_texts(&ev, 4, list, 0);
    ck_assert_int_eq(ev.v[4].kind, VALUE_ABSENT);
}
END_TEST

static int calls;

static void
derive_double(const void *ctx, struct event *e, field_id field)
{
    struct sv text;
    calls++;
    if (!event_text(e, *(const field_id *)ctx, &text))
        return; /* leaves it absent */
    event_set_text(e, field, arena_printf(e->scratch, "%.*s%.*s", SV_ARG(text), SV_ARG(text)));
}

static void
derive_itself(const void *ctx, struct event *e, field_id field)
{
    (void)ctx;
    struct sv text;
    calls++;
    ck_assert(!event_text(e, field, &text));
}

START_TEST(derives_once_and_on_demand)
{
    static const field_id one = 1, two = 2;
    const struct derive derive[N_FIELDS] = {
        [2] = { derive_double, &one }, [3] = { derive_double, &two }, [4] = { derive_itself, NULL }
    };
    event_fini(&ev);
    event_init(&ev, N_FIELDS, &scratch, derive);
    struct sv text;
    event_set_text(&ev, 1, SV("ab"));
    calls = 0;
    ck_assert(event_text(&ev, 3, &text));
    assert_sv(text, "abababab");
    ck_assert(event_text(&ev, 3, &text));
    ck_assert(event_text(&ev, 2, &text));
    ck_assert_int_eq(calls, 2);
    ck_assert(!event_text(&ev, 4, &text));
    ck_assert_int_eq(calls, 3);
    /* what the log says is not derived */
    event_reset(&ev);
    ck_assert_int_eq(ev.v[1].kind, VALUE_UNSET);
    event_set_text(&ev, 2, SV("log"));
    ck_assert(event_text(&ev, 2, &text));
    assert_sv(text, "log");
    ck_assert_int_eq(calls, 3);
    /* nothing to derive from */
    event_reset(&ev);
    ck_assert(!event_text(&ev, 3, &text));
    ck_assert_int_eq(ev.v[3].kind, VALUE_ABSENT);
    ck_assert_int_eq(calls, 5);
    ck_assert_int_eq(ev.time, INT64_MIN);
}
END_TEST

TCase *
event_value_tests(void)
{
    TCase *t = tcase_create("values");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, escapes_are_decoded, 0, N_OF(escapes));
    tcase_add_test(t, nul_survives);
    tcase_add_test(t, without_escapes_nothing_is_copied);
    tcase_add_test(t, texts);
    tcase_add_test(t, numbers);
    tcase_add_test(t, members);
    tcase_add_test(t, setters);
    tcase_add_test(t, derives_once_and_on_demand);
    return t;
}
