/* SPDX-License-Identifier: Apache-2.0 */
/* Every value of a record, whoever wants it: the walk that knows no projection. It answers what is in a log, so it may
 * take its time; nothing of it is on the way of a scan. */
#ifndef AUTHSIFT_INPUT_VISIT_H
#define AUTHSIFT_INPUT_VISIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "input/input.h"
#include "input/json_keys.h"

/* A visit, and what it reuses from record to record. */
struct visit {
    visit_fn *fn;
    void *ctx;
    struct arena *scratch; /* decoded strings */
    struct buf path;
    struct json_keys keys;
};

void visit_init(struct visit *v);
void visit_fini(struct visit *v);

/* A JSON object that json_walk has accepted; the usual padding stands behind it. */
void visit_json(struct visit *v, struct sv record);

#endif
