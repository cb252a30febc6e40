/* SPDX-License-Identifier: Apache-2.0 */
/* MSD radix sort in place ("American flag"), first over the keys, then over the times of equal keys.
 *
 * Logs come nearly in order and most keys share their high bits, so each range is first scanned for its least and
 * greatest word: a range that is in order already is done, and the digit is taken from the highest bit that differs,
 * not from the top. Small ranges end in insertion sort. What is equal in key and time is left to a merge sort that
 * asks the records.
 */
#include "agg/entry.h"

#include <stdbool.h>

#include "base/mem.h"

#define SMALL_RANGE 24u
#define DIGITS 256u

struct order {
    entry_cmp_fn *cmp;
    const void *ctx;
};

static uint64_t
word_of(const struct entry *e, bool by_time)
{
    return by_time ? (uint64_t)e->time ^ (UINT64_C(1) << 63) : e->key;
}

static int
compare(const struct entry *a, const struct entry *b, const struct order *o)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return o->cmp != NULL ? o->cmp(a->record, b->record, o->ctx) : 0;
}

static void
insertion_sort(struct entry *e, size_t n, const struct order *o)
{
    for (size_t i = 1; i < n; i++) {
        const struct entry x = e[i];
        size_t j = i;
        for (; j > 0 && compare(&x, &e[j - 1], o) < 0; j--)
            e[j] = e[j - 1];
        e[j] = x;
    }
}

static void
merge(const struct entry *a, size_t na, const struct entry *b, size_t nb, struct entry *to, const struct order *o)
{
    while (na > 0 && nb > 0) {
        if (compare(b, a, o) < 0) {
            *to++ = *b++;
            nb--;
        } else {
            *to++ = *a++;
            na--;
        }
    }
    for (; na > 0; na--)
        *to++ = *a++;
    for (; nb > 0; nb--)
        *to++ = *b++;
}

static void
merge_sort(struct entry *e, size_t n, const struct order *o)
{
    for (size_t i = 0; i < n; i += SMALL_RANGE)
        insertion_sort(e + i, n - i < SMALL_RANGE ? n - i : SMALL_RANGE, o);
    struct entry *other = mem_alloc(n * sizeof *e);
    struct entry *from = e;
    struct entry *to = other;
    for (size_t run = SMALL_RANGE; run < n; run *= 2) {
        for (size_t i = 0; i < n; i += 2 * run) {
            const size_t mid = n - i < run ? n : i + run;
            const size_t end = n - i < 2 * run ? n : i + 2 * run;
            merge(from + i, mid - i, from + mid, end - mid, to + i, o);
        }
        struct entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != e)
        for (size_t i = 0; i < n; i++)
            e[i] = from[i];
    mem_free(other);
}

/* Position of the highest bit that is set; x != 0. */
static unsigned
top_bit(uint64_t x)
{
    unsigned bit = 0;
    for (unsigned step = 32; step > 0; step /= 2) {
        if (x >> step != 0) {
            x >>= step;
            bit += step;
        }
    }
    return bit;
}

struct range {
    uint64_t least;
    uint64_t greatest;
    bool sorted;
};

static struct range
scan_range(const struct entry *e, size_t n, bool by_time, const struct order *o)
{
    struct range r = { word_of(e, by_time), word_of(e, by_time), true };
    for (size_t i = 1; i < n; i++) {
        const uint64_t w = word_of(&e[i], by_time);
        if (w < r.least)
            r.least = w;
        if (w > r.greatest)
            r.greatest = w;
        if (r.sorted && compare(&e[i], &e[i - 1], o) < 0)
            r.sorted = false;
    }
    return r;
}

/* Puts every entry into the bucket of its digit; end[d] becomes the end of bucket d. */
static void
distribute(struct entry *e, size_t n, bool by_time, unsigned shift, size_t end[DIGITS])
{
    size_t next[DIGITS];
    size_t count[DIGITS] = { 0 };
    for (size_t i = 0; i < n; i++)
        count[word_of(&e[i], by_time) >> shift & (DIGITS - 1)]++;
    size_t at = 0;
    for (unsigned d = 0; d < DIGITS; d++) {
        next[d] = at;
        at += count[d];
        end[d] = at;
    }
    for (unsigned d = 0; d < DIGITS; d++) {
        while (next[d] < end[d]) {
            struct entry x = e[next[d]];
            unsigned home = (unsigned)(word_of(&x, by_time) >> shift & (DIGITS - 1));
            while (home != d) {
                const struct entry swap = e[next[home]];
                e[next[home]++] = x;
                x = swap;
                home = (unsigned)(word_of(&x, by_time) >> shift & (DIGITS - 1));
            }
            e[next[d]++] = x;
        }
    }
}

static void
radix_sort(struct entry *e, size_t n, bool by_time, const struct order *o)
{
    if (n <= SMALL_RANGE) {
        insertion_sort(e, n, o);
        return;
    }
    const struct range r = scan_range(e, n, by_time, o);
    if (r.sorted)
        return;
    if (r.least == r.greatest) {
        if (by_time)
            merge_sort(e, n, o);
        else
            radix_sort(e, n, true, o);
        return;
    }
    const unsigned top = top_bit(r.least ^ r.greatest);
    size_t end[DIGITS];
    distribute(e, n, by_time, top > 7 ? top - 7 : 0, end);
    size_t start = 0;
    for (unsigned d = 0; d < DIGITS; d++) {
        if (end[d] - start > 1)
            radix_sort(e + start, end[d] - start, by_time, o);
        start = end[d];
    }
}

void
entries_sort(struct entry *e, size_t n, entry_cmp_fn *cmp, const void *ctx)
{
    const struct order o = { cmp, ctx };
    if (n > 1)
        radix_sort(e, n, false, &o);
}
