/* SPDX-License-Identifier: Apache-2.0 */
/* Dates in the names of files, where a configuration says that they are there: `%Y-%m-%d` in app-2026-03-01.jsonl.gz
 * says that its events are of that day. */
#ifndef AUTHSIFT_QUERY_NAMEDATE_H
#define AUTHSIFT_QUERY_NAMEDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

struct namedate {
    struct sv pattern; /* of %Y %m %d %H and other characters, borrowed */
    int64_t slack;     /* events may be so much before or after */
};

/* PATTERN or PATTERN+SPAN. It has a %Y, a %m only with it, a %d only with that, a %H only with that. False if it is
 * none. */
bool namedate_parse(struct sv text, struct namedate *n);

/* The time that a file of that path is about, slack included: [*from, *to). False if its name (the part behind the last
 * slash) holds no such date. */
bool namedate_range(const struct namedate *n, struct sv path, int64_t *from, int64_t *to);

#endif
