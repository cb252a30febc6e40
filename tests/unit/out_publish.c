/* SPDX-License-Identifier: Apache-2.0 */
/* run.json, and the set of reports as one. */
#include "out_tests.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/codec.h"

static struct results r;
static struct diags *d;
static char folder[64];
static const struct table_style csv = { .format = TABLE_CSV };

static void
setup(void)
{
    results_init(&r);
    d = diags_new();
    snprintf(folder, sizeof folder, "/tmp/authsift-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *
path_of(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void
teardown(void)
{
    for (size_t i = 0; i < n_reports; i++)
        if (reports[i]->file != NULL)
            (void)remove(path_of(reports[i]->file));
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left in it */
    diags_free(d);
    results_fini(&r);
}

static void
add_text(const char *name, const char *text)
{
    vec_push(&r.facts, (struct run_fact){ .name = sv_of(name), .text = sv_of(text) });
}

static void
add_number(const char *name, double x)
{
    vec_push(&r.facts, (struct run_fact){ .name = sv_of(name), .number = x, .is_number = true });
}

START_TEST(facts_nest)
{
    add_text("program", "authsift");
    add_number("counts.lines", 10);
    add_text("options.rules", "a \"b\"\n");
    add_number("counts.events", 9);
    add_number("options.deep.er", 0.5);
    add_number("bad", NAN);
    char *text = written("run", &r, &csv);
    ck_assert_str_eq(text, "{\n"
                           "  \"program\": \"authsift\",\n"
                           "  \"counts\": {\n"
                           "    \"lines\": 10,\n"
                           "    \"events\": 9\n"
                           "  },\n"
                           "  \"options\": {\n"
                           "    \"rules\": \"a \\\"b\\\"\\n\",\n"
                           "    \"deep\": {\n"
                           "      \"er\": 0.5\n"
                           "    }\n"
                           "  },\n"
                           "  \"bad\": null\n"
                           "}\n");
    free(text);
}
END_TEST

START_TEST(no_facts)
{
    char *text = written("run", &r, &csv);
    ck_assert_str_eq(text, "{}\n");
    free(text);
}
END_TEST

static void
read_file(const char *name, struct buf *b)
{
    buf_reset(b);
    ck_assert_msg(buf_read_file(b, path_of(name), 1 << 24), "%s", name);
}

START_TEST(every_report_with_its_digest)
{
    add_text("program", "authsift");
    vec_push(&r.rules, (struct rule_row){ .rule_id = SV("r1") });
    ck_assert_int_eq(reports_publish(&r, &csv, folder, d), ERR_OK);
    ck_assert_uint_eq(diags_count(d), 0);
    struct buf run = BUF_INIT, one = BUF_INIT;
    read_file("run.json", &run);
    size_t n = 0;
    for (size_t i = 0; i < n_reports; i++) {
        if (reports[i]->file == NULL || reports[i]->columns == NULL)
            continue;
        read_file(reports[i]->file, &one);
        struct digest *digest = digest_new();
        digest_add(digest, one.p, one.n);
        char hex[33], want[100];
        digest_hex(digest, hex);
        digest_free(digest);
        snprintf(want, sizeof want, "    \"%s\": \"%s\"", reports[i]->name, hex);
        ck_assert_msg(strstr(buf_cstr(&run), want) != NULL, "%s", want);
        n++;
    }
    ck_assert_uint_eq(n, 12);
    read_file("rule_summary.csv", &one);
    ck_assert_ptr_nonnull(strstr(buf_cstr(&one), "\nr1,"));
    buf_fini(&run);
    buf_fini(&one);
}
END_TEST

/* A large report: the digest is made of what is on the disk, and the file is whole. */
START_TEST(a_large_report)
{
    for (int i = 0; i < 20000; i++)
        vec_push(&r.rejects, (struct reject_row){ .file = SV("a.log"),
                                                  .line = (uint64_t)i,
                                                  .reason = SV("not JSON"),
                                                  .text = SV("0123456789012345678901234567890123456789") });
    ck_assert_int_eq(reports_publish(&r, &csv, folder, d), ERR_OK);
    struct buf b = BUF_INIT;
    read_file("rejects.csv", &b);
    size_t lines = 0;
    for (size_t i = 0; i < b.n; i++)
        lines += b.p[i] == '\n';
    ck_assert_uint_eq(lines, 20001);
    ck_assert(sv_ends(buf_view(&b), SV("0123456789\n")));
    buf_fini(&b);
}
END_TEST

START_TEST(all_or_nothing)
{
    FILE *old = fopen(path_of("findings.csv"), "w");
    fputs("old\n", old);
    fclose(old);
    const pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit limit = { 4000, 4000 };
        signal(SIGXFSZ, SIG_IGN);
        for (int i = 0; i < 1000; i++)
            vec_push(&r.rejects, (struct reject_row){ .file = SV("a.log"), .reason = SV("not JSON") });
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(99);
        const enum err e = reports_publish(&r, &csv, folder, d);
        _exit(e == ERR_OUTPUT && diags_errors(d) == 1 ? 0 : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    ck_assert_int_eq(status, 0);
    struct buf b = BUF_INIT;
    read_file("findings.csv", &b);
    ck_assert_str_eq(buf_cstr(&b), "old\n");
    buf_fini(&b);
    ck_assert_int_ne(access(path_of("actions.csv"), F_OK), 0);
}
END_TEST

TCase *
out_publish_tests(void)
{
    TCase *t = tcase_create("publish");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, facts_nest);
    tcase_add_test(t, no_facts);
    tcase_add_test(t, every_report_with_its_digest);
    tcase_add_test(t, a_large_report);
    tcase_add_test(t, all_or_nothing);
    return t;
}
