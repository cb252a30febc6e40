/* SPDX-License-Identifier: Apache-2.0 */
/* PCRE2 behind the small face that rules need.
 *
 * Subjects are valid UTF-8, because formats reject lines that are not; but a value that is cut or decoded wrongly
 * somewhere must not become a memory error, so it is checked here once more, by our own check, which is nearly free
 * on ASCII (that of pcre2_match costs three times the search), and is then no match. PCRE2_MATCH_INVALID_UTF would do
 * the same, but the JIT of 10.42 translates \W, \S and \D wrongly under it: they never match a character beyond ASCII.
 *
 * JIT on first use: translating takes 10 to 100 us, so doing it while rules load would cost 4,000 rules most of a
 * second, and most patterns are never tried, because a literal they need does not occur. The first search translates
 * under the regex's own lock; all later ones see `ready` and take no lock. The rest of a regex never changes.
 *
 * Limits: without them one line could hold up a run for years. What runs into one is REGEX_LIMIT, never a match.
 */
#include "ir/regex.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/codec.h"
#include "base/mem.h"

/* Backtracking steps from one start. A pattern that is not at fault needs some for each byte, so that long subjects
 * get more. */
#define STEPS          UINT32_C(250000)
#define STEPS_PER_BYTE 4
#define DEPTH          UINT32_C(50000)
#define HEAP_KIB       UINT32_C(16384)
#define JIT_STACK_MIN  ((size_t)32 << 10)
#define JIT_STACK_MAX  ((size_t)2 << 20)

enum jit_state { JIT_NOT_TRIED, JIT_READY, JIT_REFUSED };

/* The only part of a regex that changes, once. */
struct regex_jit {
    pthread_mutex_t lock; /* held while translating */
    _Atomic int state;    /* enum jit_state; released after code->jit is written */
};

struct regex {
    pcre2_code *code;
    struct sv pattern;
    unsigned flags;
    struct regex_jit *jit;
};

struct regex_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    uint32_t steps; /* the limit that context has */
};

static uint32_t
compile_options(unsigned flags)
{
    uint32_t o = PCRE2_UTF;
    if (flags & REGEX_FOLD)
        o |= PCRE2_CASELESS;
    if (flags & REGEX_LITERAL)
        return o | PCRE2_LITERAL; /* PCRE2 refuses the others beside it; they would have no meaning */
    o |= PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C;
    if (flags & REGEX_MULTILINE)
        o |= PCRE2_MULTILINE;
    if (flags & REGEX_DOTALL)
        o |= PCRE2_DOTALL;
    return o;
}

static struct sv
error_text(int code)
{
    static _Thread_local PCRE2_UCHAR text[256];
    if (pcre2_get_error_message(code, text, sizeof text) < 0)
        return SV("unknown error");
    return sv_of((const char *)text);
}

static struct regex_jit *
jit_new(void)
{
    struct regex_jit *jit = mem_zalloc(1, sizeof *jit);
    const int failed = pthread_mutex_init(&jit->lock, NULL);
    assert(failed == 0);
    (void)failed;
    atomic_init(&jit->state, JIT_NOT_TRIED);
    return jit;
}

/* The newline is part of what `.`, `^` and `$` mean: not left to how the library was built. */
static pcre2_code *
compile(struct sv pattern, unsigned flags, int *error, PCRE2_SIZE *at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context != NULL)
        pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    const PCRE2_SPTR text = (PCRE2_SPTR)(pattern.n != 0 ? pattern.p : "");
    pcre2_code *code = pcre2_compile(text, pattern.n, compile_options(flags), error, at, context);
    pcre2_compile_context_free(context);
    return code;
}

struct regex *
regex_new(struct sv pattern, unsigned flags, struct sv *error, size_t *error_at)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    pcre2_code *compiled = compile(pattern, flags, &code, &at);
    if (compiled == NULL) {
        *error = error_text(code);
        *error_at = at < pattern.n ? at : pattern.n;
        return NULL;
    }
    struct regex *r = mem_zalloc(1, sizeof *r);
    r->code = compiled;
    r->pattern = sv_make(mem_dup(pattern.p, pattern.n), pattern.n);
    r->flags = flags;
    r->jit = jit_new();
    return r;
}

void
regex_free(struct regex *r)
{
    if (r == NULL)
        return;
    pcre2_code_free(r->code);
    pthread_mutex_destroy(&r->jit->lock);
    mem_free(r->jit);
    mem_free((char *)(uintptr_t)r->pattern.p);
    mem_free(r);
}

struct sv
regex_pattern(const struct regex *r)
{
    return r->pattern;
}

unsigned
regex_flags(const struct regex *r)
{
    return r->flags;
}

struct regex_scratch *
regex_scratch_new(void)
{
    struct regex_scratch *s = mem_zalloc(1, sizeof *s);
    s->data = pcre2_match_data_create(1, NULL);
    s->context = pcre2_match_context_create(NULL);
    s->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL); /* NULL without JIT: not needed then */
    if (s->data == NULL || s->context == NULL) {
        regex_scratch_free(s);
        mem_alloc(SIZE_MAX); /* out of memory: ends the run */
    }
    s->steps = STEPS;
    pcre2_set_match_limit(s->context, s->steps);
    pcre2_set_depth_limit(s->context, DEPTH);
    pcre2_set_heap_limit(s->context, HEAP_KIB);
    if (s->stack != NULL)
        pcre2_jit_stack_assign(s->context, NULL, s->stack);
    return s;
}

void
regex_scratch_free(struct regex_scratch *s)
{
    if (s == NULL)
        return;
    pcre2_jit_stack_free(s->stack);
    pcre2_match_context_free(s->context);
    pcre2_match_data_free(s->data);
    mem_free(s);
}

/* JIT may be missing or forbidden (a hardened service may not make executable memory): then the interpreter runs,
 * with the same answers. */
static enum jit_state
jit_translate(const struct regex *r)
{
    pthread_mutex_lock(&r->jit->lock);
    int state = atomic_load_explicit(&r->jit->state, memory_order_relaxed);
    if (state == JIT_NOT_TRIED) {
        state = pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE) == 0 ? JIT_READY : JIT_REFUSED;
        atomic_store_explicit(&r->jit->state, state, memory_order_release);
    }
    pthread_mutex_unlock(&r->jit->lock);
    return (enum jit_state)state;
}

static enum jit_state
jit_state(const struct regex *r)
{
    const int state = atomic_load_explicit(&r->jit->state, memory_order_acquire);
    return state != JIT_NOT_TRIED ? (enum jit_state)state : jit_translate(r);
}

static void
set_steps(struct regex_scratch *s, size_t n)
{
    const size_t want = n * STEPS_PER_BYTE;
    const uint32_t steps = want > UINT32_MAX ? UINT32_MAX : want > STEPS ? (uint32_t)want : STEPS;
    if (steps == s->steps)
        return;
    s->steps = steps;
    pcre2_set_match_limit(s->context, steps);
}

enum regex_result
regex_search(const struct regex *r, struct sv subject, struct regex_scratch *s)
{
    const PCRE2_SPTR text = (PCRE2_SPTR)(subject.n != 0 ? subject.p : "");
    if (!utf8_valid(subject, NULL))
        return REGEX_NO;
    set_steps(s, subject.n);
    const int rc = jit_state(r) == JIT_READY
                       ? pcre2_jit_match(r->code, text, subject.n, 0, 0, s->data, s->context)
                       : pcre2_match(r->code, text, subject.n, 0, PCRE2_NO_UTF_CHECK, s->data, s->context);
    if (rc >= 0)
        return REGEX_YES;
    return rc == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}
