/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/partial.h"

#include <errno.h>
#include <string.h>

#include "agg/bundle.h"
#include "agg/crew.h"
#include "agg/emit.h"
#include "agg/inv_internal.h"
#include "agg/inv_load.h"
#include "agg/merge.h"
#include "agg/spill.h"
#include "agg/sweep.h"
#include "base/codec.h"
#include "base/timestamp.h"

size_t
partial_slots(const struct program *p)
{
    return (size_t)emit_levels(p) + 1;
}

/* ---- writing records ---- */

struct putting {
    const struct partial_pile *pile;
    struct partial_file *file;
    struct store **records;   /* of the locals */
    struct store **inventory; /* of those that have one */
    size_t n_inventories;
    size_t n_slots;
    uint32_t first_corr; /* of the inventories */
};

static bool
has_failed(const struct agg_plan *plan)
{
    return plan->spill != NULL && spill_failed(plan->spill);
}

static struct merge *
open_slot(const struct putting *p, size_t slot, unsigned partition)
{
    const struct agg_plan *plan = p->pile->plan;
    if (slot + 1 == p->n_slots)
        return merge_open(p->inventory, p->n_inventories, partition, plan->spill, NULL, inventory_fold, &p->first_corr);
    return merge_open(p->records, p->pile->n_locals, slot * PARTITIONS + partition, plan->spill, NULL, NULL, NULL);
}

static void
put_slot(const struct putting *p, size_t slot, unsigned partition, struct segment_writer *w)
{
    struct record r;
    if (slot == 0 && p->pile->swept != NULL)
        return;
    const struct agg_night *night = p->pile->plan->night;
    const bool is_inventory = slot + 1 == p->n_slots;
    struct merge *m = open_slot(p, slot, partition);
    while (w->error == 0 && merge_next(m, &r)) {
        if (night != NULL && !is_inventory)
            r.at.file = night->slot_of_file[r.at.file];
        segment_put(w, &r);
    }
    merge_close(m);
}

static void
job_put(void *ctx, unsigned thread, unsigned partition)
{
    const struct putting *p = ctx;
    struct partial_file *f = &p->file[partition];
    struct segment_writer w = { .error = 0 };
    uint64_t at = 0;
    (void)thread;
    for (size_t s = 0; s < p->n_slots && f->error == 0 && !has_failed(p->pile->plan); s++) {
        segment_begin(&w, f->fd, f->name, at);
        put_slot(p, s, partition, &w);
        if (!segment_end(&w, &f->slot[s]))
            f->error = w.error;
        at += f->slot[s].bytes;
    }
    segment_writer_fini(&w);
}

static void
job_flush(void *ctx, unsigned thread, unsigned i)
{
    const struct putting *p = ctx;
    struct store *s = i < p->pile->n_locals ? p->records[i] : p->inventory[i - p->pile->n_locals];
    (void)thread;
    if (s->spill == NULL || has_failed(p->pile->plan))
        return;
    if (s->n_records != 0)
        store_flush(s);
    store_release(s);
}

/* If some store has spilled, they all do: so the memory is there for the merge. */
static void
make_room(const struct putting *p)
{
    bool is_spilled = false;
    for (size_t i = 0; i < p->pile->n_locals; i++)
        is_spilled = is_spilled || store_has_segments(p->records[i], 0, p->records[i]->n_bins);
    for (size_t i = 0; i < p->n_inventories; i++)
        is_spilled = is_spilled || store_has_segments(p->inventory[i], 0, PARTITIONS);
    if (!is_spilled) {
        for (size_t i = 0; i < p->pile->n_locals; i++)
            store_unbundle(p->records[i]);
        return;
    }
    crew_run(p->pile->n_threads, (unsigned)(p->pile->n_locals + p->n_inventories), job_flush, (void *)(uintptr_t)p);
    mem_trim();
}

static void
putting_init(struct putting *p, const struct partial_pile *pile, struct partial_file *file)
{
    *p = (struct putting){ .pile = pile, .file = file, .n_slots = partial_slots(pile->plan->program) };
    p->first_corr = (uint32_t)pile->plan->program->corrs.n;
    p->records = mem_zalloc(pile->n_locals + 1, sizeof *p->records);
    p->inventory = mem_zalloc(pile->n_locals + 1, sizeof *p->inventory);
    for (size_t i = 0; i < pile->n_locals; i++) {
        p->records[i] = &pile->local[i]->records;
        if (pile->local[i]->inventory == NULL)
            continue;
        inventory_flush(pile->local[i]->inventory, NULL, NULL);
        p->inventory[p->n_inventories++] = &pile->local[i]->inventory->store;
    }
}

enum err
partial_put_records(const struct partial_pile *pile, struct partial_file file[PARTITIONS], struct diags *d)
{
    struct putting p;
    enum err err = ERR_OK;
    putting_init(&p, pile, file);
    make_room(&p);
    crew_run(pile->n_threads, PARTITIONS, job_put, &p);
    mem_free(p.records);
    mem_free(p.inventory);
    if (pile->plan->spill != NULL)
        err = spill_status(pile->plan->spill, d);
    for (unsigned i = 0; i < PARTITIONS && err == ERR_OK; i++) {
        if (file[i].error == 0)
            continue;
        diag_error(d, SPAN_NONE, "cannot write %s: %s", file[i].name, strerror(file[i].error));
        err = ERR_OUTPUT;
    }
    return err;
}

/* ---- counters ---- */

static void
put_rules(const struct partial_pile *pile, struct buf *b)
{
    const size_t n = pile->plan->program->rules.n;
    put_varint(b, n);
    for (size_t i = 0; i < n; i++) {
        uint64_t hits = 0;
        uint64_t limits = 0;
        for (size_t k = 0; k < pile->n_locals; k++) {
            hits += pile->local[k]->rule_hits[i];
            limits += pile->local[k]->rule_limits[i];
        }
        put_varint(b, hits);
        put_varint(b, limits);
    }
}

static void
put_corr(const struct partial_pile *pile, size_t corr, struct buf *b)
{
    struct corr_counts sum = { 0, 0, 0, 0, 0 };
    for (size_t k = 0; k < pile->n_locals; k++) {
        const struct corr_counts *c = &pile->local[k]->corr[corr];
        sum.hits += c->hits;
        sum.skipped_group += c->skipped_group;
        sum.skipped_value += c->skipped_value;
        sum.skipped_time += c->skipped_time;
        sum.findings += c->findings;
    }
    put_varint(b, sum.hits);
    put_varint(b, sum.skipped_group);
    put_varint(b, sum.skipped_value);
    put_varint(b, sum.skipped_time);
    put_varint(b, sum.findings);
    const size_t n_inputs = pile->plan->program->corrs.v[corr].n_inputs;
    put_varint(b, n_inputs);
    for (size_t i = 0; i < n_inputs; i++)
        put_varint(b, pile->swept != NULL ? pile->swept[corr].duplicates[i] : 0);
}

void
partial_put_counters(const struct partial_pile *pile, struct buf *b)
{
    const size_t n_corrs = pile->plan->program->corrs.n;
    put_zigzag(b, agg_latest(pile->local, pile->n_locals));
    put_rules(pile, b);
    put_varint(b, n_corrs);
    for (size_t i = 0; i < n_corrs; i++)
        put_corr(pile, i, b);
}

static bool
is_number(struct reader *r, size_t expected)
{
    const uint64_t n = get_varint(r);
    if (n != expected)
        r->bad = true;
    return !r->bad;
}

static void
get_corr(struct agg_local *l, size_t corr, struct reader *r)
{
    struct corr_counts *c = &l->corr[corr];
    c->hits += get_varint(r);
    c->skipped_group += get_varint(r);
    c->skipped_value += get_varint(r);
    c->skipped_time += get_varint(r);
    c->findings += get_varint(r);
    const size_t n_inputs = l->plan->program->corrs.v[corr].n_inputs;
    if (!is_number(r, n_inputs))
        return;
    for (size_t i = 0; i < n_inputs; i++)
        l->duplicates[l->first_pos[corr] + i] += get_varint(r);
}

/* The local's room for duplicates, which only partial results bring along. */
static void
make_duplicates(struct agg_local *l)
{
    const struct program *p = l->plan->program;
    size_t n = 0;
    for (size_t i = 0; i < p->corrs.n; i++)
        n += p->corrs.v[i].n_inputs;
    if (l->duplicates == NULL)
        l->duplicates = mem_zalloc(n + 1, sizeof *l->duplicates);
}

static void
get_latest(struct agg_local *l, struct reader *r)
{
    const int64_t latest = get_zigzag(r);
    if (latest != TIME_NONE && (latest < TIME_FIRST || latest > TIME_LAST))
        r->bad = true;
    if (!r->bad && latest > l->latest)
        l->latest = latest;
}

bool
partial_get_latest(struct agg_local *l, struct sv bytes)
{
    struct reader r = reader_of(bytes);
    get_latest(l, &r);
    return !r.bad;
}

bool
partial_get_counters(struct agg_local *l, struct sv bytes)
{
    const struct program *p = l->plan->program;
    struct reader r = reader_of(bytes);
    make_duplicates(l);
    get_latest(l, &r);
    if (is_number(&r, p->rules.n)) {
        for (size_t i = 0; i < p->rules.n; i++) {
            l->rule_hits[i] += get_varint(&r);
            l->rule_limits[i] += get_varint(&r);
        }
    }
    if (is_number(&r, p->corrs.n))
        for (size_t i = 0; i < p->corrs.n; i++)
            get_corr(l, i, &r);
    return !r.bad && r.p == r.end;
}

/* ---- reading records ---- */

const char *
partial_attach(struct agg_local *l, unsigned partition, size_t slot, const struct segment *s, size_t n_files,
               struct arena *a)
{
    if (s->n == 0)
        return NULL;
    if (slot + 1 < partial_slots(l->plan->program)) {
        store_attach(&l->records, slot * PARTITIONS + partition, s);
        return NULL;
    }
    return l->inventory != NULL ? inventory_attach(l->inventory, partition, s, n_files, a) : NULL;
}

/* ---- loading records ---- */

struct loading {
    struct agg_local *l;
    size_t slot;
    const struct partial_numbers *numbers;
    uint32_t base; /* of the files */
    size_t n_files;
    atomic_bool *used; /* files that are named */
};

void
partial_add_record(struct agg_local *l, size_t level, const struct record *r)
{
    if (l->clusters.of[r->corr].cluster != CLUSTER_NONE)
        bundle_add_record(l, r);
    else
        store_add(&l->records, level * PARTITIONS + hash_partition(r->hash), r);
    if (store_is_full(&l->records))
        store_flush(&l->records);
}

/* False if the record is none of its slot. */
static bool
load_record(const struct loading *x, struct record *r)
{
    struct agg_local *l = x->l;
    if (!partial_renumber(x->numbers, r))
        return false;
    if (r->corr == PARTIAL_NONE)
        return true;
    if (r->at.file - x->base >= x->n_files || !partial_is_record(l->plan->program, l->family, (unsigned)x->slot, r))
        return false;
    atomic_store_explicit(&x->used[r->at.file - x->base], true, memory_order_relaxed);
    partial_add_record(l, x->slot, r);
    return true;
}

const char *
partial_load(struct agg_local *l, unsigned partition, size_t slot, bool is_inventory, const struct segment *s,
             const struct partial_numbers *numbers, atomic_bool *used, size_t n_files, struct arena *a)
{
    if (s->n == 0)
        return NULL;
    if (is_inventory)
        return l->inventory != NULL ? inventory_load(l->inventory, partition, s, numbers, used, n_files, a) : NULL;
    const struct loading x = { l, slot, numbers, s->file_base, n_files, used };
    struct segment_reader *reader = segment_open(s);
    struct record r;
    bool ok = true;
    while (ok && segment_next(reader, &r))
        ok = load_record(&x, &r);
    const char *wrong = segment_failed(reader);
    if (wrong != NULL)
        wrong = arena_sv(a, sv_of(wrong)).p;
    else if (!ok)
        wrong = arena_printf(a, "%s is damaged: a record is none of its correlation", s->name).p;
    segment_close(reader);
    return wrong;
}

/* ---- what a record may be ---- */

static bool
is_time(const struct correlation *c, int64_t time)
{
    return time == TIME_NONE ? c->single : time >= TIME_FIRST && time <= TIME_LAST;
}

static bool
is_key(const struct correlation *c, struct sv key)
{
    struct reader r = reader_of(key);
    for (size_t i = 0; i < c->n_group; i++)
        get_bytes(&r);
    return !r.bad && r.p == r.end;
}

static bool
is_payload_of(const struct correlation *c, unsigned pos, struct sv payload)
{
    struct reader r = reader_of(payload);
    if (c->type->is_payload != NULL && !c->type->is_payload(c, pos, &r))
        return false;
    return !r.bad && r.p == r.end;
}

/* Of a family it is each member's, with its length. */
static bool
is_payload(const struct program *p, const struct family *family, const struct record *r)
{
    if (family[r->corr].n == 1)
        return is_payload_of(&p->corrs.v[r->corr], r->pos, r->payload);
    struct reader all = reader_of(r->payload);
    for (uint32_t i = r->corr; i != FAMILY_END; i = family[i].next) {
        const struct sv one = get_bytes(&all);
        if (all.bad || !is_payload_of(&p->corrs.v[i], r->pos, one))
            return false;
    }
    return all.p == all.end;
}

bool
partial_is_record(const struct program *p, const struct family *family, unsigned level, const struct record *r)
{
    if (r->corr >= p->corrs.n || family[r->corr].first != r->corr)
        return false;
    const struct correlation *c = &p->corrs.v[r->corr];
    if (carry_is_past_record(r))
        return c->level == level && is_key(c, r->key) && carry_is_past(family, r);
    return c->level == level && r->pos < c->n_inputs && is_time(c, r->time) && is_key(c, r->key) &&
           is_payload(p, family, r);
}
