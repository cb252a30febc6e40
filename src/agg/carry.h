/* SPDX-License-Identifier: Apache-2.0 */
/* From one night's run to the next. A run with state keeps, of every group of every correlation, the records that later
 * runs need, and they are read again as if they had just been scanned: so windows, episodes and learnt habits go on
 * where they were, and one run over all nights would find the same.
 *
 * What is final. Events may come late, but none is older than the cut (agg_night). The horizon of a correlation is the
 * time before which nothing changes any more in what it listens to: the cut, if it listens to rules. Findings of an
 * inner correlation may still change below the cut, as long as their episode or window is open; an outer one's horizon
 * lies before all of these. A finding is final if no hit at or behind the horizon can change it (episode.until): final
 * ones are carried to the outer correlations as records, the others are found again by the next run's sweep of the
 * same hits.
 *
 * What is reported. Of hits, fresh are those that no earlier run has seen, deliveries of one event (same uid) being one
 * hit. A finding is reported if one of its hits is fresh, if its type judges by the greatest time, or if it is of a
 * closed window that was still open at the end of the run before. Whatever is found is a hit of outer correlations,
 * fresh or not.
 *
 * What is carried. Each type says which hits the next run needs (corr_type.carry): most often those from some time on.
 * Where those before are not to be judged again, but only to fill windows, it says from when on to judge; that, and
 * number and first time of the hits that are not carried, is the group's past. It travels as a record without a time,
 * which stands before all others of its group and whose tie is
 *
 *   varint hits, varint events, zigzag time of the first hit (TIME_NONE: there were none), and for each member of the
 *   family: zigzag judge_from, varint judge_skip */
#ifndef AUTHSIFT_AGG_CARRY_H
#define AUTHSIFT_AGG_CARRY_H

#include <stdbool.h>
#include <stdint.h>

#include "agg/group.h"
#include "base/buf.h"
#include "base/sv.h"
#include "base/vec.h"
#include "ir/program.h"

struct past {
    uint64_t n_hits;    /* that were not carried, */
    uint64_t n_events;  /* and their events */
    int64_t first;      /* time of the first of them; TIME_NONE: there are none */
    int64_t judge_from; /* hits before this time, */
    uint64_t
        judge_skip; /* and so many of this time, are there to fill windows and are not judged. To closed windows they do
                            not belong at all: another member of the family needs them */
};

/* What one sweeping thread is told about the group and correlation that it has just swept. */
struct carry {
    struct group *group;
    int64_t horizon;
    int64_t now; /* sweep_now */
    /* Of the earliest episode that may still grow, if the sweep has noted one (carry_episode): */
    bool has_open;
    int64_t open_first; /* first_seen */
    int64_t open_fired; /* fired_at, */
    uint64_t open_skip; /* and how many hits of this time come before the one at which it fired */
    /* What a type that judges by the greatest time has noted (carry_due). */
    int64_t due;
    bool has_unsettled; /* some member of the family has found something that may still change */
    /* The answer. */
    int64_t judge_from; /* of the correlation; INT64_MIN: all are judged again */
    uint64_t judge_skip;
    int64_t from;         /* of its whole family, which shares records: hits from this time on are carried, */
    VEC(uint64_t) single; /* and those at these positions (seq) */
    struct buf members;   /* what its members have to say, as in the tie of its past; */
    int64_t judges_from;  /* the time from which all of them judge every hit */
    int64_t dues;         /* the earliest of what they have noted */
};

/* Time and span, at most the greatest time there is. Spans are not negative. */
static inline int64_t
time_after(int64_t time, int64_t span)
{
    return time > INT64_MAX - span ? INT64_MAX : time + span;
}
static inline int64_t
time_before(int64_t time, int64_t span)
{
    return time < INT64_MIN + span ? INT64_MIN : time - span;
}

/* ---- for the types ---- */

struct episode;
struct sweep;

/* In the sweep: an episode of trailing windows is complete. `skip`: hits of its fired_at that come before the one at
 * which it fired. Says until when it may grow. */
void carry_episode(struct sweep *s, struct episode *e, uint64_t skip);

/* In the sweep of a type that judges by the greatest time (sweep_now), where it has found nothing: as long as no hit
 * comes, it will not before that time reaches this. Whoever says nothing is asked each night. */
void carry_due(struct sweep *s, int64_t due);

/* All hits from this time on. */
void carry_from(struct carry *k, int64_t time);
/* This hit, and those that other rules made of other deliveries of its event: the first one of them decides the
 * event's place in the order. */
void carry_hit(struct carry *k, const struct hit *h);

/* What trailing windows need, of a type that also looks at what is up to `reach` older than a window. */
void carry_trailing(const struct correlation *c, struct carry *k, int64_t reach);
/* What closed windows need, each so long. */
void carry_closed(struct group *g, struct carry *k, int64_t span);
/* Of types that judge single hits by what is at most `reach` older. */
void carry_single_hits(struct carry *k, int64_t reach);
/* Trailing or closed windows and nothing else: the `carry` of such a type. */
void carry_windows(const struct correlation *c, struct group *g, struct carry *k);

/* ---- for the finish ---- */

struct finish;
struct record;
struct family;

/* The horizons of the correlations of a level, from what is known of the levels below. */
void carry_horizons(struct finish *f, unsigned level);
/* The level is swept: what may still change in its findings. */
void carry_settle(struct finish *f, const struct sweep *sweep, unsigned n_threads, unsigned level);

/* Around the sweep of one group: of the whole family, and of each of its members. */
void carry_begin(struct sweep *s, uint32_t corr);
void carry_begin_member(struct sweep *s);
void carry_end_member(struct sweep *s);
void carry_end(struct sweep *s, uint32_t corr);

/* Of groups in which nothing can have been found, and of which nobody needs to see the hits to know what is carried of
 * them: where all of the family are so (corr_type.carries_by_time), hits from carry_by_time on are carried. Then
 * carry_past_by_time says whether there has to be a past; s->tie is the tie of its record. `past` says what is not
 * carried. */
bool carry_is_by_time(const struct sweep *s, uint32_t corr);
int64_t carry_by_time(struct sweep *s, uint32_t corr);
bool carry_past_by_time(struct sweep *s, uint32_t corr, const struct past *past, int64_t first_kept);
/* Does any of the family ask for group_past? */
bool carry_wants_past(const struct sweep *s, uint32_t corr);

/* The past of the n-th member of a family, from a record's tie (SV_NONE: there is no past). */
struct past carry_past(struct sv tie, size_t member);
/* Is it a group's past? Whether it makes sense is asked by carry_is_past, of records of other processes. */
bool carry_is_past_record(const struct record *r);
bool carry_is_past(const struct family *family, const struct record *r);

#endif
