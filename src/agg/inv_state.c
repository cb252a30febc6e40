/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of the inventories' records: encode, decode, fold. */
#include "agg/inv_state.h"

#include <assert.h>

#include "base/codec.h"
#include "base/timestamp.h"

/* ---- candidates ---- */

static int
rank_times(enum wanted wanted, int64_t a, int64_t b)
{
    const int c = (a > b) - (a < b);
    return wanted == WANTED_LATEST ? c : -c;
}

static struct candidate *
insert(struct candidates *c, size_t at, struct place place, struct arena *a)
{
    struct candidate *v = ARENA_ARRAY(a, struct candidate, c->n + 1);
    for (size_t i = 0; i < c->n; i++)
        v[i < at ? i : i + 1] = c->v[i];
    v[at] = (struct candidate){ place.file, place.line, SV_NONE };
    c->v = v;
    c->n++;
    return &v[at];
}

struct candidate *
candidates_offer(struct candidates *c, enum wanted wanted, int64_t time, struct place at, struct arena *a)
{
    const int better = c->n == 0 ? 1 : rank_times(wanted, time, c->time);
    if (better < 0)
        return NULL;
    if (better > 0 && c->n != 0) {
        c->time = time;
        c->n = 1;
        c->v[0].file = at.file;
        c->v[0].line = at.line;
        return &c->v[0];
    }
    c->time = time;
    size_t i = 0;
    while (i < c->n && c->v[i].file < at.file)
        i++;
    if (i == c->n || c->v[i].file != at.file)
        return insert(c, i, at, a);
    const bool later = at.line > c->v[i].line;
    if (at.line == c->v[i].line || later != (wanted == WANTED_LATEST))
        return NULL;
    c->v[i].line = at.line;
    return &c->v[i];
}

struct sv
candidates_best(const struct candidates *c, enum wanted wanted, const struct origins *o)
{
    size_t best = 0;
    for (size_t i = 1; i < c->n; i++) {
        const int order = place_cmp(o, (struct place){ c->v[i].file, c->v[i].line },
                                    (struct place){ c->v[best].file, c->v[best].line });
        if (wanted == WANTED_LATEST ? order > 0 : order < 0)
            best = i;
    }
    return c->n != 0 ? c->v[best].text : SV_NONE;
}

static void
put_candidates(struct buf *b, const struct candidates *c)
{
    put_varint(b, c->n);
    if (c->n != 0)
        put_zigzag(b, c->time);
    for (size_t i = 0; i < c->n; i++) {
        put_varint(b, c->v[i].file);
        put_varint(b, c->v[i].line);
        put_bytes(b, c->v[i].text);
    }
}

static void
get_candidates(struct reader *r, struct candidates *c, struct arena *a)
{
    *c = (struct candidates){ 0, NULL, 0 };
    const uint64_t n = get_varint(r);
    if (n == 0)
        return;
    c->time = get_zigzag(r);
    /* Each takes at least three bytes: a count beyond that is a lie. */
    if (r->bad || n > (uint64_t)(r->end - r->p) / 3) {
        r->bad = true;
        return;
    }
    c->v = ARENA_ARRAY(a, struct candidate, (size_t)n);
    for (; c->n < n; c->n++) {
        c->v[c->n].file = (uint32_t)get_varint(r);
        c->v[c->n].line = get_varint(r);
        c->v[c->n].text = get_bytes(r);
    }
}

/* Each candidate takes at least this many bytes. */
#define CANDIDATE_LEAST 3u

static void
check_candidates(struct reader *r, size_t n_files, atomic_bool *used)
{
    const size_t n = get_count(r, CANDIDATE_LEAST);
    if (n != 0)
        get_zigzag(r);
    for (size_t i = 0; i < n && !r->bad; i++) {
        const uint64_t file = get_varint(r);
        get_varint(r);
        get_bytes(r);
        if (file >= n_files)
            r->bad = true;
        else if (used != NULL && !atomic_load_explicit(&used[file], memory_order_relaxed))
            atomic_store_explicit(&used[file], true, memory_order_relaxed);
    }
}

void
candidates_renumber(struct candidates *c, const uint32_t *of)
{
    for (size_t i = 0; i < c->n; i++) {
        struct candidate x = c->v[i];
        size_t at = i;
        x.file = of[x.file];
        for (; at > 0 && c->v[at - 1].file > x.file; at--)
            c->v[at] = c->v[at - 1];
        c->v[at] = x;
    }
}

/* Adds b's to a's. */
static void
join_candidates(struct candidates *to, enum wanted wanted, const struct candidates *from, struct arena *a)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct place at = { from->v[i].file, from->v[i].line };
        struct candidate *c = candidates_offer(to, wanted, from->time, at, a);
        if (c != NULL)
            c->text = from->v[i].text;
    }
}

/* ---- words ---- */

static const char *const level_texts[OAUTH_LEVELS] = { "", "read", "read_write", "read_write_dm" };

enum oauth_level
oauth_level_of(struct sv text)
{
    for (int i = OAUTH_READ; i < OAUTH_LEVELS; i++)
        if (sv_eq(text, sv_of(level_texts[i])))
            return (enum oauth_level)i;
    return OAUTH_NONE;
}

struct sv
oauth_level_text(enum oauth_level level)
{
    return sv_of(level_texts[level]);
}

void
details_put(struct buf *b, const struct sv detail[DETAILS])
{
    for (size_t i = 0; i < DETAILS; i++)
        put_bytes(b, detail[i]);
}

void
details_get(struct sv text, struct sv detail[DETAILS])
{
    struct reader r = reader_of(text);
    for (size_t i = 0; i < DETAILS; i++)
        detail[i] = get_bytes(&r);
}

void
span_add(int64_t *first, int64_t *last, int64_t time)
{
    if (time == TIME_NONE)
        return;
    if (*first == TIME_NONE || time < *first)
        *first = time;
    if (*last == TIME_NONE || time > *last)
        *last = time;
}

/* ---- apps ---- */

void
app_state_put(struct buf *b, const struct app_state *s)
{
    put_zigzag(b, s->first);
    put_zigzag(b, s->last);
    put_varint(b, s->grants);
    put_varint(b, s->revocations);
    put_varint(b, s->uses);
    put_varint(b, s->level);
    put_varint(b, s->need);
    put_candidates(b, &s->name);
}

static enum oauth_level
get_level(struct reader *r)
{
    const uint64_t x = get_varint(r);
    if (x >= OAUTH_LEVELS)
        r->bad = true;
    return x < OAUTH_LEVELS ? (enum oauth_level)x : OAUTH_NONE;
}

bool
app_state_get(struct app_state *s, struct sv payload, struct arena *a)
{
    struct reader r = reader_of(payload);
    s->first = get_zigzag(&r);
    s->last = get_zigzag(&r);
    s->grants = get_varint(&r);
    s->revocations = get_varint(&r);
    s->uses = get_varint(&r);
    s->level = get_level(&r);
    s->need = get_level(&r);
    get_candidates(&r, &s->name, a);
    return !r.bad && r.p == r.end;
}

bool
app_state_check(struct sv payload, size_t n_files, atomic_bool *used)
{
    struct reader r = reader_of(payload);
    for (int i = 0; i < 5; i++) /* first, last, grants, revocations, uses */
        get_varint(&r);
    get_level(&r);
    get_level(&r);
    check_candidates(&r, n_files, used);
    return !r.bad && r.p == r.end;
}

static void
fold_app(const struct correlation *c, struct sv a, struct sv b, struct buf *payload)
{
    (void)c;
    if (a.n == 0 || b.n == 0) {
        buf_sv(payload, a.n != 0 ? a : b);
        return;
    }
    struct arena scratch = ARENA_INIT;
    struct app_state x;
    struct app_state y;
    const bool ok = app_state_get(&x, a, &scratch) && app_state_get(&y, b, &scratch);
    assert(ok);
    (void)ok;
    span_add(&x.first, &x.last, y.first);
    span_add(&x.first, &x.last, y.last);
    x.grants += y.grants;
    x.revocations += y.revocations;
    x.uses += y.uses;
    x.level = x.level > y.level ? x.level : y.level;
    x.need = x.need > y.need ? x.need : y.need;
    join_candidates(&x.name, WANTED_LATEST, &y.name, &scratch);
    app_state_put(payload, &x);
    arena_fini(&scratch);
}

/* ---- sessions ---- */

void
session_state_put(struct buf *b, const struct session_state *s)
{
    put_zigzag(b, s->first);
    put_zigzag(b, s->last);
    put_zigzag(b, s->ended);
    put_varint(b, s->events);
    put_candidates(b, &s->start);
    put_candidates(b, &s->any);
}

bool
session_state_get(struct session_state *s, struct sv payload, struct arena *a)
{
    struct reader r = reader_of(payload);
    s->first = get_zigzag(&r);
    s->last = get_zigzag(&r);
    s->ended = get_zigzag(&r);
    s->events = get_varint(&r);
    get_candidates(&r, &s->start, a);
    get_candidates(&r, &s->any, a);
    return !r.bad && r.p == r.end;
}

bool
session_state_check(struct sv payload, size_t n_files, atomic_bool *used)
{
    struct reader r = reader_of(payload);
    for (int i = 0; i < 4; i++) /* first, last, ended, events */
        get_varint(&r);
    check_candidates(&r, n_files, used);
    check_candidates(&r, n_files, used);
    return !r.bad && r.p == r.end;
}

static void
fold_session(const struct correlation *c, struct sv a, struct sv b, struct buf *payload)
{
    (void)c;
    if (a.n == 0 || b.n == 0) {
        buf_sv(payload, a.n != 0 ? a : b);
        return;
    }
    struct arena scratch = ARENA_INIT;
    struct session_state x;
    struct session_state y;
    const bool ok = session_state_get(&x, a, &scratch) && session_state_get(&y, b, &scratch);
    assert(ok);
    (void)ok;
    span_add(&x.first, &x.last, y.first);
    span_add(&x.first, &x.last, y.last);
    x.ended = x.ended > y.ended ? x.ended : y.ended;
    x.events += y.events;
    join_candidates(&x.start, WANTED_LATEST, &y.start, &scratch);
    join_candidates(&x.any, WANTED_EARLIEST, &y.any, &scratch);
    session_state_put(payload, &x);
    arena_fini(&scratch);
}

const struct corr_type corr_inventory_app = {
    .name = "app_inventory",
    .help = "what is known of an app (internal)",
    .condition = CONDITION_NONE,
    .fold = fold_app,
};

const struct corr_type corr_inventory_session = {
    .name = "session_inventory",
    .help = "what is known of a session (internal)",
    .condition = CONDITION_NONE,
    .fold = fold_session,
};
