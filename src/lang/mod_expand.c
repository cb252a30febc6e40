/* SPDX-License-Identifier: Apache-2.0 */
/* expand: %name% in the value stands for each line of the list NAME.txt. Lines are plain text: a `*` in a list is a
 * star. Each line is a value of its own, so under `all` every one has to be there. A backslash takes a percent sign
 * as it is.
 */
#include "lang/doc.h"
#include "lang/modifier.h"
#include "lang/show.h"

static bool
is_name_char(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_' || ch == '-';
}

/* The name of a placeholder at s[i] ('%'); empty if there is none. */
static struct sv
placeholder_at(struct sv s, size_t i)
{
    size_t end = i + 1;
    while (end < s.n && is_name_char(s.p[end]))
        end++;
    return end < s.n && s.p[end] == '%' ? sv_make(s.p + i + 1, end - i - 1) : SV("");
}

/* A value in pieces: pattern tokens, or a placeholder. */
struct piece {
    bool is_list;
    struct glob_token token;
    struct sv *values;
    size_t n_values;
};

struct pieces {
    struct piece *v;
    size_t n;
    size_t cap;
};

static void
push_token(struct pieces *out, struct glob_token token)
{
    vec_push(out, (struct piece){ .token = token });
}

/* What is being cut: `text`, which is the scalar's own unless windash went before. */
struct cutter {
    struct item *it;
    const struct operand *o;
    struct buf part; /* since the last placeholder */
    struct pieces *out;
};

/* A part between placeholders: of a string with its escapes still in it, they are read now. */
static void
flush_part(struct cutter *c)
{
    struct arena *a = &c->it->l->item;
    const bool has_escapes = c->o->kind == OPERAND_STRING && c->o->raw;
    const struct sv part = arena_sv(a, buf_view(&c->part));
    const struct pattern p = has_escapes ? pattern_parse(a, part) : pattern_of_text(a, part);
    for (size_t i = 0; i < p.n; i++)
        push_token(c->out, p.token[i]);
    buf_reset(&c->part);
}

static bool
push_list(struct cutter *c, struct sv name, size_t at)
{
    struct piece p = { .is_list = true };
    struct loader *l = c->it->l;
    const struct ynode *node = c->o->node;

    flush_part(c);
    if (!loader_list(l, c->it->unit, name, &p.values, &p.n_values)) {
        const bool is_own = c->o->kind == OPERAND_REGEX || c->o->raw;
        diag_error(l->d, is_own ? yaml_subspan(node, at, name.n + 2) : node->span,
                   "no list '%.*s': there is no %.*s.txt in a lists folder", SHOW(name), SHOW(name));
        return false;
    }
    /* A filter with an empty list is an allow list on which nobody is yet. */
    if (p.n_values == 0 && c->it->unit->kind != UNIT_FILTER)
        diag_warning(l->d, node->span, "the list '%.*s' is empty: this value matches nothing", SHOW(name));
    vec_push(c->out, p);
    return true;
}

static bool
cut_text(struct cutter *c, struct sv text)
{
    for (size_t i = 0; i < text.n; i++) {
        const struct sv name = text.p[i] == '%' ? placeholder_at(text, i) : SV("");
        if (name.n != 0) {
            if (!push_list(c, name, i))
                return false;
            i += name.n + 1;
        } else if (text.p[i] == '\\' && i + 1 < text.n) {
            /* \% loses its backslash; other escapes are somebody else's, but hide what they escape. */
            if (text.p[i + 1] != '%')
                buf_putc(&c->part, '\\');
            buf_putc(&c->part, text.p[++i]);
        } else {
            buf_putc(&c->part, text.p[i]);
        }
    }
    flush_part(c);
    return true;
}

static bool
cut(struct item *it, const struct operand *o, struct pieces *out)
{
    struct cutter c = { it, o, BUF_INIT, out };
    bool good = true;

    if (o->kind == OPERAND_REGEX || o->raw) {
        good = cut_text(&c, o->kind == OPERAND_REGEX ? o->text : o->node->text);
    } else {
        for (size_t i = 0; good && i < o->pattern.n; i++) {
            if (o->pattern.token[i].kind != GLOB_TEXT)
                push_token(out, o->pattern.token[i]);
            else
                good = cut_text(&c, o->pattern.token[i].text);
        }
    }
    buf_fini(&c.part);
    return good;
}

static size_t
count_variants(const struct pieces *p)
{
    size_t n = 1;
    for (size_t i = 0; i < p->n; i++)
        if (p->v[i].is_list)
            n = p->v[i].n_values != 0 && n > MAX_OPERANDS / p->v[i].n_values ? MAX_OPERANDS + 1 : n * p->v[i].n_values;
    return n;
}

/* Line of this list in variant *which, which loses that digit. */
static struct sv
choose(const struct piece *p, size_t *which)
{
    const struct sv text = p->values[*which % p->n_values];
    *which /= p->n_values;
    return text;
}

static void
fill_regex(struct item *it, const struct pieces *p, size_t which, struct operand *o)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].is_list)
            pattern_escape(&b, choose(&p->v[i], &which));
        else
            buf_sv(&b, p->v[i].token.text);
    }
    o->text = arena_sv(&it->l->item, buf_view(&b));
    o->written = o->text;
    buf_fini(&b);
}

static void
fill_pattern(struct item *it, const struct pieces *p, size_t which, struct operand *o)
{
    struct pattern_builder b;
    struct buf shown = BUF_INIT;

    pattern_begin(&b, &it->l->item);
    for (size_t i = 0; i < p->n; i++) {
        const struct glob_token *t = &p->v[i].token;
        const struct sv text = p->v[i].is_list ? choose(&p->v[i], &which) : t->text;
        if (!p->v[i].is_list && t->kind != GLOB_TEXT) {
            pattern_put(&b, t->kind);
            buf_putc(&shown, t->kind == GLOB_ANY ? '*' : t->kind == GLOB_ONE ? '?' : '-');
            continue;
        }
        pattern_text(&b, text);
        buf_sv(&shown, text);
    }
    o->pattern = pattern_end(&b);
    o->raw = false;
    o->written = arena_sv(&it->l->item, buf_view(&shown));
    buf_fini(&shown);
}

static bool
fill(struct item *it, const struct operand *o, const struct pieces *p, struct operands *out)
{
    const size_t n = count_variants(p);

    if (n > MAX_OPERANDS) {
        diag_error(it->l->d, o->node->span, "the lists make more than %d values", MAX_OPERANDS);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct operand v = *o;
        if (i > 0)
            v.group = it->n_groups++;
        if (o->kind == OPERAND_REGEX)
            fill_regex(it, p, i, &v);
        else
            fill_pattern(it, p, i, &v);
        vec_push(out, v);
    }
    return true;
}

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    struct pieces p = VEC_INIT;
    bool has_list = false;
    bool good = cut(it, o, &p);

    for (size_t i = 0; i < p.n; i++)
        has_list = has_list || p.v[i].is_list;
    if (good && !has_list)
        diag_warning(it->l->d, o->node->span, "'expand' without a %%name%% in the value");
    good = good && fill(it, o, &p, out);
    vec_fini(&p);
    return good;
}

const struct modifier modifier_expand = {
    .help = "%name% in the value stands for each line of the list NAME.txt",
    .place = PLACE_TRANSFORM,
    .takes = TAKES(STRING) | TAKES(REGEX),
    .apply = apply,
};
