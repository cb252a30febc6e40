/* SPDX-License-Identifier: Apache-2.0 */
/* One value on its way from events to an answer. */
#ifndef AUTHSIFT_QUERY_DATUM_H
#define AUTHSIFT_QUERY_DATUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/sv.h"
#include "out/table.h"

enum datum_kind {
    DATUM_NONE,   /* no value */
    DATUM_NUMBER, /* number, and its text */
    DATUM_TIME,   /* number: microseconds since 1970 (exact up to the year 2255), and its text */
    DATUM_BOOL,   /* text: true or false */
    DATUM_TEXT,
    DATUM_JSON, /* text: JSON of a list */
};

struct datum {
    enum datum_kind kind;
    struct sv text; /* borrowed; whoever makes a datum says for how long */
    double number;
};

/* Makers; texts of numbers and times are formatted in `a`. Not-finite numbers and TIME_NONE are DATUM_NONE. */
struct datum datum_text(struct sv text);
struct datum datum_number(double x, struct arena *a);
struct datum datum_count(uint64_t n, struct arena *a);
struct datum datum_time(int64_t us, struct arena *a);

/* <0, 0, >0: numbers, times, booleans, texts (by bytes); two of one kind that are equal are the same text but for
 * numbers. Not for DATUM_NONE. */
int datum_cmp(const struct datum *a, const struct datum *b);

/* As a cell of a column of any type. */
void datum_cell(struct table *t, const struct datum *d);

/* Bytes and back. A datum that was read borrows from the bytes; number texts included. */
void datum_put(struct buf *b, const struct datum *d);
struct datum datum_get(struct reader *r);

/* Appends bytes whose memcmp order is that of values: numbers, times, booleans, texts, and last what has no value,
 * which is also the last if `down` turns the order of the others around. No key is the start of another. */
void datum_sortkey(struct buf *b, const struct datum *d, bool down);

/* The 8 bytes of a number in the order of numbers (-0 is 0). */
void number_sortkey(double x, char out[8]);
double number_of_sortkey(const char in[8]);

#endif
