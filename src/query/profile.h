/* SPDX-License-Identifier: Apache-2.0 */
/* "Apps and sessions" of one account, as its owner sees them in the platform's settings, or the accounts of one app:
 * who is connected, with which permissions in words, since when, used when; sessions with place and time; and what to
 * do about each.
 *
 * Links (an account and an app) and sessions are merged by least and greatest times, so neither the order of events nor
 * threads matter. They are kept in memory: some 300 bytes for each app and session of an account, or account of an
 * app. */
#ifndef AUTHSIFT_QUERY_PROFILE_H
#define AUTHSIFT_QUERY_PROFILE_H

#include "out/results.h"
#include "query/query.h"

struct profile;

enum profile_of { PROFILE_ACCOUNT, PROFILE_APP };

/* Registers fields, so call it before plan_new. `limit`: accounts that are shown of an app, those that use it most. */
struct profile *profile_new(enum profile_of of, struct fields *fields, uint64_t limit);
void profile_free(struct profile *p);

/* Of the events that the plan's rule takes. What findings of *r (may be NULL) say about each part goes into the
 * column what_to_do. As query_run. */
enum err profile_run(const struct profile *p, const struct plan *plan, const struct inputs *in, const struct results *r,
                     struct sv who, const struct query_output *out, struct health_totals *totals,
                     struct diags *d) MUST_CHECK;

#endif
