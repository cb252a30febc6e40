/* SPDX-License-Identifier: Apache-2.0 */
/* THE loop. -j1 is the same loop with one worker. */
#include "run/worker.h"

#include "base/timestamp.h"
#include "run/night.h"

enum { REJECT_TEXT_MAX = 200 };

static struct worker *
new_worker(const struct plan *plan, const struct origins *origins, struct tap *tap, size_t n_files, unsigned number)
{
    struct worker *w = mem_zalloc(1, sizeof *w);
    w->plan = plan;
    w->origins = origins;
    w->tap = tap;
    w->number = number;
    w->parser = parser_new(plan->projections);
    w->match = match_scratch_new(plan->program);
    arena_init(&w->kept);
    for (size_t i = 0; i < WORKER_BATCH; i++) {
        arena_init(&w->scratch[i]);
        event_init(&w->event[i], fields_count(plan->fields), &w->scratch[i],
                   plan->enrichment != NULL ? enrichment_derive(plan->enrichment) : NULL);
    }
    block_init(&w->block);
    w->counts = mem_zalloc(n_files + 1, sizeof *w->counts);
    return w;
}

struct worker *
worker_new(const struct plan *plan, const struct agg_plan *agg_plan, struct tap *tap, size_t n_files, unsigned number)
{
    struct worker *w = new_worker(plan, agg_plan->origins, tap, n_files, number);
    w->agg = agg_local_new(agg_plan);
    w->batch = agg_plan->want_inventory ? WORKER_BATCH : 1;
    return w;
}

struct worker *
worker_new_for(const struct sink *sink, const struct plan *plan, const struct origins *origins, struct tap *tap,
               size_t n_files, unsigned number)
{
    struct worker *w = new_worker(plan, origins, tap, n_files, number);
    w->sink = sink;
    w->batch = 1; /* it may ask the parser about the event that it is given */
    w->taken = sink->open(sink->ctx, number);
    return w;
}

void
worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    if (w->sink != NULL)
        w->sink->close(w->sink->ctx, w->taken);
    agg_local_free(w->agg);
    parser_free(w->parser);
    match_scratch_free(w->match);
    for (size_t i = 0; i < WORKER_BATCH; i++) {
        event_fini(&w->event[i]);
        arena_fini(&w->scratch[i]);
    }
    arena_fini(&w->kept);
    block_fini(&w->block);
    mem_free(w->counts);
    vec_fini(&w->rejects);
    mem_free(w);
}

static bool
is_in_range(const struct run_options *o, int64_t time)
{
    if (time == TIME_NONE)
        return true;
    return (o->since == TIME_NONE || time >= o->since) && (o->until == TIME_NONE || time < o->until);
}

/* Is it an event of the run? If not, it is counted as what it is. */
static bool
is_wanted(const struct worker *w, const struct event *ev, struct file_counts *counts)
{
    const struct run_options *o = w->plan->options;
    if (!is_in_range(o, ev->time)) {
        counts->out_of_range++;
        return false;
    }
    if (o->night == NULL)
        return true;
    const enum night_verdict verdict = night_verdict(o->night, ev->at.file, ev->time, ev->at.line);
    counts->too_late += verdict == NIGHT_TOO_LATE;
    counts->counted += verdict == NIGHT_COUNTED;
    return verdict == NIGHT_TAKES;
}

static void
note_reject(struct worker *w, struct file_counts *counts, const struct reject *r)
{
    counts->rejects[r->reason]++;
    if (w->sink != NULL)
        return;
    struct sv text = r->text;
    if (text.n > REJECT_TEXT_MAX)
        text.n = REJECT_TEXT_MAX;
    vec_push(&w->rejects, (struct reject_row){
                              .file = w->origins->v[w->block.file].file,
                              .line = r->line,
                              .offset = r->offset,
                              .reason = sv_of(reject_texts[r->reason]),
                              .text = arena_sv(&w->kept, text),
                          });
}

static size_t
pour_event(struct worker *w, struct event *ev)
{
    const uint32_t *rule;
    const size_t n = matcher_run(w->plan->matchers[w->block.source], w->match, ev, &rule);
    if (n != 0)
        w->sink->event(w->sink->ctx, w->taken, ev);
    return n;
}

/* One event through match and emit; the number of rules that took it. */
static size_t
take_event(struct worker *w, struct event *ev)
{
    const struct matcher *matcher = w->plan->matchers[w->block.source];
    const uint32_t *rule;

    agg_event(w->agg, ev);
    const size_t n = matcher_run(matcher, w->match, ev, &rule);
    agg_hits(w->agg, rule, n, ev);
    const size_t n_limited = match_limited(w->match, &rule);
    for (size_t i = 0; i < n_limited; i++)
        agg_regex_limit(w->agg, rule[i], 1);
    return n;
}

static size_t
take_batch(struct worker *w, size_t n)
{
    size_t hits = 0;
    if (w->sink != NULL)
        return n != 0 ? pour_event(w, &w->event[0]) : 0;
    agg_expect(w->agg, w->event, n);
    for (size_t i = 0; i < n; i++)
        hits += take_event(w, &w->event[i]);
    return hits;
}

/* Parses up to a batch of events of the run; false at the end of the block. */
static bool
fill_batch(struct worker *w, struct file_counts *counts, size_t *n)
{
    struct reject reject;
    *n = 0;
    while (*n < w->batch) {
        const struct event *ev = &w->event[*n];
        switch (parser_next(w->parser, &w->event[*n], &reject)) {
        case RECORD_EVENT:
            counts->events++;
            if (ev->at.line > counts->last_line)
                counts->last_line = ev->at.line;
            *n += is_wanted(w, ev, counts);
            break;
        case RECORD_BLANK:
            counts->blank++;
            break;
        case RECORD_REJECT:
            note_reject(w, counts, &reject);
            break;
        case RECORD_END:
            return false;
        }
    }
    return true;
}

static void
read_block(struct worker *w)
{
    struct file_counts *counts = &w->counts[w->block.file];
    const uint64_t before = counts->events;
    uint64_t hits = 0;
    bool more = true;

    parser_start(w->parser, &w->block);
    while (more) {
        size_t n;
        more = fill_batch(w, counts, &n);
        hits += take_batch(w, n);
    }
    atomic_fetch_add_explicit(&w->events, counts->events - before, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->hits, hits, memory_order_relaxed);
}

/* For a sink, which may have enough. */
static void
pour_block(struct worker *w)
{
    bool go_on = w->sink->block_start(w->sink->ctx, w->taken, &w->block);
    if (go_on) {
        read_block(w);
        go_on = w->sink->block_end(w->sink->ctx, w->taken, w->tap);
    }
    if (!go_on)
        tap_stop(w->tap);
}

static void
process_block(struct worker *w)
{
    if (w->sink != NULL)
        pour_block(w);
    else
        read_block(w);
}

/* After a failure to spill nothing will be published: what is left need not be read. */
static bool
is_void(const struct worker *w)
{
    return w->agg != NULL && agg_has_failed(w->agg);
}

void
worker_run(struct worker *w)
{
    while (!is_void(w) && tap_draw(w->tap, w->number, &w->block))
        process_block(w);
}
