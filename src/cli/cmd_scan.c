/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: inputs through rules to reports. Everything that can be wrong before work is found before work. */
#include <unistd.h>

#include "base/atomicfile.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "out/report.h"
#include "run/run.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

/* Where the results go: a folder, or one report to standard output. */
struct output {
    const char *folder;
    const struct report *report;
    struct table_style style;
};

static struct sv
report_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(reports[i]->name);
}

static enum err
choose_output(const struct options *o, struct output *out, struct diags *d)
{
    *out = (struct output){
        .folder = o->output,
        .style = { .format = o->format,
                   .csv_crlf = o->csv_crlf,
                   .csv_raw = o->csv_raw,
                   .width = terminal_width() },
    };
    if (o->output != NULL && (o->report != NULL || (o->given & OPTION_BIT(FORMAT)) != 0)) {
        diag_error(d, SPAN_NONE,
                   "-o DIR writes every report as CSV; it does not go together with --report or --format");
        return ERR_USAGE;
    }
    if (o->output != NULL)
        return ERR_OK;

    const char *name = o->report != NULL ? o->report : "findings";
    out->report = report_find(sv_of(name));
    if (out->report == NULL) {
        const struct sv near = diag_nearest(sv_of(name), n_reports, report_name, NULL);
        if (near.n != 0)
            diag_error(d, SPAN_NONE, "there is no report '%s' (did you mean '%.*s'?)", name, SV_ARG(near));
        else
            diag_error(d, SPAN_NONE, "there is no report '%s' ('authsift list reports' shows them)", name);
        return ERR_USAGE;
    }
    /* By hand, without any wish about the output: something that can be read. */
    if (o->report == NULL && (o->given & OPTION_BIT(FORMAT)) == 0 && isatty(STDOUT_FILENO) == 1)
        out->style.format = TABLE_TERMINAL;
    return ERR_OK;
}

/* An output folder that cannot be written is found now, not after an hour. */
static enum err
try_output(const struct output *out, struct diags *d)
{
    if (out->folder == NULL)
        return ERR_OK;
    struct atomic_set *set = atomic_set_open(out->folder, d);
    if (set == NULL)
        return ERR_OUTPUT;
    atomic_set_free(set);
    return ERR_OK;
}

static bool
wants_inventory(const struct output *out)
{
    static const char *const without[] = { "findings", "hits", "actions", "rejects", "input_health", "rule_summary" };
    for (size_t i = 0; out->report != NULL && i < sizeof without / sizeof without[0]; i++)
        if (strcmp(out->report->name, without[i]) == 0)
            return false;
    return true;
}

static void
fact(struct results *r, const char *name, struct sv text)
{
    vec_push(&r->facts, (struct run_fact){ .name = sv_of(name), .text = arena_sv(&r->arena, text) });
}

static void
fact_list(struct results *r, const char *name, const name_list *list)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < list->n; i++) {
        if (i != 0)
            buf_putc(&b, ' ');
        buf_puts(&b, list->v[i]);
    }
    fact(r, name, buf_view(&b));
    buf_fini(&b);
}

static void
fact_count(struct results *r, const char *name, double x)
{
    vec_push(&r->facts, (struct run_fact){ .name = sv_of(name), .number = x, .is_number = true });
}

/* What run.json says of the program and its options. */
static void
add_option_facts(struct results *r, const struct options *o)
{
    char text[TIME_TEXT_MAX];

    fact(r, "program", SV("authsift"));
    fact(r, "version", SV(PACKAGE_VERSION));
    fact_list(r, "options.rules", &o->rules);
    fact(r, "options.source", sv_of(o->source));
    fact_count(r, "options.jobs", (double)o->jobs);
    fact(r, "options.since", sv_make(text, time_format(o->since, text)));
    fact(r, "options.until", sv_make(text, time_format(o->until, text)));
    fact_count(r, "options.line_limit", (double)o->line_limit);
    fact_count(r, "options.blast_radius", (double)o->blast_radius);
    if (o->max_rejects.share >= 0)
        fact_count(r, "options.max_rejects_share", o->max_rejects.share);
    else
        fact_count(r, "options.max_rejects", (double)o->max_rejects.count);
    fact_count(r, "options.skip_bad_rules", o->skip_bad_rules);
    fact_list(r, "options.inputs", &o->arguments);
}

static enum err
write_output(const struct output *out, struct results *r, struct diags *d)
{
    if (out->folder != NULL)
        return reports_publish(r, &out->style, out->folder, d);
    return report_write(out->report, r, &out->style, stdout, d);
}

static bool
has_level(const struct results *r, int level)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (r->findings.v[i].level >= level)
            return true;
    return false;
}

/* Scan, write, judge. Damaged input outranks --fail-on: the findings may be incomplete. */
static enum err
scan_inputs(const struct setup *s, const struct options *o, const struct output *out, const struct inputs *in,
            struct diags *d)
{
    struct run_options ro = setup_run_options(s, o);
    struct results r;
    enum err status = ERR_CONFIG;

    ro.want_hits = out->report != NULL && strcmp(out->report->name, "hits") == 0;
    ro.want_inventory = wants_inventory(out);
    results_init(&r);
    add_option_facts(&r, o);
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan != NULL) {
        status = run_scan(plan, in, &r, d);
        if (status == ERR_OK || status == ERR_INPUT) {
            const enum err written = write_output(out, &r, d);
            if (written != ERR_OK)
                status = written;
        }
        if (status == ERR_OK && o->fail_on >= 0 && has_level(&r, o->fail_on))
            status = ERR_FINDINGS;
    }
    plan_free(plan);
    results_fini(&r);
    return status;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct output out;
    struct setup s;
    struct inputs *in = NULL;

    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to scan: give files, folders, or - for standard input");
        return ERR_USAGE;
    }
    TRY(choose_output(o, &out, d));
    enum err status = inputs_new((const char *const *)o->arguments.v, o->arguments.n, &in, d);
    const enum err ready = setup_init(&s, o, (const char *const *)o->rules.v, o->rules.n, false, d);
    if (status == ERR_OK)
        status = ready;
    if (status == ERR_OK)
        status = try_output(&out, d);
    if (status == ERR_OK)
        status = scan_inputs(&s, o, &out, in, d);
    inputs_free(in);
    setup_fini(&s);
    return status;
}

const struct command command_scan = {
    .name = "scan",
    .usage = "[options] INPUT...",
    .help = "Scan logs with rules and write reports",
    .details = "INPUT is a file, a folder (walked) or - for standard input; gzip, zstd or plain, JSON Lines or CSV,\n"
               "recognised from the content. Without -o and --report the findings go to standard output.",
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) |
               OPTION_BIT(JOBS) | OPTION_BIT(SINCE) | OPTION_BIT(UNTIL) | OPTION_BIT(FAIL_ON) |
               OPTION_BIT(MAX_REJECTS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) | OPTION_BIT(SKIP_BAD) |
               OPTION_BIT(BLAST_RADIUS) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT),
    .run = run,
};
