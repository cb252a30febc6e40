/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a log, and does it fit the rules? A row for every path of the input, then a row for every field that a
 * rule names and that no event has.
 *
 * Two views of each event: the visit sees the log as it is; the event has the fields that rules see, mapped by the
 * source definition and completed by enrichers. A field occurs if the second one says so: that is what rules will meet.
 * Files are read one after another, because examples are the first values. */
#include <math.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/field_stats.h"
#include "cli/near.h"
#include "cli/setup.h"
#include "cli/terminal.h"
#include "run/run.h"

/* What is known of one registered field. */
struct named {
    uint32_t rules; /* documents that name it and fit a source of the input */
    bool is_event;  /* some of them is no chained correlation, whose fields may be the inner one's */
    bool occurs;
};

struct survey {
    struct setup *setup;
    const struct options *o;
    const struct plan *plan;
    const struct inputs *in;
    struct diags *d;
    struct field_stats stats;
    struct named *named;   /* by field */
    VEC(field_id) missing; /* named by some document and not met yet */
    bool *seen;            /* by source definition: some file is of it */
    struct arena scratch;
    struct event event;
    struct parser *parser;
    struct block block;
    uint64_t rejects;
    uint64_t blank;
    struct reject first_reject;
    struct sv first_reject_file;
    size_t n_damaged;
    size_t n_unknown; /* files that nothing recognised */
    struct sv first_unknown;
};

static const struct column columns[] = {
    { "path", COLUMN_TEXT, "dotted, as rules name it" },
    { "list", COLUMN_BOOL, "is it, or is something above it, a list in some event" },
    { "types", COLUMN_TEXT, "of its values; with shares if there are several" },
    { "events", COLUMN_COUNT, "that have it; 0: a field that rules name and no event has" },
    { "share", COLUMN_NUMBER, "of all events" },
    { "distinct", COLUMN_TEXT, "values; many: more than 100" },
    { "examples", COLUMN_TEXT, "the first distinct values; none of what may be secret" },
    { "rules", COLUMN_COUNT, "rules, filters and correlations for this kind of log that name it" },
    { "did_you_mean", COLUMN_TEXT, "a path that has nearly this name" },
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

/* ---- reading ---- */

/* What turns out to be there need not be looked for again. */
static void
meet_fields(struct survey *s)
{
    for (size_t i = 0; i < s->missing.n;) {
        const field_id f = s->missing.v[i];
        if (event_value(&s->event, f)->kind > VALUE_ABSENT) {
            s->named[f].occurs = true;
            s->missing.v[i] = s->missing.v[--s->missing.n];
        } else {
            i++;
        }
    }
}

static void
count_reject(struct survey *s, const struct reject *r, size_t file)
{
    if (s->rejects++ != 0)
        return;
    s->first_reject = *r;
    s->first_reject_file = inputs_file(s->in, file)->name;
}

static void
read_block(struct survey *s, size_t file)
{
    struct reject reject;
    parser_start(s->parser, &s->block);
    for (;;) {
        switch (parser_next(s->parser, &s->event, &reject)) {
        case RECORD_EVENT:
            field_stats_event(&s->stats);
            parser_visit(s->parser, &s->event, field_stats_value, &s->stats);
            meet_fields(s);
            break;
        case RECORD_REJECT:
            count_reject(s, &reject, file);
            break;
        case RECORD_BLANK:
            s->blank++;
            break;
        case RECORD_END:
            return;
        }
    }
}

static bool
is_fallback(const struct survey *s, uint32_t source)
{
    return s->setup->forced_source == NULL && &s->setup->sources.v[source] == s->plan->options->fallback_source;
}

static void
note_source(struct survey *s, size_t file, uint32_t source)
{
    if (source >= s->setup->sources.n)
        return;
    s->seen[source] = true;
    if (is_fallback(s, source) && s->n_unknown++ == 0)
        s->first_unknown = inputs_file(s->in, file)->name;
}

static void
read_file(struct survey *s, size_t file)
{
    struct stream *stream = stream_open(s->in, file, s->plan->projections);
    while (stream_next(stream, &s->block))
        read_block(s, file);
    const struct stream_info *info = stream_info(stream);
    note_source(s, file, info->source);
    if (info->error != NULL) {
        s->n_damaged++;
        diag_warning(s->d, SPAN_NONE, "%.*s: %s%s%s", SV_ARG(inputs_file(s->in, file)->name), info->error,
                     info->error_hint != NULL ? "; " : "", info->error_hint != NULL ? info->error_hint : "");
    }
    stream_close(stream);
}

/* ---- which documents count ---- */

static bool
fits_input(const struct survey *s, const struct logsource *logsource)
{
    for (size_t i = 0; i < s->setup->sources.n; i++)
        if (s->seen[i] && logsource_fits(logsource, &s->setup->sources.v[i].logsource))
            return true;
    return false;
}

static void
count_rules(struct survey *s)
{
    const struct program *p = s->setup->program;
    for (size_t i = 0; i < p->named.n; i++) {
        const struct named_fields *doc = &p->named.v[i];
        if (!fits_input(s, &doc->logsource))
            continue;
        for (size_t k = 0; k < doc->n; k++) {
            struct named *named = &s->named[doc->v[k].field];
            named->rules++;
            named->is_event = named->is_event || !doc->chained;
        }
    }
}

static void
look_for_all(struct survey *s)
{
    const struct program *p = s->setup->program;
    bool *added = mem_zalloc(fields_count(s->setup->fields), sizeof *added);
    for (size_t i = 0; i < p->named.n; i++) {
        for (size_t k = 0; k < p->named.v[i].n; k++) {
            const field_id f = p->named.v[i].v[k].field;
            if (!added[f])
                vec_push(&s->missing, f);
            added[f] = true;
        }
    }
    mem_free(added);
}

/* ---- telling ---- */

static double
share_of(uint64_t n, uint64_t all)
{
    return all == 0 ? 0 : round((double)n / (double)all * 10000) / 10000;
}

/* The examples, with ; and \ in them escaped as in the other reports. */
static void
put_examples(const struct path_stats *p, struct buf *out)
{
    for (size_t i = 0; i < p->n_examples; i++) {
        if (i != 0)
            buf_puts(out, "; ");
        for (size_t k = 0; k < p->example[i].n; k++) {
            if (p->example[i].p[k] == ';' || p->example[i].p[k] == '\\')
                buf_putc(out, '\\');
            buf_putc(out, p->example[i].p[k]);
        }
    }
}

/* Documents that name the path; a name in a rule may leave out its blanks. */
static uint32_t
rules_of_path(const struct survey *s, struct sv path)
{
    struct buf plain = BUF_INIT;
    field_id f = fields_find(s->setup->fields, path);
    if (f == FIELD_NONE || s->named[f].rules == 0) {
        for (size_t i = 0; i < path.n; i++)
            if (path.p[i] != ' ')
                buf_putc(&plain, path.p[i]);
        f = fields_find(s->setup->fields, buf_view(&plain));
    }
    buf_fini(&plain);
    return f == FIELD_NONE || f == FIELD_ANY ? 0 : s->named[f].rules;
}

static void
path_row(const struct survey *s, struct table *t, uint32_t index)
{
    const struct path_stats *p = &s->stats.path.v[index];
    const struct sv path = s->stats.index.entry[index].key;
    struct buf types = BUF_INIT;
    struct buf examples = BUF_INIT;
    char distinct[24];

    snprintf(distinct, sizeof distinct, "%zu", p->distinct.n);
    field_stats_types(p, &types);
    put_examples(p, &examples);
    table_text(t, path);
    table_bool(t, p->in_list);
    table_text(t, buf_view(&types));
    table_count(t, p->events);
    table_number(t, share_of(p->events, s->stats.events));
    table_text(t, p->distinct.n > DISTINCT_MAX ? SV("many") : sv_of(distinct));
    table_text(t, p->secret && p->distinct.n != 0 ? SV("(hidden)") : buf_view(&examples));
    table_count(t, rules_of_path(s, path));
    table_text(t, SV_NONE);
    table_end_row(t);
    buf_fini(&types);
    buf_fini(&examples);
}

/* Names that a rule could have meant: paths of the log, then fields that the source definition or an enricher
 * supplies. */
struct candidates {
    VEC(struct sv) name;
};

static struct sv
candidate(const void *ctx, size_t i)
{
    return ((const struct candidates *)ctx)->name.v[i];
}

static int
by_name(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static void
missing_row(struct table *t, struct sv field, uint32_t rules, struct sv near)
{
    table_text(t, field);
    table_bool(t, false);
    table_text(t, SV_NONE);
    table_count(t, 0);
    table_number(t, 0);
    table_text(t, SV("0"));
    table_text(t, SV_NONE);
    table_count(t, rules);
    table_text(t, near);
    table_end_row(t);
}

/* A search through all paths for each missing field: enough for rules that people write. */
#define NEAR_MAX 500

static void
missing_rows(const struct survey *s, struct table *t, const struct candidates *c)
{
    const struct fields *fields = s->setup->fields;
    VEC(struct sv) names = VEC_INIT;

    for (size_t i = 0; i < s->missing.n; i++)
        if (s->named[s->missing.v[i]].is_event)
            vec_push(&names, fields_name(fields, s->missing.v[i]));
    if (names.n != 0)
        qsort(names.v, names.n, sizeof *names.v, by_name);
    for (size_t i = 0; i < names.n; i++) {
        const uint32_t rules = s->named[fields_find(fields, names.v[i])].rules;
        missing_row(t, names.v[i], rules, i < NEAR_MAX ? near_field(names.v[i], c->name.n, candidate, c) : SV_NONE);
    }
    if (names.n != 0 && s->stats.events != 0)
        diag_note(s->d, SPAN_NONE, "%zu field%s that rules for this log name %s in no event: the rows with 0 events",
                  names.n, names.n == 1 ? "" : "s", names.n == 1 ? "is" : "are");
    vec_fini(&names);
}

static enum err
print_table(struct survey *s)
{
    struct table_style style = {
        .format = s->o->format,
        .csv_crlf = s->o->csv_crlf,
        .csv_raw = s->o->csv_raw,
        .width = terminal_width(),
        .brief = "path types share distinct examples did_you_mean",
    };
    struct candidates c = { VEC_INIT };

    if ((s->o->given & OPTION_BIT(FORMAT)) == 0)
        style.format = TABLE_TERMINAL;
    struct table *t = table_new(&style, stdout, columns, N_COLUMNS);
    uint32_t *order = field_stats_order(&s->stats);
    for (size_t i = 0; i < s->stats.path.n; i++) {
        path_row(s, t, order[i]);
        vec_push(&c.name, s->stats.index.entry[order[i]].key);
    }
    for (field_id f = FIELD_ANY + 1; f < fields_count(s->setup->fields); f++)
        if (s->named[f].occurs)
            vec_push(&c.name, fields_name(s->setup->fields, f));
    missing_rows(s, t, &c);
    mem_free(order);
    vec_fini(&c.name);
    return table_finish(t, s->d);
}

static bool
is_too_many(const struct survey *s)
{
    const struct max_rejects *max = &s->o->max_rejects;
    const uint64_t lines = s->stats.events + s->rejects + s->blank;
    return max->share >= 0 ? (double)s->rejects > max->share * (double)lines : s->rejects > max->count;
}

/* What the table cannot show. */
static enum err
judge_input(struct survey *s)
{
    if (s->n_unknown != 0)
        diag_note(s->d, SPAN_NONE,
                  "%.*s%s: source not recognised; its paths are shown as they are, and rules are compared with them",
                  SV_ARG(s->first_unknown), s->n_unknown > 1 ? " and others" : "");
    if (s->stats.dropped != 0)
        diag_warning(s->d, SPAN_NONE,
                     "%llu values are at paths that are not shown: only the first %d paths are, of up to %d bytes",
                     (unsigned long long)s->stats.dropped, PATHS_MAX, PATH_MAX_SIZE);
    if (s->rejects != 0)
        diag_warning(s->d, SPAN_NONE, "%llu lines are no events, the first is %.*s:%llu: %s",
                     (unsigned long long)s->rejects, SV_ARG(s->first_reject_file),
                     (unsigned long long)s->first_reject.line, reject_texts[s->first_reject.reason]);
    return s->n_damaged != 0 || is_too_many(s) ? ERR_INPUT : ERR_OK;
}

/* ---- the whole ---- */

static void
survey_init(struct survey *s)
{
    const struct fields *fields = s->setup->fields;
    field_stats_init(&s->stats);
    arena_init(&s->scratch);
    block_init(&s->block);
    s->named = mem_zalloc(fields_count(fields), sizeof *s->named);
    s->seen = mem_zalloc(s->setup->sources.n + 1, sizeof *s->seen);
    s->parser = parser_new(s->plan->projections);
    event_init(&s->event, fields_count(fields), &s->scratch,
               s->plan->enrichment != NULL ? enrichment_derive(s->plan->enrichment) : NULL);
}

static void
survey_fini(struct survey *s)
{
    event_fini(&s->event);
    parser_free(s->parser);
    block_fini(&s->block);
    arena_fini(&s->scratch);
    field_stats_fini(&s->stats);
    vec_fini(&s->missing);
    mem_free(s->named);
    mem_free(s->seen);
}

static enum err
survey_run(struct survey *s)
{
    survey_init(s);
    look_for_all(s);
    for (size_t i = 0; i < inputs_count(s->in); i++)
        read_file(s, i);
    count_rules(s);
    const enum err printed = print_table(s);
    const enum err judged = judge_input(s);
    survey_fini(s);
    return printed != ERR_OK ? printed : judged;
}

static const struct source_def *
find_raw(const struct source_defs *defs)
{
    for (size_t i = 0; i < defs->n; i++)
        if (sv_eq(defs->v[i].name, SV("raw")))
            return &defs->v[i];
    return NULL;
}

static enum err
survey_inputs(struct setup *setup, const struct options *o, const struct inputs *in, struct diags *d)
{
    struct run_options ro = setup_run_options(setup, o);
    ro.fallback_source = find_raw(&setup->sources);
    struct plan *plan = plan_new(&ro, setup->program, &setup->sources, setup->fields, d);
    if (plan == NULL)
        return ERR_CONFIG;
    struct survey s = { .setup = setup, .o = o, .plan = plan, .in = in, .d = d };
    const enum err err = survey_run(&s);
    plan_free(plan);
    return err;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct setup setup;
    struct inputs *in = NULL;

    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to look at: give files, folders, or - for standard input");
        return ERR_USAGE;
    }
    enum err status = inputs_new((const char *const *)o->arguments.v, o->arguments.n, &in, d);
    const enum err ready = setup_init(&setup, o, (const char *const *)o->rules.v, o->rules.n, false, d);
    if (status == ERR_OK)
        status = ready;
    if (status == ERR_OK)
        status = survey_inputs(&setup, o, in, d);
    inputs_free(in);
    setup_fini(&setup);
    return status;
}

const struct command command_fields = {
    .name = "fields",
    .usage = "[options] INPUT...",
    .help = "Show which fields a log has, and which fields of the rules it lacks",
    .details = "A row for every path of the input: types, share of events, distinct values, examples. Then, with 0\n"
               "events, the fields that rules for this kind of log name and no event has. A log that nothing\n"
               "recognises is shown as it is.",
    .arguments = ARGUMENTS_INPUTS,
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(FORMAT) | OPTION_BIT(MAX_REJECTS) |
               OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) | OPTION_BIT(SKIP_BAD) | OPTION_BIT(CSV_CRLF) |
               OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT),
    .run = run,
};
