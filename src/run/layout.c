/* SPDX-License-Identifier: Apache-2.0 */
#include "run/layout.h"

#include "agg/entry.h"
#include "agg/family.h"
#include "agg/inv_table.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"

/* ---- writing ---- */

static void
put_field(struct buf *b, const struct program *p, field_id field)
{
    put_bytes(b, field != FIELD_NONE ? fields_name(p->fields, field) : SV(""));
}

static uint64_t hash_of(const struct program *p, const struct correlation *c);

static void
put_inputs(struct buf *b, const struct program *p, const struct correlation *c)
{
    for (size_t i = 0; i < c->n_inputs; i++) {
        const struct corr_input *in = &c->inputs[i];
        const struct rule_meta *meta = in->is_corr ? &p->corrs.v[in->index].meta : &p->rules.v[in->index].meta;
        put_bytes(b, meta->id);
        put_varint(b, in->is_corr ? hash_of(p, &p->corrs.v[in->index]) : 0);
    }
}

/* Inner correlations are part of what an outer one is: they are below it, so this ends. */
static uint64_t
hash_of(const struct program *p, const struct correlation *c)
{
    struct buf b = BUF_INIT;
    put_bytes(&b, c->meta.id);
    put_bytes(&b, sv_of(c->type_name != NULL ? c->type_name : ""));
    put_varint(&b, c->type->payload_version);
    put_varint(&b, c->level);
    put_varint(&b, (unsigned)c->closed << 2 | (unsigned)c->single << 1 | (unsigned)c->meta.keep_missing_group);
    put_zigzag(&b, c->timespan);
    put_bytes(&b, c->threshold);
    put_varint(&b, c->n_inputs);
    put_inputs(&b, p, c);
    put_varint(&b, c->n_group);
    for (size_t i = 0; i < c->n_group; i++)
        put_bytes(&b, c->group_names[i]);
    for (size_t i = 0; i < c->n_inputs * c->n_group; i++)
        put_field(&b, p, c->group_fields[i]);
    put_varint(&b, c->n_facts);
    for (size_t i = 0; i < c->n_facts; i++)
        put_field(&b, p, c->facts[i]);
    for (size_t i = 0; i < c->n_args; i++)
        put_bytes(&b, c->args[i].written);
    const uint64_t hash = hash64(buf_view(&b));
    buf_fini(&b);
    return hash;
}

void
layout_put(struct buf *b, const struct program *p)
{
    struct family *family = families_of(p);
    put_varint(b, p->corrs.n);
    for (size_t i = 0; i < p->corrs.n; i++) {
        put_varint(b, family[i].first);
        put_varint(b, hash_of(p, &p->corrs.v[i]));
        put_bytes(b, p->corrs.v[i].meta.id);
    }
    mem_free(family);
}

/* ---- reading ---- */

struct layout_row {
    uint32_t first;
    uint64_t hash;
    struct sv id;
    uint64_t family; /* of a first: a hash of the hashes of all its members, in order */
};

struct layout {
    struct layout_row *v;
    size_t n;
};

static bool
get_layout(struct sv bytes, struct arena *a, struct layout *l)
{
    struct reader r = reader_of(bytes);
    l->n = get_count(&r, 3);
    l->v = ARENA_ARRAY(a, struct layout_row, l->n);
    for (size_t i = 0; i < l->n; i++) {
        const uint64_t first = get_varint(&r);
        l->v[i] = (struct layout_row){ .hash = get_varint(&r), .id = get_bytes(&r) };
        r.bad = r.bad || first > i;
        l->v[i].first = r.bad ? 0 : (uint32_t)first;
        struct layout_row *head = &l->v[l->v[i].first];
        char both[16];
        store_le(both, head->family, 8);
        store_le(both + 8, l->v[i].hash, 8);
        head->family = hash64(sv_make(both, sizeof both));
    }
    return !r.bad && r.p == r.end;
}

static const struct layout_row *
find_hash(const struct layout *l, uint64_t hash)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->v[i].hash == hash)
            return &l->v[i];
    return NULL;
}

static const struct layout_row *
find_id(const struct layout *l, struct sv id)
{
    for (size_t i = 0; i < l->n; i++)
        if (sv_eq(l->v[i].id, id))
            return &l->v[i];
    return NULL;
}

static bool
is_same_family(const struct layout *theirs, const struct layout_row *their, const struct layout *ours,
               const struct layout_row *our)
{
    return their != NULL && theirs->v[their->first].family == ours->v[our->first].family;
}

bool
layout_match(struct sv bytes, const struct program *p, struct arena *a, struct partial_numbers *numbers,
             struct buf *lost)
{
    struct layout theirs, ours;
    struct buf own = BUF_INIT;
    layout_put(&own, p);
    const bool ok = get_layout(arena_sv(a, buf_view(&own)), a, &ours) && get_layout(bytes, a, &theirs);
    buf_fini(&own);
    if (!ok)
        return false;
    uint32_t *number = ARENA_ARRAY(a, uint32_t, theirs.n + INVENTORIES);
    for (size_t i = 0; i < theirs.n; i++)
        number[i] = PARTIAL_NONE;
    for (uint32_t i = 0; i < INVENTORIES; i++)
        number[theirs.n + i] = (uint32_t)ours.n + i;
    for (size_t i = 0; i < ours.n; i++) {
        const struct layout_row *their = find_hash(&theirs, ours.v[i].hash);
        if (is_same_family(&theirs, their, &ours, &ours.v[i])) {
            number[their - theirs.v] = (uint32_t)i;
        } else if (find_id(&theirs, ours.v[i].id) != NULL) {
            buf_puts(lost, lost->n != 0 ? ", " : "");
            buf_sv(lost, ours.v[i].id);
        }
    }
    *numbers = (struct partial_numbers){ number, theirs.n + INVENTORIES };
    return true;
}
