/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the fields that a document names, and where: what `fields` and the warnings of `check` go by.
 * Collected while a document is compiled, kept in the program if it is good. */
#ifndef AUTHSIFT_LANG_NAMED_H
#define AUTHSIFT_LANG_NAMED_H

#include "lang/unit.h"

/* A document starts: nothing is named. */
void named_begin(struct loader *l);

/* It names a field (which becomes a registered one), here for the first time or again. */
void named_add(struct loader *l, struct sv field, struct span at);

/* The document is good: what it named becomes part of the program. */
void named_end(struct loader *l, const struct unit *u, const struct logsource *logsource, bool chained);

#endif
