/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of results as bytes, for partial results (doc/partials.md has them byte by byte). A row stands by value: no ids,
 * no pointers, so it can be read by another process, on another machine. Whoever reads checks `bad` of the reader once,
 * at the end; what was read borrows its texts from the reader's bytes and its arrays from the arena. */
#ifndef AUTHSIFT_OUT_PACK_H
#define AUTHSIFT_OUT_PACK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "out/results.h"

void pack_finding(struct buf *b, const struct finding *f);
void pack_get_finding(struct reader *r, struct arena *a, struct finding *f);

void pack_reject(struct buf *b, const struct reject_row *row);
void pack_get_reject(struct reader *r, struct reject_row *row);

void pack_health(struct buf *b, const struct health_row *row);
void pack_get_health(struct reader *r, struct health_row *row);

#endif
