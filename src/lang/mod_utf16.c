/* SPDX-License-Identifier: Apache-2.0 */
/* wide, utf16le, utf16be, utf16: the value's bytes in UTF-16, for a base64 that follows. */
#include "base/codec.h"
#include "lang/modifier.h"

static void
put_unit(struct buf *out, uint32_t unit, bool big_endian)
{
    const char high = (char)(unit >> 8);
    const char low = (char)(unit & 0xff);
    buf_putc(out, big_endian ? high : low);
    buf_putc(out, big_endian ? low : high);
}

static void
put_utf16(struct buf *out, struct sv text, bool big_endian)
{
    const char *p = text.p;
    const char *end = text.p + text.n;
    while (p < end) {
        const uint32_t cp = utf8_next(&p, end);
        if (cp < 0x10000) {
            put_unit(out, cp, big_endian);
            continue;
        }
        put_unit(out, 0xd800 + ((cp - 0x10000) >> 10), big_endian);
        put_unit(out, 0xdc00 + ((cp - 0x10000) & 0x3ff), big_endian);
    }
}

static bool
encode(struct item *it, const struct operand *o, bool big_endian, const char *mark, struct operands *out)
{
    struct sv text;
    struct buf bytes = BUF_INIT;
    struct operand v = *o;

    if (!modifier_literal(it, o, &text))
        return false;
    buf_puts(&bytes, mark);
    put_utf16(&bytes, text, big_endian);
    v.raw = false;
    v.pattern = pattern_of_text(&it->l->item, buf_view(&bytes));
    buf_fini(&bytes);
    return modifier_keep(out, &v);
}

static bool
apply(struct item *it, struct operand *o, bool big_endian, const char *mark, struct operands *out)
{
    struct operands plain = VEC_INIT;
    bool good = modifier_unfold_dashes(it, o, &plain);
    for (size_t i = 0; good && i < plain.n; i++)
        good = encode(it, &plain.v[i], big_endian, mark, out);
    vec_fini(&plain);
    return good;
}

static bool
apply_le(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, false, "", out);
}

static bool
apply_be(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, true, "", out);
}

static bool
apply_marked(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, false, "\xff\xfe", out);
}

const struct modifier modifier_wide = {
    .help = "UTF-16, low byte first (the same as utf16le), for a base64 that follows",
    .place = PLACE_ENCODE,
    .takes = TAKES(STRING),
    .apply = apply_le,
};

const struct modifier modifier_utf16le = {
    .help = "UTF-16, low byte first, for a base64 that follows",
    .place = PLACE_ENCODE,
    .takes = TAKES(STRING),
    .apply = apply_le,
};

const struct modifier modifier_utf16be = {
    .help = "UTF-16, high byte first, for a base64 that follows",
    .place = PLACE_ENCODE,
    .takes = TAKES(STRING),
    .apply = apply_be,
};

const struct modifier modifier_utf16 = {
    .help = "UTF-16 with a byte order mark, low byte first, for a base64 that follows",
    .place = PLACE_ENCODE,
    .takes = TAKES(STRING),
    .apply = apply_marked,
};
