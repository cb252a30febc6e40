/* SPDX-License-Identifier: Apache-2.0 */
/* Growable array of any type: `VEC(int) v = VEC_INIT; vec_push(&v, 7); v.v[0]; vec_fini(&v);`
 * The array owns its memory; elements move when it grows. */
#ifndef AUTHSIFT_BASE_VEC_H
#define AUTHSIFT_BASE_VEC_H

#include <stddef.h>

#include "base/mem.h"

#define VEC(type)                                                                                                      \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n;                                                                                                      \
        size_t cap;                                                                                                    \
    }

#define VEC_INIT { NULL, 0, 0 }

/* Room for at least `want` elements. */
#define vec_reserve(vec, want)                                                                                         \
    do {                                                                                                               \
        if ((vec)->cap < (size_t)(want)) {                                                                             \
            size_t vec_cap_ = (vec)->cap < 4 ? 4 : (vec)->cap + (vec)->cap / 2;                                        \
            if (vec_cap_ < (size_t)(want))                                                                             \
                vec_cap_ = (size_t)(want);                                                                             \
            (vec)->v = mem_resize((vec)->v, vec_cap_, sizeof *(vec)->v);                                               \
            (vec)->cap = vec_cap_;                                                                                     \
        }                                                                                                              \
    } while (0)

#define vec_push(vec, ...)                                                                                             \
    do {                                                                                                               \
        vec_reserve((vec), (vec)->n + 1);                                                                              \
        (vec)->v[(vec)->n++] = (__VA_ARGS__);                                                                          \
    } while (0)

#define vec_fini(vec)                                                                                                  \
    do {                                                                                                               \
        mem_free((vec)->v);                                                                                            \
        (vec)->v = NULL;                                                                                               \
        (vec)->n = (vec)->cap = 0;                                                                                     \
    } while (0)

#endif
