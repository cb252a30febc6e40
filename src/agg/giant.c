/* SPDX-License-Identifier: Apache-2.0 */
/* Three spools (spool.h) and two sorts.
 *
 *   data        the records: a fixed header, then facts and payload as packed texts, which is what a hit points to; of
 *   a             run that carries (carry.h), uid and tie as well
 *   exceptions  by position: records that are dropped, and those whose event has hits in more than one place
 *   classes     for each such event its number, and position and offset of each of its hits
 *
 * Events are numbered while reading, exactly as for a group in memory (group.c): a record gets the number of the record
 * before it if both are of one line, the number of its class if it is not the first of its uid, and a new one else. So
 * numbers have no holes, however often events are delivered twice, and episodes can keep them as ranges. The one thing
 * that reading cannot know is the number of a class whose first hit lies far behind; it is written into the class when
 * the group is sealed: the number that the line would have without repeated deliveries, less the lines before it that
 * turned out to be nothing else.
 *
 * The records of one line are one event and have one uid. A uid has at most one kept hit per rule, so what is held
 * while the sorted uids are read is bounded by the correlation, however often the uid repeats. */
#include "agg/giant.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agg/agg.h"
#include "agg/merge.h"
#include "agg/spool.h"
#include "agg/store.h"
#include "base/codec.h"
#include "base/vec.h"

/* ---- what the files hold: our own process reads them again, so numbers are as the machine has them ---- */

/* In front of facts and payload. */
struct head {
    int64_t time;
    uint64_t line;
    uint32_t file;
    uint32_t pos_flags; /* pos << 3 | flags, or HEAD_FRESH */
};

#define HEAD_SHIFT 3u
#define HEAD_FRESH 4u /* no earlier run has seen the hit */

enum {
    X_FIRST = 1,   /* the first hit of its class: it is numbered like any other record */
    X_DROPPED = 2, /* a later delivery of a hit */
    X_OPENS = 4,   /* while sorting: the first record of its line */
};

struct exception {
    uint64_t seq;
    uint64_t class_at; /* into the classes; of what is not dropped */
    uint64_t is;
};

struct class_head {
    uint64_t event;
    uint64_t n;
};

struct class_hit {
    uint64_t seq;
    uint64_t at; /* into the data */
};

/* ---- sorting on disk ---- */

struct sorter {
    struct store store; /* as a worker's: a bin per partition of the hash */
    struct merge *merge;
    size_t bin; /* which is merged, or comes next */
    bool is_open;
};

/* A record with a uid, on its way through the sort by uid; in exception order it is only seq, class_at, is and line. */
struct mark {
    uint64_t seq;
    uint64_t at;
    uint64_t line; /* number of the line within the group, from 0, as if no event were repeated */
    uint64_t is;
    uint32_t pos;
    unsigned flags;
    struct place place;
};

struct giant {
    struct spill *spill;
    size_t n_inputs;
    struct spool data, exceptions, classes;
    uint64_t n;       /* records */
    uint64_t n_lines; /* so far */
    bool has_line;    /* of the latest record of a rule: */
    struct place line;
    struct sorter uids;
    struct buf payload; /* scratch: what marks say beside the record's own fields */
    struct buf key;     /* of the group */
    struct buf first;   /* the first record's payload */
    bool is_uniform;
    uint8_t *has_input;
    size_t n_has_input;
    uint64_t *duplicates;
    /* Reading: of the next record, and of the first exception that is not behind it. */
    uint64_t at;
    uint64_t seq;
    uint64_t x;
    uint64_t n_x;
    uint64_t n_events; /* numbers given so far */
    uint64_t line_event;
    /* Of a run that carries: */
    const struct agg_night *night; /* NULL: of none */
    uint64_t last_at;              /* of the record that was read last */
    int64_t unsettled;             /* the earliest finding that may still change; INT64_MAX: none */
};

struct giant *
giant_new(struct spill *spill, size_t n_inputs)
{
    struct giant *g = mem_zalloc(1, sizeof *g);
    g->spill = spill;
    g->n_inputs = n_inputs;
    g->is_uniform = true;
    g->unsettled = INT64_MAX;
    g->has_input = mem_zalloc(n_inputs, sizeof *g->has_input);
    g->duplicates = mem_zalloc(n_inputs, sizeof *g->duplicates);
    spool_init(&g->data, spill);
    spool_init(&g->exceptions, spill);
    spool_init(&g->classes, spill);
    return g;
}

void
giant_of_night(struct giant *g, const struct agg_night *night)
{
    g->night = night;
}

static void
sorter_fini(struct sorter *s)
{
    if (s->merge != NULL)
        merge_close(s->merge);
    if (s->is_open)
        store_fini(&s->store);
    *s = (struct sorter){ .merge = NULL };
}

void
giant_free(struct giant *g)
{
    if (g == NULL)
        return;
    spool_fini(&g->data);
    spool_fini(&g->exceptions);
    spool_fini(&g->classes);
    sorter_fini(&g->uids);
    buf_fini(&g->payload);
    buf_fini(&g->key);
    buf_fini(&g->first);
    mem_free(g->has_input);
    mem_free(g->duplicates);
    mem_free(g);
}

static void
sorter_add(struct sorter *s, struct spill *spill, const struct record *r)
{
    if (!s->is_open) {
        store_init(&s->store, PARTITIONS);
        store_limit(&s->store, spill, spill_chain_limit(spill));
    }
    s->is_open = true;
    store_add(&s->store, hash_partition(r->hash), r);
    if (store_is_full(&s->store))
        store_flush(&s->store); /* the spill knows if it fails */
}

static bool
sorter_next(struct sorter *s, struct spill *spill, struct record *r)
{
    struct store *const store = &s->store;
    while (s->is_open && s->bin < PARTITIONS) {
        if (s->merge == NULL)
            s->merge = merge_open(&store, 1, s->bin, spill, NULL, NULL, NULL);
        if (merge_next(s->merge, r))
            return true;
        merge_close(s->merge);
        s->merge = NULL;
        s->bin++;
    }
    return false;
}

/* ---- writing ---- */

static void
put_raw(struct spool *s, const void *p, size_t n)
{
    buf_put(spool_tail(s), p, n);
}

static bool
is_own(const struct giant *g, struct place at)
{
    return g->night == NULL || at.file < g->night->n_own;
}

static bool
is_fresh(const struct giant *g, const struct record *r)
{
    if (g->night != NULL && (r->flags & RECORD_CHAINED) != 0)
        return (record_tie_flags(r->tie) & TIE_FRESH) != 0;
    return is_own(g, r->at);
}

static bool
write_record(struct giant *g, const struct record *r)
{
    struct buf *to = spool_tail(&g->data);
    const size_t before = to->n;
    const unsigned flags = r->flags | (is_fresh(g, r) ? HEAD_FRESH : 0);
    const struct head head = { r->time, r->at.line, r->at.file, r->pos << HEAD_SHIFT | flags };
    assert(r->pos <= UINT32_MAX >> HEAD_SHIFT);
    buf_put(to, &head, sizeof head);
    put_bytes(to, r->facts);
    put_bytes(to, r->payload);
    if (g->night != NULL) {
        put_bytes(to, r->uid);
        put_bytes(to, r->tie);
    }
    return spool_wrote(&g->data, to->n - before);
}

/* For the sort by uid; `time` is the position, so that equal uids come in the group's order. */
static void
mark_uid(struct giant *g, const struct record *r, uint64_t at, bool opens)
{
    struct buf *b = &g->payload;
    buf_reset(b);
    put_varint(b, at);
    put_varint(b, (g->n_lines - 1) << 1 | opens);
    const struct record mark = { .hash = record_hash(0, r->uid),
                                 .time = (int64_t)g->n,
                                 .at = r->at,
                                 .pos = r->pos,
                                 .flags = r->flags,
                                 .key = r->uid,
                                 .payload = buf_view(b) };
    sorter_add(&g->uids, g->spill, &mark);
}

static void
note_group(struct giant *g, const struct record *r)
{
    assert(r->pos < g->n_inputs);
    g->n_has_input += !g->has_input[r->pos];
    g->has_input[r->pos] = 1;
    if (g->n == 0) {
        buf_sv(&g->key, r->key);
        buf_sv(&g->first, r->payload);
    }
    g->is_uniform = g->is_uniform && sv_eq(r->payload, buf_view(&g->first));
}

static bool
same_place(struct place a, struct place b)
{
    return a.file == b.file && a.line == b.line;
}

bool
giant_add(struct giant *g, const struct record *r)
{
    const uint64_t at = g->data.n;
    const bool is_chained = (r->flags & RECORD_CHAINED) != 0;
    const bool opens = is_chained || !g->has_line || !same_place(g->line, r->at);
    note_group(g, r);
    if (!is_chained) {
        g->line = r->at;
        g->has_line = true;
    }
    g->n_lines += opens;
    if (is_chained && (record_tie_flags(r->tie) & TIE_FINAL) == 0 && r->time < g->unsettled)
        g->unsettled = r->time;
    if (r->uid.n != 0)
        mark_uid(g, r, at, opens);
    g->n++;
    return write_record(g, r);
}

/* ---- repeated deliveries ---- */

static struct mark
read_mark(const struct record *r)
{
    struct reader in = reader_of(r->payload);
    struct mark m = { .seq = (uint64_t)r->time, .place = r->at, .pos = r->pos, .flags = r->flags };
    m.at = get_varint(&in);
    const uint64_t line = get_varint(&in);
    m.line = line >> 1;
    m.is = (line & 1) != 0 ? X_OPENS : 0;
    return m;
}

/* The records of one uid, as they come. */
struct same_uid {
    struct buf uid;
    VEC(struct mark) kept; /* one per rule */
    bool is_spread;        /* they are not all found on the first one's line */
};

/* An exception, for the sort by position. */
static void
except(struct giant *g, struct sorter *by_seq, const struct mark *m, uint64_t class_at, uint64_t is)
{
    struct buf *b = &g->payload;
    buf_reset(b);
    put_varint(b, class_at);
    put_varint(b, m->line);
    const struct record r = {
        .hash = record_hash(0, SV_NONE), .time = (int64_t)m->seq, .pos = (uint32_t)(is | m->is), .payload = buf_view(b)
    };
    sorter_add(by_seq, g->spill, &r);
}

/* No more records of this uid. */
static void
end_uid(struct giant *g, struct same_uid *u, struct sorter *by_seq)
{
    const uint64_t class_at = g->classes.n;
    const struct class_head head = { 0, u->kept.n };
    if (!u->is_spread)
        return;
    put_raw(&g->classes, &head, sizeof head);
    for (size_t i = 0; i < u->kept.n; i++) {
        const struct class_hit hit = { u->kept.v[i].seq, u->kept.v[i].at };
        put_raw(&g->classes, &hit, sizeof hit);
        except(g, by_seq, &u->kept.v[i], class_at, i == 0 ? X_FIRST : 0);
    }
    spool_wrote(&g->classes, sizeof head + u->kept.n * sizeof(struct class_hit));
}

/* The hit of which this is a later delivery; NULL: it is none. */
static const struct mark *
find_repeated(const struct same_uid *u, const struct mark *m)
{
    for (size_t i = 0; i < u->kept.n; i++)
        if (u->kept.v[i].pos == m->pos)
            return &u->kept.v[i];
    return NULL;
}

/* An earlier run has seen the hit. */
static void
set_known(struct giant *g, const struct mark *m)
{
    const uint32_t pos_flags = m->pos << HEAD_SHIFT | m->flags;
    spool_patch(&g->data, m->at + offsetof(struct head, pos_flags), &pos_flags, sizeof pos_flags);
}

static void
take_mark(struct giant *g, struct same_uid *u, const struct mark *m, struct sorter *by_seq)
{
    const struct mark *first = find_repeated(u, m);
    if (first != NULL) {
        if (!is_own(g, m->place))
            set_known(g, first);
        g->duplicates[m->pos] += (m->flags & RECORD_PRIMARY) != 0;
        except(g, by_seq, m, 0, X_DROPPED);
        return;
    }
    if (u->kept.n != 0 && ((m->is & X_OPENS) != 0 || !same_place(m->place, u->kept.v[0].place)))
        u->is_spread = true;
    vec_push(&u->kept, *m);
}

/* Uid by uid: what is dropped, and which events have hits in several places. */
static void
read_uids(struct giant *g, struct sorter *by_seq)
{
    struct same_uid u = { .uid = BUF_INIT };
    struct record r;
    while (sorter_next(&g->uids, g->spill, &r)) {
        const struct mark m = read_mark(&r);
        if (u.kept.n == 0 || !sv_eq(buf_view(&u.uid), r.key)) {
            end_uid(g, &u, by_seq);
            buf_reset(&u.uid);
            buf_sv(&u.uid, r.key);
            u.kept.n = 0;
            u.is_spread = false;
        }
        take_mark(g, &u, &m, by_seq);
    }
    end_uid(g, &u, by_seq);
    sorter_fini(&g->uids);
    vec_fini(&u.kept);
    buf_fini(&u.uid);
}

/* In order of position: writes the exceptions, and gives each class its number. */
static void
write_exceptions(struct giant *g, struct sorter *by_seq)
{
    uint64_t gone = 0; /* lines before this one that are no events of their own */
    struct record r;
    while (sorter_next(by_seq, g->spill, &r)) {
        struct reader in = reader_of(r.payload);
        const struct exception x = { (uint64_t)r.time, get_varint(&in), r.pos };
        if ((x.is & X_FIRST) != 0) {
            const uint64_t event = get_varint(&in) - gone;
            spool_patch(&g->classes, x.class_at + offsetof(struct class_head, event), &event, sizeof event);
        } else {
            gone += (x.is & X_OPENS) != 0;
        }
        put_raw(&g->exceptions, &x, sizeof x);
        spool_wrote(&g->exceptions, sizeof x);
        g->n_x++;
    }
}

bool
giant_seal(struct giant *g)
{
    struct sorter by_seq = { .merge = NULL };
    read_uids(g, &by_seq);
    write_exceptions(g, &by_seq);
    sorter_fini(&by_seq);
    const bool sealed = spool_seal(&g->data) && spool_seal(&g->exceptions) && spool_seal(&g->classes);
    giant_rewind(g);
    return sealed && !spill_failed(g->spill);
}

/* ---- what is known of it ---- */

bool
giant_is_uniform(const struct giant *g)
{
    return g->is_uniform;
}

size_t
giant_inputs(const struct giant *g)
{
    return g->n_has_input;
}

size_t
giant_n_inputs(const struct giant *g)
{
    return g->n_inputs;
}

const uint64_t *
giant_duplicates(const struct giant *g)
{
    return g->duplicates;
}

struct sv
giant_key(const struct giant *g)
{
    return buf_view(&g->key);
}

/* ---- reading ---- */

void
giant_rewind(struct giant *g)
{
    g->at = g->seq = g->x = 0;
    g->n_events = g->line_event = 0;
    g->has_line = false;
    spool_rewind(&g->data);
    spool_rewind(&g->exceptions);
}

static struct exception
exception_at(const struct giant *g, uint64_t i)
{
    struct exception x;
    memcpy(&x, g->exceptions.map + i * sizeof x, sizeof x);
    return x;
}

/* Classes lie in the order of a hash: each look is somewhere else. */
static struct class_head
class_at(struct giant *g, uint64_t at)
{
    struct class_head c;
    memcpy(&c, g->classes.map + at, sizeof c);
    spool_look(&g->classes);
    return c;
}

/* The record at this offset, without its event; the offset behind what a hit says. */
static uint64_t
read_record(const struct giant *g, uint64_t at, struct hit *h, unsigned *flags)
{
    struct head head;
    const char *p = g->data.map + at;
    memcpy(&head, p, sizeof head);
    const char *facts = p + sizeof head;
    const struct sv payload = packed_text(sv_end(packed_text(facts)));
    *flags = head.pos_flags & (RECORD_PRIMARY | RECORD_CHAINED);
    *h = (struct hit){ .time = head.time,
                       .at = { head.file, head.line },
                       .pos = head.pos_flags >> HEAD_SHIFT,
                       .fresh = (head.pos_flags & HEAD_FRESH) != 0,
                       .facts = facts,
                       .payload = payload };
    return at + (uint64_t)(sv_end(payload) - p);
}

/* Uid and tie. */
static uint64_t
behind_texts(const struct giant *g, uint64_t at)
{
    const char *p = g->data.map + at;
    return at + (uint64_t)(sv_end(packed_text(sv_end(packed_text(p)))) - p);
}

void
giant_record(struct giant *g, struct record *r)
{
    struct hit h;
    unsigned flags;
    const uint64_t at = read_record(g, g->last_at, &h, &flags);
    const struct sv uid = packed_text(g->data.map + at);
    *r = (struct record){ .time = h.time,
                          .at = h.at,
                          .pos = h.pos,
                          .flags = flags,
                          .tie = packed_text(sv_end(uid)),
                          .uid = uid,
                          .facts = hit_facts(&h),
                          .payload = h.payload };
}

int64_t
giant_unsettled(const struct giant *g)
{
    return g->unsettled;
}

/* The next record is this exception. Its event is *event, unless that is found like any other's. */
static bool
read_exception(struct giant *g, uint64_t *event, bool *dropped)
{
    const struct exception x = exception_at(g, g->x++);
    spool_pass(&g->exceptions, g->x * sizeof x);
    *dropped = (x.is & X_DROPPED) != 0;
    if ((x.is & X_FIRST) != 0)
        return false;
    *event = *dropped ? g->line_event : class_at(g, x.class_at).event;
    return true;
}

static bool
is_exception(const struct giant *g, uint64_t seq)
{
    return g->x < g->n_x && exception_at(g, g->x).seq == seq;
}

/* The next record, perhaps a dropped one. */
static bool
read_next(struct giant *g, struct hit *h, bool *dropped)
{
    unsigned flags;
    if (g->at >= g->data.n)
        return false;
    g->last_at = g->at;
    g->at = read_record(g, g->at, h, &flags);
    if (g->night != NULL)
        g->at = behind_texts(g, g->at);
    spool_pass(&g->data, g->at);
    h->seq = g->seq++;
    const bool is_chained = (flags & RECORD_CHAINED) != 0;
    const bool same_line = g->has_line && !is_chained && same_place(g->line, h->at);
    *dropped = false;
    if (!is_exception(g, h->seq) || !read_exception(g, &h->event, dropped))
        h->event = same_line ? g->line_event : g->n_events++;
    if (!is_chained) {
        g->line = h->at;
        g->has_line = true;
        g->line_event = h->event;
    }
    return true;
}

bool
giant_next(struct giant *g, struct hit *h)
{
    bool dropped;
    do {
        if (!read_next(g, h, &dropped))
            return false;
    } while (dropped);
    return true;
}

/* The exception of a hit that was read a short while ago, or not so short; false if it has none. */
static bool
find_exception(const struct giant *g, uint64_t seq, struct exception *x)
{
    uint64_t high = g->x, step = 1; /* it lies before high, */
    while (step < high && exception_at(g, high - step).seq > seq)
        step *= 2;
    uint64_t low = step < high ? high - step : 0; /* and not before low */
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        *x = exception_at(g, middle);
        if (x->seq == seq)
            return true;
        if (x->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void
giant_companions(struct giant *g, const struct hit *h, struct hit_list *to)
{
    struct exception x;
    if (g->classes.n == 0 || !find_exception(g, h->seq, &x))
        return;
    const struct class_head c = class_at(g, x.class_at);
    for (uint64_t i = 0; i < c.n; i++) {
        struct class_hit at;
        struct hit companion;
        unsigned flags;
        memcpy(&at, g->classes.map + x.class_at + sizeof c + i * sizeof at, sizeof at);
        read_record(g, at.at, &companion, &flags);
        spool_look(&g->data);
        companion.seq = at.seq;
        companion.event = c.event;
        if (!same_place(companion.at, h->at))
            vec_push(to, companion);
    }
}
