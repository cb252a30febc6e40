/* SPDX-License-Identifier: Apache-2.0 */
/* The tests inside the rules (x-authsift: {tests: [...]}): each is a small run of the real pipeline over its own
 * events, and what is compared is what findings.csv would say. TAP on standard output; a failed test says what was
 * found instead. */
#include <csv.h>
#include <stdlib.h>

#include "base/buf.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "out/report.h"
#include "run/run.h"

/* A CSV text as cells; row 0 is the header. */
struct sheet {
    struct arena arena;
    VEC(struct sv) cells;
    size_t n_columns; /* known after the header */
    size_t in_row;
};

static void
take_cell(void *text, size_t n, void *ctx)
{
    struct sheet *s = ctx;
    vec_push(&s->cells, arena_sv(&s->arena, sv_make(text, n)));
    s->in_row++;
}

static void
take_row(int end, void *ctx)
{
    struct sheet *s = ctx;
    (void)end;
    if (s->n_columns == 0)
        s->n_columns = s->in_row;
    s->in_row = 0;
}

static void
sheet_read(struct sheet *s, const char *text, size_t n)
{
    struct csv_parser p;
    csv_init(&p, 0);
    csv_parse(&p, text, n, take_cell, take_row, s);
    csv_fini(&p, take_cell, take_row, s);
    csv_free(&p);
}

static size_t
sheet_rows(const struct sheet *s)
{
    return s->n_columns == 0 ? 0 : s->cells.n / s->n_columns - 1;
}

/* Column of that name, or n_columns. */
static size_t
sheet_column(const struct sheet *s, struct sv name)
{
    size_t c = 0;
    while (c < s->n_columns && !sv_eq(s->cells.v[c], name))
        c++;
    return c;
}

static struct sv
sheet_cell(const struct sheet *s, size_t row, size_t column)
{
    return s->cells.v[(row + 1) * s->n_columns + column];
}

/* The findings of one rule as a sheet. */
static void
found_findings(const struct results *r, struct sv rule_id, struct sheet *sheet, struct diags *d)
{
    const struct table_style style = { .format = TABLE_CSV, .csv_raw = true };
    struct results only;
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);

    results_init(&only);
    for (size_t i = 0; i < r->findings.n; i++)
        if (sv_eq(r->findings.v[i].rule_id, rule_id))
            vec_push(&only.findings, r->findings.v[i]);
    if (to == NULL || report_write(report_find(SV("findings")), &only, &style, to, d) != ERR_OK)
        diag_error(d, SPAN_NONE, "cannot write findings to memory");
    if (to != NULL)
        fclose(to);
    sheet_read(sheet, text, n);
    free(text);
    results_fini(&only);
}

/* ---- one test ---- */

/* Does finding `row` hold everything that expectation `want` asks? */
static bool
row_holds(const struct rule_test *t, size_t want, const struct sheet *s, size_t row)
{
    for (size_t i = 0; i < t->n_expect; i++) {
        if (t->expect[i].row != want)
            continue;
        const size_t column = sheet_column(s, t->expect[i].column);
        if (column == s->n_columns || !sv_eq(sheet_cell(s, row, column), t->expect[i].text))
            return false;
    }
    return true;
}

/* Gives every expectation a finding of its own (augmenting paths: an early, lucky choice must not starve a later
 * one). */
static bool
assign(const struct rule_test *t, const struct sheet *s, size_t want, bool *tried, size_t *owner)
{
    for (size_t row = 0; row < sheet_rows(s); row++) {
        if (tried[row] || !row_holds(t, want, s, row))
            continue;
        tried[row] = true;
        if (owner[row] == SIZE_MAX || assign(t, s, owner[row], tried, owner)) {
            owner[row] = want;
            return true;
        }
    }
    return false;
}

/* The first expectation that no finding is left for, or t->n_rows. */
static size_t
first_unmet(const struct rule_test *t, const struct sheet *s)
{
    const size_t rows = sheet_rows(s);
    bool *tried = mem_zalloc(rows + 1, sizeof *tried);
    size_t *owner = mem_zalloc(rows + 1, sizeof *owner);
    size_t want = 0;

    for (size_t i = 0; i < rows; i++)
        owner[i] = SIZE_MAX;
    for (; want < t->n_rows; want++) {
        memset(tried, 0, rows * sizeof *tried);
        if (!assign(t, s, want, tried, owner))
            break;
    }
    mem_free(owner);
    mem_free(tried);
    return want;
}

static void
print_comment(struct sv text)
{
    fputs("#   ", stdout);
    for (size_t i = 0; i < text.n; i++) {
        putchar(text.p[i]);
        if (text.p[i] == '\n' && i + 1 < text.n)
            fputs("#   ", stdout);
    }
    putchar('\n');
}

static void
print_expected(const struct rule_test *t, size_t want)
{
    printf("# no finding is left for expectation %zu:", want + 1);
    for (size_t i = 0; i < t->n_expect; i++)
        if (t->expect[i].row == want)
            printf(" %.*s=%.*s", SV_ARG(t->expect[i].column), SV_ARG(t->expect[i].text));
    putchar('\n');
}

static void
print_found(const struct sheet *s)
{
    static const char *const shown[] = { "level",     "entity_id",   "group", "first_seen", "fired_at",
                                         "last_seen", "event_count", "value", "peak",       "evidence" };
    for (size_t row = 0; row < sheet_rows(s); row++) {
        printf("# found %zu:", row + 1);
        for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
            const size_t column = sheet_column(s, sv_of(shown[i]));
            if (column < s->n_columns && sheet_cell(s, row, column).n != 0)
                printf(" %s=%.*s", shown[i], SV_ARG(sheet_cell(s, row, column)));
        }
        putchar('\n');
    }
}

/* Runs the rule over each event alone and prints what matched and what did not. */
static void
print_why(const struct plan *plan, const struct rule_test *t, const struct inputs *in)
{
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct block b;
    struct reject reject;
    struct parser *parser = parser_new(plan->projections);
    struct match_scratch *match = match_scratch_new(plan->program);
    struct stream *stream = stream_open(in, 0, plan->projections);
    char *text = NULL;
    size_t n = 0;
    size_t shown = 0;
    FILE *to = open_memstream(&text, &n);

    event_init(&ev, fields_count(plan->fields), &scratch,
               plan->enrichment != NULL ? enrichment_derive(plan->enrichment) : NULL);
    block_init(&b);
    while (to != NULL && stream_next(stream, &b)) {
        parser_start(parser, &b);
        for (enum record_kind k; (k = parser_next(parser, &ev, &reject)) != RECORD_END;) {
            if (k == RECORD_REJECT)
                fprintf(to, "event %llu is no event: %s\n", (unsigned long long)reject.line,
                        reject_texts[reject.reason]);
            for (uint32_t r = 0; k == RECORD_EVENT && shown < 3 && r < plan->program->rules.n; r++) {
                if (!sv_eq(plan->program->rules.v[r].meta.id, t->rule_id))
                    continue;
                fprintf(to, "event %llu:\n", (unsigned long long)ev.at.line);
                match_explain(plan->program, r, match, &ev, to);
                shown++;
            }
        }
    }
    if (to != NULL)
        fclose(to);
    if (n != 0)
        print_comment(sv_make(text, n));
    free(text);
    match_scratch_free(match);
    parser_free(parser);
    stream_close(stream);
    block_fini(&b);
    event_fini(&ev);
    arena_fini(&scratch);
}

static bool
run_test(const struct plan *plan, const struct rule_test *t, size_t number, struct diags *d)
{
    struct buf lines = BUF_INIT;
    struct sheet sheet = { 0 };
    struct results r;

    for (size_t i = 0; i < t->n_events; i++) {
        buf_sv(&lines, t->events[i]);
        buf_putc(&lines, '\n');
    }
    const struct input_file file = { .name = SV("events"), .memory = sv_make(lines.n != 0 ? lines.p : "", lines.n) };
    struct inputs *in = inputs_new_memory(&file, 1);
    arena_init(&sheet.arena);
    results_init(&r);
    const enum err err = run_scan(plan, in, &r, d);
    found_findings(&r, t->rule_id, &sheet, d);

    const size_t unmet = first_unmet(t, &sheet);
    const bool passed = err == ERR_OK && sheet_rows(&sheet) == t->findings && unmet == t->n_rows;
    printf("%s %zu - %.*s: %.*s\n", passed ? "ok" : "not ok", number, SV_ARG(t->rule_id), SV_ARG(t->name));
    if (!passed) {
        size_t line;
        size_t column;
        text_file_locate(t->at.file, t->at.at, &line, &column);
        printf("# %.*s:%zu: expected %llu findings, found %zu\n", SV_ARG(text_file_name(t->at.file)), line,
               (unsigned long long)t->findings, sheet_rows(&sheet));
        if (unmet != t->n_rows)
            print_expected(t, unmet);
        print_found(&sheet);
        print_why(plan, t, in);
    }
    vec_fini(&sheet.cells);
    arena_fini(&sheet.arena);
    results_fini(&r);
    inputs_free(in);
    buf_fini(&lines);
    return passed;
}

static enum err
run_tests(const struct setup *s, const struct options *o, struct diags *d)
{
    struct run_options ro = setup_run_options(s, o);
    size_t failed = 0;

    ro.n_workers = 1;
    ro.progress = false;
    ro.keep_boosters = true;
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan == NULL)
        return ERR_CONFIG;
    printf("1..%zu\n", s->tests.v.n);
    for (size_t i = 0; i < s->tests.v.n; i++)
        failed += !run_test(plan, &s->tests.v.v[i], i + 1, d);
    plan_free(plan);
    if (failed != 0)
        printf("# %zu of %zu tests failed\n", failed, s->tests.v.n);
    return failed != 0 ? ERR_FINDINGS : ERR_OK;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct setup s;
    enum err status = setup_init(&s, o, (const char *const *)o->arguments.v, o->arguments.n, true, d);
    if (status == ERR_OK)
        status = run_tests(&s, o, d);
    setup_fini(&s);
    return status;
}

const struct command command_test = {
    .name = "test",
    .usage = "[options] RULES...",
    .help = "Run the tests inside rules; TAP on standard output, exit status 1 if any fails",
    .arguments = ARGUMENTS_RULES,
    .options = OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) | OPTION_BIT(SOURCE),
    .run = run,
};
