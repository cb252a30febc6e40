/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as a hit of outer correlations: dressed up as an event that has the inner group-by fields, value, peak,
 * events, finding.risk, finding.title, and what its rule carries, it goes the way of every hit (emit.c). What an outer
 * finding shows beyond these (account, app, session, evidence) travels as facts: it is reported, but no outer group-by
 * or condition can see it. */
#include "agg/account.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/number.h"

static void
set_number(struct event *ev, field_id field, double x)
{
    if (field != FIELD_NONE)
        event_set_number(ev, field, x);
}

/* The texts of a carried field: those that the finding shows as evidence. */
static void
carry_field(struct sweep *s, const struct fired *fired, field_id field)
{
    struct sv text[EVIDENCE_SHOWN];
    size_t n = 0;
    size_t i = FACT_EVIDENCE;
    while (i < fired->n_facts && s->c->facts[i] != field)
        i++;
    if (i == fired->n_facts || fired->fact[i].n == 0)
        return;
    struct reader r = reader_of(fired->fact[i]);
    while (r.p != r.end && !r.bad && n < EVIDENCE_SHOWN)
        text[n++] = get_bytes(&r);
    event_set_texts(&s->event, field, text, n);
}

/* A group-by field named `value`, `peak` or `events` wins, so it is set last. */
static void
dress(struct sweep *s, const struct fired *fired)
{
    struct event *ev = &s->event;
    arena_reset(&s->event_scratch);
    event_reset(ev);
    ev->time = fired->e->fired_at;
    ev->at = fired->e->fired.at;
    set_number(ev, s->f->value, fired->e->value);
    set_number(ev, s->f->peak, fired->e->peak);
    set_number(ev, s->f->events, (double)fired->event_count);
    /* What is only watched accuses nobody. */
    set_number(ev, s->f->risk, s->c->meta.audit ? 0 : finding_risk(s, fired->e));
    if (s->f->title != FIELD_NONE)
        event_set_text(ev, s->f->title, s->c->meta.title);
    for (size_t i = 0; i < s->c->meta.n_carry; i++)
        carry_field(s, fired, s->c->meta.carry[i]);
    const field_id *field = s->f->info[s->corr].group_field;
    for (size_t k = 0; k < s->c->n_group && k < s->group.key.n; k++)
        if (field[k] != FIELD_NONE)
            event_set_text(ev, field[k], s->group.key.v[k]);
}

/* Inner group key, then first_seen such that bytes order like times. */
static void
make_tie(struct sweep *s, int64_t first_seen)
{
    buf_reset(&s->tie);
    buf_sv(&s->tie, s->group.packed_key);
    const uint64_t x = (uint64_t)first_seen ^ (UINT64_C(1) << 63);
    for (unsigned shift = 64; shift > 0; shift -= 8)
        buf_putc(&s->tie, (char)(unsigned char)(x >> (shift - 8)));
}

/* What a run that carries has to know of the hit. */
static void
mark_tie(struct sweep *s, const struct fired *fired)
{
    if (s->f->night == NULL)
        return;
    buf_putc(&s->tie, (char)((fired->is_fresh ? TIE_FRESH : 0) | (fired->is_final ? TIE_FINAL : 0)));
    if (!fired->is_final && fired->e->fired_at < s->unsettled[s->corr])
        s->unsettled[s->corr] = fired->e->fired_at;
}

/* A fact of the outer hit that all hits may share: of the dressed event, or of the inner finding. That the inner hits
 * differ in it travels as an empty text. */
static bool
find_shared(struct sweep *s, const struct fired *fired, field_id field, struct sv *text)
{
    if (event_text(&s->event, field, text))
        return true;
    for (size_t i = 0; i < FACT_EVIDENCE; i++) {
        if (s->c->facts[i] == field && fired->fact[i].p != NULL) {
            *text = fired->fact[i];
            return true;
        }
    }
    return false;
}

/* What the inner type says of its own (x-idle-value: `unused`), where the outer rule lists the name as evidence. */
static bool
find_said(const struct sweep *s, const struct fired *fired, field_id field, struct sv *text)
{
    const struct episode_account *a = fired->e->account;
    const struct sv name = fields_name(s->f->plan->program->fields, field);
    for (size_t i = 0; i < a->said.n; i++) {
        if (sv_eq(a->said.v[i].name, name)) {
            *text = a->said.v[i].text;
            return true;
        }
    }
    return false;
}

/* Evidence of the outer hit, packed: what the inner finding has as evidence, else what it shares, else what it says. */
static bool
find_evidence(struct sweep *s, const struct fired *fired, field_id field, struct sv *packed)
{
    struct sv text;
    for (size_t i = FACT_EVIDENCE; i < fired->n_facts; i++) {
        if (s->c->facts[i] == field && fired->fact[i].n != 0) {
            *packed = fired->fact[i];
            return true;
        }
    }
    if (!find_shared(s, fired, field, &text) && !find_said(s, fired, field, &text))
        return false;
    if (text.n == 0)
        return false;
    buf_reset(&s->members);
    put_bytes(&s->members, text);
    *packed = buf_view(&s->members);
    return true;
}

static void
make_facts(struct sweep *s, const struct fired *fired, const struct correlation *outer)
{
    buf_reset(&s->facts);
    for (size_t i = 0; i < outer->n_facts; i++) {
        const field_id field = outer->facts[i];
        struct sv text;
        bool has = false;
        if (field != FIELD_NONE)
            has = i < FACT_EVIDENCE ? find_shared(s, fired, field, &text) : find_evidence(s, fired, field, &text);
        facts_put(&s->facts, has ? &text : NULL);
    }
}

void
chain_fired(struct sweep *s, const struct fired *fired)
{
    dress(s, fired);
    make_tie(s, fired->e->first_seen);
    mark_tie(s, fired);
    const struct sv tie = buf_view(&s->tie);
    for (size_t u = 0; u < s->c->n_uses; u++) {
        const struct use *use = &s->c->uses[u];
        make_facts(s, fired, &s->f->plan->program->corrs.v[use->corr]);
        const struct sv facts = buf_view(&s->facts);
        emit_hit(s->local, use->corr, use->pos, &s->event, &tie, &facts);
    }
    /* Nothing is remembered of a finding, so nothing points into the store. */
    if (store_is_full(&s->local->records))
        store_flush(&s->local->records);
}
