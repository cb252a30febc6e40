/* SPDX-License-Identifier: Apache-2.0 */
#include "run/health.h"

#include <stdlib.h>

static struct file_counts
sum_counts(struct worker *const *worker, unsigned n_workers, size_t file)
{
    struct file_counts sum = { 0 };
    for (unsigned w = 0; w < n_workers; w++) {
        const struct file_counts *c = &worker[w]->counts[file];
        sum.blank += c->blank;
        sum.events += c->events;
        sum.out_of_range += c->out_of_range;
        sum.too_late += c->too_late;
        sum.counted += c->counted;
        for (int r = 0; r < REJECT_COUNT_; r++)
            sum.rejects[r] += c->rejects[r];
    }
    return sum;
}

/* The row that says what a file is and what its lines became. */
static struct health_row
file_row(struct sv name, const struct stream_info *info, const struct source_defs *sources,
         const struct file_counts *counts)
{
    struct health_row row = {
        .file = name,
        .source = info->source < sources->n ? sources->v[info->source].name : SV_NONE,
        .format = sv_of(info->format),
        .compression = sv_of(compression_names[info->compression]),
        .bytes = info->bytes,
        .blank = counts->blank,
        .events = counts->events,
        .out_of_range = counts->out_of_range + counts->too_late + counts->counted,
    };
    for (int r = 0; r < REJECT_COUNT_; r++)
        row.rejects += counts->rejects[r];
    row.lines = row.blank + row.events + row.rejects;
    return row;
}

static void
add_totals(struct health_totals *t, const struct health_row *row, const struct file_counts *counts,
           const struct stream_info *info)
{
    t->files++;
    t->bytes += row->bytes;
    t->bytes_in += info->bytes_in;
    t->lines += row->lines;
    t->blank += row->blank;
    t->events += row->events;
    t->out_of_range += row->out_of_range;
    t->too_late += counts->too_late;
    t->rejects += row->rejects;
    if (info->error != NULL)
        t->bad_files++;
}

/* Events that are none of a run with state. */
static void
push_left_out(struct results *r, const struct health_row *file, const char *reason, uint64_t events)
{
    if (events != 0)
        vec_push(&r->health, (struct health_row){
                                 .file = file->file,
                                 .source = file->source,
                                 .format = file->format,
                                 .compression = file->compression,
                                 .reason = sv_of(reason),
                                 .out_of_range = events,
                             });
}

/* Rows that say why: one per reject reason, one for an error of the file itself. */
static void
push_reasons(struct results *r, const struct health_row *file, const struct stream_info *info,
             const struct file_counts *counts)
{
    for (int i = 0; i < REJECT_COUNT_; i++) {
        if (counts->rejects[i] == 0)
            continue;
        vec_push(&r->health, (struct health_row){
                                 .file = file->file,
                                 .source = file->source,
                                 .format = file->format,
                                 .compression = file->compression,
                                 .reason = sv_of(reject_texts[i]),
                                 .rejects = counts->rejects[i],
                             });
    }
    push_left_out(r, file, "events that come too late (--lateness)", counts->too_late);
    push_left_out(r, file, "events that an earlier run has counted", counts->counted);
    if (info->error != NULL)
        vec_push(&r->health, (struct health_row){
                                 .file = file->file,
                                 .source = file->source,
                                 .format = file->format,
                                 .compression = file->compression,
                                 .reason = arena_sv(&r->arena, sv_of(info->error)),
                             });
}

static int
health_cmp(const void *a, const void *b)
{
    const struct health_row *x = a;
    const struct health_row *y = b;
    const int by_file = sv_cmp(x->file, y->file);
    return by_file != 0 ? by_file : sv_cmp(x->reason, y->reason);
}

static int
reject_cmp(const void *a, const void *b)
{
    const struct reject_row *x = a;
    const struct reject_row *y = b;
    const int by_file = sv_cmp(x->file, y->file);
    if (by_file != 0)
        return by_file;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static void
collect_rejects(struct worker *const *worker, unsigned n_workers, struct results *r)
{
    for (unsigned w = 0; w < n_workers; w++) {
        for (size_t i = 0; i < worker[w]->rejects.n; i++) {
            struct reject_row row = worker[w]->rejects.v[i];
            row.text = arena_sv(&r->arena, row.text);
            vec_push(&r->rejects, row);
        }
    }
}

void
health_sort(struct results *r)
{
    if (r->health.n != 0)
        qsort(r->health.v, r->health.n, sizeof *r->health.v, health_cmp);
    if (r->rejects.n != 0)
        qsort(r->rejects.v, r->rejects.n, sizeof *r->rejects.v, reject_cmp);
}

void
health_collect(const struct inputs *in, const struct tap *tap, const struct source_defs *sources,
               struct worker *const *worker, unsigned n_workers, struct results *r, struct health_totals *totals,
               struct diags *d)
{
    *totals = (struct health_totals){ 0 };
    for (size_t i = 0; i < inputs_count(in); i++) {
        const struct stream_info *info = &tap_file(tap, i)->info;
        const struct file_counts counts = sum_counts(worker, n_workers, i);
        const struct health_row row = file_row(inputs_file(in, i)->name, info, sources, &counts);
        vec_push(&r->health, row);
        push_reasons(r, &row, info, &counts);
        add_totals(totals, &row, &counts, info);
        if (info->error != NULL)
            diag_warning(d, SPAN_NONE, "%.*s: %s%s%s", SV_ARG(row.file), info->error,
                         info->error_hint != NULL ? "; " : "", info->error_hint != NULL ? info->error_hint : "");
    }
    collect_rejects(worker, n_workers, r);
    health_sort(r);
}

void
health_add(struct health_totals *t, const struct health_totals *more)
{
    t->files += more->files;
    t->bad_files += more->bad_files;
    t->bytes += more->bytes;
    t->bytes_in += more->bytes_in;
    t->lines += more->lines;
    t->blank += more->blank;
    t->events += more->events;
    t->out_of_range += more->out_of_range;
    t->too_late += more->too_late;
    t->rejects += more->rejects;
}

static bool
has_too_many_rejects(const struct run_options *o, const struct health_totals *t)
{
    if (o->max_reject_share >= 0)
        return (double)t->rejects > o->max_reject_share * (double)t->lines;
    return t->rejects > o->max_rejects;
}

bool
health_is_too_bad(const struct run_options *o, const struct health_totals *t)
{
    return t->bad_files != 0 || has_too_many_rejects(o, t);
}

enum err
health_judge(const struct run_options *o, const struct health_totals *t, struct diags *d)
{
    if (has_too_many_rejects(o, t))
        diag_warning(d, SPAN_NONE,
                     "%llu of %llu lines were rejected (rejects.csv names them; --max-rejects allows more)",
                     (unsigned long long)t->rejects, (unsigned long long)t->lines);
    return health_is_too_bad(o, t) ? ERR_INPUT : ERR_OK;
}
