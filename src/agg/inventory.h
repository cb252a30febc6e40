/* SPDX-License-Identifier: Apache-2.0 */
/* The inventories of apps and sessions over the whole run. Each worker keeps a small table of what it has seen
 * lately; when it is full it becomes records, which are sorted, folded and read like all others. Memory grows with
 * apps, (app, account) pairs and sessions, not with events.
 *
 * Counts are of deliveries: only rules remove an event that was delivered twice (design.md 1). First-party apps are
 * left out. */
#ifndef AUTHSIFT_AGG_INVENTORY_H
#define AUTHSIFT_AGG_INVENTORY_H

#include <stddef.h>

#include "agg/agg.h"
#include "event/event.h"
#include "out/results.h"

struct inventory;

struct inventory *inventory_new(const struct agg_plan *plan);
void inventory_free(struct inventory *inv);

/* These n events (at most AGG_EXPECT_MAX) are those that inventory_event will be given next: what it asks for is
 * brought near meanwhile. May be left out. */
void inventory_expect(struct inventory *inv, struct event *ev, size_t n);

/* Every event of the run. */
void inventory_event(struct inventory *inv, struct event *ev);

/* Fills r->apps and r->sessions. r->findings are there already. ERR_OUTPUT with messages if what is carried is damaged;
 * a failed spill is the caller's to ask for. */
enum err inventory_collect(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals,
                           unsigned n_threads, struct results *r, struct diags *d) MUST_CHECK;

#endif
