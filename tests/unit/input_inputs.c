/* SPDX-License-Identifier: Apache-2.0 */
/* The list of files: walking, order, files given twice, and what cannot be read. */
#include "input_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE "check-input-XXXXXX"

/* In the folder that the tests run in. */
static char root[] = TEMPLATE;

static void
put_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
}

static void
make_tree(void)
{
    memcpy(root, TEMPLATE, sizeof TEMPLATE);
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(chdir(root), 0);
    mkdir("logs", 0700);
    mkdir("logs/b", 0700);
    mkdir("logs/.hidden", 0700);
    mkdir("empty", 0700);
    put_file("logs/b/2.json", "{}\n");
    put_file("logs/b/10.json", "{}\n");
    put_file("logs/b.json", "{}\n");
    put_file("logs/a.json", "{}\n");
    put_file("logs/.secret", "{}\n");
    put_file("logs/.hidden/x", "{}\n");
    put_file("z.json", "{\"a\":1}\n");
    ck_assert_int_eq(symlink("..", "logs/b/loop"), 0);
}

static void
remove_tree(void)
{
    static const char *const files[] = { "logs/b/2.json", "logs/b/10.json", "logs/b.json", "logs/a.json",
                                         "logs/.secret",  "logs/.hidden/x", "z.json",      "logs/b/loop",
                                         "link",          "broken" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(files[i]);
    rmdir("logs/.hidden");
    rmdir("logs/b");
    rmdir("logs");
    rmdir("empty");
    if (chdir("..") == 0)
        rmdir(root);
}

/* The names, and the messages. */
static void
list(const char *const *args, size_t n, struct buf *out)
{
    struct diags *d = diags_new();
    struct inputs *in;
    buf_reset(out);
    const enum err err = inputs_new(args, n, &in, d);
    for (size_t i = 0; i < diags_count(d); i++)
        buf_printf(out, "%c %.*s\n", diags_get(d, i)->severity == DIAG_ERROR ? '!' : '~',
                   SV_ARG(diags_get(d, i)->message));
    ck_assert_int_eq(err, diags_errors(d) != 0 ? ERR_USAGE : ERR_OK);
    if (err == ERR_OK)
        for (size_t i = 0; i < inputs_count(in); i++)
            buf_printf(out, "%.*s %llu\n", SV_ARG(inputs_file(in, i)->name),
                       (unsigned long long)inputs_file(in, i)->size);
    if (err == ERR_OK)
        inputs_free(in);
    diags_free(d);
}

START_TEST(test_walk)
{
    struct buf got = BUF_INIT;
    list((const char *const[]){ "z.json", "logs" }, 2, &got);
    check_text("walk", &got,
               "~ folder 'logs/b/loop' left out: it leads back to itself or is nested too deeply\n"
               "logs/a.json 3\nlogs/b.json 3\nlogs/b/10.json 3\nlogs/b/2.json 3\nz.json 8\n");
    list((const char *const[]){ "logs/", "-" }, 2, &got);
    ck_assert(sv_find(buf_view(&got), SV("- 0\nlogs/a.json 3\nlogs/b.json 3\n"), 0) < got.n);
    list((const char *const[]){ "empty", "z.json" }, 2, &got);
    check_text("empty", &got, "empty 0\nz.json 8\n");
    list((const char *const[]){ "logs/.secret" }, 1, &got);
    check_text("named", &got, "logs/.secret 3\n");
    buf_fini(&got);
}
END_TEST

START_TEST(test_twice)
{
    struct buf got = BUF_INIT;
    list((const char *const[]){ "z.json", "z.json" }, 2, &got);
    check_text("twice", &got, "~ 'z.json' was given twice; it is read once\nz.json 8\n");
    list((const char *const[]){ "z.json", "./z.json" }, 2, &got);
    check_text("two names", &got, "~ 'z.json' is the same file as './z.json'; it is read once\n./z.json 8\n");
    ck_assert_int_eq(symlink("z.json", "link"), 0);
    list((const char *const[]){ "z.json", "link" }, 2, &got);
    check_text("link", &got, "~ 'z.json' is the same file as 'link'; it is read once\nlink 8\n");
    list((const char *const[]){ "-", "-" }, 2, &got);
    ck_assert(sv_find(buf_view(&got), SV("~ '-' was given twice; it is read once\n- "), 0) < got.n);
    buf_fini(&got);
}
END_TEST

START_TEST(test_missing)
{
    struct buf got = BUF_INIT;
    ck_assert_int_eq(symlink("nowhere", "broken"), 0);
    list((const char *const[]){ "no", "z.json", "broken", "z.json/x" }, 4, &got);
    check_text("missing", &got,
               "! cannot open 'no': No such file or directory\n"
               "! cannot open 'broken': No such file or directory\n"
               "! cannot open 'z.json/x': Not a directory\n");
    buf_fini(&got);
}
END_TEST

/* Reads one path as the program would. */
static void
read_path(const char *path, struct buf *out)
{
    struct diags *d = diags_new();
    struct inputs *in;
    ck_assert_int_eq(inputs_new(&path, 1, &in, d), ERR_OK);
    struct source_def def = plain_source();
    const struct source_defs defs = { .v = &def, .n = 1 };
    struct fields *fields = fields_new();
    projections_plan_fields(&defs, fields);
    struct projections *p = projections_new(&defs, &def, fields, &INPUT_LIMITS_DEFAULT);
    if (strcmp(path, "z.json") == 0)
        unlink(path);
    struct stream *s = stream_open(in, 0, p);
    struct block b;
    block_init(&b);
    buf_reset(out);
    while (stream_next(s, &b))
        buf_sv(out, b.bytes);
    const struct stream_info *info = stream_info(s);
    buf_printf(out, "! %s\n", info->error != NULL ? info->error : "none");
    block_fini(&b);
    stream_close(s);
    projections_free(p);
    fields_free(fields);
    inputs_free(in);
    diags_free(d);
}

START_TEST(test_read)
{
    struct buf got = BUF_INIT;
    read_path("logs/a.json", &got);
    check_text("file", &got, "{}\n! none\n");
    read_path("empty", &got);
    check_text("folder", &got, "! no files in this folder\n");
    read_path("z.json", &got);
    check_text("gone meanwhile", &got, "! cannot read: No such file or directory\n");
    buf_fini(&got);
}
END_TEST

START_TEST(test_standard_input)
{
    struct buf got = BUF_INIT;
    ck_assert_ptr_nonnull(freopen("z.json", "r", stdin));
    read_path("-", &got);
    check_text("stdin", &got, "{\"a\":1}\n! none\n");
    buf_fini(&got);
}
END_TEST

TCase *
inputs_tests(void)
{
    TCase *t = tcase_create("inputs");
    tcase_add_checked_fixture(t, make_tree, remove_tree);
    tcase_add_test(t, test_walk);
    tcase_add_test(t, test_twice);
    tcase_add_test(t, test_missing);
    tcase_add_test(t, test_read);
    tcase_add_test(t, test_standard_input);
    return t;
}
