/* SPDX-License-Identifier: Apache-2.0 */
/* Distances on the earth, and what the land of two countries has to do with each other (domain.md 4.2). No state. */
#ifndef AUTHSIFT_AGG_GEO_H
#define AUTHSIFT_AGG_GEO_H

#include <stdbool.h>

#include "base/sv.h"

/* Great-circle distance of two places in degrees: haversine on a sphere of 6371.0088 km (off by at most 0.5 %). */
double geo_distance_km(double lat1, double long1, double lat2, double long2);

/* The part of it that the accuracy radii do not explain: max(0, distance - both radii). */
double geo_distance_beyond_km(double distance, double radius1, double radius2);

/* The radius to assume where the log gives none: a city, a region, or only a country is known. */
double geo_default_radius_km(bool has_city, bool has_region);

/* Latitude and longitude that can be. */
bool geo_is_place(double lat, double longitude);

/* Do two countries (ISO 3166-1 alpha-2, in any case) share a land border? */
bool geo_borders(struct sv a, struct sv b);

#endif
