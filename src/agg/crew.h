/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that share a list of jobs: each takes the next one until none is left. One thread is the caller's own. */
#ifndef AUTHSIFT_AGG_CREW_H
#define AUTHSIFT_AGG_CREW_H

/* Runs job(ctx, thread, i) for every i below n_jobs, `thread` being below n_threads; no two jobs of one thread number
 * run at a time. Returns when all are done. Where the system refuses a thread, the others do its jobs. */
void crew_run(unsigned n_threads, unsigned n_jobs, void (*job)(void *ctx, unsigned thread, unsigned i), void *ctx);

#endif
