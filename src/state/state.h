/* SPDX-License-Identifier: Apache-2.0 */
/* What one night leaves for the next: which inputs were counted, the records that later events may still need, and the
 * findings so far. One SQLite file, so that analysts can open it; nothing in it is needed to read a report.
 *
 *   state_open     takes the lock, migrates, and ends a publication that a dead run had begun
 *   ...            the run reads: ledger, carry, history
 *   state_begin    one transaction: ledger, carry, history, and the names of the prepared reports
 *   state_commit   from here on the run has happened
 *   (reports are renamed into place)
 *   state_published
 *
 * A run that dies before the commit has never been; one that dies behind it is ended by the next state_open, which
 * renames what is left to rename. */
#ifndef AUTHSIFT_STATE_STATE_H
#define AUTHSIFT_STATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/sv.h"

/* 2: behind the records there may be shelves (run/carried.h), which an authsift of version 1 cannot read. */
#define STATE_VERSION 2

struct state;

struct state_options {
    bool wait;      /* for a lock that another run holds, instead of giving up */
    bool read_only; /* for looking at it: takes no lock, needs the file to be there, and changes nothing */
};

/* Opens the file, or makes it. ERR_OUTPUT with a message that names the file: another run holds the lock (and who that
 * is), the file is of a newer version, damaged, no state, or cannot be written. */
enum err state_open(const char *path, struct state_options o, struct state **out, struct diags *d) MUST_CHECK;
/* Rolls back what was not committed, and gives the lock back. NULL is allowed. */
void state_close(struct state *s);

/* A transaction. Between begin and commit nothing is seen by others. */
enum err state_begin(struct state *s, struct diags *d) MUST_CHECK;
enum err state_commit(struct state *s, struct diags *d) MUST_CHECK;

/* Inside a transaction: `from` will be renamed to `to` behind the commit. */
enum err state_put_publication(struct state *s, const char *from, const char *to, struct diags *d) MUST_CHECK;
/* The renames are done. */
enum err state_published(struct state *s, struct diags *d) MUST_CHECK;

/* ---- runs ---- */

struct state_run {
    int64_t id;      /* from 1; of the run that is being written: set by state_put_run */
    int64_t started; /* wall clock, microseconds */
    int64_t finished;
    int64_t latest;    /* the greatest event time so far, or TIME_NONE */
    int64_t cut;       /* events before are final: later ones of that time come too late. TIME_NONE: there is none */
    struct sv program; /* version that made it */
    struct sv rules;   /* digest of rules and lists */
    struct sv options; /* digest of the options that change findings */
    uint64_t inputs;
    uint64_t events;
    uint64_t findings;
};

/* The latest run: false if there is none. Strings live until the next call. */
bool state_last_run(struct state *s, struct state_run *run);
bool state_has_run(struct state *s, int64_t id);
enum err state_put_run(struct state *s, struct state_run *run, struct diags *d) MUST_CHECK;
/* All runs, the oldest first. */
enum err state_each_run(struct state *s, void (*fn)(void *ctx, const struct state_run *run), void *ctx,
                        struct diags *d) MUST_CHECK;

/* ---- ledger: inputs that were counted ---- */

struct state_input {
    struct sv path;   /* as named in the run */
    uint64_t size;    /* bytes on disk */
    int64_t mtime;    /* microseconds */
    struct sv digest; /* of the whole content on disk, hex */
    uint64_t events;
    uint64_t last_line; /* of its last event, from 1; 0: it has none */
    int64_t run;        /* that counted it */
};

/* By path, or by content under whatever name: false if there is none. Strings live until the next call. */
bool state_find_path(struct state *s, struct sv path, struct state_input *in);
bool state_find_digest(struct state *s, struct sv digest, struct state_input *in);
/* Is there an input of this size, under whatever name? Where there is none, no digest has to be made. */
bool state_has_size(struct state *s, uint64_t size);
/* Inside a transaction. A known path is replaced. */
enum err state_put_input(struct state *s, const struct state_input *in, struct diags *d) MUST_CHECK;

/* All of them by path. */
enum err state_each_input(struct state *s, void (*fn)(void *ctx, const struct state_input *in), void *ctx,
                          struct diags *d) MUST_CHECK;
/* Inside a transaction: forgets them all. */
enum err state_clear_inputs(struct state *s, struct diags *d) MUST_CHECK;

/* ---- carry: bytes that agg/ made and reads again ---- */

/* Inside a transaction: forgets what was carried, so that tonight's can be put. */
enum err state_clear_carry(struct state *s, struct diags *d) MUST_CHECK;
/* A piece of a part's bytes (at most 16 MiB); pieces of one part are put in order. */
enum err state_put_carry(struct state *s, unsigned part, struct sv piece, struct diags *d) MUST_CHECK;
/* All pieces by part, in order. fn returns false to stop (which is an error that it has reported itself). */
enum err state_each_carry(struct state *s, bool (*fn)(void *ctx, unsigned part, struct sv piece), void *ctx,
                          struct diags *d) MUST_CHECK;

/* ---- history: findings ---- */

enum state_status { STATE_NEW, STATE_CONTINUING, STATE_RESOLVED };
extern const char *const state_status_names[3];

struct state_finding {
    uint64_t id;
    struct sv rule_id;
    struct sv entity; /* type and id, or the group */
    int level;
    double risk;
    int64_t first_seen; /* of its events */
    int64_t last_seen;
    int64_t first_run;
    int64_t last_run;
    enum state_status status;
    struct sv row; /* all of it, as bytes that out/pack.h made and reads */
};

/* Inside a transaction. Notes a finding of this run and says what it is: new, or continuing if its id, or another
 * finding of the same rule and entity, was open after an earlier run. f->first_run is set. */
enum err state_put_finding(struct state *s, struct state_finding *f, int64_t run, struct diags *d) MUST_CHECK;
/* Inside a transaction, behind the last of them: what was open and was not put is resolved; calls fn for each. */
enum err state_resolve(struct state *s, int64_t run, void (*fn)(void *ctx, const struct state_finding *f), void *ctx,
                       struct diags *d) MUST_CHECK;
/* All findings by (rule, entity, id). */
enum err state_each_finding(struct state *s, void (*fn)(void *ctx, const struct state_finding *f), void *ctx,
                            struct diags *d) MUST_CHECK;
/* Findings of one run (those it noted), by id. */
enum err state_each_of_run(struct state *s, int64_t run, void (*fn)(void *ctx, const struct state_finding *f),
                           void *ctx, struct diags *d) MUST_CHECK;

/* ---- what is known of entities, for rules that only speak beside others ---- */

struct state_known {
    struct sv entity_type;
    struct sv entity_id;
    struct sv rule_id; /* of a booster; empty: something else was found */
    struct sv title;
    int level;
    double risk; /* the greatest so far */
};

/* Inside a transaction. Of what is known already the greater level and risk stay. */
enum err state_put_known(struct state *s, const struct state_known *k, int64_t run, struct diags *d) MUST_CHECK;
/* All of it. */
enum err state_each_known(struct state *s, void (*fn)(void *ctx, const struct state_known *k), void *ctx,
                          struct diags *d) MUST_CHECK;
/* Inside a transaction: forgets it. */
enum err state_clear_known(struct state *s, struct diags *d) MUST_CHECK;

/* How much there is of everything. */
struct state_sizes {
    uint64_t runs;
    uint64_t inputs;
    uint64_t open; /* findings */
    uint64_t resolved;
    uint64_t carried_bytes;
};
enum err state_measure(struct state *s, struct state_sizes *sizes, struct diags *d) MUST_CHECK;

/* Forgets resolved findings, runs and ledger entries older than this wall-clock time; *n gets how many rows. */
enum err state_prune(struct state *s, int64_t before, uint64_t *n, struct diags *d) MUST_CHECK;

#endif
