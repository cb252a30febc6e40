/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of a log, and where counting ends. */
#include "cli/field_stats.h"

#include <stdio.h>

#include "cli_tests.h"

static void
add(struct field_stats *s, const char *path, enum value_kind kind, const char *text)
{
    const struct sv t = sv_of(text);
    field_stats_value(s, sv_of(path), (struct value){ .p = t.p, .n = (uint32_t)t.n, .kind = (uint8_t)kind }, false);
}

static const struct path_stats *
find(const struct field_stats *s, const char *path)
{
    const struct map_entry *e = map_get(&s->index, sv_of(path));
    return e != NULL ? &s->path.v[e->value] : NULL;
}

static void
check_types(const struct field_stats *s, const char *path, const char *want)
{
    struct buf text = BUF_INIT;
    field_stats_types(find(s, path), &text);
    ck_assert_str_eq(buf_cstr(&text), want);
    buf_fini(&text);
}

START_TEST(counts)
{
    struct field_stats s;
    field_stats_init(&s);
    field_stats_event(&s);
    add(&s, "a", VALUE_STRING, "x");
    add(&s, "a", VALUE_STRING, "x");
    add(&s, "a", VALUE_NUMBER, "5");
    field_stats_value(&s, SV("l"), (struct value){ .kind = VALUE_TRUE }, true);
    field_stats_event(&s);
    add(&s, "a", VALUE_STRING, "y");
    field_stats_value(&s, SV("l"), (struct value){ .kind = VALUE_FALSE }, false);
    ck_assert_uint_eq(s.events, 2);
    ck_assert_uint_eq(find(&s, "a")->events, 2);
    ck_assert_uint_eq(find(&s, "a")->values, 4);
    ck_assert_uint_eq(find(&s, "a")->distinct.n, 3);
    ck_assert(!find(&s, "a")->in_list);
    ck_assert(find(&s, "l")->in_list);
    check_types(&s, "a", "string 75%, number 25%");
    check_types(&s, "l", "boolean");
    ck_assert_uint_eq(find(&s, "a")->n_examples, 3);
    ck_assert(sv_eq(find(&s, "a")->example[1], SV("5")));
    field_stats_fini(&s);
}
END_TEST

START_TEST(small_share)
{
    struct field_stats s;
    field_stats_init(&s);
    for (int i = 0; i < 5000; i++)
        add(&s, "a", VALUE_STRING, "x");
    add(&s, "a", VALUE_NULL, "");
    check_types(&s, "a", "string 100%, null <0.1%");
    field_stats_fini(&s);
}
END_TEST

START_TEST(limits)
{
    struct field_stats s;
    char text[PATH_MAX_SIZE + 8];
    field_stats_init(&s);
    field_stats_event(&s);
    for (int i = 0; i < DISTINCT_MAX + 50; i++) {
        snprintf(text, sizeof text, "value %d", i);
        add(&s, "many", VALUE_STRING, text);
        add(&s, "few", VALUE_NUMBER, i % 2 == 0 ? "1" : "2");
    }
    ck_assert_uint_eq(find(&s, "many")->distinct.n, DISTINCT_MAX + 1);
    ck_assert_uint_eq(find(&s, "few")->distinct.n, 2);
    memset(text, 'p', sizeof text);
    text[PATH_MAX_SIZE + 1] = '\0';
    add(&s, text, VALUE_NULL, "");
    ck_assert_uint_eq(s.dropped, 1);
    text[PATH_MAX_SIZE] = '\0';
    add(&s, text, VALUE_NULL, "");
    ck_assert_uint_eq(s.dropped, 1);
    for (int i = 0; i < PATHS_MAX; i++) {
        snprintf(text, sizeof text, "path %d", i);
        add(&s, text, VALUE_TRUE, "");
    }
    ck_assert_uint_eq(s.path.n, PATHS_MAX);
    ck_assert_uint_eq(s.dropped, 1 + 3);
    add(&s, "few", VALUE_NUMBER, "3"); /* what is known goes on */
    ck_assert_uint_eq(find(&s, "few")->distinct.n, 3);
    field_stats_fini(&s);
}
END_TEST

static const struct {
    const char *path;
    bool hidden;
} secrets[] = {
    { "user.password", true },      { "Password", true },          { "oauth.client_secret", true },
    { "headers.Set-Cookie", true }, { "accessToken", true },       { "headers.Authorization", true },
    { "authorization.app", false }, { "password.changed", false }, { "user.name", false },
    { "X-Api_Key", true },
};

START_TEST(hides_secrets)
{
    struct field_stats s;
    field_stats_init(&s);
    add(&s, secrets[_i].path, VALUE_STRING, "hunter2");
    ck_assert_int_eq(find(&s, secrets[_i].path)->n_examples == 0, secrets[_i].hidden);
    ck_assert_uint_eq(find(&s, secrets[_i].path)->distinct.n, 1);
    field_stats_fini(&s);
}
END_TEST

/* Cut between characters. */
START_TEST(long_examples)
{
    struct field_stats s;
    char text[4 * EXAMPLE_SIZE + 1];
    field_stats_init(&s);
    for (int i = 0; i < 2 * EXAMPLE_SIZE; i++)
        memcpy(text + 2 * (size_t)i, "\xc3\xa4", 2);
    text[sizeof text - 1] = '\0';
    add(&s, "a", VALUE_STRING, text);
    const struct sv example = find(&s, "a")->example[0];
    ck_assert_uint_eq(example.n, 2 * EXAMPLE_SIZE + 3);
    ck_assert(sv_ends(example, SV("\xc3\xa4...")));
    field_stats_fini(&s);
}
END_TEST

START_TEST(order)
{
    static const char *const paths[] = { "b", "a.b", "a", "B", "\xc3\xa4", "a-b" };
    static const uint32_t want[] = { 3, 2, 5, 1, 0, 4 };
    struct field_stats s;
    field_stats_init(&s);
    for (size_t i = 0; i < 6; i++)
        add(&s, paths[i], VALUE_NULL, "");
    uint32_t *got = field_stats_order(&s);
    ck_assert_mem_eq(got, want, sizeof want);
    mem_free(got);
    field_stats_fini(&s);
}
END_TEST

TCase *
field_stats_tests(void)
{
    TCase *t = tcase_create("field_stats");
    tcase_add_test(t, counts);
    tcase_add_test(t, small_share);
    tcase_add_test(t, limits);
    tcase_add_loop_test(t, hides_secrets, 0, sizeof secrets / sizeof *secrets);
    tcase_add_test(t, long_examples);
    tcase_add_test(t, order);
    return t;
}
