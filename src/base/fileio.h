/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing at a place of a file, whole, whatever the system does with a single call. Any number of threads
 * may use one descriptor. */
#ifndef AUTHSIFT_BASE_FILEIO_H
#define AUTHSIFT_BASE_FILEIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False with errno: not all of it is written. */
bool file_write_at(int fd, const void *p, size_t n, uint64_t at);

/* False with errno. *got is less than n where the file ends before. */
bool file_read_at(int fd, void *p, size_t n, uint64_t at, size_t *got);

#endif
