/* SPDX-License-Identifier: Apache-2.0 */
/* Values that rules ask for, and values that only look like them. */
#ifndef AUTHSIFT_GEN_RULEVALUE_H
#define AUTHSIFT_GEN_RULEVALUE_H

#include "ir/program.h"
#include "rng.h"
#include "ruleevent.h"

/* Gives the predicate's field a value that satisfies it, or nearly: of a regular expression only a literal that it
 * needs is met; texts that several predicates ask of one field are put together. Keywords go to the field `message`. */
void rule_value_meet(struct rule_event *ev, const struct pred *p, field_id message, struct rng *r);

/* A value as such a field may have: the same kind every time. */
void rule_value_noise(struct rule_event *ev, field_id f, struct rng *r);

/* Replaces one character of a text that the field has. False, and nothing done, if it has none of ASCII. */
bool rule_value_blemish(struct rule_event *ev, field_id f, struct rng *r);

#endif
