/* SPDX-License-Identifier: Apache-2.0 */
/* base64: the encoding of the value's bytes. base64offset: the three forms that it can have inside a longer encoded
 * text, without the characters at either end that also depend on its neighbours. */
#include "base/codec.h"
#include "lang/modifier.h"

/* The encoding of `pad` unknown bytes and then `bytes`, cut to the characters that only `bytes` decides. */
static struct sv
encode(struct arena *a, struct sv bytes, size_t pad)
{
    static const size_t cut_start[3] = { 0, 2, 3 };
    static const size_t cut_end[3] = { 0, 3, 2 };
    struct buf in = BUF_INIT;
    struct buf out = BUF_INIT;

    buf_put(&in, "\0\0", pad);
    buf_sv(&in, bytes);
    base64_encode(&out, buf_view(&in));
    const size_t start = cut_start[pad];
    const size_t end = cut_end[(bytes.n + pad) % 3];
    const struct sv part = start + end < out.n ? sv_make(out.p + start, out.n - start - end) : SV("");
    const struct sv kept = arena_sv(a, part);
    buf_fini(&in);
    buf_fini(&out);
    return kept;
}

static void
push_text(struct item *it, const struct operand *o, struct sv text, struct operands *out)
{
    struct operand v = *o;
    v.raw = false;
    v.pattern = pattern_of_text(&it->l->item, text);
    vec_push(out, v);
}

static bool
encode_whole(struct item *it, const struct operand *o, struct operands *out)
{
    struct sv bytes;
    struct buf code = BUF_INIT;

    if (!modifier_literal(it, o, &bytes))
        return false;
    base64_encode(&code, bytes);
    push_text(it, o, buf_view(&code), out);
    buf_fini(&code);
    return true;
}

static bool
encode_offsets(struct item *it, const struct operand *o, struct operands *out)
{
    struct sv bytes;

    if (!modifier_literal(it, o, &bytes))
        return false;
    for (size_t pad = 0; pad < 3; pad++) {
        const struct sv code = encode(&it->l->item, bytes, pad);
        if (code.n == 0) {
            /* An empty variant would be found in every text. */
            diag_error(it->l->d, o->node->span, "'%.*s' needs a longer value: nothing of it is certain at some offset",
                       SV_ARG(it->current->name));
            return false;
        }
        push_text(it, o, code, out);
    }
    return true;
}

/* Every variant that windash left open is encoded for itself. */
static bool
apply(struct item *it, struct operand *o, struct operands *out,
      bool (*code)(struct item *it, const struct operand *o, struct operands *out))
{
    struct operands plain = VEC_INIT;
    bool good = modifier_unfold_dashes(it, o, &plain);
    for (size_t i = 0; good && i < plain.n; i++)
        good = code(it, &plain.v[i], out);
    vec_fini(&plain);
    return good;
}

static bool
apply_base64(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, out, encode_whole);
}

static bool
apply_base64offset(struct item *it, struct operand *o, struct operands *out)
{
    return apply(it, o, out, encode_offsets);
}

const struct modifier modifier_base64 = {
    .help = "the base64 encoding of the value",
    .place = PLACE_TRANSFORM,
    .takes = TAKES(STRING),
    .makes_bytes = true,
    .apply = apply_base64,
};

const struct modifier modifier_base64offset = {
    .help = "the three forms that the value can have inside base64; use with contains",
    .place = PLACE_TRANSFORM,
    .takes = TAKES(STRING),
    .makes_bytes = true,
    .apply = apply_base64offset,
};
