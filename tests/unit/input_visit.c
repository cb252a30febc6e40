/* SPDX-License-Identifier: Apache-2.0 */
/* Every value of a record, and where it is; and sources that stand in for unknown ones. */
#include "input_util.h"

static const struct {
    const char *log;
    const char *want;
} rows[] = {
    { "{}\n", "1:|={}\n" },
    { "{\"a\":1,\"b\":\"x\",\"c\":true,\"d\":null}\n", "1:|a=1|b=\"x\"|c=true|d=null\n" },
    { "{\"a\":{\"b\":{\"c\":1.50}},\"a.d\":false}\n", "1:|a.b.c=1.50|a.d=false\n" },
    { "{ \"a\" : [ ] , \"b\" : { } }\n", "1:|a*=[]|b={}\n" },
    { "{\"a\":[1,\"x\",null,[2,[]]],\"b\":2}\n", "1:|a*=1|a*=\"x\"|a*=null|a*=2|a*=[]|b=2\n" },
    { "{\"a\":[{\"k\":1,\"l\":{\"m\":2}},{\"k\":[3]}]}\n", "1:|a.k*=1|a.l.m*=2|a.k*=3\n" },
    { "{\"a\\u0062\":\"\\u00e4\\n\",\"Threat Name\":\"x\"}\n", "1:|ab=\"\xc3\xa4\\x0a\"|Threat Name=\"x\"\n" },
    /* The last of equal keys counts, with all below it; those of other objects are others. */
    { "{\"a\":1,\"b\":2,\"a\":3}\n", "1:|b=2|a=3\n" },
    { "{\"a\":{\"x\":1,\"y\":[{\"z\":1}]},\"\\u0061\":{\"x\":2}}\n", "1:|a.x=2\n" },
    { "{\"a\":[{\"k\":1,\"k\":2},{\"k\":3}],\"k\":4}\n", "1:|a.k*=2|a.k*=3|k=4\n" },
    { "{\"\":1,\"a\":{\"\":2}}\n", "1:|=1|a.=2\n" },
    { "{\"a\":1}\n\n[1]\n{\"b\":2}\n", "1:|a=1\n2: -\n3@9: not a JSON object\n4:|b=2\n" },
    { "a,b.c,\"d \"\"e\"\"\"\n1,,\"x, y\"\n", "2:|a=\"1\"|b.c=\"\"|d \"e\"=\"x, y\"\n" },
};

START_TEST(visits)
{
    const struct setup s = { .fields = "", .visit = true };
    struct source_def plain = plain_source();
    plain.format = SV("csv");
    const struct source_defs csv = { .v = &plain, .n = 1 };
    const struct setup s_csv = { .fields = "", .visit = true, .defs = &csv, .forced = &plain };
    struct buf out = BUF_INIT;
    transcribe(rows[_i].log[0] == 'a' ? &s_csv : &s, sv_of(rows[_i].log), &out);
    check_text(rows[_i].log, &out, rows[_i].want);
    buf_fini(&out);
}
END_TEST

/* Visiting changes nothing: the same fields, and the same again for every record of a block. */
START_TEST(leaves_the_event)
{
    const struct setup s = { .fields = "a b.c", .visit = true, .any = true };
    struct buf out = BUF_INIT;
    transcribe(&s, SV("{\"a\":1,\"b\":{\"c\":\"\\u0041\"}}\n{\"b\":[{\"c\":2},{\"c\":3}]}\n"), &out);
    check_text("two records", &out,
               "1: *=[1,\"A\"] a=1 b.c=\"A\"|a=1|b.c=\"A\"\n2: *=[2,3] b.c=[2,3]|b.c*=2|b.c*=3\n");
    buf_fini(&out);
}
END_TEST

/* Values that do not stand in the line as they are; input_util.c checks what the event says of it. */
static const struct {
    const char *log;
    const char *want;
} escaped[] = {
    { "a,b\n\"x \"\"y\"\"\",2\nx,2\n", "2: *=[\"x \"y\"\",\"2\"]\n3: *=[\"x\",\"2\"]\n" },
    { "{\"a\":\"x \\\"y\\\"\"}\n{\"a\":\"x\"}\n", "1: *=[\"x \"y\"\"]\n2: *=[\"x\"]\n" },
    { "{\"\\u0061\":\"x\"}\n", "1: *=[\"x\"]\n" },
};

START_TEST(verbatim)
{
    struct source_def plain = plain_source();
    plain.format = escaped[_i].log[0] == 'a' ? SV("csv") : SV("jsonl");
    const struct source_defs defs = { .v = &plain, .n = 1 };
    const struct setup s = { .fields = "", .any = true, .defs = &defs, .forced = &plain };
    struct buf out = BUF_INIT;
    transcribe(&s, sv_of(escaped[_i].log), &out);
    check_text(escaped[_i].log, &out, escaped[_i].want);
    buf_fini(&out);
}
END_TEST

/* One source that is recognised by a key, and one that only stands in. */
static const struct {
    const char *log;
    const char *with;
    const char *without;
} unknown[] = {
    { "{\"known\":1}\n", "1: known=1\n", "1: known=1\n" },
    { "{\"other\":1}\n{\"known\":2}\n", "1:\n2: known=2\n", "1:\n2: known=2\n" },
    { "{\"other\":1}\n{\"b\":2}\n", "1: other=1\n2: b=2\n", "! source not recognised (keys: other)\n" },
    { "\nx\n{\"other\":1}\n", "1: -\n2@1: invalid JSON\n3: other=1\n", "! source not recognised (keys: other)\n" },
    { "other,b\n1,2\n", "2: other=\"1\" b=\"2\"\n", "! source not recognised (columns: other, b)\n" },
    { "no log at all\n", "! format not recognised\n", "! format not recognised\n" },
    { "", "", "" },
};

START_TEST(falls_back)
{
    struct source_def both[2] = { plain_source(), plain_source() };
    struct sv key = SV("known");
    struct sv never = SV("never");
    both[0].name = SV("known");
    both[0].recognise = &key;
    both[0].n_recognise = 1;
    both[0].fields = &(struct source_field){ .name = SV("other"), .from = never };
    both[0].n_fields = 1;
    both[1].name = SV("stands in");
    both[1].recognise = NULL;
    both[1].n_recognise = 0;
    const struct source_defs defs = { .v = both, .n = 2 };
    struct buf out = BUF_INIT;
    struct setup s = { .fields = "known other b", .defs = &defs };
    transcribe(&s, sv_of(unknown[_i].log), &out);
    check_text(unknown[_i].log, &out, unknown[_i].without);
    s.fallback = &both[1];
    transcribe(&s, sv_of(unknown[_i].log), &out);
    check_text(unknown[_i].log, &out, unknown[_i].with);
    buf_fini(&out);
}
END_TEST

TCase *
visit_tests(void)
{
    TCase *t = tcase_create("visit");
    tcase_add_loop_test(t, visits, 0, sizeof rows / sizeof *rows);
    tcase_add_test(t, leaves_the_event);
    tcase_add_loop_test(t, verbatim, 0, sizeof escaped / sizeof *escaped);
    tcase_add_loop_test(t, falls_back, 0, sizeof unknown / sizeof *unknown);
    return t;
}
