/* SPDX-License-Identifier: Apache-2.0 */
/* Source definitions at work: other names, lists in a string, values, constants, time, required fields. */
#include "input_util.h"

#include "base/timestamp.h"

static struct sv outcome_keys[] = { { "Y", 1 }, { "N", 1 }, { "1", 1 }, { "true", 4 } };
static struct sv outcome_values[] = { { "success", 7 }, { "failure", 7 }, { "success", 7 }, { "success", 7 } };
static struct sv required[] = { { "action", 6 } };

static struct source_field fields[] = {
    { .name = { "action", 6 }, .from = { "type", 4 } },
    { .name = { "time", 4 }, .from = { "when.at", 7 } },
    { .name = { "outcome", 7 }, .from = { "ok", 2 }, .map_key = outcome_keys, .map_value = outcome_values, .n_map = 4 },
    { .name = { "strict", 6 },
      .from = { "ok", 2 },
      .map_key = outcome_keys,
      .map_value = outcome_values,
      .n_map = 4,
      .map_only = true },
    { .name = { "oauth.scopes", 12 }, .from = { "scope", 5 }, .split = ' ' },
    { .name = { "codes", 5 },
      .from = { "codes", 5 },
      .split = ',',
      .map_key = outcome_keys,
      .map_value = outcome_values,
      .n_map = 4,
      .map_only = true },
    { .name = { "product", 7 }, .constant = { "thing", 5 }, .has_constant = true },
    { .name = { "user", 4 }, .from = { "u1", 2 } },
    { .name = { "user", 4 }, .from = { "u2", 2 } },
    { .name = { "user", 4 }, .constant = { "nobody", 6 }, .has_constant = true },
};

static struct source_def def = {
    .name = { "mapped", 6 },
    .fields = fields,
    .n_fields = sizeof fields / sizeof *fields,
    .required = required,
    .n_required = 1,
    .time_optional = true,
};
static const struct source_defs defs = { .v = &def, .n = 1 };

static const struct {
    const char *fields, *text, *want;
} rows[] = {
    { "action", "{\"type\":\"x\",\"action\":\"y\"}", "1: action=\"x\"\n" },
    { "action type", "{\"type\":\"x\"}", "1: action=\"x\" type=\"x\"\n" },
    { "action type outcome ok z",
      "{\"type\":\"x\",\"ok\":\"Y\",\"z\":1}\n{\"type\":2}\n{\"z\":[3]}\n{\"type\":4,\"ok\":5}",
      "1: action=\"x\" type=\"x\" outcome=\"success\" ok=\"Y\" z=1\n2: action=2 type=2\n"
      "3@39: a required field is missing\n4: action=4 type=4 outcome=5 ok=5\n" },
    { "time", "{\"type\":1,\"when\":{\"at\":5}}", "1: time=5\n" },
    { "time", "{\"type\":1,\"when.at\":5}", "1: time=5\n" },
    { "outcome strict", "{\"type\":1,\"ok\":\"Y\"}", "1: outcome=\"success\" strict=\"success\"\n" },
    { "outcome strict", "{\"type\":1,\"ok\":\"\\u0059\"}", "1: outcome=\"success\" strict=\"success\"\n" },
    { "outcome strict", "{\"type\":1,\"ok\":1}", "1: outcome=\"success\" strict=\"success\"\n" },
    { "outcome strict", "{\"type\":1,\"ok\":true}", "1: outcome=\"success\" strict=\"success\"\n" },
    { "outcome strict", "{\"type\":1,\"ok\":\"maybe\"}", "1: outcome=\"maybe\"\n" },
    { "outcome strict", "{\"type\":1,\"ok\":null}", "1: outcome=null strict=null\n" },
    { "outcome strict", "{\"type\":1,\"ok\":[\"N\",\"x\",\"Y\"]}",
      "1: outcome=[\"failure\",\"x\",\"success\"] strict=[\"failure\",\"success\"]\n" },
    { "outcome strict", "{\"type\":1}", "1:\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":\"a  b c \"}", "1: oauth.scopes=[\"a\",\"b\",\"c\"]\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":\"a\"}", "1: oauth.scopes=\"a\"\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":\"\"}", "1:\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":[]}", "1: oauth.scopes=[]\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":[\"a b\",\"c\",4]}", "1: oauth.scopes=[\"a\",\"b\",\"c\",4]\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":\"a\\u0020b\"}", "1: oauth.scopes=[\"a\",\"b\"]\n" },
    { "oauth.scopes", "{\"type\":1,\"scope\":7}", "1: oauth.scopes=7\n" },
    { "codes", "{\"type\":1,\"codes\":\"Y,N,?\"}", "1: codes=[\"success\",\"failure\"]\n" },
    { "codes", "{\"type\":1,\"codes\":\"?\"}", "1:\n" },
    { "product other", "{\"type\":1,\"product\":2}", "1: product=\"thing\"\n" },
    { "user", "{\"type\":1,\"u1\":\"a\",\"u2\":\"b\"}", "1: user=\"a\"\n" },
    { "user", "{\"type\":1,\"u2\":\"b\"}", "1: user=\"b\"\n" },
    { "user", "{\"type\":1}", "1: user=\"nobody\"\n" },
    { "user", "{}", "1@0: a required field is missing\n" },
    { "user", "{\"type\":null}", "1@0: a required field is missing\n" },
    { "user", "{\"type\":[]}", "1@0: a required field is missing\n" },
    { "", "{\"type\":\"\"}", "1:\n" },
    { "", "{\"action\":\"x\"}", "1@0: a required field is missing\n" },
};

START_TEST(test_row)
{
    struct buf got = BUF_INIT;
    const struct setup s = { .fields = rows[_i].fields, .defs = &defs, .forced = &def };
    transcribe(&s, sv_of(rows[_i].text), &got);
    check_text(rows[_i].text, &got, rows[_i].want);
    buf_fini(&got);
}
END_TEST

/* ---- time ---- */

static struct sv two_times[] = { { "t1", 2 }, { "t2", 2 } };

static const struct {
    const char *text;
    bool lenient, optional;
    const char *want; /* a time, or a reason */
} times[] = {
    { "{\"time\":\"2026-11-22T03:14:15.123Z\"}", false, false, "2026-11-22T03:14:15.123000Z" },
    { "{\"time\":\"2026-11-22T03:14:15\\u005a\"}", false, false, "2026-11-22T03:14:15Z" },
    { "{\"time\":1795317255}", false, false, "2026-11-22T03:14:15Z" },
    { "{\"time\":1795317255.5}", false, false, "2026-11-22T03:14:15.500000Z" },
    { "{\"time\":1795317255123}", false, false, "2026-11-22T03:14:15.123000Z" },
    { "{\"time\":\"1795317255123\"}", false, false, "2026-11-22T03:14:15.123000Z" },
    { "{\"time\":[\"2026-11-22T03:14:15Z\"]}", false, false, "2026-11-22T03:14:15Z" },
    { "{\"time\":[1,2]}", false, false, "unusable time" },
    { "{\"time\":\"2026-11-22 03:14:15\"}", false, false, "unusable time" },
    { "{\"time\":\"2026-11-22 03:14:15\"}", true, false, "2026-11-22T03:14:15Z" },
    { "{\"time\":\"yesterday\"}", false, false, "unusable time" },
    { "{\"time\":true}", false, false, "unusable time" },
    { "{\"time\":{}}", false, false, "unusable time" },
    { "{\"time\":null}", false, false, "no time" },
    { "{\"time\":\"\"}", false, false, "no time" },
    { "{\"time\":[]}", false, false, "no time" },
    { "{\"t\":1}", false, false, "no time" },
    { "{\"time\":\"yesterday\"}", false, true, "" },
    { "{\"t\":1}", false, true, "" },
};

static void
check_time(const struct source_def *d, const char *text, const char *want)
{
    const struct source_defs all = { .v = (struct source_def *)(uintptr_t)d, .n = 1 };
    struct fields *f = fields_new();
    projections_plan_fields(&all, f);
    struct projections *p = projections_new(&all, d, f, &INPUT_LIMITS_DEFAULT);
    const struct input_file file = { .name = SV("x"), .memory = sv_of(text) };
    struct inputs *in = inputs_new_memory(&file, 1);
    struct stream *stream = stream_open(in, 0, p);
    struct parser *ps = parser_new(p);
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct block b;
    struct reject r;
    char told[TIME_TEXT_MAX] = "?";
    event_init(&ev, fields_count(f), &scratch, NULL);
    block_init(&b);
    ck_assert(stream_next(stream, &b));
    parser_start(ps, &b);
    if (parser_next(ps, &ev, &r) == RECORD_EVENT)
        time_format(ev.time, told);
    else
        snprintf(told, sizeof told, "%s", reject_texts[r.reason]);
    ck_assert_msg(sv_eq(sv_of(told), sv_of(want)), "%s: got '%s', want '%s'", text, told, want);
    event_fini(&ev);
    arena_fini(&scratch);
    block_fini(&b);
    parser_free(ps);
    stream_close(stream);
    inputs_free(in);
    projections_free(p);
    fields_free(f);
}

START_TEST(test_time)
{
    const struct source_def d = { .name = SV("t"),
                                  .time_lenient = times[_i].lenient,
                                  .time_optional = times[_i].optional };
    check_time(&d, times[_i].text, times[_i].want);
}
END_TEST

START_TEST(test_times_in_turn)
{
    const struct source_def d = { .name = SV("t"), .time = two_times, .n_time = 2 };
    check_time(&d, "{\"t1\":1,\"t2\":2}", "1970-01-01T00:00:01Z");
    check_time(&d, "{\"t2\":2}", "1970-01-01T00:00:02Z");
    check_time(&d, "{\"t1\":\"x\",\"t2\":2}", "1970-01-01T00:00:02Z");
    check_time(&d, "{\"t1\":null,\"t2\":\"x\"}", "unusable time");
    check_time(&d, "{\"t1\":\"x\"}", "unusable time");
    check_time(&d, "{\"time\":1}", "no time");
}
END_TEST

TCase *
mapping_tests(void)
{
    TCase *t = tcase_create("mapping");
    tcase_add_loop_test(t, test_row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(t, test_time, 0, (int)(sizeof times / sizeof *times));
    tcase_add_test(t, test_times_in_turn);
    return t;
}
