/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says on standard error: for people, or a JSON object a line for whatever collects logs. */
#ifndef AUTHSIFT_CLI_LOG_H
#define AUTHSIFT_CLI_LOG_H

#include <stdio.h>

#include "base/diag.h"

enum log_format { LOG_TEXT, LOG_JSON };

/* All messages, in order of report. A JSON line has ts (now, RFC 3339), level (error, warning or note), msg, and, where
 * there are any, file, line, column and context. */
void log_print(const struct diags *d, enum log_format format, FILE *to);

#endif
