/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean" for names of fields, which go wrong in ways of their own: other case (sourceIp), another separator
 * (source_ip), blanks (Source IP), a missing start (user.uid for actor.user.uid), and slips of the finger like any
 * other name. */
#ifndef AUTHSIFT_CLI_NEAR_H
#define AUTHSIFT_CLI_NEAR_H

#include <stddef.h>

#include "base/sv.h"

/* The nearest of n names, or SV_NONE; the first of equally near ones. name(ctx, i) is the i-th; `word` is none of
 * them. */
struct sv near_field(struct sv word, size_t n, struct sv (*name)(const void *ctx, size_t i), const void *ctx);

#endif
