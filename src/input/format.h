/* SPDX-License-Identifier: Apache-2.0 */
/* What a log format is: how its records end, and how one of them fills slots. A row of formats.def names one.
 *
 * Where a record ends is the format's business alone, and the same function answers for the stream (which cuts
 * blocks there) and for the parser (which takes the block apart), so the two cannot disagree; in particular the
 * rules for records that are longer than the limit, or that never end, must not depend on how much text is at hand.
 * They look at no more than limit + 2 bytes (a record and its line end) to decide that a record is broken. */
#ifndef AUTHSIFT_INPUT_FORMAT_H
#define AUTHSIFT_INPUT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/sv.h"
#include "base/vec.h"
#include "event/event.h"
#include "input/input.h"
#include "input/trie.h"
#include "input/visit.h"

/* The record at the start of some text. */
struct record {
    size_t n;     /* with its line end: the next record starts here */
    size_t text;  /* without it */
    size_t lines; /* lines it takes; more than 1 only for quoted line ends */
    bool bad;     /* its limits already say that it is a reject */
    enum reject_id why;
};

/* Words of extraction.found. */
static inline size_t
found_words(size_t n_slots)
{
    return (n_slots + 63) / 64;
}

enum cut {
    CUT_RECORD, /* found */
    CUT_MORE,   /* it ends behind the text; never if the text is at_end */
    CUT_LONG,   /* it is longer than the limit, and its end is behind the text; never if at_end */
};

/* One record on its way into slots. */
struct extraction {
    struct sv record;                /* a line end or INPUT_PAD zero bytes follow it */
    const struct trie *trie;         /* the wanted paths */
    struct value *slots;             /* trie->n_slots, all VALUE_UNSET */
    uint64_t *found;                 /* bit per slot, all 0: set wherever a slot is written, if it stays so or not */
    struct value *any;               /* all scalars, if not NULL */
    struct arena *scratch;           /* values may live there, as well as in the record */
    const struct csv_header *header; /* of formats that have one */
    bool empty_is_absent;
    bool cut; /* the file was damaged behind this record, which has no line end: it may be incomplete */
};

struct format {
    const char *name;
    const char *help;
    char escape; /* a record without this byte holds the texts of its values as they are */

    /* text is not empty. at_end: nothing comes behind it. */
    enum cut (*cut)(struct sv text, bool at_end, size_t limit, struct record *r);
    /* Length of the whole records at the front of text as far as that can be told without looking at each; 0 if it
     * cannot. */
    size_t (*whole)(struct sv text);

    /* State of a parser: scratch memory. */
    void *(*open)(const struct input_limits *limits);
    void (*close)(void *state);
    /* RECORD_EVENT, RECORD_BLANK or RECORD_REJECT. */
    enum record_kind (*extract)(void *state, const struct extraction *x, enum reject_id *why);

    /* Every value of a record that was an event. */
    void (*visit)(void *state, struct visit *v, const struct extraction *x);

    /* Recognition. May a file of this format start with this record (not blank)? */
    bool (*probe)(void *state, struct sv record);
    /* Is the record valid here, and which of the paths of x->trie does it have (slots that are not VALUE_UNSET)? For
     * formats with a header the record is the header, and the paths are its columns. */
    bool (*names)(void *state, const struct extraction *x);
    /* Appends the names that the record has, for a message. */
    void (*describe)(void *state, struct sv record, struct buf *out);

    /* Formats whose first record is a header. NULL for others. */
    struct csv_header *(*header_new)(void *state, struct sv record, const struct trie *t);
    void (*header_free)(struct csv_header *h);
};

extern const struct format *const formats[];
extern const size_t n_formats;

/* Cutting that formats share (cut.c). */

/* A record is a line. */
enum cut cut_line(struct sv text, bool at_end, size_t limit, struct record *r);
/* Length of the whole lines at the front of text. */
size_t cut_whole_lines(struct sv text);
/* Without one CR at its end. */
size_t cut_without_cr(const char *p, size_t n);
/* Line ends in text, which are few: simd.h counts those of a block. */
size_t cut_count_lines(struct sv text);
/* The first line end at or after `from`, or text.n. */
size_t cut_line_end(struct sv text, size_t from);
/* Of the text of a block to be: how much of it are whole records. 0 with *too_long: the first one is longer than the
 * limit and its end is not in the text; 0 without: more text is needed. Never 0 if at_end (and text is not empty). */
size_t cut_block(const struct format *f, struct sv text, bool at_end, size_t limit, bool *too_long);

#endif
