/* SPDX-License-Identifier: Apache-2.0 */
/* A look at the state of nightly runs, and its retention. Looking takes no lock and changes nothing: it is allowed
 * while a run writes. */
#include <string.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "out/cells.h"
#include "out/table.h"
#include "state/state.h"

/* Something that can be shown. */
struct view {
    const char *name;
    const struct column *columns;
    size_t n_columns;
    enum err (*rows)(struct state *s, struct table *t, struct diags *d);
};

/* ---- show ---- */

static const struct column show_columns[] = {
    { "what", COLUMN_TEXT, "something about the state" },
    { "value", COLUMN_ANY, "its value" },
};

static void
put_count(struct table *t, const char *what, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    table_text(t, sv_of(what));
    table_any(t, COLUMN_NUMBER, sv_of(text));
    table_end_row(t);
}

static void
put_moment(struct table *t, const char *what, int64_t time)
{
    char text[TIME_TEXT_MAX];
    table_text(t, sv_of(what));
    table_any(t, COLUMN_TIME, sv_make(text, time_format(time, text)));
    table_end_row(t);
}

static void
put_last_run(struct state *s, struct table *t)
{
    struct state_run run;
    if (!state_last_run(s, &run))
        return;
    put_count(t, "last run", (uint64_t)run.id);
    put_moment(t, "started", run.started);
    put_moment(t, "finished", run.finished);
    put_moment(t, "latest event", run.latest);
    put_moment(t, "settled before", run.cut);
    table_text(t, SV("rules"));
    table_any(t, COLUMN_TEXT, run.rules);
    table_end_row(t);
}

static enum err
show_rows(struct state *s, struct table *t, struct diags *d)
{
    struct state_sizes sizes;
    TRY(state_measure(s, &sizes, d));
    put_count(t, "version", STATE_VERSION);
    put_count(t, "runs", sizes.runs);
    put_last_run(s, t);
    put_count(t, "inputs counted", sizes.inputs);
    put_count(t, "findings open", sizes.open);
    put_count(t, "findings resolved", sizes.resolved);
    put_count(t, "carried bytes", sizes.carried_bytes);
    return ERR_OK;
}

/* ---- runs ---- */

static const struct column run_columns[] = {
    { "run", COLUMN_COUNT, "number of the run" },
    { "started", COLUMN_TIME, "when it started" },
    { "finished", COLUMN_TIME, "when it committed" },
    { "latest", COLUMN_TIME, "the newest event of all runs up to this one" },
    { "settled_before", COLUMN_TIME, "later runs take no events that are older" },
    { "program", COLUMN_TEXT, "version of authsift" },
    { "rules", COLUMN_TEXT, "digest of rules and lists" },
    { "inputs", COLUMN_COUNT, "input files that it read" },
    { "events", COLUMN_COUNT, "events that it counted" },
    { "findings", COLUMN_COUNT, "findings that it reported" },
};

static void
put_run(void *ctx, const struct state_run *run)
{
    struct table *t = ctx;
    table_count(t, (uint64_t)run->id);
    table_time(t, run->started);
    table_time(t, run->finished);
    table_time(t, run->latest);
    table_time(t, run->cut);
    table_text(t, run->program);
    table_text(t, run->rules);
    table_count(t, run->inputs);
    table_count(t, run->events);
    table_count(t, run->findings);
    table_end_row(t);
}

static enum err
run_rows(struct state *s, struct table *t, struct diags *d)
{
    return state_each_run(s, put_run, t, d);
}

/* ---- inputs ---- */

static const struct column input_columns[] = {
    { "file", COLUMN_TEXT, "as it was named in the run" },
    { "bytes", COLUMN_COUNT, "size on disk" },
    { "changed", COLUMN_TIME, "when it was last changed, as the run saw it" },
    { "digest", COLUMN_TEXT, "of its content (XXH3-128)" },
    { "events", COLUMN_COUNT, "its events" },
    { "run", COLUMN_COUNT, "the run that counted it" },
};

static void
put_input(void *ctx, const struct state_input *in)
{
    struct table *t = ctx;
    table_text(t, in->path);
    table_count(t, in->size);
    table_time(t, in->mtime);
    table_text(t, in->digest);
    table_count(t, in->events);
    table_count(t, (uint64_t)in->run);
    table_end_row(t);
}

static enum err
input_rows(struct state *s, struct table *t, struct diags *d)
{
    return state_each_input(s, put_input, t, d);
}

/* ---- history ---- */

static const struct column history_columns[] = {
    { "finding_id", COLUMN_TEXT, "as in findings.csv" },
    { "status", COLUMN_TEXT, "new, continuing or resolved, after the last run" },
    { "rule_id", COLUMN_TEXT, "the rule" },
    { "level", COLUMN_TEXT, "when it was last reported" },
    { "risk_score", COLUMN_NUMBER, "when it was last reported" },
    { "entity", COLUMN_TEXT, "type and id of its entity, or its group" },
    { "first_seen", COLUMN_TIME, "its first event" },
    { "last_seen", COLUMN_TIME, "its last event" },
    { "first_run", COLUMN_COUNT, "the first run that reported it" },
    { "last_run", COLUMN_COUNT, "the last run that reported it" },
};

static void
put_finding(void *ctx, const struct state_finding *f)
{
    struct table *t = ctx;
    cell_id(t, f->id);
    table_text(t, sv_of(state_status_names[f->status]));
    table_text(t, f->rule_id);
    cell_level(t, f->level);
    table_number(t, risk_shown(f->risk));
    table_text(t, f->entity);
    table_time(t, f->first_seen);
    table_time(t, f->last_seen);
    table_count(t, (uint64_t)f->first_run);
    table_count(t, (uint64_t)f->last_run);
    table_end_row(t);
}

static enum err
history_rows(struct state *s, struct table *t, struct diags *d)
{
    return state_each_finding(s, put_finding, t, d);
}

/* ---- the command ---- */

#define COLUMNS(c) c, sizeof c / sizeof c[0]

static const struct view views[] = {
    { "show", COLUMNS(show_columns), show_rows },
    { "runs", COLUMNS(run_columns), run_rows },
    { "inputs", COLUMNS(input_columns), input_rows },
    { "history", COLUMNS(history_columns), history_rows },
};
enum { N_VIEWS = sizeof views / sizeof views[0] };

static enum err
show(const struct options *o, const struct view *view, struct diags *d)
{
    struct table_style style = { .format = o->format, .width = terminal_width() };
    struct state *s;
    TRY(state_open(o->state, (struct state_options){ .read_only = true }, &s, d));
    if ((o->given & OPTION_BIT(FORMAT)) == 0)
        style.format = TABLE_TERMINAL;
    struct table *t = table_new(&style, stdout, view->columns, view->n_columns);
    const enum err read = view->rows(s, t, d);
    const enum err written = table_finish(t, d);
    state_close(s);
    return read != ERR_OK ? read : written;
}

static enum err
prune(const struct options *o, struct diags *d)
{
    struct state *s;
    uint64_t n = 0;
    TRY(state_open(o->state, (struct state_options){ .wait = o->wait }, &s, d));
    const enum err err = state_prune(s, time_now() - o->older_than, &n, d);
    state_close(s);
    if (err == ERR_OK)
        diag_note(d, SPAN_NONE, "%llu entries were forgotten", (unsigned long long)n);
    return err;
}

static enum err
run(const struct options *o, struct diags *d)
{
    if (o->state == NULL) {
        diag_error(d, SPAN_NONE, "whose state? give --state FILE");
        return ERR_USAGE;
    }
    const char *what = o->arguments.n == 1 ? o->arguments.v[0] : "";
    if (strcmp(what, "prune") == 0)
        return prune(o, d);
    for (size_t i = 0; i < N_VIEWS; i++)
        if (strcmp(what, views[i].name) == 0)
            return show(o, &views[i], d);
    diag_error(d, SPAN_NONE, "what of the state? show, runs, inputs, history or prune");
    return ERR_USAGE;
}

const struct command command_state = {
    .name = "state",
    .usage = "show|runs|inputs|history|prune --state FILE",
    .help = "Look at what scan --state has left, or forget what is old",
    .details =
        "show is an overview; runs, inputs and history are the runs, the input files that were counted, and the\n"
        "findings of all runs with their status. prune forgets runs, inputs and resolved findings that are\n"
        "older than --older-than; what later runs need of the logs themselves is no part of it.",
    .options = OPTION_BIT(STATE) | OPTION_BIT(FORMAT) | OPTION_BIT(OLDER_THAN) | OPTION_BIT(WAIT),
    .run = run,
};
