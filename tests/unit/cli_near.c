/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": names of fields, and what messages suggest. */
#include "cli/near.h"

#include "base/diag.h"
#include "cli_tests.h"

static const char *const known[] = {
    "actor.user.uid", "actor.user.name", "src_endpoint.ip", "userAgent", "User Name", "eventName", "id", "time",
};

static struct sv
known_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(known[i]);
}

static const struct {
    const char *word;
    const char *want;
} rows[] = {
    { "Actor.User.Uid", "actor.user.uid" },
    { "actor_user_uid", "actor.user.uid" },
    { "actorUserUid", "actor.user.uid" },
    { "user_agent", "userAgent" },
    { "user-agent", "userAgent" },
    { "UserName", "User Name" },
    { "username", "User Name" },
    { "eventname", "eventName" },
    { "eventNmae", "eventName" },
    { "actor.user.uuid", "actor.user.uid" },
    { "user.uid", "actor.user.uid" },
    { "ocsf.actor.user.name", "actor.user.name" },
    { "tme", "time" },
    { "x.id", "" },
    { "ip", "id" },
    { "sourceAddress", "" },
    { "", "" },
    { "...", "" },
};

START_TEST(near)
{
    const struct sv got = near_field(sv_of(rows[_i].word), sizeof known / sizeof *known, known_name, NULL);
    ck_assert_msg(sv_eq(got, sv_of(rows[_i].want)), "%s: got '%.*s'", rows[_i].word, SV_ARG(got));
}
END_TEST

static const struct {
    const char *message;
    const char *want;
} messages[] = {
    { "unknown modifier 'contain' (did you mean 'contains'?)", "contains" },
    { "a name with a quote (did you mean 'it's'?)", "it's" },
    { "(did you mean ''?)", "" },
    { "no rule has the id or name 'x'", "" },
    { "(did you mean 'x", "" },
    { "unknown option --x (did you mean --y?)", "" },
};

START_TEST(suggestion)
{
    struct diags *d = diags_new();
    diag_error(d, SPAN_NONE, "%s", messages[_i].message);
    const struct sv got = diag_suggestion(diags_get(d, 0));
    ck_assert_msg(sv_eq(got, sv_of(messages[_i].want)), "%s: got '%.*s'", messages[_i].message, SV_ARG(got));
    diags_free(d);
}
END_TEST

START_TEST(forget)
{
    struct diags *d = diags_new();
    const struct text_file *text = diags_add_text(d, SV("f"), SV("one\ntwo\n"));
    const struct span at = { text, 4, 3 };
    size_t line;
    size_t column;
    diag_error(d, at, "wrong");
    diag_warning(d, at, "odd");
    diags_forget(d);
    ck_assert_uint_eq(diags_count(d), 0);
    ck_assert_uint_eq(diags_errors(d), 0);
    ck_assert_uint_eq(diags_warnings(d), 0);
    text_file_locate(text, 4, &line, &column);
    ck_assert_uint_eq(line, 2);
    diag_error(d, at, "wrong again");
    ck_assert_uint_eq(diags_errors(d), 1);
    diags_free(d);
}
END_TEST

TCase *
near_tests(void)
{
    TCase *t = tcase_create("near");
    tcase_add_loop_test(t, near, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(t, suggestion, 0, sizeof messages / sizeof *messages);
    tcase_add_test(t, forget);
    return t;
}
