/* SPDX-License-Identifier: Apache-2.0 */
/* Two steps: fold the text (ASCII by itself, anything else by utf8proc), then cut it. Links are recognised before
 * folding, because folding may make a slash of something that was none. */
#include "enrich/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/codec.h"
#include "enrich/url.h"

static bool
is_ascii(struct sv s)
{
    unsigned char any = 0;
    for (size_t i = 0; i < s.n; i++)
        any |= (unsigned char)s.p[i];
    return any < 0x80;
}

/* The text with a blank for every link. */
static struct sv
without_links(struct sv text, struct arena *arena)
{
    struct sv link;
    size_t at = 0;
    if (!url_find(text, &at, &link))
        return text;
    char *out = arena_alloc(arena, text.n);
    size_t n = 0;
    size_t from = 0;
    do {
        const size_t start = (size_t)(link.p - text.p);
        memcpy(out + n, text.p + from, start - from);
        n += start - from;
        out[n++] = ' ';
        from = start + link.n;
    } while (url_find(text, &at, &link));
    memcpy(out + n, text.p + from, text.n - from);
    return sv_make(out, n + text.n - from);
}

/* NFKC with case folding, without accents and ignorable characters, in the arena. SV_NONE if it is no UTF-8. */
static struct sv
fold(struct sv text, struct arena *arena)
{
    utf8proc_uint8_t *folded = NULL;
    const utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &folded,
                                            UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
                                                UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
    if (n < 0)
        return SV_NONE;
    const struct sv out = arena_sv(arena, sv_make((const char *)folded, (size_t)n));
    free(folded);
    return out;
}

/* ---- cutting ---- */

enum kind { KIND_BREAK, KIND_LETTER, KIND_DIGIT, KIND_ALONE, KIND_NOTHING };

static enum kind
kind_of_ascii(unsigned char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
        return KIND_LETTER;
    if (c >= '0' && c <= '9')
        return KIND_DIGIT;
    return c == '\'' ? KIND_NOTHING : KIND_BREAK;
}

static bool
has_no_blanks(uint32_t cp)
{
    return (cp >= 0x0e00 && cp <= 0x0eff) || (cp >= 0x3040 && cp <= 0x30ff) || (cp >= 0x3400 && cp <= 0x9fff) ||
           (cp >= 0xf900 && cp <= 0xfaff) || cp >= 0x20000;
}

static enum kind
kind_of(uint32_t cp)
{
    if (cp < 0x80)
        return kind_of_ascii((unsigned char)cp);
    const utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    if (cp == 0x2019)
        return KIND_NOTHING; /* the typographic apostrophe */
    if (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO)
        return has_no_blanks(cp) ? KIND_ALONE : KIND_LETTER;
    return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO ? KIND_DIGIT : KIND_BREAK;
}

struct cutter {
    struct words *out;
    char *text;
    size_t n;     /* bytes of text */
    size_t start; /* of the word that is being written */
    bool in_word;
    bool in_number; /* the last character was a digit */
    char before;    /* '#' or '@' right before the word, else 0 */
};

static void
end_word(struct cutter *c)
{
    struct words *out = c->out;
    if (!c->in_word)
        return;
    c->in_word = c->in_number = false;
    if (c->before == '@' || out->n == WORDS_MAX) {
        c->n = c->start;
        return;
    }
    out->is_hashtag[out->n] = c->before == '#';
    out->v[out->n++] = sv_make(c->text + c->start, c->n - c->start);
    c->text[c->n++] = ' ';
}

static void
put(struct cutter *c, const char *p, size_t n)
{
    if (!c->in_word)
        c->start = c->n;
    c->in_word = true;
    memcpy(c->text + c->n, p, n);
    c->n += n;
}

static void
put_lower(struct cutter *c, const char *p, size_t n)
{
    if (n == 1 && *p >= 'A' && *p <= 'Z') {
        const char lower = (char)(*p + 32);
        put(c, &lower, 1);
    } else {
        put(c, p, n);
    }
    c->in_number = false;
}

static void
take(struct cutter *c, const char *p, size_t n, enum kind kind)
{
    switch (kind) {
    case KIND_LETTER:
        put_lower(c, p, n);
        break;
    case KIND_DIGIT:
        if (!c->in_number)
            put(c, "0", 1);
        c->in_number = true;
        break;
    case KIND_ALONE:
        end_word(c);
        put(c, p, n);
        end_word(c);
        c->before = 0;
        break;
    case KIND_BREAK:
        /* 1,000 and 9.99 are one number. */
        if (c->in_number && n == 1 && (*p == '.' || *p == ','))
            break;
        end_word(c);
        c->before = n == 1 && (*p == '#' || *p == '@') ? *p : 0;
        break;
    case KIND_NOTHING:
        break;
    }
}

void
words_split(struct sv text, struct arena *arena, struct words *out)
{
    struct sv rest = without_links(utf8_prefix(text, WORDS_TEXT_MAX), arena);
    if (!is_ascii(rest))
        rest = fold(rest, arena);
    /* A character makes at most itself and, if it stands alone, a blank; the last word's blank comes on top. */
    struct cutter c = { .out = out, .text = arena_alloc(arena, 2 * rest.n + 2) };
    const size_t most = rest.n < WORDS_MAX ? rest.n : WORDS_MAX;
    out->v = arena_alloc(arena, most * sizeof *out->v);
    out->is_hashtag = arena_alloc(arena, most * sizeof *out->is_hashtag);
    out->n = 0;
    for (const char *p = rest.p, *end = sv_end(rest); p < end;) {
        const char *from = p;
        const uint32_t cp = (unsigned char)*p < 0x80 ? (unsigned char)*p++ : utf8_next(&p, end);
        take(&c, from, (size_t)(p - from), kind_of(cp));
    }
    end_word(&c);
    out->text = sv_make(c.text, c.n != 0 ? c.n - 1 : 0);
}
