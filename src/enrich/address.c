/* SPDX-License-Identifier: Apache-2.0 */
/* Nested ranges are flattened once, into steps: a look-up is one binary search, whatever holds what. */
#include "enrich/address.h"

#include <arpa/inet.h>
#include <stdlib.h>

static uint64_t
word(const unsigned char *p)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x = x << 8 | p[i];
    return x;
}

static int
version_of(struct address a)
{
    return a.hi == 0 && a.lo >> 32 == 0xffff ? 4 : 6;
}

/* Four numbers of one to three digits, none with a leading zero. */
static bool
parse_v4(struct sv text, uint32_t *out)
{
    size_t i = 0;
    *out = 0;
    for (int part = 0; part < 4; part++) {
        const size_t start = i;
        uint32_t x = 0;
        if (part > 0 && (i >= text.n || text.p[i++] != '.'))
            return false;
        const size_t first = part > 0 ? start + 1 : start;
        while (i < text.n && i < first + 3 && text.p[i] >= '0' && text.p[i] <= '9')
            x = x * 10 + (uint32_t)(text.p[i++] - '0');
        if (i == first || x > 255 || (text.p[first] == '0' && i > first + 1))
            return false;
        *out = *out << 8 | x;
    }
    return i == text.n;
}

static int
parse_v6(struct sv text, struct address *out)
{
    char z[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    if (text.n == 0 || text.n >= sizeof z)
        return 0;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    if (memchr(z, '\0', text.n) != NULL)
        return 0;
    if (inet_pton(AF_INET6, z, bytes) != 1)
        return 0;
    *out = (struct address){ word(bytes), word(bytes + 8) };
    return version_of(*out);
}

int
address_parse(struct sv text, struct address *out)
{
    uint32_t v4;
    if (!parse_v4(text, &v4))
        return parse_v6(text, out);
    *out = (struct address){ 0, UINT64_C(0xffff) << 32 | v4 };
    return 4;
}

/* The low n bits set, n from 0 to 64. */
static uint64_t
low_bits(unsigned n)
{
    return n == 0 ? 0 : UINT64_MAX >> (64 - n);
}

/* One or two decimal digits more than a prefix has would be a mistake, too. */
static bool
parse_length(struct sv text, unsigned most, unsigned *length)
{
    *length = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i > 2)
            return false;
        *length = *length * 10 + (unsigned)(text.p[i] - '0');
    }
    return text.n != 0 && *length <= most;
}

const char *
address_parse_range(struct sv text, struct address *first, struct address *last)
{
    const size_t slash = sv_find_char(text, '/', 0);
    const struct sv base = sv_make(text.p, slash);
    const bool is_long =
        sv_find_char(base, ':', 0) < base.n; /* ::ffff:198.51.100.0/120 counts its length in 128 bits */
    unsigned length = is_long ? 128 : 32;
    if (address_parse(base, first) == 0)
        return "is no address";
    if (slash < text.n && !parse_length(sv_from(text, slash + 1), length, &length))
        return "has no prefix length behind the slash";
    const unsigned host = (is_long ? 128 : 32) - length;
    const uint64_t lo = low_bits(host < 64 ? host : 64);
    const uint64_t hi = low_bits(host > 64 ? host - 64 : 0);
    if ((first->lo & lo) != 0 || (first->hi & hi) != 0)
        return "has bits set behind its prefix";
    *last = (struct address){ first->hi | hi, first->lo | lo };
    return NULL;
}

/* ---- the table ---- */

static int
cmp(struct address a, struct address b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

/* By start, the wider first, of equals the larger value first: what comes later is inside or beats. */
static int
cmp_ranges(const void *a, const void *b)
{
    const struct address_range *x = a;
    const struct address_range *y = b;
    const int first = cmp(x->first, y->first);
    const int last = cmp(y->last, x->last);
    if (first != 0 || last != 0)
        return first != 0 ? first : last;
    return x->value > y->value ? -1 : x->value < y->value;
}

void
address_table_add(struct address_table *t, struct address first, struct address last, uint32_t value)
{
    vec_push(&t->ranges, (struct address_range){ first, last, value });
}

/* Another value at the place where the last step starts replaces it. */
static void
put_step(struct address_table *t, struct address start, uint32_t value)
{
    if (t->steps.n != 0 && cmp(t->steps.v[t->steps.n - 1].start, start) == 0)
        t->steps.v[t->steps.n - 1].value = value;
    else
        vec_push(&t->steps, (struct address_step){ start, value });
}

/* A step at the end of the innermost open range: what goes on is the one around it. */
static void
close_range(struct address_table *t, const struct address_range *const *open, size_t n)
{
    struct address next = open[n - 1]->last;
    next.lo++;
    next.hi += next.lo == 0;
    if (next.lo != 0 || next.hi != 0)
        put_step(t, next, n > 1 ? open[n - 2]->value : 0);
}

void
address_table_freeze(struct address_table *t)
{
    VEC(const struct address_range *) open = VEC_INIT;
    if (t->ranges.n != 0)
        qsort(t->ranges.v, t->ranges.n, sizeof *t->ranges.v, cmp_ranges);
    for (size_t i = 0; i < t->ranges.n; i++) {
        const struct address_range *r = &t->ranges.v[i];
        while (open.n != 0 && cmp(open.v[open.n - 1]->last, r->first) < 0) {
            close_range(t, open.v, open.n);
            open.n--;
        }
        vec_push(&open, r);
        put_step(t, r->first, r->value);
    }
    while (open.n != 0) {
        close_range(t, open.v, open.n);
        open.n--;
    }
    vec_fini(&open);
    vec_fini(&t->ranges);
}

void
address_table_fini(struct address_table *t)
{
    vec_fini(&t->ranges);
    vec_fini(&t->steps);
}

uint32_t
address_table_find(const struct address_table *t, struct address a)
{
    size_t from = 0;
    size_t n = t->steps.n;
    while (n != 0) { /* the first step behind a is in [from, from + n] */
        const size_t half = n / 2;
        if (cmp(t->steps.v[from + half].start, a) <= 0) {
            from += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return from == 0 ? 0 : t->steps.v[from - 1].value;
}
