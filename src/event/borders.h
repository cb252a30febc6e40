/* SPDX-License-Identifier: Apache-2.0 */
/* Which countries have a land border: the one table of it (borders.def), for whoever asks whether two places are
 * neighbours. Countries are ISO 3166-1 alpha-2 codes, in any case. No state. */
#ifndef AUTHSIFT_EVENT_BORDERS_H
#define AUTHSIFT_EVENT_BORDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sv.h"

enum { BORDERS_MAX = 24 }; /* more neighbours than any country has */

/* Do the two share a land border? No country borders itself. */
bool borders_between(struct sv a, struct sv b);

/* The neighbours of a country in alphabetical order, as static texts in upper case; their number, 0 for islands and for
 * what is no country. */
size_t borders_of(struct sv country, struct sv out[BORDERS_MAX]);

#endif
