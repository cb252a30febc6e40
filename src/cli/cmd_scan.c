/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: inputs through rules to reports. Everything that can be wrong before work is found before work. */
#include <string.h>

#include "base/number.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/narrow.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "run/run.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

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
    if (o->config != NULL)
        fact(r, "options.config", sv_of(o->config));
    if (o->profile != NULL)
        fact(r, "options.profile", sv_of(o->profile));
    fact_list(r, "options.rules", &o->rules);
    fact(r, "options.source", sv_of(o->source));
    fact_count(r, "options.jobs", (double)o->jobs);
    fact(r, "options.since", sv_make(text, time_format(o->since, text)));
    fact(r, "options.until", sv_make(text, time_format(o->until, text)));
    fact_count(r, "options.line_limit", (double)o->line_limit);
    fact_count(r, "options.memory", (double)o->memory);
    fact(r, "options.tmpdir", sv_of(o->tmpdir));
    fact_count(r, "options.blast_radius", (double)o->blast_radius);
    if (o->max_rejects.share >= 0)
        fact_count(r, "options.max_rejects_share", o->max_rejects.share);
    else
        fact_count(r, "options.max_rejects", (double)o->max_rejects.count);
    fact_count(r, "options.skip_bad_rules", o->skip_bad_rules);
    fact_list(r, "options.inputs", &o->arguments);
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
    ro.want_inventory = o->partial != NULL || output_wants_inventory(out);
    ro.partial = o->partial;
    results_init(&r);
    add_option_facts(&r, o);
    struct inputs *left = NULL;
    struct health_totals left_out;
    const enum err narrowed = narrow_range(s, o, in, &left, &r, &left_out, d);
    ro.left_out = &left_out;
    struct plan *plan = narrowed == ERR_OK ? plan_new(&ro, s->program, &s->sources, s->fields, d) : NULL;
    if (plan == NULL && narrowed != ERR_OK)
        status = narrowed;
    if (plan != NULL) {
        status = run_scan(plan, left, &r, d);
        if (o->partial == NULL && (status == ERR_OK || status == ERR_INPUT)) {
            const enum err written = output_write(out, &r, d);
            if (written != ERR_OK)
                status = written;
        }
        if (status == ERR_OK && o->fail_on >= 0 && output_has_level(&r, o->fail_on))
            status = ERR_FINDINGS;
    }
    plan_free(plan);
    results_fini(&r);
    inputs_free(left);
    return status;
}

/* A partial result is the only output of its scan. */
static enum err
choose_output(const struct options *o, struct output *out, struct diags *d)
{
    const uint64_t shown = OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) | OPTION_BIT(FAIL_ON);
    if (o->partial == NULL)
        return output_choose(o, out, d);
    *out = (struct output){ .folder = o->partial };
    if ((o->given & shown) == 0)
        return ERR_OK;
    diag_error(d, SPAN_NONE,
               "--partial stops before the findings; -o, --report, --format and --fail-on are for 'authsift merge'");
    return ERR_USAGE;
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
        status = output_try(&out, d);
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
    .arguments = ARGUMENTS_INPUTS,
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) |
               OPTION_BIT(JOBS) | OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(SINCE) |
               OPTION_BIT(UNTIL) | OPTION_BIT(FAIL_ON) |
               OPTION_BIT(MAX_REJECTS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) |
               OPTION_BIT(SKIP_BAD) | OPTION_BIT(BLAST_RADIUS) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) |
               OPTION_BIT(LINE_LIMIT) | OPTION_BIT(MEMORY) | OPTION_BIT(TMPDIR) | OPTION_BIT(PARTIAL),
    .minor = OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(PROGRESS) | OPTION_BIT(CSV_CRLF) |
             OPTION_BIT(CSV_RAW) | OPTION_BIT(CONFIG) | OPTION_BIT(PROFILE),
    .run = run,
};
