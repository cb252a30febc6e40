/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the tables that the program is made of: what the `.def` files and the source definitions say of themselves. */
#include "agg/corr.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "enrich/enrich.h"
#include "out/report.h"

/* Something that can be listed. */
struct listing {
    const char *name;
    const struct column *columns;
    size_t n_columns;
    bool needs_setup; /* reads source definitions */
    void (*rows)(struct table *t, const struct setup *s);
};

static void
cells(struct table *t, const char *a, const char *b, const char *c)
{
    table_text(t, sv_of(a));
    table_text(t, sv_of(b));
    if (c != NULL)
        table_text(t, sv_of(c));
    table_end_row(t);
}

static const struct column name_columns[] = {
    { "name", COLUMN_TEXT, "as it is written" },
    { "help", COLUMN_TEXT, "what it means" },
};

static void
modifier_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; modifier_name(i) != NULL; i++)
        cells(t, modifier_name(i), modifier_help(i), NULL);
}

static void
format_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; format_name(i) != NULL; i++)
        cells(t, format_name(i), format_help(i), NULL);
}

static const struct column correlation_columns[] = {
    { "type", COLUMN_TEXT, "as it is written" },
    { "key", COLUMN_TEXT, "a key of its own below correlation:, or empty" },
    { "help", COLUMN_TEXT, "what it means" },
};

static void
correlation_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < n_corr_types; i++) {
        const struct corr_type *type = corr_types[i];
        cells(t, type->name, "", type->help);
        for (size_t k = 0; k < type->n_params; k++)
            cells(t, type->name, type->params[k].name, type->params[k].help);
    }
}

static const struct column enricher_columns[] = {
    { "enricher", COLUMN_TEXT, "its name" },
    { "help", COLUMN_TEXT, "what it derives" },
    { "fields", COLUMN_TEXT, "the fields it supplies" },
};

static void
enricher_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < n_enrichers; i++) {
        const struct enricher *e = enrichers[i];
        struct buf names = BUF_INIT;
        for (size_t k = 0; k < e->n_fields; k++) {
            if (k != 0)
                buf_putc(&names, ' ');
            buf_puts(&names, e->fields[k].name);
        }
        cells(t, e->name, e->help, buf_cstr(&names));
        buf_fini(&names);
    }
}

static const struct column report_columns[] = {
    { "report", COLUMN_TEXT, "for --report" },
    { "file", COLUMN_TEXT, "in the output folder; empty: only with --report" },
    { "help", COLUMN_TEXT, "one row per what" },
};

static void
report_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < n_reports; i++)
        cells(t, reports[i]->name, reports[i]->file != NULL ? reports[i]->file : "", reports[i]->help);
}

static const struct column source_columns[] = {
    { "source", COLUMN_TEXT, "for -s" },
    { "recognised", COLUMN_TEXT, "by these keys of the first record; empty: only by -s" },
    { "help", COLUMN_TEXT, "what log it is" },
};

static void
source_rows(struct table *t, const struct setup *s)
{
    for (size_t i = 0; i < s->sources.n; i++) {
        const struct source_def *def = &s->sources.v[i];
        struct buf keys = BUF_INIT;
        for (size_t k = 0; k < def->n_recognise; k++) {
            if (k != 0)
                buf_putc(&keys, ' ');
            buf_sv(&keys, def->recognise[k]);
        }
        table_text(t, def->name);
        table_text(t, buf_view(&keys));
        table_text(t, def->description);
        table_end_row(t);
        buf_fini(&keys);
    }
}

static const struct column action_columns[] = {
    { "action", COLUMN_TEXT, "as a rule writes it" },
    { "reversible", COLUMN_BOOL, "can it be taken back" },
    { "requires_approval", COLUMN_BOOL, "should a second person agree" },
    { "help", COLUMN_TEXT, "what it does" },
};

static void
action_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < ACTION_COUNT_; i++) {
        table_text(t, sv_of(action_infos[i].name));
        table_bool(t, action_infos[i].reversible);
        table_bool(t, action_infos[i].requires_approval);
        table_text(t, sv_of(action_infos[i].help));
        table_end_row(t);
    }
}

static const struct column field_columns[] = {
    { "field", COLUMN_TEXT, "dotted name" },
    { "type", COLUMN_TEXT, "of its value" },
    { "source", COLUMN_TEXT, "the log, the enricher that derives it, or both: the log first" },
    { "cost", COLUMN_TEXT, "of deriving it" },
    { "help", COLUMN_TEXT, "what it means" },
};

static void
field_row(struct table *t, const char *name, const char *type, const char *source, const char *cost, const char *help)
{
    table_text(t, sv_of(name));
    table_text(t, sv_of(type));
    table_text(t, sv_of(source));
    cells(t, cost, help, NULL);
}

struct canonical_field {
    const char *name;
    const char *type;
    const char *help;
};

static const struct canonical_field canonical[] = {
#define CANONICAL(path, type, help) { path, type, help },
#include "event/canonical.def"
#undef CANONICAL
};
enum { N_CANONICAL = sizeof canonical / sizeof canonical[0] };

static bool
is_canonical(const char *name)
{
    for (size_t i = 0; i < N_CANONICAL; i++)
        if (strcmp(canonical[i].name, name) == 0)
            return true;
    return false;
}

/* A field of the log that an enricher supplies where the log has it not. */
static void
canonical_row(struct table *t, const struct canonical_field *c)
{
    for (size_t i = 0; i < n_enrichers; i++) {
        for (size_t k = 0; k < enrichers[i]->n_fields; k++) {
            const struct derived_field *f = &enrichers[i]->fields[k];
            char source[64];
            if (strcmp(f->name, c->name) != 0)
                continue;
            snprintf(source, sizeof source, "log or %s", enrichers[i]->name);
            field_row(t, c->name, c->type, source, f->cost, c->help);
            return;
        }
    }
    field_row(t, c->name, c->type, "log", "free", c->help);
}

static void
field_rows(struct table *t, const struct setup *s)
{
    (void)s;
    for (size_t i = 0; i < N_CANONICAL; i++)
        canonical_row(t, &canonical[i]);
    for (size_t i = 0; i < n_enrichers; i++) {
        for (size_t k = 0; k < enrichers[i]->n_fields; k++) {
            const struct derived_field *f = &enrichers[i]->fields[k];
            if (!is_canonical(f->name))
                field_row(t, f->name, f->type, enrichers[i]->name, f->cost, f->help);
        }
    }
}

#define COLUMNS(array) (array), sizeof(array) / sizeof((array)[0])

static const struct listing listings[] = {
    { "modifiers", COLUMNS(name_columns), false, modifier_rows },
    { "correlations", COLUMNS(correlation_columns), false, correlation_rows },
    { "formats", COLUMNS(name_columns), false, format_rows },
    { "enrichers", COLUMNS(enricher_columns), false, enricher_rows },
    { "reports", COLUMNS(report_columns), false, report_rows },
    { "sources", COLUMNS(source_columns), true, source_rows },
    { "actions", COLUMNS(action_columns), false, action_rows },
    { "fields", COLUMNS(field_columns), false, field_rows },
};
enum { N_LISTINGS = sizeof listings / sizeof listings[0] };

static struct sv
listing_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(listings[i].name);
}

static const struct listing *
find_listing(const struct options *o, struct diags *d)
{
    static const char *const all = "modifiers, correlations, formats, enrichers, reports, sources, actions or fields";
    if (o->arguments.n != 1) {
        diag_error(d, SPAN_NONE, "list what? %s", all);
        return NULL;
    }
    const struct sv name = sv_of(o->arguments.v[0]);
    for (size_t i = 0; i < N_LISTINGS; i++)
        if (sv_eq(name, sv_of(listings[i].name)))
            return &listings[i];
    const struct sv near = diag_nearest(name, N_LISTINGS, listing_name, NULL);
    if (near.n != 0)
        diag_error(d, SPAN_NONE, "cannot list '%.*s' (did you mean '%.*s'?)", SV_ARG(name), SV_ARG(near));
    else
        diag_error(d, SPAN_NONE, "cannot list '%.*s': it is %s", SV_ARG(name), all);
    return NULL;
}

static enum err
run(const struct options *o, struct diags *d)
{
    const struct listing *what = find_listing(o, d);
    struct table_style style = { .format = o->format };
    struct setup s = { 0 };

    if (what == NULL)
        return ERR_USAGE;
    if ((o->given & OPTION_BIT(FORMAT)) == 0)
        style.format = TABLE_TERMINAL;
    style.width = terminal_width();
    if (what->needs_setup) {
        const enum err err = setup_init(&s, o, (const char *const *)o->rules.v, o->rules.n, false, d);
        if (err != ERR_OK) {
            setup_fini(&s);
            return err;
        }
    }
    struct table *t = table_new(&style, stdout, what->columns, what->n_columns);
    what->rows(t, &s);
    const enum err err = table_finish(t, d);
    if (what->needs_setup)
        setup_fini(&s);
    return err;
}

const struct command command_list = {
    .name = "list",
    .usage = "[options] modifiers|correlations|formats|enrichers|reports|sources|actions|fields",
    .help = "Show a table of what the program knows",
    .options = OPTION_BIT(FORMAT) | OPTION_BIT(RULES),
    .run = run,
};
