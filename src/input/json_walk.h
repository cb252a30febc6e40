/* SPDX-License-Identifier: Apache-2.0 */
/* The walk.
 *
 * Recursive descent over the bytes, with the trie node of the current position in hand. A key that is an edge of the
 * node leads on; any other key's value is skipped by the skip_ functions, which check the same grammar.
 *
 * Spellings. Several keys of a document may lead to the same slot (see trie.h); each arrives with the rank of its
 * way, and the higher one stays. Nothing has to be known in advance.
 *
 * Lists. All members of a list contribute: [{"b":1},{"b":2}] at `a` gives a.b two members. Spellings compete inside
 * each member on its own, so for the time of a list the slots below its node are set aside and emptied; after each
 * member what it left in them is moved to a stack, and at the end the stack becomes one list per slot.
 *
 * Repeated keys. The last one wins, with all that is below it. The walk meets the first one first and cannot take it
 * back, so it only notices (an edge taken twice in one object), stops, and the document is walked again by the book:
 * one pass notes where each key of each object stands last, the next obeys. Hostile documents cost three passes,
 * others nothing. When all scalars are collected (FIELD_ANY), every key is of interest, and repetition of those that
 * are no edges is looked for by name.
 *
 * Shapes. All this is for a line that is like none before. A line that is, but for its values, is not parsed: see
 * json_shape.h. A line without a shape is first tried, in vain, and then walked from its start.
 *
 * This file is compiled once per row of simd.c, between functions that the row defines (simd_rows.h), and exports
 * nothing: walk and top_keys go into the row. */
#include <string.h>

#include "base/bits.h"
#include "base/buf.h"
#include "base/mem.h"
#include "input/json_state.h"
#include "input/json_string.h"

/* A key where it was found. */
struct place_of_key {
    const char *object; /* behind the opening brace: tells objects apart */
    const struct trie_node *node;
    unsigned rank;
    uint64_t serial;
    struct json_text key;
};

static const char *walk_value(struct json *j, const char *p, const struct trie_node *node, unsigned rank);
static const char *skip_value(struct json *j, const char *p);

/* ---- small parts ---- */

static bool
enter(struct json *j, const char *p)
{
    if (j->depth == 0) {
        json_fault(&j->scan, p, REJECT_JSON_DEPTH);
        return false;
    }
    j->depth--;
    return true;
}

static inline struct value
string_value(struct json_text t)
{
    return (struct value){ .p = t.p, .n = t.n, .kind = VALUE_STRING, .flags = t.flags };
}

/* p: behind a key. Returns the start of its value. */
static inline const char *
colon(struct json *j, const char *p)
{
    p = json_blanks(p);
    if (UNLIKELY(*p != ':'))
        return json_fault(&j->scan, p, REJECT_JSON_SYNTAX);
    return json_blanks(p + 1);
}

/* p: at a key's quote, by the grammar. */
static inline const char *
key_at(struct json *j, const char *p, struct json_text *key)
{
    if (UNLIKELY(*p != '"'))
        return json_fault(&j->scan, p, REJECT_JSON_SYNTAX);
    return json_string(&j->scan, p + 1, key);
}

/* p: behind a value. Returns the start of what follows the comma, or the closing bracket, or NULL. */
static inline const char *
comma_or(struct json *j, const char *p, char close, bool *closed)
{
    p = json_blanks(p);
    *closed = *p == close;
    if (*closed)
        return p;
    if (UNLIKELY(*p != ','))
        return json_fault(&j->scan, p, REJECT_JSON_SYNTAX);
    return json_blanks(p + 1);
}

/* The key as it is compared: escapes decoded, and folded if the source says so; padded for trie_find. */
static struct sv
plain_key(struct json *j, struct json_text key)
{
    struct value v = string_value(key);
    if (v.flags & VALUE_ESCAPED)
        value_decode(&v, j->scratch);
    const struct sv text = { v.p, v.n };
    const bool fold = j->trie != NULL && j->trie->fold;
    return fold || key.flags & VALUE_ESCAPED ? trie_key(j->scratch, text, fold, true) : text;
}

/* False if the key repeats. */
static bool
detect(struct json *j, const char *object, struct sv key, const char *at)
{
    j->repeated = !json_keys_put(&j->keys, object, key, at);
    return !j->repeated;
}

/* What the mode says about a key: false stops the walk (repeated), *overridden skips its value. */
static bool
admit(struct json *j, const char *object, struct sv key, const char *at, bool *overridden)
{
    *overridden = false;
    switch (j->mode) {
    case KEYS_EDGES:
        break;
    case KEYS_DETECT:
        return detect(j, object, key, at);
    case KEYS_INDEX:
        json_keys_put(&j->keys, object, key, at);
        break;
    case KEYS_OBEY:
        *overridden = json_keys_last(&j->keys, object, key) != at;
        break;
    }
    return true;
}

static inline void
put(struct json *j, uint32_t slot, struct value v, unsigned rank)
{
    struct value *to = &j->slots[slot];
    if (to->kind != VALUE_UNSET && to->rank > rank)
        return;
    v.rank = (uint16_t)rank;
    *to = v;
    j->found[slot / 64] |= UINT64_C(1) << slot % 64;
}

static inline void
collect(struct json *j, const struct value *v)
{
    if (UNLIKELY(j->collect) && v->kind != VALUE_NULL)
        vec_push(&j->all, *v);
}

/* ---- what a shape is learned from ---- */

/* The piece of the line that ends at `value`, what stands there, and where the next piece starts. */
static void
note(struct json *j, enum shape_kind kind, const char *value, const char *end, uint32_t to, unsigned rank)
{
    if (j->notes.n == SHAPE_VALUES_MAX) {
        j->noting = false;
        return;
    }
    vec_push(&j->notes, (struct shape_note){ value,
                                             end,
                                             { .kind = (uint8_t)kind,
                                               .rank = (uint16_t)rank,
                                               .depth = (uint16_t)(j->depth_max - j->depth),
                                               .to = to } });
}

static inline void
note_scalar(struct json *j, const char *p, const char *end, uint32_t slot, unsigned rank)
{
    if (LIKELY(!j->noting))
        return;
    if (*p == '"')
        note(j, SHAPE_STRING, p + 1, end, slot, rank);
    else
        note(j, SHAPE_SCALAR, p, end, slot, rank);
}

/* ---- what nobody wants ---- */

/* A value that a later one overrides. */
static const char *
skip_overridden(struct json *j, const char *p)
{
    const bool collecting = j->collect;
    j->collect = false;
    p = skip_value(j, p);
    j->collect = collecting;
    return p;
}

static const char *
skip_object(struct json *j, const char *p)
{
    const char *const object = p;
    bool closed = *(p = json_blanks(p)) == '}';
    while (!closed) {
        struct json_text key;
        bool overridden = false;
        if ((p = key_at(j, p, &key)) == NULL || (p = colon(j, p)) == NULL)
            return NULL;
        if (UNLIKELY(j->mode != KEYS_EDGES) && !admit(j, object, plain_key(j, key), key.p, &overridden))
            return NULL;
        p = UNLIKELY(overridden) ? skip_overridden(j, p) : skip_value(j, p);
        if (p == NULL || (p = comma_or(j, p, '}', &closed)) == NULL)
            return NULL;
    }
    return p + 1;
}

static const char *
skip_array(struct json *j, const char *p)
{
    bool closed = *(p = json_blanks(p)) == ']';
    while (!closed)
        if ((p = skip_value(j, p)) == NULL || (p = comma_or(j, p, ']', &closed)) == NULL)
            return NULL;
    return p + 1;
}

/* p: at the bracket. The members are not noted one by one: lists differ. */
static const char *
skip_list(struct json *j, const char *p)
{
    const char *const start = p;
    const bool noting = j->noting;
    if (!enter(j, p))
        return NULL;
    j->noting = false;
    p = skip_array(j, p + 1);
    j->noting = noting;
    j->depth++;
    if (UNLIKELY(noting) && p != NULL)
        note(j, SHAPE_LIST, start, p, SHAPE_NONE, 0);
    return p;
}

static const char *
skip_nested(struct json *j, const char *p)
{
    if (*p == '[')
        return skip_list(j, p);
    if (!enter(j, p))
        return NULL;
    p = skip_object(j, p + 1);
    j->depth++;
    return p;
}

static const char *
skip_value(struct json *j, const char *p)
{
    const char *const start = p;
    struct value v;
    if (*p == '"') {
        struct json_text t;
        if ((p = json_string(&j->scan, p + 1, &t)) == NULL)
            return NULL;
        v = string_value(t);
    } else if (*p == '{' || *p == '[') {
        return skip_nested(j, p);
    } else if ((p = json_short_scalar(&j->scan, p, &v)) == NULL) {
        return NULL;
    }
    collect(j, &v);
    note_scalar(j, start, p, SHAPE_NONE, 0);
    return p;
}

/* ---- objects on the way to a slot ---- */

/* Follows an edge. */
static inline const char *
follow(struct json *j, const char *p, const struct place_of_key *k, const struct trie_edge *e, unsigned rank)
{
    uint64_t *taken = &j->taken[e - j->trie->edge];
    if (UNLIKELY(*taken == k->serial && j->mode != KEYS_OBEY)) {
        j->repeated = true;
        return NULL;
    }
    *taken = k->serial;
    return walk_value(j, p, &j->trie->node[e->node], rank | e->rank);
}

/* The value of a key that leads to both `exact` and `loose` is walked twice; scalars are collected once. */
static const char *
follow_both(struct json *j, const char *p, const struct place_of_key *k, const struct trie_edge *exact,
            const struct trie_edge *loose)
{
    const unsigned loose_rank = k->rank & ~RANK_EXACT;
    if (exact == NULL)
        return follow(j, p, k, loose, loose_rank);
    if (loose != NULL) {
        const bool collecting = j->collect;
        j->collect = false;
        const char *end = follow(j, p, k, loose, loose_rank);
        j->collect = collecting;
        if (end == NULL)
            return NULL;
    }
    return follow(j, p, k, exact, k->rank);
}

/* A key with anything special about it: escapes, blanks, folding, repetition. */
static const char *
key_by_the_book(struct json *j, const char *p, const struct place_of_key *k)
{
    const struct sv key = plain_key(j, k->key);
    bool overridden;
    if (!admit(j, k->object, key, k->key.p, &overridden))
        return NULL;
    if (overridden)
        return skip_overridden(j, p);
    const struct trie_edge *exact = trie_find(j->trie, k->node, key.p, key.n);
    const struct trie_edge *loose = NULL;
    if (trie_has_blank(key)) {
        const struct sv without = trie_key(j->scratch, key, false, false);
        loose = trie_find(j->trie, k->node, without.p, without.n);
    }
    if (exact == NULL && loose == NULL)
        return skip_value(j, p);
    return follow_both(j, p, k, exact, loose);
}

static inline bool
has_blank(const char *p, size_t n)
{
    uint64_t found = 0;
    for (; n >= 8; p += 8, n -= 8)
        found |= swar_zeros(swar_load(p) ^ ' ' * SWAR_ONES);
    const uint64_t mask = (UINT64_C(1) << (8 * n)) - 1;
    return (found | (swar_zeros(swar_load(p) ^ ' ' * SWAR_ONES) & mask)) != 0;
}

static inline const char *
walk_member(struct json *j, const char *p, const struct place_of_key *k)
{
    if (UNLIKELY(k->key.flags != 0 || j->mode > KEYS_DETECT || k->node->blank_keys || j->trie->fold))
        return key_by_the_book(j, p, k);
    const struct trie_edge *e = trie_find(j->trie, k->node, k->key.p, k->key.n);
    if (e != NULL)
        return follow(j, p, k, e, k->rank);
    if (UNLIKELY(has_blank(k->key.p, k->key.n)))
        return key_by_the_book(j, p, k);
    if (j->mode == KEYS_DETECT && !detect(j, k->object, sv_make(k->key.p, k->key.n), k->key.p))
        return NULL;
    return skip_value(j, p);
}

static const char *
walk_object(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    struct place_of_key k = { .object = p, .node = node, .rank = rank, .serial = ++j->serial };
    bool closed = *(p = json_blanks(p)) == '}';
    while (!closed) {
        if ((p = key_at(j, p, &k.key)) == NULL || (p = colon(j, p)) == NULL)
            return NULL;
        if ((p = walk_member(j, p, &k)) == NULL || (p = comma_or(j, p, '}', &closed)) == NULL)
            return NULL;
    }
    return p + 1;
}

/* ---- lists ---- */

/* Moves what one member left in the slots below the node to the stack. */
static void
harvest(struct json *j, const struct trie_node *node)
{
    for (uint32_t i = node->slot_lo; i < node->slot_hi; i++) {
        struct value *v = &j->slots[i];
        if (v->kind == VALUE_UNSET)
            continue;
        if (v->kind != VALUE_LIST) {
            vec_push(&j->members, (struct member){ *v, i });
        } else {
            const struct value *inner = v->p;
            vec_push(&j->members, (struct member){ { .rank = v->rank }, i });
            for (uint32_t m = 0; m < v->n; m++)
                vec_push(&j->members, (struct member){ inner[m], i });
        }
        v->kind = VALUE_UNSET;
    }
}

/* The members of a list, those of lists inside it included. */
static const char *
gather(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    bool closed = *(p = json_blanks(p)) == ']';
    while (!closed) {
        if (*p == '[') {
            if (!enter(j, p))
                return NULL;
            p = gather(j, p + 1, node, rank);
            j->depth++;
        } else {
            p = walk_value(j, p, node, rank);
            harvest(j, node);
        }
        if (p == NULL || (p = comma_or(j, p, ']', &closed)) == NULL)
            return NULL;
    }
    return p + 1;
}

/* What the members on the stack come to, slot by slot. */
static void
count_members(struct json *j, const struct trie_node *node, size_t base, unsigned rank)
{
    const size_t n_slots = node->slot_hi - node->slot_lo;
    vec_reserve(&j->lists, n_slots);
    memset(j->lists.v, 0, n_slots * sizeof *j->lists.v);
    for (size_t i = base; i < j->members.n; i++) {
        const struct member *m = &j->members.v[i];
        struct list *l = &j->lists.v[m->slot - node->slot_lo];
        l->room++;
        l->rank = m->v.rank > l->rank ? m->v.rank : l->rank;
    }
    /* The list itself exists, even without members. */
    if (node->slot == node->slot_lo) {
        struct list *own = &j->lists.v[0];
        own->room++;
        own->rank = rank > own->rank ? rank : own->rank;
    }
    for (size_t i = 0; i < n_slots; i++)
        if (j->lists.v[i].room != 0)
            j->lists.v[i].v = arena_alloc(j->scratch, j->lists.v[i].room * sizeof(struct value));
}

/* Turns the members on the stack into one list per slot and offers each to its slot. */
static void
close_list(struct json *j, const struct trie_node *node, size_t base, unsigned rank)
{
    count_members(j, node, base, rank);
    for (size_t i = base; i < j->members.n; i++) {
        const struct member *m = &j->members.v[i];
        struct list *l = &j->lists.v[m->slot - node->slot_lo];
        if (m->v.kind != VALUE_UNSET)
            l->v[l->n++] = m->v;
    }
    j->members.n = base;
    for (uint32_t i = node->slot_lo; i < node->slot_hi; i++) {
        const struct list *l = &j->lists.v[i - node->slot_lo];
        if (l->room != 0)
            put(j, i, (struct value){ .p = l->v, .n = l->n, .kind = VALUE_LIST }, l->rank);
    }
}

static const char *
walk_array(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    const size_t base = j->members.n, aside = j->aside.n;
    const size_t n_slots = node->slot_hi - node->slot_lo;
    struct value *slots = j->slots + node->slot_lo;
    vec_reserve(&j->aside, aside + n_slots);
    memcpy(j->aside.v + aside, slots, n_slots * sizeof *slots);
    j->aside.n += n_slots;
    memset(slots, 0, n_slots * sizeof *slots);
    p = gather(j, p, node, rank);
    if (p == NULL)
        return NULL;
    memcpy(slots, j->aside.v + aside, n_slots * sizeof *slots);
    j->aside.n = aside;
    close_list(j, node, base, rank);
    return p;
}

/* p: at the bracket. */
static const char *
walk_list(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    const char *const start = p;
    const bool noting = j->noting;
    if (!enter(j, p))
        return NULL;
    j->noting = false;
    p = walk_array(j, p + 1, node, rank);
    j->noting = noting;
    j->depth++;
    if (UNLIKELY(noting) && p != NULL)
        note(j, SHAPE_LIST, start, p, (uint32_t)(node - j->trie->node), rank);
    return p;
}

static const char *
walk_nested(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    if (*p == '[')
        return walk_list(j, p, node, rank);
    if (!enter(j, p))
        return NULL;
    if (node->slot != SLOT_NONE) {
        put(j, node->slot, (struct value){ .kind = VALUE_OBJECT }, rank);
        if (UNLIKELY(j->noting))
            note(j, SHAPE_OBJECT, p + 1, p + 1, node->slot, rank);
    }
    p = node->n_edges != 0 ? walk_object(j, p + 1, node, rank) : skip_object(j, p + 1);
    j->depth++;
    return p;
}

static const char *
walk_value(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    const char *const start = p;
    struct value v;
    if (*p == '"') {
        struct json_text t;
        if ((p = json_string(&j->scan, p + 1, &t)) == NULL)
            return NULL;
        v = string_value(t);
    } else if (*p == '{' || *p == '[') {
        return walk_nested(j, p, node, rank);
    } else if ((p = json_short_scalar(&j->scan, p, &v)) == NULL) {
        return NULL;
    }
    if (node->slot != SLOT_NONE)
        put(j, node->slot, v, rank);
    collect(j, &v);
    note_scalar(j, start, p, node->slot, rank);
    return p;
}

/* ---- by shape ---- */

static inline void
put_shaped(struct json *j, struct value v, const struct shape_value *what)
{
    if (what->to != SLOT_NONE)
        put(j, what->to, v, what->rank);
}

static const char *
shaped_list(struct json *j, const char *p, const struct shape_value *what)
{
    j->depth = j->depth_max - what->depth;
    return what->to != SHAPE_NONE ? walk_list(j, p, &j->trie->node[what->to], what->rank) : skip_list(j, p);
}

/* A number goes from registers to its slot: were its parts stored one by one for a function to load as a whole, the
 * load would wait until they have left the processor's store buffer. */
static inline const char *
shaped_scalar(struct json *j, const char *p, const struct shape_value *what)
{
    const char *end = json_short_number(p);
    if (LIKELY(end != NULL)) {
        put_shaped(j, (struct value){ .p = p, .n = (uint32_t)(end - p), .kind = VALUE_NUMBER }, what);
        return end;
    }
    struct value v;
    end = json_scalar(&j->scan, p, &v);
    if (LIKELY(end != NULL))
        put_shaped(j, v, what);
    return end;
}

/* The value behind a piece; not a string of which the end is known. Returns what is behind it, or NULL. */
static inline const char *
shaped_value(struct json *j, const char *p, const struct shape_value *what)
{
    if (what->kind == SHAPE_STRING) {
        struct json_text t;
        p = json_string(&j->scan, p, &t);
        if (LIKELY(p != NULL))
            put_shaped(j, string_value(t), what);
    } else if (what->kind == SHAPE_SCALAR) {
        p = shaped_scalar(j, p, what);
    } else if (what->kind == SHAPE_LIST) {
        p = shaped_list(j, p, what);
    } else {
        put_shaped(j, (struct value){ .kind = VALUE_OBJECT }, what);
    }
    return p;
}

/* Whether the step's piece stands at p, and its kind of value behind it: where the value is no string, the piece does
 * not end in a way that tells. */
static inline bool
leads_on(const struct json *j, const struct shape_step *step, const char *p)
{
    if (!HEAD_FITS(step, p))
        return false;
    if (UNLIKELY(step->n > SHAPE_HEAD) && !shape_tail_fits(j->shaped, step, p, j->scan.end))
        return false;
    p += step->n;
    switch (step->value.kind) {
    case SHAPE_SCALAR:
        return *p != '"' && *p != '{' && *p != '[';
    case SHAPE_LIST:
        return *p == '[';
    case SHAPE_END:
        return p == j->scan.end;
    default:
        return true;
    }
}

/* The step of which the piece stands at p, of those from `at` on; NULL: none. */
static inline const struct shape_step *
next_step(const struct json *j, const struct shape_step *steps, uint32_t at, const char *p)
{
    for (; LIKELY(at != SHAPE_NONE); at = steps[at].next)
        if (leads_on(j, &steps[at], p))
            return &steps[at];
    return NULL;
}

/* p: the start of the record. True if it has a known shape; then the slots are filled. */
static bool
walk_shaped(struct json *j, const char *p)
{
    const struct shape_step *const steps = j->shaped->steps.v;
    const struct shape_step *step;
    uint32_t at = j->shaped->first;
    while ((step = next_step(j, steps, at, p)) != NULL) {
        if (step->value.kind == SHAPE_END)
            return true;
        p = shaped_value(j, p + step->n, &step->value);
        if (UNLIKELY(p == NULL))
            return false;
        at = step->child;
    }
    return false;
}

#ifdef FIND_QUOTES

/* The same for a record in whose strings nothing needs a look. *quote is always the first quote at or behind p, so the
 * end of a string needs no search, and the next piece does not have to wait for one. */
static bool
walk_indexed(struct json *j, const char *record)
{
    const uint16_t *quote = j->quote;
    const char *p = record;
    const struct shape_step *const steps = j->shaped->steps.v;
    const struct shape_step *step;
    uint32_t at = j->shaped->first;
    while ((step = next_step(j, steps, at, p)) != NULL) {
        p += step->n;
        quote += step->quotes;
        if (LIKELY(step->value.kind == SHAPE_STRING)) {
            const char *end = record + *quote++;
            if (UNLIKELY(end == j->scan.end))
                return false;
            put_shaped(j, (struct value){ .p = p, .n = (uint32_t)(end - p), .kind = VALUE_STRING }, &step->value);
            p = end + 1;
        } else if (step->value.kind == SHAPE_SCALAR) {
            p = shaped_scalar(j, p, &step->value);
            if (UNLIKELY(p == NULL))
                return false;
        } else if (step->value.kind == SHAPE_END) {
            return true;
        } else {
            p = shaped_value(j, p, &step->value);
            if (UNLIKELY(p == NULL))
                return false;
            while (record + *quote < p)
                quote++;
        }
        at = step->child;
    }
    return false;
}

static inline bool
walk_known(struct json *j, struct sv record)
{
    if (record.n <= JSON_INDEXED_MAX && FIND_QUOTES(record, j->quote))
        return walk_indexed(j, record.p);
    return walk_shaped(j, record.p);
}

#else

static inline bool
walk_known(struct json *j, struct sv record)
{
    return walk_shaped(j, record.p);
}

#endif

/* Those of the source, if there is a reason to try them. */
static struct shapes *
shapes_of(struct json *j, const struct extraction *x)
{
    if (x->any != NULL)
        return NULL;
    for (size_t i = 0; i < JSON_SOURCES; i++)
        if (j->shapes[i].trie == x->trie)
            return shapes_rest(&j->shapes[i]) ? NULL : &j->shapes[i];
    struct shapes *s = &j->shapes[j->oldest++ % JSON_SOURCES];
    shapes_fini(s);
    s->trie = x->trie;
    return s;
}

/* ---- the document ---- */

static void
restart(struct json *j, const struct extraction *x, enum keys_mode mode)
{
    j->mode = mode;
    j->depth = j->depth_max;
    j->repeated = false;
    j->collect = x->any != NULL;
    j->members.n = j->aside.n = j->all.n = 0;
}

static void
clear_slots(const struct extraction *x)
{
    if (x->trie->n_slots != 0)
        memset(x->slots, 0, x->trie->n_slots * sizeof *x->slots);
}

/* p: at the opening brace. Returns what is behind the document, or NULL. */
static const char *
walk_document(struct json *j, const char *p)
{
    if (!enter(j, p))
        return NULL;
    return walk_object(j, p + 1, &j->trie->node[0], RANK_EXACT);
}

/* Again, and exactly: see the file comment. */
static const char *
walk_again(struct json *j, const char *p, const struct extraction *x)
{
    restart(j, x, KEYS_INDEX);
    j->collect = false;
    json_keys_reset(&j->keys);
    if (skip_value(j, p) == NULL)
        return NULL;
    restart(j, x, KEYS_OBEY);
    clear_slots(x);
    return walk_document(j, p);
}

static void
deliver_all(struct json *j, const struct extraction *x)
{
    if (x->any == NULL)
        return;
    struct value *list = arena_alloc(x->scratch, j->all.n * sizeof *list);
    if (j->all.n != 0)
        memcpy(list, j->all.v, j->all.n * sizeof *list);
    *x->any = (struct value){ .p = list, .n = (uint32_t)j->all.n, .kind = VALUE_LIST };
}

/* A record that does not begin with a brace. */
static enum record_kind
no_object(struct json *j, const char *p, enum reject_id *why)
{
    if (p >= j->scan.end)
        return RECORD_BLANK;
    struct value other;
    *why = REJECT_NOT_OBJECT;
    if (*p != '[' && *p != '"' && json_scalar(&j->scan, p, &other) == NULL)
        *why = j->scan.why;
    return RECORD_REJECT;
}

static void
begin(struct json *j, const struct extraction *x)
{
    j->scan = (struct json_scan){ .end = x->record.p + x->record.n };
    j->trie = x->trie;
    j->slots = x->slots;
    j->found = x->found;
    j->scratch = x->scratch;
    if (j->n_taken < x->trie->n_edges) {
        mem_free(j->taken);
        j->taken = mem_zalloc(x->trie->n_edges, sizeof *j->taken);
        j->n_taken = x->trie->n_edges;
    }
    j->shaped = shapes_of(j, x);
    restart(j, x, x->any != NULL ? KEYS_DETECT : KEYS_EDGES);
    if (j->mode == KEYS_DETECT)
        json_keys_reset(&j->keys);
}

/* After a try that failed: nothing happened. */
static void
start_over(struct json *j, const struct extraction *x)
{
    clear_slots(x);
    restart(j, x, KEYS_EDGES);
}

/* The end of a record that was walked. */
static enum record_kind
judge(struct json *j, const char *p, const struct extraction *x, enum reject_id *why)
{
    if (p != NULL) {
        p = json_blanks(p);
        if (p < j->scan.end)
            p = json_fault(&j->scan, p, REJECT_JSON_TRAILING);
    }
    if (p == NULL) {
        *why = j->scan.why;
        return RECORD_REJECT;
    }
    deliver_all(j, x);
    return RECORD_EVENT;
}

/* Records while it walks, and learns from what is valid and has no key twice. */
static enum record_kind
walk_and_learn(struct json *j, const char *start, const struct extraction *x, enum reject_id *why)
{
    j->noting = true;
    j->notes.n = 0;
    const char *p = walk_document(j, start);
    const bool learn = p != NULL && j->noting && j->notes.n < SHAPE_VALUES_MAX;
    j->noting = false;
    if (p == NULL && j->repeated)
        p = walk_again(j, start, x);
    const enum record_kind kind = judge(j, p, x, why);
    if (learn && kind == RECORD_EVENT) {
        note(j, SHAPE_END, j->scan.end, j->scan.end, SHAPE_NONE, 0);
        shapes_add(j->shaped, x->record.p, j->notes.v, j->notes.n);
    }
    return kind;
}

static enum record_kind
walk(struct json *j, const struct extraction *x, enum reject_id *why)
{
    begin(j, x);
    if (LIKELY(j->shaped != NULL)) {
        if (walk_known(j, x->record)) {
            shapes_hit(j->shaped);
            return RECORD_EVENT;
        }
        shapes_miss(j->shaped);
        start_over(j, x);
    }
    const char *start = json_blanks(x->record.p);
    if (UNLIKELY(*start != '{' || start >= j->scan.end))
        return no_object(j, start, why);
    if (j->shaped != NULL)
        return walk_and_learn(j, start, x, why);
    const char *p = walk_document(j, start);
    if (p == NULL && j->repeated)
        p = walk_again(j, start, x);
    return judge(j, p, x, why);
}

static void
top_keys(struct json *j, struct sv record, size_t max, struct buf *out)
{
    j->scan = (struct json_scan){ .end = record.p + record.n };
    j->trie = NULL;
    j->mode = KEYS_EDGES;
    j->collect = false;
    j->depth = j->depth_max;
    const char *p = json_blanks(json_blanks(record.p) + 1);
    bool closed = *p == '}';
    for (size_t i = 0; !closed; i++) {
        struct json_text key;
        if (i == max) {
            buf_puts(out, ", ...");
            return;
        }
        if ((p = key_at(j, p, &key)) == NULL || (p = colon(j, p)) == NULL)
            return;
        buf_puts(out, i != 0 ? ", " : "");
        buf_put(out, key.p, key.n);
        if ((p = skip_value(j, p)) == NULL || (p = comma_or(j, p, '}', &closed)) == NULL)
            return;
    }
}
