/* SPDX-License-Identifier: Apache-2.0 */
/* The lock covers only the number of the next job; jobs are partitions, so it is taken a few dozen times per run. */
#include "agg/crew.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/mem.h"

struct crew {
    pthread_mutex_t lock;
    unsigned next; /* lock */
    unsigned n_jobs;
    void (*job)(void *ctx, unsigned thread, unsigned i);
    void *ctx;
};

struct member {
    struct crew *crew;
    unsigned number;
    pthread_t thread;
    bool started;
};

static bool
take(struct crew *c, unsigned *job)
{
    pthread_mutex_lock(&c->lock);
    const bool some = c->next < c->n_jobs;
    if (some)
        *job = c->next++;
    pthread_mutex_unlock(&c->lock);
    return some;
}

static void *
work(void *arg)
{
    const struct member *m = arg;
    unsigned job;
    while (take(m->crew, &job))
        m->crew->job(m->crew->ctx, m->number, job);
    return NULL;
}

void
crew_run(unsigned n_threads, unsigned n_jobs, void (*job)(void *ctx, unsigned thread, unsigned i), void *ctx)
{
    struct crew c = { .n_jobs = n_jobs, .job = job, .ctx = ctx };
    struct member *m = mem_zalloc((size_t)n_threads + 1, sizeof *m);
    pthread_mutex_init(&c.lock, NULL);
    for (unsigned i = 0; i < n_threads || i == 0; i++)
        m[i] = (struct member){ .crew = &c, .number = i };
    for (unsigned i = 1; i < n_threads; i++)
        m[i].started = pthread_create(&m[i].thread, NULL, work, &m[i]) == 0;
    work(&m[0]);
    for (unsigned i = 1; i < n_threads; i++)
        if (m[i].started)
            pthread_join(m[i].thread, NULL);
    pthread_mutex_destroy(&c.lock);
    mem_free(m);
}
