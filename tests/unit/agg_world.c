/* SPDX-License-Identifier: Apache-2.0 */
/* The world of src/agg's tests. */
#include <stdlib.h>
#include <string.h>

#include "agg/episode.h"
#include "agg/inventory.h"
#include "agg/spill.h"
#include "agg_tests.h"
#include "base/codec.h"
#include "base/timestamp.h"

static bool
next_word(struct sv *rest, struct sv *word)
{
    while (sv_split(rest, ' ', word))
        if (word->n != 0)
            return true;
    return false;
}

void
world_init(struct world *w)
{
    static const char *const files[] = { "c", "a", "b" };
    memset(w, 0, sizeof *w);
    w->fields = fields_new();
    w->program = program_new(w->fields);
    w->program->uid = fields_add(w->fields, SV("uid"));
    fields_add(w->fields, SV("v"));
    arena_init(&w->scratch);
    origins_init(&w->origins, 3);
    for (size_t i = 0; i < 3; i++)
        w->origins.v[i] = (struct origin){ SV("s"), sv_of(files[i]) };
    origins_rank(&w->origins);
    w->plan = (struct agg_plan){ .program = w->program, .origins = &w->origins, .blast_radius = 2 };
    w->diags = diags_new();
    results_init(&w->results);
}

void
world_fini(struct world *w)
{
    for (size_t i = 0; i < w->n_locals; i++)
        agg_local_free(w->local[i]);
    if (w->event.v != NULL)
        event_fini(&w->event);
    spill_free(w->plan.spill);
    agg_plan_fini(&w->plan);
    results_fini(&w->results);
    diags_free(w->diags);
    arena_fini(&w->scratch);
    origins_fini(&w->origins);
    program_free(w->program);
    fields_free(w->fields);
}

static struct rule_meta
meta_of(struct world *w, const char *id)
{
    const struct sv name = arena_sv(&w->program->arena, sv_of(id));
    return (struct rule_meta){ .id = name,
                               .name = name,
                               .title = arena_printf(&w->program->arena, "title of %s", id),
                               .level = LEVEL_HIGH,
                               .risk = 50,
                               .entity_id = FIELD_NONE,
                               .entity_name = FIELD_NONE };
}

uint32_t
world_rule(struct world *w, const char *id)
{
    vec_push(&w->program->rules, (struct rule){ .meta = meta_of(w, id) });
    return (uint32_t)w->program->rules.n - 1;
}

static void
set_facts(struct world *w, struct correlation *c)
{
    static const char *const names[FACT_ENTITY] = { "actor.user.uid",  "oauth.app_uid",
                                                    "oauth.app_name",  "actor.session.uid",
                                                    "src_endpoint.ip", "src_endpoint.location.country" };
    c->n_facts = FACT_EVIDENCE;
    c->facts = ARENA_ARRAY(&w->program->arena, field_id, FACT_EVIDENCE + 8);
    for (size_t i = 0; i < FACT_ENTITY; i++)
        c->facts[i] = fields_add(w->fields, sv_of(names[i]));
    c->facts[FACT_ENTITY] = c->meta.entity_id;
    c->facts[FACT_ENTITY_NAME] = c->meta.entity_name;
}

static void
set_group(struct world *w, struct correlation *c, const char *group)
{
    struct sv rest = sv_of(group);
    struct sv name;
    c->group_names = ARENA_ARRAY(&w->program->arena, struct sv, 4);
    field_id fields[4];
    while (next_word(&rest, &name)) {
        c->group_names[c->n_group] = arena_sv(&w->program->arena, name);
        fields[c->n_group++] = fields_add(w->fields, name);
    }
    c->group_fields = ARENA_ARRAY(&w->program->arena, field_id, c->n_group * c->n_inputs);
    for (size_t i = 0; i < c->n_group * c->n_inputs; i++)
        c->group_fields[i] = fields[i % c->n_group];
}

static struct corr_input
find_input(const struct world *w, struct sv word)
{
    const bool is_corr = word.p[0] == '@';
    const struct sv name = is_corr ? sv_from(word, 1) : word;
    const size_t n = is_corr ? w->program->corrs.n : w->program->rules.n;
    for (uint32_t i = 0; i < n; i++)
        if (sv_eq(is_corr ? w->program->corrs.v[i].meta.id : w->program->rules.v[i].meta.id, name))
            return (struct corr_input){ is_corr, i, name };
    abort();
}

struct correlation *
world_corr(struct world *w, const char *id, const struct corr_type *type, const char *inputs, const char *group)
{
    struct correlation c = { .meta = meta_of(w, id), .type = type, .reported = true, .timespan = DAY };
    struct sv rest = sv_of(inputs);
    struct sv word;
    c.inputs = ARENA_ARRAY(&w->program->arena, struct corr_input, 8);
    while (next_word(&rest, &word))
        c.inputs[c.n_inputs++] = find_input(w, word);
    c.threshold = SV("gte 1");
    set_group(w, &c, group);
    set_facts(w, &c);
    vec_push(&w->program->corrs, c);
    return &w->program->corrs.v[w->program->corrs.n - 1];
}

struct correlation *
world_single(struct world *w, uint32_t rule, const char *entity)
{
    char id[64];
    const struct sv name = w->program->rules.v[rule].meta.id;
    memcpy(id, name.p, name.n + 1);
    struct correlation *c = world_corr(w, id, &corr_single, id, entity);
    c->single = true;
    c->closed = true;
    c->threshold = SV_NONE;
    if (c->n_group != 0)
        c->meta.entity_id = c->facts[FACT_ENTITY] = c->group_fields[0];
    return c;
}

void
world_evidence(struct world *w, struct correlation *c, const char *fields)
{
    struct sv rest = sv_of(fields);
    struct sv name;
    while (next_word(&rest, &name))
        c->facts[c->n_facts++] = fields_add(w->fields, name);
}

void
world_spill(struct world *w, uint64_t records)
{
    /* The larger limit has bundles written in rounds. */
    w->plan.spill = spill_new(records % 2 == 0 ? SPILL_MEMORY_LEAST : UINT64_C(1) << 30, ".", 1);
    spill_force(w->plan.spill, records);
}

void
world_start(struct world *w, size_t n_locals)
{
    program_freeze(w->program);
    event_init(&w->event, fields_count(w->fields), &w->scratch, NULL);
    w->n_locals = n_locals;
    for (size_t i = 0; i < n_locals; i++)
        w->local[i] = agg_local_new(&w->plan);
}

static void
set_value(struct world *w, struct sv name, struct sv value)
{
    const field_id field = fields_find(w->fields, name);
    struct sv text[16];
    size_t n = 0;
    ck_assert_msg(field != FIELD_NONE, "nobody reads '%.*s'", SV_ARG(name));
    if (sv_find_char(value, ',', 0) == value.n) {
        event_set_text(&w->event, field, value);
        return;
    }
    struct sv piece;
    while (sv_split(&value, ',', &piece))
        if (piece.n != 0)
            text[n++] = piece;
    event_set_texts(&w->event, field, text, n);
}

void
world_event(struct world *w, size_t l, int64_t time, uint32_t file, uint64_t line, const char *values,
            const char *rules)
{
    struct sv rest = sv_of(values);
    struct sv word;
    arena_reset(&w->scratch);
    event_reset(&w->event);
    w->event.time = time;
    w->event.at = (struct place){ file, line };
    while (next_word(&rest, &word)) {
        const size_t eq = sv_find_char(word, '=', 0);
        set_value(w, sv_make(word.p, eq), sv_from(word, eq + 1));
    }
    agg_event(w->local[l], &w->event);
    rest = sv_of(rules);
    while (next_word(&rest, &word))
        agg_hits(w->local[l], &(uint32_t){ find_input(w, word).index }, 1, &w->event);
}

/* ---- results as text ---- */

static void
render_finding(struct buf *b, const struct finding *f)
{
    buf_printf(b, "%.*s level=%d risk=%g id=%016llx", SV_ARG(f->rule_id), f->level, f->risk, (unsigned long long)f->id);
    buf_printf(b, " [%lld %lld %lld] n=%llu %.*s=%g peak=%g", (long long)f->first_seen, (long long)f->fired_at,
               (long long)f->last_seen, (unsigned long long)f->event_count, SV_ARG(f->metric), f->value, f->peak);
    buf_puts(b, " group{");
    for (size_t i = 0; i < f->n_group; i++)
        buf_printf(b, "%s%.*s=%.*s", i != 0 ? " " : "", SV_ARG(f->group[i].name), SV_ARG(f->group[i].text));
    buf_printf(b, "} entity=%.*s account=%.*s app=%.*s session=%.*s", SV_ARG(f->entity_id), SV_ARG(f->account_id),
               SV_ARG(f->app_id), SV_ARG(f->session_id));
    buf_puts(b, " evidence{");
    for (size_t i = 0; i < f->n_evidence; i++)
        buf_printf(b, "%s%.*s=%.*s", i != 0 ? "; " : "", SV_ARG(f->evidence[i].name), SV_ARG(f->evidence[i].text));
    buf_puts(b, "} samples{");
    for (size_t i = 0; i < f->n_samples; i++)
        buf_printf(b, "%s%.*s", i != 0 ? " " : "", SV_ARG(f->samples[i]));
    buf_puts(b, "} targets{");
    for (size_t i = 0; i < f->n_targets; i++)
        buf_printf(b, "%s%.*s/%.*s/%.*s", i != 0 ? " " : "", SV_ARG(f->targets[i].account), SV_ARG(f->targets[i].app),
                   SV_ARG(f->targets[i].session));
    buf_printf(b, "}%s\n", f->audit ? " audit" : "");
}

static void
render_rule(struct buf *b, const struct rule_row *r)
{
    buf_printf(b, "%.*s %.*s hits=%llu dup=%llu findings=%llu entities=%llu", SV_ARG(r->rule_id), SV_ARG(r->kind),
               (unsigned long long)r->hits, (unsigned long long)r->duplicate_hits, (unsigned long long)r->findings,
               (unsigned long long)r->entities);
    buf_printf(b, " no_group=%llu no_value=%llu no_time=%llu limit=%llu%s%.*s\n", (unsigned long long)r->skipped_group,
               (unsigned long long)r->skipped_value, (unsigned long long)r->skipped_time,
               (unsigned long long)r->regex_limit, r->skipped_reason.n != 0 ? " skipped: " : "",
               SV_ARG(r->skipped_reason));
}

static void
render_inventories(struct buf *b, const struct results *r)
{
    for (size_t i = 0; i < r->apps.n; i++) {
        const struct app_row *a = &r->apps.v[i];
        buf_printf(b,
                   "app %.*s '%.*s' %.*s %.*s granted[%.*s] used[%.*s] unused[%.*s] minimal[%.*s] view[%.*s] do[%.*s]",
                   SV_ARG(a->app_id), SV_ARG(a->app_name), SV_ARG(a->protocol), SV_ARG(a->level), SV_ARG(a->granted),
                   SV_ARG(a->used), SV_ARG(a->unused), SV_ARG(a->minimal), SV_ARG(a->can_view), SV_ARG(a->can_do));
        buf_printf(b, " accounts=%llu grants=%llu revocations=%llu uses=%llu [%lld %lld] findings=%llu risk=%g\n",
                   (unsigned long long)a->accounts, (unsigned long long)a->grants, (unsigned long long)a->revocations,
                   (unsigned long long)a->uses, (long long)a->first_seen, (long long)a->last_seen,
                   (unsigned long long)a->findings, a->risk);
    }
    for (size_t i = 0; i < r->sessions.n; i++) {
        const struct session_row *s = &r->sessions.v[i];
        buf_printf(b, "session %.*s/%.*s %.*s %.*s %.*s %.*s %.*s", SV_ARG(s->account_id), SV_ARG(s->session_id),
                   SV_ARG(s->country), SV_ARG(s->city), SV_ARG(s->ip), SV_ARG(s->device), SV_ARG(s->user_agent));
        buf_printf(b, " login=%lld [%lld %lld] ended=%lld events=%llu findings=%llu do[%.*s]\n", (long long)s->login,
                   (long long)s->first_seen, (long long)s->last_seen, (long long)s->ended,
                   (unsigned long long)s->events, (unsigned long long)s->findings, SV_ARG(s->action));
    }
}

struct sv
world_finish(struct world *w, unsigned n_threads)
{
    struct results *r = &w->results;
    struct buf b = BUF_INIT;
    ck_assert(agg_finish(&w->plan, w->local, w->n_locals, n_threads, r, w->diags) == ERR_OK);
    for (size_t i = 0; i < r->findings.n; i++)
        render_finding(&b, &r->findings.v[i]);
    for (size_t i = 0; i < r->rules.n; i++)
        render_rule(&b, &r->rules.v[i]);
    for (size_t i = 0; i < r->hits.n; i++)
        buf_printf(&b, "hit %.*s %.*s:%llu\n", SV_ARG(r->hits.v[i].rule_id), SV_ARG(r->hits.v[i].file),
                   (unsigned long long)r->hits.v[i].line);
    render_inventories(&b, r);
    const struct sv text = arena_sv(&r->arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

struct sv
world_inventories(struct world *w, unsigned n_threads)
{
    struct buf b = BUF_INIT;
    ck_assert(inventory_collect(&w->plan, w->local, w->n_locals, n_threads, &w->results, w->diags) == ERR_OK);
    render_inventories(&b, &w->results);
    const struct sv text = arena_sv(&w->results.arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

/* ---- types ---- */

static bool
record_v(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    struct sv text;
    (void)c;
    (void)pos;
    field_id v = 2; /* world_init: FIELD_ANY, uid, v */
    if (!event_text(ev, v, &text))
        return true;
    if (sv_eq(text, SV("useless")))
        return false;
    if (sv_eq(text, SV("odd")))
        ++*skipped;
    buf_sv(payload, text);
    return true;
}

static void
sweep_group_of_hits(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit h;
    struct buf said = BUF_INIT;
    uint64_t n = 0;
    uint64_t last = UINT64_MAX;
    episode_init(&e, s);
    while (group_next(g, &h)) {
        if (n == 0)
            e.first_seen = h.time;
        e.fired_at = e.last_seen = h.time;
        e.fired = h;
        n += h.event != last;
        last = h.event;
        episode_add(&e, &h);
        buf_printf(&said, "%s%u:%.*s", said.n != 0 ? "," : "", (unsigned)h.pos, SV_ARG(h.payload));
    }
    e.value = e.peak = (double)n;
    episode_say(&e, SV("hits"), buf_view(&said));
    buf_fini(&said);
    if (corr_bounds_hold(c, e.value))
        sweep_fire(s, &e);
}

const struct corr_type fake_group = {
    .name = "fake_group", .help = "", .metric = "hits", .record = record_v, .sweep = sweep_group_of_hits
};

static void
sweep_each(const struct correlation *c, struct group *g, struct sweep *s)
{
    struct episode e;
    struct hit h;
    (void)c;
    episode_init(&e, s);
    while (group_next(g, &h)) {
        e.first_seen = e.fired_at = e.last_seen = h.time;
        e.fired = h;
        e.value = e.peak = 1;
        e.facts_of_fired = true;
        episode_add(&e, &h);
        sweep_fire(s, &e);
    }
}

const struct corr_type fake_each = {
    .name = "fake_each", .help = "", .metric = "each", .record = record_v, .sweep = sweep_each
};
