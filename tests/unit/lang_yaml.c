/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: places, types of scalars, limits. */
#include "lang/yaml.h"

#include <string.h>

#include "lang_rules.h"
#include "lang_suites.h"

struct yaml {
    struct diags *d;
    struct arena arena;
    struct ynode **docs;
    size_t n;
    bool good;
};

static void
load(struct yaml *y, struct sv text)
{
    *y = (struct yaml){ .d = diags_new() };
    arena_init(&y->arena);
    const struct text_file *file = diags_add_text(y->d, SV("t.yml"), text);
    y->good = yaml_load(file, &y->arena, &y->docs, &y->n, y->d);
}

static void
unload(struct yaml *y)
{
    arena_fini(&y->arena);
    diags_free(y->d);
}

/* What a span covers. */
static struct sv
covered(struct span s)
{
    return sv_make(text_file_content(s.file).p + s.at, s.n);
}

static void
ck_covers(struct span s, const char *want)
{
    ck_assert_msg(sv_eq(covered(s), sv_of(want)), "want '%s', got '%.*s'", want, SV_ARG(covered(s)));
}

/* A value, the part of its text to find, and what is covered in the file; NULL: all of the scalar. */
static const struct {
    const char *value;
    const char *part;
    const char *want;
} parts[] = {
    { "abc def", "def", "def" },
    { "'abc def'", "def", "def" },
    { "\"abc def\"", "def", "def" },
    { "'it''s def'", "def", "def" },
    { "'it''s def'", "s", "s" },
    { "\"a\\tb def\"", "def", "def" },
    { "\"\\u00fc\\x41 def\"", "def", "def" },
    { "\"\\\\d+(\"", "(", "(" },
    { "grün def", "def", "def" },
    { "!!str abc def", "def", "def" },
    { "&x 'abc def'", "def", "def" },
    { ">\n    abc\n    def ghi", "ghi", "ghi" },
    { "|\n    abc\n\n    def ghi", "ghi", "ghi" },
    { "abc\n   def ghi", "ghi", "ghi" },
    { "'abc\n   def ghi'", "def", "def" },
    { "\"abc \\\n   def\"", "def", NULL },
};

START_TEST(subspan)
{
    struct yaml y;
    char text[256];

    snprintf(text, sizeof text, "# ü\nk: %s\n", parts[_i].value);
    load(&y, sv_of(text));
    ck_assert(y.good);
    const struct ynode *node = yaml_get(y.docs[0], "k");
    const size_t at = sv_find(node->text, sv_of(parts[_i].part), 0);
    ck_assert_uint_lt(at, node->text.n);
    const struct span got = yaml_subspan(node, at, strlen(parts[_i].part));
    if (parts[_i].want != NULL)
        ck_covers(got, parts[_i].want);
    else
        ck_assert_uint_eq(got.at, node->span.at);
    unload(&y);
}
END_TEST

START_TEST(spans)
{
    struct yaml y;
    load(&y, SV("\xef\xbb\xbf# grün\na: [x, 'y z']\n\"b\":\n  c: d # no\n  e: |\n    text\n...\n---\nf\n"));
    ck_assert(y.good);
    ck_assert_uint_eq(y.n, 2);
    const struct ynode *a = yaml_get(y.docs[0], "a");
    ck_covers(yaml_key(y.docs[0], "a")->span, "a");
    ck_covers(a->span, "[x, 'y z']");
    ck_covers(a->item[1]->span, "'y z'");
    ck_assert(sv_eq(a->item[1]->text, SV("y z")));
    ck_assert(a->item[0]->plain && !a->item[1]->plain);
    ck_covers(yaml_key(y.docs[0], "b")->span, "\"b\"");
    ck_covers(yaml_get(yaml_get(y.docs[0], "b"), "e")->span, "|\n    text");
    ck_covers(y.docs[1]->span, "f");
    ck_assert_ptr_null(yaml_get(y.docs[0], "z"));
    ck_assert_ptr_null(yaml_get(NULL, "z"));
    ck_assert_ptr_null(yaml_get(a, "z"));
    unload(&y);
}
END_TEST

static const struct {
    const char *value;
    const char *kind;
} kinds[] = {
    { "null", "null" },         { "~", "null" },           { "", "null" },
    { "Null", "null" },         { "nULL", "a string" },    { "true", "a boolean" },
    { "True", "a boolean" },    { "FALSE", "a boolean" },  { "tRUE", "a string" },
    { "yes", "a string" },      { "on", "a string" },      { "5", "a number" },
    { "-0.5e3", "a number" },   { "05", "a string" },      { "+5", "a string" },
    { "5.", "a string" },       { ".5", "a string" },      { "0x1F", "a string" },
    { "1_000", "a string" },    { ".inf", "a string" },    { "'5'", "a string" },
    { "\"true\"", "a string" }, { "!!str 5", "a string" }, { "'null'", "a string" },
    { "{}", "a mapping" },      { "[]", "a list" },        { "2026-11-22", "a string" },
    { "12:30", "a string" },
};

START_TEST(kind)
{
    struct yaml y;
    char text[64];
    snprintf(text, sizeof text, "k: %s\n", kinds[_i].value);
    load(&y, sv_of(text));
    ck_assert(y.good);
    ck_assert_str_eq(yaml_kind_name(yaml_get(y.docs[0], "k")), kinds[_i].kind);
    ck_assert(yaml_is_string(yaml_get(y.docs[0], "k")) == (strcmp(kinds[_i].kind, "a string") == 0));
    unload(&y);
}
END_TEST

START_TEST(aliases)
{
    struct yaml y;
    load(&y, SV("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n---\ne: *x\n"));
    ck_assert(!y.good);
    ck_assert_ptr_eq(yaml_get(y.docs[0], "a"), yaml_get(y.docs[0], "b"));
    ck_assert(sv_eq(yaml_get(y.docs[0], "d")->text, SV("3")));
    ck_assert_uint_eq(diags_count(y.d), 1); /* anchors end with their document */
    ck_assert_uint_eq(y.docs[1]->n, 0);
    unload(&y);
}
END_TEST

/* `times` copies of `unit` between `before` and `after`. */
static struct sv
repeated(struct buf *b, const char *before, const char *unit, size_t times, const char *after)
{
    buf_puts(b, before);
    for (size_t i = 0; i < times; i++)
        buf_puts(b, unit);
    buf_puts(b, after);
    return buf_view(b);
}

static const struct {
    const char *before;
    const char *unit;
    size_t times;
    const char *after;
    const char *want; /* of the first message; NULL: it loads */
} sizes[] = {
    { "", "[", 62, "x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", NULL },
    { "", "[", 64, "x]", "nested deeper than 64 levels" },
    { "", "[", 1000000, "", "nested deeper than 64 levels" },
    { "[", "x,", 199990, "]", NULL },
    { "[", "x,", 200000, "]", "more than 200000 nodes in one file (an alias counts what it stands for, each time)" },
    { "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
      "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [",
      "*e,", 1, "*e]\n", "more than 200000 nodes in one file (an alias counts what it stands for, each time)" },
    { "'", "x", 1048576, "'", NULL },
    { "'", "x", 1048577, "'", "a value of more than 1 MiB" },
    { "? ", "k", 1024, "\n: v", NULL },
    { "? ", "k", 1025, "\n: v", "a key of more than 1024 bytes" },
    { "#", "x", 16777216, "", "the file is larger than 16 MiB" },
    { "", "a: 1\n", 90000, "", "duplicate key 'a' (the first is in line 1)" },
    { "- &a '", "x", 1000000, "'\n- [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]",
      "aliases unfold this file to more than 16 MiB" },
    { "a: \"", "\\x", 1, "zz\"", "not valid YAML: did not find expected hexdecimal number" },
};

START_TEST(size)
{
    struct yaml y;
    struct buf b = BUF_INIT;
    load(&y, repeated(&b, sizes[_i].before, sizes[_i].unit, sizes[_i].times, sizes[_i].after));
    ck_assert(y.good == (sizes[_i].want == NULL));
    ck_assert_uint_le(diags_count(y.d), 60);
    if (sizes[_i].want != NULL)
        ck_assert_str_eq(diags_get(y.d, 0)->message.p, sizes[_i].want);
    unload(&y);
    buf_fini(&b);
}
END_TEST

static const struct {
    const char *text;
    size_t n;
    const char *want;
    size_t at;
} bytes[] = {
    { "a: b\0\n", 6, "a NUL byte; rules are UTF-8 text", 4 },
    { "a: \xe9\n", 5, "not UTF-8", 3 },
    { "\xff\xfe"
      "a\0",
      4, "the file is UTF-16; rules are UTF-8", 0 },
    { "\xfe\xff\0a", 4, "the file is UTF-16; rules are UTF-8", 0 },
    { "a: \x07\n", 5, "not valid YAML: control characters are not allowed", 3 },
    { "a:\n\tb: c\n", 9, "a tab cannot indent YAML; write blanks", 3 },
    { "a: *b\n", 6, "the alias refers to no anchor before it", 3 },
    { "a: 'b\n", 6, "not valid YAML: found unexpected end of stream", 6 },
};

START_TEST(byte)
{
    struct yaml y;
    load(&y, sv_make(bytes[_i].text, bytes[_i].n));
    ck_assert(!y.good);
    ck_assert_str_eq(diags_get(y.d, 0)->message.p, bytes[_i].want);
    ck_assert_uint_eq(diags_get(y.d, 0)->span.at, bytes[_i].at);
    unload(&y);
}
END_TEST

Suite *
lang_yaml_suite(void)
{
    Suite *s = suite_create("lang yaml");
    TCase *t = tcase_create("yaml");
    tcase_add_loop_test(t, subspan, 0, N_OF(parts));
    tcase_add_test(t, spans);
    tcase_add_loop_test(t, kind, 0, N_OF(kinds));
    tcase_add_test(t, aliases);
    tcase_add_loop_test(t, size, 0, N_OF(sizes));
    tcase_add_loop_test(t, byte, 0, N_OF(bytes));
    suite_add_tcase(s, t);
    return s;
}
