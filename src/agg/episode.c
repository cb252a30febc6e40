/* SPDX-License-Identifier: Apache-2.0 */
/* Episodes: what a finding says about its hits. Accounts are pooled in the sweep, because a group of a million
 * findings must not allocate a million times.
 *
 * Distinct events are kept as ranges: events are numbered in the group's order, and an episode is nearly always one
 * run of them, so that the exact number needs no set. */
#include "agg/episode.h"

#include <stdlib.h>

#include "agg/account.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/number.h"
#include "base/timestamp.h"

static struct episode_account *
account_new(struct sweep *s)
{
    struct episode_account *a = mem_zalloc(1, sizeof *a);
    a->sweep = s;
    arena_init(&a->arena);
    firsts_init(&a->targets);
    buf_init(&a->target);
    buf_init(&a->scratch);
    a->next = s->accounts;
    s->accounts = a;
    return a;
}

static void
account_free(struct episode_account *a)
{
    arena_fini(&a->arena);
    vec_fini(&a->events);
    firsts_fini(&a->targets);
    buf_fini(&a->target);
    buf_fini(&a->scratch);
    for (size_t i = 0; i < a->evidence.n; i++)
        firsts_fini(&a->evidence.v[i]);
    vec_fini(&a->evidence);
    vec_fini(&a->said);
    mem_free(a);
}

static size_t
n_evidence(const struct correlation *c)
{
    return c->n_facts > FACT_EVIDENCE ? c->n_facts - FACT_EVIDENCE : 0;
}

static void
account_reset(struct episode_account *a)
{
    const struct sweep *s = a->sweep;
    const size_t evidence = n_evidence(s->c);
    const uint64_t radius = s->f->plan->blast_radius;
    arena_reset(&a->arena);
    a->events.n = 0;
    a->n_joined = 0;
    a->n_first = 0;
    a->has_last = false;
    a->fresh = false;
    for (size_t i = 0; i < FACT_EVIDENCE; i++)
        a->fact[i] = (struct shared_text){ SHARED_NONE, SV_NONE };
    firsts_reset(&a->targets, radius < SIZE_MAX / 4 ? (size_t)radius + 1 : SIZE_MAX / 4);
    buf_reset(&a->target);
    while (a->evidence.n < evidence) {
        struct firsts f;
        firsts_init(&f);
        vec_push(&a->evidence, f);
    }
    for (size_t i = 0; i < evidence; i++)
        firsts_reset(&a->evidence.v[i], EVIDENCE_SHOWN);
    a->said.n = 0;
}

void
episode_init(struct episode *e, struct sweep *s)
{
    struct episode_account *a = s->spare;
    if (a != NULL)
        s->spare = a->next_spare;
    else
        a = account_new(s);
    e->account = a;
    episode_reset(e);
}

void
episode_reset(struct episode *e)
{
    account_reset(e->account);
    *e = (struct episode){ .level = -1, .until = INT64_MAX, .closes = TIME_NONE, .account = e->account };
}

void
episode_release_all(struct sweep *s)
{
    s->spare = s->accounts;
    for (struct episode_account *a = s->accounts; a != NULL; a = a->next)
        a->next_spare = a->next;
}

void
episode_fini_all(struct sweep *s)
{
    while (s->accounts != NULL) {
        struct episode_account *a = s->accounts;
        s->accounts = a->next;
        account_free(a);
    }
    s->spare = NULL;
}

/* ---- events ---- */

static int
compare_ranges(const void *a, const void *b)
{
    const struct event_range *x = a;
    const struct event_range *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static void
join_ranges(struct episode_account *a)
{
    if (a->events.n == 0)
        return;
    qsort(a->events.v, a->events.n, sizeof *a->events.v, compare_ranges);
    size_t n = 0;
    for (size_t i = 1; i < a->events.n; i++) {
        struct event_range *last = &a->events.v[n];
        const struct event_range r = a->events.v[i];
        if (r.from > last->to)
            a->events.v[++n] = r;
        else if (r.to > last->to)
            last->to = r.to;
    }
    a->events.n = n + 1;
    a->n_joined = a->events.n;
}

static void
add_event(struct episode_account *a, uint64_t event)
{
    struct event_range *last = a->events.n != 0 ? &a->events.v[a->events.n - 1] : NULL;
    if (last != NULL && event >= last->from && event < last->to)
        return;
    if (last != NULL && event == last->to) {
        last->to++;
        return;
    }
    vec_push(&a->events, (struct event_range){ event, event + 1 });
    if (a->events.n > 2 * a->n_joined + 64)
        join_ranges(a);
}

uint64_t
account_events(struct episode_account *a)
{
    join_ranges(a);
    uint64_t n = 0;
    for (size_t i = 0; i < a->events.n; i++)
        n += a->events.v[i].to - a->events.v[i].from;
    return n;
}

/* ---- samples ---- */

static void
add_sample(struct episode_account *a, const struct hit *h)
{
    const struct sample x = { h->event, h->seq, h->at };
    if (!a->has_last || x.event > a->last.event || (x.event == a->last.event && x.seq < a->last.seq))
        a->last = x;
    a->has_last = true;
    size_t i = 0;
    while (i < a->n_first && a->first[i].event < x.event)
        i++;
    if (i == SAMPLES_FIRST)
        return;
    if (i < a->n_first && a->first[i].event == x.event) {
        if (x.seq < a->first[i].seq)
            a->first[i] = x;
        return;
    }
    if (a->n_first < SAMPLES_FIRST)
        a->n_first++;
    for (size_t k = a->n_first - 1; k > i; k--)
        a->first[k] = a->first[k - 1];
    a->first[i] = x;
}

size_t
account_samples(const struct episode_account *a, struct place at[FINDING_SAMPLES])
{
    size_t n = 0;
    for (; n < a->n_first; n++)
        at[n] = a->first[n].at;
    if (a->has_last && a->last.event > a->first[n - 1].event)
        at[n++] = a->last.at;
    return n;
}

/* ---- facts ---- */

/* A hit without the value says nothing against it: a log-in has no app, and a finding about the log-in and the
 * consent that followed is about that app all the same. */
static void
share_text(struct episode_account *a, struct shared_text *s, struct sv text)
{
    if (s->state == SHARED_MIXED)
        return;
    if (s->state == SHARED_TEXT && !sv_eq(s->text, text)) {
        s->state = SHARED_MIXED;
    } else if (s->state == SHARED_NONE) {
        s->state = SHARED_TEXT;
        s->text = arena_sv(&a->arena, text);
    }
}

static void
add_target(struct episode_account *a, const struct sv *fact, int64_t time)
{
    if (fact[FACT_ACCOUNT].n == 0 && fact[FACT_APP].n == 0 && fact[FACT_SESSION].n == 0)
        return;
    buf_reset(&a->scratch);
    put_bytes(&a->scratch, fact[FACT_ACCOUNT]);
    put_bytes(&a->scratch, fact[FACT_APP]);
    put_bytes(&a->scratch, fact[FACT_SESSION]);
    firsts_add(&a->targets, buf_view(&a->scratch), (struct firsts_rank){ time, 0 });
}

/* All texts that one hit has of an evidence field, in its own order. */
static void
add_evidence(struct firsts *f, struct sv packed, int64_t time)
{
    struct reader r = reader_of(packed);
    for (size_t nth = 0; r.p != r.end; nth++) {
        const struct sv text = get_bytes(&r);
        if (r.bad)
            return;
        firsts_add(f, text, (struct firsts_rank){ time, nth });
        firsts_count_text(f, text);
    }
}

static void
add_facts(struct episode_account *a, const struct hit *h)
{
    struct reader r = reader_of(hit_facts(h));
    struct sv fact[FACT_EVIDENCE];
    for (size_t i = 0; i < FACT_EVIDENCE; i++) {
        if (facts_get(&r, &fact[i]))
            share_text(a, &a->fact[i], fact[i]);
    }
    add_target(a, fact, h->time);
    for (size_t i = 0; i < n_evidence(a->sweep->c); i++) {
        struct sv packed;
        if (facts_get(&r, &packed))
            add_evidence(&a->evidence.v[i], packed, h->time);
    }
}

void
episode_add(struct episode *e, const struct hit *h)
{
    if (e->event_count == 0)
        add_event(e->account, h->event);
    e->account->fresh = e->account->fresh || h->fresh;
    add_sample(e->account, h);
    add_facts(e->account, h);
}

/* The first texts of an evidence field, packed as a hit's are; for outer correlations. */
static struct sv
pack_firsts(struct episode_account *a, struct firsts *f)
{
    const size_t n = firsts_finish(f);
    buf_reset(&a->scratch);
    for (size_t i = 0; i < n; i++)
        put_bytes(&a->scratch, firsts_text(f, i));
    return n != 0 ? arena_sv(&a->arena, buf_view(&a->scratch)) : SV_NONE;
}

struct sv
account_fact(struct episode_account *a, const struct episode *e, size_t i)
{
    struct sv text;
    if (i >= FACT_EVIDENCE) {
        struct firsts *f = &a->evidence.v[i - FACT_EVIDENCE];
        return pack_firsts(a, f);
    }
    if (e->facts_of_fired)
        return hit_fact(&e->fired, i, &text) ? text : SV_NONE;
    if (a->fact[i].state == SHARED_MIXED)
        return SV(""); /* there, and shared by nothing: so it stays in an outer finding */
    return a->fact[i].state == SHARED_TEXT ? a->fact[i].text : SV_NONE;
}

/* ---- evidence of the type's own ---- */

void
episode_say(struct episode *e, struct sv name, struct sv text)
{
    struct episode_account *a = e->account;
    vec_push(&a->said, (struct named_text){ arena_sv(&a->arena, name), arena_sv(&a->arena, text) });
}

void
episode_say_number(struct episode *e, struct sv name, double x)
{
    char text[NUMBER_TEXT_MAX];
    const size_t n = number_format(x, text);
    episode_say(e, name, sv_make(text, n));
}

int64_t
sweep_now(const struct sweep *s)
{
    return s->f->now;
}

bool
sweep_is_open(const struct sweep *s, int64_t start, int64_t span)
{
    return s->f->night != NULL && time_after(start, span) >= s->f->now;
}

uint64_t *
sweep_survey(struct sweep *s)
{
    return &s->survey[s->corr];
}

void
sweep_survey_rule(struct sweep *s, struct group *g, uint32_t pos)
{
    struct hit h;
    while (group_next(g, &h)) {
        if (h.pos != pos)
            continue;
        ++*sweep_survey(s);
        return;
    }
}

struct arena *
sweep_arena(struct sweep *s)
{
    return &s->arena;
}
