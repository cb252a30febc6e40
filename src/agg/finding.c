/* SPDX-License-Identifier: Apache-2.0 */
/* An episode becomes a row of findings.csv. The row is written into the results' arena under the finish's lock:
 * findings are few compared with hits, and one owner of their strings is worth more than the wait. */
#include "agg/account.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/timestamp.h"

/* The risk that a rule of each level has when it says none. A softened finding has at most that of its level. */
static const double risk_of_level[] = { 5, 21, 47, 73, 99 };

static void
put_time(struct buf *b, int64_t us)
{
    for (unsigned shift = 0; shift < 64; shift += 8)
        buf_putc(b, (char)(unsigned char)((uint64_t)us >> shift));
}

/* A format (it outlives runs): varint length and bytes of the rule id; varint number of key parts; each part's varint
 * length and bytes; first_seen and fired_at as 8 bytes, little-endian; XXH3 64-bit over all. */
uint64_t
finding_hash(struct sv rule_id, size_t n_group, struct sv key, int64_t first_seen, int64_t fired_at,
             struct buf *scratch)
{
    buf_reset(scratch);
    put_bytes(scratch, rule_id);
    put_varint(scratch, n_group);
    buf_sv(scratch, key);
    put_time(scratch, first_seen);
    put_time(scratch, fired_at);
    return hash64(buf_view(scratch));
}

/* ---- pieces of a row ---- */

/* The group's value of a field, whatever rule of the correlation calls it so. */
static struct sv
group_value(const struct sweep *s, field_id field)
{
    const struct correlation *c = s->c;
    if (field == FIELD_NONE)
        return SV_NONE;
    for (size_t i = 0; i < c->n_inputs * c->n_group; i++)
        if (c->group_fields[i] == field && i % c->n_group < s->group.key.n)
            return s->group.key.v[i % c->n_group];
    for (size_t k = 0; k < c->n_group && k < s->group.key.n; k++)
        if (s->f->info[s->corr].group_field[k] == field)
            return s->group.key.v[k];
    return SV_NONE;
}

/* The group knows better than the facts, which hold the first text of a list. */
static struct sv
group_or_fact(struct sweep *s, const struct fired *fired, size_t fact, field_id field, struct arena *to)
{
    const struct sv text = group_value(s, field);
    return arena_sv(to, text.p != NULL ? text : fired->fact[fact]);
}

static void
set_facts(struct sweep *s, const struct fired *fired, struct finding *f, struct arena *to)
{
    const struct rule_meta *meta = &s->c->meta;
    f->account_id = arena_sv(to, fired->fact[FACT_ACCOUNT]);
    f->app_id = arena_sv(to, fired->fact[FACT_APP]);
    f->app_name = arena_sv(to, fired->fact[FACT_APP_NAME]);
    /* A session is one account's: where the accounts differ it would name somebody for all of them. */
    const bool many_accounts = fired->fact[FACT_ACCOUNT].p != NULL && fired->fact[FACT_ACCOUNT].n == 0;
    f->session_id = many_accounts ? SV_NONE : arena_sv(to, fired->fact[FACT_SESSION]);
    f->src_ip = arena_sv(to, fired->fact[FACT_IP]);
    f->src_country = arena_sv(to, fired->fact[FACT_COUNTRY]);
    f->entity_id = group_or_fact(s, fired, FACT_ENTITY, meta->entity_id, to);
    f->entity_name = group_or_fact(s, fired, FACT_ENTITY_NAME, meta->entity_name, to);
}

static void
set_group(const struct sweep *s, struct finding *f, struct arena *to)
{
    f->group_key = arena_sv(to, s->group.packed_key);
    if (s->c->single)
        return;
    f->n_group = s->c->n_group < s->group.key.n ? s->c->n_group : s->group.key.n;
    f->group = ARENA_ARRAY(to, struct named_text, f->n_group);
    for (size_t k = 0; k < f->n_group; k++)
        f->group[k] = (struct named_text){ s->c->group_names[k], arena_sv(to, s->group.key.v[k]) };
}

/* "a, b, c, d, e +12"; the number behind the plus is exact below FIRSTS_COUNT_MAX. */
static struct sv
evidence_text(struct sweep *s, struct firsts *list, struct arena *to)
{
    struct buf *b = &s->id;
    const size_t n = firsts_finish(list);
    buf_reset(b);
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            buf_puts(b, ", ");
        buf_sv(b, firsts_text(list, i));
    }
    if (firsts_count(list) == FIRSTS_COUNT_MAX)
        buf_printf(b, " +%u or more", FIRSTS_COUNT_MAX - EVIDENCE_SHOWN);
    else if (firsts_count(list) > n)
        buf_printf(b, " +%zu", firsts_count(list) - n);
    return arena_sv(to, buf_view(b));
}

static void
set_evidence(struct sweep *s, struct episode_account *a, size_t n_fields, struct finding *f, struct arena *to)
{
    f->evidence = ARENA_ARRAY(to, struct named_text, a->said.n + n_fields);
    for (size_t i = 0; i < a->said.n; i++)
        f->evidence[f->n_evidence++] =
            (struct named_text){ arena_sv(to, a->said.v[i].name), arena_sv(to, a->said.v[i].text) };
    for (size_t i = 0; i < n_fields; i++) {
        const struct sv text = evidence_text(s, &a->evidence.v[i], to);
        if (text.n != 0)
            f->evidence[f->n_evidence++] = (struct named_text){ s->f->info[s->corr].evidence[i], text };
    }
}

static void
set_samples(const struct sweep *s, const struct episode_account *a, struct finding *f, struct arena *to)
{
    struct place at[FINDING_SAMPLES];
    f->n_samples = account_samples(a, at);
    for (size_t i = 0; i < f->n_samples; i++) {
        const struct sv file = s->f->plan->origins->v[at[i].file].file;
        f->samples[i] = arena_printf(to, "%.*s:%llu", SV_ARG(file), (unsigned long long)at[i].line);
    }
}

/* Where the finding's facts are those of one hit, so is what actions aim at: the other place of a journey is the
 * owner's own. */
static void
set_targets(const struct fired *fired, struct episode_account *a, struct finding *f, struct arena *to)
{
    if (fired->e->facts_of_fired) {
        f->targets = ARENA_NEW(to, struct target);
        f->targets[0] = (struct target){ f->account_id, f->app_id, f->session_id };
        f->n_targets = f->account_id.n != 0 || f->app_id.n != 0 || f->session_id.n != 0;
        return;
    }
    f->n_targets = firsts_finish(&a->targets);
    f->targets = ARENA_ARRAY(to, struct target, f->n_targets);
    for (size_t i = 0; i < f->n_targets; i++) {
        struct reader r = reader_of(firsts_text(&a->targets, i));
        f->targets[i].account = arena_sv(to, get_bytes(&r));
        f->targets[i].app = arena_sv(to, get_bytes(&r));
        f->targets[i].session = arena_sv(to, get_bytes(&r));
    }
}

double
finding_risk(const struct sweep *s, const struct episode *e)
{
    const struct rule_meta *meta = &s->c->meta;
    const double risk = s->c->type->value_is_risk ? e->peak : meta->risk;
    if (e->level < 0 || e->level >= (int)meta->level || risk <= risk_of_level[e->level])
        return risk;
    return risk_of_level[e->level];
}

/* Are the findings that the risk is made of reported themselves? */
static bool
is_summary(const struct sweep *s)
{
    const struct correlation *corrs = s->f->plan->program->corrs.v;
    for (size_t i = 0; i < s->c->n_inputs; i++)
        if (!s->c->inputs[i].is_corr || !corrs[s->c->inputs[i].index].reported)
            return false;
    return s->c->type->value_is_risk;
}

static void
set_rule(const struct sweep *s, const struct episode *e, struct finding *f)
{
    const struct rule_meta *meta = &s->c->meta;
    const struct corr_info *info = &s->f->info[s->corr];
    f->rule_id = meta->id;
    f->rule_title = meta->title;
    f->rule_author = meta->author;
    f->family = meta->family;
    f->report = meta->report;
    f->entity_type = meta->entity_type;
    f->level = e->level >= 0 ? e->level : (int)meta->level;
    f->risk = finding_risk(s, e);
    f->summary = is_summary(s);
    f->metric = info->metric;
    f->threshold = s->c->threshold;
    /* What was softened to informational is known to be harmless: it is told, and nobody is logged out for it. */
    f->actions = info->actions;
    f->n_actions = e->level == LEVEL_INFORMATIONAL ? 0 : info->n_actions;
    f->audit = meta->audit;
    f->booster = meta->booster;
    f->status = SV("new");
}

static void
add_finding(struct sweep *s, const struct fired *fired)
{
    const struct episode *e = fired->e;
    struct finding f = { .first_seen = e->first_seen,
                         .fired_at = e->fired_at,
                         .last_seen = e->last_seen,
                         .event_count = fired->event_count,
                         .value = e->value,
                         .peak = e->peak };
    set_rule(s, e, &f);
    f.id = finding_hash(f.rule_id, s->c->n_group, s->group.packed_key, e->first_seen, e->fired_at, &s->id);
    struct results *r = s->f->r;
    pthread_mutex_lock(&s->f->lock);
    set_facts(s, fired, &f, &r->arena);
    set_group(s, &f, &r->arena);
    set_evidence(s, e->account, fired->n_facts - FACT_EVIDENCE, &f, &r->arena);
    set_samples(s, e->account, &f, &r->arena);
    set_targets(fired, e->account, &f, &r->arena);
    vec_push(&r->findings, f);
    pthread_mutex_unlock(&s->f->lock);
}

/* Is it to be reported by this run? See carry.h. */
static bool
is_fresh(const struct sweep *s, const struct episode *e)
{
    const struct agg_night *night = s->f->night;
    return night == NULL || e->account->fresh || s->c->type->judges_now ||
           (e->closes != TIME_NONE && e->closes >= night->before);
}

static bool
is_final(struct sweep *s, const struct episode *e)
{
    return s->f->night != NULL && e->until < s->carry.horizon;
}

void
sweep_fire(struct sweep *s, struct episode *e)
{
    const size_t n_facts = s->c->n_facts > FACT_EVIDENCE ? s->c->n_facts : FACT_EVIDENCE;
    struct sv *fact = ARENA_ARRAY(&e->account->arena, struct sv, n_facts);
    for (size_t i = 0; i < n_facts; i++)
        fact[i] = account_fact(e->account, e, i);
    const struct fired fired = { .e = e,
                                 .event_count = e->event_count != 0 ? e->event_count : account_events(e->account),
                                 .fact = fact,
                                 .n_facts = n_facts,
                                 .is_fresh = is_fresh(s, e),
                                 .is_final = is_final(s, e) };
    s->carry.has_unsettled = s->carry.has_unsettled || !fired.is_final;
    if (s->c->n_uses != 0)
        chain_fired(s, &fired);
    if (s->c->reported && fired.is_fresh) {
        s->local->corr[s->corr].findings++;
        add_finding(s, &fired);
    }
    episode_reset(e);
}
