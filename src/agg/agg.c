/* SPDX-License-Identifier: Apache-2.0 */
/* The finish: what all workers piled up is sorted and swept, level by level.
 *
 * Records are cut into partitions by the hash of their group, so that one thread sees a whole group and partitions
 * need nothing of each other. The findings of one level are, for the correlations that list it, records of the next:
 * they are emitted into the sweeping threads' own piles, which the next level reads beside the workers'. Threads
 * decide when a group is swept, never what comes out: the rows are sorted at the end by what they say. */
#include "agg/agg.h"

#include <assert.h>

#include "agg/boost.h"
#include "agg/bundle.h"

#include "agg/crew.h"
#include "agg/inventory.h"
#include "agg/partial.h"
#include "agg/resume.h"
#include "agg/rows.h"
#include "agg/shelf.h"
#include "agg/spill.h"
#include "agg/stream.h"
#include "agg/sweep.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "out/suppress.h"

struct crew_finish {
    struct finish f;
    struct agg_plan chain_plan; /* for records of inner findings: neither inventories nor hits */
    struct agg_local **local;   /* the workers', then the sweeping threads' */
    size_t n_locals;
    size_t n_workers;      /* of these are the workers' */
    struct sweep *sweep;   /* one per thread */
    struct stream *stream; /* one per thread, or NULL: there is no limit */
    struct bundle_walk *walk; /* one per thread */
    struct resume *resume;    /* one per thread, or NULL: nothing is carried */
    unsigned n_threads;
    unsigned level;
    struct agg_share share;      /* of level 0, these partitions are swept */
    VEC(struct store *) from;    /* what the level reads */
    VEC(struct store *) old;     /* those that were written by a level below, and are ours */
    bool is_spilled;             /* the level is read from disk */
    /* Partitions of this level, between survey and sweep: records, and bundles. */
    struct bin sorted[PARTITIONS];
    struct bin bundled[PARTITIONS];
};

/* ---- a sweeping thread ---- */

/* A time for each correlation, at first later than all. */
static int64_t *
new_times(const struct program *p)
{
    int64_t *time = mem_alloc((p->corrs.n + 1) * sizeof *time);
    for (size_t i = 0; i <= p->corrs.n; i++)
        time[i] = INT64_MAX;
    return time;
}

void
sweep_init(struct sweep *s, struct finish *f)
{
    const struct program *p = f->plan->program;
    *s = (struct sweep){ .f = f };
    arena_init(&s->arena);
    arena_init(&s->event_scratch);
    event_init(&s->event, fields_count(p->fields), &s->event_scratch, NULL);
    s->group.night = f->night;
    s->survey = mem_zalloc(p->corrs.n + 1, sizeof *s->survey);
    s->lowest = new_times(p);
    s->unsettled = new_times(p);
    s->duplicates = mem_zalloc(p->corrs.n + 1, sizeof(uint64_t *));
    for (size_t i = 0; i < p->corrs.n; i++)
        s->duplicates[i] = mem_zalloc(p->corrs.v[i].n_inputs + 1, sizeof(uint64_t));
}

void
sweep_fini(struct sweep *s)
{
    for (size_t i = 0; i < s->f->plan->program->corrs.n; i++)
        mem_free(s->duplicates[i]);
    mem_free(s->duplicates);
    mem_free(s->survey);
    mem_free(s->lowest);
    mem_free(s->unsettled);
    vec_fini(&s->carry.single);
    buf_fini(&s->carry.members);
    episode_fini_all(s);
    group_fini(&s->group);
    event_fini(&s->event);
    arena_fini(&s->event_scratch);
    arena_fini(&s->arena);
    buf_fini(&s->tie);
    buf_fini(&s->facts);
    buf_fini(&s->members);
    buf_fini(&s->id);
}

static void
sweep_member(struct sweep *s, uint32_t corr, size_t member, bool is_shared, bool survey)
{
    s->corr = corr;
    s->c = &s->f->plan->program->corrs.v[corr];
    arena_reset(&s->arena);
    group_begin(&s->group, member, is_shared);
    if (survey) {
        if (corr_wants_survey(s->c))
            s->c->type->survey(s->c, &s->group, s);
        return;
    }
    for (size_t i = 0; i < s->c->n_inputs; i++)
        s->duplicates[corr][i] += s->group.duplicates.v[i];
    if (s->f->night != NULL)
        carry_begin_member(s);
    if (!group_is_empty(&s->group))
        s->c->type->sweep(s->c, &s->group, s);
    episode_release_all(s);
    if (s->f->night != NULL)
        carry_end_member(s);
}

static void
sweep_members(struct sweep *s, uint32_t corr, bool survey)
{
    const struct family *family = s->local->family;
    const bool is_shared = family[corr].n > 1;
    const bool carries = s->f->night != NULL && !survey;
    size_t member = 0;
    if (carries)
        carry_begin(s, corr);
    for (uint32_t i = corr; i != FAMILY_END; i = family[i].next)
        sweep_member(s, i, member++, is_shared, survey);
    if (carries)
        carry_end(s, corr);
}

void
sweep_group(struct sweep *s, uint32_t corr, const struct entry *e, size_t n, bool survey)
{
    group_open(&s->group, e, n, s->f->plan->program->corrs.v[corr].n_inputs);
    sweep_members(s, corr, survey);
}

void
sweep_giant(struct sweep *s, uint32_t corr, struct giant *giant, struct sv past_tie, bool survey)
{
    group_open_giant(&s->group, giant, past_tie);
    sweep_members(s, corr, survey);
}

bool
sweep_wants_survey(const struct sweep *s, uint32_t corr)
{
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next)
        if (corr_wants_survey(&s->f->plan->program->corrs.v[i]))
            return true;
    return false;
}

/* ---- one partition of one level, in memory ---- */

static size_t
bin_of(const struct crew_finish *cf, unsigned partition)
{
    return (size_t)cf->level * PARTITIONS + partition;
}

static void
load_bin(struct crew_finish *cf, struct bin *all, size_t from, size_t bin)
{
    bins_join(all, store_take(cf->from.v[from], bin));
}

static void
load_part(struct crew_finish *cf, unsigned partition)
{
    struct bin *all = &cf->sorted[partition];
    struct bin *bundled = &cf->bundled[partition];
    *all = *bundled = (struct bin){ NULL, 0, 0 };
    for (size_t i = 0; i < cf->from.n; i++) {
        const struct store *s = cf->from.v[i];
        load_bin(cf, all, i, bin_of(cf, partition));
        if (cf->level == 0 && s->bundle_bin != s->n_bins)
            load_bin(cf, bundled, i, s->bundle_bin + partition);
    }
    records_sort(all->v, all->n, cf->f.plan->origins);
    records_sort(bundled->v, bundled->n, cf->f.plan->origins);
}

static void
walk_groups(struct crew_finish *cf, unsigned thread, unsigned partition, bool survey)
{
    struct bin *b = &cf->sorted[partition];
    for (size_t i = 0, n; i < b->n; i += n) {
        n = records_group(b->v + i, b->n - i, cf->f.plan->origins);
        const uint32_t corr = ((const struct slip *)b->v[i].record)->corr;
        if (!survey || sweep_wants_survey(&cf->sweep[thread], corr))
            sweep_group(&cf->sweep[thread], corr, b->v + i, n, survey);
    }
    b = &cf->bundled[partition];
    if (cf->level == 0 && cf->resume != NULL) {
        resume_partition(&cf->resume[thread], partition, b->v, b->n, survey);
        return;
    }
    for (size_t i = 0, n; i < b->n; i += n) {
        n = records_group(b->v + i, b->n - i, cf->f.plan->origins);
        bundle_sweep(&cf->walk[thread], &cf->sweep[thread], b->v + i, n, survey);
    }
}

static void
free_part(struct crew_finish *cf, unsigned partition)
{
    mem_free(cf->sorted[partition].v);
    mem_free(cf->bundled[partition].v);
    cf->sorted[partition] = cf->bundled[partition] = (struct bin){ NULL, 0, 0 };
}

/* ---- one partition of one level, from disk ---- */

/* What comes from another machine may name a correlation that is not there, or not of this level. */
static bool
is_record_of_level(const void *ctx, const struct record *r)
{
    const struct crew_finish *cf = ctx;
    return partial_is_record(cf->f.plan->program, cf->sweep[0].local->family, cf->level, r);
}

static void
stream_part(struct crew_finish *cf, unsigned thread, unsigned partition, bool survey)
{
    if (spill_failed(cf->f.plan->spill))
        return;
    struct merge *m =
        merge_open(cf->from.v, cf->from.n, bin_of(cf, partition), cf->f.plan->spill, cf->f.plan->origins, NULL, NULL);
    merge_check(m, is_record_of_level, cf);
    stream_sweep(&cf->stream[thread], &cf->sweep[thread], m, survey);
    merge_close(m);
}

/* ---- jobs ---- */

/* Is the partition swept here? Others may be surveyed. */
static bool
is_ours(const struct crew_finish *cf, unsigned partition)
{
    return cf->level != 0 || partition % cf->share.n_parts == cf->share.part - 1;
}

static void
job_whole(void *ctx, unsigned thread, unsigned partition)
{
    struct crew_finish *cf = ctx;
    if (!is_ours(cf, partition))
        return;
    if (cf->is_spilled) {
        stream_part(cf, thread, partition, false);
        return;
    }
    load_part(cf, partition);
    walk_groups(cf, thread, partition, false);
    free_part(cf, partition);
}

static void
job_survey(void *ctx, unsigned thread, unsigned partition)
{
    struct crew_finish *cf = ctx;
    if (cf->is_spilled) {
        stream_part(cf, thread, partition, true);
        return;
    }
    load_part(cf, partition);
    walk_groups(cf, thread, partition, true);
}

static void
job_sweep(void *ctx, unsigned thread, unsigned partition)
{
    struct crew_finish *cf = ctx;
    if (!is_ours(cf, partition)) {
        free_part(cf, partition);
        return;
    }
    if (cf->is_spilled) {
        stream_part(cf, thread, partition, false);
        return;
    }
    walk_groups(cf, thread, partition, false);
    free_part(cf, partition);
}

static void
job_flush(void *ctx, unsigned thread, unsigned store)
{
    struct crew_finish *cf = ctx;
    (void)thread;
    if (cf->from.v[store]->n_records != 0 && !spill_failed(cf->f.plan->spill))
        store_flush(cf->from.v[store]);
    store_release(cf->from.v[store]);
}

/* Where every record counts by itself: a share is of the groups of correlations, and those of clusters fall into other
 * partitions. */
static void
job_unbundle(void *ctx, unsigned thread, unsigned store)
{
    struct crew_finish *cf = ctx;
    (void)thread;
    store_unbundle(cf->from.v[store]);
}

/* ---- levels ---- */

static bool
wants_survey(const struct program *p, unsigned level)
{
    for (size_t i = 0; i < p->corrs.n; i++)
        if (p->corrs.v[i].level == level && corr_wants_survey(&p->corrs.v[i]))
            return true;
    return false;
}

/* Every thread's sweep reads the sum over all threads' surveys. */
static void
share_survey(struct crew_finish *cf)
{
    for (size_t i = 0; i < cf->f.plan->program->corrs.n; i++) {
        uint64_t sum = 0;
        for (unsigned t = 0; t < cf->n_threads; t++)
            sum += cf->sweep[t].survey[i];
        for (unsigned t = 0; t < cf->n_threads; t++)
            cf->sweep[t].survey[i] = sum;
    }
}

/* The sums belong to the level that was surveyed. */
static void
clear_survey(struct crew_finish *cf)
{
    for (unsigned t = 0; t < cf->n_threads; t++)
        memset(cf->sweep[t].survey, 0, cf->f.plan->program->corrs.n * sizeof *cf->sweep[t].survey);
}

/* What the level below wrote is read from now on, and something new is written: what is read and what is written are
 * never the same store, for one may spill while the other is swept. */
static void
turn_stores(struct crew_finish *cf)
{
    const struct agg_plan *plan = cf->f.plan;
    for (unsigned t = 0; t < cf->n_threads; t++) {
        struct store *written = &cf->sweep[t].local->records;
        const size_t n_bins = written->n_bins;
        if (written->n_records != 0 || store_has_segments(written, 0, n_bins)) {
            struct store *old = mem_alloc(sizeof *old);
            *old = *written;
            vec_push(&cf->old, old);
            vec_push(&cf->from, old);
            store_init(written, n_bins);
        }
        if (plan->spill != NULL)
            store_limit(written, plan->spill, spill_chain_limit(plan->spill));
    }
}

static bool
has_spilled(const struct crew_finish *cf)
{
    for (size_t i = 0; i < cf->from.n; i++)
        if (store_has_segments(cf->from.v[i], bin_of(cf, 0), PARTITIONS))
            return true;
    return false;
}

static void
job_unpack(void *ctx, unsigned thread, unsigned partition)
{
    const struct crew_finish *cf = ctx;
    if (cf->f.night->shelves->in[partition].n != 0)
        resume_unpack(cf->f.night->shelves, partition, cf->local[thread]);
}

/* A chapter is opened as a whole, and takes some times its length. */
#define OPENED_TIMES 8u

static bool
is_too_large(const struct crew_finish *cf)
{
    const struct spill *spill = cf->f.plan->spill;
    for (unsigned i = 0; i < PARTITIONS && spill != NULL; i++)
        if (cf->f.night->shelves->in[i].largest > spill_group_limit(spill) / OPENED_TIMES)
            return true;
    return false;
}

/* Where the shelves cannot be read beside our records, they become some of them. */
static void
open_shelves(struct crew_finish *cf)
{
    struct shelves *shelves = cf->f.night->shelves;
    if (shelves->is_same && !has_spilled(cf) && !is_too_large(cf))
        return;
    crew_run((unsigned)cf->n_workers, PARTITIONS, job_unpack, cf);
    for (unsigned i = 0; i < PARTITIONS; i++)
        shelves->in[i].bytes = shelves->in[i].n = 0;
}

/* If some store has spilled, they all do, and the level is read from disk: so the memory is there for the merge. */
static void
begin_level(struct crew_finish *cf)
{
    turn_stores(cf);
    if (cf->level == 0 && cf->f.night != NULL)
        open_shelves(cf);
    cf->is_spilled = has_spilled(cf);
    if (!cf->is_spilled) {
        if (cf->level == 0 && cf->share.n_parts > 1)
            crew_run(cf->n_threads, (unsigned)cf->from.n, job_unbundle, cf);
        return;
    }
    crew_run(cf->n_threads, (unsigned)cf->from.n, job_flush, cf);
    mem_trim();
}

static void
sweep_level(struct crew_finish *cf)
{
    if (!wants_survey(cf->f.plan->program, cf->level)) {
        crew_run(cf->n_threads, PARTITIONS, job_whole, cf);
        return;
    }
    crew_run(cf->n_threads, PARTITIONS, job_survey, cf);
    share_survey(cf);
    crew_run(cf->n_threads, PARTITIONS, job_sweep, cf);
    clear_survey(cf);
}

/* Levels [from, to). */
static void
run_levels(struct crew_finish *cf, unsigned from, unsigned to)
{
    for (cf->level = from; cf->level < to; cf->level++) {
        begin_level(cf);
        if (cf->f.night != NULL)
            carry_horizons(&cf->f, cf->level);
        for (unsigned t = 0; t < cf->n_threads && cf->resume != NULL && cf->level == 0; t++)
            resume_begin(&cf->resume[t]);
        sweep_level(cf);
        if (cf->f.night != NULL)
            carry_settle(&cf->f, cf->sweep, cf->n_threads, cf->level);
    }
}

/* ---- what findings say about their rule ---- */

static const struct corr_arg *
metric_field(const struct correlation *c)
{
    for (size_t i = 0; i < c->type->n_params; i++) {
        const char *name = c->type->params[i].name;
        if ((strcmp(name, "field") == 0 || strcmp(name, "condition.field") == 0) && c->args[i].given)
            return &c->args[i];
    }
    return NULL;
}

static struct sv
metric_text(const struct correlation *c, struct arena *to)
{
    const struct sv name = sv_of(c->type->metric);
    const struct corr_arg *field = metric_field(c);
    if (field == NULL || field->n_fields == 0)
        return name;
    struct buf b = BUF_INIT;
    buf_sv(&b, name);
    for (size_t i = 0; i < field->n_fields; i++) {
        buf_puts(&b, i == 0 ? "(" : ", ");
        buf_sv(&b, field->field_names[i]);
    }
    buf_putc(&b, ')');
    const struct sv text = arena_sv(to, buf_view(&b));
    buf_fini(&b);
    return text;
}

static void
info_init(struct corr_info *info, const struct correlation *c, const struct fields *fields, struct arena *to)
{
    const size_t n_evidence = c->n_facts > FACT_EVIDENCE ? c->n_facts - FACT_EVIDENCE : 0;
    info->metric = metric_text(c, to);
    info->actions = ARENA_ARRAY(to, enum action_id, c->meta.n_actions);
    for (size_t i = 0; i < c->meta.n_actions; i++) {
        const enum action_id action = action_find(c->meta.actions[i]);
        if (action != ACTION_COUNT_)
            info->actions[info->n_actions++] = action;
    }
    info->evidence = ARENA_ARRAY(to, struct sv, n_evidence);
    for (size_t i = 0; i < n_evidence; i++)
        info->evidence[i] = arena_sv(to, fields_name(fields, c->facts[FACT_EVIDENCE + i]));
    info->group_field = ARENA_ARRAY(to, field_id, c->n_group);
    for (size_t k = 0; k < c->n_group; k++)
        info->group_field[k] = fields_find(fields, c->group_names[k]);
    info->duplicates = ARENA_ARRAY(to, uint64_t, c->n_inputs);
}

/* ---- the whole ---- */

int64_t
agg_latest(struct agg_local *const *local, size_t n)
{
    int64_t latest = TIME_NONE;
    for (size_t i = 0; i < n; i++)
        if (local[i]->latest > latest)
            latest = local[i]->latest;
    return latest;
}

/* For the records of the next run. */
static struct agg_local *
new_kept(const struct agg_plan *plan)
{
    struct agg_local *kept = agg_local_new(plan);
    if (plan->spill != NULL)
        store_limit(&kept->records, plan->spill, spill_chain_limit(plan->spill));
    return kept;
}

static void
finish_init(struct crew_finish *cf, const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals,
            unsigned n_threads, struct results *r)
{
    const struct program *p = plan->program;
    *cf = (struct crew_finish){ .n_threads = n_threads != 0 ? n_threads : 1, .share = { 1, 1 } };
    cf->chain_plan = *plan;
    cf->chain_plan.want_hits = cf->chain_plan.want_inventory = false;
    cf->f = (struct finish){ .plan = plan,
                             .r = r,
                             .value = fields_find(p->fields, SV("value")),
                             .peak = fields_find(p->fields, SV("peak")),
                             .events = fields_find(p->fields, SV("events")),
                             .risk = fields_find(p->fields, SV("finding.risk")),
                             .title = fields_find(p->fields, SV("finding.title")),
                             .now = agg_latest(local, n_locals),
                             .night = plan->night,
                             .horizon = new_times(p),
                             .settled = new_times(p),
                             .unsettled = new_times(p) };
    pthread_mutex_init(&cf->f.lock, NULL);
    cf->f.info = ARENA_ARRAY(&r->arena, struct corr_info, p->corrs.n);
    for (size_t i = 0; i < p->corrs.n; i++)
        info_init(&cf->f.info[i], &p->corrs.v[i], p->fields, &r->arena);
    cf->n_workers = n_locals;
    cf->n_locals = n_locals + cf->n_threads;
    cf->local = mem_zalloc(cf->n_locals, sizeof(struct agg_local *));
    for (size_t i = 0; i < n_locals; i++)
        cf->local[i] = local[i];
    for (size_t i = 0; i < n_locals; i++)
        vec_push(&cf->from, &local[i]->records);
    cf->sweep = mem_zalloc(cf->n_threads, sizeof *cf->sweep);
    for (unsigned t = 0; t < cf->n_threads; t++) {
        sweep_init(&cf->sweep[t], &cf->f);
        cf->sweep[t].local = cf->local[n_locals + t] = agg_local_new(&cf->chain_plan);
        if (plan->night != NULL)
            cf->sweep[t].kept = new_kept(&cf->chain_plan);
    }
    cf->walk = mem_zalloc(cf->n_threads, sizeof *cf->walk);
    if (plan->night != NULL)
        cf->resume = mem_zalloc(cf->n_threads, sizeof *cf->resume);
    for (unsigned t = 0; t < cf->n_threads && cf->resume != NULL; t++)
        resume_init(&cf->resume[t], plan->night->shelves, &cf->sweep[t], &cf->walk[t]);
    if (plan->spill == NULL)
        return;
    cf->stream = mem_zalloc(cf->n_threads, sizeof *cf->stream);
    for (unsigned t = 0; t < cf->n_threads; t++)
        stream_init(&cf->stream[t], plan->spill);
}

static void
sum_duplicates(struct crew_finish *cf)
{
    const struct program *p = cf->f.plan->program;
    for (size_t i = 0; i < p->corrs.n; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
            for (unsigned t = 0; t < cf->n_threads; t++)
                cf->f.info[i].duplicates[k] += cf->sweep[t].duplicates[i][k];
    for (size_t l = 0; l < cf->n_locals; l++)
        for (size_t i = 0; i < p->corrs.n && cf->local[l]->duplicates != NULL; i++)
            for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
                cf->f.info[i].duplicates[k] += cf->local[l]->duplicates[cf->local[l]->first_pos[i] + k];
}

static void
finish_fini(struct crew_finish *cf)
{
    for (unsigned t = 0; t < cf->n_threads; t++) {
        sweep_fini(&cf->sweep[t]);
        bundle_walk_fini(&cf->walk[t]);
        if (cf->resume != NULL)
            resume_fini(&cf->resume[t]);
        agg_local_free(cf->local[cf->n_locals - 1 - t]);
        agg_local_free(cf->sweep[t].kept);
        if (cf->stream != NULL)
            stream_fini(&cf->stream[t]);
    }
    for (size_t i = 0; i < cf->old.n; i++) {
        store_fini(cf->old.v[i]);
        mem_free(cf->old.v[i]);
    }
    vec_fini(&cf->old);
    vec_fini(&cf->from);
    mem_free(cf->f.horizon);
    mem_free(cf->f.settled);
    mem_free(cf->f.unsettled);
    mem_free(cf->stream);
    mem_free(cf->walk);
    mem_free(cf->resume);
    mem_free(cf->sweep);
    mem_free(cf->local);
    pthread_mutex_destroy(&cf->f.lock);
}

static bool
has_boosters(const struct program *p)
{
    for (size_t i = 0; i < p->corrs.n; i++)
        if (p->corrs.v[i].meta.booster)
            return true;
    return false;
}

static void
hear_boosters(const struct agg_night *night, struct results *r)
{
    if (night == NULL) {
        boost_findings(r, NULL, 0);
        return;
    }
    for (size_t i = 0; i < r->findings.n; i++)
        night->found(night->found_ctx, &r->findings.v[i]);
    boost_findings(r, night->known, night->n_known);
}

/* Everything that the results say but the inventories. */
static void
collect_rows(struct crew_finish *cf, struct agg_local *const *local, size_t n_locals, struct results *r)
{
    sum_duplicates(cf);
    for (size_t i = 0; i < cf->n_locals; i++)
        emit_share_counts(cf->local[i]);
    rows_sort_findings(r);
    if (r->suppressions != NULL)
        suppressions_mark(r->suppressions, r);
    rows_rules(&cf->f, cf->local, cf->n_locals);
    if (!cf->f.plan->keep_boosters && has_boosters(cf->f.plan->program)) {
        hear_boosters(cf->f.plan->night, r);
        rows_sort_findings(r);
    }
    if (cf->f.plan->want_hits)
        rows_hits(cf->f.plan, local, n_locals, r);
}

/* The memory of the records, before the inventories are read. */
static void
release_records(struct crew_finish *cf)
{
    for (size_t i = 0; i < cf->from.n; i++)
        store_release(cf->from.v[i]);
}

/* Hands over what the next run needs. */
static enum err
carry_over(struct crew_finish *cf, struct diags *d)
{
    const struct agg_night *night = cf->f.night;
    struct agg_local **kept = mem_alloc(cf->n_threads * sizeof(struct agg_local *));
    for (unsigned t = 0; t < cf->n_threads; t++) {
        kept[t] = cf->sweep[t].kept;
        kept[t]->latest = cf->f.now;
    }
    const struct partial_pile pile = { &cf->chain_plan, kept, cf->n_threads, cf->n_threads, NULL };
    const enum err err = night->carry(night->ctx, &pile, d);
    mem_free(kept);
    return err;
}

static enum err
finish_from(unsigned level, const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals,
            unsigned n_threads, struct results *r, struct diags *d)
{
    struct crew_finish cf;
    enum err err = ERR_OK;
    finish_init(&cf, plan, local, n_locals, n_threads, r);
    run_levels(&cf, level, emit_levels(plan->program));
    if (plan->night != NULL)
        err = shelves_status(plan->night->shelves, d);
    if (err == ERR_OK && (plan->spill == NULL || !spill_failed(plan->spill))) {
        collect_rows(&cf, local, n_locals, r);
        release_records(&cf);
        if (plan->night != NULL)
            err = carry_over(&cf, d);
        if (err == ERR_OK && plan->want_inventory)
            err = inventory_collect(plan, local, n_locals, cf.n_threads, r, d);
    }
    finish_fini(&cf);
    return err == ERR_OK && plan->spill != NULL ? spill_status(plan->spill, d) : err;
}

enum err
agg_finish(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
           struct results *r, struct diags *d)
{
    return finish_from(0, plan, local, n_locals, n_threads, r, d);
}

enum err
agg_finish_outer(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
                 struct results *r, struct diags *d)
{
    assert(plan->night == NULL);
    return finish_from(1, plan, local, n_locals, n_threads, r, d);
}

bool
agg_wants_survey(const struct program *p)
{
    return wants_survey(p, 0);
}

enum err
agg_finish_inner(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
                 struct agg_share share, struct results *r, const struct agg_then *then, struct diags *d)
{
    struct crew_finish cf;
    assert(plan->night == NULL);
    finish_init(&cf, plan, local, n_locals, n_threads, r);
    cf.share = share;
    run_levels(&cf, 0, 1);
    sum_duplicates(&cf);
    rows_sort_findings(r);
    enum err err = plan->spill != NULL ? spill_status(plan->spill, d) : ERR_OK;
    const struct partial_pile pile = { plan, cf.local, cf.n_locals, cf.n_threads, cf.f.info };
    if (err == ERR_OK)
        err = then->fn(then->ctx, &pile, d);
    finish_fini(&cf);
    return err;
}
