/* SPDX-License-Identifier: Apache-2.0 */
/* What this run leaves for the next one: made while the run ends, in files without a name, and put into the state
 * inside the transaction that commits the run. carried.h reads it again and says what it is. */
#ifndef AUTHSIFT_RUN_CARRYING_H
#define AUTHSIFT_RUN_CARRYING_H

#include "agg/agg.h"
#include "agg/partial.h"
#include "agg/shelf.h"
#include "base/diag.h"
#include "base/err.h"
#include "run/partial_manifest.h"
#include "state/state.h"

struct carrying;

/* Files in tmpdir, for a run with these rules. NULL with messages (ERR_OUTPUT). */
struct carrying *carrying_new(const struct program *program, const char *tmpdir, struct diags *d);
void carrying_free(struct carrying *c); /* NULL is allowed */

/* Says where the shelves are written (s->out). */
void carrying_open_shelves(struct carrying *c, struct shelves *s);

/* The records, in the form in which agg_night hands them over; ctx is the carrying. */
enum err carrying_records(void *ctx, const struct partial_pile *pile, struct diags *d) MUST_CHECK;
/* A record of the inventories, as agg_night hands them over, behind carrying_records; ctx is the carrying. */
void carrying_inventory(void *ctx, unsigned partition, const struct record *r);
/* After agg_finish, which has written the shelves: was everything written? */
enum err carrying_check(struct carrying *c, const struct shelves *s, struct diags *d) MUST_CHECK;

/* Inside a transaction: replaces what the state carries. The manifest m has settings, rules, and origins as the records
 * count them; its files and counters are made here. */
enum err carrying_put(struct carrying *c, struct state *s, struct manifest *m, struct diags *d) MUST_CHECK;

/* Bytes that carrying_put has put. */
uint64_t carrying_bytes(const struct carrying *c);

#endif
