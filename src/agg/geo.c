/* SPDX-License-Identifier: Apache-2.0 */
/* Haversine; the table of land borders is event/'s, because enrichers read it, too. */
#include "agg/geo.h"

#include <math.h>

#include "event/borders.h"

#define EARTH_RADIUS_KM 6371.0088
#define RADIANS (3.14159265358979323846 / 180)

double
geo_distance_km(double lat1, double long1, double lat2, double long2)
{
    const double phi1 = lat1 * RADIANS, phi2 = lat2 * RADIANS;
    const double s = sin((phi2 - phi1) / 2), t = sin((long2 - long1) * RADIANS / 2);
    const double haversine = s * s + cos(phi1) * cos(phi2) * (t * t);
    return 2 * EARTH_RADIUS_KM * asin(fmin(1, sqrt(haversine)));
}

double
geo_distance_beyond_km(double distance, double radius1, double radius2)
{
    return fmax(0, distance - radius1 - radius2);
}

double
geo_default_radius_km(bool has_city, bool has_region)
{
    return has_city ? 50 : has_region ? 250 : 500;
}

bool
geo_is_place(double lat, double longitude)
{
    return lat >= -90 && lat <= 90 && longitude >= -180 && longitude <= 180;
}

bool
geo_borders(struct sv a, struct sv b)
{
    return borders_between(a, b);
}
