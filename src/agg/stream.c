/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/stream.h"

#include "agg/giant.h"

void
stream_init(struct stream *st, struct spill *spill)
{
    *st = (struct stream){ .spill = spill };
    store_init(&st->group, 1);
    store_limit(&st->group, spill, spill_group_limit(spill));
    buf_init(&st->key);
    buf_init(&st->past);
}

void
stream_fini(struct stream *st)
{
    store_fini(&st->group);
    buf_fini(&st->key);
    buf_fini(&st->past);
}

/* The records gathered so far go to disk, and the rest of the group will follow them. False after a failure. */
static bool
begin_giant(struct stream *st, struct sweep *s, uint32_t corr)
{
    const struct bin *b = &st->group.bin[0];
    st->giant = giant_new(st->spill, s->f->plan->program->corrs.v[corr].n_inputs);
    giant_of_night(st->giant, s->f->night);
    for (size_t i = 0; i < b->n; i++) {
        struct record r;
        record_at(b->v[i].record, &r);
        if (i == 0 && s->f->night != NULL && carry_is_past_record(&r)) {
            buf_sv(&st->past, r.tie);
            continue;
        }
        if (!giant_add(st->giant, &r))
            return false;
    }
    store_empty(&st->group);
    return true;
}

/* Reads the group that begins with st->next to its end. False after a failure. */
static bool
gather(struct stream *st, struct sweep *s, struct merge *m)
{
    const uint32_t corr = st->next.corr;
    store_empty(&st->group);
    buf_reset(&st->past);
    buf_reset(&st->key);
    buf_sv(&st->key, st->next.key);
    const struct slip *last = store_add_next(&st->group, 0, &st->next, NULL);
    for (;;) {
        st->has_next = merge_next(m, &st->next);
        if (!st->has_next || st->next.corr != corr || !sv_eq(st->next.key, buf_view(&st->key)))
            return !spill_failed(st->spill);
        if (st->giant == NULL && store_is_full(&st->group) && !begin_giant(st, s, corr))
            return false;
        if (st->giant == NULL)
            last = store_add_next(&st->group, 0, &st->next, last);
        else if (!giant_add(st->giant, &st->next))
            return false;
    }
}

/* Reads over the group that begins with st->next. */
static bool
skip(struct stream *st, struct merge *m)
{
    const uint32_t corr = st->next.corr;
    buf_reset(&st->key);
    buf_sv(&st->key, st->next.key);
    do
        st->has_next = merge_next(m, &st->next);
    while (st->has_next && st->next.corr == corr && sv_eq(st->next.key, buf_view(&st->key)));
    return !spill_failed(st->spill);
}

static bool
sweep_next(struct stream *st, struct sweep *s, struct merge *m, bool survey)
{
    const uint32_t corr = st->next.corr;
    if (survey && !sweep_wants_survey(s, corr))
        return skip(st, m);
    bool ok = gather(st, s, m);
    if (ok && st->giant == NULL) {
        sweep_group(s, corr, st->group.bin[0].v, st->group.bin[0].n, survey);
    } else if (ok) {
        ok = giant_seal(st->giant);
        if (ok)
            sweep_giant(s, corr, st->giant, buf_view(&st->past), survey);
    }
    giant_free(st->giant);
    st->giant = NULL;
    return ok && !spill_failed(st->spill);
}

void
stream_sweep(struct stream *st, struct sweep *s, struct merge *m, bool survey)
{
    st->has_next = merge_next(m, &st->next);
    while (st->has_next && sweep_next(st, s, m, survey))
        continue;
}
