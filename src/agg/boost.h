/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: boosters. A rule with `mode: booster` is too weak to speak alone (an app's name promises followers) and
 * worth a word beside others: it raises the risk of what else was found about the same entity. */
#ifndef AUTHSIFT_AGG_BOOST_H
#define AUTHSIFT_AGG_BOOST_H

#include "out/results.h"

/* What an earlier run has found about an entity. Of a rule that is no booster only that is asked. */
struct boost_known {
    struct sv entity_type;
    struct sv entity_id;
    struct sv rule_id; /* of a booster; else empty */
    struct sv title;
    int level;
    double risk; /* the greatest that it had for the entity */
};

/* Raises the risk of every finding whose entity a booster names too, by noisy-or: 100 (1 - (1 - r/100) prod(1 -
 * b/100)), each booster rule once, with the greatest risk that it has for the entity; their evidence says by what.
 * Findings of boosters that raise nothing are taken away, unless something else was known of the entity. The
 * findings are in their order, which is undone. */
void boost_findings(struct results *r, const struct boost_known *known, size_t n_known);

#endif
