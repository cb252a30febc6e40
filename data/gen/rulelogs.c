/* SPDX-License-Identifier: Apache-2.0 */
/* authsift-rulelogs: events as the given rules would like to see them, from a seed; what many rules cost is measured on
 * them.
 *
 * Each event is made for one rule, chosen at random: values that satisfy its condition, in most events (--near) all but
 * one of them. Then fields that other rules for the same kind of log name, so that an event looks like one of its
 * product, mostly with noise; and twice as many that no rule knows, as products have them. */
#include <errno.h>
#include <stdlib.h>

#include "base/timestamp.h"
#include "lang/lang.h"
#include "rulevalue.h"

static const char usage[] =
    "usage: authsift-rulelogs [--out FILE] [--seed N] [--events N] [--near PERCENT] RULES...\n"
    "Writes JSON Lines that rules of these files and folders match, or (PERCENT of them, 90 by default) nearly\n"
    "match.\n";

struct choices {
    const char *out;
    uint64_t seed;
    uint64_t events;
    uint64_t near;
};

/* Rules that are about one kind of log, and the fields that they name. */
struct kind {
    struct sv name;
    VEC(field_id) fields;
};

/* Predicates that ask for one field. */
struct pool {
    VEC(pred_id) preds;
};

enum { OWN_GROUPS = 8, OWN_LEAVES = 8, N_OWN = OWN_GROUPS * OWN_LEAVES };

struct maker {
    const struct program *program;
    struct rng rng;
    double near; /* share of events that are spoilt */
    VEC(struct kind) kinds;
    uint32_t *kind_of;  /* by rule */
    struct pool *pools; /* by field */
    field_id message;
    field_id time;
    field_id own[N_OWN]; /* fields that no rule knows */
    struct rule_event event;
};

/* ---- what the rules name ---- */

static uint32_t
find_kind(struct maker *m, const struct logsource *l)
{
    const struct sv name = l->product.n != 0 ? l->product : l->category.n != 0 ? l->category : l->service;
    for (size_t i = 0; i < m->kinds.n; i++)
        if (sv_eq(m->kinds.v[i].name, name))
            return (uint32_t)i;
    vec_push(&m->kinds, (struct kind){ .name = name });
    return (uint32_t)m->kinds.n - 1;
}

static void
add_field(struct maker *m, struct kind *k, field_id f)
{
    for (size_t i = 0; i < k->fields.n; i++)
        if (k->fields.v[i] == f)
            return;
    /* An event's own id makes others its doubles. */
    if (f != m->program->uid && f != m->time)
        vec_push(&k->fields, f);
}

static void
learn(struct maker *m)
{
    const struct program *p = m->program;
    m->kind_of = mem_zalloc(p->rules.n + 1, sizeof *m->kind_of);
    for (size_t i = 0; i < p->rules.n; i++)
        m->kind_of[i] = find_kind(m, &p->rules.v[i].logsource);
    for (size_t i = 0; i < p->named.n; i++) {
        struct kind *k = &m->kinds.v[find_kind(m, &p->named.v[i].logsource)];
        for (size_t n = 0; n < p->named.v[i].n; n++)
            add_field(m, k, p->named.v[i].v[n].field);
    }
    m->pools = mem_zalloc(fields_count(p->fields), sizeof *m->pools);
    for (size_t i = 0; i < p->preds.n; i++)
        vec_push(&m->pools[p->preds.v[i].field].preds, (pred_id)i);
}

/* ---- an event ---- */

static void
satisfy(struct maker *m, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_PRED:
        rule_value_meet(&m->event, &m->program->preds.v[e->leaf], m->message, &m->rng);
        break;
    case EXPR_AND:
        for (size_t i = 0; i < e->n_kids; i++)
            satisfy(m, e->kid[i]);
        break;
    case EXPR_OR:
        satisfy(m, e->kid[rng_below(&m->rng, (uint32_t)e->n_kids)]);
        break;
    case EXPR_NOT: /* mostly satisfied by whatever comes */
    case EXPR_FALSE:
    case EXPR_TRUE:
        break;
    }
}

/* As some rule asks for it, with probability `asked`, or noise. */
static void
fill(struct maker *m, field_id f, double asked)
{
    const struct pool *pool = &m->pools[f];
    if (pool->preds.n == 0 || !rng_chance(&m->rng, asked)) {
        rule_value_noise(&m->event, f, &m->rng);
        return;
    }
    const pred_id p = pool->preds.v[rng_below(&m->rng, (uint32_t)pool->preds.n)];
    rule_value_meet(&m->event, &m->program->preds.v[p], m->message, &m->rng);
}

/* One of the fields gets another value, half of the time one that is nearly right: these are what a search for literals
 * has to look at closely. */
static void
spoil(struct maker *m)
{
    const struct rule_event *ev = &m->event;
    if (ev->order.n == 0 || !rng_chance(&m->rng, m->near))
        return;
    const field_id f = ev->order.v[rng_below(&m->rng, (uint32_t)ev->order.n)];
    if (!rng_chance(&m->rng, 0.5) || !rule_value_blemish(&m->event, f, &m->rng))
        rule_value_noise(&m->event, f, &m->rng);
}

static void
add_product(struct maker *m, uint32_t rule)
{
    const struct kind *k = &m->kinds.v[m->kind_of[rule]];
    for (uint32_t i = 3 + rng_below(&m->rng, 6); i > 0 && k->fields.n != 0; i--) {
        const field_id f = k->fields.v[rng_below(&m->rng, (uint32_t)k->fields.n)];
        if (!rule_event_has(&m->event, f))
            fill(m, f, 0.1);
    }
}

/* Half of the fields that no rule knows; which, depends on what the event is about. */
static void
add_own(struct maker *m, uint32_t rule)
{
    struct rng shape = { rule };
    for (size_t i = 0; i < N_OWN; i++)
        if (rng_chance(&shape, 0.5))
            rule_value_noise(&m->event, m->own[i], &m->rng);
}

static void
make_event(struct maker *m, uint64_t number)
{
    char text[TIME_TEXT_MAX];
    const int64_t start = INT64_C(1793491200000000); /* 2026-11-01 */
    const uint32_t rule = rng_below(&m->rng, (uint32_t)m->program->rules.n);

    rule_event_reset(&m->event);
    satisfy(m, m->program->rules.v[rule].condition);
    spoil(m);
    add_product(m, rule);
    add_own(m, rule);
    const size_t n = time_format(start + (int64_t)number * 700000, text);
    buf_put(&rule_event_put(&m->event, m->time, true)->text, text, n);
}

static bool
make_all(struct maker *m, const struct choices *c, FILE *to)
{
    for (uint64_t i = 0; i < c->events; i++) {
        make_event(m, i);
        rule_event_write(&m->event, to);
    }
    return fflush(to) == 0 && !ferror(to);
}

/* ---- the program ---- */

static void
maker_init(struct maker *m, const struct program *program, struct fields *fields, const struct choices *c)
{
    static const char *const group[OWN_GROUPS] = {
        "schema", "collector", "context.request", "context.session", "principal", "resource", "result.detail", "trace"
    };
    static const char *const leaf[OWN_LEAVES] = {
        "id", "name", "displayName", "version", "region", "sourceAddress", "createdBy", "attributes.value"
    };
    *m = (struct maker){ .program = program, .rng = { c->seed }, .near = (double)c->near / 100 };
    m->message = fields_add(fields, SV("message"));
    m->time = fields_add(fields, SV("time"));
    for (size_t i = 0; i < N_OWN; i++) {
        char name[64];
        const int n = snprintf(name, sizeof name, "%s.%s", group[i / OWN_LEAVES], leaf[i % OWN_LEAVES]);
        m->own[i] = fields_add(fields, sv_make(name, (size_t)n));
    }
    learn(m);
    rule_event_init(&m->event, fields);
}

static void
maker_fini(struct maker *m)
{
    for (size_t i = 0; i < m->kinds.n; i++)
        vec_fini(&m->kinds.v[i].fields);
    for (size_t i = 0; i < m->event.n_fields; i++)
        vec_fini(&m->pools[i].preds);
    vec_fini(&m->kinds);
    mem_free(m->pools);
    mem_free(m->kind_of);
    rule_event_fini(&m->event);
}

static bool
parse_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

/* The index of the first rule file, or 0 if something is wrong. */
static int
parse(int argc, char **argv, struct choices *c)
{
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        const char *value = argv[i + 1];
        bool good = true;
        if (strcmp(argv[i], "--out") == 0)
            c->out = value;
        else if (strcmp(argv[i], "--seed") == 0)
            good = parse_number(value, &c->seed);
        else if (strcmp(argv[i], "--events") == 0)
            good = parse_number(value, &c->events);
        else if (strcmp(argv[i], "--near") == 0)
            good = parse_number(value, &c->near) && c->near <= 100;
        else
            good = false;
        if (!good)
            return 0;
    }
    return i < argc && argv[i][0] != '-' ? i : 0;
}

static bool
write_all(const struct choices *c, const struct program *program, struct fields *fields)
{
    FILE *to = c->out != NULL ? fopen(c->out, "w") : stdout;
    struct maker m;
    bool good = to != NULL;

    if (good) {
        maker_init(&m, program, fields, c);
        good = make_all(&m, c, to);
        maker_fini(&m);
    }
    if (to != NULL && to != stdout)
        good = fclose(to) == 0 && good;
    if (!good)
        fprintf(stderr, "authsift-rulelogs: cannot write %s: %s\n", c->out != NULL ? c->out : "standard output",
                strerror(errno));
    return good;
}

int
main(int argc, char **argv)
{
    struct choices c = { .seed = 7, .events = 1000000, .near = 90 };
    const int first = parse(argc, argv, &c);
    if (first == 0) {
        fputs(usage, stderr);
        return 2;
    }
    const struct lang_options lo = { .rules = (const char *const *)argv + first, .n_rules = (size_t)(argc - first) };
    struct diags *d = diags_new();
    struct fields *fields = fields_new();
    struct program *program = NULL;
    enum err status = lang_load(&lo, fields, &program, NULL, d);
    if (status == ERR_OK && program->rules.n == 0)
        status = ERR_CONFIG;
    diags_print(d, stderr);
    if (status == ERR_OK && !write_all(&c, program, fields))
        status = ERR_OUTPUT;
    program_free(program);
    fields_free(fields);
    diags_free(d);
    return (int)status;
}
