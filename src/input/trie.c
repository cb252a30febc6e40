/* SPDX-License-Identifier: Apache-2.0 */
/* Building the trie: first a plain tree of segments (the plan), then slots, edges and hash tables. */
#include "input/trie.h"

#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"

struct plan_node {
    struct sv segment; /* of its parent's way to it */
    uint32_t parent;
    uint32_t depth; /* segments from the root */
    uint32_t first_child, next;
    bool wanted; /* a path ends here */
};

struct trie_plan {
    VEC(struct plan_node) nodes;
    struct map index; /* parent and segment -> node: rules may name very many fields */
    struct buf key;   /* scratch */
};

struct trie *
trie_new(bool fold)
{
    struct trie *t = mem_zalloc(1, sizeof *t);
    t->fold = fold;
    arena_init(&t->arena);
    t->plan = mem_zalloc(1, sizeof *t->plan);
    map_init(&t->plan->index);
    buf_init(&t->plan->key);
    vec_push(&t->plan->nodes, (struct plan_node){ 0 });
    return t;
}

static void
plan_free(struct trie *t)
{
    if (t->plan == NULL)
        return;
    vec_fini(&t->plan->nodes);
    map_fini(&t->plan->index);
    buf_fini(&t->plan->key);
    mem_free(t->plan);
    t->plan = NULL;
}

void
trie_free(struct trie *t)
{
    if (t == NULL)
        return;
    plan_free(t);
    arena_fini(&t->arena);
    mem_free(t);
}

struct sv
trie_key(struct arena *a, struct sv key, bool fold, bool keep_blanks)
{
    char *copy = arena_alloc(a, key.n + INPUT_PAD);
    size_t n = 0;
    for (size_t i = 0; i < key.n; i++) {
        const char c = key.p[i];
        if (c == ' ' && !keep_blanks)
            continue;
        copy[n++] = fold && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    memset(copy + n, 0, INPUT_PAD);
    return sv_make(copy, n);
}

/* 0 is the root, which is nobody's child, so it stands for "none". */
static uint32_t
child(struct trie *t, uint32_t parent, struct sv segment)
{
    struct trie_plan *plan = t->plan;
    const uint32_t new = (uint32_t)plan->nodes.n;
    bool is_new;
    buf_reset(&plan->key);
    buf_put(&plan->key, &parent, sizeof parent);
    buf_sv(&plan->key, segment);
    const size_t at = map_put(&plan->index, buf_view(&plan->key), new, &is_new);
    if (!is_new)
        return plan->index.entry[at].value;
    const struct plan_node *above = &plan->nodes.v[parent];
    const struct plan_node node = {
        .segment = segment, .parent = parent, .depth = above->depth + 1, .next = above->first_child
    };
    vec_push(&plan->nodes, node);
    plan->nodes.v[parent].first_child = new;
    return new;
}

uint32_t
trie_add(struct trie *t, struct sv path)
{
    struct sv rest = trie_key(&t->arena, path, t->fold, true);
    uint32_t at = 0;
    for (unsigned i = 1; i < TRIE_SEGMENTS_MAX; i++) {
        const size_t dot = sv_find_char(rest, '.', 0);
        if (dot == rest.n)
            break;
        at = child(t, at, sv_make(rest.p, dot));
        rest = sv_from(rest, dot + 1);
    }
    at = child(t, at, rest);
    t->plan->nodes.v[at].wanted = true;
    return at;
}

/* ---- freezing ---- */

static void
number_slots(struct trie *t, uint32_t at)
{
    struct trie_node *node = &t->node[at];
    const struct plan_node *plan = t->plan->nodes.v;
    node->slot_lo = (uint32_t)t->n_slots;
    node->slot = plan[at].wanted ? (uint32_t)t->n_slots++ : SLOT_NONE;
    for (uint32_t i = plan[at].first_child; i != 0; i = plan[i].next)
        number_slots(t, i);
    node->slot_hi = (uint32_t)t->n_slots;
}

/* The segments from `from` (exclusive) to its descendant `to`, joined by dots. */
static struct sv
joined(struct trie *t, uint32_t from, uint32_t to)
{
    const struct plan_node *plan = t->plan->nodes.v;
    size_t n = 0;
    for (uint32_t i = to; i != from; i = plan[i].parent)
        n += plan[i].segment.n + 1;
    n -= 1;
    char *key = arena_alloc(&t->arena, n + INPUT_PAD);
    memset(key + n, 0, INPUT_PAD);
    char *end = key + n;
    for (uint32_t i = to; i != from; i = plan[i].parent) {
        end -= plan[i].segment.n;
        if (plan[i].segment.n != 0)
            memcpy(end, plan[i].segment.p, plan[i].segment.n);
        if (plan[i].parent != from)
            *--end = '.';
    }
    return sv_make(key, n);
}

/* One bit for each pair of segments that the key keeps joined; those nearer to the start of the path weigh more. */
static uint16_t
rank_of(uint32_t from_depth, uint32_t to_depth)
{
    unsigned rank = 0;
    for (uint32_t i = from_depth + 1; i < to_depth; i++)
        rank |= 1u << (TRIE_SEGMENTS_MAX - i);
    return (uint16_t)rank;
}

struct edges {
    VEC(struct trie_edge) list;
    VEC(uint32_t) table;
};

static void
make_edges(struct trie *t, struct edges *edges, uint32_t from, uint32_t below)
{
    const struct plan_node *plan = t->plan->nodes.v;
    for (uint32_t to = plan[below].first_child; to != 0; to = plan[to].next) {
        const struct sv key = joined(t, from, to);
        const struct trie_words w = trie_words(key.p, key.n);
        vec_push(&edges->list, (struct trie_edge){ .head = w.head,
                                                   .tail = w.tail,
                                                   .key = key.p,
                                                   .n = (uint32_t)key.n,
                                                   .node = to,
                                                   .rank = rank_of(plan[from].depth, plan[to].depth) });
        t->node[from].blank_keys |= trie_has_blank(key);
        make_edges(t, edges, from, to);
    }
}

/* A quarter full at most: a key that nobody wants meets an empty place at once. */
static void
make_table(struct trie_node *node, struct edges *edges, size_t first)
{
    const size_t n = edges->list.n - first;
    uint32_t size = 2;
    while (size < 4 * n)
        size *= 2;
    node->n_edges = (uint32_t)n;
    node->table = (uint32_t)edges->table.n;
    node->table_mask = size - 1;
    for (uint32_t i = 0; i < size; i++)
        vec_push(&edges->table, 0);
    uint32_t *table = edges->table.v + node->table;
    for (size_t e = first; e < edges->list.n; e++) {
        const struct trie_edge *edge = &edges->list.v[e];
        uint32_t i = trie_hash((struct trie_words){ edge->head, edge->tail }, edge->n);
        while (table[i & node->table_mask] != 0)
            i++;
        table[i & node->table_mask] = (uint32_t)e + 1;
    }
}

void
trie_freeze(struct trie *t)
{
    t->n_nodes = t->plan->nodes.n;
    t->node = ARENA_ARRAY(&t->arena, struct trie_node, t->n_nodes);
    number_slots(t, 0);
    struct edges edges = { VEC_INIT, VEC_INIT };
    for (uint32_t i = 0; i < t->n_nodes; i++) {
        const size_t first = edges.list.n;
        make_edges(t, &edges, i, i);
        make_table(&t->node[i], &edges, first);
    }
    t->n_edges = edges.list.n;
    t->edge = ARENA_ARRAY(&t->arena, struct trie_edge, edges.list.n + 1);
    if (edges.list.n != 0)
        memcpy(t->edge, edges.list.v, edges.list.n * sizeof *t->edge);
    t->table = ARENA_ARRAY(&t->arena, uint32_t, edges.table.n);
    memcpy(t->table, edges.table.v, edges.table.n * sizeof *t->table);
    vec_fini(&edges.list);
    vec_fini(&edges.table);
    plan_free(t);
}
