/* SPDX-License-Identifier: Apache-2.0 */
/* Event -> rules, in three steps: tree.c marks the rules that can match, code.c evaluates their conditions, and
 * lane.c answers each predicate at most once per event, many together where it can.
 *
 * All of it must give what evaluating every rule's tree naively would give; a test compares the two on random programs.
 */
#include <assert.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/mem.h"
#include "match/clause.h"
#include "match/code.h"
#include "match/lane.h"
#include "match/match.h"
#include "match/scratch.h"
#include "match/tree.h"

/* A rule that is enabled and can match. */
struct ready_rule {
    uint32_t rule;  /* index in the program */
    uint32_t start; /* in code */
};

struct matcher {
    struct arena arena;
    struct lanes lanes;
    struct tree tree;
    struct code code;
    struct ready_rule *ready; /* ascending by rule */
    size_t n_ready;
    struct scratch_size size;
};

static void
mark_used(const struct expr *e, bool *used)
{
    if (e->kind == EXPR_PRED)
        used[e->leaf] = true;
    for (size_t i = 0; i < e->n_kids; i++)
        mark_used(e->kid[i], used);
}

static void
sort_lanes(struct matcher *m, const struct program *program, const bool *enabled)
{
    bool *used = mem_zalloc(program->preds.n, sizeof *used);
    for (size_t i = 0; i < program->rules.n; i++)
        if (enabled[i])
            mark_used(program->rules.v[i].condition, used);
    lanes_sort(&m->lanes, &m->arena, program, used);
    mem_free(used);
}

static void
build_rules(struct matcher *m, const struct program *program, const bool *enabled)
{
    struct arena scratch;
    arena_init(&scratch);
    struct clauses *clauses = mem_zalloc(program->rules.n, sizeof *clauses);
    m->ready = ARENA_ARRAY(&m->arena, struct ready_rule, program->rules.n);
    for (size_t i = 0; i < program->rules.n; i++) {
        const struct expr *condition = program->rules.v[i].condition;
        if (!enabled[i])
            continue;
        clauses[m->n_ready] = clause_find(condition, &m->lanes, &scratch);
        if (clause_never(&clauses[m->n_ready]))
            continue;
        m->ready[m->n_ready++] = (struct ready_rule){ (uint32_t)i, code_compile(&m->code, condition, &m->lanes) };
    }
    tree_build(&m->tree, &m->arena, &m->lanes, clauses, m->n_ready);
    mem_free(clauses);
    arena_fini(&scratch);
}

static void
build_lanes(struct matcher *m, size_t n_preds, bool vectors)
{
    bool *early = mem_zalloc(n_preds + 1, sizeof *early);
    tree_mark_early(&m->tree, n_preds, early);
    lanes_build(&m->lanes, &m->arena, early, vectors);
    tree_connect(&m->tree, &m->arena, &m->lanes);
    code_connect(&m->code, &m->lanes);
    mem_free(early);
}

struct matcher *
matcher_new(const struct program *program, const bool *enabled, bool vectors)
{
    struct matcher *m = mem_zalloc(1, sizeof *m);
    arena_init(&m->arena);
    sort_lanes(m, program, enabled);
    build_rules(m, program, enabled);
    build_lanes(m, program->preds.n, vectors);
    m->size = (struct scratch_size){
        .n_passes = m->lanes.n_passes, .n_found = m->lanes.n_found, .n_nodes = m->tree.n_nodes, .n_rules = m->n_ready
    };
    return m;
}

void
matcher_free(struct matcher *m)
{
    if (m == NULL)
        return;
    code_fini(&m->code);
    arena_fini(&m->arena);
    mem_free(m);
}

/* Index of the lowest set bit, which is taken away. */
static inline unsigned
take_bit(uint64_t *bits)
{
    const unsigned lowest = bits_lowest(*bits);
    *bits &= *bits - 1;
    return lowest;
}

static size_t
try_rule(const struct matcher *m, size_t index, struct match_scratch *s, struct event *ev, size_t n)
{
    const struct ready_rule *r = &m->ready[index];
    bool limited;
    if (code_run(&m->code, r->start, &m->lanes, s, ev, &limited))
        s->matched[n++] = r->rule;
    if (limited)
        s->limited[s->n_limited++] = r->rule;
    return n;
}

/* Takes the candidates out of the bit sets, ascending, and leaves these zero for the next event. */
static size_t
try_candidates(const struct matcher *m, struct match_scratch *s, struct event *ev)
{
    size_t n = 0;
    for (size_t group = 0; group * 4096 < m->n_ready; group++)
        while (s->candidate_word[group] != 0) {
            const size_t word = group * 64 + take_bit(&s->candidate_word[group]);
            while (s->candidate[word] != 0)
                n = try_rule(m, word * 64 + take_bit(&s->candidate[word]), s, ev, n);
        }
    return n;
}

size_t
matcher_run(const struct matcher *m, struct match_scratch *s, struct event *ev, const uint32_t **rules)
{
    assert(s->n_preds == m->lanes.program->preds.n);
    scratch_fit(s, &m->size);
    scratch_next(s);
    tree_select(&m->tree, &m->lanes, s, ev);
    *rules = s->matched;
    return try_candidates(m, s, ev);
}
