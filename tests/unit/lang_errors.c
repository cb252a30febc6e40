/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about malformed rules: every case of data/lang-errors.txt, byte for byte. */
#include <stdlib.h>
#include <string.h>

#include "lang_rules.h"
#include "lang_suites.h"

#define MAX_CASES 400

struct error_case {
    char *name;
    char *rule;
    char *says;
};

/* Filled before the first test runs, then read only. */
static struct error_case cases[MAX_CASES];
static int n_cases;

/* The rest of the line behind `mark`, or NULL. */
static const char *
marked(const char *line, const char *mark)
{
    return strncmp(line, mark, strlen(mark)) == 0 ? line + strlen(mark) : NULL;
}

static void
add_line(char **text, const char *line)
{
    const size_t n = *text != NULL ? strlen(*text) : 0;
    *text = realloc(*text, n + strlen(line) + 1);
    memcpy(*text + n, line, strlen(line) + 1);
}

/* A blank line ends the messages of a case. */
static void
read_line(const char *line, char ***part)
{
    const char *name = marked(line, "%%FAIL ");
    if (name != NULL && n_cases < MAX_CASES) {
        add_line(&cases[n_cases].name, name);
        *part = &cases[n_cases].rule;
        n_cases++;
    } else if (marked(line, "%%SAYS") != NULL) {
        *part = &cases[n_cases - 1].says;
        add_line(*part, "");
    } else if (*part != NULL && (strcmp(line, "\n") != 0 || *part == &cases[n_cases - 1].rule)) {
        add_line(*part, line);
    }
}

static void
read_cases(void)
{
    char path[4096];
    char line[4096];
    char **part = NULL;
    const char *root = getenv("top_srcdir");

    snprintf(path, sizeof path, "%s/tests/unit/data/lang-errors.txt", root != NULL ? root : ".");
    FILE *f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        read_line(line, &part);
    if (f != NULL)
        fclose(f);
}

void
lang_errors_fini(void)
{
    for (int i = 0; i < n_cases; i++) {
        free(cases[i].name);
        free(cases[i].rule);
        free(cases[i].says);
    }
}

START_TEST(says)
{
    struct rules r;
    const struct error_case *c = &cases[_i];

    rules_write("lists/admins.txt", "alice\nbob\n");
    rules_write("lists/empty.txt", "# nothing\n");
    rules_load_text(&r, c->rule);
    const char *messages = rules_messages(&r);
    ck_assert_msg(strcmp(messages, c->says) == 0, "%swant:\n%sgot:\n%s", c->name, c->says, messages);
    ck_assert_int_eq(r.err, diags_errors(r.d) == 0 ? ERR_OK : ERR_CONFIG);
    if (r.err != ERR_OK)
        ck_assert_uint_ne(r.program->skipped.n, 0);
    rules_free(&r);
}
END_TEST

START_TEST(all_are_there)
{
    ck_assert_int_ge(n_cases, 110);
    ck_assert_int_lt(n_cases, MAX_CASES);
}
END_TEST

Suite *
lang_errors_suite(void)
{
    Suite *s = suite_create("lang errors");
    TCase *t = tcase_create("says");

    read_cases();
    tcase_add_test(t, all_are_there);
    tcase_add_loop_test(t, says, 0, n_cases);
    suite_add_tcase(s, t);
    return s;
}
