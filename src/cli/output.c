/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomicfile.h"
#include "cli/terminal.h"

static struct sv
report_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(reports[i]->name);
}

enum err
output_choose(const struct options *o, struct output *out, struct diags *d)
{
    *out = (struct output){
        .folder = o->output,
        .style = { .format = o->format, .csv_crlf = o->csv_crlf, .csv_raw = o->csv_raw, .width = terminal_width() },
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

enum err
output_try(const struct output *out, struct diags *d)
{
    if (out->folder == NULL)
        return ERR_OK;
    struct atomic_set *set = atomic_set_open(out->folder, d);
    if (set == NULL)
        return ERR_OUTPUT;
    atomic_set_free(set);
    struct stat st;
    if (stat(out->folder, &st) == 0 && (st.st_mode & S_IWOTH) != 0)
        diag_warning(d, SPAN_NONE, "everybody may write in '%s', and so replace the reports there: chmod o-w",
                     out->folder);
    return ERR_OK;
}

bool
output_wants_inventory(const struct output *out)
{
    static const char *const without[] = { "findings", "hits", "actions", "rejects", "input_health", "rule_summary" };
    for (size_t i = 0; out->report != NULL && i < sizeof without / sizeof without[0]; i++)
        if (strcmp(out->report->name, without[i]) == 0)
            return false;
    return true;
}

enum err
output_write(const struct output *out, struct results *r, struct diags *d)
{
    if (out->folder != NULL)
        return reports_publish(r, &out->style, out->folder, d);
    return report_write(out->report, r, &out->style, stdout, d);
}

bool
output_has_level(const struct results *r, int level)
{
    for (size_t i = 0; i < r->findings.n; i++)
        if (!r->findings.v[i].suppressed && r->findings.v[i].level >= level)
            return true;
    return false;
}
