/* SPDX-License-Identifier: Apache-2.0 */
/* A run that stands in a row of runs: what it takes over from those before (state/state.h), and what it leaves for
 * those to come. doc/state.md is the description for users.
 *
 *   night_open      the lock, the state, what is carried
 *   night_choose    which inputs are new
 *   run_scan        reads, and asks night_takes about each event; behind the join night_begin_finish hands the carried
 *                   records over, agg_finish sweeps and hands out what is to be carried, night_end_finish looks at it
 *   night_record    opens a transaction: run, ledger, carry, history
 *   night_publish   commits it, and the reports with it
 *   night_close
 *
 * Whatever fails before the commit leaves state and reports as they were. */
#ifndef AUTHSIFT_RUN_NIGHT_H
#define AUTHSIFT_RUN_NIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "event/event.h"
#include "event/place.h"
#include "input/input.h"
#include "out/results.h"
#include "out/table.h"
#include "run/intake.h"
#include "run/run.h"

struct tap;
struct worker;

struct night_options {
    const char *path; /* of the state */
    bool wait;        /* for the lock of another run */
    bool rebuild;     /* forget ledger and carry of earlier runs, and begin with this one (--replay) */
    int64_t lateness; /* how long events may come after newer ones, microseconds */
    struct intake_options intake;
};

struct night;

/* Everything is borrowed until night_close. ERR_OUTPUT with messages: the state is in use, damaged, newer, cannot be
 * written, or was made with other rules. */
enum err night_open(const struct night_options *o, const struct run_options *ro, const struct program *program,
                    const struct source_defs *sources, struct night **out, struct diags *d) MUST_CHECK;
/* Rolls back what was not published. NULL is allowed. */
void night_close(struct night *n);

/* Which inputs are read; *left is the night's. As intake_choose. */
enum err night_choose(struct night *n, const struct inputs *in, const struct inputs **left, struct results *r,
                      struct health_totals *left_out, struct diags *d) MUST_CHECK;

/* ---- for the scan ---- */

enum night_verdict { NIGHT_TAKES, NIGHT_TOO_LATE, NIGHT_COUNTED };
/* Is this event, of input `file`, one of this run? Any thread. */
enum night_verdict night_verdict(const struct night *n, size_t file, int64_t time, uint64_t line);
/* The run that counted the beginning of a grown file. */
int64_t night_counted_in(const struct night *n, size_t file);

/* Origins of what is carried: how many, and their names to o->v[base ..]. */
size_t night_n_origins(const struct night *n);
void night_name_origins(const struct night *n, struct origins *o, size_t base);

/* Behind the join, before the finish, which gets what is returned in *agg: hands over what is carried. */
enum err night_begin_finish(struct night *n, struct agg_local *const *local, size_t n_locals, struct agg_plan *agg,
                            struct diags *d) MUST_CHECK;
/* Behind the finish: was all written that is to be carried? Keeps what the ledger has to say of the files. */
enum err night_end_finish(struct night *n, const struct tap *tap, struct worker *const *worker, unsigned n_workers,
                          const struct origins *origins, const struct health_totals *t, struct diags *d) MUST_CHECK;

/* ---- the end ---- */

/* Writes what the next run needs, in a transaction that stays open; gives the findings their status, and adds resolved
 * ones and what run.json says of the state. ERR_OUTPUT with messages. */
enum err night_record(struct night *n, struct results *r, struct diags *d) MUST_CHECK;
/* Publishes all reports in `folder` and commits, both or neither. ERR_OUTPUT: neither; or (a message says so) the state
 * is committed and a report could not be renamed: the next run will do it. */
enum err night_publish(struct night *n, struct results *r, const struct table_style *style, const char *folder,
                       struct diags *d) MUST_CHECK;

#endif
