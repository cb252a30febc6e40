/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: boosters. A rule with `mode: booster` is too weak to speak alone (an app's name promises followers) and
 * worth a word beside others: it raises the risk of what else was found about the same entity. */
#ifndef AUTHSIFT_AGG_BOOST_H
#define AUTHSIFT_AGG_BOOST_H

#include "out/results.h"

/* Raises the risk of every finding whose entity a booster names too, by noisy-or: 100 (1 - (1 - r/100) prod(1 -
 * b/100)), each booster rule once, with the greatest risk that it has for the entity; their evidence says by what.
 * Findings of boosters that raise nothing are taken away. The order of the findings is undone. */
void boost_findings(struct results *r);

#endif
