/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/inv_load.h"

#include <assert.h>

#include "agg/inv_internal.h"

/* Records whose files get other numbers. */
struct loading {
    struct inventory *inv;
    unsigned partition;
    const struct partial_numbers *numbers;
    uint32_t base; /* is added to every file */
    size_t n_files;
    atomic_bool *used; /* files that are named; NULL: nobody asks */
    struct arena scratch;
    struct buf payload;
};

bool
inventory_is_record(uint32_t first_corr, const struct record *r, size_t n_files, atomic_bool *used)
{
    if (r->flags != 0 || r->uid.n != 0 || r->facts.n != 0)
        return false;
    if (r->corr == first_corr + INVENTORY_SESSION)
        return r->pos == 0 && session_state_check(r->payload, n_files, used);
    if (r->corr != first_corr + INVENTORY_APP)
        return false;
    return r->pos == APP_STATE ? app_state_check(r->payload, n_files, used) : r->pos < APP_KINDS && r->payload.n == 0;
}

static void
add_base(struct candidates *c, uint32_t base)
{
    for (size_t i = 0; i < c->n; i++)
        c->v[i].file += base;
}

static void
renumber_app(struct loading *x, struct sv payload)
{
    struct app_state s;
    const bool ok = app_state_get(&s, payload, &x->scratch);
    assert(ok);
    (void)ok;
    add_base(&s.name, x->base);
    app_state_put(&x->payload, &s);
}

static void
renumber_session(struct loading *x, struct sv payload)
{
    struct session_state s;
    const bool ok = session_state_get(&s, payload, &x->scratch);
    assert(ok);
    (void)ok;
    add_base(&s.start, x->base);
    add_base(&s.any, x->base);
    session_state_put(&x->payload, &s);
}

/* Gives the record's files the numbers of this run. False if it is none that an inventory writes. */
static bool
renumber(struct loading *x, struct record *r)
{
    const uint32_t first_corr = x->inv->first_corr;
    r->at = (struct place){ 0, 0 }; /* it is of no file, to which the reader has added the base */
    if (!inventory_is_record(first_corr, r, x->n_files, x->used))
        return false;
    arena_reset(&x->scratch);
    buf_reset(&x->payload);
    if (r->corr == first_corr + INVENTORY_SESSION)
        renumber_session(x, r->payload);
    else if (r->pos == APP_STATE)
        renumber_app(x, r->payload);
    r->payload = buf_view(&x->payload);
    return true;
}

static void
add_to_store(struct store *s, size_t bin, const struct record *r)
{
    store_add(s, bin, r);
    if (store_is_full(s))
        store_flush(s);
}

/* Hands every record of the segment to `take`, until one is refused. */
static const char *
read_all(const struct segment *s, bool (*take)(void *ctx, struct record *r), void *ctx, const char *what,
         struct arena *a)
{
    struct segment_reader *reader = segment_open(s);
    struct record r;
    bool ok = true;
    while (ok && segment_next(reader, &r))
        ok = take(ctx, &r);
    const char *wrong = segment_failed(reader);
    if (wrong != NULL)
        wrong = arena_sv(a, sv_of(wrong)).p;
    else if (!ok)
        wrong = arena_printf(a, "%s is damaged: a record %s", s->name, what).p;
    segment_close(reader);
    return wrong;
}

static const char *
load_all(struct loading *x, const struct segment *s, bool (*take)(void *ctx, struct record *r), const char *what,
         struct arena *a)
{
    x->base = s->file_base;
    arena_init(&x->scratch);
    buf_init(&x->payload);
    const char *wrong = read_all(s, take, x, what, a);
    buf_fini(&x->payload);
    arena_fini(&x->scratch);
    return wrong;
}

static bool
take_attached(void *ctx, struct record *r)
{
    struct loading *x = ctx;
    if (!renumber(x, r) || hash_partition(r->hash) != x->partition)
        return false;
    add_to_store(&x->inv->store, x->partition, r);
    return true;
}

const char *
inventory_attach(struct inventory *inv, unsigned partition, const struct segment *s, size_t n_files, struct arena *a)
{
    struct loading x = { .inv = inv, .partition = partition, .n_files = n_files };
    return load_all(&x, s, take_attached, "of an inventory is none", a);
}

static bool
take_loaded(void *ctx, struct record *r)
{
    struct loading *x = ctx;
    if (!partial_renumber(x->numbers, r))
        return false;
    if (r->corr == PARTIAL_NONE)
        return true;
    if (!renumber(x, r))
        return false;
    add_to_store(&x->inv->store, hash_partition(r->hash), r);
    return true;
}

/* Do the inventories have the numbers that they had? Then their records are in their partitions, and in order. */
static bool
are_numbers_same(uint32_t first_corr, const struct partial_numbers *numbers)
{
    for (uint32_t i = first_corr; i < first_corr + INVENTORIES; i++)
        if (i >= numbers->n || numbers->number[i] != i)
            return false;
    return true;
}

const char *
inventory_load(struct inventory *inv, unsigned partition, const struct segment *s,
               const struct partial_numbers *numbers, atomic_bool *used, size_t n_files, struct arena *a)
{
    struct inv_carried *carried = &inv->carried[partition];
    if (carried->segment.n == 0 && are_numbers_same(inv->first_corr, numbers)) {
        *carried = (struct inv_carried){ *s, n_files, used };
        carried->segment.file_base = 0;
        return NULL;
    }
    struct loading x = { .inv = inv, .partition = partition, .numbers = numbers, .n_files = n_files, .used = used };
    return load_all(&x, s, take_loaded, "is none of its correlation", a);
}
