/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the lists that were read (loader_list is in lang/unit.h). Values live in the loader's program arena. */
#ifndef AUTHSIFT_LANG_LISTS_H
#define AUTHSIFT_LANG_LISTS_H

#include "lang/unit.h"

struct lists;

struct lists *lists_new(void);
void lists_free(struct lists *x);

#endif
