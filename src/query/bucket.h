/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of time: `time:1h`. Spans of a fixed length start at the epoch, weeks on a Monday; months and years are the
 * calendar's. All of it in UTC. */
#ifndef AUTHSIFT_QUERY_BUCKET_H
#define AUTHSIFT_QUERY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

struct bucket {
    int64_t width;   /* microseconds; 0: none, or months */
    int64_t shift;   /* where the first one starts */
    uint32_t months; /* 0: fixed width */
};

/* "15m", "1h", "1d", "1w", "1M", "1y": a whole number above 0 and a unit. False if it is none. */
bool bucket_parse(struct sv text, struct bucket *b);

/* Where the bucket that holds this time starts. */
int64_t bucket_start(const struct bucket *b, int64_t us);

#endif
