/* SPDX-License-Identifier: Apache-2.0 */
/* The order of records, and their facts. Record bytes are written and read in segment.c. */
#include "agg/record.h"

#include "base/codec.h"
#include "base/map.h"

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
record_cmp_hits(const struct record *a, const struct record *b, const struct origins *o)
{
    int c = cmp_place(a->at, b->at, o);
    if (c == 0)
        c = cmp_u64(a->pos, b->pos);
    if (c == 0)
        c = sv_cmp(a->tie, b->tie);
    return c != 0 ? c : cmp_rest(a, b);
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
    return c != 0 ? c : record_cmp_hits(a, b, o);
}

bool
record_same_group(const struct record *a, const struct record *b)
{
    return a->corr == b->corr && sv_eq(a->key, b->key);
}

unsigned
record_tie_flags(struct sv tie)
{
    return tie.n != 0 ? (unsigned char)tie.p[tie.n - 1] : 0;
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
