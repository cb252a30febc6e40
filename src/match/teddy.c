/* SPDX-License-Identifier: Apache-2.0 */
/* Windows are folded by setting bit 5 of every byte, as grams are (gram.c): in the tables each byte stands for itself
 * and for itself without that bit, so that the text need not be folded.
 *
 * Choosing windows is a covering problem: the fewer there are, the sharper are the tables, and the rarer their bytes
 * are in logs, the fewer places have to be looked at. Solved greedily: again and again the window that covers most of
 * the literals that have none yet, where a common one counts less. "exception" in thirty literals is one window.
 *
 * Buckets: two become one where that costs least, until 32, 24, 16 and 8 are left; the number that makes the search
 * cheapest is taken. A bucket's cost is the chance that it lets a random place pass.
 */
#include "match/teddy.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/mem.h"
#include "match/text.h"

#define W TEDDY_WINDOW
#define BUCKETS 8 /* of a table */
#define LITS_MAX 512
#define WIN_MAX 128
#define PREFIX 48  /* bytes of a literal in which its window may be */
#define COMMON 5e6 /* how much less a window counts, per chance to occur at a random place */

/* Rough nanoseconds: of a table for a byte of text, and of looking at a candidate (most of it is the branch that nobody
 * could foresee). More than COST_MAX for a byte and gram.c does it as well. */
#define TABLE_COST 0.1
#define WIDE_TABLE_COST 0.03 /* 64 bytes and two tables at a time */
#define CANDIDATE_COST 20.0
#define COST_MAX 0.5

/* Six bits of a byte: all but the one that tells upper from lower case, and the highest. */
static unsigned
symbol_of(unsigned byte)
{
    return (byte & 0x1f) | (byte >> 1 & 0x20);
}

/* ---- choosing windows ---- */

/* "Literal `lit` has this window `back` bytes behind its start." */
struct place {
    uint32_t window;
    uint32_t lit;
    uint32_t back;
};

/* places[from .. to) have one window. */
struct group {
    size_t from, to;
    double weight; /* of each literal that it covers */
};

struct cover {
    struct place *place;
    size_t n_places;
    struct group *group;
    size_t n_groups;
    size_t chosen[WIN_MAX]; /* groups */
    size_t n_chosen;
    bool *covered; /* per literal */
};

static int
compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->window != y->window)
        return x->window < y->window ? -1 : 1;
    if (x->lit != y->lit)
        return x->lit < y->lit ? -1 : 1;
    return (x->back > y->back) - (x->back < y->back);
}

static void
list_places(struct cover *c, const struct gram_literal *lit, size_t n_lits)
{
    c->place = mem_alloc(n_lits * PREFIX * sizeof *c->place);
    for (uint32_t i = 0; i < n_lits; i++)
        for (uint32_t at = 0; lit[i].anchor == GRAM_ANYWHERE && at < PREFIX && at + W <= lit[i].text.n; at++)
            c->place[c->n_places++] = (struct place){ teddy_window(lit[i].text.p + at), i, at };
    if (c->n_places > 1)
        qsort(c->place, c->n_places, sizeof *c->place, compare_places);
}

/* The chance that a byte of a log, folded, is this one. */
static double
byte_chance(unsigned folded)
{
    return (double)(1u << text_commonness((char)folded)) / 5120.0;
}

static double
window_weight(uint32_t window)
{
    double chance = 1;
    for (unsigned i = 0; i < W; i++)
        chance *= byte_chance(window >> 8 * i & 0xff);
    return 1 / (1 + COMMON * chance);
}

static void
list_groups(struct cover *c)
{
    c->group = mem_alloc((c->n_places + 1) * sizeof *c->group);
    for (size_t from = 0, to; from < c->n_places; from = to) {
        for (to = from + 1; to < c->n_places && c->place[to].window == c->place[from].window;)
            to++;
        c->group[c->n_groups++] = (struct group){ from, to, window_weight(c->place[from].window) };
    }
}

/* Literals that this window would cover and that have none yet. */
static size_t
count_open(const struct cover *c, const struct group *g)
{
    size_t n = 0;
    for (size_t i = g->from; i < g->to; i++)
        if (!c->covered[c->place[i].lit] && (i == g->from || c->place[i].lit != c->place[i - 1].lit))
            n++;
    return n;
}

/* The group that gains most; n_groups if all literals have a window. */
static size_t
best_group(const struct cover *c)
{
    size_t best = c->n_groups;
    double best_gain = 0;
    for (size_t g = 0; g < c->n_groups; g++) {
        if ((double)(c->group[g].to - c->group[g].from) * c->group[g].weight <= best_gain)
            continue;
        const double gain = (double)count_open(c, &c->group[g]) * c->group[g].weight;
        if (gain > best_gain) {
            best_gain = gain;
            best = g;
        }
    }
    return best;
}

static void
choose_group(struct cover *c, size_t g)
{
    for (size_t i = c->group[g].from; i < c->group[g].to; i++)
        c->covered[c->place[i].lit] = true;
    c->chosen[c->n_chosen++] = g;
}

static void
cover_fini(struct cover *c)
{
    mem_free(c->place);
    mem_free(c->group);
    mem_free(c->covered);
}

/* False if it takes too many windows. */
static bool
cover_make(struct cover *c, const struct gram_literal *lit, size_t n_lits)
{
    *c = (struct cover){ .covered = mem_zalloc(n_lits, sizeof *c->covered) };
    list_places(c, lit, n_lits);
    list_groups(c);
    for (;;) {
        const size_t best = best_group(c);
        if (best == c->n_groups)
            return true;
        if (c->n_chosen == WIN_MAX)
            return false;
        choose_group(c, best);
    }
}

/* ---- buckets ---- */

/* Which halves of bytes a bucket lets pass, at each place: bit h for the half h. */
struct bucket {
    uint16_t low[W];
    uint16_t high[W];
    uint64_t symbols[W]; /* the same, by six bits of a byte */
    double chance;
};

struct chances {
    bool wide;           /* the search will be by six bits */
    double byte[16][16]; /* by higher and lower half */
    double symbol[64];   /* by six bits */
};

static void
fill_chances(struct chances *c)
{
    c->wide = teddy_is_wide();
    for (unsigned b = 0; b < 256; b++) {
        const double chance = b < 0x20 || b > 0x7e ? 0.0003 : byte_chance(b | 0x20);
        c->byte[b >> 4][b & 15] = chance;
        c->symbol[symbol_of(b)] += chance;
    }
}

/* Of a byte with one of these halves. */
static double
halves_chance(const struct chances *c, unsigned low, unsigned high)
{
    double sum = 0;
    for (; high != 0; high &= high - 1) {
        const double *row = c->byte[bits_lowest(high)];
        for (unsigned rest = low; rest != 0; rest &= rest - 1)
            sum += row[bits_lowest(rest)];
    }
    return sum;
}

static double
symbols_chance(const struct chances *c, uint64_t symbols)
{
    double sum = 0;
    for (; symbols != 0; symbols &= symbols - 1)
        sum += c->symbol[bits_lowest(symbols)];
    return sum;
}

static double
bucket_chance(const struct chances *c, const struct bucket *b)
{
    double chance = 1;
    for (unsigned i = 0; i < W; i++)
        chance *= c->wide ? symbols_chance(c, b->symbols[i]) : halves_chance(c, b->low[i], b->high[i]);
    return chance;
}

static struct bucket
bucket_of(const struct chances *c, uint32_t window)
{
    struct bucket b;
    for (unsigned i = 0; i < W; i++) {
        const unsigned byte = window >> 8 * i & 0xff;
        b.low[i] = (uint16_t)(1u << (byte & 15));
        b.high[i] = (uint16_t)(1u << (byte >> 4) | 1u << ((byte ^ 0x20) >> 4));
        b.symbols[i] = UINT64_C(1) << symbol_of(byte);
    }
    b.chance = bucket_chance(c, &b);
    return b;
}

static struct bucket
joined(const struct chances *c, const struct bucket *x, const struct bucket *y)
{
    struct bucket b;
    for (unsigned i = 0; i < W; i++) {
        b.low[i] = x->low[i] | y->low[i];
        b.high[i] = x->high[i] | y->high[i];
        b.symbols[i] = x->symbols[i] | y->symbols[i];
    }
    b.chance = bucket_chance(c, &b);
    return b;
}

/* What joining each pair of buckets would cost; only what changed is computed again. */
struct joining {
    struct chances chances;
    struct bucket bucket[WIN_MAX];
    size_t n;
    double cost[WIN_MAX][WIN_MAX]; /* [i][k], k < i */
};

static void
fill_cost(struct joining *j, size_t i, size_t k)
{
    const struct bucket *x = &j->bucket[i], *y = &j->bucket[k];
    j->cost[i > k ? i : k][i > k ? k : i] = joined(&j->chances, x, y).chance - x->chance - y->chance;
}

static void
join_cheapest(struct joining *j)
{
    size_t x = 1, y = 0;
    for (size_t i = 1; i < j->n; i++)
        for (size_t k = 0; k < i; k++)
            if (j->cost[i][k] < j->cost[x][y]) {
                x = i;
                y = k;
            }
    const size_t last = --j->n;
    j->bucket[y] = joined(&j->chances, &j->bucket[x], &j->bucket[y]);
    j->bucket[x] = j->bucket[last];
    for (size_t i = 0; i < j->n; i++) {
        if (i != y)
            fill_cost(j, i, y);
        if (i != x && x < j->n)
            fill_cost(j, i, x);
    }
}

/* As many buckets as fill so many tables. */
struct choice {
    struct bucket bucket[TEDDY_TABLES_MAX * BUCKETS];
    size_t n;
    double cost; /* for a byte of text */
};

static size_t
tables_of(size_t n_buckets)
{
    return (n_buckets + BUCKETS - 1) / BUCKETS;
}

/* The buckets at hand, if they make a cheaper search. */
static void
consider(struct choice *best, const struct joining *j)
{
    double chance = 0;
    for (size_t i = 0; i < j->n; i++)
        chance += j->bucket[i].chance;
    const double table = j->chances.wide ? WIDE_TABLE_COST : TABLE_COST;
    const double cost = table * (double)tables_of(j->n) + CANDIDATE_COST * chance;
    if (best->n != 0 && cost >= best->cost)
        return;
    memcpy(best->bucket, j->bucket, j->n * sizeof *j->bucket);
    best->n = j->n;
    best->cost = cost;
}

static void
choose_buckets(struct choice *best, const struct cover *c)
{
    struct joining *j = mem_zalloc(1, sizeof *j);
    fill_chances(&j->chances);
    j->n = c->n_chosen;
    for (size_t i = 0; i < j->n; i++) {
        j->bucket[i] = bucket_of(&j->chances, c->place[c->group[c->chosen[i]].from].window);
        for (size_t k = 0; k < i; k++)
            fill_cost(j, i, k);
    }
    for (size_t most = TEDDY_TABLES_MAX * BUCKETS; most >= BUCKETS; most -= BUCKETS) {
        while (j->n > most)
            join_cheapest(j);
        consider(best, j);
    }
    mem_free(j);
}

static void
write_bucket(struct teddy_table *t, const struct bucket *b, unsigned index)
{
    for (unsigned i = 0; i < W; i++)
        for (unsigned s = 0; s < 64; s++)
            t->symbol[i][s] |= (unsigned char)((b->symbols[i] >> s & 1) << index);
    for (unsigned i = 0; i < W; i++)
        for (unsigned half = 0; half < 16; half++) {
            t->low[i][half] |= (unsigned char)((b->low[i] >> half & 1u) << index);
            t->high[i][half] |= (unsigned char)((b->high[i] >> half & 1u) << index);
        }
}

static void
fill_tables(struct teddy *t, const struct choice *c)
{
    for (size_t i = 0; i < c->n; i++)
        write_bucket(&t->table[i / BUCKETS], &c->bucket[i], (unsigned)(i % BUCKETS));
    t->n_tables = tables_of(c->n);
}

/* ---- the table of windows ---- */

static struct teddy_slot *
free_slot(struct teddy *t, uint32_t window, uint32_t mask)
{
    uint32_t at = teddy_slot_of(t, window);
    while (t->slot[at].n != 0)
        at = (at + 1) & mask;
    return &t->slot[at];
}

/* Each literal is entered at one of its windows, and there once. */
static void
fill_slots(struct teddy *t, struct arena *arena, const struct cover *c, size_t n_lits)
{
    unsigned bits = 4;
    while (((size_t)1 << bits) < c->n_chosen * 4)
        bits++;
    t->shift = 32 - bits;
    t->slot = ARENA_ARRAY(arena, struct teddy_slot, (size_t)1 << bits);
    t->entry = ARENA_ARRAY(arena, struct teddy_entry, n_lits);
    uint32_t n = 0;
    memset(c->covered, 0, n_lits * sizeof *c->covered);
    for (size_t i = 0; i < c->n_chosen; i++) {
        const struct group *g = &c->group[c->chosen[i]];
        struct teddy_slot *slot = free_slot(t, c->place[g->from].window, (UINT32_C(1) << bits) - 1);
        *slot = (struct teddy_slot){ .window = c->place[g->from].window, .first = n };
        for (size_t k = g->from; k < g->to; k++) {
            const struct place *p = &c->place[k];
            if (c->covered[p->lit])
                continue;
            c->covered[p->lit] = true;
            t->entry[n++] = (struct teddy_entry){ p->lit, p->back };
        }
        slot->n = n - slot->first;
    }
}

bool
teddy_build(struct teddy *t, struct arena *arena, const struct gram_literal *lit, size_t n_lits)
{
    struct cover cover;
    struct choice choice = { .n = 0 };
    memset(t, 0, sizeof *t);
    if (n_lits > LITS_MAX)
        return false;
    if (cover_make(&cover, lit, n_lits) && cover.n_chosen != 0)
        choose_buckets(&choice, &cover);
    if (choice.n != 0 && choice.cost <= COST_MAX) {
        fill_tables(t, &choice);
        fill_slots(t, arena, &cover, n_lits);
        t->n_windows = cover.n_chosen;
        t->wide = teddy_is_wide();
    }
    cover_fini(&cover);
    return t->n_tables != 0;
}
