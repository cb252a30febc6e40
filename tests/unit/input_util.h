/* SPDX-License-Identifier: Apache-2.0 */
/* What the input tests share: the whole way from bytes to events, told as text that a table can hold.
 *
 *   3: time="..." a=[1,{},null]     an event of line 3 (fields that are there, in the order they were asked for)
 *   4: -                            a blank line
 *   5@61: invalid JSON              a reject of line 5, with its byte offset
 *   ! truncated gzip                the stream's error
 */
#ifndef TESTS_UNIT_INPUT_UTIL_H
#define TESTS_UNIT_INPUT_UTIL_H

#include <check.h>
#include <stdbool.h>

#include "base/buf.h"
#include "event/fields.h"
#include "event/source.h"
#include "input/input.h"

struct setup {
    const char *fields;             /* names separated by blanks; '_' stands for a blank inside a name */
    const struct source_defs *defs; /* NULL: one plain source that needs no time, recognised by anything */
    const struct source_def *forced;
    struct input_limits limits; /* 0: default */
    bool any;                   /* collect all scalars, shown as *=[...] */
    bool visit;                 /* show what parser_visit calls for, as |path=value, a `*` behind the path in lists */
    const struct source_def *fallback;
    bool fold;                  /* of the plain source */
    bool show_offsets;          /* of events, too: "3@40: ..." */
};

/* The transcript of one in-memory input. In `out`, which is reset. */
void transcribe(const struct setup *s, struct sv content, struct buf *out);
void transcribe_info(const struct setup *s, struct sv content, struct buf *out, struct stream_info *info);

/* Renders a value, decoding it. */
void show_value(struct buf *out, struct value *v, struct arena *scratch);

/* Compares and prints both on failure. */
void check_text(const char *what, const struct buf *got, const char *want);

/* One gzip member. */
void gzip(struct sv plain, struct buf *out);

/* A plain source that reads everything as it is, forced by `transcribe` if defs is NULL. */
struct source_def plain_source(void);

/* A generator of numbers, the same on every machine. */
struct rng {
    uint64_t state;
};
uint32_t rng_below(struct rng *r, uint32_t n);

TCase *json_tests(void);
TCase *path_tests(void);
TCase *line_tests(void);
TCase *gzip_tests(void);
TCase *pieces_tests(void);
TCase *zstd_tests(void);
TCase *csv_tests(void);
TCase *csv_split_tests(void);
TCase *mapping_tests(void);
TCase *recognise_tests(void);
TCase *inputs_tests(void);
TCase *visit_tests(void);
TCase *random_tests(void);
TCase *simd_tests(void);

#endif
