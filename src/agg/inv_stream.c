/* SPDX-License-Identifier: Apache-2.0 */
/* Two sides, both sorted and folded: this run's records, from memory or from a merge, and the carried segment. A side
 * moves on when its record has been taken and the next one is asked for, so a record's strings live until then. */
#include "agg/inv_stream.h"

#include <assert.h>
#include <string.h>

#include "agg/inv_load.h"
#include "agg/merge.h"

/* The next record of a side. */
struct side {
    uint64_t key; /* entry_key */
    struct record rec;
    bool is_taken; /* it has been handed out, or there was none yet */
    bool is_done;
};

struct inv_stream {
    const struct agg_plan *plan;
    unsigned partition;
    uint32_t first_corr;
    struct side own;
    struct side carried;
    const struct inv_carried *from;
    struct segment_reader *reader; /* of the carried; NULL: there are none */
    struct merge *merge;           /* of this run's; NULL: they are in memory */
    struct bin all;                /* these, sorted and folded */
    size_t next;
    size_t group_end;    /* of them; up to there they are in order */
    struct store folded; /* what folding them has made */
    struct arena scratch;
    struct buf renumbered;
    struct buf payload;
    struct buf failure;
};

/* ---- this run's records ---- */

/* What comes from another machine is looked at before it is believed. */
static bool
is_foreign_record(const void *ctx, const struct record *r)
{
    const struct inv_stream *s = ctx;
    return inventory_is_record(s->first_corr, r, s->plan->origins->n, NULL);
}

static void
open_memory(struct inv_stream *s, const struct inv_sources *from)
{
    store_init(&s->folded, 0);
    for (size_t i = 0; i < from->n_stores; i++)
        bins_join(&s->all, store_take(from->store[i], s->partition));
    records_sort(s->all.v, s->all.n, NULL);
    s->all.n = records_fold(s->all.v, s->all.n, &s->folded, 0, false, inventory_fold, &s->first_corr);
}

static void
open_merge(struct inv_stream *s, const struct inv_sources *from)
{
    s->merge =
        merge_open(from->store, from->n_stores, s->partition, from->plan->spill, NULL, inventory_fold, &s->first_corr);
    merge_check(s->merge, is_foreign_record, s);
}

static void
next_own(struct inv_stream *s)
{
    struct side *own = &s->own;
    own->is_taken = false;
    if (s->merge != NULL) {
        own->is_done = !merge_next(s->merge, &own->rec);
        own->key = own->is_done ? UINT64_MAX : entry_key(own->rec.corr, own->rec.hash);
        return;
    }
    own->is_done = s->next == s->all.n;
    own->key = own->is_done ? UINT64_MAX : s->all.v[s->next].key;
    if (own->is_done)
        return;
    if (s->next == s->group_end)
        s->group_end += records_group(s->all.v + s->next, s->all.n - s->next, NULL);
    record_at(s->all.v[s->next++].record, &own->rec);
}

/* The payload with files as the state numbers them; as it is if nothing is carried. */
static struct sv
own_payload(struct inv_stream *s)
{
    const struct record *r = &s->own.rec;
    const uint32_t *slot = s->plan->night != NULL ? s->plan->night->slot_of_file : NULL;
    struct app_state app;
    struct session_state session;
    bool ok = true;
    if (slot == NULL || r->payload.n == 0)
        return r->payload;
    arena_reset(&s->scratch);
    buf_reset(&s->renumbered);
    if (r->corr == s->first_corr + INVENTORY_APP) {
        ok = app_state_get(&app, r->payload, &s->scratch);
        candidates_renumber(&app.name, slot);
        app_state_put(&s->renumbered, &app);
    } else {
        ok = session_state_get(&session, r->payload, &s->scratch);
        candidates_renumber(&session.start, slot);
        candidates_renumber(&session.any, slot);
        session_state_put(&s->renumbered, &session);
    }
    assert(ok);
    (void)ok;
    return buf_view(&s->renumbered);
}

/* ---- what is carried ---- */

static void
fail(struct inv_stream *s, const char *text)
{
    buf_reset(&s->failure);
    buf_puts(&s->failure, text);
    buf_cstr(&s->failure);
    s->carried.is_done = true;
}

static void
fail_record(struct inv_stream *s, const char *what)
{
    struct buf b = BUF_INIT;
    buf_printf(&b, "%s is damaged: %s", s->from->segment.name, what);
    fail(s, buf_cstr(&b));
    buf_fini(&b);
}

static int
compare(const struct side *a, const struct side *b)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    int c = (a->rec.corr > b->rec.corr) - (a->rec.corr < b->rec.corr);
    if (c == 0 && !sv_eq(a->rec.key, b->rec.key))
        c = sv_cmp(a->rec.key, b->rec.key);
    if (c == 0)
        c = (a->rec.time > b->rec.time) - (a->rec.time < b->rec.time);
    if (c == 0)
        c = (a->rec.pos > b->rec.pos) - (a->rec.pos < b->rec.pos);
    return c != 0 ? c : sv_cmp(a->rec.tie, b->rec.tie);
}

/* The strings of the record before are valid once more (segment.h). */
static void
next_carried(struct inv_stream *s)
{
    const struct side before = s->carried;
    struct side *side = &s->carried;
    side->is_taken = false;
    if (s->reader == NULL || !segment_next(s->reader, &side->rec)) {
        side->is_done = true;
        side->key = UINT64_MAX;
        if (s->reader != NULL && segment_failed(s->reader) != NULL)
            fail(s, segment_failed(s->reader));
        return;
    }
    side->key = entry_key(side->rec.corr, side->rec.hash);
    side->rec.at = (struct place){ 0, 0 };
    if (!inventory_is_record(s->first_corr, &side->rec, s->from->n_files, s->from->used) ||
        hash_partition(side->rec.hash) != s->partition)
        fail_record(s, "a record is none of its correlation");
    else if (before.rec.key.p != NULL && compare(&before, side) >= 0)
        fail_record(s, "its records are out of order");
}

/* ---- both ---- */

struct inv_stream *
inv_stream_open(const struct inv_sources *from, unsigned partition)
{
    struct inv_stream *s = mem_zalloc(1, sizeof *s);
    s->plan = from->plan;
    s->partition = partition;
    s->first_corr = (uint32_t)from->plan->program->corrs.n;
    s->from = from->carried[partition];
    if (s->from != NULL)
        s->reader = segment_open(&s->from->segment);
    if (from->is_spilled)
        open_merge(s, from);
    else
        open_memory(s, from);
    s->own.is_taken = s->carried.is_taken = true;
    return s;
}

bool
inv_stream_next(struct inv_stream *s, struct record *r)
{
    struct side *own = &s->own;
    struct side *carried = &s->carried;
    if (own->is_taken)
        next_own(s);
    if (carried->is_taken)
        next_carried(s);
    if (s->failure.n != 0 || (own->is_done && carried->is_done))
        return false;
    const int c = own->is_done ? 1 : carried->is_done ? -1 : compare(own, carried);
    own->is_taken = c <= 0;
    carried->is_taken = c >= 0;
    *r = c > 0 ? carried->rec : own->rec;
    if (c <= 0)
        r->payload = own_payload(s);
    if (c == 0) {
        buf_reset(&s->payload);
        inventory_fold(&s->first_corr, r, &carried->rec, &s->payload);
        r->payload = buf_view(&s->payload);
    }
    return true;
}

const char *
inv_stream_failed(const struct inv_stream *s)
{
    return s->failure.n != 0 ? s->failure.p : NULL;
}

void
inv_stream_close(struct inv_stream *s)
{
    segment_close(s->reader);
    if (s->merge != NULL)
        merge_close(s->merge);
    else
        store_fini(&s->folded);
    mem_free(s->all.v);
    arena_fini(&s->scratch);
    buf_fini(&s->renumbered);
    buf_fini(&s->payload);
    buf_fini(&s->failure);
    mem_free(s);
}
