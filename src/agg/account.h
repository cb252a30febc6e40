/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: what an episode remembers of its hits. Bounded by the number of reports' columns, not by the number of
 * hits, except for gaps in the order of its events. */
#ifndef AUTHSIFT_AGG_ACCOUNT_H
#define AUTHSIFT_AGG_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "agg/episode.h"
#include "agg/firsts.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "ir/program.h"
#include "out/finding.h"

#define SAMPLES_FIRST (FINDING_SAMPLES - 1)
#define EVIDENCE_SHOWN 5u

/* Events [from, to) of the group. */
struct event_range {
    uint64_t from;
    uint64_t to;
};

struct sample {
    uint64_t event;
    uint64_t seq; /* the first of the event's hits */
    struct place at;
};

/* The one text of all hits that have one, while there is no other. */
struct shared_text {
    enum { SHARED_NONE, SHARED_TEXT, SHARED_MIXED } state;
    struct sv text;
};

struct episode_account {
    struct sweep *sweep;
    struct episode_account *next;       /* of all */
    struct episode_account *next_spare;
    struct arena arena;                 /* texts; until the reset */
    VEC(struct event_range) events;
    size_t n_joined;                    /* ranges that are sorted and disjoint */
    struct sample first[SAMPLES_FIRST]; /* by event */
    size_t n_first;
    struct sample last;
    bool has_last;
    bool fresh;                         /* some hit is (carry.h) */
    struct shared_text fact[FACT_EVIDENCE];
    struct firsts targets;
    struct buf target;                  /* the latest added, encoded */
    struct buf scratch;
    VEC(struct firsts) evidence;        /* grows to the longest list of evidence fields */
    VEC(struct named_text) said;
};

/* Distinct events of all hits added. */
uint64_t account_events(struct episode_account *a);

/* Up to FINDING_SAMPLES; returns how many. */
size_t account_samples(const struct episode_account *a, struct place at[FINDING_SAMPLES]);

/* The one fact of all hits that have it (i < FACT_EVIDENCE; empty if they differ), or the first texts of an evidence
 * field, packed by put_bytes; p == NULL if no hit has one. */
struct sv account_fact(struct episode_account *a, const struct episode *e, size_t i);

#endif
