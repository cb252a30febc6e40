/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: correlations that share their groups.
 *
 * A pack of rules groups by few things: by account, by app, by session, by app of an account. Whatever an event says to
 * all correlations that group by the same fields stands together, as one bundle (store.h): key, time, place and uid
 * once, and a hit for every correlation. So there is one sort for all of them, and what is found out of a group (are
 * its uids new, its payloads equal, which rules are there?) is found out once (bundle.h).
 *
 * Only hits of rules for correlations of level 0 are bundled. On disk, and wherever records leave the process, a bundle
 * is the records that it stands for. */
#ifndef AUTHSIFT_AGG_CLUSTER_H
#define AUTHSIFT_AGG_CLUSTER_H

#include <stddef.h>
#include <stdint.h>

#include "agg/family.h"
#include "ir/program.h"

#define CLUSTER_NONE UINT32_MAX

/* The place of a family in a cluster. */
struct cluster_place {
    uint32_t cluster; /* CLUSTER_NONE: its records stand by themselves */
    uint32_t slot;
};

struct cluster {
    uint32_t *corr; /* by slot: the first members of the families */
    size_t n;
};

struct clusters {
    struct cluster_place *of; /* per correlation; of the first member of a family */
    struct cluster *v;
    size_t n;
};

/* `group_shape` has, at first_pos[corr] + pos, a number for the fields that the correlation groups by there, and
 * first_shape[corr] is one for the facts that it shows first. */
void clusters_init(struct clusters *c, const struct program *p, const struct family *family, const size_t *first_pos,
                   const size_t *group_shape, const size_t *first_shape);
void clusters_fini(struct clusters *c);

#endif
