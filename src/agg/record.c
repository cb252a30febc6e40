/* SPDX-License-Identifier: Apache-2.0 */
/* Record bytes. The fixed part comes first so that a merge can order most records by correlation, hash and time
 * without decoding them; what is small in practice is a varint, because records are what memory is spent on. */
#include "agg/record.h"

#include <assert.h>

#include "base/codec.h"
#include "base/map.h"

#define FIXED_BYTES 24u

static void
store_le(char *p, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (char)(unsigned char)(x >> (8 * i));
}

static uint64_t
load_le(const char *p, unsigned n)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

/* Nearly every number and length here is one byte. */
static inline uint64_t
next_varint(struct reader *r)
{
    if (r->p != r->end && (unsigned char)*r->p < 0x80)
        return (unsigned char)*r->p++;
    return get_varint(r);
}

static inline struct sv
next_bytes(struct reader *r)
{
    const uint64_t n = next_varint(r);
    if (n > (uint64_t)(r->end - r->p)) {
        r->bad = true;
        return SV_NONE;
    }
    const struct sv s = sv_make(r->p, (size_t)n);
    r->p += n;
    return s;
}

uint64_t
record_hash_mix(uint32_t corr, uint64_t key_hash)
{
    /* Correlations without group-by all have the empty key; mixing corr in spreads them over the partitions. */
    uint64_t x = key_hash ^ (((uint64_t)corr + 1) * UINT64_C(0x9e3779b97f4a7c15));
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

uint64_t
record_hash(uint32_t corr, struct sv key)
{
    return record_hash_mix(corr, hash64(key));
}

void
record_put(struct buf *b, const struct record *r)
{
    const size_t start = b->n;
    char fixed[FIXED_BYTES];
    store_le(fixed + 4, r->corr, 4);
    store_le(fixed + 8, r->hash, 8);
    store_le(fixed + 16, (uint64_t)r->time, 8);
    buf_put(b, fixed, sizeof fixed);
    put_varint(b, r->at.file);
    put_varint(b, r->at.line);
    put_varint(b, (uint64_t)r->pos << 2 | r->flags);
    put_bytes(b, r->key);
    put_bytes(b, r->tie);
    put_bytes(b, r->uid);
    put_bytes(b, r->facts);
    put_bytes(b, r->payload);
    /* A record is made of pieces of one line, and lines have a limit far below this. */
    assert(b->n - start <= UINT32_MAX);
    store_le(b->p + start, b->n - start, 4);
}

size_t
record_length(const char *p, size_t n)
{
    if (n < FIXED_BYTES)
        return 0;
    const size_t length = (size_t)load_le(p, 4);
    return length >= FIXED_BYTES && length <= n ? length : 0;
}

bool
record_get(const char *p, size_t n, struct record *r)
{
    const size_t length = record_length(p, n);
    if (length == 0)
        return false;
    r->corr = (uint32_t)load_le(p + 4, 4);
    r->hash = load_le(p + 8, 8);
    r->time = (int64_t)load_le(p + 16, 8);
    struct reader in = reader_of(sv_make(p + FIXED_BYTES, length - FIXED_BYTES));
    const uint64_t file = next_varint(&in);
    r->at.line = next_varint(&in);
    const uint64_t pos = next_varint(&in);
    r->key = next_bytes(&in);
    r->tie = next_bytes(&in);
    r->uid = next_bytes(&in);
    r->facts = next_bytes(&in);
    r->payload = next_bytes(&in);
    r->at.file = (uint32_t)file;
    r->pos = (uint32_t)(pos >> 2);
    r->flags = (unsigned)(pos & 3);
    return !in.bad && in.p == in.end && file <= UINT32_MAX && pos >> 2 <= UINT32_MAX;
}

static int
cmp_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int
cmp_place(struct place a, struct place b, const struct origins *o)
{
    if (o != NULL)
        return place_cmp(o, a, b);
    const int c = cmp_u64(a.file, b.file);
    return c != 0 ? c : cmp_u64(a.line, b.line);
}

/* Two hits that are equal in all that orders them differ in nothing that a report shows, or their bytes decide. */
static int
cmp_rest(const struct record *a, const struct record *b)
{
    int c = sv_cmp(a->uid, b->uid);
    if (c == 0)
        c = sv_cmp(a->facts, b->facts);
    return c != 0 ? c : sv_cmp(a->payload, b->payload);
}

int
record_cmp(const struct record *a, const struct record *b, const struct origins *o)
{
    int c = cmp_u64(a->corr, b->corr);
    if (c == 0)
        c = cmp_u64(a->hash, b->hash);
    if (c == 0)
        c = sv_cmp(a->key, b->key);
    if (c == 0)
        c = (a->time > b->time) - (a->time < b->time);
    if (c == 0)
        c = cmp_place(a->at, b->at, o);
    if (c == 0)
        c = cmp_u64(a->pos, b->pos);
    if (c == 0)
        c = sv_cmp(a->tie, b->tie);
    return c != 0 ? c : cmp_rest(a, b);
}

bool
record_same_group(const struct record *a, const struct record *b)
{
    return a->corr == b->corr && sv_eq(a->key, b->key);
}

void
facts_put(struct buf *b, const struct sv *text)
{
    if (text == NULL) {
        put_varint(b, 0);
        return;
    }
    put_varint(b, (uint64_t)text->n + 1);
    buf_sv(b, *text);
}

bool
facts_get(struct reader *r, struct sv *text)
{
    *text = SV_NONE;
    if (r->bad || r->p == r->end)
        return false;
    const uint64_t n = get_varint(r);
    if (n == 0 || r->bad)
        return false;
    if (n - 1 > (uint64_t)(r->end - r->p)) {
        r->bad = true;
        return false;
    }
    *text = sv_make(r->p, (size_t)(n - 1));
    r->p += n - 1;
    return true;
}
