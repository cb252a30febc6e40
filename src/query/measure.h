/* SPDX-License-Identifier: Apache-2.0 */
/* Measures of a group, as partial results that merge: any number of events in any order, cut into any pieces, give the
 * same answer to the last bit.
 *
 * Most are a few bytes of state per group (here called its tally). Two kinds are not: distinct values and order
 * statistics need every value. Those values are members of the group: records of their own, which sort behind the
 * group's tally, equal ones folded into one with a count. Whoever walks a group in order can count them, or pick the
 * k-th, without holding them. */
#ifndef AUTHSIFT_QUERY_MEASURE_H
#define AUTHSIFT_QUERY_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "query/column.h"
#include "query/datum.h"

enum measure_kind {
#define MEASURE(id, name, help) MEASURE_##id,
#include "query/measures.def"
#undef MEASURE
    MEASURE_KINDS_
};
extern const char *const measure_names[MEASURE_KINDS_];

struct measure {
    enum measure_kind kind;
    struct asked of;   /* not of COUNT */
    struct sv title;   /* "count", "distinct(actor.user.uid)" */
    unsigned pos;      /* its values are members under this number, from 1; 0: it has none */
    bool owns_members; /* the first of those measures that share a pos: it makes them */
    size_t at;         /* of its part of the tally */
};

/* Memory that dies as a whole, and says how much of it there is. */
struct pool {
    struct arena arena;
    size_t bytes;
};
void *pool_alloc(struct pool *p, size_t n);

/* Fills pos, owns_members and at of each; returns the bytes of a tally. */
size_t measures_lay_out(struct measure *m, size_t n);

/* Are its members numbers (order statistics) or texts (distinct)? */
bool measure_has_numbers(const struct measure *m);

/* The numbers of a field: JSON numbers, and texts that are exactly one. False: it is none, or not finite. */
bool measure_number(const struct datum *d, double *x);

/* A tally is zeroed bytes to begin with, aligned for any object. What it points to lives in the pool. */

/* One event. */
void measure_add(const struct measure *m, void *tally, struct event *ev, const struct inputs *in, struct pool *pool);
/* To bytes, from bytes: the latter adds what the bytes say. Bad bytes set r->bad. */
void measure_put(const struct measure *m, const void *tally, struct buf *b);
void measure_merge(const struct measure *m, void *tally, struct reader *r, struct pool *pool);
/* How many numbers are members (of the owner of the pos). */
uint64_t measure_members(const struct measure *m, const void *tally);
/* The result of one that has no members. Lives in `a`, or as long as the tally. */
struct datum measure_result(const struct measure *m, const void *tally, struct arena *a);

/* The percentile of MEDIAN, P90, P99. */
double measure_percentile(const struct measure *m);

#endif
