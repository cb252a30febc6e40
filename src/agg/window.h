/* SPDX-License-Identifier: Apache-2.0 */
/* The windows of sigma-profile.md 13, for every type that judges them. A type says what its aggregate does when a hit
 * enters or leaves; this module decides which hits those are, judges, and makes episodes of what was true.
 *
 *   trailing  at each hit i: the hits at or before i that are at most `timespan` older, and the rest of i's event,
 *             wherever it stands ("an event enters a window whole"). A run of true hits is an episode, one finding.
 *   closed    from the first hit on, `timespan` long; then from the first hit after it. Judged once, at its end.
 *
 * A hit enters once and leaves once, so a sweep costs the hits times what the aggregate costs, whatever the window's
 * length. What is held is the window, never the group. Only the rest of an event that is not yet (or no more) within
 * the span enters for one judgement alone; there are at most as many of those as the correlation has rules.
 */
#ifndef AUTHSIFT_AGG_WINDOW_H
#define AUTHSIFT_AGG_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/episode.h"
#include "agg/group.h"
#include "base/vec.h"
#include "ir/program.h"

struct window;

/* What a type keeps up to date about a window. Functions may be NULL unless said otherwise. */
struct aggregate {
    void *state;

    /* Every hit, as it comes and goes. */
    void (*enter)(void *state, const struct hit *h);
    void (*leave)(void *state, const struct hit *h);

    /* An event contributes once, however many listed rules it matches: the first of its hits (in order) that is usable
     * speaks for it. `add` when a hit begins to speak, `remove` when it falls silent. usable NULL: every hit is. */
    bool (*usable)(void *state, const struct hit *h);
    void (*add)(void *state, const struct hit *h);
    void (*remove)(void *state, const struct hit *h);

    /* Trailing windows: hit h is about to enter, those too old for it have left. */
    void (*arrive)(void *state, const struct hit *h);
    /* Trailing windows: h has become older than the span and has left for good. */
    void (*expire)(void *state, const struct hit *h);

    /* Must be there. NaN: undefined, which satisfies nothing. */
    double (*value)(void *state, const struct window *w);
    /* Is it true at `at`? NULL: if the correlation's bounds hold. */
    bool (*holds)(void *state, const struct window *w, const struct hit *at, double value);
    /* Adds evidence of the type's own to an episode, at its first true hit. */
    void (*explain)(void *state, const struct window *w, struct episode *e);

    /* Of closed windows, or of a window that is filled by hand: nobody asks which hits are one event. */
    bool only_hits;

    /* temporal_ordered: only hits of the last listed rule are judged, and hits of one time enter together. */
    bool only_last;
};

/* A hit in the window, in a pool; -1 ends a list. */
struct window_hit {
    struct hit h;
    ptrdiff_t next; /* the event's next hit in order, or the next free one */
};

struct window_event {
    uint64_t event;
    ptrdiff_t first;   /* in order; -1: a free slot */
    ptrdiff_t speaker; /* -1: none is usable */
};

struct window {
    const struct aggregate *a;
    VEC(struct window_hit) pool;
    ptrdiff_t free;
    size_t *ring;    /* indices of pool, oldest first: the hits within the span */
    size_t ring_cap; /* a power of two, or 0 */
    size_t head;     /* running numbers: the oldest is ring[head % ring_cap], */
    size_t tail;     /* and behind the newest */
    struct window_event *slot;
    size_t n_slots;  /* a power of two, or 0 */
    size_t n_events; /* distinct events in the window */
};

void window_init(struct window *w, const struct aggregate *a);
void window_fini(struct window *w);

/* Hits are pushed in order. */
void window_push(struct window *w, const struct hit *h);
static inline size_t
window_size(const struct window *w)
{
    return w->tail - w->head;
}
/* The i-th oldest hit; i < window_size. Valid until the next push. */
const struct hit *window_hit(const struct window *w, size_t i);
/* The oldest leaves; *h (may be NULL) gets it. */
void window_pop(struct window *w, struct hit *h);
void window_clear(struct window *w);

/* Time between two hits, earlier first; never overflows. */
static inline uint64_t
window_age(int64_t earlier, int64_t later)
{
    return (uint64_t)later - (uint64_t)earlier;
}

/* Are there n hits (at most WINDOW_CLOSE) anywhere in the group that one trailing window can hold? What cannot have as
 * many hits cannot have as many events either. Leaves the group at its first hit. */
#define WINDOW_CLOSE 64u
bool window_may_have(const struct correlation *c, struct group *g, size_t n);

/* Sweeps the group with trailing or closed windows, as the correlation is judged, and fires what was true. */
void window_sweep(const struct correlation *c, struct group *g, struct sweep *s, const struct aggregate *a);

#endif
