/* SPDX-License-Identifier: Apache-2.0 */
/* windash: a dash that starts an option (before a word character, not after one) stands for any of the five that
 * Windows programs take. It becomes a character class of the matcher; all variants written out would be 5^n texts. */
#include "lang/modifier.h"

static bool
is_word(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_';
}

static void
put_text(struct pattern_builder *b, struct sv text)
{
    size_t i = 0;
    while (i < text.n) {
        const size_t dash = pattern_dash(sv_from(text, i));
        const bool after_word = i > 0 && is_word(text.p[i - 1]);
        const bool before_word = dash != 0 && i + dash < text.n && is_word(text.p[i + dash]);
        if (before_word && !after_word)
            pattern_put(b, GLOB_DASH);
        else
            pattern_text(b, sv_make(text.p + i, dash != 0 ? dash : 1));
        i += dash != 0 ? dash : 1;
    }
}

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    struct pattern_builder b;

    pattern_begin(&b, &it->l->item);
    for (size_t i = 0; i < o->pattern.n; i++) {
        if (o->pattern.token[i].kind == GLOB_TEXT)
            put_text(&b, o->pattern.token[i].text);
        else
            pattern_put(&b, o->pattern.token[i].kind);
    }
    o->pattern = pattern_end(&b);
    o->raw = false;
    return modifier_keep(out, o);
}

const struct modifier modifier_windash = {
    .help = "a dash before an option stands for any of - / and the en, em and horizontal dashes",
    .place = PLACE_TRANSFORM,
    .takes = TAKES(STRING),
    .apply = apply,
};
