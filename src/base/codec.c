/* SPDX-License-Identifier: Apache-2.0 */
/* Byte codecs. Whatever reads here reads hostile bytes: a length is compared with what is left before it is believed.
 * */
#include "base/codec.h"

#include <xxhash.h>

#include "base/mem.h"

#define VARINT_MAX 10

void
put_long_varint(struct buf *b, uint64_t x)
{
    buf_grow(b, VARINT_MAX);
    char *p = b->p + b->n;
    for (; x >= 0x80; x >>= 7)
        *p++ = (char)(unsigned char)(0x80 | (x & 0x7f));
    *p++ = (char)x;
    b->n = (size_t)(p - b->p);
}

void
put_zigzag(struct buf *b, int64_t x)
{
    const uint64_t sign = x < 0 ? UINT64_MAX : 0;
    put_varint(b, ((uint64_t)x << 1) ^ sign);
}

void
put_double(struct buf *b, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    char bytes[8];
    store_le64(bytes, bits);
    buf_put(b, bytes, sizeof bytes);
}

static uint64_t
read_failed(struct reader *r)
{
    r->bad = true;
    r->p = r->end;
    return 0;
}

uint64_t
get_long_varint(struct reader *r)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 7 * VARINT_MAX; shift += 7) {
        if (r->bad || r->p == r->end)
            return read_failed(r);
        const unsigned char c = (unsigned char)*r->p++;
        if (shift == 63 && c > 1)
            return read_failed(r);
        x |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return x;
    }
    return read_failed(r);
}

int64_t
get_zigzag(struct reader *r)
{
    const uint64_t z = get_varint(r);
    const int64_t half = (int64_t)(z >> 1);
    return (z & 1) != 0 ? -half - 1 : half;
}

size_t
get_count(struct reader *r, size_t least)
{
    const uint64_t n = get_varint(r);
    if (n > (uint64_t)(r->end - r->p) / least) {
        r->bad = true;
        return 0;
    }
    return (size_t)n;
}

struct sv
get_bytes(struct reader *r)
{
    const uint64_t n = get_varint(r);
    if (r->bad || n > (uint64_t)(r->end - r->p)) {
        read_failed(r);
        return sv_make("", 0);
    }
    const struct sv s = { r->p, (size_t)n };
    r->p += n;
    return s;
}

double
get_double(struct reader *r)
{
    if (r->bad || r->end - r->p < 8) {
        read_failed(r);
        return 0;
    }
    const uint64_t bits = load_le64(r->p);
    r->p += 8;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Length of the well-formed sequence at p (Unicode standard, table 3-7), 0 if it is ill-formed. */
static size_t
utf8_sequence(const unsigned char *p, size_t n)
{
    const unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    if (c < 0xc2 || c > 0xf4)
        return 0;
    const size_t length = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n < length)
        return 0;
    const unsigned char low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

static const char *
skip_ascii(const char *p, const char *end)
{
    for (; end - p >= 8; p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    while (p != end && (unsigned char)*p < 0x80)
        p++;
    return p;
}

bool
utf8_valid(struct sv s, size_t *bad_at)
{
    if (s.n == 0)
        return true;
    const char *end = sv_end(s);
    const char *p = skip_ascii(s.p, end);
    while (p != end) {
        const size_t length = utf8_sequence((const unsigned char *)p, (size_t)(end - p));
        if (length == 0) {
            if (bad_at != NULL)
                *bad_at = (size_t)(p - s.p);
            return false;
        }
        p = skip_ascii(p + length, end);
    }
    return true;
}

size_t
utf8_encode(char out[4], uint32_t cp)
{
    size_t n = 0;
    if (cp < 0x80) {
        out[n++] = (char)cp;
        return n;
    }
    if (cp < 0x800) {
        out[n++] = (char)(unsigned char)(0xc0 | (cp >> 6));
    } else if (cp < 0x10000) {
        out[n++] = (char)(unsigned char)(0xe0 | (cp >> 12));
        out[n++] = (char)(unsigned char)(0x80 | ((cp >> 6) & 0x3f));
    } else {
        out[n++] = (char)(unsigned char)(0xf0 | (cp >> 18));
        out[n++] = (char)(unsigned char)(0x80 | ((cp >> 12) & 0x3f));
        out[n++] = (char)(unsigned char)(0x80 | ((cp >> 6) & 0x3f));
    }
    out[n++] = (char)(unsigned char)(0x80 | (cp & 0x3f));
    return n;
}

void
utf8_put(struct buf *b, uint32_t cp)
{
    char bytes[4];
    buf_put(b, bytes, utf8_encode(bytes, cp));
}

uint32_t
utf8_next(const char **p, const char *end)
{
    const unsigned char *q = (const unsigned char *)*p;
    const size_t length = utf8_sequence(q, (size_t)(end - *p));
    *p += length != 0 ? length : 1;
    switch (length) {
    case 0:
        return 0xfffd;
    case 1:
        return q[0];
    case 2:
        return (uint32_t)(q[0] & 0x1f) << 6 | (q[1] & 0x3f);
    case 3:
        return (uint32_t)(q[0] & 0x0f) << 12 | (uint32_t)(q[1] & 0x3f) << 6 | (q[2] & 0x3f);
    default:
        return (uint32_t)(q[0] & 0x07) << 18 | (uint32_t)(q[1] & 0x3f) << 12 | (uint32_t)(q[2] & 0x3f) << 6 |
               (q[3] & 0x3f);
    }
}

struct sv
utf8_prefix(struct sv s, size_t n)
{
    if (s.n <= n)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return sv_make(s.p, n);
}

size_t
utf8_length(struct sv s)
{
    size_t n = 0;
    for (const char *p = s.p, *end = sv_end(s); p != end; n++)
        utf8_next(&p, end);
    return n;
}

bool
utf8_is_unsafe(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

size_t
utf8_put_visible(struct buf *b, uint32_t cp)
{
    if (!utf8_is_unsafe(cp)) {
        utf8_put(b, cp);
        return 1;
    }
    const size_t before = b->n;
    buf_printf(b, "\\u{%x}", (unsigned)cp);
    return b->n - before;
}

void
base64_encode(struct buf *out, struct sv in)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < in.n; i += 3) {
        const size_t left = in.n - i;
        uint32_t x = (uint32_t)(unsigned char)in.p[i] << 16;
        x |= left > 1 ? (uint32_t)(unsigned char)in.p[i + 1] << 8 : 0;
        x |= left > 2 ? (uint32_t)(unsigned char)in.p[i + 2] : 0;
        const char four[4] = { digits[x >> 18], digits[(x >> 12) & 63], left > 1 ? digits[(x >> 6) & 63] : '=',
                               left > 2 ? digits[x & 63] : '=' };
        buf_put(out, four, sizeof four);
    }
}

void
hex64(uint64_t x, char out[17])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < 16; i++)
        out[i] = digits[(x >> (60 - 4 * i)) & 15];
    out[16] = '\0';
}

struct digest {
    XXH3_state_t *state;
};

struct digest *
digest_new(void)
{
    struct digest *d = mem_alloc(sizeof *d);
    d->state = XXH3_createState();
    if (d->state == NULL)
        mem_resize(NULL, SIZE_MAX, 2); /* leaves */
    XXH3_128bits_reset(d->state);
    return d;
}

void
digest_free(struct digest *d)
{
    if (d == NULL)
        return;
    XXH3_freeState(d->state);
    mem_free(d);
}

void
digest_add(struct digest *d, const void *p, size_t n)
{
    if (n != 0)
        XXH3_128bits_update(d->state, p, n);
}

void
digest_hex(const struct digest *d, char out[33])
{
    const XXH128_hash_t h = XXH3_128bits_digest(d->state);
    hex64(h.high64, out);
    hex64(h.low64, out + 16);
}
