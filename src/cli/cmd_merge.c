/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results of many machines to reports. Which options the scans had stands in the partials; the rules do not,
 * so they are given again. */
#include <stdio.h>
#include <string.h>

#include "agg/entry.h"
#include "base/number.h"
#include "cli/commands.h"
#include "cli/operation.h"
#include "cli/output.h"
#include "cli/setup.h"
#include "run/facts.h"
#include "run/partial_merge.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

static bool
parse_share(const char *text, struct agg_share *share)
{
    struct sv rest = sv_of(text);
    struct sv part;
    uint64_t i;
    uint64_t n;
    if (!sv_split(&rest, '/', &part) || rest.p == NULL || !number_parse_u64(part, &i) || !number_parse_u64(rest, &n))
        return false;
    *share = (struct agg_share){ (unsigned)i, (unsigned)n };
    return i >= 1 && i <= n && n <= PARTITIONS;
}

/* Which share of the groups; n_parts is 0 if that was not asked for. */
static enum err
choose_share(const struct options *o, struct agg_share *share, struct diags *d)
{
    *share = (struct agg_share){ 0, 0 };
    if (o->partition == NULL)
        return ERR_OK;
    if (!parse_share(o->partition, share)) {
        diag_error(d, SPAN_NONE, "--partition: '%s' is not I/N, with I from 1 to N and N at most %u", o->partition,
                   PARTITIONS);
        return ERR_USAGE;
    }
    const uint64_t shown = OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) | OPTION_BIT(FAIL_ON) | OPTION_BIT(JOIN) |
                           OPTION_BIT(SUPPRESS);
    if (o->output == NULL || (o->given & shown) != 0) {
        diag_error(
            d, SPAN_NONE,
            "--partition I/N makes a part in the folder -o DIR; the reports come when --reports joins the parts");
        return ERR_USAGE;
    }
    return ERR_OK;
}

static enum err
check_output(const struct output *out, struct diags *d)
{
    if (out->report == NULL || strcmp(out->report->name, "hits") != 0)
        return ERR_OK;
    diag_error(d, SPAN_NONE, "the report 'hits' shows events, and partial results hold none: use scan --report hits");
    return ERR_USAGE;
}

/* ---- run.json ---- */

static void
add_option_facts(struct results *r, const struct options *o, const struct partials *p)
{
    struct buf names = BUF_INIT;
    facts_text(r, "program", SV("authsift"));
    facts_text(r, "version", SV(PACKAGE_VERSION));
    for (size_t i = 0; i < o->rules.n; i++)
        buf_printf(&names, "%s%s", i != 0 ? " " : "", o->rules.v[i]);
    facts_text(r, "options.rules", buf_view(&names));
    facts_number(r, "options.jobs", (double)o->jobs);
    buf_reset(&names);
    for (size_t i = 0; i < o->arguments.n; i++)
        buf_printf(&names, "%s%s", i != 0 ? " " : "", o->arguments.v[i]);
    facts_text(r, "options.partials", buf_view(&names));
    buf_fini(&names);
    /* What the scans were told. */
    const struct manifest *m = &p->v.v[0].m;
    for (size_t i = 0; i < m->settings.n; i++)
        if (sv_starts(m->settings.v[i].name, SV("--")))
            facts_text(r, arena_printf(&r->arena, "options.scan.%.*s", SV_ARG(sv_from(m->settings.v[i].name, 2))).p,
                       m->settings.v[i].text);
}

/* ---- the work ---- */

struct merging {
    const struct options *o;
    struct agg_share share;
    struct output out;
    struct partials partials;
    struct setup setup;
    struct operation op;
};

static enum err
merge_and_write(struct merging *m, const struct partial_merge *pm, struct diags *d)
{
    struct results r;
    results_init(&r);
    operation_begin(&m->op, &r);
    add_option_facts(&r, m->o, &m->partials);
    operation_confine(&m->op, NULL, &r, d);
    const enum err merged = partial_merge_all(pm, &r, d);
    enum err status = operation_judge(&m->op, merged, &r, d);
    if (merged == ERR_OK || merged == ERR_INPUT) {
        const enum err written = output_write(&m->out, &r, d);
        if (written != ERR_OK)
            status = written;
    }
    operation_end(&m->op, &r, status, d);
    results_fini(&r);
    return status;
}

static enum err
merge_opened(struct merging *m, struct diags *d)
{
    /* Whether bad rules were left out is part of what the rules were. */
    struct options with = *m->o;
    with.skip_bad_rules = sv_eq(partials_setting(&m->partials, "--skip-bad-rules"), SV("yes"));
    TRY(setup_init(&m->setup, &with, (const char *const *)with.rules.v, with.rules.n, false, d));
    TRY(partials_fit(&m->partials, m->setup.program, d));
    TRY(output_try(&m->out, d));
    struct run_options ro = setup_run_options(&m->setup, m->o);
    ro.want_inventory = m->share.n_parts != 0 || output_wants_inventory(&m->out);
    const struct partial_merge pm = { .program = m->setup.program, .partials = &m->partials, .options = &ro };
    if (m->share.n_parts == 0)
        return merge_and_write(m, &pm, d);
    operation_confine(&m->op, NULL, NULL, d);
    return partial_merge_part(&pm, m->share, m->o->output, d);
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct merging m = { .o = o };
    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to merge: give the folders that scan --partial%s made",
                   o->join ? " and merge --partition" : "");
        return ERR_USAGE;
    }
    TRY(choose_share(o, &m.share, d));
    TRY(output_choose(o, &m.out, d));
    TRY(check_output(&m.out, d));
    arena_init(&m.setup.arena);
    enum err status = operation_init(&m.op, o, d);
    if (status == ERR_OK) {
        status = partials_open(&m.partials, (const char *const *)o->arguments.v, o->arguments.n,
                               o->join ? STAGE_SWEPT : STAGE_SCANNED, d);
        if (status == ERR_OK) {
            status = merge_opened(&m, d);
            setup_fini(&m.setup);
        }
        partials_fini(&m.partials);
    }
    operation_end(&m.op, NULL, status, d);
    operation_fini(&m.op);
    return status;
}

const struct command command_merge = {
    .name = "merge",
    .usage = "[options] PARTIAL...",
    .help = "Make the reports from partial results of several scans, as one scan would",
    .details = "PARTIAL is a folder that scan --partial made; the rules must be the ones of the scans. To share the\n"
               "work: merge --partition I/N on each of N machines, then merge --reports over what they made.",
    .options = OPTION_BIT(RULES) | OPTION_BIT(LISTS) | OPTION_BIT(OUTPUT) | OPTION_BIT(REPORT) | OPTION_BIT(FORMAT) |
               OPTION_BIT(JOBS) | OPTION_BIT(MEMORY) | OPTION_BIT(TMPDIR) | OPTION_BIT(FAIL_ON) |
               OPTION_BIT(PARTITION) | OPTION_BIT(JOIN) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) |
               OPERATION_OPTIONS,
    .minor = OPERATION_MINOR,
    .run = run,
};
