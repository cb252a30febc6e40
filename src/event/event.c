/* SPDX-License-Identifier: Apache-2.0 */
/* The event's slots, their lazy completion, and the text and number forms of values.
 *
 * Deriving marks the slot absent first: an enricher that, against the rules, asks for its own field gets an end instead
 * of an endless recursion, and one that finds nothing need not say so.
 */
#include "event/event.h"

#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/number.h"

void
event_init(struct event *ev, size_t n_fields, struct arena *scratch, const struct derive *derive)
{
    *ev = (struct event){ .v = mem_zalloc(n_fields, sizeof *ev->v),
                          .n_fields = n_fields,
                          .time = INT64_MIN,
                          .scratch = scratch,
                          .derive = derive };
    ev->set = mem_zalloc(event_words(ev), sizeof *ev->set);
    ev->derivable = mem_zalloc(event_words(ev), sizeof *ev->derivable);
    for (size_t f = 0; derive != NULL && f < n_fields; f++)
        if (derive[f].fn != NULL)
            ev->derivable[f / 64] |= UINT64_C(1) << f % 64;
}

void
event_fini(struct event *ev)
{
    mem_free(ev->v);
    mem_free(ev->set);
    mem_free(ev->derivable);
    ev->v = NULL;
    ev->set = ev->derivable = NULL;
    ev->n_fields = 0;
}

void
values_clear(struct value *v, size_t n, uint64_t *set)
{
    for (size_t w = 0; w < (n + 63) / 64; w++) {
        for (uint64_t bits = set[w]; bits != 0; bits &= bits - 1)
            v[w * 64 + bits_lowest(bits)] = (struct value){ 0 };
        set[w] = 0;
    }
}

void
event_reset(struct event *ev)
{
    values_clear(ev->v, ev->n_fields, ev->set);
    ev->time = INT64_MIN;
    ev->raw = SV_NONE;
    ev->collect = NULL;
    ev->verbatim = false;
    ev->at = (struct place){ 0, 0 };
}

struct value *
event_derive(struct event *ev, field_id f)
{
    struct value *v = &ev->v[f];
    event_mark(ev, f);
    v->kind = VALUE_ABSENT;
    if (f == FIELD_ANY && ev->collect != NULL)
        ev->collect(ev->collector, ev);
    else if (ev->derive != NULL && ev->derive[f].fn != NULL)
        ev->derive[f].fn(ev->derive[f].ctx, ev, f);
    assert(v->kind != VALUE_UNSET);
    return v;
}

static unsigned
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return (unsigned)((c | 0x20) - 'a') + 10;
}

static uint32_t
hex4(const char *p)
{
    return hex_digit(p[0]) << 12 | hex_digit(p[1]) << 8 | hex_digit(p[2]) << 4 | hex_digit(p[3]);
}

/* \uXXXX at p (behind the u), with its low half if it is a surrogate; *p moves behind. A lone half, which a format
 * should have refused, becomes U+FFFD. */
static uint32_t
unicode_escape(const char **p, const char *end)
{
    if (end - *p < 4) {
        *p = end;
        return 0xfffd;
    }
    const uint32_t cp = hex4(*p) & 0xffff;
    *p += 4;
    if (cp < 0xd800 || cp > 0xdfff)
        return cp;
    if (cp > 0xdbff || end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
        return 0xfffd;
    const uint32_t low = hex4(*p + 2) & 0xffff;
    if (low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    *p += 6;
    return 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
}

static char
simple_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; /* " \ / */
    }
}

/* No escape is shorter than what it stands for, but for one cut off at the end of the text, which only a format that
 * did not check could let through: the caller leaves room for U+FFFD. */
static size_t
decode_escapes(struct sv in, char *out)
{
    char *o = out;
    const char *end = sv_end(in);
    for (const char *p = in.p; p != end;) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        const size_t plain = (size_t)((slash != NULL ? slash : end) - p);
        memcpy(o, p, plain);
        o += plain;
        p += plain;
        if (slash == NULL || end - p < 2)
            break;
        const char c = p[1];
        p += 2;
        if (c == 'u')
            o += utf8_encode(o, unicode_escape(&p, end));
        else
            *o++ = simple_escape(c);
    }
    return (size_t)(o - out);
}

void
value_decode(struct value *v, struct arena *scratch)
{
    if (v->kind != VALUE_STRING || (v->flags & VALUE_ESCAPED) == 0)
        return;
    char *out = arena_alloc(scratch, (size_t)v->n + 4);
    const size_t n = decode_escapes(sv_make(v->p, v->n), out);
    out[n] = '\0';
    v->p = out;
    v->n = (uint32_t)n;
    v->flags &= (uint8_t)~VALUE_ESCAPED;
}

bool
value_text(struct value *member, struct arena *scratch, struct sv *text)
{
    switch (member->kind) {
    case VALUE_FALSE:
        *text = SV("false");
        return true;
    case VALUE_TRUE:
        *text = SV("true");
        return true;
    case VALUE_STRING:
        value_decode(member, scratch);
        *text = sv_make(member->p, member->n);
        return true;
    case VALUE_NUMBER:
        *text = sv_make(member->p, member->n);
        return true;
    default:
        return false;
    }
}

bool
event_text_of(struct event *ev, field_id f, struct sv *text)
{
    size_t n;
    struct value *member = value_members(event_value(ev, f), &n);
    for (size_t i = 0; i < n; i++)
        if (value_text(&member[i], ev->scratch, text))
            return true;
    return false;
}

bool
value_number(struct value *member, struct arena *scratch, double *x)
{
    struct sv text;
    if (member->kind != VALUE_NUMBER && member->kind != VALUE_STRING)
        return false;
    return value_text(member, scratch, &text) && number_parse(text, x);
}

static struct value
value_of(enum value_kind kind, struct sv text)
{
    assert(text.n <= UINT32_MAX);
    return (struct value){ .p = text.n != 0 ? text.p : "", .n = (uint32_t)text.n, .kind = (uint8_t)kind };
}

static void
put(struct event *ev, field_id f, struct value v)
{
    event_mark(ev, f);
    ev->v[f] = v;
}

void
event_set_text(struct event *ev, field_id f, struct sv text)
{
    put(ev, f, value_of(VALUE_STRING, text));
}

void
event_set_number(struct event *ev, field_id f, double x)
{
    char text[NUMBER_TEXT_MAX];
    const size_t n = number_format(x, text);
    if (n == 0)
        event_set_absent(ev, f); /* NaN and infinities are no JSON numbers */
    else
        put(ev, f, value_of(VALUE_NUMBER, arena_sv(ev->scratch, sv_make(text, n))));
}

void
event_set_bool(struct event *ev, field_id f, bool x)
{
    put(ev, f, value_of(x ? VALUE_TRUE : VALUE_FALSE, SV_NONE));
}

void
event_set_absent(struct event *ev, field_id f)
{
    put(ev, f, value_of(VALUE_ABSENT, SV_NONE));
}

void
event_set_texts(struct event *ev, field_id f, const struct sv *text, size_t n)
{
    if (n == 0) {
        event_set_absent(ev, f);
    } else if (n == 1) {
        event_set_text(ev, f, text[0]);
    } else {
        struct value *member = ARENA_ARRAY(ev->scratch, struct value, n);
        for (size_t i = 0; i < n; i++)
            member[i] = value_of(VALUE_STRING, text[i]);
        put(ev, f, (struct value){ .members = member, .n = (uint32_t)n, .kind = VALUE_LIST });
    }
}
