/* SPDX-License-Identifier: Apache-2.0 */
/* A run from its inputs to its results: start the workers, wait, collect, sort and sweep, count. The straight line of
 * design.md section 3; everything that an event meets on the way is in worker.c. */
#include "run/run.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/timestamp.h"
#include "run/health.h"
#include "run/progress.h"
#include "run/tap.h"
#include "run/worker.h"

/* One run's own state; the plan is shared between runs. */
struct scan {
    const struct plan *plan;
    const struct inputs *in;
    struct origins origins;
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

static void
scan_init(struct scan *s, const struct plan *plan, const struct inputs *in)
{
    const size_t n_files = inputs_count(in);
    *s = (struct scan){ .plan = plan, .in = in, .n_workers = plan->options->n_workers };
    s->started = time_now();
    s->start = time_monotonic();
    origins_init(&s->origins, n_files);
    for (size_t i = 0; i < n_files; i++)
        s->origins.v[i].file = inputs_file(in, i)->name;
    s->agg = plan->agg;
    s->agg.origins = &s->origins;
    s->tap = tap_new(in, plan->projections, plan->sources, &s->origins, s->n_workers);
    s->worker = mem_zalloc(s->n_workers, sizeof(struct worker *));
    for (unsigned w = 0; w < s->n_workers; w++)
        s->worker[w] = worker_new(plan, &s->agg, s->tap, n_files, w);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->ended, NULL);
}

static void
scan_fini(struct scan *s)
{
    for (unsigned w = 0; w < s->n_workers; w++)
        worker_free(s->worker[w]);
    mem_free(s->worker);
    tap_free(s->tap);
    origins_fini(&s->origins);
    pthread_cond_destroy(&s->ended);
    pthread_mutex_destroy(&s->lock);
}

static enum err
sort_and_sweep(struct scan *s, struct results *r, struct diags *d)
{
    struct agg_local **local = mem_zalloc(s->n_workers, sizeof(struct agg_local *));
    for (unsigned w = 0; w < s->n_workers; w++)
        local[w] = s->worker[w]->agg;
    origins_rank(&s->origins);
    const enum err err = agg_finish(&s->agg, local, s->n_workers, s->n_workers, r, d);
    mem_free(local);
    return err;
}

/* ---- run.json ---- */

static void
fact_text(struct results *r, const char *name, struct sv text)
{
    vec_push(&r->facts,
             (struct run_fact){ .name = arena_sv(&r->arena, sv_of(name)), .text = arena_sv(&r->arena, text) });
}

static void
fact_number(struct results *r, const char *name, double x)
{
    vec_push(&r->facts, (struct run_fact){ .name = arena_sv(&r->arena, sv_of(name)), .number = x, .is_number = true });
}

static void
fact_time(struct results *r, const char *name, int64_t us)
{
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    fact_text(r, name, sv_make(text, n));
}

/* One digest over the names and contents of all inputs, in their order. */
static void
fact_input_digest(struct results *r, const struct scan *s)
{
    struct digest *all = digest_new();
    char hex[33];
    for (size_t i = 0; i < inputs_count(s->in); i++) {
        const struct sv name = inputs_file(s->in, i)->name;
        const char *digest = tap_file(s->tap, i)->info.digest;
        digest_add(all, name.p, name.n);
        digest_add(all, "", 1);
        digest_add(all, digest, strlen(digest));
    }
    digest_hex(all, hex);
    digest_free(all);
    fact_text(r, "digests.inputs", sv_of(hex));
}

/* Rules that --skip-bad-rules left out, by file and title; their reasons are in rule_summary.csv. */
static void
fact_skipped_rules(struct results *r, const struct program *program)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < program->skipped.n; i++) {
        const struct skipped_rule *rule = &program->skipped.v[i];
        buf_printf(&names, "%s%.*s: %.*s", i != 0 ? "; " : "", SV_ARG(rule->file), SV_ARG(rule->title));
    }
    fact_text(r, "skipped_rules", buf_view(&names));
    buf_fini(&names);
}

static void
add_facts(struct results *r, const struct scan *s, const struct health_totals *t)
{
    const struct program *program = s->plan->program;

    fact_text(r, "digests.rules", sv_of(program->digest));
    fact_input_digest(r, s);
    fact_skipped_rules(r, program);
    fact_time(r, "times.started", s->started);
    fact_time(r, "times.finished", time_now());
    fact_number(r, "times.seconds", time_monotonic() - s->start);
    fact_number(r, "counts.files", (double)t->files);
    fact_number(r, "counts.damaged_files", (double)t->bad_files);
    fact_number(r, "counts.bytes_read", (double)t->bytes_in);
    fact_number(r, "counts.bytes", (double)t->bytes);
    fact_number(r, "counts.lines", (double)t->lines);
    fact_number(r, "counts.blank_lines", (double)t->blank);
    fact_number(r, "counts.events", (double)t->events);
    fact_number(r, "counts.events_out_of_range", (double)t->out_of_range);
    fact_number(r, "counts.rejects", (double)t->rejects);
    fact_number(r, "counts.rules", (double)program->rules.n);
    fact_number(r, "counts.skipped_rules", (double)program->skipped.n);
    fact_number(r, "counts.findings", (double)r->findings.n);
    fact_number(r, "memory.peak_bytes", (double)mem_peak());
    fact_number(r, "memory.spilled_bytes", 0);
}

/* ---- was the input good enough? ---- */

static bool
is_too_many(const struct run_options *o, const struct health_totals *t)
{
    if (o->max_reject_share >= 0)
        return (double)t->rejects > o->max_reject_share * (double)t->lines;
    return t->rejects > o->max_rejects;
}

static enum err
judge_input(const struct run_options *o, const struct health_totals *t, struct diags *d)
{
    enum err err = ERR_OK;
    if (is_too_many(o, t)) {
        diag_warning(d, SPAN_NONE,
                     "%llu of %llu lines were rejected (rejects.csv names them; --max-rejects allows more)",
                     (unsigned long long)t->rejects, (unsigned long long)t->lines);
        err = ERR_INPUT;
    }
    return t->bad_files != 0 ? ERR_INPUT : err;
}

enum err
run_scan(const struct plan *p, const struct inputs *in, struct results *r, struct diags *d)
{
    struct scan s;
    struct health_totals totals;

    scan_init(&s, p, in);
    r->blast_radius = p->options->blast_radius;
    run_workers(&s);
    health_collect(in, s.tap, p->sources, s.worker, s.n_workers, r, &totals, d);
    enum err err = sort_and_sweep(&s, r, d);
    if (err == ERR_OK) {
        add_facts(r, &s, &totals);
        err = judge_input(p->options, &totals, d);
    }
    scan_fini(&s);
    return err;
}
