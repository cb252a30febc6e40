/* SPDX-License-Identifier: Apache-2.0 */
/* What is found is remembered twice: in the memo, for who asks about one predicate, and in the pass's list, for who
 * wants to know what this value made true without asking about each (tree.c). */
#include "match/lane.h"

#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "ir/literal.h"
#include "match/ops.h"
#include "match/text.h"

/* The wildcard's longest piece of text; n_glob if it has none. */
static size_t
longest_token(const struct pred *pred)
{
    size_t best = pred->n_glob;
    for (size_t i = 0; i < pred->n_glob; i++)
        if (pred->glob[i].kind == GLOB_TEXT && (best == pred->n_glob || pred->glob[i].text.n > pred->glob[best].text.n))
            best = i;
    return best;
}

static bool
has_literal(const struct pred *pred)
{
    size_t token;
    struct literal_set set;
    switch (pred->op) {
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
        return pred->text.n >= GRAM_SIZE;
    case OP_GLOB:
        token = longest_token(pred);
        return token < pred->n_glob && pred->glob[token].text.n >= GRAM_SIZE;
    case OP_REGEX:
        literal_required(pred->regex, &set);
        return literal_shortest(&set) >= GRAM_SIZE;
    default:
        return false;
    }
}

enum pass_kind
lanes_kind(const struct pred *pred)
{
    if (pred->op == OP_EQ)
        return PASS_TEXT;
    if (pred->op == OP_CIDR)
        return PASS_NETWORK;
    if (pred->op == OP_NUMBER && pred->compare == CMP_EQ && pred->part == PART_NONE)
        return PASS_NUMBER;
    return has_literal(pred) ? PASS_LITERAL : PASS_ALONE;
}

/* ---- building ---- */

struct builder {
    struct lanes *lanes;
    struct arena *arena;
    bool vectors;
    VEC(struct gram_literal) lits;
};

static void
add_literal(struct builder *b, pred_id id, struct sv text, bool cased, enum gram_anchor anchor, bool decides)
{
    vec_push(&b->lits, (struct gram_literal){ text, cased, anchor, id, decides });
}

static void
add_glob(struct builder *b, pred_id id, const struct pred *pred)
{
    const size_t token = longest_token(pred);
    const enum gram_anchor anchor = token == 0 ? GRAM_START : token == pred->n_glob - 1 ? GRAM_END : GRAM_ANYWHERE;
    add_literal(b, id, pred->glob[token].text, pred->cased, anchor, false);
}

static void
add_regex(struct builder *b, pred_id id, const struct pred *pred)
{
    struct literal_set set;
    literal_required(pred->regex, &set);
    for (size_t i = 0; i < set.n; i++) {
        const struct sv text = arena_sv(b->arena, sv_make(set.v[i].p, set.v[i].n));
        add_literal(b, id, text, !set.folded, GRAM_ANYWHERE, false);
    }
}

static void
add_literals(struct builder *b, pred_id id)
{
    const struct pred *pred = &b->lanes->program->preds.v[id];
    switch (pred->op) {
    case OP_CONTAINS:
        add_literal(b, id, pred->text, pred->cased, GRAM_ANYWHERE, true);
        break;
    case OP_STARTS:
        add_literal(b, id, pred->text, pred->cased, GRAM_START, true);
        break;
    case OP_ENDS:
        add_literal(b, id, pred->text, pred->cased, GRAM_END, true);
        break;
    case OP_GLOB:
        add_glob(b, id, pred);
        break;
    default:
        add_regex(b, id, pred);
    }
}

static void
build_grams(struct builder *b, struct gram *gram, const pred_id *preds, size_t n)
{
    b->lits.n = 0;
    for (size_t i = 0; i < n; i++)
        add_literals(b, preds[i]);
    struct gram_literal *lit = ARENA_ARRAY(b->arena, struct gram_literal, b->lits.n);
    memcpy(lit, b->lits.v, b->lits.n * sizeof *lit);
    gram_build(gram, b->arena, lit, b->lits.n, b->vectors);
}

/* A pass for n predicates of one kind and field. */
static void
add_pass(struct builder *b, enum pass_kind kind, field_id field, const pred_id *preds, size_t n)
{
    struct lanes *l = b->lanes;
    struct pass *pass = &l->pass[l->n_passes];
    pass->kind = kind;
    pass->field = field;
    pass->found = l->n_found;
    if (kind == PASS_LITERAL) {
        struct gram *gram = ARENA_NEW(b->arena, struct gram);
        build_grams(b, gram, preds, n);
        pass->gram = gram;
    } else {
        struct exact *exact = ARENA_NEW(b->arena, struct exact);
        exact_build(exact, b->arena, l->program, preds, n);
        pass->exact = exact;
    }
    for (size_t i = 0; i < n; i++)
        l->pass_of[preds[i]] = (uint32_t)l->n_passes;
    l->n_found += n;
    l->n_passes++;
}

/* Literals of the second pass, as another kind behind all others. */
#define LATE_LITERAL PASS_KINDS

/* Predicates by (kind, field): a counting sort; key = kind * n_fields + field. */
static void
add_passes(struct builder *b, const uint32_t *key, size_t n_fields)
{
    const size_t n_preds = b->lanes->program->preds.n;
    const size_t n_keys = n_fields * (LATE_LITERAL + 1);
    uint32_t *start = mem_zalloc(n_keys + 1, sizeof *start);
    pred_id *sorted = mem_zalloc(n_preds, sizeof *sorted);
    for (size_t p = 0; p < n_preds; p++)
        if (key[p] != NO_PASS)
            start[key[p] + 1]++;
    for (size_t k = 0; k < n_keys; k++)
        start[k + 1] += start[k];
    for (pred_id p = 0; p < n_preds; p++)
        if (key[p] != NO_PASS)
            sorted[start[key[p]]++] = p;
    size_t n_passes = 0;
    for (size_t k = 0; k < n_keys; k++) /* start[k] is now the end of k */
        n_passes += start[k] > (k > 0 ? start[k - 1] : 0);
    b->lanes->pass = ARENA_ARRAY(b->arena, struct pass, n_passes);
    uint32_t from = 0;
    for (size_t k = 0; k < n_keys; k++) {
        const size_t kind = k / n_fields == LATE_LITERAL ? PASS_LITERAL : k / n_fields;
        if (start[k] > from)
            add_pass(b, (enum pass_kind)kind, (field_id)(k % n_fields), sorted + from, start[k] - from);
        from = start[k];
    }
    mem_free(sorted);
    mem_free(start);
}

void
lanes_sort(struct lanes *l, struct arena *arena, const struct program *program, const bool *used)
{
    *l = (struct lanes){ .program = program, .kind_of = ARENA_ARRAY(arena, uint8_t, program->preds.n) };
    for (size_t p = 0; p < program->preds.n; p++)
        l->kind_of[p] = (uint8_t)(used[p] ? lanes_kind(&program->preds.v[p]) : PASS_ALONE);
}

void
lanes_build(struct lanes *l, struct arena *arena, const bool *early, bool vectors)
{
    const struct program *program = l->program;
    const size_t n_preds = program->preds.n;
    const size_t n_fields = fields_count(program->fields);
    l->pass_of = ARENA_ARRAY(arena, uint32_t, n_preds);
    struct builder b = { .lanes = l, .arena = arena, .vectors = vectors, .lits = VEC_INIT };

    uint32_t *key = mem_zalloc(n_preds, sizeof *key);
    for (size_t p = 0; p < n_preds; p++) {
        const size_t kind = l->kind_of[p] == PASS_LITERAL && !early[p] ? LATE_LITERAL : l->kind_of[p];
        key[p] = l->kind_of[p] == PASS_ALONE ? NO_PASS : (uint32_t)(kind * n_fields + program->preds.v[p].field);
        l->pass_of[p] = NO_PASS;
    }
    add_passes(&b, key, n_fields);
    mem_free(key);
    vec_fini(&b.lits);
}

/* ---- running ---- */

struct run {
    struct match_scratch *s;
    pred_id *found; /* the pass's slice */
    uint32_t n;
};

static void
add_found(struct run *run, pred_id p, enum memo memo)
{
    if (scratch_knows(run->s, p))
        return;
    scratch_set(run->s, p, memo);
    run->found[run->n++] = p;
}

static void
literal_found(void *ctx, const struct gram_literal *lit)
{
    add_found(ctx, lit->pred, lit->decides ? MEMO_YES : MEMO_MAYBE);
}

static void
key_found(struct run *run, const struct pass *pass, const struct exact_key *key)
{
    for (uint32_t i = key->first; i < key->first + key->n; i++)
        add_found(run, pass->exact->preds[i], MEMO_YES);
}

static void
number_pass(const struct pass *pass, struct value *member, struct event *ev, struct run *run)
{
    double x;
    if (!value_number(member, ev->scratch, &x))
        return;
    const struct exact_key *key = exact_find_number(pass->exact, x);
    if (key != NULL)
        key_found(run, pass, key);
}

static void
network_pass(const struct pass *pass, struct sv text, struct run *run)
{
    const struct exact *exact = pass->exact;
    unsigned char address[16];
    if (!op_cidr_parse(text, address))
        return;
    for (size_t i = 0; i < exact->n_prefixes; i++) {
        if (!op_cidr_may_hold(address, exact->prefix[i]))
            continue;
        const struct exact_key *key = exact_find_network(exact, address, i);
        if (key != NULL)
            key_found(run, pass, key);
    }
}

static bool
is_text_of(const struct pred *pred, struct sv text)
{
    return !pred->cased || sv_eq(pred->text, text);
}

/* The key is folded: a cased predicate is compared once more. */
static void
text_pass(const struct lanes *l, const struct pass *pass, struct sv text, struct run *run)
{
    const struct exact_key *key = exact_find_text(pass->exact, text);
    if (key == NULL)
        return;
    for (uint32_t i = key->first; i < key->first + key->n; i++) {
        const pred_id p = pass->exact->preds[i];
        if (!key->cased || is_text_of(&l->program->preds.v[p], text))
            add_found(run, p, MEMO_YES);
    }
}

static void
member_pass(const struct lanes *l, const struct pass *pass, struct value *member, struct event *ev, struct run *run)
{
    struct sv text;
    if (pass->kind == PASS_NUMBER)
        number_pass(pass, member, ev, run);
    else if (!ops_text(member, ev->scratch, &text))
        return;
    else if (pass->kind == PASS_TEXT)
        text_pass(l, pass, text, run);
    else if (pass->kind == PASS_NETWORK)
        network_pass(pass, text, run);
    else
        gram_scan(pass->gram, text, literal_found, run);
}

/* No text holds this byte, so no literal reaches over it from one text into the next. */
#define BETWEEN '\xff'

/* Copies n bytes, and up to 15 more where both sides have them: most texts are a few words, and a call of memcpy costs
 * more than that. */
static inline void
copy_short(char *to, struct sv text, struct sv around)
{
    const uintptr_t from = (uintptr_t)text.p;
    const uintptr_t first = (uintptr_t)around.p;
    const bool inside = from >= first && from + text.n + 16 <= first + around.n;
    if (!inside || text.n > 64) {
        memcpy(to, text.p, text.n);
        return;
    }
    for (size_t i = 0; i < text.n; i += 16)
        memcpy(to + i, text.p + i, 16);
}

/* The texts of all members behind one another; of many short texts searching costs more than copying. */
static struct sv
joined_texts(struct value *member, size_t n, struct event *ev)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++)
        room += member[i].n + sizeof "false";
    char *text = arena_alloc(ev->scratch, room + 16);
    char *end = text;
    for (size_t i = 0; i < n; i++) {
        struct sv one;
        if (!ops_text(&member[i], ev->scratch, &one) || one.n < GRAM_SIZE)
            continue;
        copy_short(end, one, ev->raw);
        end += one.n;
        *end++ = BETWEEN;
    }
    return sv_make(text, (size_t)(end - text));
}

static bool
can_join(const struct pass *pass, size_t n)
{
    return n > 1 && pass->kind == PASS_LITERAL && !gram_is_anchored(pass->gram);
}

static void
note_found(void *ctx, const struct gram_literal *lit)
{
    (void)lit;
    *(bool *)ctx = true;
}

/* Keywords: most lines have none of them anywhere, and then need not be taken apart for them. */
static bool
is_ruled_out(const struct pass *pass, const struct event *ev)
{
    bool found = false;
    if (pass->field != FIELD_ANY || pass->kind != PASS_LITERAL || ev->v[FIELD_ANY].kind != VALUE_UNSET ||
        !ev->verbatim || gram_is_anchored(pass->gram))
        return false;
    gram_scan(pass->gram, ev->raw, note_found, &found);
    return !found;
}

static void
ask_members(const struct lanes *l, const struct pass *pass, struct run *run, struct event *ev)
{
    size_t n;
    struct value *member = value_members(event_value(ev, pass->field), &n);
    if (can_join(pass, n))
        gram_scan(pass->gram, joined_texts(member, n, ev), literal_found, run);
    else
        for (size_t i = 0; i < n; i++)
            member_pass(l, pass, &member[i], ev, run);
}

void
lanes_pass_run(const struct lanes *l, uint32_t index, struct match_scratch *s, struct event *ev)
{
    const struct pass *pass = &l->pass[index];
    struct run run = { s, s->found + pass->found, 0 };
    if (!is_ruled_out(pass, ev))
        ask_members(l, pass, &run, ev);
    s->pass_found[index] = run.n;
    s->pass_stamp[index] = s->stamp;
}

enum memo
lanes_evaluate(const struct lanes *l, pred_id p, struct match_scratch *s, struct event *ev)
{
    static const enum memo memo_of[] = { [TRUTH_NO] = MEMO_NO, [TRUTH_YES] = MEMO_YES, [TRUTH_LIMIT] = MEMO_LIMIT };
    const enum memo memo = memo_of[ops_eval(&l->program->preds.v[p], ev, s->regex)];
    scratch_set(s, p, memo);
    return memo;
}
