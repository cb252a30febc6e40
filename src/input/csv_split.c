/* SPDX-License-Identifier: Apache-2.0 */
/* Many cells of a log are empty or short, so looking for each comma on its own would cost more than the bytes between
 * them: a mask shows all commas and quotes of a stretch at once. Most fields are then only counted; a quoted one is
 * copied only if it has quotes inside.
 *
 * libcsv, which reads the catalogues and parses the reports in tests, took a third of the time of a run over CSV logs
 * here, because it looks at every byte on its own and copies every field. tests/unit/input_csv_split.c holds this
 * against it. */
#include "input/csv_split.h"

#include <stdint.h>
#include <string.h>

#include "base/bits.h"
#include "input/swar.h"

/* Every x86-64 has SSE2. -DCSV_SPLIT_PORTABLE leaves it out, for tests of the other way. */
#if defined(__x86_64__) && defined(__SSE2__) && !defined(CSV_SPLIT_PORTABLE)

#include <emmintrin.h>

enum { STRETCH = 32 };

static uint64_t
specials16(const char *p)
{
    const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i comma = _mm_cmpeq_epi8(x, _mm_set1_epi8(',')), quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    return (uint64_t)(unsigned)_mm_movemask_epi8(_mm_or_si128(comma, quote));
}

/* A bit for each comma and quote of STRETCH bytes, the first byte's lowest. */
static uint64_t
specials(const char *p)
{
    return specials16(p) | specials16(p + 16) << 16;
}

#else

enum { STRETCH = 8 };

static uint64_t
specials(const char *p)
{
    const uint64_t x = swar_load(p);
    const uint64_t high = swar_zeros(x ^ ',' * SWAR_ONES) | swar_zeros(x ^ '"' * SWAR_ONES);
    /* The ones of eight bytes gather in the highest. */
    return (high >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

#endif

/* The text between the quotes, where doubled ones stand for one. False if one is not doubled. */
static bool
undouble(struct sv quoted, struct arena *a, struct sv *field)
{
    char *to = arena_alloc(a, quoted.n + INPUT_PAD);
    size_t n = 0;
    for (size_t i = 0; i < quoted.n; i++) {
        if (quoted.p[i] == '"' && (++i == quoted.n || quoted.p[i] != '"'))
            return false;
        to[n++] = quoted.p[i];
    }
    memset(to + n, 0, INPUT_PAD);
    *field = sv_make(to, n);
    return true;
}

/* The field as it stands in the record, with that many quotes. */
static bool
deliver(struct csv_sink *s, struct sv field, size_t quotes)
{
    if (quotes != 0) {
        if (field.n < 2 || field.p[0] != '"' || field.p[field.n - 1] != '"')
            return false;
        field = sv_make(field.p + 1, field.n - 2);
        if (quotes > 2 && !undouble(field, s->arena, &field))
            return false;
    } else if (field.n == 0) {
        field.p = NULL;
    }
    if (s->want == s->n || s->want == CSV_ALL)
        s->fn(s, field);
    s->n++;
    return true;
}

bool
csv_split(struct sv record, struct csv_sink *s)
{
    const char *const end = record.p + record.n;
    const char *field = record.p;
    size_t quotes = 0;
    for (const char *p = record.p; p < end; p += STRETCH) {
        uint64_t bits = specials(p);
        if (end - p < STRETCH)
            bits &= (UINT64_C(1) << (end - p)) - 1;
        for (; bits != 0; bits &= bits - 1) {
            const char *at = p + bits_lowest(bits);
            if (*at == '"') {
                quotes++;
            } else if (quotes % 2 == 0) {
                if (quotes == 0 && s->want > s->n && s->want != CSV_ALL)
                    s->n++;
                else if (!deliver(s, sv_make(field, (size_t)(at - field)), quotes))
                    return false;
                field = at + 1;
                quotes = 0;
            }
        }
    }
    return quotes % 2 == 0 && deliver(s, sv_make(field, (size_t)(end - field)), quotes);
}

bool
csv_lines_are_records(struct sv lines)
{
    const char *const end = lines.p + lines.n;
    const char *at = lines.p;
    while (at < end && (at = memchr(at, '"', (size_t)(end - at))) != NULL) {
        const char *const opening = at;
        if (opening != lines.p && opening[-1] != ',' && opening[-1] != '\n')
            return false;
        do {
            at = at + 1 < end ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;
            if (at == NULL)
                return false;
            at++;
        } while (at < end && *at == '"');
        if (memchr(opening, '\n', (size_t)(at - opening)) != NULL)
            return false;
        if (at < end && *at != ',' && *at != '\n' && !(*at == '\r' && at + 1 < end && at[1] == '\n'))
            return false;
    }
    return true;
}
