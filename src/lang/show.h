/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: texts of rules in messages. A value may be a mebibyte long, and one message for each of its uses
 * would be a bomb. */
#ifndef AUTHSIFT_LANG_SHOW_H
#define AUTHSIFT_LANG_SHOW_H

#include "base/sv.h"

#define SHOW_MAX 120

/* The start of s, cut between characters. */
static inline struct sv
show_clip(struct sv s)
{
    if (s.n <= SHOW_MAX)
        return s;
    s.n = SHOW_MAX;
    while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
        s.n--;
    return s;
}

/* For printf's "%.*s". */
#define SHOW(s) SV_ARG(show_clip(s))

#endif
