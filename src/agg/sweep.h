/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: the sweep's own view of groups, threads and results. Correlation types see group.h and episode.h only.
 *
 *   struct finish   one run's finish, shared by the sweeping threads; its lock covers everything in the results
 *   struct sweep    one sweeping thread: its current group, scratch, counters, and its records for outer correlations
 */
#ifndef AUTHSIFT_AGG_SWEEP_H
#define AUTHSIFT_AGG_SWEEP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "agg/agg.h"
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/emit.h"
#include "agg/entry.h"
#include "agg/episode.h"
#include "agg/group.h"
#include "agg/record.h"
#include "base/arena.h"
#include "base/vec.h"

/* ---- groups (group.c) ---- */

struct giant; /* agg/giant.h */

struct uid_slot {
    uint32_t tag;  /* piece of the uid's hash */
    uint32_t last; /* 1 + the latest record kept with this uid; 0: free */
};

/* Sorted entries of one (correlation, key), and what their uids say: which records are repeated deliveries, and which
 * events stand at several places. The arrays are indexed by the record's position and are reused from group to group.
 * Of a group on disk (giant.h) there are no entries and no such arrays; what is known of the whole group is here all
 * the same. */
struct group {
    struct giant *giant;         /* borrowed; NULL: the hits are the entries */
    const struct entry *entry;
    size_t n;
    size_t i;                    /* of the next record */
    struct sv packed_key;        /* as in records */
    VEC(struct sv) key;          /* its parts */
    VEC(uint32_t) event;         /* of each record */
    VEC(uint32_t) before;        /* 1 + the record of the same uid kept before this one; 0: none */
    VEC(uint8_t) mark;           /* MARK_*: a later delivery of a hit; a hit that an earlier run has seen, too */
    VEC(uint32_t) last_of_event; /* by event: 1 + the latest record kept with its uid; 0: no uid */
    VEC(struct uid_slot) slots;
    size_t n_slots;              /* power of two; of this group */
    bool has_spread;             /* some event stands at several places */
    VEC(uint64_t) duplicates;    /* per input: repeated hits that were dropped */
    VEC(uint8_t) has_input;      /* per input: some hit, perhaps a dropped one */
    size_t n_has_input;
    bool is_uniform;             /* all payloads are equal */
    size_t member;               /* whose payloads the hits have: the n-th of its family, */
    bool is_shared;              /* if there is one */
    struct hit_list companions;  /* the latest that were asked for */
    /* ---- of a run that carries (carry.h) ---- */
    const struct agg_night *night; /* NULL: it is none */
    struct sv past_tie;            /* SV_NONE: the group has no past */
    struct past past;              /* for the member that is swept */
};

enum { MARK_DROPPED = 1, MARK_KNOWN = 2 };

/* e[0..n) are all records of one group, sorted, of a correlation with n_inputs. */
void group_open(struct group *g, const struct entry *e, size_t n, size_t n_inputs);
/* The group is on disk; sealed. It is borrowed until the next group is opened. past_tie: of the record of its past,
 * which is not in the giant; SV_NONE: it has none. */
void group_open_giant(struct group *g, struct giant *giant, struct sv past_tie);

/* From the first hit on, for a member of the family (0 if it has but one). */
void group_begin(struct group *g, size_t member, bool is_shared);
void group_fini(struct group *g);

/* No hits, only a past? */
bool group_is_empty(const struct group *g);

/* The earliest time of a finding among the hits that may still change; INT64_MAX: there is none. */
int64_t group_unsettled(const struct group *g);

/* All that the record of the hit says that group_next gave last; borrowed until the next call of either. Its
 * correlation is not set in groups on disk. */
void group_record(const struct group *g, const struct hit *h, struct record *r);

/* ---- what is known of a correlation before its first sweep ---- */

struct corr_info {
    struct sv metric;
    enum action_id *actions;
    size_t n_actions;
    struct sv *evidence;      /* names of the evidence fields */
    field_id *group_field;    /* ids of group_names, for chained hits; FIELD_NONE where nobody reads it */
    uint64_t *duplicates;     /* per input, summed over the threads */
};

struct finish {
    const struct agg_plan *plan;
    struct results *r;
    struct corr_info *info;          /* per correlation */
    field_id value, peak, events;    /* fields that chained hits have */
    field_id risk, title;            /* finding.*: those as well */
    int64_t now;
    const struct agg_night *night;   /* NULL: nothing is carried. Else, per correlation (carry.h), */
    int64_t *horizon;                /* set before its level is swept */
    int64_t *settled;                /* behind it: findings come and go from here on, */
    int64_t *unsettled;              /* and the earliest that may still change is this old */
    pthread_mutex_t lock;
};

/* What the next run needs of a group whose slips the sweeping thread has put together itself (resume.h): instead of
 * records it gets marks. */
struct kept_marks {
    const struct slip *slip; /* the first of them all */
    uint8_t *keep;           /* by slip: 1 is set if it is carried */
    bool has_past;           /* sweep.tie has the tie of its record */
};

struct sweep {
    struct finish *f;
    const struct correlation *c;
    uint32_t corr;
    struct group group;
    struct arena arena;              /* scratch of one group */
    struct agg_local *local;         /* records for outer correlations, counters */
    uint64_t **duplicates;           /* per correlation, per input */
    uint64_t *survey;                /* per correlation: this thread's part, then the sum */
    struct episode_account *accounts; /* all that were ever made */
    struct episode_account *spare;    /* those not in use */
    struct event event;              /* a finding dressed up as an event */
    struct arena event_scratch;
    struct buf tie;
    struct buf facts;
    struct buf members;
    struct buf id;
    /* ---- of a run that carries ---- */
    struct carry carry;
    struct agg_local *kept;          /* records for the next run, */
    struct kept_marks *marks;        /* unless this is not NULL */
    int64_t *lowest;                 /* per correlation: horizon of the group that reaches farthest back */
    int64_t *unsettled;              /* per correlation: fired_at of the earliest finding that may still change */
};

void sweep_init(struct sweep *s, struct finish *f);
void sweep_fini(struct sweep *s);

/* The slip of a hit, of a group in memory. */
const struct slip *group_slip(const struct group *g, const struct hit *h);

/* Runs the sweep (or survey) of a correlation, and of all its family, over one group. */
void sweep_group(struct sweep *s, uint32_t corr, const struct entry *e, size_t n, bool survey);
/* The same over a group on disk; sealed. past_tie as in group_open_giant. */
void sweep_giant(struct sweep *s, uint32_t corr, struct giant *giant, struct sv past_tie, bool survey);
/* Does the correlation, or any of its family, want the survey? */
bool sweep_wants_survey(const struct sweep *s, uint32_t corr);

/* episode.c: gives all accounts of the group back. */
void episode_release_all(struct sweep *s);
void episode_fini_all(struct sweep *s);

/* chain.c: the finding as a hit of the correlations that list this one. */
struct fired {
    const struct episode *e;
    uint64_t event_count;
    const struct sv *fact;    /* FACT_EVIDENCE + n_evidence texts; p == NULL: none */
    size_t n_facts;
    bool is_fresh;            /* as carry.h has it: to be reported, */
    bool is_final;            /* and never to change */
};
void chain_fired(struct sweep *s, const struct fired *fired);

/* finding.c: the risk of a finding, 0..100: its rule's, less if it was softened. */
double finding_risk(const struct sweep *s, const struct episode *e);

/* finding.c: the id of a finding. */
uint64_t finding_hash(struct sv rule_id, size_t n_group, struct sv key, int64_t first_seen, int64_t fired_at,
                      struct buf *scratch);

#endif
