/* SPDX-License-Identifier: Apache-2.0 */
/* One run at a time on one state. The lock is an advisory lock of the system on FILE.lock, which the system gives back
 * when its holder dies; the file's text (pid, host, since when) is for the message to whoever comes second. */
#ifndef AUTHSIFT_STATE_LOCK_H
#define AUTHSIFT_STATE_LOCK_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"

struct lock;

/* ERR_OUTPUT with a message if another process holds it (unless `wait`) or the file cannot be made. A holder that died
 * is named in a note. */
enum err lock_take(const char *path, bool wait, struct lock **out, struct diags *d) MUST_CHECK;
/* NULL is allowed. */
void lock_give(struct lock *l);

#endif
