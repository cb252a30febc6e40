/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"

#include <unistd.h>

#include "cli/terminal.h"

struct query_output
ask_output(const struct options *o, bool raw, const struct run_options *ro)
{
    const bool screen = isatty(STDOUT_FILENO) == 1;
    struct query_output out = {
        .to = stdout,
        .style = { .format = o->format, .csv_crlf = o->csv_crlf, .csv_raw = o->csv_raw, .width = terminal_width() },
        .printable = screen && !o->csv_raw,
        .memory = ro->memory,
        .tmpdir = ro->tmpdir,
        .spill_records = ro->spill_records,
    };
    if (screen && !raw && (o->given & OPTION_BIT(FORMAT)) == 0)
        out.style.format = TABLE_TERMINAL;
    return out;
}

enum err
ask_told(const struct options *o, const struct narrowed *n, struct health_totals *t, enum err status, struct diags *d)
{
    if (status != ERR_OK && status != ERR_INPUT)
        return status;
    narrow_add(n, t);
    const bool too_many = o->max_rejects.share >= 0 ? (double)t->rejects > o->max_rejects.share * (double)t->lines
                                                    : t->rejects > o->max_rejects.count;
    if (too_many)
        diag_warning(d, SPAN_NONE,
                     "%llu of %llu lines are no events ('authsift scan --report rejects' shows them; --max-rejects "
                     "allows them)",
                     (unsigned long long)t->rejects, (unsigned long long)t->lines);
    return too_many || t->bad_files != 0 ? ERR_INPUT : ERR_OK;
}
