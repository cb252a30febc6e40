/* SPDX-License-Identifier: Apache-2.0 */
/* A shelf that cannot be read beside the run's own records, because the rules have changed or there is too little
 * memory, becomes records among them. */
#include <string.h>

#include "agg/bundle.h"
#include "agg/resume.h"
#include "base/timestamp.h"

struct unpacking {
    struct shelves *shelves;
    struct agg_local *to;
    struct chapter_reader reader;
    struct arena bundles;
    struct buf facts;
};

/* False if the record cannot be one of its correlation. Those of correlations that are no more are left out. */
static bool
add(struct unpacking *u, struct record *r)
{
    const struct program *p = u->to->plan->program;
    if (!partial_renumber(u->shelves->numbers, r))
        return false;
    if (r->corr == PARTIAL_NONE)
        return true;
    if (!partial_is_record(p, u->to->family, 0, r))
        return false;
    partial_add_record(u->to, 0, r);
    return true;
}

static bool
add_past(struct unpacking *u, uint32_t corr, const char *extra)
{
    const struct slip s = { .extra = extra };
    struct record r = { .corr = corr,
                        .time = TIME_NONE,
                        .at = { u->shelves->base, 0 },
                        .key = packed_text(u->reader.head.key),
                        .tie = slip_tie(&s) };
    return carry_is_past_record(&r) && add(u, &r);
}

static bool
add_bundle(struct unpacking *u, const struct bundle *b)
{
    for (size_t k = 0; k < slip_pos(&b->head); k++) {
        const struct bundle_hit *h = &b->hit[k];
        struct record r = { .corr = h->corr,
                            .time = b->head.time,
                            .at = { b->head.file + u->shelves->base, b->head.line },
                            .pos = h->pos,
                            .flags = slip_flags(&b->head),
                            .key = packed_text(b->head.key),
                            .uid = slip_uid(&b->head),
                            .payload = packed_text(h->payload) };
        buf_reset(&u->facts);
        buf_sv(&u->facts, packed_text(b->head.facts));
        buf_sv(&u->facts, packed_text(h->evidence));
        r.facts = buf_view(&u->facts);
        if (!add(u, &r))
            return false;
    }
    atomic_store_explicit(&u->shelves->used[b->head.file], true, memory_order_relaxed);
    return true;
}

static bool
add_chapter(struct unpacking *u, struct sv bytes)
{
    uint32_t corr;
    const char *extra;
    const struct bundle *b;
    bool ok = chapter_open(&u->reader, bytes, u->shelves->n_files);
    arena_reset(&u->bundles);
    while (ok && chapter_next_past(&u->reader, &corr, &extra))
        ok = add_past(u, corr, extra);
    while (ok && (b = chapter_next_bundle(&u->reader, &u->bundles)) != NULL)
        ok = add_bundle(u, b);
    return ok && chapter_is_whole(&u->reader);
}

void
resume_unpack(struct shelves *shelves, unsigned partition, struct agg_local *to)
{
    struct unpacking u = { .shelves = shelves, .to = to, .bundles = ARENA_INIT, .facts = BUF_INIT };
    struct shelf_reader *reader = shelf_open(shelves, partition, NULL, 0);
    struct sv bytes;
    chapter_reader_init(&u.reader, shelves->numbers->n);
    while (shelf_next(reader, &bytes))
        if (!add_chapter(&u, bytes))
            shelves_fail(shelves, "%s is damaged: a group of records is malformed", shelves->name);
    chapter_reader_fini(&u.reader);
    arena_fini(&u.bundles);
    buf_fini(&u.facts);
    shelf_close(reader);
}
