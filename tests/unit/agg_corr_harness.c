/* SPDX-License-Identifier: Apache-2.0 */
/* See agg_corr_harness.h. */
#include "agg_corr_harness.h"

#include <check.h>
#include <stdlib.h>

#include "agg/agg.h"
#include "agg/corr.h"
#include "agg/spill.h"
#include "agg_corr_bench.h"
#include "base/number.h"
#include "base/timestamp.h"

/* Boolean conditions that tests name. */
static struct expr *
expression(struct program *p, struct sv name)
{
    struct expr *a = expr_leaf(p, 0), *b = expr_leaf(p, 1), *pair[2] = { a, b };
    if (sv_eq(name, SV("a-and-b")))
        return expr_join(p, EXPR_AND, pair, 2);
    if (sv_eq(name, SV("a-or-b")))
        return expr_join(p, EXPR_OR, pair, 2);
    ck_assert_msg(sv_eq(name, SV("a-and-not-b")), "no such expression");
    pair[1] = expr_not(p, b);
    return expr_join(p, EXPR_AND, pair, 2);
}

static bool
read_bound(struct bench *b, struct sv key, struct sv value)
{
    static const char *const names[] = {
        [CMP_EQ] = "eq", [CMP_LT] = "lt", [CMP_LTE] = "lte", [CMP_GT] = "gt", [CMP_GTE] = "gte", [CMP_NEQ] = "neq"
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!sv_eq(key, sv_of(names[i])))
            continue;
        struct bound *bound = &b->c.bounds[b->c.n_bounds++];
        bound->compare = (enum compare)i;
        ck_assert(number_parse(value, &bound->value));
        b->c.closed = b->c.closed || !(i == CMP_GT || i == CMP_GTE);
        return true;
    }
    return false;
}

/* The pieces of a list "a,b". */
static struct sv *
split(struct bench *b, struct sv text, size_t *n)
{
    struct sv *v = ARENA_ARRAY(&b->arena, struct sv, text.n + 1), piece;
    *n = 0;
    while (sv_split(&text, ',', &piece))
        v[(*n)++] = piece;
    return v;
}

static field_id *
field_ids(struct bench *b, const struct sv *name, size_t n)
{
    field_id *id = ARENA_ARRAY(&b->arena, field_id, RULES_MAX * (n + 1));
    for (size_t pos = 0; pos < RULES_MAX; pos++)
        for (size_t k = 0; k < n; k++)
            id[pos * n + k] = fields_add(b->fields, name[k]);
    return id;
}

static void
read_weights(struct bench *b, struct corr_arg *arg, struct sv value)
{
    struct sv *pair = split(b, value, &arg->n_weights);
    arg->weight_keys = ARENA_ARRAY(&b->arena, struct sv, arg->n_weights);
    arg->weights = ARENA_ARRAY(&b->arena, double, arg->n_weights);
    for (size_t i = 0; i < arg->n_weights; i++) {
        const size_t colon = sv_find_char(pair[i], ':', 0);
        arg->weight_keys[i] = sv_make(pair[i].p, colon);
        ck_assert(number_parse(sv_from(pair[i], colon + 1), &arg->weights[i]));
    }
}

static void
read_param(struct bench *b, enum param_type type, struct corr_arg *arg, struct sv value)
{
    arg->given = true;
    switch (type) {
    case PARAM_FIELD:
    case PARAM_FIELDS:
        arg->field_names = split(b, value, &arg->n_fields);
        arg->fields = field_ids(b, arg->field_names, arg->n_fields);
        break;
    case PARAM_DURATION:
        ck_assert(duration_parse(value, &arg->duration));
        break;
    case PARAM_NUMBER:
    case PARAM_COUNT:
        ck_assert(number_parse(value, &arg->number));
        break;
    case PARAM_VALUES:
        arg->values = split(b, value, &arg->n_values);
        break;
    case PARAM_WORD:
        arg->word = value;
        break;
    case PARAM_RULE:
        arg->pos = (uint32_t)(value.p[0] - '0');
        break;
    case PARAM_WEIGHTS:
        read_weights(b, arg, value);
        break;
    }
}

/* A number of a test's text. Not ck_assert: that reports every success to the parent process. */
static double
read_number(struct sv text)
{
    double x;
    if (!number_parse(text, &x))
        ck_abort_msg("no number: %.*s", SV_ARG(text));
    return x;
}

/* "10", "10+1", "10-1" */
static int64_t
read_time(struct sv text)
{
    size_t sign = 1;
    while (sign < text.n && text.p[sign] != '+' && text.p[sign] != '-')
        sign++;
    const double seconds = read_number(sv_make(text.p, sign));
    const double offset = sign < text.n ? read_number(sv_from(text, sign + 1)) : 0;
    return (int64_t)(seconds * 1e6) + (int64_t)(sign < text.n && text.p[sign] == '-' ? -offset : offset);
}

static void
read_key(struct bench *b, struct sv key, struct sv value)
{
    if (read_bound(b, key, value))
        return;
    if (sv_eq(key, SV("timespan"))) {
        ck_assert(duration_parse(value, &b->c.timespan));
    } else if (sv_eq(key, SV("group"))) {
        b->c.group_names = split(b, value, &b->c.n_group);
        b->c.group_fields = field_ids(b, b->c.group_names, b->c.n_group);
    } else if (sv_eq(key, SV("rules"))) {
        b->c.n_inputs = (size_t)(value.p[0] - '0');
    } else if (sv_eq(key, SV("expr"))) {
        b->c.expr = expression(b->program, value);
        b->c.closed = sv_eq(value, SV("a-and-not-b"));
    } else if (sv_eq(key, SV("say"))) {
        b->say = true;
    } else if (sv_eq(key, SV("chained"))) {
        b->chained = true;
    } else if (sv_eq(key, SV("now"))) {
        b->now = read_time(value);
    } else {
        size_t i = 0;
        while (i < b->c.type->n_params && !sv_eq(key, sv_of(b->c.type->params[i].name)))
            i++;
        ck_assert_msg(i < b->c.type->n_params, "no key %.*s", SV_ARG(key));
        read_param(b, b->c.type->params[i].type, &b->c.args[i], value);
    }
}

static void
read_keys(struct bench *b, const char *keys)
{
    struct sv rest = sv_of(keys), piece;
    while (rest.n != 0 && sv_split(&rest, ' ', &piece)) {
        const size_t equals = sv_find_char(piece, '=', 0);
        read_key(b, sv_make(piece.p, equals), sv_from(piece, equals + 1));
    }
}

/* What lang/ does once a document is read. */
static void
default_bound(struct correlation *c)
{
    const struct corr_type *t = c->type;
    if (c->n_bounds != 0 || c->expr != NULL || t->condition != CONDITION_OPTIONAL)
        return;
    if (t->default_all)
        c->bounds[c->n_bounds++] = (struct bound){ CMP_GTE, (double)c->n_inputs };
    else if (t->default_bound.compare != CMP_EQ)
        c->bounds[c->n_bounds++] = t->default_bound;
}

void
bench_read(struct bench *b, const char *type, const char *keys)
{
    b->c = (struct correlation){ .n_inputs = 0 };
    b->c.single = strcmp(type, corr_single.name) == 0;
    b->c.type = b->c.single ? &corr_single : corr_find(sv_of(type));
    ck_assert_msg(b->c.type != NULL, "no type %s", type);
    b->c.args = ARENA_ARRAY(&b->arena, struct corr_arg, b->c.type->n_params + 1);
    b->c.n_inputs = 1;
    b->c.timespan = b->c.type->default_timespan;
    read_keys(b, keys);
    default_bound(&b->c);
    b->c.inputs = ARENA_ARRAY(&b->arena, struct corr_input, RULES_MAX);
    for (uint32_t i = 0; i < RULES_MAX; i++)
        b->c.inputs[i] = (struct corr_input){ .is_corr = b->chained, .index = i, .name = SV("rule") };
    if (b->c.type->prepare != NULL)
        b->c.type->prepare(&b->c, b->fields, &b->arena, b->d);
    for (uint32_t i = 0; i < RULES_MAX; i++)
        b->c.inputs[i].is_corr = false;
}

void
bench_open(struct bench *b, const char *type, const char *keys)
{
    memset(b, 0, sizeof *b);
    b->fields = fields_new();
    b->program = program_new(b->fields);
    b->d = diags_new();
    b->now = TIME_NONE;
    bench_read(b, type, keys);
}

void
bench_close(struct bench *b)
{
    origins_fini(&b->origins);
    program_free(b->program);
    fields_free(b->fields);
    diags_free(b->d);
    arena_fini(&b->arena);
}

static struct rule_meta
meta_of(struct sv id)
{
    return (struct rule_meta){
        .id = id, .title = id, .level = LEVEL_HIGH, .entity_id = FIELD_NONE, .entity_name = FIELD_NONE
    };
}

void
bench_rules(struct bench *b, size_t n)
{
    for (size_t i = b->program->rules.n; i < n; i++) {
        const struct rule_meta meta = meta_of(arena_printf(&b->arena, "rule %zu", i));
        vec_push(&b->program->rules, (struct rule){ .meta = meta, .condition = expr_const(b->program, true) });
    }
}

void
bench_add(struct bench *b, const char *id)
{
    b->c.meta = meta_of(sv_of(id));
    b->c.reported = true;
    b->c.n_facts = FACT_EVIDENCE;
    b->c.facts = ARENA_ARRAY(&b->arena, field_id, b->c.n_facts);
    for (size_t i = 0; i < b->c.n_facts; i++)
        b->c.facts[i] = FIELD_NONE;
    vec_push(&b->program->corrs, b->c);
}

static void
freeze(struct bench *b)
{
    bench_rules(b, b->c.n_inputs);
    bench_add(b, "correlation");
    program_freeze(b->program);
    origins_init(&b->origins, 1);
    b->origins.v[0] = (struct origin){ SV("canonical"), SV("events.jsonl") };
    origins_rank(&b->origins);
}

/* Sets one field; numbers and texts mean the same to the types. */
static void
set_field(struct event *ev, struct fields *fields, struct sv name, struct sv value)
{
    const field_id id = fields_find(fields, name);
    if (id == FIELD_NONE)
        return;
    if (value.n < 2 || value.p[0] != '[') {
        event_set_text(ev, id, value);
        return;
    }
    struct sv list = sv_make(value.p + 1, value.n - 2), piece, *v = ARENA_ARRAY(ev->scratch, struct sv, list.n + 1);
    size_t n = 0;
    while (sv_split(&list, ',', &piece))
        v[n++] = piece;
    event_set_texts(ev, id, v, n);
}

int64_t
bench_time(struct sv line)
{
    struct sv time;
    sv_split(&line, ' ', &time);
    return read_time(time);
}

void
bench_play_line(struct bench *b, struct agg_local *local, struct event *ev, struct place at, struct sv line)
{
    struct sv time, rules, field;
    arena_reset(ev->scratch);
    event_reset(ev);
    sv_split(&line, ' ', &time);
    sv_split(&line, ' ', &rules);
    ev->time = read_time(time);
    ev->at = at;
    while (line.p != NULL && sv_split(&line, ' ', &field)) {
        const size_t equals = sv_find_char(field, '=', 0);
        set_field(ev, b->fields, sv_make(field.p, equals), sv_from(field, equals + 1));
    }
    agg_event(local, ev);
    for (size_t i = 0; i < rules.n; i++)
        agg_hits(local, &(uint32_t){ (uint32_t)(rules.p[i] - '0') }, 1, ev);
}

static void
play(struct bench *b, struct agg_local *local, const char *hits)
{
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct sv rest = sv_of(hits), line;
    event_init(&ev, fields_count(b->fields), &scratch, NULL);
    for (uint64_t number = 1; sv_split(&rest, '\n', &line); number++)
        if (line.n != 0)
            bench_play_line(b, local, &ev, (struct place){ 0, number }, line);
    if (b->now != TIME_NONE) {
        event_reset(&ev);
        ev.time = b->now;
        agg_event(local, &ev);
    }
    event_fini(&ev);
    arena_fini(&scratch);
}

static int
by_time(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (x->fired_at != y->fired_at)
        return x->fired_at < y->fired_at ? -1 : 1;
    return sv_cmp(x->group_key, y->group_key);
}

/* Like read_time's text: to the nearest second, and microseconds from it. */
static void
print_time(struct buf *out, int64_t us)
{
    const int64_t near = (us + (us < 0 ? -SECOND : SECOND) / 2) / SECOND;
    buf_printf(out, "%lld", (long long)near);
    if (us != near * SECOND)
        buf_printf(out, "%+lld", (long long)(us - near * SECOND));
}

void
bench_print(const struct bench *b, struct buf *out, const struct finding *f)
{
    char value[NUMBER_TEXT_MAX], peak[NUMBER_TEXT_MAX];
    number_format(f->value, value);
    number_format(f->peak, peak);
    print_time(out, f->first_seen);
    buf_puts(out, "..");
    print_time(out, f->last_seen);
    buf_puts(out, " @");
    print_time(out, f->fired_at);
    buf_printf(out, " n=%llu value=%s peak=%s", (unsigned long long)f->event_count, value, peak);
    for (size_t i = 0; i < f->n_group; i++)
        buf_printf(out, " %.*s=%.*s", SV_ARG(f->group[i].name), SV_ARG(f->group[i].text));
    if (f->level != LEVEL_HIGH)
        buf_puts(out, " low");
    for (size_t i = 0; b->say && i < f->n_evidence; i++)
        buf_printf(out, "%s%.*s=%.*s", i == 0 ? " {" : "; ", SV_ARG(f->evidence[i].name), SV_ARG(f->evidence[i].text));
    buf_puts(out, b->say && f->n_evidence != 0 ? "}\n" : "\n");
}

static bool
record_nothing(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    (void)c;
    (void)pos;
    (void)ev;
    (void)payload;
    (void)skipped;
    return true;
}

static void
sweep_nothing(const struct correlation *c, struct group *g, struct sweep *s)
{
    (void)c;
    (void)g;
    (void)s;
}

/* Another correlation over the same rules and groups, so that hits are bundled (cluster.h); it finds nothing. */
static void
add_neighbour(struct bench *b)
{
    static const struct corr_type silent = { .name = "silent", .record = record_nothing, .sweep = sweep_nothing };
    const struct corr_type *type = b->c.type;
    b->c.type = &silent;
    bench_add(b, "neighbour");
    b->c.type = type;
}

/* With `spill`, stores spill at each so many records, and groups of more are swept from disk. */
static void
run(struct bench *b, const struct corr_case *c, uint64_t spill, bool is_bundled, struct results *r)
{
    bench_open(b, c->type, c->keys);
    ck_assert_msg(diags_errors(b->d) == 0, "%s: prepare reports errors", c->name);
    if (is_bundled)
        add_neighbour(b);
    freeze(b);
    struct agg_plan plan = { .program = b->program, .origins = &b->origins, .blast_radius = 100 };
    if (spill != 0) {
        plan.spill = spill_new(SPILL_MEMORY_LEAST, ".", 1);
        spill_force(plan.spill, spill);
    }
    struct agg_local *local = agg_local_new(&plan);
    play(b, local, c->hits);
    results_init(r);
    ck_assert_int_eq(agg_finish(&plan, &local, 1, 1, r, b->d), ERR_OK);
    agg_local_free(local);
    spill_free(plan.spill);
}

static void
print_findings(struct buf *to, const struct corr_case *c, uint64_t spill, bool is_bundled)
{
    struct bench b;
    struct results r;
    run(&b, c, spill, is_bundled, &r);
    if (r.findings.n != 0)
        qsort(r.findings.v, r.findings.n, sizeof *r.findings.v, by_time);
    for (size_t i = 0; i < r.findings.n; i++)
        bench_print(&b, to, &r.findings.v[i]);
    results_fini(&r);
    bench_close(&b);
}

static void
check_findings(const struct corr_case *c, uint64_t spill, bool is_bundled)
{
    struct buf got = BUF_INIT;
    print_findings(&got, c, spill, is_bundled);
    ck_assert_msg(strcmp(buf_cstr(&got), c->findings) == 0, "%s%s\n--- expected\n%s--- got\n%s", c->name,
                  spill != 0 ? ", spilled" : is_bundled ? ", bundled" : "", c->findings, buf_cstr(&got));
    buf_fini(&got);
}

void
corr_check(const struct corr_case *c)
{
    check_findings(c, 0, false);
    check_findings(c, 0, true);
    /* A run of a few records for each of many hits would only be slow. */
    if (strlen(c->hits) > 1 << 16) {
        check_findings(c, 60000, false);
        return;
    }
    check_findings(c, 1, false);
    check_findings(c, 3, true);
}

size_t
corr_check_spilled(const char *type, const char *keys, const char *hits)
{
    static const uint64_t spills[] = { 1, 3, 20 };
    struct corr_case c = { type, type, keys, hits, NULL };
    struct buf memory = BUF_INIT;
    size_t n = 0;
    print_findings(&memory, &c, 0, false);
    c.findings = buf_cstr(&memory);
    for (size_t i = 0; i < sizeof spills / sizeof spills[0]; i++)
        check_findings(&c, spills[i], false);
    check_findings(&c, 0, true);
    check_findings(&c, 20, true);
    for (const char *p = c.findings; *p != '\0'; p++)
        n += *p == '\n';
    buf_fini(&memory);
    return n;
}

size_t
corr_prepare_errors(const char *type, const char *keys)
{
    struct bench b;
    bench_open(&b, type, keys);
    const size_t n = diags_errors(b.d);
    bench_close(&b);
    return n;
}

size_t
corr_skipped(const struct corr_case *c)
{
    struct bench b;
    struct results r;
    size_t n = 0;
    run(&b, c, 0, false, &r);
    for (size_t i = 0; i < r.rules.n; i++)
        n += r.rules.v[i].skipped_value;
    results_fini(&r);
    bench_close(&b);
    return n;
}
