/* SPDX-License-Identifier: Apache-2.0 */
/* One group of bundles in a run that carries: what becomes of each correlation's part of it, and what of it goes on. */
#include "agg/resume.h"

#include <string.h>

#include "agg/carry.h"
#include "agg/family.h"
#include "base/timestamp.h"

/* What is known of a correlation's whole family before its first group. */
struct corr_night {
    bool is_by_time;  /* carry_is_by_time: then */
    int64_t from;     /* hits from here on are carried of groups of which nothing comes */
    int64_t span;     /* how long before the cut that is; else the timespan */
    bool is_listened; /* an outer correlation lists it */
    bool wants_past;
    bool judges_now;
    int64_t closed; /* the longest closed window; -1: there is none */
    int64_t patience;
};

/* What becomes of one correlation's part of a group. */
enum fate { FATE_NONE, FATE_SWEPT, FATE_THINNED, FATE_WAITS };

struct slot_night {
    enum fate fate;
    const char *past;    /* extra of the past that goes on; NULL: none */
    size_t slip;         /* swept: the slip of the next hit */
    int64_t oldest;      /* time of the first hit that is carried; INT64_MAX: none is */
    int64_t due;         /* swept: what carry_due was told; */
    bool has_unsettled;  /* something was found that may still change */
    struct past left;    /* thinned: with what is left behind now */
    struct place latest; /* of those: where the last one was */
};

/* A group that waits or is passed over is looked at again when its oldest hit could have been left behind so long ago:
 * a quarter of what it looks back. So a shelf has at most that much too much. */
static int64_t
patience(int64_t span)
{
    return span / 4 + 1;
}

static void
note_listened(struct resume *r)
{
    const struct program *p = r->sweep->f->plan->program;
    for (size_t i = 0; i < p->corrs.n; i++)
        for (size_t k = 0; k < p->corrs.v[i].n_inputs; k++)
            if (p->corrs.v[i].inputs[k].is_corr)
                r->corr[r->sweep->local->family[p->corrs.v[i].inputs[k].index].first].is_listened = true;
}

static void
note_members(const struct sweep *s, uint32_t corr, struct corr_night *c)
{
    c->closed = -1;
    for (uint32_t i = corr; i != FAMILY_END; i = s->local->family[i].next) {
        const struct correlation *member = &s->f->plan->program->corrs.v[i];
        c->judges_now = c->judges_now || member->type->judges_now;
        if (member->closed && member->timespan > c->closed)
            c->closed = member->timespan;
        if (member->timespan > c->span)
            c->span = member->timespan;
    }
}

void
resume_begin(struct resume *r)
{
    struct sweep *s = r->sweep;
    const struct program *p = s->f->plan->program;
    r->corr = mem_zalloc(p->corrs.n + 1, sizeof *r->corr);
    for (uint32_t i = 0; i < p->corrs.n; i++) {
        struct corr_night *c = &r->corr[i];
        if (s->local->clusters.of[i].cluster == CLUSTER_NONE)
            continue;
        note_members(s, i, c);
        c->wants_past = carry_wants_past(s, i);
        c->is_by_time = carry_is_by_time(s, i);
        if (c->is_by_time) {
            c->from = carry_by_time(s, i);
            c->span = c->from != INT64_MIN ? s->f->horizon[i] - c->from : 0;
        }
        c->patience = patience(c->span);
    }
    note_listened(r);
    r->surveyed = mem_zalloc(s->local->clusters.n + 1, sizeof *r->surveyed);
    for (uint32_t i = 0; i < s->local->clusters.n; i++)
        r->surveyed[i] = bundle_wants_survey(r->walk, s, i);
}

/* ---- what becomes of it ---- */

static struct past
past_of(const char *extra)
{
    const struct slip s = { .extra = extra != NULL ? extra : "" };
    return carry_past(slip_tie(&s), 0);
}

static bool
may_come(const struct resume *r, uint32_t corr, const struct slot_outline *o)
{
    if (o->n == 0)
        return false;
    if (o->past != NULL && r->corr[corr].wants_past && past_of(o->past).n_hits != 0)
        return true;
    return bundle_may_fire(r->sweep, corr, o);
}

/* Was a closed window open at this time? */
static bool
has_open_window(const struct corr_night *c, const struct slot_outline *o, int64_t time)
{
    return c->closed >= 0 && o->n != 0 && time_after(o->last, c->closed) >= time;
}

/* Of a group of which something can come, and no event is new. */
static bool
is_due(const struct resume *r, const struct corr_night *c, const struct slot_outline *o)
{
    const struct finish *f = r->sweep->f;
    if (has_open_window(c, o, f->night->before) || (c->judges_now && r->due <= f->now))
        return true;
    if (r->wake <= f->night->cut && (c->is_listened || !c->is_by_time))
        return true;
    return c->is_by_time && o->first <= time_before(c->from, c->patience);
}

static enum fate
fate_of(const struct resume *r, uint32_t corr, const struct slot_outline *o, bool has_repeats, bool may_fire)
{
    const struct corr_night *c = &r->corr[corr];
    if (o->n == 0)
        return o->past != NULL ? FATE_WAITS : FATE_NONE;
    if (has_repeats)
        return FATE_SWEPT;
    if (may_fire)
        return o->n_own != 0 || is_due(r, c, o) ? FATE_SWEPT : FATE_WAITS;
    if (c->is_by_time)
        return o->first < c->from ? FATE_THINNED : FATE_WAITS;
    return o->n_own == o->n || r->wake > r->sweep->f->night->cut ? FATE_WAITS : FATE_SWEPT;
}

static void
choose(struct resume *r, const struct cluster *cluster, bool has_repeats)
{
    vec_reserve(&r->slot, cluster->n);
    for (size_t i = 0; i < cluster->n; i++) {
        struct slot_outline *o = &r->walk->slot.v[i];
        const uint32_t corr = cluster->corr[i];
        const bool may_fire = may_come(r, corr, o);
        struct slot_night *n = &r->slot.v[i];
        *n = (struct slot_night){
            .fate = fate_of(r, corr, o, has_repeats, may_fire), .past = o->past, .oldest = INT64_MAX, .latest = { 0, 0 }
        };
        if (n->fate == FATE_THINNED)
            n->left = past_of(o->past);
        o->is_wanted = n->fate == FATE_SWEPT;
    }
}

/* ---- sweeping ---- */

/* As a slip's extra: no uid, and the tie. */
static const char *
pack_past(struct resume *r)
{
    const struct sv tie = buf_view(&r->sweep->tie);
    buf_reset(&r->chapter);
    put_varint(&r->chapter, tie.n + 1);
    buf_putc(&r->chapter, 0);
    buf_sv(&r->chapter, tie);
    return arena_sv(&r->texts, buf_view(&r->chapter)).p;
}

static void
sweep_slots(struct resume *r, const struct cluster *cluster)
{
    struct bundle_walk *w = r->walk;
    struct kept_marks marks = { .slip = w->slips.v };
    size_t n = 0;
    for (size_t i = 0; i < cluster->n; i++)
        n += w->slot.v[i].next - w->slot.v[i].start;
    if (n == 0)
        return;
    vec_reserve(&r->keep, n);
    memset(r->keep.v, 0, n);
    marks.keep = r->keep.v;
    r->sweep->marks = &marks;
    for (size_t i = 0; i < cluster->n; i++) {
        const struct slot_outline *o = &w->slot.v[i];
        struct slot_night *night = &r->slot.v[i];
        if (!o->is_wanted)
            continue;
        marks.has_past = false;
        bundle_sweep_slot(w, r->sweep, cluster->corr[i], o, false);
        night->past = marks.has_past ? pack_past(r) : NULL;
        night->slip = o->start + (o->past != NULL);
        night->due = r->sweep->carry.dues;
        night->has_unsettled = r->sweep->carry.has_unsettled;
    }
    r->sweep->marks = NULL;
}

/* ---- what is carried ---- */

static void
leave_behind(struct slot_night *n, const struct slip *head)
{
    const bool is_same_event = n->latest.line == head->line && n->latest.file == head->file;
    if (n->left.n_hits == 0)
        n->left.first = head->time;
    n->left.n_hits++;
    n->left.n_events += !is_same_event;
    n->latest = (struct place){ head->file, head->line };
}

static bool
is_carried(struct resume *r, const struct slip *head, const struct bundle_hit *h)
{
    struct slot_night *n = &r->slot.v[r->sweep->local->clusters.of[h->corr].slot];
    bool keeps = true;
    if (n->fate == FATE_SWEPT)
        keeps = r->keep.v[n->slip++] != 0;
    else if (n->fate == FATE_THINNED)
        keeps = head->time >= r->corr[h->corr].from;
    if (!keeps && n->fate == FATE_THINNED)
        leave_behind(n, head);
    if (keeps && n->oldest == INT64_MAX)
        n->oldest = head->time;
    return keeps;
}

static void
write_bundle(struct resume *r, const struct bundle *b)
{
    r->hits.n = 0;
    for (size_t k = 0; k < slip_pos(&b->head); k++)
        if (is_carried(r, &b->head, &b->hit[k]))
            vec_push(&r->hits, b->hit[k]);
    if (r->hits.n != 0)
        chapter_put_bundle(&r->writer, &b->head, r->sweep->f->night->slot_of_file[b->head.file], r->hits.v, r->hits.n);
}

static void
write_past(struct resume *r, uint32_t corr, struct slot_night *n)
{
    if (n->fate == FATE_THINNED && n->left.n_hits != 0)
        n->past = carry_past_by_time(r->sweep, corr, &n->left, n->oldest) ? pack_past(r) : NULL;
    if (n->past != NULL)
        chapter_put_past(&r->writer, corr, n->past);
}

/* When the part has to be looked at again if no event comes: by the cut. A part that does not go by time alone is swept
 * once more when all of its hits are final, and says then what it needs of them. */
static int64_t
wake_of(const struct resume *r, uint32_t corr, const struct slot_outline *o, const struct slot_night *n)
{
    const struct corr_night *c = &r->corr[corr];
    if (n->oldest == INT64_MAX)
        return INT64_MAX;
    if ((c->is_listened && n->has_unsettled) || has_open_window(c, o, r->sweep->f->now))
        return INT64_MIN;
    if (c->is_by_time)
        return time_after(time_after(n->oldest, c->span), c->patience);
    if (n->fate == FATE_WAITS)
        return r->wake > r->sweep->f->night->cut ? r->wake : time_after(time_after(n->oldest, c->span), c->patience);
    return o->last >= r->sweep->f->horizon[corr] ? time_after(o->last, c->patience) : INT64_MAX;
}

/* And by the greatest time. */
static int64_t
due_of(const struct resume *r, uint32_t corr, const struct slot_night *n)
{
    if (!r->corr[corr].judges_now || n->oldest == INT64_MAX)
        return INT64_MAX;
    return n->fate == FATE_WAITS ? r->due : n->due;
}

static void
write_chapter(struct resume *r, uint32_t id, const struct entry *e, size_t n)
{
    const struct cluster *cluster = &r->sweep->local->clusters.v[id];
    int64_t wake = INT64_MAX, due = INT64_MAX;
    chapter_begin(&r->writer, id, ((const struct bundle *)e[0].record)->head.key);
    for (size_t i = 0; i < n; i++) {
        const struct bundle *b = e[i].record;
        if (b->head.time != TIME_NONE)
            write_bundle(r, b);
    }
    for (size_t i = 0; i < cluster->n; i++) {
        struct slot_night *slot = &r->slot.v[i];
        if (slot->fate == FATE_NONE)
            continue;
        write_past(r, cluster->corr[i], slot);
        const int64_t slot_wake = wake_of(r, cluster->corr[i], &r->walk->slot.v[i], slot);
        const int64_t slot_due = due_of(r, cluster->corr[i], slot);
        wake = slot_wake < wake ? slot_wake : wake;
        due = slot_due < due ? slot_due : due;
    }
    if (chapter_is_empty(&r->writer))
        return;
    for (size_t i = 0; i < r->writer.files.n; i++)
        if (r->writer.files.v[i] < r->shelves->n_files)
            atomic_store_explicit(&r->shelves->used[r->writer.files.v[i]], true, memory_order_relaxed);
    buf_reset(&r->chapter);
    chapter_end(&r->writer, wake, due, &r->chapter);
    shelf_put(&r->shelf, id, buf_view(&r->chapter));
}

void
resume_group(struct resume *r, uint32_t id, const struct entry *e, size_t n)
{
    const struct cluster *cluster = &r->sweep->local->clusters.v[id];
    arena_reset(&r->texts);
    bundle_outline(r->walk, r->sweep, id, e, n);
    const bool repeats = bundle_has_repeats(r->walk, e, n);
    choose(r, cluster, repeats);
    bundle_put_together(r->walk, r->sweep, id, e, n, repeats);
    sweep_slots(r, cluster);
    write_chapter(r, id, e, n);
}
