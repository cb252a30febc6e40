/* SPDX-License-Identifier: Apache-2.0 */
/* JSON strings on their way out. */
#ifndef AUTHSIFT_OUT_JSONTEXT_H
#define AUTHSIFT_OUT_JSONTEXT_H

#include "base/buf.h"
#include "base/sv.h"

/* A JSON string, with its quotes. What must not reach a terminal (utf8_is_unsafe) is escaped, which changes no value;
 * ill-formed UTF-8 becomes U+FFFD. */
void jsontext_put(struct buf *b, struct sv text);

#endif
