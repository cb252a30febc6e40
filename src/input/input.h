/* SPDX-License-Identifier: Apache-2.0 */
/* From names on the command line to events.
 *
 *   inputs   the list of files, walked and checked before any work            built once, then read-only
 *   stream   one open file: read -> inflate -> cut at a record's end -> block  the holder of its lock
 *   parser   block -> records -> event                                        one per worker
 *
 * Compression, format and source are recognised from content, never from names.
 */
#ifndef AUTHSIFT_INPUT_INPUT_H
#define AUTHSIFT_INPUT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "event/event.h"
#include "event/source.h"

/* ---- which files ---- */

struct inputs;

/* Names of files that say what is in other files, and are no input of their own (`authsift index`). */
#define INPUT_INDEX_SUFFIX ".authsift-index"

struct input_file {
    struct sv name;   /* as given, or walked below what was given; "-" is standard input */
    struct sv memory; /* content of an in-memory input (tests of rules); p == NULL for a real file */
    uint64_t size;    /* bytes on disk, 0 if unknown */
};

/* Walks `paths` (files, folders, "-"): files below a folder in byte order of their path, names that start with a dot or
 * end in INPUT_INDEX_SUFFIX left out. The list is sorted by name; a file that was given twice is read once, with a
 * warning. A path that does not exist or cannot be opened is ERR_USAGE with a message; all of them are named. A folder
 * without files is in the list as such: its stream ends at once, with an error. */
enum err inputs_new(const char *const *paths, size_t n, struct inputs **out, struct diags *d) MUST_CHECK;

/* n in-memory inputs; names and contents are borrowed. */
struct inputs *inputs_new_memory(const struct input_file *file, size_t n);

/* Those files for which keep[i] is true. Borrows names and contents from `all`. */
struct inputs *inputs_part(const struct inputs *all, const bool *keep);

void inputs_free(struct inputs *in);
size_t inputs_count(const struct inputs *in);
const struct input_file *inputs_file(const struct inputs *in, size_t i);

/* ---- what to extract ---- */

/* For each source definition: how its records fill the registered fields. Immutable and shared. */
struct projections;
struct simd;

struct input_limits {
    size_t line;             /* bytes of one record; default 1 MiB */
    unsigned depth;          /* nesting of JSON; default 64 */
    size_t block;            /* bytes of one block; default 256 KiB, so that it stays in the L2 cache */
    const struct simd *simd; /* vector instructions (simd.h); NULL: the best that the machine has */
};
#define INPUT_LIMITS_DEFAULT ((struct input_limits){ 1u << 20, 64, 256u << 10, NULL })

/* Registers the fields that sources need themselves (time, required ones). Call while fields may still be added. */
void projections_plan_fields(const struct source_defs *defs, struct fields *fields);

/* After the last fields_add. defs and fields are borrowed. forced: use this definition for every file (-s), or NULL. */
struct projections *projections_new(const struct source_defs *defs, const struct source_def *forced,
                                    const struct fields *fields, const struct input_limits *limits);
void projections_free(struct projections *p);
/* While it is built: a file whose source nobody recognises is read by this one, instead of being an error. */
void projections_fall_back(struct projections *p, const struct source_def *def);

/* ---- one file ---- */

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };
extern const char *const compression_names[3];

struct stream;
struct csv_header;

struct piece;

/* Whole records, cut from one stream. The memory is the block's own and is reused; the worker owns the block. */
struct block {
    struct sv bytes; /* the records, in `memory`; INPUT_PAD zero bytes follow */
    struct buf memory;
    struct piece *piece; /* of the file, which this worker has taken out to inflate it; made on first use */
    uint32_t file;       /* index in inputs */
    uint64_t line;       /* number of the first line, from 1 */
    uint64_t offset;     /* of the first byte in the decompressed file */
    uint64_t number;     /* of the blocks of its file, from 0; set by whoever draws them */
    uint32_t source;     /* index in source_defs */
    const struct format *format;
    const struct csv_header *csv; /* of the stream; lives until its stream_close, which waits for all blocks */
    bool too_long; /* the block is the (cut) start of one record longer than the limit: it is one reject */
    bool cut;      /* the file was damaged behind this block: its last record may be incomplete */
};

/* What is known of a stream when it has ended (some of it earlier). */
struct stream_info {
    enum compression compression;
    const char *format; /* NULL: not recognised (or no byte) */
    uint32_t source;    /* index in source_defs; UINT32_MAX: not recognised */
    uint64_t bytes;     /* decompressed, so far */
    uint64_t bytes_in;  /* read from the file, so far */
    char digest[33];    /* of the bytes read from the file, at the end */
    /* Why the stream ended early, or NULL: "truncated gzip", "garbage after the gzip data", "corrupt zstd data",
     * "cannot read: ...", "format not recognised", "source not recognised (...)". */
    const char *error;
    const char *error_hint; /* what to do, or NULL */
};

/* Opens file i. Never fails: what is wrong is in the info, and the first stream_next says end. */
struct stream *stream_open(const struct inputs *in, size_t i, const struct projections *p);

/* The next block; false at the end. Everything before damaged data is delivered. Not thread-safe: the caller holds the
 * stream's lock; the block is the caller's own. */
bool stream_next(struct stream *s, struct block *b);

/* A file of many members or frames can be inflated by several workers. Each of them repeats:
 *
 *   stream_take    with the stream's lock. The block gets the next piece of the compressed file. False: there is none
 *                  here; once all pieces are placed, stream_next goes on.
 *   block_inflate  with nothing but the block.
 *   stream_place   with the stream's lock, in the order in which the pieces were taken. True: the block holds the
 *                  next records, as if by stream_next. False: it does not (their text comes with the next block).
 *
 * stream_next must not be called while a piece is out. Whoever calls nothing but stream_next gets the same records. */
bool stream_take(struct stream *s, struct block *b);
void block_inflate(struct block *b);
bool stream_place(struct stream *s, struct block *b);

const struct stream_info *stream_info(const struct stream *s);
/* After the last block was parsed. */
void stream_close(struct stream *s);

void block_init(struct block *b);
void block_fini(struct block *b);

/* ---- records of a block ---- */

enum reject_id {
#define REJECT(id, text) REJECT_##id,
#include "input/rejects.def"
#undef REJECT
    REJECT_COUNT_
};
extern const char *const reject_texts[REJECT_COUNT_];

enum record_kind { RECORD_EVENT, RECORD_BLANK, RECORD_REJECT, RECORD_END };

struct reject {
    enum reject_id reason;
    uint64_t line;
    uint64_t offset;
    struct sv text; /* the whole record as far as it is at hand; borrowed from the block */
};

struct parser;

/* One per worker. */
struct parser *parser_new(const struct projections *p);
void parser_free(struct parser *ps);

/* Starts on a block; the block stays untouched until the next parser_start. */
void parser_start(struct parser *ps, const struct block *b);

/* The next record. EVENT: ev is filled (its scratch arena was reset), with time and place, source mapping applied.
 * REJECT: *r says why. */
enum record_kind parser_next(struct parser *ps, struct event *ev, struct reject *r);

/* A value somewhere in a record, and the dotted path that leads to it, as a rule names it: a scalar, a null, an
 * object or a list without members (VALUE_OBJECT, VALUE_LIST). Members of a list have its path, and in_list. Strings
 * are decoded. All of it is borrowed until the call returns. */
typedef void visit_fn(void *ctx, struct sv path, struct value v, bool in_list);

/* Calls fn for every value, in order, of the record that parser_next has just delivered as an event: what the log says,
 * before any source definition. */
void parser_visit(struct parser *ps, const struct event *ev, visit_fn *fn, void *ctx);

/* ---- formats ---- */

/* A row of formats.def. Opaque but for the tables that `list` prints. */
const char *format_name(size_t i); /* NULL behind the last */
const char *format_help(size_t i);

#endif
