/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's half of the input: takes a block apart into records, and each record into an event. */
#include "input/format.h"
#include "input/projection.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

/* As much of a record that is too long as rejects show of any record, and then some: the same whether the stream cut it
 * or the parser saw the whole. */
#define LONG_SHOWN 256

struct parser {
    const struct projections *p;
    void **state;        /* of each format, made on first use */
    struct value *slots; /* enough for every source, all VALUE_UNSET between records */
    uint64_t *found;     /* their bits, all 0 between records */
    const struct block *b;
    const struct format *format;
    const struct projection *pj;
    void *format_state;
    struct visit visit;
    size_t at;
    uint64_t line; /* of the record at `at` */
};

struct parser *
parser_new(const struct projections *p)
{
    struct parser *ps = mem_zalloc(1, sizeof *ps);
    ps->p = p;
    ps->state = mem_zalloc(n_formats, sizeof *ps->state);
    size_t n_slots = 1;
    for (size_t i = 0; i < p->defs->n; i++)
        if (p->v[i].trie->n_slots > n_slots)
            n_slots = p->v[i].trie->n_slots;
    ps->slots = mem_zalloc(n_slots, sizeof *ps->slots);
    ps->found = mem_zalloc(found_words(n_slots), sizeof *ps->found);
    visit_init(&ps->visit);
    return ps;
}

void
parser_free(struct parser *ps)
{
    if (ps == NULL)
        return;
    for (size_t i = 0; i < n_formats; i++)
        if (ps->state[i] != NULL)
            formats[i]->close(ps->state[i]);
    mem_free(ps->state);
    visit_fini(&ps->visit);
    mem_free(ps->slots);
    mem_free(ps->found);
    mem_free(ps);
}

static void *
state_of(struct parser *ps, const struct format *format)
{
    size_t i = 0;
    while (formats[i] != format)
        i++;
    if (ps->state[i] == NULL)
        ps->state[i] = format->open(&ps->p->limits);
    return ps->state[i];
}

void
parser_start(struct parser *ps, const struct block *b)
{
    ps->b = b;
    ps->format = b->format;
    ps->pj = &ps->p->v[b->source];
    ps->format_state = state_of(ps, b->format);
    ps->at = 0;
    ps->line = b->line;
}

static enum record_kind
reject(struct reject *r, enum reject_id why, const struct block *b, struct sv text, uint64_t line)
{
    if (why == REJECT_TOO_LONG && text.n > LONG_SHOWN)
        text.n = LONG_SHOWN;
    *r = (struct reject){ why, line, b->offset + (uint64_t)(text.p - b->bytes.p), text };
    return RECORD_REJECT;
}

static bool
is_last_and_cut(const struct parser *ps, const struct record *r)
{
    return ps->b->cut && ps->at == ps->b->bytes.n && ps->b->bytes.p[ps->b->bytes.n - 1] != '\n' && r->n != 0;
}

static void
clear_slots(struct parser *ps, size_t n_slots)
{
    values_clear(ps->slots, n_slots, ps->found);
}

/* The whole extraction once more, this time with all scalars. */
static void
collect_any(void *collector, struct event *ev)
{
    struct parser *ps = collector;
    enum reject_id why;
    const struct extraction x = {
        .record = ev->raw,
        .trie = ps->pj->trie,
        .slots = ps->slots,
        .found = ps->found,
        .any = &ev->v[FIELD_ANY],
        .scratch = ev->scratch,
        .header = ps->b->csv,
        .empty_is_absent = ps->pj->def->empty_is_absent,
    };
    const enum record_kind kind = ps->format->extract(ps->format_state, &x, &why);
    assert(kind == RECORD_EVENT);
    (void)kind;
    clear_slots(ps, x.trie->n_slots);
}

static void
offer_any(struct parser *ps, struct event *ev)
{
    ev->collect = collect_any;
    ev->collector = ps;
    ev->derivable[FIELD_ANY / 64] |= UINT64_C(1) << FIELD_ANY % 64;
    ev->verbatim = memchr(ev->raw.p, ps->format->escape, ev->raw.n) == NULL;
}

static enum record_kind
parse(struct parser *ps, const struct record *record, struct sv text, struct event *ev, enum reject_id *why)
{
    const struct extraction x = {
        .record = text,
        .trie = ps->pj->trie,
        .slots = ps->slots,
        .found = ps->found,
        .scratch = ev->scratch,
        .header = ps->b->csv,
        .empty_is_absent = ps->pj->def->empty_is_absent,
        .cut = is_last_and_cut(ps, record),
    };
    const enum record_kind kind = ps->format->extract(ps->format_state, &x, why);
    if (kind != RECORD_EVENT) {
        clear_slots(ps, x.trie->n_slots);
        return kind;
    }
    mapping_apply(ps->pj, ps->slots, ps->found, ev);
    if (ps->p->wants_any)
        offer_any(ps, ev);
    return mapping_check(ps->pj, ev, why) ? RECORD_EVENT : RECORD_REJECT;
}

enum record_kind
parser_next(struct parser *ps, struct event *ev, struct reject *r)
{
    const struct block *b = ps->b;
    if (ps->at >= b->bytes.n)
        return RECORD_END;
    if (b->too_long) {
        ps->at = b->bytes.n;
        return reject(r, REJECT_TOO_LONG, b, b->bytes, b->line);
    }
    const struct sv rest = { b->bytes.p + ps->at, b->bytes.n - ps->at };
    const uint64_t line = ps->line;
    struct record record;
    (void)ps->format->cut(rest, true, ps->p->limits.line, &record);
    const struct sv text = { rest.p, record.text };
    ps->at += record.n;
    ps->line += record.lines;
    if (record.bad)
        return reject(r, record.why, b, text, line);
    arena_reset(ev->scratch);
    event_reset(ev);
    ev->at = (struct place){ b->file, line };
    ev->raw = text;
    enum reject_id why;
    const enum record_kind kind = parse(ps, &record, text, ev, &why);
    return kind == RECORD_REJECT ? reject(r, why, b, text, line) : kind;
}

void
parser_visit(struct parser *ps, const struct event *ev, visit_fn *fn, void *ctx)
{
    const struct extraction x = {
        .record = ev->raw,
        .scratch = ev->scratch,
        .header = ps->b->csv,
        .empty_is_absent = ps->pj->def->empty_is_absent,
    };
    ps->visit.fn = fn;
    ps->visit.ctx = ctx;
    ps->visit.scratch = ev->scratch;
    ps->format->visit(ps->format_state, &ps->visit, &x);
}
