/* SPDX-License-Identifier: Apache-2.0 */
/* What was counted by an earlier run is not counted again: before a scan every input file is looked up in the ledger.
 *
 *   same path, size and time of change          counted already
 *   same content, under whatever name           counted already (a second delivery)
 *   a known path, the old content and more      grown: refused, or read on behind the last event that was counted
 *   a known path with other content             changed: refused, or counted like a new file
 *
 * A content is digested only where the ledger has a file of that size, or that path. */
#ifndef AUTHSIFT_RUN_INTAKE_H
#define AUTHSIFT_RUN_INTAKE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/vec.h"
#include "input/input.h"
#include "out/results.h"
#include "run/run.h"
#include "state/state.h"

struct intake_options {
    bool count_all;     /* whatever the ledger says: it will be replaced */
    bool read_grown;    /* otherwise a grown file is an error */
    bool count_changed; /* otherwise a changed file is an error */
};

/* Of a file that is read. */
struct intake_file {
    uint64_t size; /* on disk, when it was looked at; 0 and no mtime if that failed: the scan will say why */
    int64_t mtime;
    uint64_t counted_lines; /* events up to this line were counted by an earlier run; 0: it is new */
    int64_t counted_in;     /* that run */
};

struct intake {
    struct inputs *in;             /* files to read, */
    VEC(struct intake_file) files; /* and what is known of them */
};

/* Looks up all files. Those that were counted are left out: named in notes, with rows in r->health, counted in
 * *left_out. ERR_USAGE for standard input, which is not known by any name; ERR_OUTPUT with messages for grown and
 * changed files (all are named). *out must be ended in any case. */
enum err intake_choose(struct state *s, const struct inputs *in, const struct intake_options *o, struct intake *out,
                       struct results *r, struct health_totals *left_out, struct diags *d) MUST_CHECK;
void intake_fini(struct intake *k);

/* Inside a transaction: file i was counted. `info` is what its stream said at its end. A file that could not be read at
 * all is not noted: the next run tries again. */
enum err intake_note(const struct intake *k, size_t i, const struct stream_info *info, uint64_t events,
                     uint64_t last_line, int64_t run, struct state *s, struct diags *d) MUST_CHECK;

#endif
