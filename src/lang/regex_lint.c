/* SPDX-License-Identifier: Apache-2.0 */
/* What is legal in a regular expression and still a mistake: a repeated group that holds a repetition, between which no
 * character has to stand that the inner one cannot take ((a+)+, (.*,)*; not ([^,]*,)*), takes exponential time on a
 * text that almost matches; lookaround and back-references are not in the standard's subset, so other tools refuse
 * the rule.
 *
 * This reads the pattern roughly, with sets of ASCII characters, after PCRE2 has accepted it (which also bounds the
 * nesting). Case is folded, everything unknown is taken for any character: both err on the side of a warning.
 */
#include <stdint.h>

#include "lang/modifier.h"

struct set {
    uint64_t bits[2];
    bool other; /* characters outside ASCII */
};

#define MAX_MUSTS 32

/* What matters of a sequence, or of an alternative. */
struct shape {
    bool loops;                 /* an unbounded repetition is in it */
    struct set loop;            /* what such repetitions can take */
    struct set all;             /* what any part of it can take */
    struct set must[MAX_MUSTS]; /* of parts that stand there exactly or at least once, and do not loop */
    size_t n_musts;
};

struct lint {
    struct loader *l;
    const struct ynode *node;
    struct sv s;
    size_t i;
    bool warned_slow; /* one warning of a kind is enough */
    bool warned_portable;
};

static void parse_alternatives(struct lint *x, struct shape *out, bool *guarded);

/* ---- sets ---- */

static void
set_add(struct set *s, unsigned char ch)
{
    if (ch >= 'A' && ch <= 'Z')
        ch = (unsigned char)(ch - 'A' + 'a');
    if (ch >= 0x80)
        s->other = true;
    else
        s->bits[ch / 64] |= UINT64_C(1) << (ch % 64);
}

static void
set_range(struct set *s, unsigned from, unsigned to)
{
    for (unsigned ch = from; ch <= to && ch < 0x80; ch++)
        set_add(s, (unsigned char)ch);
    s->other = s->other || to >= 0x80;
}

static void
set_join(struct set *s, const struct set *more)
{
    s->bits[0] |= more->bits[0];
    s->bits[1] |= more->bits[1];
    s->other = s->other || more->other;
}

static void
set_invert(struct set *s)
{
    s->bits[0] = ~s->bits[0];
    s->bits[1] = ~s->bits[1];
    s->other = true; /* roughly */
    /* Upper case was folded away: it must not come back. */
    s->bits[1] &= ~(UINT64_C(0x7fffffe));
}

static bool
set_overlaps(const struct set *a, const struct set *b)
{
    return (a->bits[0] & b->bits[0]) != 0 || (a->bits[1] & b->bits[1]) != 0 || (a->other && b->other);
}

static void
set_of_class(struct set *s, char letter)
{
    struct set own = { { 0, 0 }, false };
    const char lower = (char)(letter | 0x20);
    if (lower == 'd' || lower == 'w')
        set_range(&own, '0', '9');
    if (lower == 'w') {
        set_range(&own, 'a', 'z');
        set_add(&own, '_');
    }
    if (lower == 's') {
        set_range(&own, '\t', '\r');
        set_add(&own, ' ');
    }
    if (letter != lower)
        set_invert(&own);
    set_join(s, &own);
}

static void
set_any(struct set *s)
{
    *s = (struct set){ { 0, 0 }, false };
    set_invert(s);
}

/* ---- reading ---- */

static bool
more(const struct lint *x)
{
    return x->i < x->s.n;
}

static char
peek(const struct lint *x, size_t ahead)
{
    return x->i + ahead < x->s.n ? x->s.p[x->i + ahead] : '\0';
}

static bool
take(struct lint *x, struct sv what)
{
    if (!sv_starts(sv_from(x->s, x->i), what))
        return false;
    x->i += what.n;
    return true;
}

static void
skip_past(struct lint *x, char ch)
{
    x->i = sv_find_char(x->s, ch, x->i);
    x->i += x->i < x->s.n;
}

static void
warn_portable(struct lint *x, size_t from, const char *what)
{
    if (x->warned_portable)
        return;
    x->warned_portable = true;
    diag_warning(x->l->d, yaml_subspan(x->node, from, x->i - from),
                 "%s: not in the standard's subset, other tools refuse it", what);
}

/* Behind a backslash: adds what the escape takes. False if it takes no character. */
static bool
parse_escape(struct lint *x, struct set *s, bool in_class)
{
    const size_t from = x->i - 1;
    const char ch = peek(x, 0);

    x->i++;
    switch (ch) {
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 's':
    case 'S':
        set_of_class(s, ch);
        return true;
    case 'b':
    case 'B':
    case 'A':
    case 'z':
    case 'Z':
    case 'G':
    case 'K':
    case 'Q':
    case 'E':
        return in_class;
    case 't':
    case 'n':
    case 'r':
    case 'f':
    case 'e':
    case 'a':
    case 'v':
    case 'h':
        set_range(s, 0, ' ');
        return true;
    case 'x':
    case 'p':
    case 'P':
    case 'o':
    case 'N':
        set_any(s);
        if (peek(x, 0) == '{')
            skip_past(x, '}');
        else
            x->i += ch == 'x' ? 2 : 1;
        return true;
    case 'k':
    case 'g':
        skip_past(x, peek(x, 0) == '{' ? '}' : peek(x, 0) == '<' ? '>' : '\'');
        break;
    default:
        if (in_class || ch < '1' || ch > '9') {
            set_add(s, (unsigned char)ch);
            return true;
        }
    }
    warn_portable(x, from, "back-reference");
    set_any(s);
    return true;
}

/* One character of a class, for ranges. */
static unsigned
class_char(struct lint *x, struct set *s)
{
    if (peek(x, 0) == '\\') {
        const char letter = peek(x, 1);
        x->i++;
        parse_escape(x, s, true);
        return (unsigned char)letter;
    }
    const unsigned char ch = (unsigned char)peek(x, 0);
    x->i++;
    set_add(s, ch);
    return ch;
}

/* Behind '['. */
static void
parse_class(struct lint *x, struct set *s)
{
    const bool inverted = take(x, SV("^"));
    bool first = true;

    for (; more(x) && (first || peek(x, 0) != ']'); first = false) {
        if (take(x, SV("[:"))) {
            skip_past(x, ']');
            set_any(s);
            continue;
        }
        const unsigned from = class_char(x, s);
        if (peek(x, 0) == '-' && peek(x, 1) != ']' && x->i + 1 < x->s.n) {
            x->i++;
            const unsigned to = class_char(x, s);
            if (to >= from)
                set_range(s, from, to);
        }
    }
    x->i++;
    if (inverted)
        set_invert(s);
}

/* Behind '(': what kind of group. False if it is none that holds a pattern. */
static bool
parse_group_start(struct lint *x, bool *atomic)
{
    const size_t from = x->i - 1;

    if (!take(x, SV("?"))) {
        if (peek(x, 0) == '*')
            skip_past(x, ')');
        return more(x) && x->s.p[x->i - 1] != ')';
    }
    if (take(x, SV("#"))) {
        skip_past(x, ')');
        return false;
    }
    if (take(x, SV("=")) || take(x, SV("!")) || take(x, SV("<=")) || take(x, SV("<!"))) {
        warn_portable(x, from, "lookaround");
        return true;
    }
    if (take(x, SV("P="))) {
        skip_past(x, ')');
        warn_portable(x, from, "back-reference");
        return false;
    }
    *atomic = take(x, SV(">"));
    if (*atomic || take(x, SV("|")))
        return true;
    if (take(x, SV("P<")) || take(x, SV("<"))) {
        skip_past(x, '>');
    } else {
        while (more(x) && strchr("imsxnJU-^", peek(x, 0)) != NULL)
            x->i++;
        if (take(x, SV(")")))
            return false;
        take(x, SV(":"));
    }
    return true;
}

/* ---- repetition ---- */

struct quantifier {
    bool optional;
    bool unbounded;
    bool possessive;
};

#define MAX_COUNT 16 /* {65535,65535} */

static bool
is_counted(const struct lint *x)
{
    const size_t left = x->s.n - x->i;
    const struct sv near = sv_make(x->s.p + x->i, left < MAX_COUNT ? left : MAX_COUNT);
    return peek(x, 0) == '{' && peek(x, 1) >= '0' && peek(x, 1) <= '9' && sv_find_char(near, '}', 0) < near.n;
}

static struct quantifier
parse_quantifier(struct lint *x)
{
    struct quantifier q = { false, false, false };
    const char ch = peek(x, 0);

    if (ch == '*' || ch == '+' || ch == '?') {
        q = (struct quantifier){ ch != '+', ch != '?', false };
        x->i++;
    } else if (is_counted(x)) {
        const size_t from = x->i;
        skip_past(x, '}');
        q.optional = x->s.p[from + 1] == '0';
        q.unbounded = x->i >= 2 && x->s.p[x->i - 2] == ',';
    } else {
        return q;
    }
    q.possessive = take(x, SV("+"));
    if (!q.possessive)
        take(x, SV("?"));
    return q;
}

/* ---- sequences ---- */

static void
add_must(struct shape *s, const struct set *set)
{
    if (s->n_musts < MAX_MUSTS)
        s->must[s->n_musts++] = *set;
}

static void
add_atom(struct shape *seq, const struct set *set, struct quantifier q)
{
    set_join(&seq->all, set);
    if (q.unbounded && !q.possessive) {
        seq->loops = true;
        set_join(&seq->loop, set);
    } else if (!q.optional && !q.unbounded) {
        add_must(seq, set);
    }
}

static void
parse_group(struct lint *x, struct shape *seq)
{
    const size_t from = x->i - 1;
    bool atomic = false;
    bool guarded = true;
    struct shape inner = { .n_musts = 0 };

    if (!parse_group_start(x, &atomic))
        return;
    parse_alternatives(x, &inner, &guarded);
    x->i++; /* ')' */
    const size_t end = x->i;
    const struct quantifier q = parse_quantifier(x);
    if (q.unbounded && !q.possessive && !atomic && inner.loops && !guarded && !x->warned_slow) {
        x->warned_slow = true;
        diag_warning(x->l->d, yaml_subspan(x->node, from, (q.unbounded ? x->i : end) - from),
                     "a repetition inside a repetition: a text that almost matches can take very long");
    }
    set_join(&seq->all, &inner.all);
    if (atomic || q.possessive)
        return;
    seq->loops = seq->loops || inner.loops || q.unbounded;
    set_join(&seq->loop, q.unbounded ? &inner.all : &inner.loop);
    for (size_t i = 0; i < inner.n_musts && !q.optional && !q.unbounded; i++)
        add_must(seq, &inner.must[i]);
}

static void
parse_atom(struct lint *x, struct shape *seq)
{
    struct set set = { { 0, 0 }, false };
    const char ch = peek(x, 0);

    x->i++;
    if (ch == '(') {
        parse_group(x, seq);
        return;
    }
    if (ch == '^' || ch == '$' || (ch == '\\' && !parse_escape(x, &set, false)))
        return;
    if (ch == '[')
        parse_class(x, &set);
    else if (ch == '.')
        set_any(&set);
    else if (ch != '\\')
        set_add(&set, (unsigned char)ch);
    add_atom(seq, &set, parse_quantifier(x));
}

static bool
is_guarded(const struct shape *seq)
{
    if (!seq->loops)
        return true;
    for (size_t i = 0; i < seq->n_musts; i++)
        if (!set_overlaps(&seq->must[i], &seq->loop))
            return true;
    return false;
}

/* Until the closing parenthesis or the end. *guarded: no alternative can repeat itself into another split of the same
 * text. */
static void
parse_alternatives(struct lint *x, struct shape *out, bool *guarded)
{
    size_t n = 0;
    bool last = false;

    while (!last) {
        struct shape seq = { .n_musts = 0 };
        while (more(x) && peek(x, 0) != '|' && peek(x, 0) != ')')
            parse_atom(x, &seq);
        *guarded = *guarded && is_guarded(&seq);
        out->loops = out->loops || seq.loops;
        set_join(&out->loop, &seq.loop);
        set_join(&out->all, &seq.all);
        out->n_musts = 0;
        for (size_t i = 0; n == 0 && i < seq.n_musts; i++)
            add_must(out, &seq.must[i]);
        n++;
        last = !take(x, SV("|"));
    }
}

void
regex_lint(struct loader *l, const struct ynode *node, struct sv pattern)
{
    struct lint x = { .l = l, .node = node, .s = pattern };
    struct shape whole = { .n_musts = 0 };
    bool guarded = true;

    while (more(&x)) {
        parse_alternatives(&x, &whole, &guarded);
        x.i++; /* a parenthesis that only looked like one */
    }
}
