/* SPDX-License-Identifier: Apache-2.0 */
/* String operators against their definitions, written here as plainly as can be. The first line of the input is the
 * pattern, the rest the subject:
 *
 *     EQ, CONTAINS, STARTS, ENDS   the pattern as text, cased and folded
 *     GLOB                         the pattern with `*`, `?`, and `~` for a dash of windash
 *     REGEX                        the pattern as a literal against a search, and as a regex, which only must end
 */
#include <string.h>

#include "event/event.h"
#include "fuzz.h"
#include "ir/program.h"
#include "match/match.h"

const char fuzz_target[] = "match";

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static struct sv
fold_text(struct arena *a, struct sv s)
{
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = fold(s.p[i]);
    return sv_make(p, s.n);
}

/* ---- definitions ---- */

static bool
is_at(struct sv text, size_t at, struct sv piece)
{
    return at <= text.n && text.n - at >= piece.n && (piece.n == 0 || memcmp(text.p + at, piece.p, piece.n) == 0);
}

static bool
defined_text(enum op op, struct sv pattern, struct sv text)
{
    switch (op) {
    case OP_EQ:
        return text.n == pattern.n && is_at(text, 0, pattern);
    case OP_STARTS:
        return is_at(text, 0, pattern);
    case OP_ENDS:
        return text.n >= pattern.n && is_at(text, text.n - pattern.n, pattern);
    default:
        for (size_t at = 0; at <= text.n; at++)
            if (is_at(text, at, pattern))
                return true;
        return false;
    }
}

static size_t
character(struct sv text, size_t at)
{
    size_t n = 1;

    while (at + n < text.n && ((unsigned char)text.p[at + n] & 0xc0) == 0x80)
        n++;
    return n;
}

static size_t
dash(struct sv text, size_t at)
{
    static const char *const dashes[] = { "-", "/", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\x95" };

    for (size_t i = 0; i < sizeof dashes / sizeof dashes[0]; i++)
        if (is_at(text, at, sv_of(dashes[i])))
            return strlen(dashes[i]);
    return 0;
}

/* reach[i]: the tokens so far can end at byte i of the text. */
static bool
defined_glob(const struct glob_token *token, size_t n, struct sv text, struct arena *a)
{
    bool *reach = arena_zalloc(a, text.n + 1, sizeof *reach);

    reach[0] = true;
    for (size_t t = 0; t < n; t++) {
        bool *next = arena_zalloc(a, text.n + 1, sizeof *next);
        for (size_t at = 0; at <= text.n; at++) {
            if (!reach[at])
                continue;
            if (token[t].kind == GLOB_ANY)
                memset(next + at, true, text.n + 1 - at);
            else if (token[t].kind == GLOB_ONE && at < text.n)
                next[at + character(text, at)] = true;
            else if (token[t].kind == GLOB_DASH && at < text.n && dash(text, at) != 0)
                next[at + dash(text, at)] = true;
            else if (token[t].kind == GLOB_TEXT && is_at(text, at, token[t].text))
                next[at + token[t].text.n] = true;
        }
        reach = next;
    }
    return reach[text.n];
}

/* ---- the program's answers ---- */

struct bench {
    struct fields *fields;
    field_id field;
    struct program *program;
    struct arena memory;  /* of the definitions */
    struct arena scratch; /* of the event */
};

static bool
ask(struct bench *b, const struct pred *pred, struct sv subject)
{
    struct event ev;
    const pred_id id = program_pred(b->program, pred);
    struct match_scratch *s = match_scratch_new(b->program);

    arena_reset(&b->scratch);
    event_init(&ev, fields_count(b->fields), &b->scratch, NULL);
    event_reset(&ev);
    event_set_text(&ev, b->field, subject);
    const bool yes = match_pred(b->program, id, s, &ev);
    event_fini(&ev);
    match_scratch_free(s);
    return yes;
}

static void
try_texts(struct bench *b, struct sv pattern, struct sv subject)
{
    static const enum op ops[] = { OP_EQ, OP_CONTAINS, OP_STARTS, OP_ENDS };
    const struct sv folded_pattern = fold_text(&b->memory, pattern);
    const struct sv folded_subject = fold_text(&b->memory, subject);

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct pred pred = { .op = ops[i], .field = b->field, .cased = true, .text = pattern };
        fuzz_require(ask(b, &pred, subject) == defined_text(ops[i], pattern, subject));
        pred.cased = false;
        pred.text = folded_pattern;
        fuzz_require(ask(b, &pred, subject) == defined_text(ops[i], folded_pattern, folded_subject));
    }
}

static size_t
tokens(struct sv pattern, struct glob_token *token)
{
    size_t n = 0;

    for (size_t i = 0; i < pattern.n; i++) {
        const char c = pattern.p[i];
        const enum glob_kind kind = c == '*' ? GLOB_ANY : c == '?' ? GLOB_ONE : c == '~' ? GLOB_DASH : GLOB_TEXT;
        if (kind == GLOB_TEXT && n != 0 && token[n - 1].kind == GLOB_TEXT)
            token[n - 1].text.n++;
        else if (kind != GLOB_ANY || n == 0 || token[n - 1].kind != GLOB_ANY)
            token[n++] = (struct glob_token){ kind, kind == GLOB_TEXT ? sv_make(pattern.p + i, 1) : SV_NONE };
    }
    return n;
}

static void
try_glob(struct bench *b, struct sv pattern, struct sv subject)
{
    struct glob_token *token = arena_zalloc(&b->memory, pattern.n + 1, sizeof *token);
    struct pred pred = { .op = OP_GLOB, .field = b->field, .cased = true, .glob = token };

    pred.n_glob = tokens(pattern, token);
    if (pred.n_glob == 0)
        return;
    fuzz_require(ask(b, &pred, subject) == defined_glob(token, pred.n_glob, subject, &b->memory));

    struct glob_token *folded = arena_zalloc(&b->memory, pattern.n + 1, sizeof *folded);
    pred.cased = false;
    pred.glob = folded;
    pred.n_glob = tokens(fold_text(&b->memory, pattern), folded);
    fuzz_require(ask(b, &pred, subject) ==
                 defined_glob(folded, pred.n_glob, fold_text(&b->memory, subject), &b->memory));
}

static void
try_regex(struct sv pattern, struct sv subject)
{
    struct regex_scratch *s = regex_scratch_new();
    struct sv error = SV_NONE;
    size_t at = 0;

    struct regex *literal = regex_new(pattern, REGEX_LITERAL, &error, &at);
    if (literal != NULL)
        fuzz_require((regex_search(literal, subject, s) == REGEX_YES) == defined_text(OP_CONTAINS, pattern, subject));
    regex_free(literal);

    for (unsigned flags = 0; flags < REGEX_LITERAL; flags++) {
        struct regex *r = regex_new(pattern, flags, &error, &at);
        if (r != NULL)
            regex_search(r, subject, s);
        else
            fuzz_require(error.n != 0 && at <= pattern.n);
        regex_free(r);
    }
    regex_scratch_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sv input = sv_make((const char *)data, size);
    struct sv pattern, rest = input;
    struct bench b;

    /* Events and rules hold well-formed text only. */
    if (size == 0 || !fuzz_is_utf8(input.p, input.n) || !sv_split(&rest, '\n', &pattern))
        return 0;
    if (rest.p == NULL)
        rest = SV("");

    b.fields = fields_new();
    b.field = fields_add(b.fields, SV("text"));
    b.program = program_new(b.fields);
    arena_init(&b.memory);
    arena_init(&b.scratch);
    try_texts(&b, pattern, rest);
    try_glob(&b, pattern, rest);
    try_regex(pattern, rest);
    arena_fini(&b.scratch);
    arena_fini(&b.memory);
    program_free(b.program);
    fields_free(b.fields);
    return 0;
}
