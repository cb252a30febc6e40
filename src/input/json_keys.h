/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of all objects of one document, and where each of them stands last: in JSON logs the last of equal keys
 * wins. Needed only where an earlier one could have been taken: for documents in which a wanted key repeats. */
#ifndef AUTHSIFT_INPUT_JSON_KEYS_H
#define AUTHSIFT_INPUT_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

struct json_key; /* a slot of the table */

struct json_keys {
    struct json_key *slot;
    size_t size; /* a power of two, or 0 */
    size_t n;
    uint32_t epoch; /* slots of another epoch are free: forgetting costs nothing */
};

void json_keys_init(struct json_keys *k);
void json_keys_fini(struct json_keys *k);
void json_keys_reset(struct json_keys *k);

/* Notes that `key` of the object that starts at `object` stands at `at`. False if the object had it before. The
 * bytes of the key are borrowed until the reset. */
bool json_keys_put(struct json_keys *k, const char *object, struct sv key, const char *at);

/* Where it stands last. It was put. */
const char *json_keys_last(const struct json_keys *k, const char *object, struct sv key);

#endif
