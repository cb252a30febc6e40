/* SPDX-License-Identifier: Apache-2.0 */
#include "run/partial_merge.h"

#include <string.h>

#include "agg/crew.h"
#include "agg/partial.h"
#include "agg/spill.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "run/facts.h"
#include "run/health.h"
#include "run/partial_write.h"

struct merging {
    const struct partial_merge *pm;
    const struct partials *p;
    struct run_options options; /* as the scans had them, where it matters */
    struct origins origins;
    struct agg_plan agg;
    struct agg_local **local; /* one per thread */
    bool wanted[PARTITIONS];  /* whose files are read */
    size_t n_slots;
    struct arena arena; /* names of files */
    struct arena *said; /* per thread: texts of problems */
    const char *problem[PARTITIONS];
    int64_t started;
    double start;
    struct diags *d;
};

/* ---- before and after ---- */

/* What the scans were told. The texts are those of partial_describe; one that is none leaves the default. */
static void
take_settings(struct merging *m)
{
    const struct sv rejects = partials_setting(m->p, "--max-rejects");
    struct sv digits = rejects;
    double share;
    uint64_t n;
    m->options = *m->pm->options;
    m->options.max_reject_share = -1;
    m->options.max_rejects = 0;
    if (number_parse_u64(rejects, &n))
        m->options.max_rejects = n;
    digits.n -= digits.n != 0;
    if (rejects.n != 0 && rejects.p[digits.n] == '%' && number_parse(digits, &share))
        m->options.max_reject_share = share / 100;
    if (number_parse_u64(partials_setting(m->p, "--blast-radius"), &n))
        m->options.blast_radius = n;
}

static void
merging_init(struct merging *m, const struct partial_merge *pm, struct diags *d)
{
    const unsigned n = pm->options->n_workers;
    *m = (struct merging){ .pm = pm, .p = pm->partials, .d = d };
    m->started = time_now();
    m->start = time_monotonic();
    take_settings(m);
    partials_origins(m->p, &m->origins);
    origins_rank(&m->origins);
    m->agg = (struct agg_plan){ .program = pm->program,
                                .origins = &m->origins,
                                .spill = run_spill(&m->options),
                                .blast_radius = m->options.blast_radius,
                                .want_inventory = m->options.want_inventory };
    m->n_slots = partial_slots(pm->program);
    m->local = mem_zalloc(n, sizeof(struct agg_local *));
    for (unsigned i = 0; i < n; i++)
        m->local[i] = agg_local_new(&m->agg);
    arena_init(&m->arena);
    m->said = mem_zalloc(n, sizeof *m->said);
}

static void
merging_fini(struct merging *m)
{
    for (unsigned i = 0; i < m->options.n_workers; i++) {
        agg_local_free(m->local[i]);
        arena_fini(&m->said[i]);
    }
    mem_free(m->local);
    mem_free(m->said);
    arena_fini(&m->arena);
    spill_free(m->agg.spill);
    origins_fini(&m->origins);
}

/* ---- taking over ---- */

/* `get` is partial_get_counters or partial_get_latest. */
static enum err
take_counters(struct merging *m, bool (*get)(struct agg_local *l, struct sv bytes))
{
    for (size_t i = 0; i < m->p->v.n; i++) {
        const struct partial *one = &m->p->v.v[i];
        if (get(m->local[0], one->m.counters))
            continue;
        diag_error(m->d, SPAN_NONE, "the manifest of the partial '%s' is damaged: it counts other rules", one->folder);
        return ERR_OUTPUT;
    }
    return ERR_OK;
}

static const char *
attach_slot(struct merging *m, unsigned thread, const struct partial *one, unsigned partition, size_t slot,
            const char *path)
{
    char name[PARTIAL_NAME_MAX];
    partial_name(name, partition);
    const struct manifest_segment *from = &manifest_file(&one->m, sv_of(name))->segment[slot];
    const struct segment s = { .fd = -1,
                               .name = path,
                               .offset = from->offset,
                               .bytes = from->bytes,
                               .n = from->n,
                               .file_base = one->file_base,
                               .is_foreign = true };
    return partial_attach(m->local[thread], partition, slot, &s, one->m.origins.n, &m->said[thread]);
}

/* The inventories of a partition are read at once, by any thread into its own local. */
static void
job_inventory(void *ctx, unsigned thread, unsigned partition)
{
    struct merging *m = ctx;
    struct arena paths = ARENA_INIT;
    for (size_t i = 0; i < m->p->v.n && m->wanted[partition] && m->problem[partition] == NULL; i++) {
        const struct partial *one = &m->p->v.v[i];
        m->problem[partition] =
            attach_slot(m, thread, one, partition, m->n_slots - 1, partial_path(one, partition, &paths));
    }
    arena_fini(&paths);
}

static enum err
take_inventories(struct merging *m)
{
    enum err err = ERR_OK;
    crew_run(m->options.n_workers, PARTITIONS, job_inventory, m);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (m->problem[i] == NULL)
            continue;
        diag_error(m->d, SPAN_NONE, "%s", m->problem[i]);
        err = ERR_OUTPUT;
    }
    return err;
}

/* Segments are only noted. Slots below `first` are left out. */
static void
take_records(struct merging *m, const bool of[], size_t first, size_t end)
{
    for (size_t i = 0; i < m->p->v.n; i++)
        for (unsigned partition = 0; partition < PARTITIONS; partition++) {
            if (!of[partition])
                continue;
            const struct partial *one = &m->p->v.v[i];
            const char *path = partial_path(one, partition, &m->arena);
            for (size_t s = first; s < end; s++)
                (void)attach_slot(m, 0, one, partition, s, path);
        }
}

/* ---- all of it ---- */

static void
add_facts(struct merging *m, struct results *r, const struct health_totals *t)
{
    VEC(struct fact_input) input = VEC_INIT;
    const size_t n_sets = m->p->stage == STAGE_SCANNED ? m->p->v.n : 1;
    for (size_t i = 0; i < n_sets; i++) {
        const struct manifest *from = &m->p->v.v[i].m;
        for (size_t k = 0; k < from->origins.n; k++)
            vec_push(&input, (struct fact_input){ from->origins.v[k].file, from->origins.v[k].digest });
    }
    facts_digests(r, m->pm->program, input.v, input.n);
    vec_fini(&input);
    facts_time(r, "times.started", m->started);
    facts_time(r, "times.finished", time_now());
    facts_number(r, "times.seconds", time_monotonic() - m->start);
    facts_counts(r, m->pm->program, t);
    facts_number(r, "memory.peak_bytes", (double)mem_peak());
    facts_number(r, "memory.limit_bytes", m->agg.spill != NULL ? (double)spill_memory(m->agg.spill) : 0);
    facts_number(r, "memory.spilled_bytes", m->agg.spill != NULL ? (double)spill_bytes(m->agg.spill) : 0);
    facts_number(r, "memory.spilled_segments", m->agg.spill != NULL ? (double)spill_segments(m->agg.spill) : 0);
}

/* As scan says it; which files are damaged it has said itself, on its machine. */
static enum err
judge(const struct merging *m, const struct health_totals *t)
{
    if (t->bad_files != 0)
        diag_warning(m->d, SPAN_NONE,
                     "%llu of %llu input files were damaged or could not be read (input_health.csv "
                     "names them)",
                     (unsigned long long)t->bad_files, (unsigned long long)t->files);
    return health_judge(&m->options, t, m->d);
}

static enum err
merge_all(struct merging *m, struct results *r)
{
    const unsigned n = m->options.n_workers;
    const bool is_swept = m->p->stage == STAGE_SWEPT;
    for (unsigned i = 0; i < PARTITIONS; i++)
        m->wanted[i] = true;
    r->blast_radius = m->options.blast_radius;
    TRY(partials_verify(m->p, m->n_slots, m->wanted, n, m->d));
    TRY(partials_rows(m->p, r, m->d));
    TRY(take_counters(m, partial_get_counters));
    if (m->options.want_inventory)
        TRY(take_inventories(m));
    take_records(m, m->wanted, is_swept ? 1 : 0, m->n_slots - 1);
    if (is_swept)
        TRY(agg_finish_outer(&m->agg, m->local, n, n, r, m->d));
    else
        TRY(agg_finish(&m->agg, m->local, n, n, r, m->d));
    const struct health_totals totals = partials_totals(m->p);
    add_facts(m, r, &totals);
    return judge(m, &totals);
}

enum err
partial_merge_all(const struct partial_merge *pm, struct results *r, struct diags *d)
{
    struct merging m;
    merging_init(&m, pm, d);
    const enum err err = merge_all(&m, r);
    merging_fini(&m);
    return err;
}

/* ---- a share ---- */

struct part_of {
    struct merging *m;
    struct agg_share share;
    const char *folder;
    struct results *r;
};

/* Settings and rules are those of the scans, and so are the numbers of files. What was read and counted before stands
 * in the first part only, because the parts are summed. */
static void
fill_manifest(const struct part_of *part, struct manifest *to)
{
    const struct partials *p = part->m->p;
    const struct manifest *from = &p->v.v[0].m;
    to->version = from->version;
    to->stage = STAGE_SWEPT;
    to->part = part->share.part;
    to->n_parts = part->share.n_parts;
    to->parents = sv_of(p->parents);
    for (size_t i = 0; i < from->settings.n; i++)
        vec_push(&to->settings, from->settings.v[i]);
    for (size_t i = 0; i < from->rules.n; i++)
        vec_push(&to->rules, from->rules.v[i]);
    for (size_t i = 0; i < p->v.n; i++)
        for (size_t k = 0; k < p->v.v[i].m.origins.n; k++)
            vec_push(&to->origins, p->v.v[i].m.origins.v[k]);
    if (part->share.part == 1)
        to->totals = partials_totals(p);
}

static enum err
write_part(void *ctx, const struct partial_pile *pile, struct diags *d)
{
    const struct part_of *part = ctx;
    struct manifest manifest;
    manifest_init(&manifest);
    fill_manifest(part, &manifest);
    const enum err err = partial_write(pile, part->r, &manifest, part->folder, d);
    manifest_fini(&manifest);
    return err;
}

static enum err
merge_part(struct merging *m, struct part_of *part)
{
    const unsigned n = m->options.n_workers;
    const struct agg_then then = { write_part, part };
    bool all[PARTITIONS];
    const bool is_first = part->share.part == 1;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        m->wanted[i] = i % part->share.n_parts == part->share.part - 1;
        all[i] = m->wanted[i] || agg_wants_survey(m->pm->program);
    }
    TRY(partials_verify(m->p, m->n_slots, all, n, m->d));
    if (is_first)
        TRY(partials_rows(m->p, part->r, m->d));
    TRY(take_counters(m, is_first ? partial_get_counters : partial_get_latest));
    TRY(take_inventories(m));
    take_records(m, all, 0, 1);
    take_records(m, m->wanted, 1, m->n_slots - 1);
    return agg_finish_inner(&m->agg, m->local, n, n, part->share, part->r, &then, m->d);
}

enum err
partial_merge_part(const struct partial_merge *pm, struct agg_share share, const char *folder, struct diags *d)
{
    struct merging m;
    struct results r;
    merging_init(&m, pm, d);
    results_init(&r);
    struct part_of part = { &m, share, folder, &r };
    enum err err = merge_part(&m, &part);
    const struct health_totals totals = partials_totals(m.p);
    if (err == ERR_OK)
        err = judge(&m, &totals);
    results_fini(&r);
    merging_fini(&m);
    return err;
}
