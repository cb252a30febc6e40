/* SPDX-License-Identifier: Apache-2.0 */
/* Three parts: what types say about a group, how that becomes records, and how far back the levels can still change.
 *
 * A family shares its records, so what is carried is what any of its members needs; each of them has its own time from
 * which to judge. */
#include "agg/carry.h"

#include <stdlib.h>

#include "agg/episode.h"
#include "agg/family.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/timestamp.h"

/* ---- for the types ---- */

void
carry_episode(struct sweep *s, struct episode *e, uint64_t skip)
{
    struct carry *k = &s->carry;
    e->until = time_after(e->last_seen, s->c->timespan);
    if (s->f->night == NULL || k->has_open || e->until < k->horizon)
        return;
    k->has_open = true;
    k->open_first = e->first_seen;
    k->open_fired = e->fired_at;
    k->open_skip = skip;
}

void
carry_from(struct carry *k, int64_t time)
{
    if (time < k->from)
        k->from = time;
}

void
carry_hit(struct carry *k, const struct hit *h)
{
    const struct hit *companion;
    const size_t n = group_companions(k->group, h, &companion);
    vec_push(&k->single, h->seq);
    for (size_t i = 0; i < n; i++)
        vec_push(&k->single, companion[i].seq);
}

/* Windows at or behind the horizon are judged by the next run. So are those of an episode that is open there, from its
 * first on: the next run has to find all of it. */
void
carry_trailing(const struct correlation *c, struct carry *k, int64_t reach)
{
    const bool resumes = k->has_open && k->open_fired < k->horizon;
    k->judge_from = resumes ? k->open_fired : k->horizon;
    k->judge_skip = resumes ? k->open_skip : 0;
    carry_from(k, time_before(time_before(k->judge_from, c->timespan), reach));
    if (k->has_open)
        carry_from(k, k->open_first);
}

/* Where a window begins depends on all windows before it, so the next run starts with the one that holds the horizon,
 * or at the horizon: whatever comes there is later than all windows that are closed. */
void
carry_closed(struct group *g, struct carry *k, int64_t span)
{
    const int64_t from = group_past(g)->judge_from;
    struct hit h;
    int64_t start = TIME_NONE;
    bool any = false;
    while (group_next(g, &h) && h.time < k->horizon) {
        if (h.time < from)
            continue;
        if (!any || time_after(start, span) < h.time)
            start = h.time;
        any = true;
    }
    k->judge_from = any && time_after(start, span) >= k->horizon ? start : k->horizon;
    carry_from(k, k->judge_from);
}

void
carry_single_hits(struct carry *k, int64_t reach)
{
    k->judge_from = k->horizon;
    carry_from(k, time_before(k->horizon, reach));
}

void
carry_windows(const struct correlation *c, struct group *g, struct carry *k)
{
    if (c->closed)
        carry_closed(g, k, c->timespan);
    else
        carry_trailing(c, k, 0);
}

/* ---- the past of a group ---- */

static const struct past no_past = { .first = TIME_NONE, .judge_from = INT64_MIN };

static struct past
read_past(struct reader *r)
{
    struct past p = no_past;
    p.n_hits = get_varint(r);
    p.n_events = get_varint(r);
    p.first = get_zigzag(r);
    return p;
}

static void
read_judge(struct reader *r, struct past *p)
{
    p->judge_from = get_zigzag(r);
    p->judge_skip = get_varint(r);
}

struct past
carry_past(struct sv tie, size_t member)
{
    if (tie.n == 0)
        return no_past;
    struct reader r = reader_of(tie);
    struct past p = read_past(&r);
    for (size_t i = 0; i <= member; i++)
        read_judge(&r, &p);
    return p;
}

bool
carry_is_past_record(const struct record *r)
{
    return r->time == TIME_NONE && (r->flags & RECORD_CHAINED) == 0 && r->tie.n != 0;
}

bool
carry_is_past(const struct family *family, const struct record *r)
{
    struct reader in = reader_of(r->tie);
    struct past p = read_past(&in);
    for (uint32_t i = 0; i < family[r->corr].n; i++)
        read_judge(&in, &p);
    return !in.bad && in.p == in.end && (p.n_hits != 0) == (p.first != TIME_NONE) && p.n_events <= p.n_hits &&
           r->facts.n == 0 && r->payload.n == 0 && r->uid.n == 0;
}

/* ---- one group ---- */

void
carry_begin(struct sweep *s, uint32_t corr)
{
    struct carry *k = &s->carry;
    const int64_t unsettled = group_unsettled(&s->group);
    k->horizon = s->f->horizon[corr];
    if (unsettled < k->horizon) {
        k->horizon = unsettled;
        if (unsettled < s->lowest[corr])
            s->lowest[corr] = unsettled;
    }
    k->group = &s->group;
    k->now = s->f->now;
    k->from = INT64_MAX;
    k->single.n = 0;
    buf_reset(&k->members);
    k->judges_from = INT64_MIN;
}

void
carry_begin_member(struct sweep *s)
{
    struct carry *k = &s->carry;
    k->has_open = false;
    k->judge_from = INT64_MIN;
    k->judge_skip = 0;
}

/* What the next run is told of the member that was swept. */
static void
put_member(struct sweep *s)
{
    struct carry *k = &s->carry;
    put_zigzag(&k->members, k->judge_from);
    put_varint(&k->members, k->judge_skip);
    if (k->judge_skip != 0 && k->judge_from >= k->judges_from)
        k->judges_from = k->judge_from + 1;
    else if (k->judge_from > k->judges_from)
        k->judges_from = k->judge_from;
}

void
carry_end_member(struct sweep *s)
{
    struct carry *k = &s->carry;
    group_rewind(&s->group);
    if (s->c->type->carry != NULL)
        s->c->type->carry(s->c, &s->group, k);
    else
        carry_from(k, INT64_MIN);
    put_member(s);
}

static int
compare_seq(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The group's records on their way into the next run. */
struct leaving {
    struct sweep *s;
    struct past past;
    uint64_t n_events; /* seen so far: they are numbered in order */
    size_t single;     /* the first that may come yet */
    size_t bin;
    uint64_t hash;
    int64_t first_kept; /* time of the first hit that is taken along; INT64_MAX: there is none */
    struct buf *tie;
    const struct slip *last; /* that was taken along; NULL: none yet */
};

static bool
is_single(struct leaving *l, uint64_t seq)
{
    const struct carry *k = &l->s->carry;
    while (l->single < k->single.n && k->single.v[l->single] < seq)
        l->single++;
    return l->single < k->single.n && k->single.v[l->single] == seq;
}

static void
leave_behind(struct leaving *l, const struct hit *h, bool is_new)
{
    if (l->past.n_hits == 0)
        l->past.first = h->time;
    l->past.n_hits++;
    l->past.n_events += is_new;
}

/* For the next run it is nothing new. */
static void
set_stale(struct leaving *l, struct record *r)
{
    buf_reset(l->tie);
    buf_sv(l->tie, r->tie);
    l->tie->p[l->tie->n - 1] = (char)TIE_FINAL;
    r->tie = buf_view(l->tie);
}

static void
take_along(struct leaving *l, struct record *r)
{
    if ((r->flags & RECORD_CHAINED) != 0)
        set_stale(l, r);
    r->hash = l->hash;
    l->last = store_add_next(&l->s->kept->records, l->bin, r, l->last);
    if (l->first_kept == INT64_MAX)
        l->first_kept = r->time;
}

static void
walk(struct leaving *l, uint32_t corr)
{
    struct group *g = &l->s->group;
    struct hit h;
    struct record r;
    group_begin(g, 0, false);
    while (group_next(g, &h)) {
        const bool is_new = h.event >= l->n_events;
        group_record(g, &h, &r);
        r.corr = corr;
        l->n_events = is_new ? h.event + 1 : l->n_events;
        if ((r.flags & RECORD_CHAINED) != 0 && (record_tie_flags(r.tie) & TIE_FINAL) == 0)
            continue; /* found again */
        if (h.time >= l->s->carry.from || is_single(l, h.seq))
            take_along(l, &r);
        else
            leave_behind(l, &h, is_new);
    }
}

static bool
has_past(const struct sweep *s, uint32_t corr)
{
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next)
        if (s->f->plan->program->corrs.v[i].type->has_past)
            return true;
    return false;
}

static bool
wants_past(const struct leaving *l, uint32_t corr)
{
    const struct carry *k = &l->s->carry;
    const bool has_unjudged = l->first_kept < k->judges_from;
    return has_unjudged || (l->past.n_hits != 0 && has_past(l->s, corr));
}

static void
put_past(struct leaving *l, uint32_t corr)
{
    const struct carry *k = &l->s->carry;
    buf_reset(l->tie);
    put_varint(l->tie, l->past.n_hits);
    put_varint(l->tie, l->past.n_events);
    put_zigzag(l->tie, l->past.first);
    buf_sv(l->tie, buf_view(&k->members));
    const struct record r = {
        .corr = corr, .hash = l->hash, .time = TIME_NONE, .key = l->s->group.packed_key, .tie = buf_view(l->tie)
    };
    store_add(&l->s->kept->records, l->bin, &r);
}

void
carry_end(struct sweep *s, uint32_t corr)
{
    struct carry *k = &s->carry;
    const struct correlation *c = &s->f->plan->program->corrs.v[corr];
    struct leaving l = { .s = s, .past = s->group.past, .first_kept = INT64_MAX, .tie = &s->tie };
    l.hash = record_hash(corr, s->group.packed_key);
    l.bin = (size_t)c->level * PARTITIONS + hash_partition(l.hash);
    if (k->single.n > 1)
        qsort(k->single.v, k->single.n, sizeof *k->single.v, compare_seq);
    walk(&l, corr);
    if (wants_past(&l, corr))
        put_past(&l, corr);
    if (store_is_full(&s->kept->records))
        store_flush(&s->kept->records);
}

/* ---- levels ---- */

/* Before this time no finding can appear or vanish, of groups whose horizon this is. */
static int64_t
settled_from(const struct correlation *c, int64_t horizon)
{
    if (c->type->carry == NULL || c->type->judges_now)
        return INT64_MIN;
    return c->closed ? time_before(horizon, c->timespan) : horizon;
}

/* Do all findings of a group of `inner` stay hits of the same groups of c, whatever becomes of them? Its group-by
 * fields do not change, everything else that they say may. */
static bool
has_fixed_groups(const struct finish *f, const struct correlation *c, size_t pos, uint32_t inner)
{
    const struct correlation *in = &f->plan->program->corrs.v[inner];
    if (c->type->record != NULL && !c->type->keeps_every_hit)
        return false;
    for (size_t k = 0; k < c->n_group; k++) {
        const field_id field = c->group_fields[pos * c->n_group + k];
        size_t i = 0;
        while (i < in->n_group && f->info[inner].group_field[i] != field)
            i++;
        if (field == FIELD_NONE || i == in->n_group)
            return false;
    }
    return true;
}

void
carry_horizons(struct finish *f, unsigned level)
{
    const struct program *p = f->plan->program;
    for (size_t i = 0; i < p->corrs.n; i++) {
        const struct correlation *c = &p->corrs.v[i];
        if (c->level != level)
            continue;
        f->horizon[i] = f->night->cut;
        for (size_t pos = 0; pos < c->n_inputs; pos++) {
            const uint32_t inner = c->inputs[pos].index;
            if (!c->inputs[pos].is_corr)
                continue;
            int64_t from = f->settled[inner];
            if (f->unsettled[inner] < from && !has_fixed_groups(f, c, pos, inner))
                from = f->unsettled[inner];
            if (from < f->horizon[i])
                f->horizon[i] = from;
        }
    }
}

void
carry_settle(struct finish *f, const struct sweep *sweep, unsigned n_threads, unsigned level)
{
    const struct program *p = f->plan->program;
    for (size_t i = 0; i < p->corrs.n; i++) {
        if (p->corrs.v[i].level != level)
            continue;
        int64_t horizon = f->horizon[i];
        f->unsettled[i] = INT64_MAX;
        for (unsigned t = 0; t < n_threads; t++) {
            horizon = sweep[t].lowest[i] < horizon ? sweep[t].lowest[i] : horizon;
            if (sweep[t].unsettled[i] < f->unsettled[i])
                f->unsettled[i] = sweep[t].unsettled[i];
        }
        f->settled[i] = settled_from(&p->corrs.v[i], horizon);
    }
}
