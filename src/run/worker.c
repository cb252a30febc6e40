/* SPDX-License-Identifier: Apache-2.0 */
/* THE loop. -j1 is the same loop with one worker. */
#include "run/worker.h"

#include "base/timestamp.h"

enum { REJECT_TEXT_MAX = 200 };

struct worker *
worker_new(const struct plan *plan, const struct agg_plan *agg_plan, struct tap *tap, size_t n_files, unsigned number)
{
    struct worker *w = mem_zalloc(1, sizeof *w);
    w->plan = plan;
    w->origins = agg_plan->origins;
    w->tap = tap;
    w->number = number;
    w->agg = agg_local_new(agg_plan);
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

void
worker_free(struct worker *w)
{
    if (w == NULL)
        return;
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

/* One event through match and emit; the number of rules that took it. */
static size_t
take_event(struct worker *w)
{
    const struct matcher *matcher = w->plan->matchers[w->block.source];
    const uint32_t *rule;

    agg_event(w->agg, &w->event);
    const size_t n = matcher_run(matcher, w->match, &w->event, &rule);
    for (size_t i = 0; i < n; i++)
        agg_hit(w->agg, rule[i], &w->event);
    const size_t n_limited = match_limited(w->match, &rule);
    for (size_t i = 0; i < n_limited; i++)
        agg_regex_limit(w->agg, rule[i], 1);
    return n;
}

static void
process_block(struct worker *w)
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

void
worker_run(struct worker *w)
{
    while (tap_draw(w->tap, w->number, &w->block))
        process_block(w);
}
