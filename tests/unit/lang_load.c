/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are read, what a mistake costs, references and filters across files, lists, digests. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lang_rules.h"
#include "lang_suites.h"

#define RULE(title) "title: " title "\nlogsource: {product: p}\ndetection: {sel: {a: " title "}, condition: sel}\n"
#define BAD(title) "title: " title "\nlogsource: {product: p}\ndetection: {sel: {a|frob: x}, condition: sel}\n"

/* Titles in the order of the program, joined by blanks. */
static const char *
titles(struct rules *r)
{
    buf_reset(&r->text);
    for (size_t i = 0; i < r->program->rules.n; i++)
        buf_printf(&r->text, "%s%.*s", i > 0 ? " " : "", SV_ARG(r->program->rules.v[i].meta.title));
    return buf_cstr(&r->text);
}

START_TEST(walk)
{
    static const char *const paths[] = { "w", NULL };
    struct rules r;
    rules_write("w/b.yml", RULE("b"));
    rules_write("w/a/z.yaml", RULE("az"));
    rules_write("w/a-b.yml", RULE("a-b"));
    rules_write("w/.hidden/x.yml", RULE("hidden"));
    rules_write("w/.x.yml", RULE("dot"));
    rules_write("w/note.txt", "not YAML: [");
    rules_write("w/lists/x.yml", RULE("list"));
    rules_write("w/sources/x.yml", RULE("source"));
    rules_load(&r, paths, false);
    ck_assert_int_eq(r.err, ERR_OK);
    ck_assert_str_eq(titles(&r), "a-b az b");
    rules_free(&r);
}
END_TEST

START_TEST(given_twice)
{
    static const char *const paths[] = { "t/x.yml", "t", "./t/x.yml", "t", NULL };
    struct rules r;
    rules_write("t/x.yml", RULE("x"));
    rules_write("t/y.yml", RULE("y"));
    rules_load(&r, paths, false);
    ck_assert_int_eq(r.err, ERR_OK);
    ck_assert_str_eq(titles(&r), "x y");
    rules_free(&r);
}
END_TEST

START_TEST(no_such_path)
{
    static const char *const paths[] = { "n/nothing", "n/empty", "n/x.yml", NULL };
    struct rules r;
    rules_write("n/x.yml", RULE("x"));
    mkdir("n/empty", 0700);
    rules_load(&r, paths, true); /* not a matter of bad rules */
    ck_assert_int_eq(r.err, ERR_CONFIG);
    ck_assert_str_eq(rules_messages(&r), "authsift: error: cannot read 'n/nothing': No such file or directory\n"
                                         "authsift: error: cannot read 'n/empty': there is no *.yml in it\n");
    ck_assert_str_eq(titles(&r), "x");
    rules_free(&r);
}
END_TEST

/* A loop of links is no endless walk. */
START_TEST(links)
{
    static const char *const paths[] = { "l", NULL };
    struct rules r;
    rules_write("l/x.yml", RULE("x"));
    ck_assert(symlink(".", "l/again") == 0 || access("l/again", F_OK) == 0);
    rules_load(&r, paths, false);
    ck_assert_str_eq(titles(&r), "x");
    rules_free(&r);
}
END_TEST

static const char collection[] = RULE("one") "---\n" BAD("two") "---\n" RULE(
    "three") "---\nnonsense\n---\ntitle: four\n"
             "logsource: {product: p}\ndetection: {sel: {a: x, a: y}, condition: sel}\n---\n";

START_TEST(without_skipping)
{
    struct rules r;
    rules_load_text(&r, collection);
    ck_assert_int_eq(r.err, ERR_CONFIG);
    ck_assert_uint_eq(diags_errors(r.d), 3);
    ck_assert_str_eq(titles(&r), "one three"); /* `check` goes on with what is good */
    rules_free(&r);
}
END_TEST

START_TEST(with_skipping)
{
    static const char *const paths[] = { "s", NULL };
    static const struct {
        const char *file, *title, *reason;
    } want[] = {
        { "s/a.yml", "two", "unknown modifier 'frob'" },
        { "s/a.yml", "", "a document has to be a mapping, not a string" },
        { "s/a.yml", "four", "duplicate key 'a' (the first is in line 17)" },
        { "s/b.yml", "", "not valid YAML: did not find expected ',' or ']'" },
        { "s/c.yml", "", "a NUL byte; rules are UTF-8 text" },
    };
    struct rules r;
    rules_write("s/a.yml", collection);
    rules_write("s/b.yml", "title: [x\n");
    rules_write("s/c.yml", "title: x");
    FILE *f = fopen("s/c.yml", "ab");
    ck_assert(f != NULL && fputc(0, f) == 0 && fclose(f) == 0);
    rules_load(&r, paths, true);
    ck_assert_int_eq(r.err, ERR_OK);
    ck_assert_str_eq(titles(&r), "one three");
    ck_assert_uint_eq(r.program->skipped.n, N_OF(want));
    for (size_t i = 0; i < r.program->skipped.n; i++) {
        ck_assert_str_eq(r.program->skipped.v[i].file.p, want[i].file);
        ck_assert_str_eq(r.program->skipped.v[i].title.p, want[i].title);
        ck_assert_str_eq(r.program->skipped.v[i].reason.p, want[i].reason);
    }
    rules_free(&r);
}
END_TEST

START_TEST(duplicates_across_files)
{
    static const char *const paths[] = { "d", NULL };
    struct rules r;
    rules_write("d/a.yml", "name: same\n" RULE("a"));
    rules_write("d/b.yml", "name: same\n" RULE("b"));
    rules_load(&r, paths, true);
    ck_assert_str_eq(rules_messages(&r), "d/b.yml:1:7: error: duplicate name 'same': it is that of 'a' (d/a.yml:1)\n"
                                         "    1 | name: same\n      |       ^~~~\n   while reading rule 'b'\n");
    ck_assert_str_eq(titles(&r), "a");
    rules_free(&r);
}
END_TEST

static const struct {
    const char *filter; /* behind "title: F\n" */
    const char *want;   /* rule r's condition; its logsource is product p, service s */
} filters[] = {
    { "logsource: {product: p}\nfilter: {rules: any, sel: {b: x}, condition: not sel}",
      "(a equals \"r\" and not b equals \"x\")" },
    { "logsource: {product: P}\nfilter: {rules: [], sel: {b: x}, condition: not sel}",
      "(a equals \"r\" and not b equals \"x\")" },
    { "logsource: {product: p, service: s}\nfilter: {rules: [r], sel: {b: x}, condition: not sel}",
      "(a equals \"r\" and not b equals \"x\")" },
    { "logsource: {product: p}\nfilter: {rules: r, sel: {b: x}, condition: not sel}",
      "(a equals \"r\" and not b equals \"x\")" },
    { "logsource: {service: s}\nfilter: {rules: [00000000-0000-4000-8000-00000000000A], sel: {b: x}, condition: not "
      "sel}",
      "(a equals \"r\" and not b equals \"x\")" },
    { "logsource: {product: p}\nfilter: {rules: any, sel: {b: x}, condition: sel}",
      "(a equals \"r\" and b equals \"x\")" },
    { "logsource: {product: p}\nfilter: {rules: any, s_1: {b: x}, s_2: {c: y}, condition: not 1 of s_*}",
      "(a equals \"r\" and not (b equals \"x\" or c equals \"y\"))" },
    { "logsource: {product: p}\nfilter: {rules: any, x: {b: x}, y: {c: y}, condition: not all of them}",
      "(a equals \"r\" and not (b equals \"x\" and c equals \"y\"))" },
    /* the filter's `sel` is not the rule's */
    { "logsource: {product: p}\nfilter: {rules: any, sel: {a: r}, condition: not sel}",
      "(a equals \"r\" and not a equals \"r\")" },
    { "logsource: {product: q}\nfilter: {rules: any, sel: {b: x}, condition: not sel}", "a equals \"r\"" },
    { "logsource: {product: p, category: c}\nfilter: {rules: any, sel: {b: x}, condition: not sel}", "a equals \"r\"" },
    { "logsource: {product: p}\nfilter: {rules: [other], sel: {b: x}, condition: not sel}", "a equals \"r\"" },
};

START_TEST(filter)
{
    static const char *const paths[] = { "f", NULL };
    struct rules r;
    char text[512];
    snprintf(text, sizeof text, "title: F\n%s\n", filters[_i].filter);
    rules_write("f/a_filter.yml", text);
    rules_write("f/b_rule.yml",
                "title: R\nname: r\nid: 00000000-0000-4000-8000-00000000000a\nlogsource: {product: p, service: S}\n"
                "detection: {sel: {a: r}, condition: sel}\n");
    rules_write("f/c_rule.yml", "name: other\n" RULE("O"));
    rules_load(&r, paths, false);
    ck_assert_msg(r.err == ERR_OK, "%s", rules_messages(&r));
    ck_assert_str_eq(rules_condition(&r, 0), filters[_i].want);
    rules_free(&r);
}
END_TEST

/* A filter with a mistake changes no rule. */
START_TEST(bad_filter)
{
    struct rules r;
    rules_load_text(&r, "name: r\n" RULE("R") "---\ntitle: F\nlogsource: {product: p}\n"
                                              "filter: {rules: [r, nobody], sel: {b: x}, condition: not sel}\n");
    ck_assert_int_eq(r.err, ERR_CONFIG);
    ck_assert_str_eq(rules_condition(&r, 0), "a equals \"r\"");
    rules_free(&r);
}
END_TEST

/* All filters of a rule stand in one AND, in the order of their files, whatever the rule's own condition is. */
START_TEST(many_filters)
{
    struct rules r;
    rules_load_text(&r,
                    "title: R\nlogsource: {product: p}\ndetection: {x: {a: r}, y: {b: r}, condition: x and y}\n---\n"
                    "title: O\nlogsource: {product: p}\ndetection: {x: {a: r}, y: {b: r}, condition: x or y}\n---\n"
                    "title: F\nlogsource: {product: p}\nfilter: {rules: any, s: {c: x}, condition: not s}\n---\n"
                    "title: G\nlogsource: {product: p}\nfilter: {rules: any, s: {d: x}, condition: not s}\n");
    ck_assert_msg(r.err == ERR_OK, "%s", rules_messages(&r));
    ck_assert_str_eq(rules_condition(&r, 0),
                     "(a equals \"r\" and b equals \"r\" and not c equals \"x\" and not d equals \"x\")");
    ck_assert_str_eq(rules_condition(&r, 1),
                     "((a equals \"r\" or b equals \"r\") and not c equals \"x\" and not d equals \"x\")");
    rules_free(&r);
}
END_TEST

/* What a text becomes is bounded, too: each case is too much, and said so once for a unit. */
static const struct {
    const char *before;
    const char *unit; /* %d: its number */
    int times;
    const char *after;
    const char *want;
} products[] = {
    { "title: T\nlogsource: {product: p}\ndetection:\n  condition: s\n  s:\n    f|windash|contains:\n",
      "    - ' -a -b -c%d'\n", 150000, "", "the rules of this file take more than 32 MiB" },
    { "title: T\nlogsource: {product: p}\ndetection:\n  condition: s\n  s:\n    f|wide|base64offset|contains:\n",
      "    - aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%d\n", 60000, "", "the rules of this file take more than 32 MiB" },
    { "title: T\nlogsource: {product: p}\ndetection:\n  condition: s\n  s:\n    f|re:\n", "    - abcd%d\n", 190000, "",
      "more than 524288 bytes of regular expressions in one file" },
    { "title: T\nlogsource: {product: p}\ndetection:\n  condition: s\n  s:\n    f|contains:\n", "    - é%d\n", 190000,
      "", "more than 524288 bytes of regular expressions in one file" },
    { "", "title: T%d\nlogsource: {product: p}\ndetection: {s: {f: v}, condition: s}\n---\n", 3000,
      "title: F\nlogsource: {product: p}\nfilter:\n  rules: any\n  condition: not s\n  s: {f: [a, b, c, d, e, f, g]}\n",
      NULL },
};

START_TEST(product)
{
    struct rules r;
    struct buf text = BUF_INIT;
    buf_puts(&text, products[_i].before);
    for (int i = 0; i < products[_i].times; i++) {
        char unit[128];
        snprintf(unit, sizeof unit, products[_i].unit, i);
        buf_puts(&text, unit);
    }
    buf_puts(&text, products[_i].after);
    rules_load_text(&r, buf_cstr(&text));
    ck_assert_int_eq(r.err, products[_i].want == NULL ? ERR_OK : ERR_CONFIG);
    ck_assert_uint_eq(diags_errors(r.d), products[_i].want != NULL);
    if (products[_i].want != NULL)
        ck_assert_str_eq(diags_get(r.d, 0)->message.p, products[_i].want);
    rules_free(&r);
    buf_fini(&text);
}
END_TEST

/* Rules times filters is what no reader of the text sees coming. */
START_TEST(filter_product)
{
    struct rules r;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 3000; i++)
        buf_printf(&text, "title: T%d\nlogsource: {product: p}\ndetection: {s: {f: v}, condition: s}\n---\n", i);
    for (int i = 0; i < 300; i++)
        buf_printf(&text,
                   "title: F%d\nlogsource: {product: p}\nfilter: {rules: any, s: {f: v%d}, condition: not s}\n---\n", i,
                   i);
    rules_load_text(&r, buf_cstr(&text));
    ck_assert_int_eq(r.err, ERR_CONFIG);
    ck_assert_str_eq(diags_get(r.d, diags_count(r.d) - 1)->message.p,
                     "filters add more than 4194304 tests to the rules");
    ck_assert_uint_eq(diags_errors(r.d), 300 - 4194304 / (3000 * 5));
    rules_free(&r);
    buf_fini(&text);
}
END_TEST

static struct sv
digest_of(struct rules *r, const char *path)
{
    const char *const paths[] = { path, NULL };
    rules_load(r, paths, false);
    ck_assert_int_eq(r->err, ERR_OK);
    return sv_of(r->program->digest);
}

START_TEST(digest)
{
    static const char expand[] =
        "title: T\nlogsource: {product: p}\ndetection: {sel: {a|expand: '%x%'}, condition: sel}\n";
    struct rules a, b;
    rules_write("g1/lists/x.txt", "one\n");
    rules_write("g1/r.yml", expand);
    rules_write("g2/lists/x.txt", "one\n");
    rules_write("g2/another.yml", expand);
    ck_assert_uint_eq(digest_of(&a, "g1").n, 32);
    ck_assert(sv_eq(sv_of(a.program->digest), digest_of(&b, "g2")));
    rules_free(&b);
    rules_write("g2/lists/x.txt", "two\n");
    ck_assert(!sv_eq(sv_of(a.program->digest), digest_of(&b, "g2")));
    rules_free(&b);
    rules_free(&a);
}
END_TEST

/* --lists, then lists/ inside the folder, then lists/ beside it. */
START_TEST(list_folders)
{
    static const char *const paths[] = { "q/rules", NULL };
    static const char *const lists[] = { "q/mine" };
    static const char *const want[] = { "a equals \"beside\"", "a equals \"inside\"", "a equals \"mine\"" };
    static const char *const files[] = { "q/lists/x.txt", "q/rules/lists/x.txt", "q/mine/x.txt" };
    static const char *const content[] = { "beside", "inside", "mine" };
    rules_write("q/rules/sub/r.yml",
                "title: T\nlogsource: {product: p}\ndetection: {sel: {a|expand: '%x%'}, condition: sel}\n");
    for (int i = 0; i < 3; i++) {
        struct rules r = { .d = diags_new(), .fields = fields_new() };
        const struct lang_options o = { .rules = paths, .n_rules = 1, .lists = lists, .n_lists = 1 };
        rules_write(files[i], content[i]);
        ck_assert_int_eq(lang_load(&o, r.fields, &r.program, NULL, r.d), ERR_OK);
        ck_assert_str_eq(rules_condition(&r, 0), want[i]);
        rules_free(&r);
    }
}
END_TEST

START_TEST(bad_list)
{
    struct rules r;
    rules_write("lists/latin.txt", "\xe9\n");
    rules_load_text(&r, "title: T\nlogsource: {product: p}\ndetection: {sel: {a|expand: '%latin%'}, condition: sel}\n");
    ck_assert_int_eq(r.err, ERR_CONFIG);
    ck_assert_str_eq(diags_get(r.d, 0)->message.p,
                     "cannot read the list './lists/latin.txt': it is not UTF-8 at byte 0");
    rules_free(&r);
}
END_TEST

START_TEST(logsource)
{
    struct rules r;
    rules_load_text(&r, "title: T\nlogsource: {product: Windows, category: process_creation, definition: x, foo: [1]}\n"
                        "detection: {sel: {a: x}, condition: sel}\n");
    ck_assert_int_eq(r.err, ERR_OK);
    const struct logsource *l = &r.program->rules.v[0].logsource;
    ck_assert_str_eq(l->product.p, "windows");
    ck_assert_str_eq(l->category.p, "process_creation");
    ck_assert_uint_eq(l->service.n, 0);
    rules_free(&r);
}
END_TEST

/* The same question of two rules is one predicate. */
START_TEST(shared_predicates)
{
    struct rules r;
    rules_load_text(&r, "title: A\nlogsource: {product: p}\ndetection: {sel: {a|contains: x}, condition: sel}\n---\n"
                        "title: B\nlogsource: {product: p}\ndetection: {sel: {a: '*X*'}, condition: not sel}\n");
    ck_assert_int_eq(r.err, ERR_OK);
    ck_assert_uint_eq(r.program->preds.n, 1);
    rules_free(&r);
}
END_TEST

Suite *
lang_load_suite(void)
{
    Suite *s = suite_create("lang load");
    TCase *t = tcase_create("load");
    tcase_add_test(t, walk);
    tcase_add_test(t, given_twice);
    tcase_add_test(t, no_such_path);
    tcase_add_test(t, links);
    tcase_add_test(t, without_skipping);
    tcase_add_test(t, with_skipping);
    tcase_add_test(t, duplicates_across_files);
    tcase_add_loop_test(t, filter, 0, N_OF(filters));
    tcase_add_test(t, bad_filter);
    tcase_add_test(t, many_filters);
    tcase_add_loop_test(t, product, 0, N_OF(products));
    tcase_add_test(t, filter_product);
    tcase_add_test(t, digest);
    tcase_add_test(t, list_folders);
    tcase_add_test(t, bad_list);
    tcase_add_test(t, logsource);
    tcase_add_test(t, shared_predicates);
    suite_add_tcase(s, t);
    return s;
}
