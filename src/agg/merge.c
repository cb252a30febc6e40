/* SPDX-License-Identifier: Apache-2.0 */
/* A loser tree over the sources: the winner is at its root, and when the winner moves on, only the matches on its way
 * up are played again. A match is nearly always decided by one comparison of integers.
 *
 * A source is moved on as soon as its record is taken: the record's strings outlive that (segment.h), and the root is
 * then the next record, so that ties and records to be folded are seen coming. */
#include "agg/merge.h"

#include <assert.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"

#define NOBODY SIZE_MAX

struct source {
    uint64_t key; /* entry_key */
    bool is_done;
    struct record rec; /* the next */
    struct segment segment;
    struct segment_reader *reader; /* NULL: the entries, */
    struct entry *entry;           /* of which those of the current group are in order */
    size_t n;
    size_t i;
    size_t group_end;
    uint64_t group_hash;
};

struct merge {
    struct spill *spill;
    const struct origins *origins; /* NULL if the order of indices is the order of ranks */
    uint32_t n_files;              /* UINT32_MAX: not known */
    fold_fn *fold;
    const void *fold_ctx;
    merge_check_fn *check;
    const void *check_ctx;
    VEC(struct segment) segments;
    struct bin entries;
    bool is_started;
    bool has_failed;
    struct source *source;
    size_t n_sources;
    size_t *tree; /* [0] the winner; [node] who lost there */
    struct unpacker *unpacker;
    int fd; /* of longer segments; -1: there are none */
    uint64_t file_bytes;
    struct store held; /* records of one group and time, in their final order */
    struct bin tie;    /* their entries, of which those from tie_i on are to come */
    size_t tie_i;
    uint64_t tie_hash;
    struct arena texts; /* of a record that others are folded into */
    struct buf payload[2];
};

/* ---- sources ---- */

static bool
fail_segment(struct merge *m, const struct source *s, const char *why)
{
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s is damaged: %s", s->segment.name, why);
    spill_fail(m->spill, buf_cstr(&b), NULL, 0);
    buf_fini(&b);
    m->has_failed = true;
    return false;
}

/* Is the record what its segment may hold behind a record of that key and time? */
static bool
judge(struct merge *m, const struct source *s, const struct record *before)
{
    const bool is_checked = m->check != NULL && s->segment.is_foreign;
    if (s->rec.at.file >= m->n_files || (is_checked && !m->check(m->check_ctx, &s->rec)))
        return fail_segment(m, s, "it has a record that these rules and files cannot have made");
    if (before == NULL)
        return true;
    const uint64_t key = entry_key(before->corr, before->hash);
    if (s->key < key || (s->key == key && s->rec.time < before->time && record_same_group(&s->rec, before)))
        return fail_segment(m, s, "its records are out of order");
    return true;
}

static bool
next_of_segment(struct merge *m, struct source *s, bool is_first)
{
    const struct record before = s->rec;
    if (segment_next(s->reader, &s->rec)) {
        s->key = entry_key(s->rec.corr, s->rec.hash);
        return judge(m, s, is_first ? NULL : &before);
    }
    s->is_done = true;
    s->key = UINT64_MAX;
    const char *failure = segment_failed(s->reader);
    if (failure == NULL)
        return true;
    spill_fail(m->spill, failure, NULL, 0);
    m->has_failed = true;
    return false;
}

static void
next_of_entries(struct source *s)
{
    if (s->i == s->n) {
        s->is_done = true;
        s->key = UINT64_MAX;
        return;
    }
    const bool is_new = s->i == s->group_end;
    if (is_new)
        s->group_end += records_group(s->entry + s->i, s->n - s->i, NULL);
    record_at(s->entry[s->i].record, &s->rec);
    if (is_new)
        s->group_hash = record_hash(s->rec.corr, s->rec.key);
    s->rec.hash = s->group_hash;
    s->key = s->entry[s->i].key;
    s->i++;
}

/* False after a failure. */
static bool
move_on(struct merge *m, struct source *s, bool is_first)
{
    if (s->reader != NULL)
        return next_of_segment(m, s, is_first);
    next_of_entries(s);
    return true;
}

/* ---- the tree ---- */

static int
compare_keys(struct sv a, struct sv b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0) ? 0 : sv_cmp(a, b);
}

/* Sources whose keys are equal. */
static bool
beats_by_record(const struct source *a, const struct source *b)
{
    if (a->is_done || b->is_done)
        return !a->is_done;
    int c = (a->rec.corr > b->rec.corr) - (a->rec.corr < b->rec.corr);
    if (c == 0)
        c = compare_keys(a->rec.key, b->rec.key);
    if (c == 0)
        c = (a->rec.time > b->rec.time) - (a->rec.time < b->rec.time);
    if (c == 0)
        c = record_cmp_hits(&a->rec, &b->rec, NULL);
    return c < 0;
}

static inline bool
beats(const struct source *a, const struct source *b)
{
    return a->key != b->key ? a->key < b->key : beats_by_record(a, b);
}

/* The source plays its way up. While the tree is built it waits where nobody has come by yet. */
static void
play(struct merge *m, size_t who)
{
    for (size_t node = (who + m->n_sources) / 2; node > 0; node /= 2) {
        const size_t other = m->tree[node];
        if (other == NOBODY) {
            m->tree[node] = who;
            return;
        }
        if (beats(&m->source[other], &m->source[who])) {
            m->tree[node] = who;
            who = other;
        }
    }
    m->tree[0] = who;
}

/* One source per segment, and one for the entries if there are any. False after a failure. */
static bool
build(struct merge *m)
{
    const size_t most = m->segments.n + 1;
    m->source = mem_zalloc(most, sizeof *m->source);
    m->tree = mem_alloc((most + 1) * sizeof *m->tree);
    for (size_t i = 0; i < m->segments.n; i++) {
        struct source *s = &m->source[m->n_sources++];
        s->segment = m->segments.v[i];
        s->reader = segment_open_shared(&s->segment, m->unpacker);
    }
    if (m->entries.n != 0) {
        struct source *s = &m->source[m->n_sources++];
        s->entry = m->entries.v;
        s->n = m->entries.n;
    }
    for (size_t i = 0; i < m->n_sources; i++) {
        m->tree[i] = NOBODY;
        if (!move_on(m, &m->source[i], true))
            return false;
    }
    for (size_t i = 0; i < m->n_sources; i++)
        play(m, i);
    return true;
}

static const struct record *
top(const struct merge *m)
{
    if (m->n_sources == 0 || m->has_failed)
        return NULL;
    const struct source *s = &m->source[m->tree[0]];
    return s->is_done ? NULL : &s->rec;
}

/* The next record in the order of the segments. Its strings are valid until its source is moved on once more. */
static bool
take(struct merge *m, struct record *r)
{
    const struct record *next = top(m);
    if (next == NULL)
        return false;
    *r = *next;
    const size_t who = m->tree[0];
    if (!move_on(m, &m->source[who], false))
        return false;
    play(m, who);
    return true;
}

/* ---- opening ---- */

static bool
is_in_rank_order(const struct origins *o)
{
    for (size_t i = 1; i < o->n; i++)
        if (o->rank[i - 1] >= o->rank[i])
            return false;
    return true;
}

static struct merge *
merge_new(struct spill *spill, fold_fn *fold, const void *ctx)
{
    struct merge *m = mem_zalloc(1, sizeof *m);
    m->spill = spill;
    m->n_files = UINT32_MAX;
    m->fold = fold;
    m->fold_ctx = ctx;
    m->unpacker = unpacker_new();
    m->fd = -1;
    store_init(&m->held, 1);
    arena_init(&m->texts);
    return m;
}

struct merge *
merge_open(struct store *const *store, size_t n, size_t bin, struct spill *spill, const struct origins *o,
           fold_fn *fold, const void *ctx)
{
    struct merge *m = merge_new(spill, fold, ctx);
    if (o != NULL) {
        m->n_files = o->n < UINT32_MAX ? (uint32_t)o->n : UINT32_MAX;
        m->origins = is_in_rank_order(o) ? NULL : o;
    }
    for (size_t i = 0; i < n; i++) {
        const struct segments segments = store_segments(store[i], bin);
        for (size_t k = 0; k < segments.n; k++)
            vec_push(&m->segments, segments.v[k]);
        bins_join(&m->entries, store_take(store[i], bin));
    }
    assert(spill != NULL || m->segments.n == 0);
    return m;
}

void
merge_check(struct merge *m, merge_check_fn *ok, const void *ctx)
{
    assert(!m->is_started);
    m->check = ok;
    m->check_ctx = ctx;
}

void
merge_close(struct merge *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n_sources; i++)
        segment_close(m->source[i].reader);
    mem_free(m->source);
    mem_free(m->tree);
    unpacker_free(m->unpacker);
    vec_fini(&m->segments);
    vec_fini(&m->entries);
    vec_fini(&m->tie);
    store_fini(&m->held);
    arena_fini(&m->texts);
    buf_fini(&m->payload[0]);
    buf_fini(&m->payload[1]);
    if (m->fd >= 0)
        close(m->fd);
    mem_free(m);
}

/* ---- more segments than may be open ---- */

/* Merges segments [0, n) into one, which is written behind the others. */
static bool
write_longer(struct merge *m, size_t n, struct segment_writer *w, struct segment *made)
{
    struct merge *part = merge_new(m->spill, m->fold, m->fold_ctx);
    struct record r;
    part->n_files = m->n_files;
    merge_check(part, m->check, m->check_ctx);
    for (size_t i = 0; i < n; i++)
        vec_push(&part->segments, m->segments.v[i]);
    segment_begin(w, m->fd, spill_name(m->spill), m->file_bytes);
    while (merge_next(part, &r))
        segment_put(w, &r);
    const bool ok = !part->has_failed;
    merge_close(part);
    if (!segment_end(w, made)) {
        spill_fail(m->spill, "cannot write to", made->name, w->error);
        return false;
    }
    m->file_bytes += made->bytes;
    spill_count(m->spill, made->bytes);
    return ok;
}

/* Merges the segments that came first, as many as needed, until the rest may be open together: a record is written
 * again only as often as it must be. False after a failure. */
static bool
reduce(struct merge *m)
{
    const size_t most = m->spill != NULL ? spill_fan_in(m->spill) : SIZE_MAX;
    struct segment_writer w = { .error = 0 };
    bool ok = true;
    if (m->segments.n > most && (m->fd = spill_open(m->spill)) < 0)
        return false;
    while (ok && m->segments.n > most) {
        const size_t surplus = m->segments.n - most + 1;
        const size_t n = surplus < most ? surplus : most;
        struct segment made;
        ok = write_longer(m, n, &w, &made);
        m->segments.n -= n;
        memmove(m->segments.v, m->segments.v + n, m->segments.n * sizeof *m->segments.v);
        if (ok)
            vec_push(&m->segments, made);
    }
    segment_writer_fini(&w);
    return ok;
}

/* ---- reading ---- */

static bool
start(struct merge *m)
{
    m->is_started = true;
    records_sort(m->entries.v, m->entries.n, NULL);
    m->has_failed = !reduce(m) || !build(m);
    return !m->has_failed;
}

static bool
is_same_moment(const struct record *a, const struct record *b)
{
    return a->time == b->time && record_same_group(a, b);
}

static bool
next_held(struct merge *m, struct record *r)
{
    if (m->tie_i == m->tie.n)
        return false;
    record_at(m->tie.v[m->tie_i++].record, r);
    r->hash = m->tie_hash;
    return true;
}

/* All records of one group and time, the first of which is *r, in the order of ranks; *r is then the first of these. */
static bool
hold_tie(struct merge *m, struct record *r)
{
    vec_fini(&m->tie);
    store_empty(&m->held);
    m->tie_hash = r->hash;
    const struct slip *last = store_add_next(&m->held, 0, r, NULL);
    const struct record *next;
    struct record first;
    record_at(last, &first);
    while ((next = top(m)) != NULL && is_same_moment(&first, next)) {
        if (!take(m, r))
            return false;
        last = store_add_next(&m->held, 0, r, last);
    }
    m->tie = store_take(&m->held, 0);
    m->tie_i = 0;
    records_sort(m->tie.v, m->tie.n, m->origins);
    if (m->fold != NULL)
        m->tie.n = records_fold(m->tie.v, m->tie.n, &m->held, 0, false, m->fold, m->fold_ctx);
    return next_held(m, r);
}

/* Folds those that follow into *r. */
static bool
fold_equals(struct merge *m, struct record *r)
{
    const struct record *next = top(m);
    if (next == NULL || !records_may_fold(r, next))
        return true;
    arena_reset(&m->texts);
    r->key = arena_sv(&m->texts, r->key);
    r->tie = arena_sv(&m->texts, r->tie);
    r->uid = arena_sv(&m->texts, r->uid);
    r->facts = arena_sv(&m->texts, r->facts);
    r->payload = arena_sv(&m->texts, r->payload);
    for (unsigned i = 0; next != NULL && records_may_fold(r, next); i = !i) {
        struct record other;
        if (!take(m, &other))
            return false;
        buf_reset(&m->payload[i]);
        m->fold(m->fold_ctx, r, &other, &m->payload[i]);
        r->payload = buf_view(&m->payload[i]);
        next = top(m);
    }
    return true;
}

bool
merge_next(struct merge *m, struct record *r)
{
    if (next_held(m, r))
        return true;
    if (!m->is_started && !start(m))
        return false;
    if (!take(m, r))
        return false;
    const struct record *next = top(m);
    if (next == NULL)
        return !m->has_failed;
    if (m->origins != NULL && is_same_moment(r, next))
        return hold_tie(m, r);
    return m->fold == NULL || fold_equals(m, r);
}
