/* SPDX-License-Identifier: Apache-2.0 */
/* One group's hits, in order (time, source name, file name, line, position in `rules`, then for chained hits inner
 * group key and inner first_seen). What a correlation type's sweep reads.
 *
 * Duplicates are gone already: of hits of one rule whose events carry the same non-empty uid only the first is here.
 * Hits come one by one, so that a group of any size can be swept in the memory of its window (giant.h). Whoever needs a
 * hit later keeps the struct: it is small, and its texts stay where they are, in memory or in a mapped file. So a view
 * is free for as long as the sweep likes, and a copy of a text is not.
 */
#ifndef AUTHSIFT_AGG_GROUP_H
#define AUTHSIFT_AGG_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"
#include "event/place.h"

struct hit {
    int64_t time;
    struct place at;
    uint32_t pos;      /* of the rule in the correlation's inputs */
    bool fresh;        /* no earlier run has seen it (carry.h) */
    uint64_t event;    /* identity within the group: equal for hits of one event (same line, or same non-empty uid);
                          grows in the order of first appearance */
    uint64_t seq;      /* the hit's position in the group's order */
    const char *facts; /* encoded; read with hit_fact, or hit_facts and facts_get */
    struct sv payload; /* what the type's `record` appended */
};

/* Hits in a row; the owner frees it with vec_fini. */
struct hit_list {
    struct hit *v;
    size_t n;
    size_t cap;
};

/* What is known of a group before any of its hits is looked at. */
struct outline {
    size_t n;                 /* hits */
    bool is_uniform;          /* they all have the same payload */
    const uint8_t *has_input; /* per input of the correlation: is there a hit of it? */
    size_t n_inputs;          /* how many inputs have hits */
    int64_t first, last;      /* times of the first hit and the last */
    struct sv payload;        /* of the first hit */
};

struct group;
struct past; /* agg/carry.h */

/* The next hit; false at the end. Views in *h are valid until the group's sweep returns. */
bool group_next(struct group *g, struct hit *h);

/* Starts again from the first hit. */
void group_rewind(struct group *g);

/* Hits of the same event that stand at another place (the event was delivered twice and another rule matched the second
 * delivery): an event enters a window whole, so a window judged at `h` holds them too. Nearly always none. In order;
 * the list is valid until the next call. */
size_t group_companions(struct group *g, const struct hit *h, const struct hit **companion);

/* What can be said of a group before it is walked, for sweeps that can tell from it that nothing will fire; most groups
 * never do. Do all hits have the same payload? How many of the correlation's inputs have hits, at most? */
bool group_is_uniform(const struct group *g);
size_t group_inputs(const struct group *g);

/* What is left of the hits that earlier runs did not carry here. */
const struct past *group_past(const struct group *g);

/* The group's key: the texts of group-by, in order. */
size_t group_key(const struct group *g, const struct sv **part);

/* All facts of a hit, for facts_get (record.h). */
struct sv hit_facts(const struct hit *h);

/* Fact i of a hit (ir/program.h enum fact): false if the event had none. */
bool hit_fact(const struct hit *h, size_t i, struct sv *text);

#endif
