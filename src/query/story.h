/* SPDX-License-Identifier: Apache-2.0 */
/* The story of an account or an app: what happened to it, in the order of time, and the findings that name it. */
#ifndef AUTHSIFT_QUERY_STORY_H
#define AUTHSIFT_QUERY_STORY_H

#include "out/results.h"
#include "query/query.h"

struct story;

/* Registers fields, so call it before plan_new. `limit` rows at most. */
struct story *story_new(struct fields *fields, uint64_t limit);
void story_free(struct story *s);

/* Is the finding about `who`: its account, app or session, or one of what its actions aim at? */
bool finding_names(const struct finding *f, struct sv who);

/* Events that the plan's rule takes, with findings of *r that name `who` (r may be NULL), as a table. As query_run. */
enum err story_run(const struct story *s, const struct plan *plan, const struct inputs *in, const struct results *r,
                   struct sv who, const struct query_output *out, struct health_totals *totals,
                   struct diags *d) MUST_CHECK;

#endif
