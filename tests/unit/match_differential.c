/* SPDX-License-Identifier: Apache-2.0 */
/* The matcher against the obvious: every rule's tree, evaluated predicate by predicate, without indexes. Random
 * programs over random events; texts come from a small pool, so that matches are frequent and near misses more so.
 *
 * A failing case prints its seed: run it alone with CK_RUN_CASE=differential. */
#include <stdio.h>

#include "base/buf.h"
#include "match/scratch.h"
#include "match_tests.h"
#include "match_world.h"

#define FIELDS 6
#define PROGRAMS 400
#define EVENTS 40

struct random {
    uint64_t state;
};

static uint32_t
next(struct random *r, uint32_t n)
{
    r->state = r->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(r->state >> 33) % n;
}

static const char *const pool[] = {
    "",
    "a",
    "ab",
    "abc",
    "abcd",
    "abcde",
    "Abcd",
    "token.issue",
    "app.authorize",
    "app.revoke",
    "post.create",
    "followers",
    "fast followers",
    "get followers fast",
    "GET FOLLOWERS",
    "http://x.example/a?b=c",
    "5",
    "5.0",
    "-5",
    "true",
    "false",
    "10.0.0.7",
    "10.1.0.7",
    "2001:db8::1",
    "2026-11-22T03:14:15Z",
    "a\xc3\xa9"
    "bcd",
    "\xe2\x80\x93"
    "flag",
    "-flag x",
    "/flag",
    "k\xc3\xb6ln followers",
    "xxxxabcdxxxx",
    "curl/8.1",
    "Mozilla/5.0 (X11)",
    "mozilla",
    "abcabcabcd",
};
#define N_POOL (sizeof pool / sizeof *pool)

static const char *const globs[] = {
    "*",        "?",         "a*",     "*d",         "a?c*",  "*bcd*",     "abc?",
    "get*fast", "*f?llow*s", "^flag*", "*http*?b=*", "a?bcd", "abcd*abcd", "*abc*abcd",
};
static const char *const regexes[] = {
    "followers?",  "^app\\.(authorize|revoke)$",
    "(?i)FOLLOW",  "curl/\\d+",
    "a|b",         "(foo|mozilla|getx?) ",
    "[0-9]{2}\\.", "(abc)+d",
    "k.ln",        "\\bfast\\b",
    "x{4}a?bcd",   "(?:http|ftp)s?://[a-z.]+/",
};

static void
add_text(struct random *r, struct buf *out)
{
    const size_t start = out->n;
    buf_puts(out, pool[next(r, N_POOL)]);
    if (next(r, 4) == 0)
        buf_printf(out, " %s", pool[next(r, N_POOL)]);
    if (next(r, 6) != 0)
        return;
    for (size_t i = start; i < out->n; i++)
        if (out->p[i] >= 'a' && out->p[i] <= 'z')
            out->p[i] = (char)(out->p[i] & ~0x20);
}

static field_id
any_field(struct random *r, const field_id *field)
{
    return next(r, 12) == 0 ? FIELD_ANY : field[next(r, FIELDS)];
}

static pred_id
random_other(struct random *r, struct world *w, field_id f, const field_id *field)
{
    switch (next(r, 7)) {
    case 0:
        return world_plain(w, OP_NULL, f);
    case 1:
        return world_plain(w, OP_EXISTS, f);
    case 2:
        return world_boolean(w, f, next(r, 2) == 0);
    case 3:
        return world_cidr(w, f, next(r, 2) == 0 ? "10.0.0.0" : "2001:db8::", next(r, 2) == 0 ? 8 : 24);
    case 4:
        return world_number(w, f, (enum compare)next(r, 6), (double)next(r, 7) - 2, PART_NONE);
    case 5:
        return world_number(w, f, CMP_GTE, 3, PART_HOUR);
    default:
        return world_fieldref(w, f, (enum op)next(r, 4), field[next(r, FIELDS)], next(r, 2) == 0);
    }
}

static pred_id
random_pred(struct random *r, struct world *w, const field_id *field)
{
    const field_id f = any_field(r, field);
    const uint32_t kind = next(r, 12);
    if (kind < 4)
        return world_text(w, OP_EQ, f, pool[next(r, N_POOL)], next(r, 4) == 0);
    if (kind < 8)
        return world_text(w, (enum op)(OP_CONTAINS + (int)next(r, 3)), f, pool[next(r, N_POOL)], next(r, 4) == 0);
    if (kind == 8)
        return world_glob(w, f, globs[next(r, sizeof globs / sizeof *globs)], next(r, 4) == 0);
    if (kind == 9)
        return world_regex(w, f, regexes[next(r, sizeof regexes / sizeof *regexes)], next(r, 3) == 0 ? REGEX_FOLD : 0);
    if (kind == 10)
        return world_number(w, f, CMP_EQ, (double)next(r, 11) - 5, PART_NONE);
    return random_other(r, w, f, field);
}

static struct expr *
random_expr(struct random *r, struct world *w, const field_id *field, unsigned depth)
{
    struct expr *kid[5];
    const uint32_t kind = next(r, 10);
    if (depth == 0 || kind < 3)
        return next(r, 60) == 0 ? expr_const(w->program, next(r, 2) == 0)
                                : expr_leaf(w->program, random_pred(r, w, field));
    if (kind == 3)
        return expr_not(w->program, random_expr(r, w, field, depth - 1));
    const size_t n = 1 + next(r, 5);
    for (size_t i = 0; i < n; i++)
        kid[i] = random_expr(r, w, field, depth - 1);
    struct expr *e = expr_join(w->program, kind < 8 ? EXPR_AND : EXPR_OR, kid, n);
    if (next(r, 3) == 0)
        e->label = SV("label");
    return e;
}

static void
add_value(struct random *r, struct buf *out)
{
    static const char *const words[] = { "true", "false", "null", "object", "n:5", "n:-5", "n:5.0", "n:1e1" };
    if (next(r, 3) == 0) {
        buf_puts(out, words[next(r, sizeof words / sizeof *words)]);
        return;
    }
    buf_puts(out, next(r, 5) == 0 ? "e:\\u0061" : "s:");
    add_text(r, out);
}

static void
add_list(struct random *r, struct buf *out)
{
    buf_putc(out, '[');
    for (uint32_t n = next(r, 5); n > 0; n--) {
        add_value(r, out);
        buf_puts(out, n > 1 ? "|" : "");
    }
    buf_putc(out, ']');
}

static void
random_event(struct random *r, struct world *w, const field_id *field)
{
    struct buf spec = BUF_INIT;
    world_event(w);
    for (size_t i = 0; i <= FIELDS; i++) {
        const field_id f = i < FIELDS ? field[i] : FIELD_ANY;
        if (next(r, 5) == 0)
            continue;
        buf_reset(&spec);
        if (next(r, 4) == 0)
            add_list(r, &spec);
        else
            add_value(r, &spec);
        world_set(w, f, buf_cstr(&spec));
    }
    buf_fini(&spec);
}

/* FIELD_ANY as a parser offers it: collected on first use, with the line at hand to look at before. */
struct lazy {
    struct value value;
};

static void
collect(void *collector, struct event *ev)
{
    ev->v[FIELD_ANY] = ((const struct lazy *)collector)->value;
}

static void
make_lazy(struct random *r, struct world *w, struct lazy *lazy)
{
    struct buf line = BUF_INIT;
    struct event *ev = &w->ev;
    size_t n;
    struct value *member = value_members(&ev->v[FIELD_ANY], &n);
    bool escaped = false;

    buf_puts(&line, "{\"");
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        escaped = escaped || (member[i].flags & VALUE_ESCAPED) != 0;
        if (!escaped && value_text(&member[i], &w->arena, &text))
            buf_printf(&line, "%.*s\",\"", SV_ARG(text));
    }
    lazy->value = ev->v[FIELD_ANY];
    lazy->value.kind = lazy->value.kind == VALUE_UNSET ? VALUE_ABSENT : lazy->value.kind;
    ev->v[FIELD_ANY] = (struct value){ 0 };
    ev->derivable[0] |= 1;
    ev->collect = collect;
    ev->collector = lazy;
    ev->raw = arena_sv(&w->arena, buf_view(&line));
    ev->verbatim = !escaped && next(r, 3) != 0;
    buf_fini(&line);
}

static bool
naive(const struct world *w, const struct expr *e, struct match_scratch *s, struct event *ev)
{
    switch (e->kind) {
    case EXPR_TRUE:
        return true;
    case EXPR_FALSE:
        return false;
    case EXPR_PRED:
        return match_pred(w->program, e->leaf, s, ev);
    case EXPR_NOT:
        return !naive(w, e->kid[0], s, ev);
    case EXPR_AND:
        for (size_t i = 0; i < e->n_kids; i++)
            if (!naive(w, e->kid[i], s, ev))
                return false;
        return true;
    case EXPR_OR:
        for (size_t i = 0; i < e->n_kids; i++)
            if (naive(w, e->kid[i], s, ev))
                return true;
        return false;
    }
    return false;
}

static size_t
compare(const struct world *w, const struct matcher *m, const bool *enabled, struct match_scratch *s,
        struct match_scratch *slow, struct event *ev, const char *where)
{
    const uint32_t *rules;
    const size_t n = matcher_run(m, s, ev, &rules);
    size_t k = 0;
    for (uint32_t i = 0; i < w->program->rules.n; i++) {
        const bool want = enabled[i] && naive(w, w->program->rules.v[i].condition, slow, ev);
        const bool got = k < n && rules[k] == i;
        if (want != got) {
            printf("%s: rule %u should %smatch\n", where, i, want ? "" : "not ");
            match_explain(w->program, i, slow, ev, stdout);
        }
        ck_assert_int_eq(want, got);
        k += got;
    }
    ck_assert_uint_eq(k, n);
    return n;
}

static void
run_program(uint64_t seed, uint64_t *matches)
{
    struct random r = { seed * 7919 + 1 };
    struct world w;
    field_id field[FIELDS];
    char name[16], where[64];
    world_init(&w);
    for (int i = 0; i < FIELDS; i++) {
        snprintf(name, sizeof name, "f%d", i);
        field[i] = world_field(&w, name);
    }
    /* Few rules, or many: more than a word of candidates, and nodes that are divided again. */
    const uint32_t n_rules = next(&r, 4) == 0 ? 150 : 1 + next(&r, 20);
    bool enabled[2][150];
    for (uint32_t i = 0; i < n_rules; i++) {
        world_rule(&w, "r", random_expr(&r, &w, field, next(&r, 4)));
        enabled[0][i] = next(&r, 5) != 0;
        enabled[1][i] = next(&r, 5) == 0;
    }
    program_freeze(w.program);
    struct matcher *m[2] = { matcher_new(w.program, enabled[0], seed % 2 == 0),
                             matcher_new(w.program, enabled[1], seed % 2 == 0) };
    struct match_scratch *s = match_scratch_new(w.program);
    struct match_scratch *slow = match_scratch_new(w.program);
    for (unsigned i = 0; i < EVENTS; i++) {
        random_event(&r, &w, field);
        snprintf(where, sizeof where, "program %llu, event %u", (unsigned long long)seed, i);
        if (i == EVENTS / 2)
            s->stamp = UINT32_MAX - MEMO_STATES + 1; /* the stamps begin again in the next event */
        struct lazy lazy;
        if (next(&r, 2) == 0)
            make_lazy(&r, &w, &lazy);
        *matches += compare(&w, m[i % 2], enabled[i % 2], s, slow, &w.ev, where);
    }
    match_scratch_free(slow);
    match_scratch_free(s);
    matcher_free(m[0]);
    matcher_free(m[1]);
    world_fini(&w);
}

START_TEST(differential)
{
    uint64_t matches = 0;
    for (uint64_t i = 0; i < PROGRAMS / 8; i++)
        run_program((uint64_t)_i * 1000 + i, &matches);
    /* Else the comparison would compare nothing with nothing. */
    ck_assert_uint_gt(matches, EVENTS * PROGRAMS / 16);
}
END_TEST

TCase *
match_differential_tests(void)
{
    TCase *t = tcase_create("differential");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, differential, 0, 8);
    return t;
}
