/* SPDX-License-Identifier: Apache-2.0 */
/* Each pair of the table is written once, at the country that comes first in the alphabet; the question sorts its two
 * codes the same way. Overseas departments count with the state they belong to only where ISO gives them no code of
 * their own. */
#include "event/borders.h"

struct border {
    char country[3];
    const char *neighbours; /* later in the alphabet */
};

static const struct border borders[] = {
#define BORDER(country, neighbours) { country, neighbours },
#include "event/borders.def"
#undef BORDER
};
enum { N_BORDERS = sizeof borders / sizeof borders[0] };

static char
upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* False if it is no code. */
static bool
normal(struct sv country, char code[2])
{
    if (country.n != 2)
        return false;
    code[0] = upper(country.p[0]);
    code[1] = upper(country.p[1]);
    return true;
}

/* The next code of a blank-separated list; NULL behind the last. */
static const char *
next_code(const char *p)
{
    return p[2] == '\0' ? NULL : p + 3;
}

static bool
lists(const char *list, const char code[2])
{
    for (const char *p = list; p != NULL; p = next_code(p))
        if (memcmp(p, code, 2) == 0)
            return true;
    return false;
}

bool
borders_between(struct sv a, struct sv b)
{
    char one[2], two[2];
    if (!normal(a, one) || !normal(b, two))
        return false;
    const bool ordered = memcmp(one, two, 2) < 0;
    const char *first = ordered ? one : two, *second = ordered ? two : one;
    for (size_t i = 0; i < N_BORDERS; i++)
        if (memcmp(borders[i].country, first, 2) == 0)
            return lists(borders[i].neighbours, second);
    return false;
}

/* The table is in alphabetical order, so what comes before the country is found before it. */
size_t
borders_of(struct sv country, struct sv out[BORDERS_MAX])
{
    char code[2];
    size_t n = 0;
    if (!normal(country, code))
        return 0;
    for (size_t i = 0; i < N_BORDERS; i++) {
        if (memcmp(borders[i].country, code, 2) == 0) {
            for (const char *p = borders[i].neighbours; p != NULL && n < BORDERS_MAX; p = next_code(p))
                out[n++] = sv_make(p, 2);
        } else if (n < BORDERS_MAX && lists(borders[i].neighbours, code)) {
            out[n++] = sv_make(borders[i].country, 2);
        }
    }
    return n;
}
