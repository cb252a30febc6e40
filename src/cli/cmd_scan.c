/* SPDX-License-Identifier: Apache-2.0 */
/* The main job: inputs through rules to reports. Everything that can be wrong before work is found before work. */
#include <string.h>

#include "base/number.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/narrow.h"
#include "cli/nightly.h"
#include "cli/operation.h"
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
    if (o->state != NULL) {
        fact(r, "options.state", sv_of(o->state));
        fact(r, "options.lateness", sv_make(text, duration_format(o->lateness, text)));
    }
}

/* One scan of a command. */
struct scanning {
    const struct setup *setup;
    const struct options *o;
    const struct output *out;
    struct operation *op;
    struct night_options night_options;
    struct run_options ro;
    struct inputs *in_range;   /* of the inputs, those that can hold events of the run */
    const struct inputs *left; /* of these, those that no earlier run has counted */
    struct health_totals left_out;
    struct results r;
};

static void
scanning_init(struct scanning *x, const struct setup *s, const struct options *o, const struct output *out,
              struct operation *op)
{
    *x = (struct scanning){ .setup = s, .o = o, .out = out, .op = op };
    x->night_options = nightly_options(o);
    x->ro = setup_run_options(s, o);
    x->ro.want_hits = out->report != NULL && strcmp(out->report->name, "hits") == 0;
    x->ro.want_inventory = o->partial != NULL || output_wants_inventory(out);
    x->ro.partial = o->partial;
    x->ro.left_out = &x->left_out;
    results_init(&x->r);
    operation_begin(op, &x->r);
    add_option_facts(&x->r, o);
}

static void
scanning_fini(struct scanning *x)
{
    night_close(x->ro.night);
    results_fini(&x->r);
    inputs_free(x->in_range);
}

/* Takes the state's lock and ends what a dead run has begun, before the output folder is cleared of what dead runs have
 * left. */
static enum err
open_outputs(struct scanning *x, struct diags *d)
{
    const struct setup *s = x->setup;
    if (x->o->state != NULL)
        TRY(night_open(&x->night_options, &x->ro, s->program, &s->sources, &x->ro.night, d));
    return output_try(x->out, d);
}

static enum err
choose_inputs(struct scanning *x, const struct inputs *in, struct diags *d)
{
    TRY(narrow_range(x->setup, x->o, in, &x->in_range, &x->r, &x->left_out, d));
    x->left = x->in_range;
    return x->ro.night != NULL ? night_choose(x->ro.night, x->in_range, &x->left, &x->r, &x->left_out, d) : ERR_OK;
}

static enum err
publish(struct scanning *x, struct diags *d)
{
    if (x->o->partial != NULL)
        return ERR_OK;
    if (x->ro.night != NULL)
        return night_publish(x->ro.night, &x->r, &x->out->style, x->out->folder, d);
    return output_write(x->out, &x->r, d);
}

/* Scan, judge, write. */
static enum err
scan_and_publish(struct scanning *x, const struct plan *plan, struct diags *d)
{
    operation_confine(x->op, x->left, &x->r, d);
    const enum err scanned = run_scan(plan, x->left, &x->r, d);
    const bool is_done = scanned == ERR_OK || scanned == ERR_INPUT;
    if (is_done && x->ro.night != NULL)
        TRY(night_record(x->ro.night, &x->r, d));
    const enum err status = operation_judge(x->op, scanned, &x->r, d);
    if (is_done)
        TRY(publish(x, d));
    return status;
}

static enum err
scan_inputs(struct scanning *x, const struct inputs *in, struct diags *d)
{
    const struct setup *s = x->setup;
    TRY(open_outputs(x, d));
    TRY(choose_inputs(x, in, d));
    struct plan *plan = plan_new(&x->ro, s->program, &s->sources, s->fields, d);
    const enum err status = plan != NULL ? scan_and_publish(x, plan, d) : ERR_CONFIG;
    plan_free(plan);
    return status;
}

static enum err
scan(const struct setup *s, const struct options *o, const struct output *out, const struct inputs *in,
     struct operation *op, struct diags *d)
{
    struct scanning x;
    scanning_init(&x, s, o, out, op);
    const enum err status = scan_inputs(&x, in, d);
    operation_end(op, &x.r, status, d);
    scanning_fini(&x);
    return status;
}

/* A partial result is the only output of its scan. */
static enum err
choose_output(const struct options *o, struct output *out, struct diags *d)
{
    const uint64_t shown =
        OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) | OPTION_BIT(FAIL_ON) | OPTION_BIT(SUPPRESS);
    if (o->partial == NULL)
        return output_choose(o, out, d);
    *out = (struct output){ .folder = o->partial };
    if ((o->given & shown) == 0)
        return ERR_OK;
    diag_error(d, SPAN_NONE,
               "--partial stops before the findings; -o, --report, --format, --fail-on and --suppress are for "
               "'authsift merge'");
    return ERR_USAGE;
}

static enum err
run_settled(const struct options *o, struct diags *d)
{
    struct output out;
    struct operation op;
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
    const enum err operable = operation_init(&op, o, d);
    if (status == ERR_OK)
        status = operable;
    if (status == ERR_OK)
        status = scan(&s, o, &out, in, &op, d);
    operation_end(&op, NULL, status, d);
    operation_fini(&op);
    inputs_free(in);
    setup_fini(&s);
    return status;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct options settled = *o; /* its lists stay those of o */
    TRY(nightly_settle(&settled, d));
    return run_settled(&settled, d);
}

const struct command command_scan = {
    .name = "scan",
    .usage = "[options] INPUT...",
    .help = "Scan logs with rules and write reports",
    .details = "INPUT is a file, a folder (walked) or - for standard input; gzip, zstd or plain, JSON Lines or CSV,\n"
               "recognised from the content. Without -o and --report the findings go to standard output.",
    .arguments = ARGUMENTS_INPUTS,
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) |
               OPTION_BIT(JOBS) | OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(SINCE) | OPTION_BIT(UNTIL) |
               OPTION_BIT(FAIL_ON) | OPTION_BIT(MAX_REJECTS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) |
               OPTION_BIT(GEOIP) | OPTION_BIT(SKIP_BAD) | OPTION_BIT(BLAST_RADIUS) | OPTION_BIT(CSV_CRLF) |
               OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) | OPTION_BIT(MEMORY) | OPTION_BIT(TMPDIR) |
               OPTION_BIT(PARTIAL) | OPERATION_OPTIONS | NIGHTLY_OPTIONS,
    .minor = OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(PROGRESS) | OPTION_BIT(CSV_CRLF) |
             OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) | OPTION_BIT(BLAST_RADIUS) | OPTION_BIT(TMPDIR) |
             OPERATION_MINOR | NIGHTLY_MINOR | OPTION_BIT(CONFIG) | OPTION_BIT(PROFILE),
    .run = run,
};
