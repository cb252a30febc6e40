/* SPDX-License-Identifier: Apache-2.0 */
/* Haversine, and the table of land borders. Each pair of the table is written once, at the country that comes first in
 * the alphabet; the question sorts its two codes the same way. Overseas departments count with the state they belong to
 * only where ISO gives them no code of their own. */
#include "agg/geo.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

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

struct border {
    char country[3];
    const char *neighbours; /* later in the alphabet */
};

static const struct border borders[] = {
#define BORDER(country, neighbours) { country, neighbours },
#include "agg/borders.def"
#undef BORDER
};

static char
upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* True if `code` is one of the blank-separated codes of the list. */
static bool
lists(const char *list, const char code[2])
{
    for (const char *p = list; p[0] != '\0'; p += p[2] == '\0' ? 2 : 3)
        if (p[0] == code[0] && p[1] == code[1])
            return true;
    return false;
}

bool
geo_borders(struct sv a, struct sv b)
{
    if (a.n != 2 || b.n != 2)
        return false;
    const char one[2] = { upper(a.p[0]), upper(a.p[1]) }, two[2] = { upper(b.p[0]), upper(b.p[1]) };
    const bool ordered = memcmp(one, two, 2) < 0;
    const char *first = ordered ? one : two, *second = ordered ? two : one;
    for (size_t i = 0; i < sizeof borders / sizeof borders[0]; i++)
        if (memcmp(borders[i].country, first, 2) == 0)
            return lists(borders[i].neighbours, second);
    return false;
}
