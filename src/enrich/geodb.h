/* SPDX-License-Identifier: Apache-2.0 */
/* MMDB files (MaxMind DB): what a provider of geolocation knows about an address. Opened and checked before work, then
 * read by all threads. Without libmaxminddb every file is one that cannot be opened. */
#ifndef AUTHSIFT_ENRICH_GEODB_H
#define AUTHSIFT_ENRICH_GEODB_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/sv.h"

/* What one record says; texts are views into the file. */
struct geodb_record {
    struct sv country; /* ISO 3166-1 alpha-2 */
    struct sv region;  /* English name of the first subdivision, else its code */
    struct sv city;    /* English name */
    double lat;        /* with has_place */
    double longitude;
    double radius; /* km in which the device is with 67 % confidence, as MaxMind defines it; < 0: not told */
    bool has_place;
    double asn; /* < 0: not told */
    struct sv as_org;
};

struct geodb;

/* Opens the file and walks through all of it: a damaged file is an error now, not a gap in tonight's reports. NULL with
 * a message. */
struct geodb *geodb_open(const char *path, struct diags *d);
void geodb_close(struct geodb *db);

/* Which half of a record is wanted: reading costs. */
enum geodb_half { GEODB_PLACE, GEODB_NETWORK };

/* False if it knows nothing about the address (or the text is none). The other half of the record is empty. */
bool geodb_find(const struct geodb *db, struct sv address, enum geodb_half half, struct geodb_record *r);

#endif
