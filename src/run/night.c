/* SPDX-License-Identifier: Apache-2.0 */
#include "run/night.h"

#include <string.h>

#include "base/mem.h"
#include "base/timestamp.h"
#include "run/layout.h"
#include "run/night_internal.h"
#include "run/partial_write.h"
#include "run/tap.h"
#include "run/worker.h"

/* ---- opening ---- */

static void
read_last_run(struct night *n)
{
    struct state_run last;
    n->before = n->final = TIME_NONE;
    if (n->o->rebuild || !state_last_run(n->state, &last))
        return;
    n->last_run = last.id;
    n->before = last.latest;
    n->final = last.cut;
}

static void
take_known(void *ctx, const struct state_known *k)
{
    struct night *n = ctx;
    vec_push(&n->known, (struct boost_known){ .entity_type = arena_sv(&n->texts, k->entity_type),
                                              .entity_id = arena_sv(&n->texts, k->entity_id),
                                              .rule_id = arena_sv(&n->texts, k->rule_id),
                                              .title = arena_sv(&n->texts, k->title),
                                              .level = k->level,
                                              .risk = k->risk });
}

/* What this run finds about an entity, for the next. */
static void
hear(void *ctx, const struct finding *f)
{
    struct night *n = ctx;
    if (f->entity_id.n == 0 || !finding_is_acted_on(f))
        return;
    struct boost_known k = { .entity_type = f->entity_type, .entity_id = f->entity_id };
    if (f->booster) {
        k.rule_id = f->rule_id;
        k.title = f->rule_title;
        k.level = f->level;
        k.risk = f->risk;
    }
    vec_push(&n->heard, k);
}

static void
describe_layout(struct night *n)
{
    struct buf b = BUF_INIT;
    layout_put(&b, n->program);
    vec_push(&n->m.settings, (struct manifest_setting){ SV(CARRIED_LAYOUT), arena_sv(&n->texts, buf_view(&b)) });
    buf_fini(&b);
}

static enum err
open_all(struct night *n, struct diags *d)
{
    const struct state_options so = { .wait = n->o->wait };
    TRY(state_open(n->o->path, so, &n->state, d));
    read_last_run(n);
    TRY(partial_describe(&n->m, n->ro, n->program, n->sources, &n->texts, d));
    describe_layout(n);
    if (n->o->rebuild)
        return ERR_OK;
    TRY(state_each_known(n->state, take_known, n, d));
    TRY(carried_load(n->state, n->o->path, n->ro->tmpdir, &n->carried, d));
    return n->carried != NULL ? carried_match(n->carried, n->program, d) : ERR_OK;
}

enum err
night_open(const struct night_options *o, const struct run_options *ro, const struct program *program,
           const struct source_defs *sources, struct night **out, struct diags *d)
{
    struct night *n = mem_zalloc(1, sizeof *n);
    *n = (struct night){ .o = o, .ro = ro, .program = program, .sources = sources, .texts = ARENA_INIT };
    n->started = time_now();
    shelves_init(&n->shelves);
    manifest_init(&n->m);
    const enum err err = open_all(n, d);
    *out = err == ERR_OK ? n : NULL;
    if (err != ERR_OK)
        night_close(n);
    return err;
}

void
night_close(struct night *n)
{
    if (n == NULL)
        return;
    state_close(n->state);
    carried_free(n->carried);
    carrying_free(n->carrying);
    shelves_fini(&n->shelves);
    vec_fini(&n->slot_of_file);
    intake_fini(&n->intake);
    manifest_fini(&n->m);
    vec_fini(&n->known);
    vec_fini(&n->heard);
    vec_fini(&n->files);
    arena_fini(&n->texts);
    mem_free(n);
}

/* ---- inputs and events ---- */

enum err
night_choose(struct night *n, const struct inputs *in, const struct inputs **left, struct results *r,
             struct health_totals *left_out, struct diags *d)
{
    const enum err err = intake_choose(n->state, in, &n->o->intake, &n->intake, r, left_out, d);
    *left = n->intake.in;
    return err;
}

enum night_verdict
night_verdict(const struct night *n, size_t file, int64_t time, uint64_t line)
{
    if (line <= n->intake.files.v[file].counted_lines)
        return NIGHT_COUNTED;
    return time != TIME_NONE && time < n->final ? NIGHT_TOO_LATE : NIGHT_TAKES;
}

int64_t
night_counted_in(const struct night *n, size_t file)
{
    return n->intake.files.v[file].counted_in;
}

size_t
night_n_origins(const struct night *n)
{
    return n->carried != NULL ? carried_manifest(n->carried)->origins.n : 0;
}

void
night_name_origins(const struct night *n, struct origins *o, size_t base)
{
    if (n->carried != NULL)
        carried_name_origins(n->carried, o, base);
}

/* ---- around the finish ---- */

/* A clock that was wrong once must not make everything after it late: the cut is never later than our own clock
 * says. */
static int64_t
cut_of(const struct night *n)
{
    const int64_t latest = n->latest < n->started ? n->latest : n->started;
    if (n->latest == TIME_NONE)
        return n->final;
    const int64_t cut = n->o->lateness < latest - TIME_FIRST ? latest - n->o->lateness : TIME_FIRST;
    return cut > n->final ? cut : n->final;
}

/* An origin that was carried here keeps its number. Ours get those of which nothing is left, then new ones. */
static void
number_files(struct night *n)
{
    const size_t n_carried = night_n_origins(n);
    size_t slot = 0;
    n->slot_of_file.n = 0;
    for (size_t i = 0; i < n->intake.files.n; i++, slot++) {
        while (slot < n_carried && carried_manifest(n->carried)->origins.v[slot].file.n != 0)
            slot++;
        vec_push(&n->slot_of_file, (uint32_t)slot);
    }
    for (size_t i = 0; i < n_carried; i++)
        vec_push(&n->slot_of_file, (uint32_t)i);
}

static enum err
open_shelves(struct night *n, uint32_t n_own, struct diags *d)
{
    const struct sv layout = manifest_setting(&n->m, SV(CARRIED_LAYOUT));
    carrying_open_shelves(n->carrying, &n->shelves);
    number_files(n);
    return n->carried != NULL ? carried_open_shelves(n->carried, layout, n->program, n_own, &n->shelves, d) : ERR_OK;
}

enum err
night_begin_finish(struct night *n, struct agg_local *const *local, size_t n_locals, struct agg_plan *agg,
                   struct diags *d)
{
    const uint32_t n_own = (uint32_t)n->intake.files.n;
    n->carrying = carrying_new(n->program, n->ro->tmpdir, d);
    if (n->carrying == NULL)
        return ERR_OUTPUT;
    TRY(open_shelves(n, n_own, d));
    if (n->carried != NULL)
        TRY(carried_hand_over(n->carried, local, n_locals, n_own, d));
    n->latest = agg_latest(local, n_locals);
    if (n->before > n->latest)
        n->latest = n->before;
    n->agg = (struct agg_night){ .cut = cut_of(n),
                                 .before = n->before,
                                 .n_own = n_own,
                                 .slot_of_file = n->slot_of_file.v,
                                 .shelves = &n->shelves,
                                 .carry = carrying_records,
                                 .inventory = carrying_inventory,
                                 .ctx = n->carrying,
                                 .known = n->known.v,
                                 .n_known = n->known.n,
                                 .found = hear,
                                 .found_ctx = n };
    agg->night = &n->agg;
    return ERR_OK;
}

static void
note_file(struct night *n, size_t i, const struct tap *tap, struct worker *const *worker, unsigned n_workers)
{
    struct night_file f = { .info = tap_file(tap, i)->info };
    for (unsigned w = 0; w < n_workers; w++) {
        const struct file_counts *c = &worker[w]->counts[i];
        f.events += c->events;
        if (c->last_line > f.last_line)
            f.last_line = c->last_line;
    }
    vec_push(&n->files, f);
}

static void
tell_too_late(const struct night *n, const struct health_totals *t, struct diags *d)
{
    char text[TIME_TEXT_MAX];
    if (t->too_late == 0)
        return;
    time_format(n->final, text);
    diag_note(d, SPAN_NONE,
              "%llu event%s older than %s, before which earlier runs have settled everything: not counted; "
              "input_health.csv names the files (--lateness)",
              (unsigned long long)t->too_late, t->too_late == 1 ? " is" : "s are", text);
}

/* Those that nothing names any more are left out. A number without a name may be one of ours now. */
static void
name_carried_origins(struct night *n, const struct origins *origins)
{
    const size_t n_own = n->intake.files.n;
    const struct manifest_origin none = { .file = SV("") };
    n->m.origins.n = 0;
    for (size_t i = 0; i < origins->n; i++) {
        const uint32_t slot = n->slot_of_file.v[i];
        while (n->m.origins.n <= slot)
            vec_push(&n->m.origins, none);
        if (i < n_own || (origins->v[i].file.n != 0 && carried_is_used(n->carried, i - n_own)))
            n->m.origins.v[slot] = (struct manifest_origin){ .file = origins->v[i].file,
                                                             .source = origins->v[i].source };
    }
}

enum err
night_end_finish(struct night *n, const struct tap *tap, struct worker *const *worker, unsigned n_workers,
                 const struct origins *origins, const struct health_totals *t, struct diags *d)
{
    TRY(carrying_check(n->carrying, &n->shelves, d));
    for (size_t i = 0; i < n->intake.files.n; i++)
        note_file(n, i, tap, worker, n_workers);
    name_carried_origins(n, origins);
    n->events = t->events - t->out_of_range;
    tell_too_late(n, t, d);
    return ERR_OK;
}
