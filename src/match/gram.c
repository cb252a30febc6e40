/* SPDX-License-Identifier: Apache-2.0 */
/* Grams are made case-insensitive by setting bit 5 of every byte: that is the lower case of letters and maps other
 * bytes together, which costs a few false alarms and saves folding the text. The comparison decides. */
#include "match/gram.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "match/text.h"

#define MIX UINT32_C(0x9e3779b1)
#define BRIEF_GRAM 3
#define AMPLE 8       /* bytes from which a literal counts as long */
#define STRIDE_MAX 16 /* each step more costs another entry per literal, and gains less */
#define FILTER_MIN 9  /* log2 of bits */
#define FILTER_MAX 19
#define FILTER_ROOM 64 /* bits per entry: one sample in 64 is a false alarm at worst */
#define BUCKET_MAX 16
#define ANCHOR_FAR 15 /* bytes from an anchor within which its gram may be */

static inline uint32_t
gram_at(const char *p, uint32_t mask)
{
    uint32_t x;
    memcpy(&x, p, sizeof x);
    return (x | UINT32_C(0x20202020)) & mask;
}

/* The same where no byte behind the gram may be read. */
static uint32_t
gram_alone(const char *p, size_t size, uint32_t mask)
{
    char alone[GRAM_SIZE] = { 0 };
    memcpy(alone, p, size);
    return gram_at(alone, mask);
}

static uint32_t
gram_mask(size_t size)
{
    uint32_t mask = 0;
    memset(&mask, 0xff, size);
    return mask;
}

/* How many literals of a table have a gram, anywhere or at this distance from the anchor. Hashed into few counters,
 * so that it may say too much: it only guides a choice. */
struct census {
    uint32_t *count;
    unsigned shift;
    size_t size; /* of a gram */
    uint32_t mask;
};

static uint32_t *
counter(const struct census *c, const struct gram_literal *lit, size_t at)
{
    uint32_t key = gram_alone(lit->text.p + at, c->size, c->mask) * MIX;
    if (lit->anchor == GRAM_START)
        key = (key + (uint32_t)at) * MIX;
    else if (lit->anchor == GRAM_END)
        key = (key + (uint32_t)(lit->text.n - at)) * MIX;
    return &c->count[key >> c->shift];
}

static bool
belongs(const struct gram *g, const struct gram_table *t, const struct gram_literal *lit)
{
    switch (lit->anchor) {
    case GRAM_START:
        return t == &g->start;
    case GRAM_END:
        return t == &g->end;
    case GRAM_ANYWHERE:
        break;
    }
    return t == (lit->text.n < AMPLE ? &g->brief : &g->ample);
}

static unsigned
log2_at_least(size_t n, unsigned min, unsigned max)
{
    unsigned bits = min;
    while (bits < max && ((size_t)1 << bits) < n)
        bits++;
    return bits;
}

static void
census_make(struct census *c, const struct gram *g, const struct gram_table *t, size_t bytes)
{
    const unsigned bits = log2_at_least(bytes * 4, 8, 18);
    c->count = mem_zalloc((size_t)1 << bits, sizeof *c->count);
    c->shift = 32 - bits;
    c->size = t->size;
    c->mask = t->mask;
    for (size_t i = 0; i < g->n_lits; i++)
        if (belongs(g, t, &g->lit[i]))
            for (size_t at = 0; at + t->size <= g->lit[i].text.n; at++)
                ++*counter(c, &g->lit[i], at);
}

/* The cost of the n grams from `at` on: the most shared one counts, then how common its bytes are. */
static uint64_t
window_cost(const struct census *c, const struct gram_literal *lit, size_t at, size_t n)
{
    uint64_t shared = 0, common = 0;
    for (size_t i = at; i < at + n; i++) {
        const uint32_t count = *counter(c, lit, i);
        shared = count > shared ? count : shared;
    }
    for (size_t i = at; i < at + n + c->size - 1; i++)
        common += text_commonness(lit->text.p[i]);
    return shared << 32 | common;
}

/* Start of the window of n grams that costs least. For an anchored literal: near its anchor. */
static size_t
best_window(const struct census *c, const struct gram_literal *lit, size_t n)
{
    const size_t last = lit->text.n - (n + c->size - 1);
    const size_t far = last > ANCHOR_FAR ? ANCHOR_FAR : last;
    const size_t from = lit->anchor == GRAM_END ? last - far : 0;
    const size_t to = lit->anchor == GRAM_START ? far : last;
    size_t best = from;
    uint64_t best_cost = UINT64_MAX;
    for (size_t at = from; at <= to; at++) {
        const uint64_t cost = window_cost(c, lit, at, n);
        if (cost < best_cost) {
            best_cost = cost;
            best = at;
        }
    }
    return best;
}

static void
add_entries(struct gram_table *t, const struct census *c, const struct gram_literal *lit, uint32_t index)
{
    const size_t first = best_window(c, lit, t->stride);
    assert(first + GRAM_SIZE <= lit->text.n || t->size < GRAM_SIZE);
    for (size_t at = first; at < first + t->stride; at++)
        t->entry[t->n_entries++] =
            (struct gram_entry){ gram_alone(lit->text.p + at, t->size, t->mask), index, (uint32_t)at };
    if (lit->anchor == GRAM_START)
        t->offsets |= UINT32_C(1) << first;
    else if (lit->anchor == GRAM_END)
        t->offsets |= UINT32_C(1) << (lit->text.n - GRAM_SIZE - first);
}

/* Counting sort of the entries into buckets, and the filter. */
static void
index_entries(struct gram_table *t, struct arena *arena)
{
    const unsigned bucket_bits = log2_at_least(t->n_entries, 1, BUCKET_MAX);
    const unsigned filter_bits = log2_at_least(t->n_entries * FILTER_ROOM, FILTER_MIN, FILTER_MAX);
    const size_t n_buckets = (size_t)1 << bucket_bits;
    t->bucket_shift = 32 - bucket_bits;
    t->filter_shift = 32 - filter_bits;
    t->bucket = ARENA_ARRAY(arena, uint32_t, n_buckets + 1);
    t->filter = ARENA_ARRAY(arena, uint64_t, ((size_t)1 << filter_bits) / 64);

    struct gram_entry *sorted = ARENA_ARRAY(arena, struct gram_entry, t->n_entries);
    for (size_t i = 0; i < t->n_entries; i++) {
        const uint32_t hash = t->entry[i].gram * MIX;
        t->filter[(hash >> t->filter_shift) / 64] |= UINT64_C(1) << (hash >> t->filter_shift) % 64;
        t->bucket[hash >> t->bucket_shift]++;
    }
    uint32_t sum = 0;
    for (size_t b = 0; b <= n_buckets; b++)
        t->bucket[b] = sum += t->bucket[b]; /* the end of each bucket; filling from behind makes it the start */
    for (size_t i = t->n_entries; i-- > 0;)
        sorted[--t->bucket[(t->entry[i].gram * MIX) >> t->bucket_shift]] = t->entry[i];
    t->entry = sorted;
}

static void
build_table(struct gram *g, struct gram_table *t, struct arena *arena)
{
    size_t n = 0;
    size_t bytes = 0;
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < g->n_lits; i++)
        if (belongs(g, t, &g->lit[i])) {
            n++;
            bytes += g->lit[i].text.n;
            shortest = g->lit[i].text.n < shortest ? g->lit[i].text.n : shortest;
        }
    if (n == 0)
        return;
    t->size = t == &g->brief ? BRIEF_GRAM : GRAM_SIZE;
    t->mask = gram_mask(t->size);
    t->stride = t == &g->start || t == &g->end ? 1 : shortest - (t->size - 1);
    t->stride = t->stride > STRIDE_MAX ? STRIDE_MAX : t->stride;
    t->entry = ARENA_ARRAY(arena, struct gram_entry, n * t->stride);
    struct census census;
    census_make(&census, g, t, bytes);
    for (size_t i = 0; i < g->n_lits; i++)
        if (belongs(g, t, &g->lit[i]))
            add_entries(t, &census, &g->lit[i], (uint32_t)i);
    mem_free(census.count);
    index_entries(t, arena);
}

static bool
stands(const struct gram_literal *lit, struct sv text, size_t at, size_t back)
{
    if (at < back)
        return false;
    const size_t start = at - back;
    if (lit->text.n > text.n - start)
        return false;
    if (lit->anchor == GRAM_START && start != 0)
        return false;
    if (lit->anchor == GRAM_END && start + lit->text.n != text.n)
        return false;
    return text_same(text.p + start, lit->text.p, lit->text.n, lit->cased);
}

/* The filter hit at byte `at`: whoever has this gram is compared. */
static void
check(const struct gram *g, const struct gram_table *t, struct sv text, size_t at, uint32_t gram, gram_found_fn *found,
      void *ctx)
{
    const uint32_t b = (gram * MIX) >> t->bucket_shift;
    for (uint32_t i = t->bucket[b]; i < t->bucket[b + 1]; i++) {
        const struct gram_entry *e = &t->entry[i];
        if (e->gram == gram && stands(&g->lit[e->lit], text, at, e->back))
            found(ctx, &g->lit[e->lit]);
    }
}

/* In the lowest bit: may some literal have this gram? */
static inline uint64_t
filter_bit(const uint64_t *filter, unsigned shift, uint32_t gram)
{
    const uint32_t h = (gram * MIX) >> shift;
    return filter[h / 64] >> (h % 64);
}

static inline bool
may_hold(const struct gram_table *t, uint32_t gram)
{
    return (filter_bit(t->filter, t->filter_shift, gram) & 1) != 0;
}

/* The next sampled place at or behind `at` where the filter hits; behind `last` if there is none. */
static size_t
next_sample(const struct gram_table *t, const char *p, size_t at, size_t last)
{
    const size_t stride = t->stride;
    const uint32_t mask = t->mask;
    const uint64_t *filter = t->filter;
    const unsigned shift = t->filter_shift;
    while (at <= last && (filter_bit(filter, shift, gram_at(p + at, mask)) & 1) == 0)
        at += stride;
    return at;
}

static void
scan_table(const struct gram *g, const struct gram_table *t, struct sv text, gram_found_fn *found, void *ctx)
{
    const size_t last = text.n - GRAM_SIZE;
    const size_t stride = t->stride;
    const uint32_t mask = t->mask;
    size_t at;
    for (at = next_sample(t, text.p, 0, last); at <= last; at = next_sample(t, text.p, at + stride, last))
        check(g, t, text, at, gram_at(text.p + at, mask), found, ctx);
    /* A shorter gram may begin where four bytes are no longer left. */
    for (; at + t->size <= text.n; at += stride) {
        const uint32_t gram = gram_alone(text.p + at, t->size, mask);
        if (may_hold(t, gram))
            check(g, t, text, at, gram, found, ctx);
    }
}

/* START and END: only where some gram is expected. */
static void
scan_anchored(const struct gram *g, const struct gram_table *t, struct sv text, gram_found_fn *found, void *ctx)
{
    const size_t last = text.n - GRAM_SIZE;
    for (uint32_t rest = t->offsets, offset = 0; rest != 0 && offset <= last; rest >>= 1, offset++) {
        const size_t at = t == &g->start ? offset : last - offset;
        if ((rest & 1) == 0)
            continue;
        const uint32_t gram = gram_at(text.p + at, t->mask);
        if (may_hold(t, gram))
            check(g, t, text, at, gram, found, ctx);
    }
}

void
gram_build(struct gram *g, struct arena *arena, struct gram_literal *lit, size_t n, bool vectors)
{
    memset(g, 0, sizeof *g);
    g->lit = lit;
    g->n_lits = n;
    build_table(g, &g->start, arena);
    build_table(g, &g->end, arena);
    build_table(g, &g->brief, arena);
    build_table(g, &g->ample, arena);
    g->use_teddy = vectors && teddy_is_supported() && teddy_build(&g->teddy, arena, lit, n);
}

void
gram_scan(const struct gram *g, struct sv text, gram_found_fn *found, void *ctx)
{
    if (text.n < GRAM_SIZE)
        return;
    if (g->start.n_entries != 0)
        scan_anchored(g, &g->start, text, found, ctx);
    if (g->end.n_entries != 0)
        scan_anchored(g, &g->end, text, found, ctx);
    if (g->use_teddy) {
        teddy_scan(&g->teddy, g->lit, text, found, ctx);
        return;
    }
    if (g->brief.n_entries != 0)
        scan_table(g, &g->brief, text, found, ctx);
    if (g->ample.n_entries != 0)
        scan_table(g, &g->ample, text, found, ctx);
}
