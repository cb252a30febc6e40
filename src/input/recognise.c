/* SPDX-License-Identifier: Apache-2.0 */
/* Recognition tries the formats in the order of formats.def on the first records. A format is right if it finds a valid
 * record; a source is right if its format fits and all its `recognise` keys are in that record (the definition with the
 * most keys wins, then the first). More than one record is looked at, so that a broken or odd first line does not lose
 * the file.
 *
 * A definition that the user forced needs no keys: only its format has to be found, or is given by the definition.
 *
 * Where no record is valid, but the text begins like a format without a header, its records are delivered (they are all
 * rejects) and recognition goes on behind them: a file is never given up for its first lines. */
#include "input/recognise.h"

#include <string.h>

#include "base/mem.h"

/* Records that are looked at. */
#define RECORDS_MAX 64
/* A NUL among the first bytes of something that no format accepts: not a text at all. */
#define BINARY_LOOK 512

struct search {
    const struct projections *p;
    struct sv head;
    bool whole;
    struct arena *arena;
    struct arena scratch;
    struct recognised *r;
    const struct format *format; /* being tried */
    void *state;
    bool valid;      /* it found a valid record ... */
    struct sv first; /* ... the first of them; else the first record that is not blank */
};

static bool
fits(const struct source_def *def, const struct format *f)
{
    return def->format.n == 0 || sv_eq(def->format, sv_of(f->name));
}

/* Which paths of the trie the record has: their number, or SIZE_MAX if it is not valid in the format. */
static size_t
count_names(struct search *s, struct sv record, const struct trie *t)
{
    arena_reset(&s->scratch);
    struct value *slots = ARENA_ARRAY(&s->scratch, struct value, t->n_slots + 1);
    const struct extraction x = {
        .record = record,
        .trie = t,
        .slots = slots,
        .found = ARENA_ARRAY(&s->scratch, uint64_t, found_words(t->n_slots)),
        .scratch = &s->scratch,
    };
    if (!s->format->names(s->state, &x))
        return SIZE_MAX;
    size_t n = 0;
    for (size_t i = 0; i < t->n_slots; i++)
        n += slots[i].kind != VALUE_UNSET;
    return n;
}

static void
settle(struct search *s, size_t source, bool settled)
{
    s->r->format = s->format;
    s->r->source = (uint32_t)source;
    s->r->settled = settled;
}

/* A forced source: it takes a valid record as it is; of a header it must know a column, unless its format was given. */
static bool
accept_forced(struct search *s, struct sv record)
{
    const size_t i = (size_t)(s->p->forced - s->p->defs->v);
    const size_t n = fits(s->p->forced, s->format) ? count_names(s, record, s->p->v[i].trie) : SIZE_MAX;
    if (n == SIZE_MAX)
        return false;
    s->valid = true;
    if (n == 0 && s->format->header_new != NULL && s->p->forced->format.n == 0)
        return false;
    settle(s, i, true);
    return true;
}

/* The definition with the most keys, all of which the record has. */
static bool
accept_best(struct search *s, struct sv record)
{
    size_t best = 0;
    for (size_t i = 0; i < s->p->defs->n; i++) {
        const struct trie *keys = s->p->v[i].recognise;
        if (keys == NULL || !fits(&s->p->defs->v[i], s->format))
            continue;
        const size_t n = count_names(s, record, keys);
        if (n == SIZE_MAX)
            return false;
        if (!s->valid)
            s->first = record;
        s->valid = true;
        if (n == keys->n_slots && n > best) {
            best = n;
            settle(s, i, true);
        }
    }
    return best != 0;
}

static void
make_header(struct search *s, struct sv record, size_t end)
{
    if (s->format->header_new == NULL)
        return;
    s->r->header = end;
    s->r->csv = s->format->header_new(s->state, record, s->p->v[s->r->source].trie);
}

/* Tries the format on the first records. */
static bool
try_records(struct search *s)
{
    const size_t limit = s->p->limits.line;
    size_t at = 0;
    for (size_t i = 0; i < RECORDS_MAX && at < s->head.n; i++) {
        struct record record;
        const struct sv rest = sv_from(s->head, at);
        if (s->format->cut(rest, s->whole, limit, &record) != CUT_RECORD)
            break;
        const struct sv text = { rest.p, record.text };
        at += record.n;
        s->r->examined = at;
        if (sv_trim(text).n == 0)
            continue;
        if (s->first.n == 0)
            s->first = text;
        if (!record.bad && (s->p->forced != NULL ? accept_forced(s, text) : accept_best(s, text))) {
            make_header(s, text, at);
            return true;
        }
        if (s->format->header_new != NULL)
            break;
    }
    return false;
}

/* The first definition that the records could be parsed with. */
static bool
stand_in(struct search *s)
{
    const struct source_defs *defs = s->p->defs;
    if (s->format->header_new != NULL)
        return false;
    for (size_t i = 0; i < defs->n; i++) {
        if (!fits(&defs->v[i], s->format) || (s->p->forced != NULL && s->p->forced != &defs->v[i]))
            continue;
        settle(s, i, s->p->forced != NULL);
        return true;
    }
    return false;
}

static const char *
unknown_source(struct search *s)
{
    struct buf text = BUF_INIT;
    buf_puts(&text, "source not recognised (");
    s->format->describe(s->state, s->first, &text);
    buf_puts(&text, ")");
    const struct sv copy = arena_sv(s->arena, buf_view(&text));
    buf_fini(&text);
    return copy.p;
}

/* The format is right and nobody knows the source: the one that was given for that case. */
static bool
fall_back(struct search *s)
{
    const struct source_def *def = s->p->fallback;
    if (def == NULL || !s->valid || s->first.n == 0 || !fits(def, s->format))
        return false;
    settle(s, (size_t)(def - s->p->defs->v), true);
    make_header(s, s->first, s->r->examined);
    return s->format->header_new == NULL || s->r->csv != NULL;
}

/* No record was accepted. True if the search is over. */
static bool
conclude(struct search *s)
{
    struct recognised *r = s->r;
    /* The first record may reach beyond the text at hand. */
    const struct sv start = s->first.n != 0 ? s->first : s->head;
    const bool looks_right = s->format->probe(s->state, start);
    if (s->p->forced != NULL)
        return (looks_right || (s->p->forced->format.n != 0 && memchr(s->head.p, 0, s->head.n) == NULL)) && stand_in(s);
    if (!s->valid && looks_right && stand_in(s))
        return true;
    /* Any text could be a header of one column; nobody would call it one. */
    if (s->format->header_new != NULL ? !looks_right : !s->valid)
        return false;
    if (fall_back(s))
        return true;
    r->error = unknown_source(s);
    r->hint = "name its source with -s NAME ('authsift list sources' shows them), or read it unmapped with -s raw";
    return true;
}

static bool
try_format(struct search *s, const struct format *f)
{
    s->format = f;
    s->valid = false;
    s->first = SV_NONE;
    s->r->examined = 0;
    s->state = f->open(&s->p->limits);
    const bool done = try_records(s) || conclude(s);
    f->close(s->state);
    return done;
}

static void
not_recognised(struct search *s)
{
    s->r->error = "format not recognised";
    if (memchr(s->head.p, 0, s->head.n < BINARY_LOOK ? s->head.n : BINARY_LOOK) != NULL)
        s->r->hint = "it is not a text; if it is compressed, decompress it first";
    else if (s->p->forced != NULL)
        s->r->hint = "it is neither JSON Lines nor a CSV with a column that this source (-s) knows";
    else
        s->r->hint = "if it is a log, name its source with -s NAME ('authsift list sources' shows them)";
}

void
recognise(const struct projections *p, struct sv head, bool whole, struct arena *arena, struct recognised *r)
{
    *r = (struct recognised){ .source = UINT32_MAX };
    struct search s = { .p = p, .head = head, .whole = whole, .arena = arena, .r = r };
    arena_init(&s.scratch);
    bool done = false;
    for (size_t i = 0; i < n_formats && !done; i++)
        done = try_format(&s, formats[i]);
    /* Nothing but white space so far: any format without a header will count the blank lines. */
    for (size_t i = 0; i < n_formats && !done && sv_trim(head).n == 0; i++) {
        s.format = formats[i];
        done = stand_in(&s);
        r->settled = false;
        r->examined = whole ? head.n : cut_whole_lines(head);
    }
    if (!done)
        not_recognised(&s);
    arena_fini(&s.scratch);
}
