/* SPDX-License-Identifier: Apache-2.0 */
/* A walk sees a partition's records group by group: the tally, then the members in the order of their values. So a
 * group of any size costs a walk its tally and a counter per measure. */
#include "query/answer.h"

#include <math.h>
#include <string.h>

#include "agg/crew.h"
#include "agg/merge.h"
#include "agg/spill.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "query/groups.h"
#include "query/hll.h"
#include "query/sorter.h"

/* What one measure has seen of the members of a group. */
struct walked {
    uint64_t n;      /* so far, with how often */
    uint64_t values; /* different ones */
    double low;      /* the numbers on both sides of the percentile */
    double high;
};

/* One thread's. */
struct walker {
    struct store store;
    struct groups *groups; /* while events are read */
    struct sorter_lane *lane;
    struct pool pool;
    void *tally;
    uint64_t as_text;
    struct walked *walked; /* per measure */
    struct buf key;        /* of the group at hand */
    struct buf tie;        /* the last member */
    uint32_t tie_pos;
    struct buf row;
    struct buf order;
    bool has_group;
};

struct answer {
    const struct query *q;
    const struct inputs *in;
    const struct query_output *out;
    struct spill *spill;
    struct sorter *sorter;
    struct walker *walker;
    struct store **store; /* of each walker */
    unsigned n;
};

/* ---- reading events ---- */

static void *
answer_open(void *ctx, unsigned worker)
{
    struct answer *a = ctx;
    struct walker *w = &a->walker[worker];
    w->groups = groups_new(a->q, a->in, &w->store, (size_t)(spill_store_limit(a->spill) / 2));
    return w;
}

static void
answer_close(void *ctx, void *state)
{
    (void)ctx;
    (void)state; /* the groups are needed a little longer */
}

static bool
answer_block_start(void *ctx, void *state, const struct block *b)
{
    (void)ctx;
    (void)state;
    (void)b;
    return true;
}

static void
answer_event(void *ctx, void *state, struct event *ev)
{
    (void)ctx;
    groups_event(((struct walker *)state)->groups, ev);
}

static bool
answer_block_end(void *ctx, void *state, struct tap *tap)
{
    const struct answer *a = ctx;
    (void)state;
    (void)tap;
    return !spill_failed(a->spill);
}

/* ---- a group ends ---- */

static double
percentile(const struct measure *m, const struct walked *x, uint64_t n)
{
    if (n == 0)
        return (double)NAN;
    const double h = measure_percentile(m) / 100 * (double)(n - 1);
    const double below = floor(h);
    if (h <= below || x->high <= x->low)
        return x->low;
    return x->low + (h - below) * (x->high - x->low);
}

static const struct measure *
owner_of(const struct query *q, unsigned pos)
{
    size_t i = 0;
    while (!q->measure[i].owns_members || q->measure[i].pos != pos)
        i++;
    return &q->measure[i];
}

static struct datum
result_of(const struct answer *a, struct walker *w, size_t i)
{
    const struct measure *m = &a->q->measure[i];
    if (m->kind == MEASURE_DISTINCT)
        return datum_count(w->walked[i].values, &w->pool.arena);
    if (measure_has_numbers(m))
        return datum_number(percentile(m, &w->walked[i], measure_members(owner_of(a->q, m->pos), w->tally)),
                            &w->pool.arena);
    return measure_result(m, w->tally, &w->pool.arena);
}

/* The values of --by, out of the key. */
static void
read_key(const struct answer *a, struct walker *w, struct datum *cell)
{
    struct reader r = reader_of(buf_view(&w->key));
    for (size_t i = 0; i < a->q->n_asked; i++) {
        const uint64_t n = get_varint(&r);
        cell[i] = (struct datum){ DATUM_NONE, SV_NONE, 0 };
        if (n == 0)
            continue;
        cell[i] = datum_text(sv_make(r.p, n - 1));
        r.p += n - 1;
        int64_t us;
        if (a->q->asked[i].kind == ASKED_TIME && time_parse(cell[i].text, &us))
            cell[i] = datum_time(us, &w->pool.arena);
        else if (i < 64 && (w->as_text >> i & 1) == 0)
            cell[i].kind = number_parse(cell[i].text, &cell[i].number) ? DATUM_NUMBER : DATUM_TEXT;
    }
}

static bool
holds(const struct having *h, const struct datum *cell)
{
    if (cell->kind == DATUM_NONE)
        return false;
    int order;
    if (h->value.kind != DATUM_TEXT && (cell->kind == DATUM_NUMBER || cell->kind == DATUM_TIME))
        order = (cell->number > h->value.number) - (cell->number < h->value.number);
    else
        order = sv_cmp(cell->text, h->value.text);
    switch (h->relation) {
    case REL_EQ:
        return order == 0;
    case REL_NEQ:
        return order != 0;
    case REL_LT:
        return order < 0;
    case REL_LTE:
        return order <= 0;
    case REL_GT:
        return order > 0;
    case REL_GTE:
        break;
    }
    return order >= 0;
}

static void
end_group(const struct answer *a, struct walker *w)
{
    const struct query *q = a->q;
    struct datum *cell = arena_alloc(&w->pool.arena, (q->n_columns + 1) * sizeof *cell);
    w->has_group = false;
    read_key(a, w, cell);
    for (size_t i = 0; i < q->n_measures; i++)
        cell[q->n_asked + i] = result_of(a, w, i);
    for (size_t i = 0; i < q->having.n; i++)
        if (!holds(&q->having.v[i], &cell[q->having.v[i].column]))
            return;
    buf_reset(&w->order);
    buf_reset(&w->row);
    for (size_t i = 0; i < q->sort.n; i++)
        datum_sortkey(&w->order, &cell[q->sort.v[i].column], q->sort.v[i].down);
    for (size_t i = 0; i < q->n_columns; i++)
        datum_put(&w->row, &cell[i]);
    sorter_add(w->lane, buf_view(&w->order), buf_view(&w->row));
}

/* ---- the walk ---- */

static void
begin_group(const struct answer *a, struct walker *w, struct sv key)
{
    arena_reset(&w->pool.arena);
    memset(w->tally, 0, a->q->tally_size);
    memset(w->walked, 0, a->q->n_measures * sizeof *w->walked);
    w->as_text = 0;
    w->tie_pos = 0;
    buf_reset(&w->key);
    buf_sv(&w->key, key);
    w->has_group = true;
}

/* `times` numbers x come next. */
static void
walk_number(const struct answer *a, struct walker *w, uint32_t pos, double x, uint64_t times)
{
    const uint64_t n = measure_members(owner_of(a->q, pos), w->tally);
    for (size_t i = 0; i < a->q->n_measures; i++) {
        const struct measure *m = &a->q->measure[i];
        if (m->pos != pos)
            continue;
        struct walked *seen = &w->walked[i];
        const uint64_t k = (uint64_t)floor(measure_percentile(m) / 100 * (double)(n - 1));
        if (seen->n <= k && k < seen->n + times)
            seen->low = x;
        if (seen->n <= k + 1 && k + 1 < seen->n + times)
            seen->high = x;
        seen->n += times;
    }
}

static void
walk_member(const struct answer *a, struct walker *w, const struct record *r)
{
    if (r->payload.n != 0) {
        struct reader times = reader_of(r->payload);
        if (r->tie.n == 8)
            walk_number(a, w, r->pos, number_of_sortkey(r->tie.p), get_varint(&times));
        return;
    }
    if (w->tie_pos == r->pos && sv_eq(buf_view(&w->tie), r->tie))
        return;
    w->tie_pos = r->pos;
    buf_reset(&w->tie);
    buf_sv(&w->tie, r->tie);
    for (size_t i = 0; i < a->q->n_measures; i++)
        if (a->q->measure[i].pos == r->pos)
            w->walked[i].values++;
}

static void
walk_partition(void *ctx, unsigned thread, unsigned partition)
{
    struct answer *a = ctx;
    struct walker *w = &a->walker[thread];
    struct merge *m = merge_open(a->store, a->n, partition, a->spill, NULL, groups_fold, a->q);
    struct record r;
    while (merge_next(m, &r)) {
        if (!w->has_group || !sv_eq(r.key, buf_view(&w->key))) {
            if (w->has_group)
                end_group(a, w);
            begin_group(a, w, r.key);
        }
        if (r.pos == 0)
            tally_merge(a->q, w->tally, &w->as_text, r.payload, &w->pool);
        else
            walk_member(a, w, &r);
    }
    merge_close(m);
    if (w->has_group)
        end_group(a, w);
}

/* Without --by there is one group, which is there even if no event is. */
static void
answer_nothing(struct answer *a)
{
    for (unsigned i = 0; i < a->n; i++)
        for (size_t b = 0; b < GROUP_BINS; b++)
            if (a->store[i]->bin[b].n != 0 || store_has_segments(a->store[i], b, 1))
                return;
    begin_group(a, &a->walker[0], SV_NONE);
    end_group(a, &a->walker[0]);
}

/* ---- all of it ---- */

static void
answer_init(struct answer *a, const struct query *q, const struct plan *plan, const struct inputs *in,
            const struct query_output *out)
{
    *a = (struct answer){ .q = q, .in = in, .out = out, .n = plan->options->n_workers };
    a->spill = spill_new(out->memory, out->tmpdir, a->n);
    if (out->spill_records != 0)
        spill_force(a->spill, out->spill_records);
    a->sorter = sorter_new(q, out, a->n);
    a->walker = mem_zalloc(a->n, sizeof *a->walker);
    a->store = mem_zalloc(a->n, sizeof(struct store *));
    for (unsigned i = 0; i < a->n; i++) {
        struct walker *w = &a->walker[i];
        store_init(&w->store, GROUP_BINS);
        store_limit(&w->store, a->spill, spill_store_limit(a->spill) / 2);
        w->store.fold = groups_fold;
        w->store.fold_ctx = q;
        a->store[i] = &w->store;
        w->lane = sorter_lane(a->sorter, i);
        arena_init(&w->pool.arena);
        w->tally = mem_zalloc(1, q->tally_size + 1);
        w->walked = mem_zalloc(q->n_measures + 1, sizeof *w->walked);
    }
}

static void
answer_fini(struct answer *a)
{
    for (unsigned i = 0; i < a->n; i++) {
        struct walker *w = &a->walker[i];
        store_fini(&w->store);
        arena_fini(&w->pool.arena);
        mem_free(w->tally);
        mem_free(w->walked);
        buf_fini(&w->key);
        buf_fini(&w->tie);
        buf_fini(&w->row);
        buf_fini(&w->order);
    }
    mem_free(a->walker);
    mem_free(a->store);
    sorter_free(a->sorter);
    spill_free(a->spill);
}

/* What the tables still hold becomes records. */
static void
end_reading(struct answer *a, struct diags *d)
{
    uint64_t left_out = 0;
    for (unsigned i = 0; i < a->n; i++) {
        struct walker *w = &a->walker[i];
        groups_flush(w->groups);
        left_out += groups_left_out(w->groups);
        groups_free(w->groups);
        w->groups = NULL;
    }
    if (left_out != 0)
        diag_warning(d, SPAN_NONE, "%llu events are in more than %u groups each, and were left out of all",
                     (unsigned long long)left_out, GROUPS_OF_EVENT);
}

static void
tell_error(const struct query *q, struct diags *d)
{
    for (size_t i = 0; i < q->n_measures; i++) {
        if (q->measure[i].kind != MEASURE_APPROX)
            continue;
        diag_note(d, SPAN_NONE, "distinct~ is an estimate: its standard error is %.2f %%", HLL_ERROR * 100);
        return;
    }
}

enum err
answer_run(const struct query *q, const struct plan *plan, const struct inputs *in, const struct query_output *out,
           struct health_totals *totals, struct diags *d)
{
    struct answer a;
    answer_init(&a, q, plan, in, out);
    const struct sink sink = {
        .ctx = &a,
        .open = answer_open,
        .close = answer_close,
        .block_start = answer_block_start,
        .event = answer_event,
        .block_end = answer_block_end,
    };
    const enum err run = run_events(plan, in, &sink, NULL, totals, d);
    end_reading(&a, d);
    if (q->n_asked == 0)
        answer_nothing(&a);
    crew_run(a.n, GROUP_BINS, walk_partition, &a);
    enum err written = spill_status(a.spill, d);
    if (written == ERR_OK)
        written = sorter_write(a.sorter, d);
    if (written == ERR_OK)
        tell_error(q, d);
    answer_fini(&a);
    return written != ERR_OK ? written : run;
}
