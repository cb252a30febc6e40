/* SPDX-License-Identifier: Apache-2.0 */
/* From the words of the command line to a struct query. Every mistake is named, not only the first. */
#include "query/query.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "ir/program.h"

/* More columns than anybody reads; what is kept by number has room for them. */
#define COLUMNS_MOST 60u

struct builder {
    struct query *q;
    struct fields *fields;
    struct diags *d;
    VEC(struct asked) asked;
    VEC(struct measure) measures;
};

/* ---- columns ---- */

static void
add_asked(struct builder *b, const char *option, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sv rest = sv_of(word[i]);
        struct sv one;
        struct asked a;
        while (sv_split(&rest, ',', &one))
            if (asked_parse(one, option, b->fields, &a, b->d))
                vec_push(&b->asked, a);
    }
}

static void
add_measure(struct builder *b, enum measure_kind kind, struct sv field)
{
    struct measure m = { .kind = kind };
    const char *name = measure_names[kind];
    if (kind == MEASURE_COUNT) {
        m.title = sv_of(name);
    } else {
        char option[32];
        snprintf(option, sizeof option, "--%s", name);
        if (!asked_parse(field, option, b->fields, &m.of, b->d))
            return;
        m.title = arena_printf(&b->q->arena, "%s(%.*s)", name, SV_ARG(m.of.title));
    }
    vec_push(&b->measures, m);
}

static void
add_measures(struct builder *b, const struct measure_word *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sv rest = word[i].field != NULL ? sv_of(word[i].field) : SV("");
        struct sv one;
        while (sv_split(&rest, ',', &one))
            add_measure(b, word[i].kind, one);
    }
}

static enum column_type
measure_type(enum measure_kind kind)
{
    switch (kind) {
    case MEASURE_COUNT:
    case MEASURE_DISTINCT:
    case MEASURE_APPROX:
        return COLUMN_COUNT;
    case MEASURE_SUM:
    case MEASURE_AVG:
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
        return COLUMN_NUMBER;
    default:
        return COLUMN_ANY;
    }
}

static const char *
keep(struct query *q, struct sv text)
{
    return arena_sv(&q->arena, text).p;
}

static void
lay_out(struct builder *b)
{
    struct query *q = b->q;
    q->n_asked = b->asked.n;
    q->n_measures = b->measures.n;
    q->n_columns = q->n_asked + q->n_measures;
    q->asked = ARENA_ARRAY(&q->arena, struct asked, q->n_asked + 1);
    q->measure = ARENA_ARRAY(&q->arena, struct measure, q->n_measures + 1);
    q->column = ARENA_ARRAY(&q->arena, struct column, q->n_columns + 1);
    for (size_t i = 0; i < q->n_asked; i++) {
        q->asked[i] = b->asked.v[i];
        q->column[i] = (struct column){ keep(q, q->asked[i].title), COLUMN_ANY, "" };
    }
    for (size_t i = 0; i < q->n_measures; i++) {
        q->measure[i] = b->measures.v[i];
        q->column[q->n_asked + i] =
            (struct column){ keep(q, q->measure[i].title), measure_type(q->measure[i].kind), "" };
    }
    q->tally_size = measures_lay_out(q->measure, q->n_measures);
    if (q->n_columns > COLUMNS_MOST)
        diag_error(b->d, SPAN_NONE, "%zu columns are more than %u", q->n_columns, COLUMNS_MOST);
}

/* ---- which column ---- */

static struct sv
column_name(const void *ctx, size_t i)
{
    const struct query *q = ctx;
    return sv_of(q->column[i].name);
}

/* A measure may be called by its name alone if there is one of that name. */
static bool
find_column(struct builder *b, const char *option, struct sv name, size_t *column)
{
    const struct query *q = b->q;
    size_t n = 0;
    if (name.n != 0 && name.p[0] == '@')
        name = sv_from(name, 1);
    for (size_t i = 0; i < q->n_columns; i++) {
        if (sv_eq(sv_of(q->column[i].name), name)) {
            *column = i;
            return true;
        }
    }
    for (size_t i = 0; i < q->n_measures; i++) {
        if (!sv_eq(sv_of(measure_names[q->measure[i].kind]), name))
            continue;
        *column = q->n_asked + i;
        n++;
    }
    if (n == 1)
        return true;
    if (n > 1) {
        diag_error(b->d, SPAN_NONE, "%s: there are %zu columns '%.*s'; write it as '%s'", option, n, SV_ARG(name),
                   q->column[*column].name);
        return false;
    }
    const struct sv near = diag_nearest(name, q->n_columns, column_name, q);
    if (near.n != 0) {
        diag_error(b->d, SPAN_NONE, "%s: there is no column '%.*s' (did you mean '%.*s'?)", option, SV_ARG(name),
                   SV_ARG(near));
        return false;
    }
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < q->n_columns; i++)
        buf_printf(&all, "%s%s", i != 0 ? ", " : "", q->column[i].name);
    diag_error(b->d, SPAN_NONE, "%s: there is no column '%.*s'; there are: %s", option, SV_ARG(name), buf_cstr(&all));
    buf_fini(&all);
    return false;
}

static void
add_sort(struct builder *b, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct sv rest = sv_of(word[i]);
        struct sv one;
        while (sv_split(&rest, ',', &one)) {
            struct sort_column s = { .down = one.n != 0 && one.p[0] == '-' };
            if (find_column(b, "--sort", sv_trim(sv_from(one, s.down)), &s.column))
                vec_push(&b->q->sort, s);
        }
    }
}

/* Without a wish: what --top is for, the greatest first; else in the order of the groups. */
static void
complete_sort(struct query *q, bool top)
{
    if (!q->grouped)
        return;
    if (q->sort.n == 0 && top && q->n_measures != 0)
        vec_push(&q->sort, (struct sort_column){ q->n_asked, true });
    for (size_t i = 0; i < q->n_asked; i++)
        vec_push(&q->sort, (struct sort_column){ i, false });
}

/* ---- having ---- */

static bool
split_relation(struct sv text, struct sv *column, enum relation *relation, struct sv *value)
{
    static const struct {
        struct sv text;
        enum relation relation;
    } words[] = { { { ">=", 2 }, REL_GTE }, { { "<=", 2 }, REL_LTE }, { { "!=", 2 }, REL_NEQ }, { { "==", 2 }, REL_EQ },
                  { { ">", 1 }, REL_GT },   { { "<", 1 }, REL_LT },   { { "=", 1 }, REL_EQ } };
    for (size_t i = 0; i < text.n; i++) {
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++) {
            if (!sv_starts(sv_from(text, i), words[k].text))
                continue;
            *column = sv_trim(sv_make(text.p, i));
            *relation = words[k].relation;
            *value = sv_trim(sv_from(text, i + words[k].text.n));
            return column->n != 0;
        }
    }
    return false;
}

static void
add_having(struct builder *b, const char *text)
{
    struct having h;
    struct sv column, value;
    double number;
    int64_t us;
    if (!split_relation(sv_of(text), &column, &h.relation, &value)) {
        diag_error(b->d, SPAN_NONE, "--having: '%s' is no COLUMN >= VALUE (or > < <= = !=)", text);
        return;
    }
    if (!find_column(b, "--having", column, &h.column))
        return;
    if (number_parse(value, &number))
        h.value = (struct datum){ DATUM_NUMBER, value, number };
    else if (time_parse_option(value, time_now(), &us))
        h.value = (struct datum){ DATUM_TIME, value, (double)us };
    else
        h.value = datum_text(value);
    vec_push(&b->q->having, h);
}

/* ---- all of it ---- */

static void
check_words(const struct query_words *w, const struct query *q, struct diags *d)
{
    if (q->grouped && w->n_select != 0)
        diag_error(d, SPAN_NONE,
                   "--select shows events, --by and measures show groups: leave one out (--by names the columns of "
                   "groups, --first and --last take a value of one event)");
    if (w->raw && (q->grouped || w->n_select != 0))
        diag_error(d, SPAN_NONE,
                   "--format raw shows records as they were: it does not go together with --select, --by "
                   "or measures");
    if (!q->grouped && w->n_having != 0)
        diag_error(d, SPAN_NONE, "--having is about groups; for events write --where 'FIELD|gte: VALUE'");
    if (q->raw && w->n_sort != 0)
        diag_error(d, SPAN_NONE, "--sort needs columns: give --select");
    if (!q->grouped && w->n_sort == 0 && w->top != UINT64_MAX)
        diag_error(d, SPAN_NONE, "--top of events needs --sort; --limit takes the first ones");
}

static void
add_default_columns(struct builder *b)
{
    static const char *const columns[] = {
        "time,action,outcome,actor.user.uid,oauth.app_uid,oauth.app_name,src_endpoint.ip,src_endpoint.location.country",
    };
    add_asked(b, "--select", columns, 1);
}

struct query *
query_new(const struct query_words *w, struct fields *fields, struct diags *d)
{
    struct query *q = mem_zalloc(1, sizeof *q);
    struct builder b = { .q = q, .fields = fields, .d = d };
    const size_t errors = diags_errors(d);

    arena_init(&q->arena);
    q->grouped = w->n_by != 0 || w->n_measures != 0;
    q->raw = w->raw;
    q->limit = w->top < w->limit ? w->top : w->limit;
    add_asked(&b, w->n_by != 0 ? "--by" : "--select", w->n_by != 0 ? w->by : w->select,
              w->n_by != 0 ? w->n_by
              : q->grouped ? 0
                           : w->n_select);
    if (!q->grouped && !q->raw && w->n_select == 0)
        add_default_columns(&b);
    add_measures(&b, w->measure, w->n_measures);
    if (q->grouped && w->n_measures == 0)
        add_measure(&b, MEASURE_COUNT, SV_NONE);
    lay_out(&b);
    check_words(w, q, d);
    if (!q->raw)
        add_sort(&b, w->sort, w->n_sort);
    complete_sort(q, w->top != UINT64_MAX);
    for (size_t i = 0; i < w->n_having && q->grouped; i++)
        add_having(&b, w->having[i]);
    vec_fini(&b.asked);
    vec_fini(&b.measures);
    if (diags_errors(d) == errors)
        return q;
    query_free(q);
    return NULL;
}

void
query_free(struct query *q)
{
    if (q == NULL)
        return;
    vec_fini(&q->sort);
    vec_fini(&q->having);
    arena_fini(&q->arena);
    mem_free(q);
}

/* ---- explain ---- */

static void
print_columns(const struct query *q, FILE *to)
{
    for (size_t i = 0; i < q->n_columns; i++)
        fprintf(to, "%s%s", i != 0 ? ", " : "", q->column[i].name);
    putc('\n', to);
}

void
query_explain(const struct query *q, FILE *to)
{
    static const char *const relation[] = { "=", "!=", "<", "<=", ">", ">=" };
    if (q->raw) {
        fputs("answer: the records as they were, in the order of the input\n", to);
    } else {
        fprintf(to, "answer: a row per %s: ", q->grouped ? "group" : "event");
        print_columns(q, to);
        if (!q->grouped && q->sort.n == 0)
            fputs("order: of the input; rows are written as they are found\n", to);
    }
    for (size_t i = 0; i < q->having.n; i++)
        fprintf(to, "having: %s %s %.*s\n", q->column[q->having.v[i].column].name, relation[q->having.v[i].relation],
                SV_ARG(q->having.v[i].value.text));
    for (size_t i = 0; i < q->sort.n; i++)
        fprintf(to, "%s%s%s", i == 0 ? "order: " : ", ", q->column[q->sort.v[i].column].name,
                q->sort.v[i].down ? " down" : "");
    if (q->sort.n != 0)
        putc('\n', to);
    if (q->limit != UINT64_MAX)
        fprintf(to, "rows: at most %llu\n", (unsigned long long)q->limit);
}
