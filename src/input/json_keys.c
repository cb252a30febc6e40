/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing over (object, key). */
#include "input/json_keys.h"

#include "base/map.h"
#include "base/mem.h"

struct json_key {
    const char *object;
    const char *at;
    struct sv key;
    uint32_t epoch;
};

void
json_keys_init(struct json_keys *k)
{
    *k = (struct json_keys){ .epoch = 1 };
}

void
json_keys_fini(struct json_keys *k)
{
    mem_free(k->slot);
    json_keys_init(k);
}

void
json_keys_reset(struct json_keys *k)
{
    k->n = 0;
    if (++k->epoch != 0)
        return;
    for (size_t i = 0; i < k->size; i++)
        k->slot[i].epoch = 0;
    k->epoch = 1;
}

/* The slot of the key, or the free one where it belongs. */
static struct json_key *
find(const struct json_keys *k, const char *object, struct sv key)
{
    const uint64_t hash = hash64(key) ^ (uint64_t)(uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = (size_t)(hash >> 20);; i++) {
        struct json_key *s = &k->slot[i & (k->size - 1)];
        if (s->epoch != k->epoch || (s->object == object && sv_eq(s->key, key)))
            return s;
    }
}

static void
grow(struct json_keys *k)
{
    const struct json_keys old = *k;
    k->size = old.size != 0 ? 2 * old.size : 64;
    k->slot = mem_zalloc(k->size, sizeof *k->slot);
    for (size_t i = 0; i < old.size; i++)
        if (old.slot[i].epoch == old.epoch)
            *find(k, old.slot[i].object, old.slot[i].key) = old.slot[i];
    mem_free(old.slot);
}

bool
json_keys_put(struct json_keys *k, const char *object, struct sv key, const char *at)
{
    if (2 * (k->n + 1) > k->size)
        grow(k);
    struct json_key *s = find(k, object, key);
    const bool is_new = s->epoch != k->epoch;
    *s = (struct json_key){ object, at, key, k->epoch };
    k->n += is_new;
    return is_new;
}

const char *
json_keys_last(const struct json_keys *k, const char *object, struct sv key)
{
    return find(k, object, key)->at;
}
