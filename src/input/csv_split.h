/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of one CSV record (RFC 4180): commas separate them; a field may be quoted as a whole, quotes inside are
 * doubled. Blanks belong to a field, as does a CR. */
#ifndef AUTHSIFT_INPUT_CSV_SPLIT_H
#define AUTHSIFT_INPUT_CSV_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/sv.h"

#define CSV_ALL SIZE_MAX

/* Where the fields go: fn is called for field number `want`, and sets it to the next one that it wants; with CSV_ALL it
 * is called for each. The field's bytes live as long as the record and the arena; p == NULL: empty and not quoted. */
struct csv_sink {
    void (*fn)(struct csv_sink *s, struct sv field);
    size_t n;    /* fields so far */
    size_t want; /* not below n */
    struct arena *arena;
};

/* record: without its line end; INPUT_PAD bytes behind it may be read. False: a quote stands where none may; the sink
 * may have got some fields. */
bool csv_split(struct sv record, struct csv_sink *s);

/* Are all quotes of these whole lines where they may be, and closed on the line where they were opened? */
bool csv_lines_are_records(struct sv lines);

#endif
