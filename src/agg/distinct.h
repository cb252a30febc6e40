/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct values with reference counts: a value is there as long as one of the hits that brought it is in the window.
 * Owned by one sweep; keys are copied, and freed with their last reference, so it is as large as the window and no
 * larger. */
#ifndef AUTHSIFT_AGG_DISTINCT_H
#define AUTHSIFT_AGG_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

struct distinct_slot {
    char *key; /* NULL: free */
    size_t n;
    uint64_t hash;
    uint64_t refs;
};

struct distinct {
    struct distinct_slot *slot;
    size_t n_slots; /* a power of two, or 0 */
    size_t n;       /* distinct values */
};

void distinct_init(struct distinct *d);
void distinct_fini(struct distinct *d);

/* One more reference; true if the value was not there. */
bool distinct_add(struct distinct *d, struct sv value);
/* One reference less; true if it was the last. The value is there. */
bool distinct_remove(struct distinct *d, struct sv value);
/* References to the value, 0 if it is not there. */
uint64_t distinct_refs(const struct distinct *d, struct sv value);

#endif
