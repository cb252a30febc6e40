/* SPDX-License-Identifier: Apache-2.0 */
/* THE loop. -j1 is the same loop with one worker. */
#include "run/worker.h"

#include "base/timestamp.h"

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
    arena_init(&w->scratch);
    arena_init(&w->kept);
    event_init(&w->event, fields_count(plan->fields), &w->scratch,
               plan->enrichment != NULL ? enrichment_derive(plan->enrichment) : NULL);
    block_init(&w->block);
    w->counts = mem_zalloc(n_files + 1, sizeof *w->counts);
    return w;
}

struct worker *
worker_new(const struct plan *plan, const struct agg_plan *agg_plan, struct tap *tap, size_t n_files, unsigned number)
{
    struct worker *w = new_worker(plan, agg_plan->origins, tap, n_files, number);
    w->agg = agg_local_new(agg_plan);
    return w;
}

struct worker *
worker_new_for(const struct sink *sink, const struct plan *plan, const struct origins *origins, struct tap *tap,
               size_t n_files, unsigned number)
{
    struct worker *w = new_worker(plan, origins, tap, n_files, number);
    w->sink = sink;
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
    event_fini(&w->event);
    arena_fini(&w->scratch);
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
pour_event(struct worker *w)
{
    const uint32_t *rule;
    const size_t n = matcher_run(w->plan->matchers[w->block.source], w->match, &w->event, &rule);
    if (n != 0)
        w->sink->event(w->sink->ctx, w->taken, &w->event);
    return n;
}

/* One event through match and emit; the number of rules that took it. */
static size_t
take_event(struct worker *w)
{
    const struct matcher *matcher = w->plan->matchers[w->block.source];
    const uint32_t *rule;

    if (w->sink != NULL)
        return pour_event(w);
    agg_event(w->agg, &w->event);
    const size_t n = matcher_run(matcher, w->match, &w->event, &rule);
    agg_hits(w->agg, rule, n, &w->event);
    const size_t n_limited = match_limited(w->match, &rule);
    for (size_t i = 0; i < n_limited; i++)
        agg_regex_limit(w->agg, rule[i], 1);
    return n;
}

static void
read_block(struct worker *w)
{
    struct file_counts *counts = &w->counts[w->block.file];
    uint64_t events = 0;
    uint64_t hits = 0;
    struct reject reject;

    parser_start(w->parser, &w->block);
    for (;;) {
        switch (parser_next(w->parser, &w->event, &reject)) {
        case RECORD_EVENT:
            events++;
            if (is_in_range(w->plan->options, w->event.time))
                hits += take_event(w);
            else
                counts->out_of_range++;
            break;
        case RECORD_BLANK:
            counts->blank++;
            break;
        case RECORD_REJECT:
            note_reject(w, counts, &reject);
            break;
        case RECORD_END:
            counts->events += events;
            atomic_fetch_add_explicit(&w->events, events, memory_order_relaxed);
            atomic_fetch_add_explicit(&w->hits, hits, memory_order_relaxed);
            return;
        }
    }
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
