/* SPDX-License-Identifier: Apache-2.0 */
/* What agg/ hands to another process, and takes from one: between emit and sweep a run is nothing but records and
 * counters, so that is what a partial result holds of it.
 *
 * The records of a partition (entry.h) are a sequence of segments, one per slot: slot 0 .. levels - 1 are the records
 * of the correlations of that level, the last slot those of the inventories, folded. A scan fills level 0, and outer
 * levels as far as rules feed them directly. Where level 0 has been swept its slot is empty, and the outer levels have
 * what its findings add. */
#ifndef AUTHSIFT_AGG_PARTIAL_H
#define AUTHSIFT_AGG_PARTIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agg/agg.h"
#include "agg/entry.h"
#include "agg/segment.h"
#include "base/buf.h"

struct corr_info; /* agg/sweep.h */

/* Slots of every partition. */
size_t partial_slots(const struct program *p);

/* What a process has piled up. */
struct partial_pile {
    const struct agg_plan *plan;
    struct agg_local *const *local;
    size_t n_locals;
    unsigned n_threads;
    const struct corr_info *swept; /* what was counted when level 0 was swept; NULL: it was not */
};

/* The file that gets a partition's records, from its beginning. */
struct partial_file {
    int fd;
    const char *name;     /* for messages */
    struct segment *slot; /* partial_slots() of them: where they are */
    int error;            /* errno of a failed write, or 0 */
};

/* Writes the records, sorted and folded, n_threads partitions at a time. They are used up. ERR_OUTPUT. */
enum err partial_put_records(const struct partial_pile *pile, struct partial_file file[PARTITIONS],
                             struct diags *d) MUST_CHECK;

/* Appends what was counted: latest time, hits of rules, counts of correlations. */
void partial_put_counters(const struct partial_pile *pile, struct buf *b);

/* Adds counters to a local's, or only the latest time among them. False if they are malformed, or count other rules. */
bool partial_get_counters(struct agg_local *l, struct sv bytes) MUST_CHECK;
bool partial_get_latest(struct agg_local *l, struct sv bytes) MUST_CHECK;

/* Hands the records of a slot to a local: the segment, which must have a name by which it can be opened, is read when
 * its level is; that of the inventories at once, for its records name files in their payloads as well. n_files: how
 * many there are in the partial. NULL, or what is wrong, as in "FILE is damaged ..." (a's). */
const char *partial_attach(struct agg_local *l, unsigned partition, size_t slot, const struct segment *s,
                           size_t n_files, struct arena *a);

/* How other rules number correlations: number[c] is what those of the records call c now, or PARTIAL_NONE if there is
 * none. The inventories stand behind the correlations, as they do in records. */
#define PARTIAL_NONE UINT32_MAX
struct partial_numbers {
    const uint32_t *number;
    size_t n;
};
/* The record's correlation, by its number here (PARTIAL_NONE: it is left out), and its hash. False: there was none of
 * that number. */
static inline bool
partial_renumber(const struct partial_numbers *numbers, struct record *r)
{
    if (r->corr >= numbers->n)
        return false;
    r->corr = numbers->number[r->corr];
    if (r->corr != PARTIAL_NONE)
        r->hash = record_hash(r->corr, r->key);
    return true;
}

/* The same, but the records are read now, into the local's own: the way for few of them, or if they have to get other
 * numbers. Records without a number are left out. Of the inventories, so is everything if the local has none. `used`
 * has n_files elements: those of files that records name become true; several segments may be loaded at a time.
 * Inventories that kept their numbers are left where they lie until they are collected (inv_load.h). */
const char *partial_load(struct agg_local *l, unsigned partition, size_t slot, bool is_inventory,
                         const struct segment *s, const struct partial_numbers *numbers, atomic_bool *used,
                         size_t n_files, struct arena *a);

/* Adds a record, whose hash is set, to the local's own. */
void partial_add_record(struct agg_local *l, size_t level, const struct record *r);

/* Can a record of that level be one that agg/ has made for these rules? For those of other processes. */
struct family; /* agg/family.h */
bool partial_is_record(const struct program *p, const struct family *family, unsigned level, const struct record *r);

#endif
