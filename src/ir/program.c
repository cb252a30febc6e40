/* SPDX-License-Identifier: Apache-2.0 */
/* The program while it is built: an arena, growing tables, and an index that makes equal predicates one.
 *
 * Sharing matters more than it looks: public rules ask the same few hundred questions again and again, and match/
 * answers each predicate at most once per event. Two predicates are equal if their keys are: the bytes of everything
 * that their op looks at, and nothing else (how the rule spelled it does not count).
 */
#include "ir/program.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"

/* Where a predicate is found by its key, which is not kept: it can be made again. */
struct pred_slot {
    uint32_t hash; /* upper half of the key's */
    uint32_t id;   /* 1 + pred_id; 0: free */
};

struct program_own {
    struct pred_slot *slot; /* open addressing; at most half of them are taken */
    size_t n_slots;         /* a power of two, or 0 */
    struct map regexes; /* the bytes of each pointer: a set, because predicates may share a regex */
    struct buf key;     /* scratch: of the predicate that is looked for */
    struct buf other;   /* scratch: of one that may be equal */
};

struct program *
program_new(struct fields *fields)
{
    struct program *p = mem_zalloc(1, sizeof *p);
    arena_init(&p->arena);
    p->fields = fields;
    p->uid = fields_add(fields, SV("uid"));
    p->own = mem_zalloc(1, sizeof *p->own);
    map_init(&p->own->regexes);
    buf_init(&p->own->key);
    buf_init(&p->own->other);
    return p;
}

static void
free_regexes(const struct map *owned)
{
    for (size_t i = 0; i < owned->n; i++) {
        struct regex *r;
        memcpy(&r, owned->entry[i].key.p, sizeof r);
        regex_free(r);
    }
}

void
program_free(struct program *p)
{
    if (p == NULL)
        return;
    free_regexes(&p->own->regexes);
    map_fini(&p->own->regexes);
    mem_free(p->own->slot);
    buf_fini(&p->own->key);
    buf_fini(&p->own->other);
    mem_free(p->own);
    vec_fini(&p->preds);
    vec_fini(&p->rules);
    vec_fini(&p->corrs);
    vec_fini(&p->skipped);
    vec_fini(&p->expired);
    vec_fini(&p->named);
    arena_fini(&p->arena);
    mem_free(p);
}

static void
key_u64(struct buf *key, uint64_t x)
{
    buf_put(key, &x, sizeof x);
}

static void
key_sv(struct buf *key, struct sv s)
{
    key_u64(key, s.n);
    buf_sv(key, s);
}

static void
key_number(struct buf *key, const struct pred *pred)
{
    uint64_t bits;
    const double number = pred->number == 0 ? 0 : pred->number; /* -0 is 0 */
    memcpy(&bits, &number, sizeof bits);
    key_u64(key, bits);
    key_u64(key, pred->compare);
    key_u64(key, pred->part);
}

static void
key_glob(struct buf *key, const struct pred *pred)
{
    key_u64(key, pred->cased);
    for (size_t i = 0; i < pred->n_glob; i++) {
        key_u64(key, pred->glob[i].kind);
        key_sv(key, pred->glob[i].kind == GLOB_TEXT ? pred->glob[i].text : SV_NONE);
    }
}

/* Everything that the op looks at. */
static void
make_key(struct buf *key, const struct pred *pred)
{
    buf_reset(key);
    key_u64(key, pred->op);
    key_u64(key, pred->field);
    switch (pred->op) {
    case OP_EQ:
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
        key_u64(key, pred->cased);
        key_sv(key, pred->text);
        break;
    case OP_GLOB:
        key_glob(key, pred);
        break;
    case OP_REGEX:
        key_u64(key, regex_flags(pred->regex));
        key_sv(key, regex_pattern(pred->regex));
        break;
    case OP_CIDR:
        buf_put(key, pred->address, sizeof pred->address);
        key_u64(key, pred->prefix_bits);
        break;
    case OP_NUMBER:
        key_number(key, pred);
        break;
    case OP_BOOLEAN:
        key_u64(key, pred->boolean);
        break;
    case OP_FIELDREF:
        key_u64(key, pred->cased);
        key_u64(key, pred->ref);
        key_u64(key, pred->ref_op);
        break;
    case OP_NULL:
    case OP_EXISTS:
    case OP_COUNT_:
        break;
    }
}

/* The slot of the predicate with this key, or the free one where it belongs. */
static struct pred_slot *
find_slot(struct program *p, struct sv key, uint64_t hash)
{
    struct program_own *own = p->own;
    for (size_t i = (size_t)hash;; i++) {
        struct pred_slot *s = &own->slot[i & (own->n_slots - 1)];
        if (s->id == 0)
            return s;
        if (s->hash != (uint32_t)(hash >> 32))
            continue;
        make_key(&own->other, &p->preds.v[s->id - 1]);
        if (sv_eq(buf_view(&own->other), key))
            return s;
    }
}

static void
grow_slots(struct program *p)
{
    struct program_own *own = p->own;
    mem_free(own->slot);
    own->n_slots = own->n_slots != 0 ? 2 * own->n_slots : 256;
    own->slot = mem_zalloc(own->n_slots, sizeof *own->slot);
    for (size_t i = 0; i < p->preds.n; i++) {
        make_key(&own->key, &p->preds.v[i]);
        const uint64_t hash = hash64(buf_view(&own->key));
        size_t at = (size_t)hash;
        while (own->slot[at & (own->n_slots - 1)].id != 0)
            at++;
        own->slot[at & (own->n_slots - 1)] = (struct pred_slot){ (uint32_t)(hash >> 32), (uint32_t)i + 1 };
    }
}

pred_id
program_pred(struct program *p, const struct pred *pred)
{
    assert(!p->frozen);
    if (pred->op == OP_REGEX)
        map_put(&p->own->regexes, sv_make((const char *)&pred->regex, sizeof pred->regex), 0, NULL);
    if (2 * (p->preds.n + 1) > p->own->n_slots)
        grow_slots(p);
    make_key(&p->own->key, pred);
    const uint64_t hash = hash64(buf_view(&p->own->key));
    struct pred_slot *s = find_slot(p, buf_view(&p->own->key), hash);
    if (s->id == 0) {
        vec_push(&p->preds, *pred);
        *s = (struct pred_slot){ (uint32_t)(hash >> 32), (uint32_t)p->preds.n };
    }
    return s->id - 1;
}

/* 1 + the highest level of the inputs; inner correlations may stand anywhere, so levels rise until nothing changes.
 * lang/ has refused cycles; the bound on rounds only keeps a bug from being endless. */
static void
fill_levels(struct program *p)
{
    bool changed = true;
    for (size_t round = 0; changed && round <= p->corrs.n; round++) {
        changed = false;
        for (size_t i = 0; i < p->corrs.n; i++) {
            struct correlation *c = &p->corrs.v[i];
            unsigned level = 0;
            for (size_t k = 0; k < c->n_inputs; k++)
                if (c->inputs[k].is_corr && p->corrs.v[c->inputs[k].index].level >= level)
                    level = p->corrs.v[c->inputs[k].index].level + 1;
            changed = changed || level != c->level;
            c->level = level;
        }
    }
    assert(!changed);
}

/* Stable sort by level; references follow. */
static void
sort_levels(struct program *p)
{
    const size_t n = p->corrs.n;
    struct correlation *sorted = mem_alloc(n * sizeof *sorted);
    uint32_t *moved = mem_alloc(n * sizeof *moved);
    size_t done = 0;
    for (unsigned level = 0; done < n; level++)
        for (size_t i = 0; i < n; i++)
            if (p->corrs.v[i].level == level) {
                moved[i] = (uint32_t)done;
                sorted[done++] = p->corrs.v[i];
            }
    for (size_t i = 0; i < n; i++) {
        p->corrs.v[i] = sorted[i];
        for (size_t k = 0; k < sorted[i].n_inputs; k++)
            if (sorted[i].inputs[k].is_corr)
                sorted[i].inputs[k].index = moved[sorted[i].inputs[k].index];
    }
    mem_free(moved);
    mem_free(sorted);
}

static void
use_slot(struct program *p, const struct corr_input *in, struct use **uses, size_t **n)
{
    if (in->is_corr) {
        *uses = p->corrs.v[in->index].uses;
        *n = &p->corrs.v[in->index].n_uses;
    } else {
        *uses = p->rules.v[in->index].uses;
        *n = &p->rules.v[in->index].n_uses;
    }
}

/* Calls for every (correlation, position) in order: the first pass counts, the second fills. */
static void
walk_uses(struct program *p, bool fill)
{
    for (size_t i = 0; i < p->corrs.n; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++) {
            struct use *uses;
            size_t *n;
            use_slot(p, &p->corrs.v[i].inputs[k], &uses, &n);
            if (fill)
                uses[*n] = (struct use){ (uint32_t)i, (uint32_t)k };
            ++*n;
        }
}

static void
allot_uses(struct program *p, struct use **uses, size_t *n)
{
    *uses = *n != 0 ? ARENA_ARRAY(&p->arena, struct use, *n) : NULL;
    *n = 0;
}

static void
fill_uses(struct program *p)
{
    for (size_t i = 0; i < p->rules.n; i++)
        p->rules.v[i].n_uses = 0;
    for (size_t i = 0; i < p->corrs.n; i++)
        p->corrs.v[i].n_uses = 0;
    walk_uses(p, false);
    for (size_t i = 0; i < p->rules.n; i++)
        allot_uses(p, &p->rules.v[i].uses, &p->rules.v[i].n_uses);
    for (size_t i = 0; i < p->corrs.n; i++)
        allot_uses(p, &p->corrs.v[i].uses, &p->corrs.v[i].n_uses);
    walk_uses(p, true);
}

void
program_freeze(struct program *p)
{
    assert(!p->frozen);
    fill_levels(p);
    sort_levels(p);
    fill_uses(p);
    mem_free(p->own->slot);
    p->own->slot = NULL;
    p->own->n_slots = 0;
    p->frozen = true;
}
