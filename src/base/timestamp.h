/* SPDX-License-Identifier: Apache-2.0 */
/* Times are int64 microseconds since 1970-01-01 UTC; digits beyond the sixth are cut, not rounded. */
#ifndef AUTHSIFT_BASE_TIMESTAMP_H
#define AUTHSIFT_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

#define TIME_NONE INT64_MIN /* no time */
#define SECOND    INT64_C(1000000)
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)

/* Every time that is read lies between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z. */
#define TIME_FIRST (INT64_C(-62135596800) * SECOND)
#define TIME_LAST  (INT64_C(253402300800) * SECOND - 1)

#define TIME_TEXT_MAX 40

/* RFC 3339 with 0 to 9 fraction digits and a zone ("Z" or an offset; "T", "t" or a blank between date and time; a leap
 * second 60 counts as the next second), years 0001 to 9999. False if it is anything else. */
bool time_parse(struct sv text, int64_t *us);

/* What time_parse reads, a JSON number as time_from_number reads it, and "YYYY-MM-DD" and "YYYY-MM-DD HH:MM:SS[.f]"
 * ("T" or blank) without a zone, which are then UTC. */
bool time_parse_lenient(struct sv text, int64_t *us);

/* Text of one JSON number: epoch seconds (|x| < 1e11), milliseconds (< 1e14), else microseconds; a fraction is cut at
 * the microsecond. False if it is not a JSON number or out of range. */
bool time_from_number(struct sv text, int64_t *us);

/* RFC 3339 UTC; six fraction digits unless they are all zero. Returns the length; out is NUL-terminated.
 * TIME_NONE gives "". */
size_t time_format(int64_t us, char out[TIME_TEXT_MAX]);

/* Sigma's duration: one integer and one unit: s m h d w M (2629746 s) y (31556952 s). */
bool duration_parse(struct sv text, int64_t *us);

/* The shortest exact form of whole units of duration_parse ("90m", "1d"), "0s" for 0. */
size_t duration_format(int64_t us, char out[TIME_TEXT_MAX]);

/* What --since and --until take: RFC 3339, a date, or "-1d" (before `now`). */
bool time_parse_option(struct sv text, int64_t now, int64_t *us);

/* Sigma's date parts, in UTC; week is ISO 8601. */
struct date_parts {
    int minute, hour, day, week, month, year;
};
struct date_parts time_parts(int64_t us);

/* Wall clock. */
int64_t time_now(void);

/* Monotonic seconds, for progress and run.json. */
double time_monotonic(void);

#endif
