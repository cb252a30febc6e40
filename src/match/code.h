/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions as jump code: each instruction asks one predicate and says where to go on if it is true and if it is
 * not. No stack, no recursion, and nothing is asked whose answer cannot matter any more. */
#ifndef AUTHSIFT_MATCH_CODE_H
#define AUTHSIFT_MATCH_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"
#include "ir/program.h"
#include "match/lane.h"

#define CODE_ACCEPT UINT32_MAX
#define CODE_REJECT (UINT32_MAX - 1)

struct insn {
    pred_id pred;
    uint32_t pass;    /* of the predicate: code_connect fills it */
    uint32_t yes, no; /* index of an instruction, or ACCEPT or REJECT */
};

struct code {
    VEC(struct insn) insn;
};

/* Appends a condition; returns where it starts. */
uint32_t code_compile(struct code *c, const struct expr *condition, const struct lanes *lanes);
void code_fini(struct code *c);

/* Once the passes are built, and before the first run. */
void code_connect(struct code *c, const struct lanes *lanes);

/* Does the condition that starts at `at` hold? *limited: a regex that was asked gave up. */
bool code_run(const struct code *c, uint32_t at, const struct lanes *lanes, struct match_scratch *s, struct event *ev,
              bool *limited);

#endif
