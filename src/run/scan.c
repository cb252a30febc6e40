/* SPDX-License-Identifier: Apache-2.0 */
/* A run from its inputs to its results: start the workers, wait, collect, sort and sweep, count. The straight line of
 * design.md section 3; everything that an event meets on the way is in worker.c. */
#include "run/run.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "agg/spill.h"
#include "base/mem.h"
#include "base/timestamp.h"
#include "run/facts.h"
#include "run/health.h"
#include "run/night.h"
#include "run/partial_write.h"
#include "run/progress.h"
#include "run/tap.h"
#include "run/worker.h"

/* One run's own state; the plan is shared between runs. */
struct scan {
    const struct plan *plan;
    const struct inputs *in;
    struct origins origins;
    struct spill *spill;
    struct agg_plan agg;
    struct tap *tap;
    struct worker **worker;
    unsigned n_workers;
    pthread_mutex_t lock; /* guards n_running */
    pthread_cond_t ended;
    unsigned n_running;
    int64_t started; /* wall clock */
    double start;    /* monotonic seconds */
};

struct thread_start {
    struct scan *scan;
    struct worker *worker;
};

static void *
worker_thread(void *arg)
{
    const struct thread_start *start = arg;
    worker_run(start->worker);
    pthread_mutex_lock(&start->scan->lock);
    start->scan->n_running--;
    pthread_cond_signal(&start->scan->ended);
    pthread_mutex_unlock(&start->scan->lock);
    return NULL;
}

static void
draw(const struct scan *s)
{
    struct progress_state p = {
        .bytes_in = tap_bytes_in(s->tap),
        .bytes_total = tap_bytes_total(s->tap),
        .seconds = time_monotonic() - s->start,
    };
    for (unsigned w = 0; w < s->n_workers; w++) {
        p.events += atomic_load_explicit(&s->worker[w]->events, memory_order_relaxed);
        p.hits += atomic_load_explicit(&s->worker[w]->hits, memory_order_relaxed);
    }
    progress_draw(&p);
}

/* Waits for all workers; draws four times a second if the user wants to see it. */
static void
wait_for_workers(struct scan *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_running != 0) {
        if (!s->plan->options->progress) {
            pthread_cond_wait(&s->ended, &s->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 250000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&s->ended, &s->lock, &until) == ETIMEDOUT) {
            pthread_mutex_unlock(&s->lock);
            draw(s);
            pthread_mutex_lock(&s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (s->plan->options->progress)
        progress_clear();
}

/* Runs all workers to the end. Where the system refuses a thread, those that did start share its work; if it refuses
 * all of them, the caller's own thread is the worker. */
static void
run_workers(struct scan *s)
{
    pthread_t *thread = mem_zalloc(s->n_workers, sizeof *thread);
    struct thread_start *start = mem_zalloc(s->n_workers, sizeof *start);
    unsigned n_started = 0;

    s->n_running = s->n_workers;
    for (unsigned w = 0; w < s->n_workers; w++) {
        start[w] = (struct thread_start){ s, s->worker[w] };
        if (pthread_create(&thread[n_started], NULL, worker_thread, &start[w]) == 0) {
            n_started++;
        } else {
            pthread_mutex_lock(&s->lock);
            s->n_running--;
            pthread_mutex_unlock(&s->lock);
        }
    }
    if (n_started == 0)
        worker_run(s->worker[0]);
    wait_for_workers(s);
    for (unsigned w = 0; w < n_started; w++)
        pthread_join(thread[w], NULL);
    mem_free(start);
    mem_free(thread);
}

struct spill *
run_spill(const struct run_options *o)
{
    if (o->memory == 0)
        return NULL;
    struct spill *s = spill_new(o->memory, o->tmpdir, o->n_workers);
    if (o->spill_records != 0)
        spill_force(s, o->spill_records);
    return s;
}

/* sink: NULL for records. */
static void
scan_init(struct scan *s, const struct plan *plan, const struct inputs *in, const struct sink *sink)
{
    const size_t n_files = inputs_count(in);
    *s = (struct scan){ .plan = plan, .in = in, .n_workers = plan->options->n_workers };
    s->started = time_now();
    s->start = time_monotonic();
    const struct night *night = plan->options->night;
    origins_init(&s->origins, n_files + (night != NULL ? night_n_origins(night) : 0));
    for (size_t i = 0; i < n_files; i++)
        s->origins.v[i].file = inputs_file(in, i)->name;
    if (night != NULL)
        night_name_origins(night, &s->origins, n_files);
    s->agg = plan->agg;
    s->agg.origins = &s->origins;
    s->agg.spill = s->spill = run_spill(plan->options);
    s->tap = tap_new(in, plan->projections, plan->sources, &s->origins, s->n_workers);
    s->worker = mem_zalloc(s->n_workers, sizeof(struct worker *));
    for (unsigned w = 0; w < s->n_workers; w++)
        s->worker[w] = sink != NULL ? worker_new_for(sink, plan, &s->origins, s->tap, n_files, w)
                                    : worker_new(plan, &s->agg, s->tap, n_files, w);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ended, NULL);
}

static void
scan_fini(struct scan *s)
{
    for (unsigned w = 0; w < s->n_workers; w++)
        worker_free(s->worker[w]);
    mem_free(s->worker);
    spill_free(s->spill);
    tap_free(s->tap);
    origins_fini(&s->origins);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
}

/* The workers' piles; mem_free. */
static struct agg_local **
take_locals(const struct scan *s)
{
    struct agg_local **local = mem_zalloc(s->n_workers, sizeof(struct agg_local *));
    for (unsigned w = 0; w < s->n_workers; w++)
        local[w] = s->worker[w]->agg;
    return local;
}

static enum err
sort_and_sweep(struct scan *s, struct results *r, struct diags *d)
{
    struct night *night = s->plan->options->night;
    struct agg_local **local = take_locals(s);
    enum err err = ERR_OK;
    origins_rank(&s->origins);
    if (night != NULL)
        err = night_begin_finish(night, local, s->n_workers, &s->agg, d);
    if (err == ERR_OK)
        err = agg_finish(&s->agg, local, s->n_workers, s->n_workers, r, d);
    mem_free(local);
    return err;
}

static enum err
finish(struct scan *s, struct results *r, const struct health_totals *t, struct diags *d)
{
    struct night *night = s->plan->options->night;
    TRY(sort_and_sweep(s, r, d));
    return night != NULL ? night_end_finish(night, s->tap, s->worker, s->n_workers, &s->origins, t, d) : ERR_OK;
}

/* ---- a partial result ---- */

static enum err
write_partial(struct scan *s, const struct results *r, struct manifest *m, struct diags *d)
{
    struct agg_local **local = take_locals(s);
    const struct partial_pile pile = { &s->agg, local, s->n_workers, s->n_workers, NULL };
    for (size_t i = 0; i < s->origins.n; i++)
        vec_push(&m->origins, (struct manifest_origin){ .file = s->origins.v[i].file,
                                                        .source = s->origins.v[i].source,
                                                        .digest = sv_of(tap_file(s->tap, i)->info.digest) });
    const enum err err = partial_write(&pile, r, m, s->plan->options->partial, d);
    mem_free(local);
    return err;
}

static enum err
leave_partial(struct scan *s, const struct results *r, const struct health_totals *t, struct diags *d)
{
    struct arena texts = ARENA_INIT;
    struct manifest m;
    manifest_init(&m);
    m.totals = *t;
    enum err err = partial_describe(&m, s->plan->options, s->plan->program, s->plan->sources, &texts, d);
    if (err == ERR_OK)
        err = write_partial(s, r, &m, d);
    manifest_fini(&m);
    arena_fini(&texts);
    return err;
}

/* ---- run.json ---- */

static void
add_facts(struct results *r, const struct scan *s, const struct health_totals *t)
{
    const struct program *program = s->plan->program;
    const size_t n = inputs_count(s->in);
    struct fact_input *input = mem_zalloc(n + 1, sizeof *input);

    for (size_t i = 0; i < n; i++)
        input[i] = (struct fact_input){ inputs_file(s->in, i)->name, sv_of(tap_file(s->tap, i)->info.digest) };
    facts_digests(r, program, input, n);
    mem_free(input);
    facts_time(r, "times.started", s->started);
    facts_time(r, "times.finished", time_now());
    facts_number(r, "times.seconds", time_monotonic() - s->start);
    facts_counts(r, program, t);
    facts_number(r, "memory.peak_bytes", (double)mem_peak());
    facts_number(r, "memory.limit_bytes", s->spill != NULL ? (double)spill_memory(s->spill) : 0);
    facts_number(r, "memory.spilled_bytes", s->spill != NULL ? (double)spill_bytes(s->spill) : 0);
    facts_number(r, "memory.spilled_segments", s->spill != NULL ? (double)spill_segments(s->spill) : 0);
}

enum err
run_scan(const struct plan *p, const struct inputs *in, struct results *r, struct diags *d)
{
    struct scan s;
    struct health_totals totals;

    scan_init(&s, p, in, NULL);
    r->blast_radius = p->options->blast_radius;
    run_workers(&s);
    health_collect(in, s.tap, p->sources, s.worker, s.n_workers, r, &totals, d);
    if (p->options->left_out != NULL)
        health_add(&totals, p->options->left_out);
    enum err err = p->options->partial != NULL ? leave_partial(&s, r, &totals, d) : finish(&s, r, &totals, d);
    if (err == ERR_OK) {
        add_facts(r, &s, &totals);
        err = health_judge(p->options, &totals, d);
    }
    scan_fini(&s);
    return err;
}

enum err
run_events(const struct plan *p, const struct inputs *in, const struct sink *sink, struct results *r,
           struct health_totals *totals, struct diags *d)
{
    struct scan s;
    struct results own;

    scan_init(&s, p, in, sink);
    run_workers(&s);
    results_init(&own);
    health_collect(in, s.tap, p->sources, s.worker, s.n_workers, r != NULL ? r : &own, totals, d);
    results_fini(&own);
    scan_fini(&s);
    return health_is_too_bad(p->options, totals) ? ERR_INPUT : ERR_OK;
}
