/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all.
 *
 * A set of files is written to temporaries in the destination folder, each flushed with fsync; `atomic_set_publish`
 * then renames them all and syncs the folder. Until then nothing that a reader can see has changed; whatever ends the
 * process earlier (error, SIGINT, SIGTERM, exhausted memory) removes the temporaries. Temporaries of a process that
 * was killed outright are removed by the next run (their names hold the pid).
 */
#ifndef AUTHSIFT_BASE_ATOMICFILE_H
#define AUTHSIFT_BASE_ATOMICFILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"

struct atomic_set;

/* Files are readable by owner and group (0640, less by the umask), folders that are made by both (0750). A symbolic
 * link of the name of a file is replaced, never followed.
 *
 * Makes `folder` (and its parents) if it is missing, and removes temporaries that dead processes left in it.
 * Returns new; on failure NULL, with a message. */
struct atomic_set *atomic_set_open(const char *folder, struct diags *d);

/* A stream for the file `name`, for writing and reading back, owned by the set. NULL on failure, with a message. */
FILE *atomic_set_file(struct atomic_set *s, const char *name, struct diags *d);

/* Gives a file of the set up after all: it is closed and removed. */
void atomic_set_discard(struct atomic_set *s, FILE *stream);

/* Flushes and syncs every file, then renames them all. On any failure ERR_OUTPUT, and nothing was renamed unless the
 * failure was a rename itself. */
enum err atomic_set_publish(struct atomic_set *s, struct diags *d) MUST_CHECK;

/* A publication that hangs on something else, a transaction: first everything is made ready and its names are told,
 * then `agree` decides, while signals wait. */

/* Flushes and syncs every file. Nothing is renamed yet, and streams are closed. */
enum err atomic_set_prepare(struct atomic_set *s, struct diags *d) MUST_CHECK;
size_t atomic_set_count(const struct atomic_set *s);
/* Of a prepared set: appends the absolute paths of file i, as it is called now and as it will be. False with errno. */
bool atomic_set_paths(const struct atomic_set *s, size_t i, struct buf *from, struct buf *to);
/* Renames a prepared set if agree(ctx) is ERR_OK, else returns what it is, and nothing has changed. ERR_OUTPUT: agreed,
 * but a rename failed; then what is not renamed stays there under its temporary name, for whoever was told it. */
enum err atomic_set_publish_if(struct atomic_set *s, enum err (*agree)(void *ctx, struct diags *d), void *ctx,
                               struct diags *d) MUST_CHECK;

/* Removes what was not published. NULL is allowed. */
void atomic_set_free(struct atomic_set *s);

/* A new file without a name in the folder, for writing and reading back: it is gone when the descriptor is closed,
 * however the process ends. -1 with errno. Thread-safe; the descriptor is the caller's. */
int atomic_unnamed(const char *folder);

/* Installs handlers for SIGINT, SIGTERM, SIGHUP that remove all temporaries and then die by the signal, and the hook
 * of mem_on_exhaustion; and one for SIGBUS, which ends the program with exit status 5 if a mapped file cannot be read.
 * Call once from main. */
void atomic_install_handlers(void);

#endif
