/* SPDX-License-Identifier: Apache-2.0 */
/* A parser of the common part of PCRE2's syntax that only keeps what is certain.
 *
 * For each piece of a pattern it computes a *need*: a set of strings one of which every match of the piece contains.
 *   - a run of plain characters needs itself;
 *   - of a concatenation any need of a part holds: the best is kept (longest shortest member);
 *   - of an alternation the union holds, if each branch has a need;
 *   - what is optional, an assertion, a class, `.`: needs nothing.
 * Anything unknown (verbs, conditions, recursion, comments, extended mode ...) makes the whole pattern need nothing.
 *
 * If any part ignores case, all of it is treated so: that is weaker, hence still true. Then k and s cannot be in a
 * literal: simple Unicode folding also lets U+212A and U+017F stand for them, and no text beyond ASCII can be.
 */
#include "ir/literal.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 32

struct scan {
    const char *p;
    const char *end;
    bool folded;
    bool saw_i;   /* an inline option i: start again, folded */
    bool unknown; /* give up */
    unsigned depth;
};

/* A concatenation so far. */
struct concat {
    struct literal run; /* plain characters up to here */
    size_t last;        /* bytes that the last atom added to run: taken back if it turns out to be optional */
    bool run_full;      /* more did not fit: nothing may be added after the gap */
    struct literal_set best;
    struct literal_set group; /* need of the group that was the last atom */
};

static void parse_branches(struct scan *s, struct literal_set *out);

size_t
literal_shortest(const struct literal_set *set)
{
    size_t n = set->n != 0 ? set->v[0].n : 0;
    for (size_t i = 1; i < set->n; i++)
        n = set->v[i].n < n ? set->v[i].n : n;
    return n;
}

static void
concat_init(struct concat *c)
{
    c->run.n = c->last = c->best.n = c->group.n = 0;
    c->run_full = false;
}

static void
keep_better(struct literal_set *best, const struct literal_set *candidate)
{
    const size_t have = literal_shortest(best);
    const size_t got = literal_shortest(candidate);
    if (got > have || (got == have && candidate->n < best->n))
        *best = *candidate;
}

static void
end_run(struct concat *c)
{
    if (c->run.n != 0) {
        struct literal_set one = { .n = 1 };
        one.v[0] = c->run;
        keep_better(&c->best, &one);
    }
    c->run.n = 0;
    c->last = 0;
    c->run_full = false;
}

static bool
is_plain(const struct scan *s, const char *p, size_t n)
{
    if (!s->folded)
        return true;
    return n == 1 && (unsigned char)*p < 0x80 && (*p | 0x20) != 'k' && (*p | 0x20) != 's';
}

static char
fold(const struct scan *s, char c)
{
    return s->folded && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* One character of n bytes that stands for itself. */
static void
add_char(struct scan *s, struct concat *c, const char *p, size_t n)
{
    if (!is_plain(s, p, n)) {
        end_run(c);
        return;
    }
    c->last = 0;
    if (c->run_full || c->run.n + n > LITERAL_MAX) {
        c->run_full = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        c->run.p[c->run.n++] = fold(s, p[i]);
    c->last = n;
}

static size_t
char_size(const char *p, const char *end)
{
    const unsigned char lead = (unsigned char)*p;
    const size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return n < (size_t)(end - p) ? n : (size_t)(end - p);
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
starts_with(const struct scan *s, const char *z)
{
    const size_t n = strlen(z);
    return (size_t)(s->end - s->p) >= n && memcmp(s->p, z, n) == 0;
}

/* {n} {n,} {n,m} at *p, behind the brace: is the smallest number 0? Other braces mean different things to different
 * versions of PCRE2: unknown. */
static bool
brace_allows_none(struct scan *s)
{
    bool zero = true;
    const char *const start = s->p;
    while (s->p < s->end && is_digit(*s->p))
        zero = (*s->p++ == '0') && zero;
    bool ok = s->p > start;
    if (ok && s->p < s->end && *s->p == ',')
        for (s->p++; s->p < s->end && is_digit(*s->p);)
            s->p++;
    ok = ok && s->p < s->end && *s->p == '}';
    if (ok)
        s->p++;
    else
        s->unknown = true;
    return zero;
}

/* A quantifier behind an atom, if there is one. *optional: the atom may be missing. */
static bool
quantifier(struct scan *s, bool *optional)
{
    if (s->p >= s->end)
        return false;
    switch (*s->p) {
    case '*':
    case '?':
        s->p++;
        *optional = true;
        break;
    case '+':
        s->p++;
        *optional = false;
        break;
    case '{':
        s->p++;
        *optional = brace_allows_none(s);
        break;
    default:
        return false;
    }
    if (s->p < s->end && (*s->p == '?' || *s->p == '+'))
        s->p++; /* lazy, possessive */
    return true;
}

/* Behind each atom: what it added counts only if it must be there. */
static void
end_atom(struct scan *s, struct concat *c)
{
    bool optional = false;
    if (quantifier(s, &optional)) {
        if (optional) {
            c->run.n -= c->last;
            c->group.n = 0;
        }
        end_run(c);
    }
    if (c->group.n != 0)
        keep_better(&c->best, &c->group);
    c->group.n = 0;
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* `[:alpha:]` inside a class. */
static void
skip_posix_class(struct scan *s)
{
    s->p += 2;
    if (s->p < s->end && *s->p == '^')
        s->p++;
    while (s->p < s->end && is_letter(*s->p))
        s->p++;
    if (starts_with(s, ":]"))
        s->p += 2;
    else
        s->unknown = true;
}

/* `[...]`: one character stands for itself, others need nothing. */
static void
parse_class(struct scan *s, struct concat *c)
{
    if (s->end - s->p >= 2 && s->p[1] == ']' && strchr("^\\[]", *s->p) == NULL) {
        add_char(s, c, s->p, 1);
        s->p += 2;
        return;
    }
    end_run(c);
    if (s->p < s->end && *s->p == '^')
        s->p++;
    for (bool first = true; !s->unknown && s->p < s->end && (first || *s->p != ']'); first = false) {
        if (starts_with(s, "\\Q") || starts_with(s, "\\E") || starts_with(s, "[["))
            s->unknown = true;
        else if (starts_with(s, "[:"))
            skip_posix_class(s);
        else
            s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : 1;
    }
    if (s->p < s->end)
        s->p++;
    else
        s->unknown = true;
}

/* \Q...\E; the characters inside are atoms of their own, and the last one takes a quantifier. */
static void
parse_quoted(struct scan *s, struct concat *c)
{
    const char *const start = s->p;
    while (s->p < s->end && !starts_with(s, "\\E")) {
        const size_t n = char_size(s->p, s->end);
        add_char(s, c, s->p, n);
        s->p += n;
    }
    if (s->p == start)
        s->unknown = true; /* a quantifier behind an empty \Q\E belongs to the atom before it */
    if (s->p < s->end)
        s->p += 2;
}

static int
hex(char ch)
{
    if (is_digit(ch))
        return ch - '0';
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* \xHH below 0x80. Everything else behind \x is left alone. */
static void
parse_hex(struct scan *s, struct concat *c)
{
    const int high = s->end - s->p >= 2 ? hex(s->p[0]) : -1;
    const int low = high >= 0 ? hex(s->p[1]) : -1;
    if (low < 0 || high >= 8) {
        s->unknown = true;
        return;
    }
    s->p += 2;
    const char ch = (char)(high * 16 + low);
    add_char(s, c, &ch, 1);
}

static void
parse_property(struct scan *s, struct concat *c)
{
    end_run(c);
    if (s->p < s->end && *s->p == '{') {
        while (s->p < s->end && *s->p != '}')
            s->p++;
    }
    if (s->p < s->end)
        s->p++;
}

/* Behind a backslash. */
static void
parse_escape(struct scan *s, struct concat *c)
{
    static const char letters[] = "tnrfae";
    static const char meanings[] = "\t\n\r\f\a\x1b";
    if (s->p >= s->end) {
        s->unknown = true;
        return;
    }
    const char ch = *s->p++;
    const char *letter = ch != '\0' ? strchr(letters, ch) : NULL;
    if (letter != NULL)
        add_char(s, c, &meanings[letter - letters], 1);
    else if (ch == 'x')
        parse_hex(s, c);
    else if (ch == 'Q')
        parse_quoted(s, c);
    else if (ch == 'p' || ch == 'P')
        parse_property(s, c);
    else if (ch != '\0' && strchr("dDwWsShHvVRXbBAzZG", ch) != NULL)
        end_run(c);
    else if (ch == 'N' && (s->p >= s->end || *s->p != '{'))
        end_run(c);
    else if ((unsigned char)ch < 0x80 && !is_digit(ch) && !is_letter(ch))
        add_char(s, c, &ch, 1);
    else
        s->unknown = true;
}

/* Inline options `(?i)`, `(?im-s:`. True if the group goes on behind them (a colon). */
static bool
parse_options(struct scan *s)
{
    bool off = false;
    for (; s->p < s->end && *s->p != ')' && *s->p != ':'; s->p++) {
        if (*s->p == '-')
            off = true;
        else if (*s->p == 'i' && !off)
            s->saw_i = true;
        else if (strchr("imsUJ", *s->p) == NULL)
            s->unknown = true;
    }
    if (s->p >= s->end)
        s->unknown = true;
    else
        s->p++;
    return !s->unknown && s->p[-1] == ':';
}

static void
skip_name(struct scan *s, char close)
{
    while (s->p < s->end && (is_letter(*s->p) || is_digit(*s->p) || *s->p == '_'))
        s->p++;
    if (s->p < s->end && *s->p == close)
        s->p++;
    else
        s->unknown = true;
}

enum group_kind { GROUP_PLAIN, GROUP_ASSERTION, GROUP_OPTIONS };

/* Behind the bracket: eats what says which kind of group it is. */
static enum group_kind
group_open(struct scan *s)
{
    static const char *const assertions[] = { "?=", "?!", "?<=", "?<!" };
    for (size_t i = 0; i < sizeof assertions / sizeof *assertions; i++)
        if (starts_with(s, assertions[i])) {
            s->p += strlen(assertions[i]);
            return GROUP_ASSERTION;
        }
    if (starts_with(s, "*")) {
        s->unknown = true;
    } else if (starts_with(s, "?P<") || starts_with(s, "?<")) {
        s->p += s->p[1] == 'P' ? 3 : 2;
        skip_name(s, '>');
    } else if (starts_with(s, "?'")) {
        s->p += 2;
        skip_name(s, '\'');
    } else if (starts_with(s, "?:") || starts_with(s, "?>") || starts_with(s, "?|")) {
        s->p += 2;
    } else if (starts_with(s, "?")) {
        s->p++;
        if (!parse_options(s))
            return GROUP_OPTIONS;
    }
    return GROUP_PLAIN;
}

static void
parse_group(struct scan *s, struct concat *c)
{
    end_run(c);
    const enum group_kind kind = group_open(s);
    if (s->unknown || kind == GROUP_OPTIONS)
        return;
    if (++s->depth > DEPTH_MAX) {
        s->unknown = true;
        return;
    }
    parse_branches(s, &c->group);
    s->depth--;
    if (s->p < s->end && *s->p == ')')
        s->p++;
    else
        s->unknown = true;
    if (kind == GROUP_ASSERTION)
        c->group.n = 0;
}

static void
parse_atom(struct scan *s, struct concat *c)
{
    const size_t n = char_size(s->p, s->end);
    const char *const at = s->p;
    s->p += n;
    switch (*at) {
    case '\\':
        parse_escape(s, c);
        break;
    case '[':
        parse_class(s, c);
        break;
    case '(':
        parse_group(s, c);
        break;
    case '.':
    case '^':
    case '$':
        end_run(c);
        break;
    case '*':
    case '+':
    case '?':
    case '{':
        s->unknown = true; /* no atom before it, or a brace that is no quantifier */
        break;
    default:
        add_char(s, c, at, n);
    }
}

static void
parse_concat(struct scan *s, struct literal_set *out)
{
    struct concat c;
    concat_init(&c);
    while (!s->unknown && s->p < s->end && *s->p != '|' && *s->p != ')') {
        parse_atom(s, &c);
        end_atom(s, &c);
    }
    end_run(&c);
    *out = c.best;
}

static void
add_branch(struct literal_set *all, const struct literal_set *branch)
{
    if (all->n == 0 || branch->n == 0 || all->n + branch->n > LITERAL_SET) {
        all->n = 0;
        return;
    }
    memcpy(&all->v[all->n], branch->v, branch->n * sizeof *branch->v);
    all->n += branch->n;
}

static void
parse_branches(struct scan *s, struct literal_set *out)
{
    parse_concat(s, out);
    while (!s->unknown && s->p < s->end && *s->p == '|') {
        struct literal_set branch;
        s->p++;
        parse_concat(s, &branch);
        add_branch(out, &branch);
    }
}

static void
plain_string(struct scan *s, struct literal_set *out)
{
    struct concat c;
    concat_init(&c);
    while (s->p < s->end) {
        const size_t n = char_size(s->p, s->end);
        add_char(s, &c, s->p, n);
        s->p += n;
    }
    end_run(&c);
    *out = c.best;
}

static bool
attempt(const struct regex *r, bool folded, struct literal_set *out)
{
    const struct sv pattern = regex_pattern(r);
    struct scan s = { .p = pattern.p, .end = pattern.p + pattern.n, .folded = folded };
    out->n = 0;
    if (regex_flags(r) & REGEX_LITERAL) {
        plain_string(&s, out);
        out->folded = folded;
        return true;
    }
    parse_branches(&s, out);
    if (s.unknown || s.p != s.end)
        out->n = 0;
    out->folded = folded;
    return folded || !s.saw_i;
}

void
literal_required(const struct regex *r, struct literal_set *out)
{
    if (!attempt(r, (regex_flags(r) & REGEX_FOLD) != 0, out))
        attempt(r, true, out);
}
