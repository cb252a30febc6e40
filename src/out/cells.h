/* SPDX-License-Identifier: Apache-2.0 */
/* What several reports write in the same way. */
#ifndef AUTHSIFT_OUT_CELLS_H
#define AUTHSIFT_OUT_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "out/finding.h"
#include "out/table.h"

/* "informational" .. "critical". */
struct sv level_name(int level);

void cell_level(struct table *t, int level);

/* 16 hex digits. */
void cell_id(struct table *t, uint64_t id);

/* `name=value; name=value`, with ; = and \ in names and values escaped by \. */
void cell_pairs(struct table *t, const struct named_text *pair, size_t n);

/* Names of actions, joined by blanks. */
void cell_actions(struct table *t, const enum action_id *action, size_t n);

/* The texts of a map in their order of insertion, joined. */
void cell_joined(struct table *t, const struct map *texts, const char *separator);

/* Names of the actions whose bit is set, in the order of actions.def, joined by blanks. */
void cell_action_set(struct table *t, unsigned set);

/* Adds to a risk: 100 * (1 - (1 - a/100) * (1 - b/100)), the noisy or. */
double risk_join(double a, double b);
/* A joined risk as shown: two decimals. */
double risk_shown(double risk);

/* The text of that name among pairs; false if there is none. */
bool pair_find(const struct named_text *pair, size_t n, struct sv name, struct sv *text);

#endif
