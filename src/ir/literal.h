/* SPDX-License-Identifier: Apache-2.0 */
/* Literals that a regular expression needs: every text in which it is found holds at least one of them. So that a
 * cheap search for plain strings can decide that a pattern need not be tried. */
#ifndef AUTHSIFT_IR_LITERAL_H
#define AUTHSIFT_IR_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sv.h"
#include "ir/regex.h"

#define LITERAL_SET  16 /* more alternatives are no help */
#define LITERAL_MAX  48 /* bytes of one; a longer one is cut, which only makes it easier to find */

struct literal {
    char p[LITERAL_MAX];
    size_t n;
};

/* One of v[0..n) occurs in every subject; n == 0: nothing can be promised. */
struct literal_set {
    struct literal v[LITERAL_SET];
    size_t n;
    bool folded; /* lower-case, found without regard to ASCII case */
};

/* Never promises too much: syntax that it does not know ends the attempt. */
void literal_required(const struct regex *r, struct literal_set *out);

/* Length of the shortest of the set; 0 for an empty set. */
size_t literal_shortest(const struct literal_set *set);

#endif
