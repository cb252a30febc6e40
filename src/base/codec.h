/* SPDX-License-Identifier: Apache-2.0 */
/* Byte codecs: variable-length integers of the record format, UTF-8, base64, hex, digests. */
#ifndef AUTHSIFT_BASE_CODEC_H
#define AUTHSIFT_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sv.h"

/* The slow half of put_varint. */
void put_long_varint(struct buf *b, uint64_t x);

/* LEB128, at most 10 bytes. Nearly every number that is written takes one. */
static inline void
put_varint(struct buf *b, uint64_t x)
{
    if (x < 0x80)
        buf_putc(b, (char)x);
    else
        put_long_varint(b, x);
}

/* ZigZag, then LEB128. */
void put_zigzag(struct buf *b, int64_t x);
/* x less what stood before it, in zigzag. The difference wraps: any two numbers will do. */
static inline void
put_difference(struct buf *b, uint64_t x, uint64_t before)
{
    const uint64_t d = x - before;
    put_varint(b, (d << 1) ^ (0 - (d >> 63)));
}
/* Length, then bytes. */
static inline void
put_bytes(struct buf *b, struct sv s)
{
    put_varint(b, s.n);
    buf_sv(b, s);
}

/* The n low bytes of x (n <= 8), little-endian, and back. */
static inline void
store_le(char *p, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        p[i] = (char)(unsigned char)(x >> (8 * i));
}

static inline uint64_t
load_le(const char *p, unsigned n)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++)
        x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

/* 8 bytes, little-endian. Compilers turn each into one instruction. */
static inline uint64_t
load_le64(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline void
store_le64(char *at, uint64_t x)
{
    unsigned char *p = (unsigned char *)at;
    p[0] = (unsigned char)x;
    p[1] = (unsigned char)(x >> 8);
    p[2] = (unsigned char)(x >> 16);
    p[3] = (unsigned char)(x >> 24);
    p[4] = (unsigned char)(x >> 32);
    p[5] = (unsigned char)(x >> 40);
    p[6] = (unsigned char)(x >> 48);
    p[7] = (unsigned char)(x >> 56);
}

/* 8 bytes, little-endian. */
void put_double(struct buf *b, double x);

/* A reader over bytes. On the first bad or missing byte `bad` is set and everything read afterwards is 0 or empty, so
 * callers check once, at the end. */
struct reader {
    const char *p;
    const char *end;
    bool bad;
};

static inline struct reader
reader_of(struct sv s)
{
    return (struct reader){ s.p, sv_end(s), false };
}

/* The slow half of get_varint. */
uint64_t get_long_varint(struct reader *r);

static inline uint64_t
get_varint(struct reader *r)
{
    if (!r->bad && r->p != r->end && (unsigned char)*r->p < 0x80)
        return (unsigned char)*r->p++;
    return get_long_varint(r);
}

int64_t get_zigzag(struct reader *r);
/* What put_difference was given. */
static inline uint64_t
get_difference(struct reader *r, uint64_t before)
{
    const uint64_t d = get_varint(r);
    return before + ((d >> 1) ^ (0 - (d & 1)));
}
/* How many things follow, of at least `least` bytes each: bad if the rest cannot hold them. */
size_t get_count(struct reader *r, size_t least);
/* Borrows from the reader's bytes. */
struct sv get_bytes(struct reader *r);
double get_double(struct reader *r);

/* True if s is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). *bad_at (may be NULL) gets the
 * offset of the first wrong byte. Fast on ASCII. */
bool utf8_valid(struct sv s, size_t *bad_at);
/* Writes one code point, returns its 1 to 4 bytes. */
size_t utf8_encode(char out[4], uint32_t cp);
/* Appends one code point. */
void utf8_put(struct buf *b, uint32_t cp);
/* Reads the code point at *p (< end), moves *p behind it. An ill-formed byte gives U+FFFD and moves by one. */
uint32_t utf8_next(const char **p, const char *end);
/* The start of s, at most n bytes of it, that ends between two code points. */
struct sv utf8_prefix(struct sv s, size_t n);
/* Number of code points (ill-formed bytes count one each). */
size_t utf8_length(struct sv s);
/* True for what must not reach a terminal or a spreadsheet as it is: control characters (C0, DEL, C1), line and
 * paragraph separators, bidi overrides and isolates. */
bool utf8_is_unsafe(uint32_t cp);
/* As utf8_put, but an unsafe code point becomes its escape, "\u{202e}". Returns how many characters were written. */
size_t utf8_put_visible(struct buf *b, uint32_t cp);

/* Standard alphabet, with padding. */
void base64_encode(struct buf *out, struct sv in);

/* 16 lower-case hex digits and a NUL. */
void hex64(uint64_t x, char out[17]);

/* XXH3 128-bit, streamed; printed as 32 hex digits. For digests of rules, inputs and reports: they find accidental
 * change, they are no signature. */
struct digest;
struct digest *digest_new(void);
void digest_free(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);
/* Writes 32 lower-case hex digits and a NUL. The digest may go on. */
void digest_hex(const struct digest *d, char out[33]);

#endif
