/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics: collected with their places, printed with the line and a caret.
 *
 * A text is indexed by the offsets of its lines when it is added, so a place is a binary search. What is quoted is
 * text that strangers wrote: it is printed through utf8_put_visible, and the caret's position is counted in what was
 * printed.
 */
#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/vec.h"

struct text_file {
    struct sv name;
    struct sv content;
    VEC(size_t) line; /* offset of each line's first byte; the first is 0 */
};

struct diags {
    struct arena arena; /* messages, contexts, texts */
    VEC(struct text_file *) texts;
    VEC(struct diag) all;
    VEC(struct sv) context; /* the stack of diag_push */
    size_t count[DIAG_NOTE + 1];
};

struct diags *
diags_new(void)
{
    return mem_zalloc(1, sizeof(struct diags));
}

void
diags_free(struct diags *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < d->texts.n; i++)
        vec_fini(&d->texts.v[i]->line);
    vec_fini(&d->texts);
    vec_fini(&d->all);
    vec_fini(&d->context);
    arena_fini(&d->arena);
    mem_free(d);
}

const struct text_file *
diags_add_text(struct diags *d, struct sv name, struct sv content)
{
    struct text_file *f = ARENA_NEW(&d->arena, struct text_file);
    f->name = arena_sv(&d->arena, name);
    f->content = arena_sv(&d->arena, content);
    vec_push(&f->line, 0);
    for (size_t at = sv_find_char(f->content, '\n', 0); at < content.n; at = sv_find_char(f->content, '\n', at + 1))
        vec_push(&f->line, at + 1);
    vec_push(&d->texts, f);
    return f;
}

struct sv
text_file_name(const struct text_file *f)
{
    return f->name;
}

struct sv
text_file_content(const struct text_file *f)
{
    return f->content;
}

/* Index of the line that holds byte `at`. */
static size_t
line_of(const struct text_file *f, size_t at)
{
    size_t low = 0;
    size_t high = f->line.n;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (f->line.v[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void
text_file_locate(const struct text_file *f, size_t at, size_t *line, size_t *column)
{
    if (at > f->content.n)
        at = f->content.n;
    const size_t i = line_of(f, at);
    const size_t start = f->line.v[i];
    *line = i + 1;
    *column = utf8_length(sv_make(f->content.p + start, at - start)) + 1;
}

static void
report(struct diags *d, enum severity severity, struct span at, const char *format, va_list ap)
{
    const struct sv context = d->context.n != 0 ? d->context.v[d->context.n - 1] : SV_NONE;
    const struct sv message = arena_vprintf(&d->arena, format, ap);
    vec_push(&d->all, (struct diag){ severity, at, message, context });
    d->count[severity]++;
}

void
diag_error(struct diags *d, struct span at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    report(d, DIAG_ERROR, at, format, ap);
    va_end(ap);
}

void
diag_warning(struct diags *d, struct span at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    report(d, DIAG_WARNING, at, format, ap);
    va_end(ap);
}

void
diag_note(struct diags *d, struct span at, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    report(d, DIAG_NOTE, at, format, ap);
    va_end(ap);
}

void
diag_push(struct diags *d, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    const struct sv context = arena_vprintf(&d->arena, format, ap);
    va_end(ap);
    vec_push(&d->context, context);
}

void
diag_pop(struct diags *d)
{
    assert(d->context.n != 0);
    d->context.n--;
}

size_t
diags_errors(const struct diags *d)
{
    return d->count[DIAG_ERROR];
}

size_t
diags_warnings(const struct diags *d)
{
    return d->count[DIAG_WARNING];
}

size_t
diags_count(const struct diags *d)
{
    return d->all.n;
}

const struct diag *
diags_get(const struct diags *d, size_t i)
{
    assert(i < d->all.n);
    return &d->all.v[i];
}

size_t
diags_errors_since(const struct diags *d, size_t since)
{
    size_t n = 0;
    for (size_t i = since; i < d->all.n; i++)
        n += d->all.v[i].severity == DIAG_ERROR;
    return n;
}

void
diags_forget(struct diags *d)
{
    d->all.n = 0;
    memset(d->count, 0, sizeof d->count);
}

struct sv
diag_suggestion(const struct diag *g)
{
    static const struct sv before = { "(did you mean '", 15 };
    static const struct sv behind = { "'?)", 3 };
    const size_t at = sv_find(g->message, before, 0);
    if (at == g->message.n || !sv_ends(g->message, behind))
        return SV_NONE;
    const struct sv rest = sv_from(g->message, at + before.n);
    return sv_make(rest.p, rest.n - behind.n);
}

static int
compare_places(const struct span *a, const struct span *b)
{
    if (a->file == NULL || b->file == NULL)
        return (a->file != NULL) - (b->file != NULL);
    const int c = sv_cmp(a->file->name, b->file->name);
    return c != 0 ? c : (a->at > b->at) - (a->at < b->at);
}

/* Of pointers into one array: what compares equal keeps the order of the array. */
static int
compare_diags(const void *x, const void *y)
{
    const struct diag *a = *(const struct diag *const *)x;
    const struct diag *b = *(const struct diag *const *)y;
    int c = compare_places(&a->span, &b->span);
    if (c == 0)
        c = (a->severity > b->severity) - (a->severity < b->severity);
    return c != 0 ? c : (a > b) - (a < b);
}

void
diags_sort(struct diags *d)
{
    const size_t n = d->all.n;
    if (n < 2)
        return;
    const struct diag **order = mem_zalloc(n, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = &d->all.v[i];
    qsort(order, n, sizeof *order, compare_diags);
    struct diag *sorted = mem_zalloc(n, sizeof *sorted);
    for (size_t i = 0; i < n; i++)
        sorted[i] = *order[i];
    memcpy(d->all.v, sorted, n * sizeof *sorted);
    mem_free(sorted);
    mem_free(order);
}

/* A line longer than this is quoted in part: the marked place and its surroundings. */
#define QUOTE_MAX    160
#define QUOTE_BEFORE 60

struct quote {
    struct buf text;  /* the line as printed */
    struct buf caret; /* blanks (tabs where the line has tabs), then ^~~~ */
};

static void
put_repeated(struct buf *b, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_putc(b, c);
}

/* One character of the quoted line and what stands below it. A tab is kept, and stands below itself. */
static void
quote_character(struct quote *q, uint32_t cp, bool marked, bool *started)
{
    size_t width = 1;
    if (cp == '\t')
        buf_putc(&q->text, '\t');
    else
        width = utf8_put_visible(&q->text, cp);
    if (marked && !*started) {
        buf_putc(&q->caret, '^');
        put_repeated(&q->caret, '~', width - 1);
        *started = true;
    } else if (marked) {
        put_repeated(&q->caret, '~', width);
    } else if (!*started) {
        put_repeated(&q->caret, cp == '\t' ? '\t' : ' ', width);
    }
}

/* The byte from which on the line is quoted, so that the mark is in sight. */
static size_t
quote_start(struct sv line, size_t mark)
{
    size_t characters = utf8_length(sv_make(line.p, mark));
    if (characters < QUOTE_MAX - QUOTE_BEFORE)
        return 0;
    const char *p = line.p;
    for (; characters > QUOTE_BEFORE; characters--)
        utf8_next(&p, sv_end(line));
    return (size_t)(p - line.p);
}

static void
quote_line(struct quote *q, struct sv line, size_t mark, size_t mark_n)
{
    bool started = false;
    const char *end = sv_end(line);
    const char *p = line.p + quote_start(line, mark);
    const char *mark_p = line.p + mark;
    if (p != line.p) {
        buf_puts(&q->text, "...");
        put_repeated(&q->caret, ' ', 3);
    }
    for (size_t n = 0; p < end && n < QUOTE_MAX; n++) {
        const bool marked = p >= mark_p && (!started || p < mark_p + mark_n);
        const uint32_t cp = utf8_next(&p, end);
        quote_character(q, cp, marked, &started);
    }
    if (p < end)
        buf_puts(&q->text, "...");
    if (!started)
        buf_putc(&q->caret, '^');
}

/* The line without its end. */
static struct sv
line_text(const struct text_file *f, size_t line)
{
    const size_t start = f->line.v[line - 1];
    const size_t end = sv_find_char(f->content, '\n', start);
    struct sv text = sv_make(f->content.p + start, end - start);
    if (text.n != 0 && text.p[text.n - 1] == '\r')
        text.n--;
    return text;
}

static void
print_quote(const struct diag *g, size_t line, FILE *to)
{
    const struct text_file *f = g->span.file;
    const struct sv text = line_text(f, line);
    size_t mark = g->span.at - f->line.v[line - 1];
    if (mark > text.n)
        mark = text.n;
    const size_t mark_n = g->span.n < text.n - mark ? g->span.n : text.n - mark;
    struct quote q = { BUF_INIT, BUF_INIT };
    quote_line(&q, text, mark, mark_n);
    fprintf(to, "%5zu | %s\n", line, buf_cstr(&q.text));
    fprintf(to, "      | %s\n", buf_cstr(&q.caret));
    buf_fini(&q.text);
    buf_fini(&q.caret);
}

static void
print_visible(struct sv s, FILE *to)
{
    struct buf b = BUF_INIT;
    for (const char *p = s.p, *end = sv_end(s); p != end;)
        utf8_put_visible(&b, utf8_next(&p, end));
    fwrite(b.n != 0 ? b.p : "", 1, b.n, to);
    buf_fini(&b);
}

void
diag_print(const struct diag *g, FILE *to)
{
    static const char *const names[] = { "error", "warning", "note" };
    struct diag shown = *g;
    size_t line = 0;
    size_t column = 0;
    if (g->span.file != NULL) {
        if (shown.span.at > g->span.file->content.n)
            shown.span.at = g->span.file->content.n;
        text_file_locate(g->span.file, shown.span.at, &line, &column);
        print_visible(g->span.file->name, to);
        fprintf(to, ":%zu:%zu: ", line, column);
    } else {
        fputs("authsift: ", to);
    }
    fprintf(to, "%s: ", names[g->severity]);
    print_visible(g->message, to);
    fputc('\n', to);
    if (g->span.file != NULL && g->span.file->content.n != 0)
        print_quote(&shown, line, to);
    if (g->context.n != 0) {
        fputs("   while ", to);
        print_visible(g->context, to);
        fputc('\n', to);
    }
}

void
diags_print(const struct diags *d, FILE *to)
{
    for (size_t i = 0; i < d->all.n; i++)
        diag_print(&d->all.v[i], to);
}

struct sv
diag_nearest(struct sv word, size_t n, struct sv (*name)(const void *ctx, size_t i), const void *ctx)
{
    const size_t third = word.n / 3;
    unsigned limit = third > 2 ? 2 : third < 1 ? 1 : (unsigned)third;
    struct sv best = SV_NONE;
    for (size_t i = 0; i < n; i++) {
        const struct sv candidate = name(ctx, i);
        const unsigned distance = sv_distance(word, candidate, limit);
        if (distance > limit)
            continue;
        best = candidate;
        if (distance == 0)
            break;
        limit = distance - 1;
    }
    return best;
}
