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
carry_due(struct sweep *s, int64_t due)
{
    s->carry.due = due;
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

static void
begin_answer(struct carry *k, int64_t now)
{
    k->now = now;
    k->from = INT64_MAX;
    k->single.n = 0;
    buf_reset(&k->members);
    k->judges_from = INT64_MIN;
    k->dues = INT64_MAX;
    k->has_unsettled = false;
}

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
    begin_answer(k, s->f->now);
}

void
carry_begin_member(struct sweep *s)
{
    struct carry *k = &s->carry;
    k->has_open = false;
    k->due = s->c->type->judges_now ? INT64_MIN : INT64_MAX;
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
    k->dues = k->due < k->dues ? k->due : k->dues;
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
    uint32_t corr;
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
}

/* As records. False if the hit is of a finding that will be found again. */
static bool
copy(struct leaving *l, const struct hit *h, bool is_kept)
{
    struct record r;
    group_record(&l->s->group, h, &r);
    r.corr = l->corr;
    if ((r.flags & RECORD_CHAINED) != 0 && (record_tie_flags(r.tie) & TIE_FINAL) == 0)
        return false;
    if (is_kept)
        take_along(l, &r);
    return true;
}

static void
mark(const struct leaving *l, const struct hit *h)
{
    const struct kept_marks *marks = l->s->marks;
    marks->keep[group_slip(&l->s->group, h) - marks->slip] = 1;
}

static void
walk(struct leaving *l)
{
    struct group *g = &l->s->group;
    struct hit h;
    group_begin(g, 0, false);
    while (group_next(g, &h)) {
        const bool is_new = h.event >= l->n_events;
        const bool is_kept = h.time >= l->s->carry.from || is_single(l, h.seq);
        l->n_events = is_new ? h.event + 1 : l->n_events;
        if (l->s->marks == NULL && !copy(l, &h, is_kept))
            continue;
        if (!is_kept)
            leave_behind(l, &h, is_new);
        else if (l->s->marks != NULL)
            mark(l, &h);
        if (is_kept && l->first_kept == INT64_MAX)
            l->first_kept = h.time;
    }
}

bool
carry_wants_past(const struct sweep *s, uint32_t corr)
{
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next)
        if (s->f->plan->program->corrs.v[i].type->has_past)
            return true;
    return false;
}

/* Hits that are carried but not judged need a past that says so. */
static bool
is_past_needed(const struct sweep *s, uint32_t corr, const struct past *past, int64_t first_kept)
{
    return first_kept < s->carry.judges_from || (past->n_hits != 0 && carry_wants_past(s, corr));
}

static void
make_past_tie(struct buf *tie, const struct past *past, const struct carry *k)
{
    buf_reset(tie);
    put_varint(tie, past->n_hits);
    put_varint(tie, past->n_events);
    put_zigzag(tie, past->first);
    buf_sv(tie, buf_view(&k->members));
}

static void
put_past(struct leaving *l)
{
    make_past_tie(l->tie, &l->past, &l->s->carry);
    if (l->s->marks != NULL) {
        l->s->marks->has_past = true;
        return;
    }
    const struct record r = {
        .corr = l->corr, .hash = l->hash, .time = TIME_NONE, .key = l->s->group.packed_key, .tie = buf_view(l->tie)
    };
    store_add(&l->s->kept->records, l->bin, &r);
}

void
carry_end(struct sweep *s, uint32_t corr)
{
    struct carry *k = &s->carry;
    const struct correlation *c = &s->f->plan->program->corrs.v[corr];
    struct leaving l = { .s = s, .corr = corr, .past = s->group.past, .first_kept = INT64_MAX, .tie = &s->tie };
    l.hash = record_hash(corr, s->group.packed_key);
    l.bin = (size_t)c->level * PARTITIONS + hash_partition(l.hash);
    if (k->single.n > 1)
        qsort(k->single.v, k->single.n, sizeof *k->single.v, compare_seq);
    walk(&l);
    if (is_past_needed(s, corr, &l.past, l.first_kept))
        put_past(&l);
    if (store_is_full(&s->kept->records))
        store_flush(&s->kept->records);
}

/* ---- groups that are not swept ---- */

/* What every member says of a group in which nothing is open. */
static void
say_by_time(struct sweep *s, uint32_t corr)
{
    struct carry *k = &s->carry;
    const struct correlation *swept = s->c;
    k->horizon = s->f->horizon[corr];
    begin_answer(k, s->f->now);
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next) {
        s->c = &s->f->plan->program->corrs.v[i];
        carry_begin_member(s);
        s->c->type->carry(s->c, NULL, k);
        put_member(s);
    }
    s->c = swept;
}

bool
carry_is_by_time(const struct sweep *s, uint32_t corr)
{
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next) {
        const struct correlation *c = &s->f->plan->program->corrs.v[i];
        if (c->closed || !c->type->carries_by_time)
            return false;
    }
    return true;
}

int64_t
carry_by_time(struct sweep *s, uint32_t corr)
{
    say_by_time(s, corr);
    return s->carry.from;
}

bool
carry_past_by_time(struct sweep *s, uint32_t corr, const struct past *past, int64_t first_kept)
{
    say_by_time(s, corr);
    if (!is_past_needed(s, corr, past, first_kept))
        return false;
    make_past_tie(&s->tie, past, &s->carry);
    return true;
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
