/* SPDX-License-Identifier: Apache-2.0 */
#include "input/json.h"

#include "base/mem.h"
#include "input/json_state.h"

struct json *
json_new(const struct input_limits *limits)
{
    struct json *j = mem_zalloc(1, sizeof *j);
    j->simd = limits->simd != NULL ? limits->simd : simd_best();
    j->depth_max = limits->depth;
    json_keys_init(&j->keys);
    for (size_t i = 0; i < JSON_SOURCES; i++)
        shapes_init(&j->shapes[i]);
    return j;
}

void
json_free(struct json *j)
{
    if (j == NULL)
        return;
    json_keys_fini(&j->keys);
    for (size_t i = 0; i < JSON_SOURCES; i++)
        shapes_fini(&j->shapes[i]);
    vec_fini(&j->notes);
    mem_free(j->taken);
    vec_fini(&j->members);
    vec_fini(&j->aside);
    vec_fini(&j->lists);
    vec_fini(&j->all);
    mem_free(j);
}

enum record_kind
json_walk(struct json *j, const struct extraction *x, enum reject_id *why)
{
    return j->simd->json_walk(j, x, why);
}

void
json_top_keys(struct json *j, struct sv record, size_t max, struct buf *out)
{
    j->simd->json_top_keys(j, record, max, out);
}
