/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: correlations that share their records.
 *
 * Rules about one matter come in twos and threes: two networks, two cities, two user agents in one session. They list
 * the same rules and group by the same fields, so their records differ in nothing but the payload. Such correlations
 * are a family: a hit makes one record per group, under the number of the family's first member, with the payloads of
 * all of them. Whoever reads it picks its own (group.h does); nobody else sees the difference. */
#ifndef AUTHSIFT_AGG_FAMILY_H
#define AUTHSIFT_AGG_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "ir/program.h"

#define FAMILY_END UINT32_MAX

struct family {
    uint32_t first; /* its first member, in order of number */
    uint32_t next;  /* the member after this one, or FAMILY_END */
    uint32_t n;     /* how many there are; of the first member */
};

/* One per correlation; mem_free. */
struct family *families_of(const struct program *p);

#endif
