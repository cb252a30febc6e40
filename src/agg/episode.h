/* SPDX-License-Identifier: Apache-2.0 */
/* From hits to a finding. An episode collects what a finding says about its hits: the values they share, evidence,
 * sample places, targets of actions, distinct events. A sweep fills one and fires it. */
#ifndef AUTHSIFT_AGG_EPISODE_H
#define AUTHSIFT_AGG_EPISODE_H

#include <stdbool.h>
#include <stdint.h>

#include "agg/group.h"
#include "base/sv.h"
#include "ir/program.h"

struct episode_account; /* private to episode.c */

struct episode {
    /* Set by the sweep. */
    int64_t first_seen;
    int64_t fired_at;
    int64_t last_seen;
    double value;
    double peak;
    struct hit fired;       /* the hit at fired_at: its place is the place of a chained hit */
    int level;              /* -1: the rule's; else this one (a softened finding) */
    uint64_t event_count;   /* 0: the distinct events among the hits that were added while it was 0 */
    int64_t until;          /* a hit of this time, or of an earlier one, may still change it: what a run with state asks
                               (carry.h). INT64_MAX unless the sweep knows better: any hit */
    int64_t closes;         /* of a closed window, the latest time that it can hold; else TIME_NONE */
    bool facts_of_fired;    /* account_id, session_id and so on are those of `fired`, not what all hits share */
    struct episode_account *account;
};

struct sweep;

/* An empty episode whose memory is the sweep's; one may be reused after episode_reset or sweep_fire. */
void episode_init(struct episode *e, struct sweep *s);
void episode_reset(struct episode *e);

/* Takes one hit into account. In any order; doing it again changes nothing. Sample places, targets and evidence are
 * ordered by the hits' order, not by the order of calls. */
void episode_add(struct episode *e, const struct hit *h);

/* Evidence of the type's own, shown before the rule's evidence fields. Both are copied. */
void episode_say(struct episode *e, struct sv name, struct sv text);
void episode_say_number(struct episode *e, struct sv name, double x);

/* Makes the finding (if the correlation is reported) and the hit of outer correlations (if any list it), then resets e.
 * The sweep's key is the group's. */
void sweep_fire(struct sweep *s, struct episode *e);

/* The greatest event time of the run, of any event; TIME_NONE if there was none. */
int64_t sweep_now(const struct sweep *s);

/* Is the closed window that began at this time, so long, still open when the run ends? Then it is not judged: the run
 * that closes it will do that. Never without state. */
bool sweep_is_open(const struct sweep *s, int64_t start, int64_t span);

/* For types with a survey: one number per correlation, kept over its groups. */
uint64_t *sweep_survey(struct sweep *s);
/* A survey: counts the group if the rule at this position has a hit in it. */
void sweep_survey_rule(struct sweep *s, struct group *g, uint32_t pos);

/* Scratch that lives as long as the sweep of one group. */
struct arena *sweep_arena(struct sweep *s);

#endif
