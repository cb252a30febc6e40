/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that nothing provides: a rule that asks for one can never match, and nothing about it is wrong but the name.
 * */
#ifndef AUTHSIFT_CLI_PROVIDED_H
#define AUTHSIFT_CLI_PROVIDED_H

#include "base/diag.h"
#include "base/map.h"
#include "cli/setup.h"

/* Warns of fields that no source definition, canonical or derived field provides, in documents that are about logs
 * that we know: their logsource is one that a source definition declares, or is empty, or they name some canonical or
 * derived field. What fields a foreign log has is not known here. */
void provided_warn(const struct setup *s, struct diags *d);

/* Adds every name that is known to be one of a field: canonical and derived ones, and what source definitions speak
 * of. */
void provided_names(const struct source_defs *sources, struct map *names);

#endif
