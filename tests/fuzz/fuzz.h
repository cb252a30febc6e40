/* SPDX-License-Identifier: Apache-2.0 */
/* What the fuzzers share. A fuzzer is one file that defines LLVMFuzzerTestOneInput and fuzz_target; it is linked with
 * replay.c for `make check`, or with libFuzzer (configure --enable-fuzzing). A wrong answer aborts by fuzz_require, so
 * that both see it.
 */
#ifndef AUTHSIFT_TESTS_FUZZ_FUZZ_H
#define AUTHSIFT_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/sv.h"
#include "input/input.h"

/* Folder of its seeds below tests/fuzz/corpus. */
extern const char fuzz_target[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_require(condition)                                                                                        \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* Well-formed UTF-8 by the table of RFC 3629, as slow and plain as it is there. */
bool fuzz_is_utf8(const char *p, size_t n);

/* ---- a log through the whole of input/ ---- */

struct fuzz_log {
    uint64_t events;
    uint64_t blanks;
    uint64_t rejects;
    bool too_long;     /* some record was longer than the limit, so `text` lacks bytes */
    bool damaged;      /* the stream ended early, or was not recognised */
    struct buf text;   /* all blocks, one after the other */
};

/* Reads data as one file, in blocks of `block` bytes, by a source definition with this format, and looks at every value
 * of every event. The caller ends the result by fuzz_log_fini. */
void fuzz_log_read(struct fuzz_log *log, const char *format, const uint8_t *data, size_t size, size_t block);
void fuzz_log_fini(struct fuzz_log *log);

#endif
