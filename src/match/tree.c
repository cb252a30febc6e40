/* SPDX-License-Identifier: Apache-2.0 */
/* Which clause a rule hangs below. Exact values come before literals, and literals before mere presence: that is how
 * sharply they select. A field that has to be derived comes last, whatever is asked of it: an event that lacks what
 * the rule needs of the log itself should not pay for it. Among exact ones the field by which most of the node's rules
 * can be divided wins (in our logs: action), because each field costs a look-up for every event that has it, however
 * few rules need it.
 */
#include "match/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "base/vec.h"

#define LEAF_RULES  4  /* so few are evaluated as fast as they are divided */
#define DEPTH_MAX   3
#define INNER_PREDS 16 /* below the root, a larger clause would multiply nodes */
#define NODES_MORE  8  /* per rule; a tree larger than that is not divided further */

/* A rule on its way down, and which of its clauses were used up above. */
struct item {
    uint32_t rule;
    uint64_t used;
};

/* A branch below a node: of a predicate, or (from n_preds on) of the presence of a field. */
struct branch {
    uint32_t key;
    struct item item;
};

struct pred_edge {
    pred_id pred;
    struct tree_edge edge;
};

struct builder {
    struct arena *arena;
    const struct lanes *lanes;
    const struct clauses *clauses;
    size_t n_preds;
    size_t nodes_max;
    uint32_t *popularity; /* per field: of the node that is being divided; zero between nodes */
    uint32_t *choice;     /* per rule: the clause chosen, of the node that is being divided */
    VEC(struct tree_node) nodes;
    VEC(struct pred_edge) edges;
    VEC(struct tree_presence) presences;
};

static field_id
field_of(const struct builder *b, const struct clause *c)
{
    return b->lanes->program->preds.v[c->preds[0]].field;
}

static bool
is_dividing(const struct clause *c)
{
    return c->class == CLAUSE_EXACT && c->n_fields == 1;
}

static bool
is_open(const struct item *item, size_t clause)
{
    return (item->used >> clause & 1) == 0;
}

/* Counts (or, with a step of -1, uncounts) for each field the rules that it can divide. */
static void
census(struct builder *b, const struct item *items, size_t n, uint32_t step)
{
    for (size_t i = 0; i < n; i++) {
        const struct clauses *c = &b->clauses[items[i].rule];
        for (size_t k = 0; k < c->n; k++)
            if (is_open(&items[i], k) && is_dividing(&c->v[k]))
                b->popularity[field_of(b, &c->v[k])] += step;
    }
}

static bool
is_better(const struct builder *b, const struct clause *x, const struct clause *than)
{
    if (x->derived != than->derived)
        return than->derived;
    if (x->class != than->class)
        return x->class < than->class;
    if (x->n_fields != than->n_fields)
        return x->n_fields < than->n_fields;
    if (is_dividing(x)) {
        const uint32_t px = b->popularity[field_of(b, x)], pt = b->popularity[field_of(b, than)];
        if (px != pt)
            return px > pt;
    }
    return x->n < than->n;
}

/* Index of the clause to divide by; the number of clauses if there is none. */
static size_t
choose(const struct builder *b, const struct item *item, unsigned depth)
{
    const struct clauses *c = &b->clauses[item->rule];
    size_t best = c->n;
    for (size_t k = 0; k < c->n; k++) {
        if (!is_open(item, k) || (depth > 0 && c->v[k].n > INNER_PREDS))
            continue;
        if (best == c->n || is_better(b, &c->v[k], &c->v[best]))
            best = k;
    }
    return best;
}

static uint32_t
branch_key(const struct builder *b, pred_id p)
{
    if (clause_pred_class(b->lanes, p) != CLAUSE_PRESENCE)
        return p;
    return (uint32_t)b->n_preds + b->lanes->program->preds.v[p].field;
}

static int
compare_branches(const void *a, const void *b)
{
    const struct branch *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->item.rule > y->item.rule) - (x->item.rule < y->item.rule);
}

static uint32_t
new_node(struct builder *b)
{
    vec_push(&b->nodes, (struct tree_node){ 0 });
    return (uint32_t)b->nodes.n - 1;
}

static void
add_rules(struct builder *b, uint32_t node, const struct item *items, size_t n)
{
    uint32_t *rules = ARENA_ARRAY(b->arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        rules[i] = items[i].rule;
    b->nodes.v[node].rules = rules;
    b->nodes.v[node].n_rules = (uint32_t)n;
}

struct branches {
    VEC(struct branch) all;
};

static void divide(struct builder *b, uint32_t node, struct item *items, size_t n, unsigned depth);

/* The branches [0, n) have one key: makes the node below, and the way to it. */
static void
add_child(struct builder *b, uint32_t node, const struct branch *branch, size_t n, unsigned depth)
{
    const uint32_t child = new_node(b);
    const uint32_t key = branch[0].key;
    if (key < b->n_preds) {
        const struct pred_edge e = { key, { node, child } };
        vec_push(&b->edges, e);
    } else {
        const struct tree_presence p = { node, child, key - (uint32_t)b->n_preds };
        vec_push(&b->presences, p);
    }
    struct item *items = mem_alloc(n * sizeof *items);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || items[kept - 1].rule != branch[i].item.rule)
            items[kept++] = branch[i].item;
    divide(b, child, items, kept, depth + 1);
    mem_free(items);
}

static void
add_children(struct builder *b, uint32_t node, const struct branches *br, unsigned depth)
{
    const struct branch *v = br->all.v;
    if (br->all.n > 1)
        qsort(br->all.v, br->all.n, sizeof *v, compare_branches);
    for (size_t from = 0, to; from < br->all.n; from = to) {
        for (to = from + 1; to < br->all.n && v[to].key == v[from].key;)
            to++;
        add_child(b, node, v + from, to - from, depth);
    }
}

static void
add_branches(const struct builder *b, const struct item *item, size_t k, struct branches *br)
{
    const struct clause *c = &b->clauses[item->rule].v[k];
    const struct item below = { item->rule, item->used | UINT64_C(1) << k };
    for (size_t p = 0; p < c->n; p++) {
        const struct branch branch = { branch_key(b, c->preds[p]), below };
        vec_push(&br->all, branch);
    }
}

/* Hangs items below a node: each below its best clause, the rest directly. Items are overwritten. */
static void
divide(struct builder *b, uint32_t node, struct item *items, size_t n, unsigned depth)
{
    if (depth > 0 && (n <= LEAF_RULES || depth >= DEPTH_MAX || b->nodes.n > b->nodes_max)) {
        add_rules(b, node, items, n);
        return;
    }
    struct branches br = { VEC_INIT };
    size_t direct = 0;
    census(b, items, n, 1);
    for (size_t i = 0; i < n; i++)
        b->choice[items[i].rule] = (uint32_t)choose(b, &items[i], depth);
    census(b, items, n, (uint32_t)-1);
    for (size_t i = 0; i < n; i++) {
        const size_t k = b->choice[items[i].rule];
        if (k < b->clauses[items[i].rule].n)
            add_branches(b, &items[i], k, &br);
        else
            items[direct++] = items[i];
    }
    add_rules(b, node, items, direct);
    add_children(b, node, &br, depth);
    vec_fini(&br.all);
}

/* The root has tests for most fields, and an event few of these fields. */
static void
index_root(struct tree *t, struct arena *arena, size_t n_fields)
{
    const struct tree_node *root = &t->node[0];
    t->root_words = (n_fields + 63) / 64;
    t->root_fields = ARENA_ARRAY(arena, uint64_t, t->root_words);
    t->root_test = ARENA_ARRAY(arena, uint32_t, n_fields);
    for (uint32_t i = root->n_tests; i-- > 0;) {
        const field_id f = root->tests[i].field;
        t->root_fields[f / 64] |= UINT64_C(1) << f % 64;
        t->root_test[f] = i;
    }
}

static int
compare_edges(const void *a, const void *b)
{
    const struct pred_edge *x = a, *y = b;
    if (x->pred != y->pred)
        return x->pred < y->pred ? -1 : 1;
    return (x->edge.from > y->edge.from) - (x->edge.from < y->edge.from);
}

static void
index_edges(struct tree *t, struct builder *b)
{
    const size_t n = b->edges.n;
    if (n > 1)
        qsort(b->edges.v, n, sizeof *b->edges.v, compare_edges);
    t->edge = ARENA_ARRAY(b->arena, struct tree_edge, n);
    t->first = ARENA_ARRAY(b->arena, uint32_t, b->n_preds + 1);
    for (size_t i = 0; i < n; i++) {
        t->edge[i] = b->edges.v[i].edge;
        t->first[b->edges.v[i].pred + 1]++;
    }
    for (size_t p = 0; p < b->n_preds; p++)
        t->first[p + 1] += t->first[p];
}

void
tree_build(struct tree *t, struct arena *arena, const struct lanes *lanes, const struct clauses *clauses,
           size_t n_rules)
{
    struct builder b = { .arena = arena,
                         .lanes = lanes,
                         .clauses = clauses,
                         .n_preds = lanes->program->preds.n,
                         .nodes_max = n_rules * NODES_MORE,
                         .nodes = VEC_INIT,
                         .edges = VEC_INIT };
    b.popularity = mem_zalloc(fields_count(lanes->program->fields), sizeof *b.popularity);
    b.choice = mem_zalloc(n_rules, sizeof *b.choice);
    struct item *items = mem_zalloc(n_rules, sizeof *items);
    for (size_t i = 0; i < n_rules; i++)
        items[i].rule = (uint32_t)i;
    divide(&b, new_node(&b), items, n_rules, 0);

    t->n_nodes = b.nodes.n;
    t->node = ARENA_ARRAY(arena, struct tree_node, b.nodes.n);
    memcpy(t->node, b.nodes.v, b.nodes.n * sizeof *t->node);
    index_edges(t, &b);
    t->n_presences = b.presences.n;
    t->presence = ARENA_ARRAY(arena, struct tree_presence, b.presences.n);
    if (b.presences.n != 0)
        memcpy(t->presence, b.presences.v, b.presences.n * sizeof *t->presence);
    mem_free(items);
    mem_free(b.choice);
    mem_free(b.popularity);
    vec_fini(&b.nodes);
    vec_fini(&b.edges);
    vec_fini(&b.presences);
}

/* ---- connecting ---- */

void
tree_mark_early(const struct tree *t, size_t n_preds, bool *early)
{
    for (size_t p = 0; p < n_preds; p++)
        for (uint32_t i = t->first[p]; i < t->first[p + 1]; i++)
            early[p] = early[p] || t->edge[i].from == 0;
}

/* A test, and the node that it is to be in. */
struct placed_test {
    uint32_t node;
    struct tree_test test;
};

static int
compare_tests(const void *a, const void *b)
{
    const struct placed_test *x = a, *y = b;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    if (x->test.field != y->test.field)
        return x->test.field < y->test.field ? -1 : 1;
    if (x->test.pass != y->test.pass)
        return x->test.pass < y->test.pass ? -1 : 1;
    return (x->test.to > y->test.to) - (x->test.to < y->test.to);
}

/* One test per edge, and per presence. */
static size_t
place_tests(const struct tree *t, const struct lanes *lanes, struct placed_test *placed)
{
    size_t n = 0;
    for (pred_id p = 0; p < lanes->program->preds.n; p++)
        for (uint32_t i = t->first[p]; i < t->first[p + 1]; i++)
            placed[n++] = (struct placed_test){
                t->edge[i].from, { lanes->program->preds.v[p].field, lanes->pass_of[p], 0 }
            };
    for (size_t i = 0; i < t->n_presences; i++)
        placed[n++] = (struct placed_test){
            t->presence[i].from, { t->presence[i].field, NO_PASS, t->presence[i].to }
        };
    if (n > 1)
        qsort(placed, n, sizeof *placed, compare_tests);
    return n;
}

void
tree_connect(struct tree *t, struct arena *arena, const struct lanes *lanes)
{
    const size_t most = t->first[lanes->program->preds.n] + t->n_presences;
    struct placed_test *placed = mem_alloc(most * sizeof *placed);
    const size_t n = place_tests(t, lanes, placed);
    struct tree_test *tests = ARENA_ARRAY(arena, struct tree_test, n);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct tree_node *node = &t->node[placed[i].node];
        if (i > 0 && compare_tests(&placed[i - 1], &placed[i]) == 0)
            continue; /* edges of one pass need one test */
        if (node->n_tests++ == 0)
            node->tests = &tests[kept];
        tests[kept++] = placed[i].test;
    }
    mem_free(placed);
    index_root(t, arena, fields_count(lanes->program->fields));
}

/* ---- running ---- */

struct walk {
    const struct tree *t;
    const struct lanes *lanes;
    struct match_scratch *s;
    struct event *ev;
};

static void visit(const struct walk *w, uint32_t index);

static void
follow(const struct walk *w, pred_id p, uint32_t from)
{
    for (uint32_t i = w->t->first[p]; i < w->t->first[p + 1]; i++)
        if (w->t->edge[i].from == from)
            visit(w, w->t->edge[i].to);
}

static void
run_test(const struct walk *w, const struct tree_test *test, uint32_t from)
{
    if (test->pass == NO_PASS) {
        if (event_value(w->ev, test->field)->kind > VALUE_ABSENT)
            visit(w, test->to);
        return;
    }
    lanes_pass(w->lanes, test->pass, w->s, w->ev);
    const pred_id *found = w->s->found + w->lanes->pass[test->pass].found;
    for (uint32_t i = 0; i < w->s->pass_found[test->pass]; i++)
        follow(w, found[i], from);
}

static void
add_candidates(struct match_scratch *s, const struct tree_node *node)
{
    for (uint32_t i = 0; i < node->n_rules; i++) {
        const uint32_t word = node->rules[i] / 64;
        s->candidate[word] |= UINT64_C(1) << node->rules[i] % 64;
        s->candidate_word[word / 64] |= UINT64_C(1) << word % 64;
    }
}

/* Depth is at most DEPTH_MAX. */
static void
visit(const struct walk *w, uint32_t index)
{
    const struct tree_node *node = &w->t->node[index];
    if (w->s->node_stamp[index] == w->s->stamp)
        return;
    w->s->node_stamp[index] = w->s->stamp;
    add_candidates(w->s, node);
    for (uint32_t i = 0; i < node->n_tests; i++)
        if (!event_lacks(w->ev, node->tests[i].field))
            run_test(w, &node->tests[i], index);
}

void
tree_select(const struct tree *t, const struct lanes *lanes, struct match_scratch *s, struct event *ev)
{
    const struct walk w = { t, lanes, s, ev };
    const struct tree_node *root = &t->node[0];
    add_candidates(s, root);
    assert(t->root_words <= event_words(ev));
    for (size_t word = 0; word < t->root_words; word++) {
        uint64_t bits = (ev->set[word] | ev->derivable[word]) & t->root_fields[word];
        for (; bits != 0; bits &= bits - 1) {
            const field_id f = (field_id)(word * 64 + bits_lowest(bits));
            for (uint32_t i = t->root_test[f]; i < root->n_tests && root->tests[i].field == f; i++)
                if (!event_lacks(ev, f))
                    run_test(&w, &root->tests[i], 0);
        }
    }
}
