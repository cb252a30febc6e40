/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the logsource of a rule, a filter or a source definition. */
#ifndef AUTHSIFT_LANG_LOGSOURCE_H
#define AUTHSIFT_LANG_LOGSOURCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/diag.h"
#include "event/source.h"
#include "lang/yaml.h"

/* Reads the key `logsource` of a document, lower-cased, into the arena. If it is `required`, a missing one (reported
 * at `at`) or an empty one is an error. False after errors. */
bool logsource_read(struct diags *d, struct arena *a, const struct ynode *root, struct span at, bool required,
                    struct logsource *out);

#endif
