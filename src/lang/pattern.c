/* SPDX-License-Identifier: Apache-2.0 */
/* Sigma strings <-> tokens. */
#include "lang/pattern.h"

#include <string.h>

const struct sv pattern_dashes[5] = {
    { "-", 1 }, { "/", 1 }, { "\xe2\x80\x93", 3 }, { "\xe2\x80\x94", 3 }, { "\xe2\x80\x95", 3 },
};

void
pattern_begin(struct pattern_builder *b, struct arena *a)
{
    *b = (struct pattern_builder){ .arena = a };
}

static void
append(struct pattern_builder *b, struct glob_token token)
{
    if (b->pattern.n == b->cap) {
        b->cap = b->cap == 0 ? 4 : b->cap * 2;
        struct glob_token *more = ARENA_ARRAY(b->arena, struct glob_token, b->cap);
        if (b->pattern.n != 0)
            memcpy(more, b->pattern.token, b->pattern.n * sizeof *more);
        b->pattern.token = more;
    }
    b->pattern.token[b->pattern.n++] = token;
}

static void
flush_text(struct pattern_builder *b)
{
    if (b->text.n == 0)
        return;
    append(b, (struct glob_token){ GLOB_TEXT, arena_sv(b->arena, buf_view(&b->text)) });
    buf_reset(&b->text);
}

void
pattern_put(struct pattern_builder *b, enum glob_kind kind)
{
    flush_text(b);
    if (kind == GLOB_ANY && b->pattern.n != 0 && b->pattern.token[b->pattern.n - 1].kind == GLOB_ANY)
        return;
    append(b, (struct glob_token){ kind, SV_NONE });
}

void
pattern_text(struct pattern_builder *b, struct sv text)
{
    buf_sv(&b->text, text);
}

struct pattern
pattern_end(struct pattern_builder *b)
{
    flush_text(b);
    buf_fini(&b->text);
    return b->pattern;
}

struct pattern
pattern_parse(struct arena *a, struct sv text)
{
    struct pattern_builder b;

    pattern_begin(&b, a);
    for (size_t i = 0; i < text.n; i++) {
        const char ch = text.p[i];
        const char next = i + 1 < text.n ? text.p[i + 1] : '\0';
        if (ch == '*') {
            pattern_put(&b, GLOB_ANY);
        } else if (ch == '?') {
            pattern_put(&b, GLOB_ONE);
        } else if (ch == '\\' && (next == '*' || next == '?' || next == '\\')) {
            pattern_text(&b, sv_make(text.p + i + 1, 1));
            i++;
        } else {
            pattern_text(&b, sv_make(text.p + i, 1));
        }
    }
    return pattern_end(&b);
}

struct pattern
pattern_of_text(struct arena *a, struct sv text)
{
    struct pattern_builder b;
    pattern_begin(&b, a);
    pattern_text(&b, text);
    return pattern_end(&b);
}

bool
pattern_literal(const struct pattern *p, struct sv *text)
{
    if (p->n == 0) {
        *text = SV("");
        return true;
    }
    *text = p->token[0].text;
    return p->n == 1 && p->token[0].kind == GLOB_TEXT;
}

bool
pattern_has(const struct pattern *p, enum glob_kind kind)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->token[i].kind == kind)
            return true;
    return false;
}

struct pattern
pattern_open(const struct pattern *p, struct arena *a, bool start, bool end)
{
    struct pattern_builder b;

    pattern_begin(&b, a);
    if (start)
        pattern_put(&b, GLOB_ANY);
    for (size_t i = 0; i < p->n; i++) {
        if (p->token[i].kind == GLOB_TEXT)
            pattern_text(&b, p->token[i].text);
        else
            pattern_put(&b, p->token[i].kind);
    }
    if (end)
        pattern_put(&b, GLOB_ANY);
    return pattern_end(&b);
}

size_t
pattern_dash(struct sv s)
{
    for (size_t i = 0; i < 5; i++)
        if (sv_starts(s, pattern_dashes[i]))
            return pattern_dashes[i].n;
    return 0;
}

void
pattern_escape(struct buf *out, struct sv text)
{
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char ch = (unsigned char)text.p[i];
        const bool is_word =
            (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_';
        /* A backslash before other ASCII is that character; bytes of UTF-8 sequences stand for themselves. */
        if (!is_word && ch < 0x80)
            buf_putc(out, '\\');
        buf_putc(out, (char)ch);
    }
}

static void
put_regex_token(struct buf *out, const struct glob_token *t)
{
    switch (t->kind) {
    case GLOB_TEXT:
        pattern_escape(out, t->text);
        break;
    case GLOB_ANY:
        buf_puts(out, ".*");
        break;
    case GLOB_ONE:
        buf_puts(out, ".");
        break;
    case GLOB_DASH:
        buf_puts(out, "[-/\\x{2013}-\\x{2015}]");
        break;
    }
}

struct sv
pattern_regex(const struct pattern *p, struct arena *a)
{
    struct buf out = BUF_INIT;
    size_t first = 0;
    size_t last = p->n;

    /* Searching is unanchored: an ANY at an end is an anchor left out. */
    const bool open_start = p->n != 0 && p->token[0].kind == GLOB_ANY;
    const bool open_end = p->n > 1 && p->token[p->n - 1].kind == GLOB_ANY;
    first += open_start;
    last -= open_end;
    if (!open_start)
        buf_puts(&out, "\\A");
    for (size_t i = first; i < last; i++)
        put_regex_token(&out, &p->token[i]);
    if (!open_end && !(open_start && p->n == 1))
        buf_puts(&out, "\\z");
    const struct sv regex = arena_sv(a, buf_view(&out));
    buf_fini(&out);
    return regex;
}

bool
pattern_is_ascii(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

struct sv
pattern_lower(struct arena *a, struct sv s)
{
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] - 'A' + 'a') : s.p[i];
    p[s.n] = '\0';
    return sv_make(p, s.n);
}
