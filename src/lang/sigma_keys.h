/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the standard keys that every kind of document has. */
#ifndef AUTHSIFT_LANG_SIGMA_KEYS_H
#define AUTHSIFT_LANG_SIGMA_KEYS_H

#include "lang/unit.h"

/* Fills title, id, name and at from the root; what is wrong with them is reported. */
void sigma_keys_read(struct loader *l, struct unit *u);

/* Checks the other keys: related, lists of texts, and keys that are nearly standard ones. */
void sigma_keys_check(struct loader *l, const struct unit *u);

/* The title, or something to call a document by. */
struct sv sigma_keys_title(const struct unit *u);

/* "did you mean" for a key that ought to be one of a document's sections; SV_NONE if none is near. */
struct sv sigma_keys_nearest(struct sv key);

#endif
