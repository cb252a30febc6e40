/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/base, one per file, and what they share. */
#ifndef AUTHSIFT_TESTS_BASE_H
#define AUTHSIFT_TESTS_BASE_H

#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/sv.h"

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define assert_sv(got, want) assert_text((got), sv_of(want), __FILE__, __LINE__)

static inline void
assert_text(struct sv got, struct sv want, const char *file, int line)
{
    ck_assert_msg(sv_eq(got, want), "%s:%d: got \"%.*s\", want \"%.*s\"", file, line, SV_ARG(got), SV_ARG(want));
}

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t
next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

TCase *base_atomicfile_tests(void);
TCase *base_codec_tests(void);
TCase *base_diag_tests(void);
TCase *base_fileio_tests(void);
TCase *base_listline_tests(void);
TCase *base_memory_tests(void);
TCase *base_number_tests(void);
TCase *base_sum_tests(void);
TCase *base_sv_tests(void);
TCase *base_timestamp_tests(void);

#endif
