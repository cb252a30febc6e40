/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/boost.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/number.h"

/* A booster rule's say about one entity. */
struct booster {
    struct sv rule_id;
    struct sv title;
    double risk;
    size_t next; /* 1 + the entity's next one; 0: none */
};

struct boosted {
    size_t first; /* 1 + index of a booster */
    bool used;    /* something else was found about the entity */
};

struct boosters {
    struct map entities; /* type and id -> index of boosted */
    VEC(struct boosted) boosted;
    VEC(struct booster) v;
    struct buf key;
};

static struct sv
entity_key(struct boosters *b, struct sv type, struct sv id)
{
    buf_reset(&b->key);
    put_bytes(&b->key, type);
    put_bytes(&b->key, id);
    return buf_view(&b->key);
}

static struct boosted *
find(struct boosters *b, struct sv type, struct sv id)
{
    const struct map_entry *e = id.n != 0 ? map_get(&b->entities, entity_key(b, type, id)) : NULL;
    return e != NULL ? &b->boosted.v[e->value] : NULL;
}

static void
note(struct boosters *b, const struct boost_known *f)
{
    bool is_new;
    if (f->entity_id.n == 0)
        return;
    const struct sv key = entity_key(b, f->entity_type, f->entity_id);
    const size_t i = map_put(&b->entities, key, (uint32_t)b->boosted.n, &is_new);
    if (is_new)
        vec_push(&b->boosted, (struct boosted){ 0, false });
    struct boosted *entity = &b->boosted.v[b->entities.entry[i].value];
    for (size_t k = entity->first; k != 0; k = b->v.v[k - 1].next) {
        struct booster *x = &b->v.v[k - 1];
        if (!sv_eq(x->rule_id, f->rule_id))
            continue;
        x->risk = f->risk > x->risk ? f->risk : x->risk;
        return;
    }
    vec_push(&b->v, (struct booster){ f->rule_id, f->title, f->risk, entity->first });
    entity->first = b->v.n;
}

/* One more line of evidence: which rules raised it. The chain's order is that of the sorted findings, turned round. */
static void
say(struct finding *f, struct sv titles, struct arena *a)
{
    struct named_text *evidence = ARENA_ARRAY(a, struct named_text, f->n_evidence + 1);
    if (f->n_evidence != 0)
        memcpy(evidence, f->evidence, f->n_evidence * sizeof *evidence);
    evidence[f->n_evidence] = (struct named_text){ SV("raised_by"), arena_sv(a, titles) };
    f->evidence = evidence;
    f->n_evidence++;
}

static void
raise(struct boosters *b, const struct boosted *entity, struct finding *f, struct arena *a)
{
    double clean = 1 - f->risk / 100;
    struct buf titles = BUF_INIT;
    for (size_t k = entity->first; k != 0; k = b->v.v[k - 1].next) {
        clean *= 1 - b->v.v[k - 1].risk / 100;
        if (titles.n != 0)
            buf_puts(&titles, ", ");
        buf_sv(&titles, b->v.v[k - 1].title);
    }
    f->risk = 100 * (1 - clean);
    say(f, buf_view(&titles), a);
    buf_fini(&titles);
}

static void
raise_all(struct boosters *b, struct results *r)
{
    for (size_t i = 0; i < r->findings.n; i++) {
        struct finding *f = &r->findings.v[i];
        struct boosted *entity = f->booster || !finding_is_acted_on(f) ? NULL : find(b, f->entity_type, f->entity_id);
        if (entity == NULL)
            continue;
        entity->used = true;
        raise(b, entity, f, &r->arena);
    }
}

static void
drop_lonely(struct boosters *b, struct results *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        const struct boosted *entity = f->booster ? find(b, f->entity_type, f->entity_id) : NULL;
        if (!f->booster || f->suppressed || (entity != NULL && entity->used))
            r->findings.v[n++] = *f;
    }
    r->findings.n = n;
}

/* The order of findings, as far as it is that of an entity's boosters: findings of earlier runs stand where they would
 * stand among those of this one. */
static int
compare_known(const void *a, const void *b)
{
    const struct boost_known *x = a;
    const struct boost_known *y = b;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1;
    if (x->risk != y->risk)
        return x->risk > y->risk ? -1 : 1;
    return sv_cmp(x->rule_id, y->rule_id);
}

static void
note_all(struct boosters *b, const struct results *r, const struct boost_known *known, size_t n_known)
{
    VEC(struct boost_known) all = VEC_INIT;
    for (size_t i = 0; i < n_known; i++)
        if (known[i].rule_id.n != 0)
            vec_push(&all, known[i]);
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        if (f->booster && finding_is_acted_on(f))
            vec_push(&all, (struct boost_known){ f->entity_type, f->entity_id, f->rule_id, f->rule_title, f->level,
                                                 f->risk });
    }
    if (all.n > 1)
        qsort(all.v, all.n, sizeof *all.v, compare_known);
    for (size_t i = 0; i < all.n; i++)
        note(b, &all.v[i]);
    vec_fini(&all);
}

/* Something else was found about these before. */
static void
use_known(struct boosters *b, const struct boost_known *known, size_t n_known)
{
    for (size_t i = 0; i < n_known; i++) {
        struct boosted *entity = known[i].rule_id.n == 0 ? find(b, known[i].entity_type, known[i].entity_id) : NULL;
        if (entity != NULL)
            entity->used = true;
    }
}

void
boost_findings(struct results *r, const struct boost_known *known, size_t n_known)
{
    struct boosters b = { .boosted = VEC_INIT };
    map_init(&b.entities);
    buf_init(&b.key);
    note_all(&b, r, known, n_known);
    use_known(&b, known, n_known);
    raise_all(&b, r);
    drop_lonely(&b, r);
    map_fini(&b.entities);
    vec_fini(&b.boosted);
    vec_fini(&b.v);
    buf_fini(&b.key);
}
