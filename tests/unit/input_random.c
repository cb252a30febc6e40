/* SPDX-License-Identifier: Apache-2.0 */
/* The walk against a slow reader that is obviously right: it turns the document into a tree, drops overridden keys,
 * and looks paths up by recursion over the tree, as the rules in sigma-profile.md read. It shares no code with
 * src/input. */
#include "input_util.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/vec.h"
#include "input/simd.h"

/* ---- the tree ---- */

enum kind { K_OBJECT, K_ARRAY, K_STRING, K_OTHER, K_NULL };

struct node {
    enum kind kind;
    struct sv text;     /* decoded string; or the characters of a number, true, false */
    struct node *child; /* members, in order */
    struct node *next;
    struct sv key; /* in its object, decoded */
};

struct doc {
    const char *p, *end;
    struct arena arena;
    unsigned depth;
};

static struct node *read_value(struct doc *d);

static void
blanks(struct doc *d)
{
    while (d->p < d->end && strchr(" \t\r", *d->p) != NULL && *d->p != '\0')
        d->p++;
}

static bool
take(struct doc *d, char c)
{
    blanks(d);
    if (d->p >= d->end || *d->p != c)
        return false;
    d->p++;
    return true;
}

static struct node *
new_node(struct doc *d, enum kind kind)
{
    struct node *n = ARENA_NEW(&d->arena, struct node);
    n->kind = kind;
    return n;
}

static bool
read_hex(struct doc *d, unsigned *x)
{
    *x = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *at = d->p < d->end && *d->p != '\0' ? strchr(digits, *d->p) : NULL;
        if (at == NULL)
            return false;
        *x = *x * 16 + (unsigned)((at - digits) % 16);
        d->p++;
    }
    return true;
}

static bool
read_escape(struct doc *d, struct buf *out)
{
    const char *from = "\"\\/bfnrt", *to = "\"\\/\b\f\n\r\t";
    if (d->p >= d->end || *d->p == '\0')
        return false;
    const char c = *d->p++;
    if (strchr(from, c) != NULL) {
        buf_putc(out, to[strchr(from, c) - from]);
        return true;
    }
    unsigned high, low;
    if (c != 'u' || !read_hex(d, &high) || (high >= 0xdc00 && high <= 0xdfff))
        return false;
    if (high >= 0xd800 && high <= 0xdbff) {
        if (d->end - d->p < 2 || d->p[0] != '\\' || d->p[1] != 'u')
            return false;
        d->p += 2;
        if (!read_hex(d, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8_put(out, high);
    return true;
}

static bool
read_string(struct doc *d, struct sv *text)
{
    struct buf out = BUF_INIT;
    bool good = take(d, '"');
    while (good && d->p < d->end && *d->p != '"') {
        const unsigned char c = (unsigned char)*d->p++;
        if (c == '\\')
            good = read_escape(d, &out);
        else if (c < 0x20)
            good = false;
        else
            buf_putc(&out, (char)c);
    }
    good = good && take(d, '"') && utf8_valid(buf_view(&out), NULL);
    *text = arena_sv(&d->arena, buf_view(&out));
    buf_fini(&out);
    return good;
}

static bool
digits(struct doc *d)
{
    const char *start = d->p;
    while (d->p < d->end && *d->p >= '0' && *d->p <= '9')
        d->p++;
    return d->p > start;
}

static struct node *
read_number(struct doc *d)
{
    const char *start = d->p;
    if (d->p < d->end && *d->p == '-')
        d->p++;
    if (d->p < d->end && *d->p == '0')
        d->p++;
    else if (!digits(d))
        return NULL;
    if (d->p < d->end && *d->p == '.') {
        d->p++;
        if (!digits(d))
            return NULL;
    }
    if (d->p < d->end && (*d->p == 'e' || *d->p == 'E')) {
        d->p++;
        if (d->p < d->end && (*d->p == '+' || *d->p == '-'))
            d->p++;
        if (!digits(d))
            return NULL;
    }
    struct node *n = new_node(d, K_OTHER);
    n->text = sv_make(start, (size_t)(d->p - start));
    return n;
}

static struct node *
read_members(struct doc *d, bool object)
{
    struct node *n = new_node(d, object ? K_OBJECT : K_ARRAY), **tail = &n->child;
    const char close = object ? '}' : ']';
    if (d->depth == 0)
        return NULL;
    d->depth--;
    if (take(d, close)) {
        d->depth++;
        return n;
    }
    do {
        struct sv key = SV_NONE;
        if (object && (!read_string(d, &key) || !take(d, ':')))
            return NULL;
        struct node *child = read_value(d);
        if (child == NULL)
            return NULL;
        child->key = key;
        *tail = child;
        tail = &child->next;
    } while (take(d, ','));
    d->depth++;
    return take(d, close) ? n : NULL;
}

static struct node *
read_word(struct doc *d, const char *word, enum kind kind)
{
    const size_t n = strlen(word);
    if ((size_t)(d->end - d->p) < n || memcmp(d->p, word, n) != 0)
        return NULL;
    d->p += n;
    struct node *node = new_node(d, kind);
    node->text = sv_of(word);
    return node;
}

static struct node *
read_value(struct doc *d)
{
    blanks(d);
    if (d->p >= d->end)
        return NULL;
    switch (*d->p) {
    case '{':
    case '[':
        return read_members(d, *d->p++ == '{');
    case '"': {
        struct node *n = new_node(d, K_STRING);
        return read_string(d, &n->text) ? n : NULL;
    }
    case 't':
        return read_word(d, "true", K_OTHER);
    case 'f':
        return read_word(d, "false", K_OTHER);
    case 'n':
        return read_word(d, "null", K_NULL);
    default:
        return read_number(d);
    }
}

static struct sv
folded(struct doc *d, struct sv s)
{
    char *p = arena_alloc(&d->arena, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i];
    return sv_make(p, s.n);
}

/* Drops all but the last of equal keys, everywhere. */
static void
drop_overridden(struct doc *d, struct node *n, bool fold)
{
    for (struct node **at = &n->child; *at != NULL;) {
        struct node *c = *at;
        if (fold)
            c->key = folded(d, c->key);
        bool again = false;
        for (struct node *later = c->next; later != NULL && n->kind == K_OBJECT; later = later->next)
            again |= sv_eq(c->key, fold ? folded(d, later->key) : later->key);
        if (again) {
            *at = c->next;
            continue;
        }
        drop_overridden(d, c, fold);
        at = &c->next;
    }
}

/* ---- looking a path up ---- */

struct found {
    bool is;
    bool list;
    unsigned rank;
    VEC(struct node *) nodes;
};

struct path {
    struct sv seg[16];
    size_t n;
};

static struct sv
without_blanks(struct doc *d, struct sv s)
{
    char *p = arena_alloc(&d->arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ')
            p[n++] = s.p[i];
    return sv_make(p, n);
}

static void
take_better(struct found *best, struct found *other)
{
    if (other->is && (!best->is || other->rank >= best->rank)) {
        const struct found old = *best;
        *best = *other;
        *other = old;
    }
    vec_fini(&other->nodes);
}

static void
flatten(struct found *f, struct node *n)
{
    if (n->kind != K_ARRAY) {
        vec_push(&f->nodes, n);
        return;
    }
    for (struct node *c = n->child; c != NULL; c = c->next)
        flatten(f, c);
}

static struct found in_object(struct doc *d, struct node *object, const struct path *p, size_t from, unsigned rank);

/* All objects among the members of a list contribute what each finds. */
static void
in_members(struct doc *d, struct node *list, const struct path *p, size_t from, unsigned rank, struct found *all)
{
    for (struct node *c = list->child; c != NULL; c = c->next) {
        if (c->kind == K_ARRAY)
            in_members(d, c, p, from, rank, all);
        if (c->kind != K_OBJECT)
            continue;
        struct found one = in_object(d, c, p, from, rank);
        if (one.is) {
            all->is = true;
            all->rank = one.rank > all->rank ? one.rank : all->rank;
            for (size_t i = 0; i < one.nodes.n; i++)
                vec_push(&all->nodes, one.nodes.v[i]);
        }
        vec_fini(&one.nodes);
    }
}

/* What the value of a key that covers the segments up to `to` yields. */
static struct found
in_value(struct doc *d, struct node *v, const struct path *p, size_t to, unsigned rank)
{
    struct found f = { .rank = rank };
    if (to == p->n) {
        f.is = true;
        f.list = v->kind == K_ARRAY;
        flatten(&f, v);
    } else if (v->kind == K_OBJECT) {
        return in_object(d, v, p, to, rank);
    } else if (v->kind == K_ARRAY) {
        f.list = true;
        f.rank = 0;
        in_members(d, v, p, to, rank, &f);
    }
    return f;
}

/* Joined segments count from the front; a key found without its blanks spoils the whole way. */
static struct found
in_object(struct doc *d, struct node *object, const struct path *p, size_t from, unsigned rank)
{
    struct found best = { 0 };
    for (struct node *c = object->child; c != NULL; c = c->next) {
        struct buf name = BUF_INIT;
        unsigned joined = 0;
        for (size_t to = from + 1; to <= p->n; to++) {
            if (to > from + 1) {
                buf_putc(&name, '.');
                joined |= 1u << (14 - (to - 2));
            }
            buf_sv(&name, p->seg[to - 1]);
            const bool exact = sv_eq(c->key, buf_view(&name));
            const bool loose =
                sv_find_char(c->key, ' ', 0) < c->key.n && sv_eq(without_blanks(d, c->key), buf_view(&name));
            if (!exact && !loose)
                continue;
            struct found f = in_value(d, c, p, to, exact ? rank | joined : (rank & 0x7fff) | joined);
            take_better(&best, &f);
        }
        buf_fini(&name);
    }
    return best;
}

/* ---- showing what was found ---- */

static void
show_string(struct buf *out, struct sv text)
{
    buf_putc(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] < 0x20)
            buf_printf(out, "\\x%02x", (unsigned char)text.p[i]);
        else
            buf_putc(out, text.p[i]);
    }
    buf_putc(out, '"');
}

static void
show_node(struct buf *out, const struct node *n)
{
    switch (n->kind) {
    case K_OBJECT:
        buf_puts(out, "{}");
        break;
    case K_NULL:
        buf_puts(out, "null");
        break;
    case K_STRING:
        show_string(out, n->text);
        break;
    default:
        buf_sv(out, n->text);
        break;
    }
}

static void
show_scalars(struct buf *out, const struct node *n, bool *first)
{
    if (n->kind == K_STRING || n->kind == K_OTHER) {
        buf_puts(out, *first ? "" : ",");
        show_node(out, n);
        *first = false;
    }
    for (const struct node *c = n->child; c != NULL; c = c->next)
        show_scalars(out, c, first);
}

static void
show_path(struct doc *d, struct node *top, struct sv name, bool fold, struct buf *out)
{
    struct path p = { .n = 0 };
    struct sv rest = fold ? folded(d, name) : name;
    while (sv_split(&rest, '.', &p.seg[p.n]))
        p.n++;
    struct found f = in_object(d, top, &p, 0, 0x8000);
    if (f.is) {
        buf_printf(out, " %.*s=", SV_ARG(name));
        buf_puts(out, f.list ? "[" : "");
        for (size_t i = 0; i < f.nodes.n; i++) {
            buf_puts(out, i != 0 ? "," : "");
            show_node(out, f.nodes.v[i]);
        }
        buf_puts(out, f.list ? "]" : "");
    }
    vec_fini(&f.nodes);
}

/* The transcript of one line by the slow reader; "reject" if it is invalid. */
static void
expect(struct sv line, const char *fields, bool fold, bool any, struct buf *out)
{
    struct doc d = { line.p, line.p + line.n, ARENA_INIT, 64 };
    buf_reset(out);
    blanks(&d);
    struct node *top = d.p < d.end && *d.p == '{' ? read_value(&d) : NULL;
    blanks(&d);
    if (top == NULL || d.p != d.end) {
        buf_puts(out, "reject");
        arena_fini(&d.arena);
        return;
    }
    drop_overridden(&d, top, fold);
    buf_puts(out, "1:");
    if (any) {
        bool first = true;
        buf_puts(out, " *=[");
        show_scalars(out, top, &first);
        buf_puts(out, "]");
    }
    struct sv rest = sv_of(fields), name;
    while (sv_split(&rest, ' ', &name))
        show_path(&d, top, name, fold, out);
    buf_putc(out, '\n');
    arena_fini(&d.arena);
}

/* ---- random documents ---- */

static void
random_key(struct rng *r, struct buf *out)
{
    static const char *const keys[] = { "a",   "a",       "b",   "b",          "c",           "a.b",
                                        "b.c", "a.b.c",   "a b", "a  b",       "A",           "B.c",
                                        "x",   "\\u0061", "",    "a.b.c.d",    "d",           "c.d",
                                        " a",  "b .c",    "ab",  "abcdefghij", "abcdefgh ij", "\xc3\xa9" };
    buf_putc(out, '"');
    buf_puts(out, keys[rng_below(r, sizeof keys / sizeof *keys)]);
    buf_putc(out, '"');
}

static void
random_blank(struct rng *r, struct buf *out)
{
    if (rng_below(r, 8) == 0)
        buf_puts(out, &"  \t \r "[rng_below(r, 6)]);
}

static void random_value(struct rng *r, struct buf *out, unsigned depth);

static void
random_members(struct rng *r, struct buf *out, unsigned depth, bool object)
{
    buf_putc(out, object ? '{' : '[');
    for (uint32_t i = 0, n = rng_below(r, 5); i < n; i++) {
        buf_puts(out, i != 0 ? "," : "");
        random_blank(r, out);
        if (object) {
            random_key(r, out);
            random_blank(r, out);
            buf_putc(out, ':');
        }
        random_blank(r, out);
        random_value(r, out, depth);
        random_blank(r, out);
    }
    buf_putc(out, object ? '}' : ']');
}

static void
random_value(struct rng *r, struct buf *out, unsigned depth)
{
    static const char *const scalars[] = { "1",
                                           "2.50",
                                           "-3e+7",
                                           "true",
                                           "false",
                                           "null",
                                           "\"\"",
                                           "\"s\"",
                                           "\"tx\\u00e9\"",
                                           "\"\\ud83d\\ude00\"",
                                           "\"\xe2\x82\xac longer text\"",
                                           "\"\\n\\\"\\/\"",
                                           "0",
                                           "\"a,b]}\"" };
    if (depth == 0 || rng_below(r, 3) == 0)
        buf_puts(out, scalars[rng_below(r, sizeof scalars / sizeof *scalars)]);
    else
        random_members(r, out, depth - 1, rng_below(r, 3) != 0);
}

static void
mutate(struct rng *r, struct buf *b)
{
    static const char bytes[] = "\"\\{}[],: 0123.eE+-tfnu\t\x01\x80\xc3\xff\0";
    const size_t at = rng_below(r, (uint32_t)b->n);
    switch (rng_below(r, 3)) {
    case 0:
        b->p[at] = bytes[rng_below(r, sizeof bytes - 1)];
        break;
    case 1:
        memmove(b->p + at, b->p + at + 1, b->n - at - 1);
        b->n--;
        break;
    default:
        b->n = at + 1;
        break;
    }
}

/* ---- the comparison ---- */

/* The same line three times: by the second one its shape is known. Each vector row takes its turn. */
static void
transcribe_thrice(const struct setup *s, struct sv line, struct buf *out)
{
    struct buf text = BUF_INIT;
    buf_sv(&text, line);
    for (int i = 0; i < 2; i++) {
        buf_putc(&text, '\n');
        buf_sv(&text, line);
    }
    transcribe(s, buf_view(&text), out);
    buf_fini(&text);
}

/* Thus the transcript of one line becomes that of three. */
static void
thrice(struct buf *line)
{
    const size_t n = line->n;
    for (char number = '2'; number <= '3'; number++) {
        buf_grow(line, n);
        buf_put(line, line->p, n);
        line->p[line->n - n] = number;
    }
}

static void
compare(struct rng *r, struct buf *text, bool mutated)
{
    static const char *const fields[] = {
        "a",
        "a.b",
        "a.b.c",
        "a b a.b a.b.c b.c c",
        "ab ab.c b.c.d",
        "a.b.c.d c.d d",
        "A.b B.c a",
        "abcdefghij x",
        "a.a a.a.a a a.b.b b.a",
        "x a.b.c.d a.b.c a.b a",
        "b",
        "d.d c.c b.b a.a",
    };
    struct buf got = BUF_INIT, want = BUF_INIT;
    const char *names = fields[rng_below(r, sizeof fields / sizeof *fields)];
    const bool fold = rng_below(r, 4) == 0, any = rng_below(r, 4) == 0;
    expect(buf_view(text), names, fold, any, &want);
    struct setup s = { .fields = names, .fold = fold, .any = any };
    s.limits.simd = simd_available(rng_below(r, 8));
    if (mutated) {
        transcribe(&s, buf_view(text), &got);
    } else {
        transcribe_thrice(&s, buf_view(text), &got);
        thrice(&want);
    }
    const bool rejected = sv_find_char(buf_view(&got), '@', 0) < got.n;
    const bool should = sv_eq(buf_view(&want), SV("reject"));
    ck_assert_msg(rejected == should, "%s\n%.*s\ngot  %.*swant %.*s", names, SV_ARG(buf_view(text)),
                  SV_ARG(buf_view(&got)), SV_ARG(buf_view(&want)));
    if (!should)
        ck_assert_msg(sv_eq(buf_view(&got), buf_view(&want)), "%s%s\n%.*s\ngot  %.*swant %.*s", names,
                      fold ? " (fold)" : "", SV_ARG(buf_view(text)), SV_ARG(buf_view(&got)), SV_ARG(buf_view(&want)));
    ck_assert(mutated || !should);
    buf_fini(&got);
    buf_fini(&want);
}

START_TEST(test_random)
{
    struct rng r = { (uint64_t)_i * 1000003 };
    struct buf text = BUF_INIT;
    for (int i = 0; i < 1500; i++) {
        buf_reset(&text);
        random_members(&r, &text, 1 + rng_below(&r, 5), true);
        compare(&r, &text, false);
        const size_t n = rng_below(&r, 3);
        for (size_t k = 0; k < n && text.n > 1; k++)
            mutate(&r, &text);
        /* A first byte that is no longer a brace is another test's matter: the file would not be recognised. */
        if (n != 0 && text.p[0] == '{')
            compare(&r, &text, true);
    }
    buf_fini(&text);
}
END_TEST

TCase *
random_tests(void)
{
    TCase *t = tcase_create("random");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, test_random, 0, 20);
    return t;
}
