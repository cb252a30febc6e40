/* SPDX-License-Identifier: Apache-2.0 */
#include "query/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/* The tally follows, then the key. */
struct group {
    uint64_t hash; /* of the record */
    uint64_t as_text;
    uint32_t key_n;
    uint32_t pad;
};

/* The tie follows. */
struct member {
    struct group *group;
    uint64_t times;
    uint32_t pos;
    uint32_t tie_n;
};

struct slot {
    uint64_t hash;
    void *p; /* NULL: free */
};

/* Open addressing, at most 3/4 full. */
struct slots {
    struct slot *v;
    size_t n; /* a power of two */
    size_t used;
};

struct groups {
    const struct query *q;
    const struct inputs *in;
    struct store *store;
    size_t limit;
    struct pool pool;
    struct slots groups;
    struct slots members;
    struct buf key;
    struct buf payload;
    uint64_t left_out;
};

#define SLOTS_FIRST ((size_t)1 << 10)

struct groups *
groups_new(const struct query *q, const struct inputs *in, struct store *to, size_t limit)
{
    struct groups *g = mem_zalloc(1, sizeof *g);
    g->q = q;
    g->in = in;
    g->store = to;
    g->limit = limit;
    arena_init(&g->pool.arena);
    buf_init(&g->key);
    buf_init(&g->payload);
    return g;
}

void
groups_free(struct groups *g)
{
    if (g == NULL)
        return;
    arena_fini(&g->pool.arena);
    mem_free(g->groups.v);
    mem_free(g->members.v);
    buf_fini(&g->key);
    buf_fini(&g->payload);
    mem_free(g);
}

uint64_t
groups_left_out(const struct groups *g)
{
    return g->left_out;
}

static void *
tally_of(struct group *x)
{
    return x + 1;
}

static char *
key_of(const struct query *q, struct group *x)
{
    return (char *)(x + 1) + q->tally_size;
}

static void
slots_grow(struct slots *s)
{
    struct slots old = *s;
    s->n = old.n == 0 ? SLOTS_FIRST : 2 * old.n;
    s->v = mem_zalloc(s->n, sizeof *s->v);
    for (size_t i = 0; i < old.n; i++) {
        if (old.v[i].p == NULL)
            continue;
        size_t at = old.v[i].hash & (s->n - 1);
        while (s->v[at].p != NULL)
            at = (at + 1) & (s->n - 1);
        s->v[at] = old.v[i];
    }
    mem_free(old.v);
}

static size_t
slots_bytes(const struct slots *s)
{
    return s->n * sizeof *s->v;
}

/* ---- one event ---- */

static struct group *
find_group(struct groups *g, struct sv key, uint64_t as_text)
{
    const uint64_t hash = record_hash(0, key);
    if (4 * (g->groups.used + 1) > 3 * g->groups.n)
        slots_grow(&g->groups);
    size_t at = hash & (g->groups.n - 1);
    for (; g->groups.v[at].p != NULL; at = (at + 1) & (g->groups.n - 1)) {
        struct group *x = g->groups.v[at].p;
        if (x->hash != hash || !sv_eq(sv_make(key_of(g->q, x), x->key_n), key))
            continue;
        x->as_text |= as_text;
        return x;
    }
    struct group *x = pool_alloc(&g->pool, sizeof *x + g->q->tally_size + key.n);
    *x = (struct group){ hash, as_text, (uint32_t)key.n, 0 };
    memset(tally_of(x), 0, g->q->tally_size);
    if (key.n != 0)
        memcpy(key_of(g->q, x), key.p, key.n);
    g->groups.v[at] = (struct slot){ hash, x };
    g->groups.used++;
    return x;
}

static void
note_member(struct groups *g, struct group *group, unsigned pos, struct sv tie)
{
    const uint64_t hash = hash64(tie) ^ (group->hash + pos) * UINT64_C(0x9e3779b97f4a7c15);
    if (4 * (g->members.used + 1) > 3 * g->members.n)
        slots_grow(&g->members);
    size_t at = hash & (g->members.n - 1);
    for (; g->members.v[at].p != NULL; at = (at + 1) & (g->members.n - 1)) {
        if (g->members.v[at].hash != hash)
            continue;
        struct member *m = g->members.v[at].p;
        if (m->group != group || m->pos != pos || !sv_eq(sv_make((const char *)(m + 1), m->tie_n), tie))
            continue;
        m->times++;
        return;
    }
    struct member *m = pool_alloc(&g->pool, sizeof *m + tie.n);
    *m = (struct member){ group, 1, pos, (uint32_t)tie.n };
    if (tie.n != 0)
        memcpy(m + 1, tie.p, tie.n);
    g->members.v[at] = (struct slot){ hash, m };
    g->members.used++;
}

static void
note_members(struct groups *g, struct group *group, const struct measure *m, struct event *ev)
{
    size_t n;
    const bool numbers = measure_has_numbers(m);
    const struct datum *d = asked_values(&m->of, ev, g->in, !numbers, &n);
    for (size_t i = 0; i < n; i++) {
        double x;
        char key[8];
        if (!numbers) {
            note_member(g, group, m->pos, d[i].text);
        } else if (measure_number(&d[i], &x)) {
            number_sortkey(x, key);
            note_member(g, group, m->pos, sv_make(key, sizeof key));
        }
    }
}

static void
count_in(struct groups *g, struct sv key, uint64_t as_text, struct event *ev)
{
    const struct query *q = g->q;
    struct group *x = find_group(g, key, as_text);
    for (size_t i = 0; i < q->n_measures; i++) {
        const struct measure *m = &q->measure[i];
        measure_add(m, tally_of(x), ev, g->in, &g->pool);
        if (m->owns_members)
            note_members(g, x, m, ev);
    }
}

/* ---- the groups that an event is in ---- */

/* The values of one --by; an event without one is in the group of those without. */
struct dimension {
    const struct datum *v;
    size_t n;
    size_t at;
};

static void
put_key(struct groups *g, const struct datum *d, size_t dimension, uint64_t *as_text)
{
    if (d->kind == DATUM_NONE) {
        put_varint(&g->key, 0);
        return;
    }
    put_varint(&g->key, d->text.n + 1);
    buf_sv(&g->key, d->text);
    if (d->kind != DATUM_NUMBER && dimension < 64)
        *as_text |= UINT64_C(1) << dimension;
}

/* The next combination; false after the last. */
static bool
step(struct dimension *dim, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        if (++dim[i].at < dim[i].n)
            return true;
        dim[i].at = 0;
    }
    return false;
}

static void
count_in_all(struct groups *g, struct dimension *dim, struct event *ev)
{
    do {
        uint64_t as_text = 0;
        buf_reset(&g->key);
        for (size_t i = 0; i < g->q->n_asked; i++)
            put_key(g, &dim[i].v[dim[i].at], i, &as_text);
        count_in(g, buf_view(&g->key), as_text, ev);
    } while (step(dim, g->q->n_asked));
}

void
groups_event(struct groups *g, struct event *ev)
{
    static const struct datum none = { DATUM_NONE, { NULL, 0 }, 0 };
    struct dimension *dim = arena_alloc(ev->scratch, (g->q->n_asked + 1) * sizeof *dim);
    uint64_t n = 1;
    for (size_t i = 0; i < g->q->n_asked; i++) {
        dim[i].v = asked_values(&g->q->asked[i], ev, g->in, true, &dim[i].n);
        dim[i].at = 0;
        if (dim[i].n == 0) {
            dim[i].v = &none;
            dim[i].n = 1;
        }
        n = dim[i].n <= GROUPS_OF_EVENT ? n * dim[i].n : GROUPS_OF_EVENT + 1;
        if (n > GROUPS_OF_EVENT) {
            g->left_out++;
            return;
        }
    }
    count_in_all(g, dim, ev);
    if (g->pool.bytes + slots_bytes(&g->groups) + slots_bytes(&g->members) > g->limit)
        groups_flush(g);
}

/* ---- as records ---- */

void
tally_put(const struct query *q, const void *tally, uint64_t as_text, struct buf *b)
{
    put_varint(b, as_text);
    for (size_t i = 0; i < q->n_measures; i++)
        measure_put(&q->measure[i], tally, b);
}

void
tally_merge(const struct query *q, void *tally, uint64_t *as_text, struct sv payload, struct pool *pool)
{
    struct reader r = reader_of(payload);
    *as_text |= get_varint(&r);
    for (size_t i = 0; i < q->n_measures; i++)
        measure_merge(&q->measure[i], tally, &r, pool);
}

void
groups_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload)
{
    const struct query *q = ctx;
    if (a->pos != 0) {
        struct reader ra = reader_of(a->payload);
        struct reader rb = reader_of(b->payload);
        if (a->payload.n != 0)
            put_varint(payload, get_varint(&ra) + get_varint(&rb));
        return;
    }
    struct pool pool = { ARENA_INIT, 0 };
    uint64_t as_text = 0;
    void *tally = arena_zalloc(&pool.arena, 1, q->tally_size + 1);
    tally_merge(q, tally, &as_text, a->payload, &pool);
    tally_merge(q, tally, &as_text, b->payload, &pool);
    tally_put(q, tally, as_text, payload);
    arena_fini(&pool.arena);
}

static void
add_record(struct groups *g, struct group *x, unsigned pos, struct sv tie)
{
    const struct record r = {
        .hash = x->hash,
        .pos = pos,
        .key = sv_make(key_of(g->q, x), x->key_n),
        .tie = tie,
        .payload = buf_view(&g->payload),
    };
    store_add(g->store, hash_partition(x->hash), &r);
    if (store_is_full(g->store)) {
        const bool kept = store_flush(g->store);
        (void)kept; /* spill_failed tells */
    }
}

static void
flush_groups(struct groups *g)
{
    for (size_t i = 0; i < g->groups.n; i++) {
        struct group *x = g->groups.v[i].p;
        if (x == NULL)
            continue;
        buf_reset(&g->payload);
        tally_put(g->q, tally_of(x), x->as_text, &g->payload);
        add_record(g, x, 0, SV_NONE);
    }
}

/* Members of numbers say how often; of texts it does not matter. */
static void
flush_members(struct groups *g)
{
    bool counts[64] = { false };
    for (size_t i = 0; i < g->q->n_measures; i++)
        if (g->q->measure[i].owns_members)
            counts[g->q->measure[i].pos & 63] = measure_has_numbers(&g->q->measure[i]);
    for (size_t i = 0; i < g->members.n; i++) {
        struct member *m = g->members.v[i].p;
        if (m == NULL)
            continue;
        buf_reset(&g->payload);
        if (counts[m->pos & 63])
            put_varint(&g->payload, m->times);
        add_record(g, m->group, m->pos, sv_make((const char *)(m + 1), m->tie_n));
    }
}

static void
slots_empty(struct slots *s)
{
    mem_free(s->v);
    *s = (struct slots){ NULL, 0, 0 };
}

void
groups_flush(struct groups *g)
{
    flush_groups(g);
    flush_members(g);
    slots_empty(&g->groups);
    slots_empty(&g->members);
    arena_fini(&g->pool.arena);
    arena_init(&g->pool.arena);
    g->pool.bytes = 0;
}
