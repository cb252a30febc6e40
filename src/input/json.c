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
 * are no edges is looked for by name. */
#include "input/json.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "event/event.h"
#include "input/json_keys.h"
#include "input/json_scan.h"

/* What is done about keys that repeat. */
enum keys_mode {
    KEYS_EDGES,  /* notice an edge that is taken twice */
    KEYS_DETECT, /* notice any other key that repeats as well */
    KEYS_INDEX,  /* note where each key stands last */
    KEYS_OBEY,   /* skip all but the last */
};

/* A member of a list that is being walked. */
struct member {
    struct value v; /* VALUE_UNSET: the slot was found, with nothing in it */
    uint32_t slot;
};

/* The list that a slot gets. */
struct list {
    struct value *v;
    uint32_t n;
    uint32_t room; /* 0: not found */
    unsigned rank;
};

struct json {
    struct json_error error;
    unsigned depth_max;
    unsigned depth; /* levels that may still be opened */
    const struct trie *trie;
    struct value *slots;
    uint64_t *found;
    struct arena *scratch;
    bool collect; /* every scalar goes to `all` */
    bool repeated;
    enum keys_mode mode;
    struct json_keys keys;
    uint64_t *taken; /* per edge: the serial of the object that took it last */
    size_t n_taken;
    uint64_t serial;
    VEC(struct member) members; /* of all lists that are open; each knows its base */
    VEC(struct value) aside;    /* slots of enclosing scopes */
    VEC(struct list) lists;     /* per slot, while a list is closed */
    VEC(struct value) all;
};

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

struct json *
json_new(const struct input_limits *limits)
{
    struct json *j = mem_zalloc(1, sizeof *j);
    j->depth_max = limits->depth;
    json_keys_init(&j->keys);
    return j;
}

void
json_free(struct json *j)
{
    if (j == NULL)
        return;
    json_keys_fini(&j->keys);
    mem_free(j->taken);
    vec_fini(&j->members);
    vec_fini(&j->aside);
    vec_fini(&j->lists);
    vec_fini(&j->all);
    mem_free(j);
}

/* ---- small parts ---- */

static bool
enter(struct json *j, const char *p)
{
    if (j->depth == 0) {
        json_fault(&j->error, p, REJECT_JSON_DEPTH);
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
        return json_fault(&j->error, p, REJECT_JSON_SYNTAX);
    return json_blanks(p + 1);
}

/* p: at a key's quote, by the grammar. */
static inline const char *
key_at(struct json *j, const char *p, struct json_text *key)
{
    if (UNLIKELY(*p != '"'))
        return json_fault(&j->error, p, REJECT_JSON_SYNTAX);
    return json_string(&j->error, p + 1, key);
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
        return json_fault(&j->error, p, REJECT_JSON_SYNTAX);
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

static const char *
skip_value(struct json *j, const char *p)
{
    struct value v;
    if (*p == '"') {
        struct json_text t;
        if ((p = json_string(&j->error, p + 1, &t)) == NULL)
            return NULL;
        v = string_value(t);
    } else if (*p == '{' || *p == '[') {
        if (!enter(j, p))
            return NULL;
        p = *p == '{' ? skip_object(j, p + 1) : skip_array(j, p + 1);
        j->depth++;
        return p;
    } else if ((p = json_scalar(&j->error, p, &v)) == NULL) {
        return NULL;
    }
    collect(j, &v);
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

static const char *
walk_nested(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    if (!enter(j, p))
        return NULL;
    if (*p == '[') {
        p = walk_array(j, p + 1, node, rank);
    } else {
        if (node->slot != SLOT_NONE)
            put(j, node->slot, (struct value){ .kind = VALUE_OBJECT }, rank);
        p = node->n_edges != 0 ? walk_object(j, p + 1, node, rank) : skip_object(j, p + 1);
    }
    j->depth++;
    return p;
}

static const char *
walk_value(struct json *j, const char *p, const struct trie_node *node, unsigned rank)
{
    struct value v;
    if (*p == '"') {
        struct json_text t;
        if ((p = json_string(&j->error, p + 1, &t)) == NULL)
            return NULL;
        v = string_value(t);
    } else if (*p == '{' || *p == '[') {
        return walk_nested(j, p, node, rank);
    } else if ((p = json_scalar(&j->error, p, &v)) == NULL) {
        return NULL;
    }
    if (node->slot != SLOT_NONE)
        put(j, node->slot, v, rank);
    collect(j, &v);
    return p;
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
    if (p >= j->error.end)
        return RECORD_BLANK;
    struct value other;
    *why = REJECT_NOT_OBJECT;
    if (*p != '[' && *p != '"' && json_scalar(&j->error, p, &other) == NULL)
        *why = j->error.why;
    return RECORD_REJECT;
}

static void
begin(struct json *j, const struct extraction *x)
{
    j->error = (struct json_error){ .end = x->record.p + x->record.n };
    j->trie = x->trie;
    j->slots = x->slots;
    j->found = x->found;
    j->scratch = x->scratch;
    if (j->n_taken < x->trie->n_edges) {
        mem_free(j->taken);
        j->taken = mem_zalloc(x->trie->n_edges, sizeof *j->taken);
        j->n_taken = x->trie->n_edges;
    }
    restart(j, x, x->any != NULL ? KEYS_DETECT : KEYS_EDGES);
    if (j->mode == KEYS_DETECT)
        json_keys_reset(&j->keys);
}

enum record_kind
json_walk(struct json *j, const struct extraction *x, enum reject_id *why)
{
    begin(j, x);
    const char *start = json_blanks(x->record.p);
    if (UNLIKELY(*start != '{' || start >= j->error.end))
        return no_object(j, start, why);
    const char *p = walk_document(j, start);
    if (p == NULL && j->repeated)
        p = walk_again(j, start, x);
    if (p != NULL) {
        p = json_blanks(p);
        if (p < j->error.end)
            p = json_fault(&j->error, p, REJECT_JSON_TRAILING);
    }
    if (p == NULL) {
        *why = j->error.why;
        return RECORD_REJECT;
    }
    deliver_all(j, x);
    return RECORD_EVENT;
}

void
json_top_keys(struct json *j, struct sv record, size_t max, struct buf *out)
{
    j->error = (struct json_error){ .end = record.p + record.n };
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
