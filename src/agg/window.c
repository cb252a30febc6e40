/* SPDX-License-Identifier: Apache-2.0 */
/* Three parts: the window as a container (hits in a pool, a ring over it in order, a table of events), the sweep with
 * trailing windows, the sweep with closed ones.
 *
 * The trailing sweep reads a block of hits ahead: the hits of one line, since the hits of the other rules that the line
 * matches belong to each of these windows; for temporal_ordered, all hits of one time. */
#include "agg/window.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "base/timestamp.h"

#define FIRST_SLOTS 16

/* ---- container ---- */

void
window_init(struct window *w, const struct aggregate *a)
{
    memset(w, 0, sizeof *w);
    w->a = a;
    w->free = -1;
}

void
window_fini(struct window *w)
{
    vec_fini(&w->pool);
    mem_free(w->ring);
    mem_free(w->slot);
    memset(w, 0, sizeof *w);
}

/* SplitMix64's finaliser: event ids may be anything, also consecutive. */
static size_t
mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(x ^ (x >> 31));
}

/* The event's slot, or the free one where it belongs. */
static size_t
find_slot(const struct window *w, uint64_t event)
{
    size_t i = mix(event) & (w->n_slots - 1);
    while (w->slot[i].first >= 0 && w->slot[i].event != event)
        i = (i + 1) & (w->n_slots - 1);
    return i;
}

static void
grow_slots(struct window *w)
{
    struct window_event *old = w->slot;
    const size_t n_old = w->n_slots;
    w->n_slots = n_old == 0 ? FIRST_SLOTS : 2 * n_old;
    w->slot = mem_alloc(w->n_slots * sizeof *w->slot);
    for (size_t i = 0; i < w->n_slots; i++)
        w->slot[i] = (struct window_event){ 0, -1, -1 };
    for (size_t i = 0; i < n_old; i++)
        if (old[i].first >= 0)
            w->slot[find_slot(w, old[i].event)] = old[i];
    mem_free(old);
}

/* Empties slot i and moves back whatever had been pushed past it. */
static void
free_slot(struct window *w, size_t i)
{
    const size_t mask = w->n_slots - 1;
    for (size_t j = (i + 1) & mask; w->slot[j].first >= 0; j = (j + 1) & mask) {
        const size_t home = mix(w->slot[j].event) & mask;
        if (((j - home) & mask) >= ((j - i) & mask)) {
            w->slot[i] = w->slot[j];
            i = j;
        }
    }
    w->slot[i].first = w->slot[i].speaker = -1;
}

static ptrdiff_t
pool_take(struct window *w)
{
    if (w->free < 0) {
        vec_push(&w->pool, (struct window_hit){ .next = -1 });
        return (ptrdiff_t)w->pool.n - 1;
    }
    const ptrdiff_t i = w->free;
    w->free = w->pool.v[i].next;
    return i;
}

/* The first hit of the event that is usable takes the word. */
static void
choose_speaker(struct window *w, struct window_event *e)
{
    const struct aggregate *a = w->a;
    if (a->add == NULL)
        return;
    ptrdiff_t i = e->first;
    while (i >= 0 && a->usable != NULL && !a->usable(a->state, &w->pool.v[i].h))
        i = w->pool.v[i].next;
    if (i == e->speaker)
        return;
    if (e->speaker >= 0)
        a->remove(a->state, &w->pool.v[e->speaker].h);
    if (i >= 0)
        a->add(a->state, &w->pool.v[i].h);
    e->speaker = i;
}

/* Of the event that the hit in the pool belongs to. */
static void
enter_event(struct window *w, const struct hit *h, ptrdiff_t i)
{
    struct window_hit *fresh = &w->pool.v[i];
    if (2 * (w->n_events + 1) > w->n_slots)
        grow_slots(w);
    struct window_event *e = &w->slot[find_slot(w, h->event)];
    if (e->first < 0) {
        e->event = h->event;
        w->n_events++;
    }
    ptrdiff_t *link = &e->first;
    while (*link >= 0 && w->pool.v[*link].h.seq < h->seq)
        link = &w->pool.v[*link].next;
    fresh->next = *link;
    *link = i;
    choose_speaker(w, e);
}

/* Enters a hit; the index in the pool. */
static ptrdiff_t
enter(struct window *w, const struct hit *h)
{
    const ptrdiff_t i = pool_take(w);
    w->pool.v[i] = (struct window_hit){ *h, -1 };
    if (w->a->enter != NULL)
        w->a->enter(w->a->state, h);
    if (!w->a->only_hits)
        enter_event(w, h, i);
    return i;
}

static void
leave_event(struct window *w, ptrdiff_t i)
{
    const struct window_hit *old = &w->pool.v[i];
    const size_t at = find_slot(w, old->h.event);
    struct window_event *e = &w->slot[at];
    ptrdiff_t *link = &e->first;
    while (*link != i)
        link = &w->pool.v[*link].next;
    *link = old->next;
    choose_speaker(w, e);
    if (e->first < 0) {
        free_slot(w, at);
        w->n_events--;
    }
}

static void
leave(struct window *w, ptrdiff_t i)
{
    if (!w->a->only_hits)
        leave_event(w, i);
    struct window_hit *old = &w->pool.v[i];
    if (w->a->leave != NULL)
        w->a->leave(w->a->state, &old->h);
    old->next = w->free;
    w->free = i;
}

static void
grow_ring(struct window *w)
{
    const size_t cap = w->ring_cap == 0 ? FIRST_SLOTS : 2 * w->ring_cap;
    size_t *ring = mem_alloc(cap * sizeof *ring);
    for (size_t i = w->head; i < w->tail; i++)
        ring[i & (cap - 1)] = w->ring[i & (w->ring_cap - 1)];
    mem_free(w->ring);
    w->ring = ring;
    w->ring_cap = cap;
}

void
window_push(struct window *w, const struct hit *h)
{
    if (window_size(w) == w->ring_cap)
        grow_ring(w);
    w->ring[w->tail & (w->ring_cap - 1)] = (size_t)enter(w, h);
    w->tail++;
}

const struct hit *
window_hit(const struct window *w, size_t i)
{
    assert(i < window_size(w));
    return &w->pool.v[w->ring[(w->head + i) & (w->ring_cap - 1)]].h;
}

void
window_pop(struct window *w, struct hit *h)
{
    if (h != NULL)
        *h = *window_hit(w, 0);
    leave(w, (ptrdiff_t)w->ring[w->head & (w->ring_cap - 1)]);
    w->head++;
}

void
window_clear(struct window *w)
{
    while (window_size(w) > 0)
        window_pop(w, NULL);
}

/* Is this very hit in the window? */
static bool
has_hit(const struct window *w, const struct hit *h)
{
    if (w->n_slots == 0)
        return false;
    for (ptrdiff_t i = w->slot[find_slot(w, h->event)].first; i >= 0; i = w->pool.v[i].next)
        if (w->pool.v[i].h.seq == h->seq)
            return true;
    return false;
}

/* ---- trailing windows ---- */

/* A hit read ahead, and the episode (by number) that has it already. */
struct ahead {
    struct hit h;
    uint64_t taken;
};

struct trailing {
    const struct correlation *c;
    struct group *g;
    struct sweep *s;
    const struct aggregate *a;
    struct window w;
    VEC(struct ahead) block;
    struct hit pending; /* first hit of the next block, if has_pending */
    bool has_pending;
    VEC(ptrdiff_t) guests;           /* hits of the judged event from outside the span, in the pool */
    VEC(struct ahead *) guest_ahead; /* for each guest: its place in the block, or NULL for a companion */
    struct episode e;
    bool open;
    struct past past;     /* from when on to judge */
    int64_t time;         /* of the latest hit, */
    uint64_t n_of_time;   /* and how many of this time came before it */
    uint64_t fired_skip;  /* as much for the hit at which the open episode fired */
    uint64_t number;      /* of the episode, from 1 */
    uint64_t union_start; /* the hit (seq) with which the open episode's first window begins: what follows is taken */
    size_t added;         /* hits of the window below this running number are in the episode */
};

/* Reads the next block of hits that enter together. */
static bool
read_block(struct trailing *t)
{
    struct hit h;
    t->block.n = 0;
    if (t->has_pending)
        vec_push(&t->block, (struct ahead){ t->pending, 0 });
    t->has_pending = false;
    while (group_next(t->g, &h)) {
        const struct hit *first = t->block.n != 0 ? &t->block.v[0].h : &h;
        const bool same_line = h.at.file == first->at.file && h.at.line == first->at.line;
        if (h.time != first->time || !(t->a->only_last || same_line)) {
            t->pending = h;
            t->has_pending = true;
            break;
        }
        vec_push(&t->block, (struct ahead){ h, 0 });
    }
    return t->block.n != 0;
}

static void
expire(struct trailing *t, int64_t now)
{
    struct hit h;
    while (window_size(&t->w) > 0 && window_age(window_hit(&t->w, 0)->time, now) > (uint64_t)t->c->timespan) {
        window_pop(&t->w, &h);
        if (t->a->expire != NULL)
            t->a->expire(t->a->state, &h);
    }
}

static void
invite(struct trailing *t, const struct hit *h, struct ahead *ahead)
{
    vec_push(&t->guests, enter(&t->w, h));
    vec_push(&t->guest_ahead, ahead);
}

/* The rest of hit i's event enters for this judgement: later hits of the line, and companions that are not within the
 * span. */
static void
invite_event(struct trailing *t, size_t i)
{
    const struct hit *at = &t->block.v[i].h, *companion;
    for (size_t k = i + 1; k < t->block.n && !t->a->only_last; k++)
        if (t->block.v[k].h.event == at->event)
            invite(t, &t->block.v[k].h, &t->block.v[k]);
    const size_t n = group_companions(t->g, at, &companion);
    for (size_t k = 0; k < n; k++)
        if (!has_hit(&t->w, &companion[k]))
            invite(t, &companion[k], NULL);
}

static void
dismiss_guests(struct trailing *t)
{
    while (t->guests.n > 0)
        leave(&t->w, t->guests.v[--t->guests.n]);
    t->guest_ahead.n = 0;
}

static void
end_episode(struct trailing *t)
{
    if (t->open) {
        carry_episode(t->s, &t->e, t->fired_skip);
        sweep_fire(t->s, &t->e);
    }
    t->open = false;
}

static void
add_guest(struct trailing *t, size_t k, const struct hit *at)
{
    const struct hit *h = &t->w.pool.v[t->guests.v[k]].h;
    struct ahead *ahead = t->guest_ahead.v[k];
    if (ahead != NULL) {
        if (ahead->taken != t->number)
            episode_add(&t->e, h);
        ahead->taken = t->number;
        return;
    }
    const bool within_union = h->seq < at->seq && h->seq >= t->union_start;
    if (!within_union)
        episode_add(&t->e, h);
}

/* Adds what the window at block[i] has and the episode has not. A companion may be added again when its own turn comes,
 * or with another hit of its event: that changes nothing, and a set of those that are in would grow with the
 * episode. */
static void
add_window(struct trailing *t, size_t i)
{
    const size_t base = t->w.tail - (t->a->only_last ? t->block.n : i + 1); /* running number of block[0] */
    for (size_t n = t->added > t->w.head ? t->added : t->w.head; n < t->w.tail; n++) {
        const struct hit *h = window_hit(&t->w, n - t->w.head);
        const bool taken = n >= base && t->block.v[n - base].taken == t->number;
        if (!taken)
            episode_add(&t->e, h);
    }
    t->added = t->w.tail;
    for (size_t k = 0; k < t->guests.n; k++)
        add_guest(t, k, &t->block.v[i].h);
}

/* The earliest time in the window. */
static int64_t
window_start(const struct trailing *t)
{
    int64_t start = window_hit(&t->w, 0)->time;
    for (size_t k = 0; k < t->guests.n; k++)
        if (t->w.pool.v[t->guests.v[k]].h.time < start)
            start = t->w.pool.v[t->guests.v[k]].h.time;
    return start;
}

static void
begin_episode(struct trailing *t, const struct hit *at, double value)
{
    t->open = true;
    t->fired_skip = t->n_of_time;
    t->number++;
    t->added = t->w.head;
    t->union_start = window_hit(&t->w, 0)->seq;
    t->e.first_seen = window_start(t);
    t->e.fired_at = at->time;
    t->e.fired = *at;
    t->e.value = t->e.peak = value;
    if (t->a->explain != NULL)
        t->a->explain(t->a->state, &t->w, &t->e);
}

/* Has an earlier run judged the hit for good? */
static bool
is_past(struct trailing *t, int64_t time)
{
    t->n_of_time = time == t->time ? t->n_of_time + 1 : 0;
    t->time = time;
    return time < t->past.judge_from || (time == t->past.judge_from && t->n_of_time < t->past.judge_skip);
}

static void
judge(struct trailing *t, size_t i)
{
    const struct aggregate *a = t->a;
    const struct hit at = t->block.v[i].h;
    if (is_past(t, at.time) || (a->only_last && at.pos + 1 != t->c->n_inputs))
        return;
    invite_event(t, i);
    const double value = a->value(a->state, &t->w);
    const bool holds = a->holds != NULL ? a->holds(a->state, &t->w, &at, value) : corr_bounds_hold(t->c, value);
    if (!holds || (t->open && window_age(t->e.last_seen, at.time) > (uint64_t)t->c->timespan))
        end_episode(t);
    if (holds) {
        if (!t->open)
            begin_episode(t, &at, value);
        t->e.last_seen = at.time;
        t->e.peak = fmax(t->e.peak, value);
        add_window(t, i);
    }
    dismiss_guests(t);
}

static void
trailing_block(struct trailing *t)
{
    const int64_t now = t->block.v[0].h.time;
    expire(t, now);
    for (size_t i = 0; i < t->block.n; i++) {
        if (t->a->arrive != NULL)
            t->a->arrive(t->a->state, &t->block.v[i].h);
        window_push(&t->w, &t->block.v[i].h);
        if (!t->a->only_last)
            judge(t, i);
    }
    for (size_t i = 0; i < t->block.n && t->a->only_last; i++)
        judge(t, i);
}

static void
sweep_trailing(const struct correlation *c, struct group *g, struct sweep *s, const struct aggregate *a)
{
    struct trailing t = { .c = c, .g = g, .s = s, .a = a, .past = *group_past(g), .time = TIME_NONE };
    window_init(&t.w, a);
    episode_init(&t.e, s);
    while (read_block(&t))
        trailing_block(&t);
    end_episode(&t);
    window_clear(&t.w);
    window_fini(&t.w);
    vec_fini(&t.block);
    vec_fini(&t.guests);
    vec_fini(&t.guest_ahead);
}

bool
window_may_have(const struct correlation *c, struct group *g, size_t n)
{
    int64_t time[WINDOW_CLOSE]; /* of the latest n hits: a ring */
    size_t seen = 0;
    bool found = n < 2;
    struct hit h;
    while (!found && group_next(g, &h)) {
        time[seen++ % n] = h.time;
        found = seen >= n && window_age(time[seen % n], h.time) <= (uint64_t)c->timespan;
    }
    group_rewind(g);
    return found;
}

/* ---- closed windows ---- */

/* Judges the window, unless a later run will close it, fires it if it is true, and empties it. */
static void
close_window(const struct correlation *c, struct sweep *s, struct window *w, struct episode *e)
{
    const size_t n = window_size(w);
    if (n == 0)
        return;
    const struct aggregate *a = w->a;
    const struct hit last = *window_hit(w, n - 1);
    const int64_t start = window_hit(w, 0)->time;
    if (sweep_is_open(s, start, c->timespan)) {
        window_clear(w);
        return;
    }
    const double value = a->value(a->state, w);
    if (a->holds != NULL ? a->holds(a->state, w, &last, value) : corr_bounds_hold(c, value)) {
        e->first_seen = start;
        e->fired_at = e->last_seen = last.time;
        e->until = e->closes = time_after(start, c->timespan);
        e->fired = last;
        e->value = e->peak = value;
        if (a->explain != NULL)
            a->explain(a->state, w, e);
        for (size_t i = 0; i < n; i++)
            episode_add(e, window_hit(w, i));
        sweep_fire(s, e);
    }
    window_clear(w);
}

static void
sweep_closed(const struct correlation *c, struct group *g, struct sweep *s, const struct aggregate *a)
{
    struct window w;
    struct episode e;
    struct hit h;
    window_init(&w, a);
    episode_init(&e, s);
    while (group_next(g, &h)) {
        if (h.time < group_past(g)->judge_from)
            continue;
        if (window_size(&w) > 0 && window_age(window_hit(&w, 0)->time, h.time) > (uint64_t)c->timespan)
            close_window(c, s, &w, &e);
        window_push(&w, &h);
    }
    close_window(c, s, &w, &e);
    window_fini(&w);
}

void
window_sweep(const struct correlation *c, struct group *g, struct sweep *s, const struct aggregate *a)
{
    if (c->closed)
        sweep_closed(c, g, s, a);
    else
        sweep_trailing(c, g, s, a);
}
