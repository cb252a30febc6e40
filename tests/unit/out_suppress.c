/* SPDX-License-Identifier: Apache-2.0 */
/* The file of the suppressed: every mistake with its place, and which finding an entry names. */
#include "out_tests.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "out/suppress.h"

#define HEADER "finding_id,rule_id,entity_type,entity_id,reason,owner,expires\n"

static struct results r;
static struct suppressions s;
static struct diags *d;
static char path[64];

/* The run is made at 2026-11-22T00:00:00Z. */
static enum err
read_rows(const char *text)
{
    snprintf(path, sizeof path, "/tmp/authsift-test-XXXXXX");
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    const enum err err = suppressions_read(&s, path, at(0), d);
    unlink(path);
    return err;
}

static void
setup(void)
{
    results_init(&r);
    d = diags_new();
}

static void
teardown(void)
{
    suppressions_fini(&s);
    diags_free(d);
    results_fini(&r);
}

/* ---- the file ---- */

/* What is said, as LINE:COLUMN message; none: the file is right. */
static const struct {
    const char *text;
    const char *want[3];
} mistakes[] = {
    { "", { "1:1 the file is empty" } },
    { "\n\n", { "1:1 the file is empty" } },
    { HEADER, { NULL } },
    { "\xef\xbb\xbf" HEADER "00000000000000aa,,,,why,ann,never\r\n", { NULL } },
    { HEADER "\n00000000000000aa,,,,why,ann,never\n\n\n,r,,e,why,ann,never", { NULL } },
    { "expires,owner,reason,finding_id\nnever,ann,why,00000000000000aa\n", { NULL } },
    { "rule_id,entity_id,reason,owner,expires,x-ticket,x-\nr,e,why,ann,never,T1,\n", { NULL } },
    { HEADER "00000000000000aa,,,,\"a, \"\"b\"\"\nc\",ann,never\n", { NULL } },
    { "finding_id,reason,owner,expire\n", { "1:25 there is no column 'expire' (did you mean 'expires'?)" } },
    { "finding_id,reason,owner,expires,ticket\n", { "1:33 there is no column 'ticket'; your own" } },
    { "finding_id,reason,owner,expires,owner\n", { "1:33 the column 'owner' is there twice" } },
    { "finding_id,reason,owner\nx,y,z\n", { "1:1 the header lacks the column 'expires'" } },
    { "rule_id,reason,owner,expires\n", { "1:1 the header lacks the column 'finding_id', or" } },
    { HEADER "a,b\n", { "2:1 the row has 2 cells, and the header 7" } },
    { HEADER "00000000000000aa,,,,why,ann,never,\n", { "2:1 the row has 8 cells, and the header 7" } },
    { HEADER "00000000000000a,,,,why,ann,never\n", { "2:1 '00000000000000a' is no finding_id" } },
    { HEADER "00000000000000AA,,,,why,ann,never\n", { "2:1 '00000000000000AA' is no finding_id" } },
    { HEADER "00000000000000aa,r,,,why,ann,never\n", { "2:1 finding_id says it all" } },
    { HEADER ",r,,,why,ann,never\n", { "2:2 the entry names a rule and no entity_id" } },
    { HEADER ",,app,e,why,ann,never\n", { "2:1 the entry names neither" } },
    { HEADER ",r,,e,,,\n", { "2:7 reason is empty", "2:8 owner is empty", "2:9 expires is empty" } },
    { HEADER ",r,,e,why,ann,soon\n", { "2:15 'soon' is no date" } },
    { HEADER ",r,,e,why,ann,2026-11-31\n", { "2:15 '2026-11-31' is no date" } },
    { HEADER ",r,,e,why,ann,20261130\n", { "2:15 '20261130' is no date" } },
    /* All at once, and what is behind a mistake is read. */
    { HEADER ",r,,e,w\"y,ann,never\n\n,,,,why,ann,never\n,r,,e,\"why,ann,never\n",
      { "2:8 a quote mark stands inside a cell", "4:1 the entry names neither", "5:7 the quote mark that begins" } },
};

START_TEST(names_every_mistake)
{
    const enum err err = read_rows(mistakes[_i].text);
    size_t n = 0;
    for (; n < 3 && mistakes[_i].want[n] != NULL; n++) {
        ck_assert_msg(n < diags_count(d), "%s: nothing is said of '%s'", mistakes[_i].text, mistakes[_i].want[n]);
        const struct diag *g = diags_get(d, n);
        size_t line, column;
        char got[300];
        text_file_locate(g->span.file, g->span.at, &line, &column);
        snprintf(got, sizeof got, "%zu:%zu %.*s", line, column, SV_ARG(g->message));
        got[strlen(mistakes[_i].want[n]) < sizeof got ? strlen(mistakes[_i].want[n]) : 0] = '\0';
        ck_assert_str_eq(got, mistakes[_i].want[n]);
    }
    ck_assert_uint_eq(diags_count(d), n);
    ck_assert_int_eq(err, n == 0 ? ERR_OK : ERR_CONFIG);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    ck_assert_int_eq(suppressions_read(&s, "/nonexistent/s.csv", at(0), d), ERR_CONFIG);
    ck_assert_uint_eq(diags_errors(d), 1);
}
END_TEST

/* A date is the last day; a moment is the first at which the entry no longer counts. */
static const struct {
    const char *expires;
    bool is_expired;
} ends[] = {
    { "never", false },
    { "2026-11-20", true },
    { "2026-11-21", true },
    { "2026-11-22", false },
    { "2026-11-21T23:59:59.999999Z", true },
    { "2026-11-22T00:00:00Z", true },
    { "2026-11-22T00:00:00.000001Z", false },
    { "2026-11-22T01:00:00+01:00", true },
    { "2026-11-21T23:30:00-01:00", false },
};

START_TEST(expires)
{
    char text[200];
    snprintf(text, sizeof text, HEADER ",r,,e,why,ann,%s\n", ends[_i].expires);
    ck_assert_int_eq(read_rows(text), ERR_OK);
    ck_assert_uint_eq(s.v.n, 1);
    ck_assert_msg(s.v.v[0].is_expired == ends[_i].is_expired, "%s", ends[_i].expires);
    assert_sv(s.v.v[0].expires, ends[_i].expires);
}
END_TEST

/* ---- findings ---- */

static void
add_finding(uint64_t id, const char *rule, const char *type, const char *entity)
{
    vec_push(&r.findings, (struct finding){ .id = id,
                                            .rule_id = sv_of(rule),
                                            .entity_type = sv_of(type),
                                            .entity_id = sv_of(entity),
                                            .level = 2,
                                            .status = SV("new") });
}

/* The line of the entry that suppresses finding i, negative if that has expired; 0: none. */
static int
line_of(size_t i)
{
    const struct finding *f = &r.findings.v[i];
    ck_assert_int_eq(f->suppressed, f->suppression != NULL && !f->suppression->is_expired);
    if (f->suppression == NULL)
        return 0;
    return f->suppressed ? (int)f->suppression->line : -(int)f->suppression->line;
}

START_TEST(which_entry)
{
    ck_assert_int_eq(read_rows(HEADER "00000000000000aa,,,,why,ann,never\n" /* 2 */
                                      ",r1,,e,why,ann,2020-01-01\n"         /* 3 */
                                      ",r1,app,e,why,ann,never\n"           /* 4 */
                                      ",r1,,e,why,ann,never\n"              /* 5 */
                                      ",r2,,e,why,ann,2020-01-01\n"         /* 6 */
                                      ",r3,,'=1+1,why,ann,never\n"          /* 7 */
                                      ",r3,,@x,why,ann,never\n"             /* 8 */
                                      ",r1e,,,why,ann,never\n"),            /* no entity: a mistake */
                     ERR_CONFIG);
    add_finding(0xaa, "r9", "app", "x");  /* by its id */
    add_finding(0xaa, "r1", "ip", "e");   /* the id goes before the rule */
    add_finding(1, "r1", "app", "e");     /* the first that has not expired */
    add_finding(2, "r1", "session", "e"); /* the type does not fit line 4 */
    add_finding(3, "r2", "app", "e");     /* only an expired one */
    add_finding(4, "r3", "app", "=1+1");  /* as findings.csv shows it */
    add_finding(5, "r3", "app", "@x");    /* as it is */
    add_finding(6, "r1", "app", "E");     /* another entity */
    add_finding(7, "r", "app", "1e");     /* no two parts run together */
    add_finding(8, "r1", "", "");         /* no entity at all */
    suppressions_mark(&s, &r);
    static const int want[] = { 2, 2, 4, 5, -6, 7, 8, 0, 0, 0 };
    for (int i = 0; i < N_OF(want); i++)
        ck_assert_msg(line_of((size_t)i) == want[i], "finding %d: line %d", i, line_of((size_t)i));
    ck_assert_uint_eq(s.v.v[0].findings, 2);
    ck_assert_uint_eq(s.v.v[1].findings, 0);
    ck_assert_uint_eq(s.v.v[4].findings, 1);
    const struct finding_tally t = results_tally(&r);
    ck_assert_uint_eq(t.suppressed, 6);
    ck_assert_uint_eq(t.all, 4);
    ck_assert_uint_eq(t.level[2], 4);
    ck_assert_uint_eq(t.fresh, 4);
}
END_TEST

START_TEST(what_reports_show)
{
    ck_assert_int_eq(read_rows(HEADER ",r1,,a,known,ann,never\n"
                                      ",r2,,a,old,bob,2020-01-01\n"
                                      ",r1,,gone,\"=why\",bob,2030-01-01\n"),
                     ERR_OK);
    static const enum action_id review[] = { ACTION_REVIEW };
    add_finding(1, "r1", "app", "a");
    add_finding(2, "r2", "app", "a");
    for (size_t i = 0; i < 2; i++) {
        r.findings.v[i].actions = review;
        r.findings.v[i].n_actions = 1;
        r.findings.v[i].first_seen = r.findings.v[i].fired_at = r.findings.v[i].last_seen = at(0);
    }
    r.suppressions = &s;
    suppressions_mark(&s, &r);
    assert_rows("suppressed", &r,
                "suppressed,0000000000000001,r1,,medium,0,app,a,,2026-11-22T00:00:00Z,2026-11-22T00:00:00Z,0,known,ann,"
                "never,2\n"
                "expired,0000000000000002,r2,,medium,0,app,a,,2026-11-22T00:00:00Z,2026-11-22T00:00:00Z,0,old,bob,2020-"
                "01-01,3\n"
                "unused,,r1,,,,,gone,,,,0,'=why,bob,2030-01-01,4\n");
    const struct table_style csv = { .format = TABLE_CSV };
    char *text = written("findings", &r, &csv);
    ck_assert_ptr_null(strstr(text, "0000000000000001"));
    ck_assert_ptr_nonnull(strstr(text, "0000000000000002"));
    free(text);
    text = written("actions", &r, &csv);
    ck_assert_ptr_null(strstr(text, "0000000000000001"));
    ck_assert_ptr_nonnull(strstr(text, "0000000000000002"));
    free(text);
}
END_TEST

/* A finding that is over is still nobody's business. */
START_TEST(resolved_ones)
{
    ck_assert_int_eq(read_rows(HEADER ",r1,,a,known,ann,never\n"), ERR_OK);
    vec_push(&r.resolved, (struct finding){ .id = 1, .rule_id = SV("r1"), .entity_id = SV("a") });
    vec_push(&r.resolved, (struct finding){ .id = 2, .rule_id = SV("r1"), .entity_id = SV("b") });
    r.suppressions = &s;
    suppressions_mark(&s, &r);
    suppressions_mark_resolved(&s, &r);
    const struct table_style csv = { .format = TABLE_CSV };
    char *text = written("findings", &r, &csv);
    ck_assert_ptr_null(strstr(text, "0000000000000001"));
    ck_assert_ptr_nonnull(strstr(text, "0000000000000002"));
    free(text);
    text = written("suppressed", &r, &csv);
    ck_assert_ptr_nonnull(strstr(text, "\nresolved,0000000000000001,"));
    ck_assert_ptr_null(strstr(text, "0000000000000002"));
    ck_assert_ptr_null(strstr(text, "unused"));
    free(text);
}
END_TEST

/* Expired ones and those of no rule are warned about with their places; the rest that is unused is one note. */
START_TEST(what_is_said)
{
    ck_assert_int_eq(read_rows(HEADER ",r1,,a,known,ann,never\n"
                                      ",r1,,b,old,bob,2020-01-01\n"
                                      ",r1,,c,why,bob,never\n"
                                      ",r7,,a,why,bob,never\n"),
                     ERR_OK);
    vec_push(&r.rules, (struct rule_row){ .rule_id = SV("r1") });
    add_finding(1, "r1", "app", "a");
    suppressions_mark(&s, &r);
    suppressions_tell(&s, &r, d);
    ck_assert_uint_eq(diags_count(d), 3);
    assert_sv(diags_get(d, 0)->message,
              "this entry of bob has expired (2020-01-01) and suppresses nothing; findings that it named: 0");
    assert_sv(diags_get(d, 1)->message, "no rule of this run has the id 'r7'");
    ck_assert_int_eq(diags_get(d, 2)->severity, DIAG_NOTE);
    ck_assert(sv_ends(diags_get(d, 2)->message, SV("2 of 4 entries suppressed nothing: lines 4, 5")));
    suppressions_facts(&s, &r);
    char *run = written("run", &r, &(struct table_style){ .format = TABLE_CSV });
    ck_assert_ptr_nonnull(strstr(run, "\"entries\": 4,\n    \"expired\": 1,\n    \"unused\": 2"));
    free(run);
}
END_TEST

TCase *
out_suppress_tests(void)
{
    TCase *t = tcase_create("suppress");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, names_every_mistake, 0, N_OF(mistakes));
    tcase_add_test(t, a_file_that_is_not_there);
    tcase_add_loop_test(t, expires, 0, N_OF(ends));
    tcase_add_test(t, which_entry);
    tcase_add_test(t, what_reports_show);
    tcase_add_test(t, resolved_ones);
    tcase_add_test(t, what_is_said);
    return t;
}
