/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a partial result: everything that is known of it but its records. A partial is a folder with
 *
 *   00.seg .. 63.seg   the records of a partition: a segment for each level, one of the inventories (agg/partial.h)
 *   rejects            rows of rejects.csv
 *   findings           rows of findings.csv; only of a partial of the second stage
 *   manifest           this, written last: a folder without it is no partial
 *
 * Of these, files without a byte are left out.
 *
 * The first stage is what `scan --partial` makes, the second what `merge --partition` does. The manifest names every
 * file with its length and checksum, holds what the reports count, and says what the records mean: settings whose
 * values must be equal wherever partials are to be put together.
 *
 * doc/partials.md has the bytes. They come from anywhere: nothing is believed before it is compared with what is left,
 * and the checksum finds accidents, no forgery. */
#ifndef AUTHSIFT_RUN_PARTIAL_MANIFEST_H
#define AUTHSIFT_RUN_PARTIAL_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/vec.h"
#include "out/results.h"
#include "run/run.h"

/* Of the layout of manifest, rejects and findings. The layout of segments is RECORD_VERSION's. */
#define MANIFEST_VERSION 1

enum partial_stage { STAGE_SCANNED = 1, STAGE_SWEPT = 2 };

/* Something that decides what the records mean: "rules" (a digest), "--since" (a time). */
struct manifest_setting {
    struct sv name;
    struct sv text;
};

/* A rule as it was compiled, to say which one differs. */
struct manifest_rule {
    struct sv id;
    uint64_t hash;
};

/* An input file; records refer to it by its index. */
struct manifest_origin {
    struct sv file;
    struct sv source;
    struct sv digest; /* of the bytes as they are on the disk */
};

struct manifest_segment {
    uint64_t offset;
    uint64_t bytes;
    uint64_t n; /* records */
};

struct manifest_file {
    struct sv name;
    uint64_t bytes;
    struct sv digest; /* of its bytes (base/codec.h) */
    struct manifest_segment *segment;
    size_t n_segments;
};

/* Texts are borrowed: from the run that writes it, or from the bytes that were read. */
struct manifest {
    struct sv version; /* of the program */
    enum partial_stage stage;
    unsigned part; /* second stage: this is part `part` (from 1) of n_parts; first stage: 1 of 1 */
    unsigned n_parts;
    struct sv parents; /* second stage: digest of the partials that it was made of */
    VEC(struct manifest_setting) settings;
    VEC(struct manifest_rule) rules;
    VEC(struct manifest_origin) origins;
    VEC(struct health_row) health;
    struct health_totals totals;
    struct sv counters; /* agg/partial.h */
    VEC(struct manifest_file) files;
};

void manifest_init(struct manifest *m);
void manifest_fini(struct manifest *m);

/* Appends the whole file. */
void manifest_put(struct buf *b, const struct manifest *m);

/* Reads a whole file into an empty manifest, whose texts borrow from `bytes` and whose arrays of segments are a's.
 * NULL, or why it cannot be used, as in "the manifest of DIR is damaged"; *m must be ended either way. */
const char *manifest_get(struct manifest *m, struct sv bytes, struct arena *a);

/* The text of a setting; SV_NONE if there is none of that name. */
struct sv manifest_setting(const struct manifest *m, struct sv name);
/* NULL if there is none of that name. */
const struct manifest_file *manifest_file(const struct manifest *m, struct sv name);

#endif
