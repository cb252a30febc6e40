/* SPDX-License-Identifier: Apache-2.0 */
#include "query/bucket.h"

#include <stdio.h>

#include "base/number.h"
#include "base/timestamp.h"

#define WEEK (7 * DAY)
#define MONDAY (4 * DAY) /* 1970-01-05 */
#define MONTHS_MOST 12000u

bool
bucket_parse(struct sv text, struct bucket *b)
{
    *b = (struct bucket){ 0, 0, 0 };
    uint64_t n;
    if (text.n < 2 || !number_parse_u64(sv_make(text.p, text.n - 1), &n) || n == 0)
        return false;
    const char unit = text.p[text.n - 1];
    if (unit == 'M' || unit == 'y') {
        n = unit == 'y' && n <= MONTHS_MOST ? 12 * n : n;
        b->months = (uint32_t)n;
        return n <= MONTHS_MOST;
    }
    if (!duration_parse(text, &b->width) || b->width <= 0)
        return false;
    b->shift = b->width % WEEK == 0 ? MONDAY : 0;
    return true;
}

/* a - a mod n, the remainder never negative. */
static int64_t
floor_to(int64_t a, int64_t n)
{
    const int64_t rest = a % n;
    return a - (rest < 0 ? rest + n : rest);
}

static int64_t
month_start(int64_t us, uint32_t months)
{
    const struct date_parts p = time_parts(us);
    const int64_t month = floor_to((int64_t)p.year * 12 + p.month - 1, months);
    char text[TIME_TEXT_MAX];
    int64_t start;
    const int n =
        snprintf(text, sizeof text, "%04lld-%02lld-01T00:00:00Z", (long long)(month / 12), (long long)(month % 12 + 1));
    /* Year 0, where a bucket of many months may start, has no time. */
    return time_parse(sv_make(text, (size_t)n), &start) ? start : us;
}

int64_t
bucket_start(const struct bucket *b, int64_t us)
{
    if (us == TIME_NONE)
        return us;
    if (b->months != 0)
        return month_start(us, b->months);
    return floor_to(us - b->shift, b->width) + b->shift;
}
