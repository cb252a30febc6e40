/* SPDX-License-Identifier: Apache-2.0 */
/* CSV with a header (RFC 4180): commas; quotes that open only at the start of a field and close only at its end,
 * doubled inside; LF or CRLF, which a quoted field may contain. The header's columns are dotted field names.
 *
 * A quote that is never closed must not swallow the rest of a file. A record is therefore given up when it is longer
 * than the limit, when the text ends inside its quotes, or when a quote stands where none may: then the reject ends
 * with the line on which the offending field began, and the next line is read as a new record.
 *
 * Where records end is decided here, because the line limit and the giving up belong to it. Most lines are records:
 * only where quotes hold a line end, or are not as they should be, a record is looked at byte by byte. */
#include "input/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "input/csv_split.h"

extern const struct format format_csv;

#define COLUMNS_SHOWN 8
/* Of a sink: a field that no record has. */
#define NO_MORE (CSV_ALL - 1)

/* ---- where a record ends ---- */

enum scan { SCAN_END, SCAN_OPEN, SCAN_MISPLACED };

struct scanner {
    const char *p;
    size_t n; /* what may be looked at */
    size_t at;
    size_t field;   /* where the current field began */
    bool in_quotes; /* SCAN_OPEN: the text ends inside quotes */
};

static bool
is_line_end(const struct scanner *s, size_t at)
{
    return s->p[at] == '\n' || (s->p[at] == '\r' && at + 1 < s->n && s->p[at + 1] == '\n');
}

/* at: behind a closing quote (or what looks like one). True if the field may end there or more text is needed. */
static bool
may_end(const struct scanner *s, size_t at)
{
    return at == s->n || s->p[at] == ',' || is_line_end(s, at) || (s->p[at] == '\r' && at + 1 == s->n);
}

/* Moves over a field that began with a quote. False if a quote is misplaced. */
static bool
scan_quoted(struct scanner *s)
{
    size_t at = s->at + 1;
    for (;;) {
        const char *quote = at < s->n ? memchr(s->p + at, '"', s->n - at) : NULL;
        s->in_quotes = quote == NULL;
        if (quote == NULL) {
            s->at = s->n;
            return true;
        }
        at = (size_t)(quote - s->p) + 1;
        if (at < s->n && s->p[at] == '"') {
            at++;
            continue;
        }
        /* At the last byte at hand it may also be the first of two: then there is more text, or the record is too
         * long. */
        s->at = at;
        return may_end(s, at);
    }
}

/* Moves to the end of a field that began without a quote. */
static bool
scan_unquoted(struct scanner *s)
{
    for (; s->at < s->n; s->at++) {
        const char c = s->p[s->at];
        if (c == ',' || c == '\n')
            break;
        if (c == '"')
            return false;
    }
    return true;
}

/* Stops at the line end (SCAN_END), at the end of the text (SCAN_OPEN), or in a field with a misplaced quote. */
static enum scan
scan(struct scanner *s)
{
    for (;;) {
        s->field = s->at;
        const bool quoted = s->at < s->n && s->p[s->at] == '"';
        if (!(quoted ? scan_quoted(s) : scan_unquoted(s)))
            return SCAN_MISPLACED;
        if (s->at < s->n && s->p[s->at] == '\r')
            s->at++;
        if (s->at >= s->n)
            return SCAN_OPEN;
        if (s->p[s->at] == '\n')
            return SCAN_END;
        s->at++;
    }
}

static enum cut
found(struct sv text, size_t end, struct record *r)
{
    const size_t n = cut_without_cr(text.p, end);
    *r = (struct record){ .n = end < text.n ? end + 1 : end, .text = n, .why = REJECT_TOO_LONG };
    r->lines = cut_count_lines(sv_make(text.p, r->n)) + (end == text.n);
    return CUT_RECORD;
}

/* The record is broken: it ends with the first line end at or after `from`. */
static enum cut
give_up(struct sv text, bool at_end, size_t limit, size_t from, enum reject_id why, struct record *r)
{
    const size_t end = cut_line_end(text, from);
    if (end == text.n && !at_end)
        return text.n >= limit + 2 ? CUT_LONG : CUT_MORE;
    found(text, end, r);
    r->bad = true;
    r->why = r->text > limit ? REJECT_TOO_LONG : why;
    return CUT_RECORD;
}

/* A record that has quotes, or whose first line has no end in the text. */
static enum cut
cut_with_care(struct sv text, bool at_end, size_t limit, struct record *r)
{
    /* Longer text than this is not looked at, so that more of it cannot change the answer. */
    struct scanner s = { .p = text.p, .n = text.n < limit + 2 ? text.n : limit + 2 };
    switch (scan(&s)) {
    case SCAN_END:
        found(text, s.at, r);
        r->bad = r->text > limit;
        return CUT_RECORD;
    case SCAN_MISPLACED:
        return give_up(text, at_end, limit, s.field, REJECT_CSV_QUOTE, r);
    case SCAN_OPEN:
        break;
    }
    if (s.n < limit + 2 && !at_end)
        return CUT_MORE;
    if (s.in_quotes)
        return give_up(text, at_end, limit, s.field, REJECT_CSV_QUOTE, r);
    if (s.n == limit + 2)
        return give_up(text, at_end, limit, s.n, REJECT_TOO_LONG, r);
    found(text, text.n, r);
    r->bad = r->text > limit;
    return CUT_RECORD;
}

static enum cut
csv_cut(struct sv text, bool at_end, size_t limit, struct record *r)
{
    const size_t end = cut_line_end(text, 0);
    const bool simple = end < text.n && end < limit + 2 && csv_lines_are_records(sv_make(text.p, end + 1));
    return simple ? cut_line(text, at_end, limit, r) : cut_with_care(text, at_end, limit, r);
}

static size_t
csv_whole(struct sv text)
{
    const size_t n = cut_whole_lines(text);
    return csv_lines_are_records(sv_make(text.p, n)) ? n : 0;
}

/* ---- the fields of a record ---- */

struct csv {
    VEC(struct value) all; /* of the record at hand, if all scalars are wanted */
};

static void *
csv_open(const struct input_limits *limits)
{
    (void)limits;
    return mem_zalloc(1, sizeof(struct csv));
}

static void
csv_close(void *state)
{
    struct csv *c = state;
    if (c == NULL)
        return;
    vec_fini(&c->all);
    mem_free(c);
}

/* A record of text: no NUL byte, well-formed UTF-8. */
static bool
is_text(struct sv record, enum reject_id *why)
{
    if (memchr(record.p, '\0', record.n) != NULL) {
        *why = REJECT_NUL;
        return false;
    }
    *why = REJECT_UTF8;
    return utf8_valid(record, NULL);
}

/* ---- the header ---- */

struct column {
    uint32_t column;
    uint32_t slot;
    bool exact; /* spelled with the blanks it has */
};

struct csv_header {
    size_t n;              /* columns */
    struct column *wanted; /* in order of columns */
    size_t n_wanted;
    struct sv *name; /* of each column, in the arena */
    struct arena arena;
};

struct header_sink {
    struct csv_sink sink;
    const struct trie *trie;
    struct column *by_slot; /* column 0: none, else 1 + column */
    struct arena scratch;
    VEC(struct sv) names;
};

static void
offer(struct header_sink *h, struct sv key, bool exact)
{
    const struct trie_edge *e = trie_find(h->trie, &h->trie->node[0], key.p, key.n);
    if (e == NULL || h->trie->node[e->node].slot == SLOT_NONE)
        return;
    struct column *c = &h->by_slot[h->trie->node[e->node].slot];
    if (c->column != 0 && c->exact && !exact)
        return;
    *c = (struct column){ (uint32_t)h->sink.n + 1, h->trie->node[e->node].slot, exact };
}

static void
header_field(struct csv_sink *s, struct sv name)
{
    struct header_sink *h = (struct header_sink *)s;
    vec_push(&h->names, arena_sv(&h->scratch, name));
    const struct sv key = trie_key(&h->scratch, name, h->trie->fold, true);
    offer(h, key, true);
    if (trie_has_blank(key))
        offer(h, trie_key(&h->scratch, key, false, false), false);
}

static int
by_column(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    return x->column < y->column ? -1 : x->column > y->column;
}

static struct csv_header *
make_header(const struct header_sink *h)
{
    struct csv_header *header = mem_zalloc(1, sizeof *header);
    header->n = h->sink.n;
    header->name = ARENA_ARRAY(&header->arena, struct sv, h->names.n);
    for (size_t i = 0; i < h->names.n; i++)
        header->name[i] = arena_sv(&header->arena, h->names.v[i]);
    header->wanted = mem_zalloc(h->trie->n_slots + 1, sizeof *header->wanted);
    for (size_t i = 0; i < h->trie->n_slots; i++) {
        if (h->by_slot[i].column == 0)
            continue;
        header->wanted[header->n_wanted] = h->by_slot[i];
        header->wanted[header->n_wanted++].column--;
    }
    if (header->n_wanted > 1)
        qsort(header->wanted, header->n_wanted, sizeof *header->wanted, by_column);
    return header;
}

/* NULL if the record cannot be a header. */
static struct csv_header *
csv_header_new(void *state, struct sv record, const struct trie *t)
{
    (void)state;
    enum reject_id why;
    if (record.n == 0 || !is_text(record, &why))
        return NULL;
    struct header_sink h = { .sink = { .fn = header_field, .want = CSV_ALL }, .trie = t };
    arena_init(&h.scratch);
    h.sink.arena = &h.scratch;
    h.by_slot = ARENA_ARRAY(&h.scratch, struct column, t->n_slots + 1);
    struct csv_header *header = csv_split(record, &h.sink) ? make_header(&h) : NULL;
    vec_fini(&h.names);
    arena_fini(&h.scratch);
    return header;
}

static void
csv_header_free(struct csv_header *h)
{
    if (h == NULL)
        return;
    arena_fini(&h->arena);
    mem_free(h->wanted);
    mem_free(h);
}

/* ---- records ---- */

struct record_sink {
    struct csv_sink sink;
    const struct extraction *x;
    struct csv *csv;
    size_t next; /* in header->wanted */
};

static struct value
cell(const struct extraction *x, struct sv field)
{
    if (field.p == NULL)
        return x->empty_is_absent ? (struct value){ 0 } : (struct value){ .p = "", .kind = VALUE_STRING };
    return (struct value){ .p = field.p, .n = (uint32_t)field.n, .kind = VALUE_STRING };
}

static void
set_slot(const struct extraction *x, uint32_t slot, struct value v)
{
    x->slots[slot] = v;
    x->found[slot / 64] |= UINT64_C(1) << slot % 64;
}

static void
record_field(struct csv_sink *s, struct sv field)
{
    struct record_sink *r = (struct record_sink *)s;
    const struct extraction *x = r->x;
    const struct csv_header *h = x->header;
    const struct value v = cell(x, field);
    for (; r->next < h->n_wanted && h->wanted[r->next].column == s->n; r->next++)
        set_slot(x, h->wanted[r->next].slot, v);
    if (x->any == NULL)
        s->want = r->next < h->n_wanted ? h->wanted[r->next].column : NO_MORE;
    else if (v.kind != VALUE_UNSET)
        vec_push(&r->csv->all, v);
}

static void
deliver_all(const struct csv *c, const struct extraction *x)
{
    struct value *list = arena_alloc(x->scratch, c->all.n * sizeof *list);
    if (c->all.n != 0)
        memcpy(list, c->all.v, c->all.n * sizeof *list);
    *x->any = (struct value){ .p = list, .n = (uint32_t)c->all.n, .kind = VALUE_LIST };
}

static enum record_kind
csv_extract(void *state, const struct extraction *x, enum reject_id *why)
{
    struct csv *c = state;
    if (x->record.n == 0)
        return RECORD_BLANK;
    if (!is_text(x->record, why))
        return RECORD_REJECT;
    struct record_sink r = { .sink = { .fn = record_field, .arena = x->scratch }, .x = x, .csv = c };
    r.sink.want = x->any != NULL ? CSV_ALL : x->header->n_wanted != 0 ? x->header->wanted[0].column : NO_MORE;
    c->all.n = 0;
    const bool good = csv_split(x->record, &r.sink);
    if (x->any != NULL)
        deliver_all(c, x);
    *why = !good ? REJECT_CSV_QUOTE : x->cut ? REJECT_CSV_CUT : REJECT_CSV_COLUMNS;
    return good && !x->cut && r.sink.n == x->header->n ? RECORD_EVENT : RECORD_REJECT;
}

/* ---- every cell ---- */

struct visit_sink {
    struct csv_sink sink;
    struct visit *visit;
    const struct extraction *x;
};

static void
visit_field(struct csv_sink *s, struct sv field)
{
    const struct visit_sink *to = (const struct visit_sink *)s;
    const struct value v = cell(to->x, field);
    if (v.kind != VALUE_UNSET && s->n < to->x->header->n)
        to->visit->fn(to->visit->ctx, to->x->header->name[s->n], v, false);
}

static void
csv_visit(void *state, struct visit *v, const struct extraction *x)
{
    (void)state;
    struct visit_sink s = { { .fn = visit_field, .want = CSV_ALL, .arena = x->scratch }, v, x };
    (void)csv_split(x->record, &s.sink);
}

/* ---- recognition ---- */

/* A text with at least two columns. */
static bool
csv_probe(void *state, struct sv record)
{
    (void)state;
    enum reject_id why;
    return is_text(record, &why) && memchr(record.p, ',', record.n) != NULL;
}

static bool
csv_names(void *state, const struct extraction *x)
{
    struct csv_header *h = csv_header_new(state, x->record, x->trie);
    if (h == NULL)
        return false;
    for (size_t i = 0; i < h->n_wanted; i++)
        set_slot(x, h->wanted[i].slot, (struct value){ .p = "", .kind = VALUE_STRING });
    csv_header_free(h);
    return true;
}

struct name_sink {
    struct csv_sink sink;
    struct buf *out;
};

static void
show_name(struct csv_sink *s, struct sv name)
{
    struct name_sink *show = (struct name_sink *)s;
    if (s->n < COLUMNS_SHOWN) {
        buf_puts(show->out, s->n != 0 ? ", " : "");
        buf_sv(show->out, name);
    } else if (s->n == COLUMNS_SHOWN) {
        buf_puts(show->out, ", ...");
    }
}

static void
csv_describe(void *state, struct sv record, struct buf *out)
{
    (void)state;
    struct arena scratch;
    arena_init(&scratch);
    buf_puts(out, "columns: ");
    struct name_sink s = { { .fn = show_name, .want = CSV_ALL, .arena = &scratch }, out };
    (void)csv_split(record, &s.sink);
    arena_fini(&scratch);
}

const struct format format_csv = {
    .name = "csv",
    .help = "CSV with a header of field names (RFC 4180)",
    .escape = '"',
    .cut = csv_cut,
    .whole = csv_whole,
    .open = csv_open,
    .close = csv_close,
    .extract = csv_extract,
    .visit = csv_visit,
    .probe = csv_probe,
    .names = csv_names,
    .describe = csv_describe,
    .header_new = csv_header_new,
    .header_free = csv_header_free,
};
