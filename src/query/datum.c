/* SPDX-License-Identifier: Apache-2.0 */
#include "query/datum.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/timestamp.h"

struct datum
datum_text(struct sv text)
{
    return (struct datum){ DATUM_TEXT, text, 0 };
}

struct datum
datum_number(double x, struct arena *a)
{
    char text[NUMBER_TEXT_MAX];
    if (x == 0)
        x = 0; /* not -0 */
    const size_t n = number_format(x, text);
    if (n == 0)
        return (struct datum){ DATUM_NONE, SV_NONE, 0 };
    return (struct datum){ DATUM_NUMBER, arena_sv(a, sv_make(text, n)), x };
}

struct datum
datum_count(uint64_t n, struct arena *a)
{
    return (struct datum){ DATUM_NUMBER, arena_printf(a, "%llu", (unsigned long long)n), (double)n };
}

struct datum
datum_time(int64_t us, struct arena *a)
{
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    if (n == 0)
        return (struct datum){ DATUM_NONE, SV_NONE, 0 };
    return (struct datum){ DATUM_TIME, arena_sv(a, sv_make(text, n)), (double)us };
}

int
datum_cmp(const struct datum *a, const struct datum *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == DATUM_NUMBER || a->kind == DATUM_TIME)
        return (a->number > b->number) - (a->number < b->number);
    return sv_cmp(a->text, b->text);
}

void
datum_cell(struct table *t, const struct datum *d)
{
    static const enum column_type types[] = {
        [DATUM_NONE] = COLUMN_NUMBER, [DATUM_NUMBER] = COLUMN_NUMBER, [DATUM_TIME] = COLUMN_TIME,
        [DATUM_BOOL] = COLUMN_BOOL,   [DATUM_TEXT] = COLUMN_TEXT,     [DATUM_JSON] = COLUMN_JSON,
    };
    table_any(t, types[d->kind], d->kind == DATUM_NONE ? SV_NONE : d->text);
}

void
datum_put(struct buf *b, const struct datum *d)
{
    put_varint(b, d->kind);
    if (d->kind == DATUM_NONE)
        return;
    put_bytes(b, d->text);
    if (d->kind == DATUM_NUMBER || d->kind == DATUM_TIME)
        put_double(b, d->number);
}

struct datum
datum_get(struct reader *r)
{
    struct datum d = { DATUM_NONE, SV_NONE, 0 };
    const uint64_t kind = get_varint(r);
    if (kind == DATUM_NONE || kind > DATUM_JSON)
        return d;
    d.kind = (enum datum_kind)kind;
    d.text = get_bytes(r);
    if (d.kind == DATUM_NUMBER || d.kind == DATUM_TIME)
        d.number = get_double(r);
    return d;
}

/* ---- order ---- */

/* Of a double's bits: a positive one gets its sign bit set, a negative one is turned around as a whole. */
void
number_sortkey(double x, char out[8])
{
    uint64_t bits;
    if (x == 0)
        x = 0;
    memcpy(&bits, &x, sizeof bits);
    bits = bits >> 63 != 0 ? ~bits : bits | UINT64_C(1) << 63;
    for (int i = 0; i < 8; i++)
        out[i] = (char)(unsigned char)(bits >> (56 - 8 * i));
}

double
number_of_sortkey(const char in[8])
{
    uint64_t bits = 0;
    double x;
    for (int i = 0; i < 8; i++)
        bits = bits << 8 | (unsigned char)in[i];
    bits = bits >> 63 != 0 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A NUL inside becomes 00 ff, the end is 00 01: shorter texts come first, and no key starts another. */
static void
text_sortkey(struct buf *b, struct sv text)
{
    for (size_t i = 0; i < text.n; i++) {
        buf_putc(b, text.p[i]);
        if (text.p[i] == '\0')
            buf_putc(b, '\xff');
    }
    buf_put(b, "\0\1", 2);
}

void
datum_sortkey(struct buf *b, const struct datum *d, bool down)
{
    if (d->kind == DATUM_NONE) {
        buf_putc(b, '\xff');
        return;
    }
    const size_t start = b->n;
    buf_putc(b, (char)(d->kind == DATUM_JSON ? DATUM_TEXT : d->kind));
    if (d->kind == DATUM_NUMBER || d->kind == DATUM_TIME) {
        char key[8];
        number_sortkey(d->number, key);
        buf_put(b, key, sizeof key);
    } else {
        text_sortkey(b, d->text);
    }
    for (size_t i = start; down && i < b->n; i++)
        b->p[i] = (char)~b->p[i];
}
