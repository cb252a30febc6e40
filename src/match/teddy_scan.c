/* SPDX-License-Identifier: Apache-2.0 */
/* The search itself, by two sets of vector instructions: 32 bytes at a time and one table after the other, or 64 bytes
 * and two tables at a time. Both give the candidates of a block as bits; most blocks have none, and then nothing else
 * is done. */
#include "match/teddy.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <string.h>

#include "base/bits.h"
#include "match/text.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define TEDDY_AVX2 __attribute__((target("avx2")))
#include <immintrin.h>
#ifdef HAVE_SIMD_AVX512
#define TEDDY_AVX512 __attribute__((target("avx512f,avx512bw,avx512vbmi,bmi")))
#endif
#endif

#define W TEDDY_WINDOW

bool
teddy_is_supported(void)
{
#ifdef TEDDY_AVX2
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

bool
teddy_is_wide(void)
{
#ifdef TEDDY_AVX512
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi");
#else
    return false;
#endif
}

#ifdef TEDDY_AVX2

struct scan {
    const struct teddy *t;
    const struct gram_literal *lit;
    struct sv text;
    gram_found_fn *found;
    void *ctx;
};

static inline bool
stands(const struct gram_literal *lit, struct sv text, size_t at, size_t back)
{
    return at >= back && lit->text.n <= text.n - (at - back) &&
           text_same(text.p + (at - back), lit->text.p, lit->text.n, lit->cased);
}

static void
look_at(const struct scan *s, size_t at)
{
    const uint32_t window = teddy_window(s->text.p + at);
    const uint32_t mask = (UINT32_C(1) << (32 - s->t->shift)) - 1;
    for (uint32_t i = teddy_slot_of(s->t, window);; i = (i + 1) & mask) {
        const struct teddy_slot *slot = &s->t->slot[i];
        if (slot->n == 0)
            return;
        if (slot->window != window)
            continue;
        for (const struct teddy_entry *e = s->t->entry + slot->first, *end = e + slot->n; e < end; e++)
            if (stands(&s->lit[e->lit], s->text, at, e->back))
                s->found(s->ctx, &s->lit[e->lit]);
        return;
    }
}

/* The candidates of a block that starts at `at`: a bit each. */
static void
look_at_all(const struct scan *s, size_t at, uint64_t candidates)
{
    for (; candidates != 0; candidates &= candidates - 1)
        look_at(s, at + bits_lowest(candidates));
}

/* One by one, not as arrays: the compiler is to keep them in registers. */
struct tables {
    __m256i low0, low1, low2, low3;
    __m256i high0, high1, high2, high3;
};

static TEDDY_AVX2 inline __m256i
load_table(const unsigned char *table)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table));
}

static TEDDY_AVX2 inline struct tables
load_tables(const struct teddy_table *t)
{
    return (struct tables){
        .low0 = load_table(t->low[0]),
        .low1 = load_table(t->low[1]),
        .low2 = load_table(t->low[2]),
        .low3 = load_table(t->low[3]),
        .high0 = load_table(t->high[0]),
        .high1 = load_table(t->high[1]),
        .high2 = load_table(t->high[2]),
        .high3 = load_table(t->high[3]),
    };
}

/* The buckets of the 32 bytes at p, at one place of the window. */
static TEDDY_AVX2 inline __m256i
buckets_32(__m256i low, __m256i high, const char *p)
{
    const __m256i half = _mm256_set1_epi8(15);
    const __m256i bytes = _mm256_loadu_si256((const __m256i *)(const void *)p);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)),
                            _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

/* A bit for each of the 32 places from p on where a window may stand; 35 bytes are read. */
static TEDDY_AVX2 inline uint32_t
candidates_32(const struct tables *x, const char *p)
{
    const __m256i first = _mm256_and_si256(buckets_32(x->low0, x->high0, p), buckets_32(x->low1, x->high1, p + 1));
    const __m256i last = _mm256_and_si256(buckets_32(x->low2, x->high2, p + 2), buckets_32(x->low3, x->high3, p + 3));
    const __m256i none = _mm256_cmpeq_epi8(_mm256_and_si256(first, last), _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_epi8(none);
}

static TEDDY_AVX2 inline __m128i
buckets_16(__m256i low, __m256i high, const char *p)
{
    const __m128i half = _mm_set1_epi8(15);
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    return _mm_and_si128(_mm_shuffle_epi8(_mm256_castsi256_si128(low), _mm_and_si128(bytes, half)),
                         _mm_shuffle_epi8(_mm256_castsi256_si128(high), _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
}

/* The same for 16 places; 19 bytes are read. */
static TEDDY_AVX2 inline uint32_t
candidates_16(const struct tables *x, const char *p)
{
    const __m128i first = _mm_and_si128(buckets_16(x->low0, x->high0, p), buckets_16(x->low1, x->high1, p + 1));
    const __m128i last = _mm_and_si128(buckets_16(x->low2, x->high2, p + 2), buckets_16(x->low3, x->high3, p + 3));
    const __m128i none = _mm_cmpeq_epi8(_mm_and_si128(first, last), _mm_setzero_si128());
    return ~(uint32_t)_mm_movemask_epi8(none) & 0xffff;
}

#define READ_32 (32 + W - 1)
#define READ_16 (16 + W - 1)

/* The first block at or behind `at` that has candidates; `last` if there is none before it. */
static TEDDY_AVX2 size_t
next_block(const struct teddy_table *t, const char *p, size_t at, size_t last, uint32_t *candidates)
{
    const struct tables x = load_tables(t);
    for (; at < last; at += 32) {
        *candidates = candidates_32(&x, p + at);
        if (*candidates != 0)
            return at;
    }
    *candidates = candidates_32(&x, p + last);
    return last;
}

/* The last block overlaps the one before: places are looked at twice rather than read beyond the end. */
static void
scan_long(const struct scan *s, const struct teddy_table *t)
{
    const size_t last = s->text.n - READ_32;
    size_t at = 0;
    do {
        uint32_t candidates;
        const size_t block = next_block(t, s->text.p, at, last, &candidates);
        look_at_all(s, block, candidates);
        at = block + 32;
    } while (at < last + 32);
}

static TEDDY_AVX2 void
scan_middle(const struct scan *s, const struct teddy_table *t)
{
    const struct tables x = load_tables(t);
    const size_t last = s->text.n - READ_16;
    look_at_all(s, 0, candidates_16(&x, s->text.p));
    look_at_all(s, last, candidates_16(&x, s->text.p + last));
}

/* Four to READ_16 - 1 bytes, by loads that overlap. */
static inline void
copy_short(char *to, const char *from, size_t n)
{
    const size_t step = n >= 16 ? 16 : n >= 8 ? 8 : 4;
    switch (step) {
    case 16:
        memcpy(to, from, 16);
        memcpy(to + n - 16, from + n - 16, 16);
        break;
    case 8:
        memcpy(to, from, 8);
        memcpy(to + n - 8, from + n - 8, 8);
        break;
    default:
        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
        break;
    }
}

static TEDDY_AVX2 void
scan_short(const struct scan *s, const struct teddy_table *t)
{
    char copy[READ_16] = { 0 };
    const struct tables x = load_tables(t);
    const uint32_t places = (UINT32_C(1) << (s->text.n - (W - 1))) - 1;
    copy_short(copy, s->text.p, s->text.n);
    look_at_all(s, 0, candidates_16(&x, copy) & places);
}

static void
scan_by_32(const struct scan *s, const struct teddy_table *t)
{
    if (s->text.n >= READ_32)
        scan_long(s, t);
    else if (s->text.n >= READ_16)
        scan_middle(s, t);
    else
        scan_short(s, t);
}

/* ---- 64 bytes at a time ---- */

#ifdef TEDDY_AVX512

struct wide_table {
    __m512i symbol0, symbol1, symbol2, symbol3;
};

/* One or two tables; of one, the second is not looked at. */
struct wide_tables {
    struct wide_table x, y;
    bool two;
};

static TEDDY_AVX512 inline struct wide_table
load_wide(const struct teddy_table *t)
{
    return (struct wide_table){
        .symbol0 = _mm512_loadu_si512(t->symbol[0]),
        .symbol1 = _mm512_loadu_si512(t->symbol[1]),
        .symbol2 = _mm512_loadu_si512(t->symbol[2]),
        .symbol3 = _mm512_loadu_si512(t->symbol[3]),
    };
}

static TEDDY_AVX512 inline struct wide_tables
load_wide_tables(const struct teddy_table *t, bool two)
{
    return (struct wide_tables){ load_wide(t), load_wide(two ? t + 1 : t), two };
}

/* The symbols of 64 bytes. A permutation looks at six bits of an index only: the lower five are those of the byte, the
 * sixth is the byte's seventh (0xca: the first operand chooses between the others). */
static TEDDY_AVX512 inline __m512i
symbols_of(__m512i bytes)
{
    return _mm512_ternarylogic_epi64(_mm512_set1_epi8(0x1f), bytes, _mm512_srli_epi16(bytes, 1), 0xca);
}

struct symbols {
    __m512i at0, at1, at2, at3; /* at the places of the window */
};

static TEDDY_AVX512 inline uint64_t
candidates_in(const struct wide_table *x, const struct symbols *s)
{
    const __m512i b0 = _mm512_permutexvar_epi8(s->at0, x->symbol0);
    const __m512i b1 = _mm512_permutexvar_epi8(s->at1, x->symbol1);
    const __m512i b2 = _mm512_permutexvar_epi8(s->at2, x->symbol2);
    const __m512i b3 = _mm512_permutexvar_epi8(s->at3, x->symbol3);
    return _mm512_test_epi8_mask(_mm512_and_si512(b0, b1), _mm512_and_si512(b2, b3));
}

static TEDDY_AVX512 inline uint64_t
candidates_of(const struct wide_tables *t, const struct symbols *s)
{
    const uint64_t x = candidates_in(&t->x, s);
    return t->two ? x | candidates_in(&t->y, s) : x;
}

/* A bit for each of the 64 places from p on where a window may stand; READ_64 bytes are read. */
static TEDDY_AVX512 inline uint64_t
candidates_64(const struct wide_tables *t, const char *p)
{
    const struct symbols s = {
        .at0 = symbols_of(_mm512_loadu_si512(p)),
        .at1 = symbols_of(_mm512_loadu_si512(p + 1)),
        .at2 = symbols_of(_mm512_loadu_si512(p + 2)),
        .at3 = symbols_of(_mm512_loadu_si512(p + 3)),
    };
    return candidates_of(t, &s);
}

#define READ_64 (64 + W - 1)

/* The same for a whole text of W to READ_64 bytes. */
static TEDDY_AVX512 void
scan_few(const struct scan *s, const struct teddy_table *table, bool two)
{
    const struct wide_tables t = load_wide_tables(table, two);
    const uint64_t places = UINT64_MAX >> (64 - (s->text.n - (W - 1)));
    const char *p = s->text.p;
    const struct symbols x = {
        .at0 = symbols_of(_mm512_maskz_loadu_epi8(places, p)),
        .at1 = symbols_of(_mm512_maskz_loadu_epi8(places, p + 1)),
        .at2 = symbols_of(_mm512_maskz_loadu_epi8(places, p + 2)),
        .at3 = symbols_of(_mm512_maskz_loadu_epi8(places, p + 3)),
    };
    look_at_all(s, 0, places & candidates_of(&t, &x));
}

/* As next_block. */
static TEDDY_AVX512 inline size_t
next_64(const struct wide_tables *t, const char *p, size_t at, size_t last, uint64_t *candidates)
{
    for (; at < last; at += 64) {
        *candidates = candidates_64(t, p + at);
        if (*candidates != 0)
            return at;
    }
    *candidates = candidates_64(t, p + last);
    return last;
}

static TEDDY_AVX512 inline void
scan_many(const struct scan *s, const struct teddy_table *table, bool two)
{
    const struct wide_tables t = load_wide_tables(table, two);
    const size_t last = s->text.n - READ_64;
    size_t at = 0;
    do {
        uint64_t candidates;
        const size_t block = next_64(&t, s->text.p, at, last, &candidates);
        look_at_all(s, block, candidates);
        at = block + 64;
    } while (at < last + 64);
}

/* Compiled once for each number of tables. */
static TEDDY_AVX512 void
scan_one_table(const struct scan *s, const struct teddy_table *t)
{
    scan_many(s, t, false);
}

static TEDDY_AVX512 void
scan_two_tables(const struct scan *s, const struct teddy_table *t)
{
    scan_many(s, t, true);
}

static void
scan_by_64(const struct scan *s)
{
    for (size_t i = 0; i < s->t->n_tables; i += 2) {
        const bool two = i + 1 < s->t->n_tables;
        if (s->text.n < READ_64)
            scan_few(s, &s->t->table[i], two);
        else if (two)
            scan_two_tables(s, &s->t->table[i]);
        else
            scan_one_table(s, &s->t->table[i]);
    }
}

#else

/* Never called: nothing is wide. */
static void
scan_by_64(const struct scan *s)
{
    (void)s;
}

#endif

void
teddy_scan(const struct teddy *t, const struct gram_literal *lit, struct sv text, gram_found_fn *found, void *ctx)
{
    const struct scan s = { t, lit, text, found, ctx };
    if (t->wide) {
        scan_by_64(&s);
        return;
    }
    for (size_t i = 0; i < t->n_tables; i++)
        scan_by_32(&s, &t->table[i]);
}

#else

void
teddy_scan(const struct teddy *t, const struct gram_literal *lit, struct sv text, gram_found_fn *found, void *ctx)
{
    (void)t, (void)lit, (void)text, (void)found, (void)ctx;
}

#endif
