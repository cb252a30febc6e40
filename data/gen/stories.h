/* SPDX-License-Identifier: Apache-2.0 */
/* What happens on the platform: ordinary life, and stories. A story is an abuse or a benign look-alike of one; each
 * is written to truth.json with the entity that a finding should (or should not) name. */
#ifndef AUTHSIFT_GEN_STORIES_H
#define AUTHSIFT_GEN_STORIES_H

#include <stdio.h>

#include "log.h"
#include "world.h"

/* About n events of people who mean no harm, Zipf-distributed over accounts and apps. */
void life_play(struct world *w, struct log *l, uint64_t n);

/* Plants every story; writes one JSON object per story to `truth`, separated by commas. */
void stories_play(struct world *w, struct log *l, FILE *truth);

/* Building blocks. */
uint32_t play_login(struct world *w, struct log *l, int64_t t, const struct account *who, const struct origin *from,
                    uint8_t agent, uint32_t device);
void play_grant(struct log *l, int64_t t, const struct account *who, int app, const struct world *w,
                const struct origin *from, uint32_t scopes);

#endif
