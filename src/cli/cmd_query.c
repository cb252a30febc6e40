/* SPDX-License-Identifier: Apache-2.0 */
/* Questions asked by hand, in the language of the rules. */
#include "cli/ask.h"
#include "cli/asked_fields.h"
#include "cli/commands.h"
#include "cli/operation.h"
#include "cli/setup.h"
#include "lang/query.h"
#include "query/query.h"
#include "run/run.h"

static enum measure_kind
measure_of(int option)
{
    switch (option) {
#define MEASURE(id, name, help) \
    case OPTION_MEASURE_##id:   \
        return MEASURE_##id;
#include "query/measures.def"
#undef MEASURE
    default:
        return MEASURE_KINDS_;
    }
}

/* Lines as they were, unless somebody asks for columns. */
static bool
is_raw(const struct options *o)
{
    const bool formatted = (o->given & OPTION_BIT(FORMAT)) != 0;
    return o->raw || (!formatted && o->select.n == 0 && o->by.n == 0 && o->measures.n == 0);
}

static struct query *
read_words(const struct options *o, struct fields *fields, struct diags *d)
{
    VEC(struct measure_word) measures = VEC_INIT;
    for (size_t i = 0; i < o->measures.n; i++)
        vec_push(&measures, (struct measure_word){ measure_of(o->measures.v[i].id), o->measures.v[i].text });
    const struct query_words w = {
        .select = (const char *const *)o->select.v,
        .n_select = o->select.n,
        .by = (const char *const *)o->by.v,
        .n_by = o->by.n,
        .measure = measures.v,
        .n_measures = measures.n,
        .sort = (const char *const *)o->sort.v,
        .n_sort = o->sort.n,
        .having = (const char *const *)o->having.v,
        .n_having = o->having.n,
        .limit = o->limit,
        .top = o->top,
        .raw = is_raw(o),
    };
    struct query *q = query_new(&w, fields, d);
    vec_fini(&measures);
    return q;
}

static enum err
read_where(const struct options *o, struct setup *s, struct diags *d)
{
    const struct query_text text = {
        .where = (const char *const *)o->where.v,
        .n_where = o->where.n,
        .condition = o->condition,
        .lists = (const char *const *)o->lists.v,
        .n_lists = o->lists.n,
    };
    return query_compile(&text, s->fields, &s->program, d);
}

/* ---- explain ---- */

static void
print_fields(const struct fields *fields, const char *what, size_t from, size_t to)
{
    fputs(what, stdout);
    for (size_t f = from; f < to; f++)
        printf(" %.*s%s", SV_ARG(fields_name(fields, (field_id)f)),
               fields_is_derived(fields, (field_id)f) ? " (derived)" : "");
    putchar('\n');
}

/* Fields below n_asked are those that the question names; the others are what these need. */
static void
explain(const struct setup *s, const struct query *q, const struct narrowed *left, size_t n_asked)
{
    const struct inputs *in = left->in;
    uint64_t bytes = 0;
    for (size_t i = 0; i < inputs_count(in); i++)
        bytes += inputs_file(in, i)->size;
    printf("input: %zu files, %llu bytes\n", inputs_count(in), (unsigned long long)bytes);
    if (left->by_name + left->by_index != 0)
        printf("of %zu: %zu are left out by the dates in their names, %zu by their indexes\n", left->n_all,
               left->by_name, left->by_index);
    print_fields(s->fields, "fields asked for:", 1, n_asked);
    print_fields(s->fields, "read for them, and for an event's time:", n_asked, fields_count(s->fields));
    fputs("the rest of a record is skipped unread\n", stdout);
    query_explain(q, stdout);
    putchar('\n');
    program_dump(s->program, SV_NONE, stdout);
}

/* ---- run ---- */

/* Said before the work, which may be long; an answer to a question that was not meant helps nobody. */
static bool
are_fields_good(const struct setup *s, const struct query *q, const struct plan *plan, const struct inputs *in,
                struct diags *d)
{
    const size_t errors = diags_errors(d);
    asked_fields_check(s, q, plan, in, d);
    diags_sort(d);
    return diags_errors(d) == errors;
}

static enum err
ask(struct setup *s, const struct options *o, const struct query *q, const struct inputs *in, struct diags *d)
{
    const struct run_options ro = setup_run_options(s, o);
    const struct query_output out = ask_output(o, q->raw, &ro);
    struct narrowed left = { .in = NULL };
    struct health_totals totals;
    enum err status = ERR_CONFIG;

    const size_t n_asked = fields_count(s->fields);
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan != NULL && !are_fields_good(s, q, plan, in, d))
        status = ERR_USAGE;
    else if (plan != NULL)
        status = narrow(s, o, in, &left, d);
    if (left.in != NULL && o->explain)
        explain(s, q, &left, n_asked);
    else if (left.in != NULL) {
        operation_confine_question(o, left.in);
        status = ask_told(o, &left, &totals, query_run(q, plan, left.in, &out, &totals, d), d);
    }
    inputs_free(left.in);
    plan_free(plan);
    return status;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct setup s;
    struct inputs *in = NULL;

    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to search: give files, folders, or - for standard input");
        return ERR_USAGE;
    }
    enum err status = inputs_new((const char *const *)o->arguments.v, o->arguments.n, &in, d);
    enum err ready = setup_init_bare(&s, o, d);
    if (ready == ERR_OK)
        ready = read_where(o, &s, d);
    struct query *q = read_words(o, s.fields, d);
    if (status == ERR_OK)
        status = ready != ERR_OK ? ready : q == NULL ? ERR_USAGE : ERR_OK;
    if (status == ERR_OK)
        status = ask(&s, o, q, in, d);
    query_free(q);
    inputs_free(in);
    setup_fini(&s);
    return status;
}

#define MEASURES                                                                                                       \
    (OPTION_BIT(MEASURE_COUNT) | OPTION_BIT(MEASURE_DISTINCT) | OPTION_BIT(MEASURE_APPROX) | OPTION_BIT(MEASURE_SUM) | \
     OPTION_BIT(MEASURE_MIN) | OPTION_BIT(MEASURE_MAX) | OPTION_BIT(MEASURE_AVG) | OPTION_BIT(MEASURE_MEDIAN) |        \
     OPTION_BIT(MEASURE_P90) | OPTION_BIT(MEASURE_P99) | OPTION_BIT(MEASURE_FIRST) | OPTION_BIT(MEASURE_LAST))

const struct command command_query = {
    .name = "query",
    .usage = "[options] INPUT...",
    .help = "Answer a question about logs",
    .details = "Without --select, --by and measures: the matching lines as they were. The manual has twenty\n"
               "questions. Measures of groups: --count, --distinct F, --distinct~ F (an estimate), --sum F, --min F,\n"
               "--max F, --avg F, --median F, --p90 F, --p99 F, --first F, --last F.",
    .arguments = ARGUMENTS_INPUTS,
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(FORMAT) | OPTION_BIT(JOBS) | OPTION_BIT(SINCE) |
               OPTION_BIT(UNTIL) | OPTION_BIT(MAX_REJECTS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) |
               OPTION_BIT(GEOIP) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) |
               OPTION_BIT(MEMORY) | OPTION_BIT(TMPDIR) | OPTION_BIT(WHERE) | OPTION_BIT(CONDITION) |
               OPTION_BIT(SELECT) | OPTION_BIT(BY) | MEASURES | OPTION_BIT(HAVING) | OPTION_BIT(SORT) |
               OPTION_BIT(TOP) | OPTION_BIT(LIMIT) | OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(EXPLAIN) |
               OPTION_BIT(SANDBOX),
    .minor = MEASURES | OPTION_BIT(RULES) | OPTION_BIT(JOBS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) |
             OPTION_BIT(GEOIP) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) |
             OPTION_BIT(TMPDIR) | OPTION_BIT(SANDBOX) | OPTION_BIT(CONFIG) | OPTION_BIT(PROFILE),
    .run = run,
};
