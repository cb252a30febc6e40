/* SPDX-License-Identifier: Apache-2.0 */
/* Keys are folded, because most predicates are: a cased one sits at the folded key too and is compared once more by the
 * caller. A look-up first asks whether a text of this length is wanted at all, which saves hashing most values. */
#include "match/exact.h"

#include <string.h>

#include "match/text.h"

#define MIX UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
mix(uint64_t hash, uint64_t x)
{
    hash = (hash ^ x) * MIX;
    return hash ^ (hash >> 29);
}

/* Not seeded: the keys are the rules', not the log's, so that nobody can fill a chain from outside. */
static uint64_t
hash_folded(struct sv text)
{
    const size_t n = text.n;
    if (n < 8)
        return mix(n, text_lower8(text_load_few(text.p, n)));
    uint64_t hash = n;
    for (size_t i = 0; i + 8 < n; i += 8)
        hash = mix(hash, text_lower8(text_load8(text.p + i)));
    return mix(hash, text_lower8(text_load8(text.p + n - 8)));
}

static uint64_t
number_bits(double number)
{
    uint64_t bits;
    if (number == 0)
        number = 0; /* -0 equals 0 */
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static inline uint32_t
slot_of(const struct exact *x, uint64_t hash)
{
    return (uint32_t)((hash * MIX) >> 32) & x->mask;
}

static inline uint32_t
tag_of(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

static uint64_t
length_bit(size_t n)
{
    return UINT64_C(1) << (n < 63 ? n : 63);
}

static struct exact_key *
find(const struct exact *x, uint64_t hash, struct sv text, bool cased)
{
    for (uint32_t at = slot_of(x, hash); x->slot[at].key != 0; at = (at + 1) & x->mask) {
        if (x->slot[at].tag != tag_of(hash))
            continue;
        struct exact_key *key = &x->key[x->slot[at].key - 1];
        if (key->hash == hash && text_eq(text, key->text, cased))
            return key;
    }
    return NULL;
}

static struct exact_key *
find_or_add(struct exact *x, uint64_t hash, struct sv text)
{
    struct exact_key *key = find(x, hash, text, true);
    if (key != NULL)
        return key;
    uint32_t at = slot_of(x, hash);
    while (x->slot[at].key != 0)
        at = (at + 1) & x->mask;
    key = &x->key[x->n_keys];
    *key = (struct exact_key){ .text = text, .hash = hash };
    x->slot[at] = (struct exact_slot){ tag_of(hash), ++x->n_keys };
    return key;
}

static struct sv
lower_copy(struct arena *arena, struct sv text)
{
    char *p = arena_alloc(arena, text.n + 1);
    for (size_t i = 0; i < text.n; i++)
        p[i] = text_lower(text.p[i]);
    return sv_make(p, text.n);
}

#define NETWORK_BYTES 17

/* The first bits of an address, and how many. */
static void
network_text(unsigned char out[NETWORK_BYTES], const unsigned char address[16], unsigned bits)
{
    const unsigned whole = bits / 8;
    memset(out, 0, NETWORK_BYTES);
    memcpy(out, address, whole);
    if (bits % 8 != 0)
        out[whole] = (unsigned char)(address[whole] & 0xff00 >> bits % 8);
    out[16] = (unsigned char)bits;
}

static uint64_t
hash_network(const unsigned char text[NETWORK_BYTES])
{
    uint64_t part[2];
    memcpy(part, text, sizeof part);
    return mix(mix(text[16], part[0]), part[1]);
}

static struct exact_key *
add_network(struct exact *x, struct arena *arena, const struct pred *pred)
{
    char *text = arena_alloc(arena, NETWORK_BYTES);
    network_text((unsigned char *)text, pred->address, pred->prefix_bits);
    if (memchr(x->prefix, pred->prefix_bits, x->n_prefixes) == NULL)
        x->prefix[x->n_prefixes++] = pred->prefix_bits;
    return find_or_add(x, hash_network((unsigned char *)text), sv_make(text, NETWORK_BYTES));
}

static struct exact_key *
add_text(struct exact *x, struct arena *arena, const struct pred *pred)
{
    const struct sv text = lower_copy(arena, pred->text);
    x->lengths |= length_bit(text.n);
    return find_or_add(x, hash_folded(text), text);
}

/* The key of a predicate, made if need be. */
static struct exact_key *
key_of(struct exact *x, struct arena *arena, const struct pred *pred)
{
    if (pred->op == OP_CIDR)
        return add_network(x, arena, pred);
    if (pred->op == OP_NUMBER)
        return find_or_add(x, number_bits(pred->number), SV(""));
    return add_text(x, arena, pred);
}

/* Keys first, with the number of their predicates; then room for these, and they are entered. */
void
exact_build(struct exact *x, struct arena *arena, const struct program *program, const pred_id *preds, size_t n)
{
    memset(x, 0, sizeof *x);
    size_t slots = 4;
    while (slots < n * 2)
        slots *= 2;
    x->slot = ARENA_ARRAY(arena, struct exact_slot, slots);
    x->mask = (uint32_t)slots - 1;
    x->key = ARENA_ARRAY(arena, struct exact_key, n);
    x->preds = ARENA_ARRAY(arena, pred_id, n);
    x->n_preds = n;
    x->prefix = ARENA_ARRAY(arena, uint8_t, 129);

    uint32_t *key = ARENA_ARRAY(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        struct exact_key *k = key_of(x, arena, &program->preds.v[preds[i]]);
        key[i] = (uint32_t)(k - x->key);
        k->cased = k->cased || program->preds.v[preds[i]].cased;
        k->n++;
    }
    uint32_t first = 0;
    for (uint32_t k = 0; k < x->n_keys; k++) {
        x->key[k].first = first;
        first += x->key[k].n;
        x->key[k].n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct exact_key *k = &x->key[key[i]];
        x->preds[k->first + k->n++] = preds[i];
    }
}

const struct exact_key *
exact_find_text(const struct exact *x, struct sv text)
{
    if ((x->lengths & length_bit(text.n)) == 0)
        return NULL;
    return find(x, hash_folded(text), text, false);
}

const struct exact_key *
exact_find_number(const struct exact *x, double number)
{
    return find(x, number_bits(number), SV(""), true);
}

const struct exact_key *
exact_find_network(const struct exact *x, const unsigned char address[16], size_t i)
{
    unsigned char text[NETWORK_BYTES];
    network_text(text, address, x->prefix[i]);
    return find(x, hash_network(text), sv_make((char *)text, NETWORK_BYTES), true);
}
