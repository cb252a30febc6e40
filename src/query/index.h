/* SPDX-License-Identifier: Apache-2.0 */
/* What a file can hold, in a small file beside it: the times of its first and last event, and for some fields a Bloom
 * filter of their values. A question that asks for one account need not open the files that cannot hold it.
 *
 * An index says no, or maybe; it never says no to what is there. Therefore it is used only if nothing it depends on
 * has changed: size and time of the file, its first and last bytes, the source definitions through which it was read.
 * Everything that is read of an index is checksummed.
 *
 * Layout, all numbers little-endian, in pages of 4096 bytes of which the last 8 are the XXH3-64 of those before:
 *
 *   page 0   "authsift-index\n" NUL, u32 version (1), u32 0,
 *            u64 size of the file, i64 seconds and u32 nanoseconds of its time, u32 0,
 *            u64 XXH3-64 of its first and last 4096 bytes, u64 of the source definitions,
 *            u64 lines, u64 blank lines, u64 events, u64 rejects, u64 events without a time,
 *            i64 first time, i64 last time (microseconds), u64 bytes of text,
 *            3 names of 64 bytes with NULs behind them: source definition, format, compression,
 *            u32 number of fields, u32 0; for each: u64 values, u32 first page, u32 pages (0: it has no filter)
 *   page n   63 blocks of 64 bytes
 *
 * A value is hashed (ASCII lower case, then XXH3-64). Its block is the upper half of the hash times the number of
 * blocks, over 2^32; in it 8 bits are set, bit i being the 9 bits from 7 * i on of the hash times 0x9e3779b97f4a7c15
 * (rotated by 7 each). With 20 bits a value some 2 of 10,000 values that are not there seem to be. A value that is a
 * number is there a second time, as '#' and the number's shortest form. */
#ifndef AUTHSIFT_QUERY_INDEX_H
#define AUTHSIFT_QUERY_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "event/fields.h"
#include "event/source.h"
#include "input/input.h"
#include "ir/program.h"
#include "run/run.h"

/* Fields that have a filter; changing the list is a new version. */
#define INDEX_FIELDS         \
    INDEX("actor.user.uid")  \
    INDEX("actor.user.name") \
    INDEX("oauth.app_uid")   \
    INDEX("oauth.app_name")  \
    INDEX("actor.session.uid")

enum { INDEX_FIELDS_N = 5, INDEX_PAGE = 4096 };

/* What an index was made under, and where it lies. */
struct index_setting {
    const char *folder;   /* of all indexes; NULL: each beside its file */
    uint64_t definitions; /* index_definitions */
};

/* A hash of everything in the source definitions that decides what events say. forced: -s, or NULL. */
uint64_t index_definitions(const struct source_defs *defs, const struct source_def *forced);

/* The path of a file's index. */
struct sv index_path(const struct index_setting *s, struct sv file, struct arena *a);

/* The counts of a file. */
struct index_counts {
    uint64_t lines, blank, events, rejects;
};

struct index;

enum index_state { INDEX_MISSING, INDEX_STALE, INDEX_DAMAGED, INDEX_GOOD };

/* Opens the index of a file. Only with INDEX_GOOD *out is set, and the caller's (index_close). */
enum index_state index_open(const struct index_setting *s, struct sv file, struct index **out);
void index_close(struct index *x);
const struct index_counts *index_counted(const struct index *x);
/* The row of input_health that a run would have for the file if none of its events were in its range. Strings live in
 * `a`. */
struct health_row index_health(const struct index *x, struct sv file, struct arena *a);

/* False: no event of the file is in the range (TIME_NONE: open). */
bool index_may_be_in(const struct index *x, int64_t since, int64_t until);
/* False: no event of the file makes the expression true. Damage of the filter is "maybe", and noted. */
bool index_may_hold(struct index *x, const struct program *p, const struct expr *e);
bool index_is_damaged(const struct index *x);

/* Makes the indexes of inputs that have no good one. *made and *kept count them. Files that are damaged themselves get
 * none (messages say so, and the result is ERR_INPUT). The plan's program takes every event. */
enum err index_make(const struct index_setting *s, const struct plan *plan, const struct inputs *in, uint64_t *made,
                    uint64_t *kept, struct diags *d) MUST_CHECK;

/* Registers the indexed fields. Call before plan_new. */
void index_plan_fields(struct fields *fields);

#endif
