/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: from arguments to YAML files. */
#ifndef AUTHSIFT_LANG_PATHS_H
#define AUTHSIFT_LANG_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/sv.h"

struct yaml_path {
    struct sv path;   /* a NUL follows it */
    struct sv folder; /* the argument, or the folder of the file that was the argument */
};

struct yaml_paths {
    struct yaml_path *v;
    size_t n;
    size_t cap;
};

/* Files as they are; below folders *.yml and *.yaml in byte order of their path, without names that start with a dot
 * and, if `rules`, without folders named lists or sources. A file that is reached twice is there once. Paths that
 * cannot be read are reported; false if there were some. Strings live in the arena; the array is the caller's
 * (vec_fini). */
bool paths_collect(const char *const *args, size_t n, bool rules, struct arena *a, struct yaml_paths *out,
                   struct diags *d);

/* Reads one of them into d's texts. NULL after an error, with a message. */
const struct text_file *paths_read(const struct yaml_path *path, struct diags *d);

#endif
