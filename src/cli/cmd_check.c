/* SPDX-License-Identifier: Apache-2.0 */
/* Are these rules right? Every problem of every file, in one run: for people on standard error, for editors as rows on
 * standard output. */
#include <math.h>

#include "cli/commands.h"
#include "cli/provided.h"
#include "cli/setup.h"
#include "cli/terminal.h"

static const struct column columns[] = {
    { "file", COLUMN_TEXT, "empty: no place" },
    { "line", COLUMN_NUMBER, "from 1" },
    { "column", COLUMN_NUMBER, "from 1, in characters (code points)" },
    { "end_line", COLUMN_NUMBER, "of the first character behind the range" },
    { "end_column", COLUMN_NUMBER, "of the first character behind the range" },
    { "severity", COLUMN_TEXT, "error, warning or note" },
    { "message", COLUMN_TEXT, "one line" },
    { "context", COLUMN_TEXT, "what was being read, or empty" },
    { "suggestion", COLUMN_TEXT, "what was probably meant instead of the text of the range, or empty" },
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

static void
place_cells(struct table *t, const struct text_file *file, size_t at)
{
    size_t line;
    size_t column;
    text_file_locate(file, at, &line, &column);
    table_number(t, (double)line);
    table_number(t, (double)column);
}

static void
message_row(struct table *t, const struct diag *g)
{
    static const char *const severities[] = {
        [DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"
    };
    if (g->span.file != NULL) {
        table_text(t, text_file_name(g->span.file));
        place_cells(t, g->span.file, g->span.at);
        place_cells(t, g->span.file, g->span.at + g->span.n);
    } else {
        table_text(t, SV_NONE);
        for (int i = 0; i < 4; i++)
            table_number(t, NAN);
    }
    table_text(t, sv_of(severities[g->severity]));
    table_text(t, g->message);
    table_text(t, g->context);
    table_text(t, diag_suggestion(g));
    table_end_row(t);
}

/* Instead of the print at the end of the program. */
static enum err
print_rows(const struct options *o, struct diags *d)
{
    const struct table_style style = {
        .format = o->format, .width = terminal_width(), .brief = "file line column severity message"
    };
    struct table *t = table_new(&style, stdout, columns, N_COLUMNS);
    for (size_t i = 0; i < diags_count(d); i++)
        message_row(t, diags_get(d, i));
    diags_forget(d);
    return table_finish(t, d);
}

static void
print_summary(const struct program *p, const struct diags *d)
{
    size_t n_corrs = 0;
    for (size_t i = 0; i < p->corrs.n; i++)
        n_corrs += !p->corrs.v[i].single;
    printf("%zu rules and %zu correlations are right, %zu errors, %zu warnings\n", p->rules.n, n_corrs,
           diags_errors(d), diags_warnings(d));
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct setup s;
    if (o->arguments.n == 0 && o->config == NULL) {
        diag_error(d, SPAN_NONE, "nothing to check: give rule files or folders");
        return ERR_USAGE;
    }
    enum err err = setup_init(&s, o, (const char *const *)o->arguments.v, o->arguments.n, true, d);
    if (s.program != NULL) {
        provided_warn(&s, d);
        diags_sort(d);
    }
    if ((o->given & OPTION_BIT(FORMAT)) != 0) {
        const enum err printed = print_rows(o, d);
        err = printed != ERR_OK ? printed : err;
    } else if (s.program != NULL) {
        print_summary(s.program, d);
    }
    setup_fini(&s);
    return err;
}

const struct command command_check = {
    .name = "check",
    .usage = "[options] RULES...",
    .help = "Check rules: every mistake with its place; exit status 3 if there is any",
    .details = "A configuration (-c) is checked too; without RULES, the rules that it names are checked.\n"
               "With --format json, for editors: one JSON object for each message on standard output.",
    .arguments = ARGUMENTS_RULES,
    .options = OPTION_BIT(LISTS) | OPTION_BIT(FORMAT),
    .run = run,
};
